"""The seats of `solve` as rules on portfolios."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from matcher.problem.rules.seats import SeatRule
from matcher.solver.arguments import Arguments

KEYS = ("name", "fits", "each", "home", "min", "max", "fill")


def seat_rules(check: Arguments, seats: Any, n: int, m: int) -> tuple[SeatRule, ...]:
    """Return what is asked of every portfolio that is not empty.

    Parameters
    ----------
    check
        Collects what is wrong.
    seats
        None, or mappings with some of `KEYS`: `fits` (m,) bool, who counts; or `each` (m,) labels,
        of which each is a seat; `home`, labels (n,) and (m,), where only mentors of another label
        than the mentee's count; `min` and `max` how many of them; `fill`, whether a mentor takes
        this seat and no other.
    n, m
        Number of mentees and mentors.
    """
    if seats is None:
        return ()
    if not isinstance(seats, Sequence) or not all(isinstance(seat, Mapping) for seat in seats):
        check.fault("E_SHAPE", "seats", "seats is no list of mappings", f"keys: {', '.join(KEYS)}")
        return ()
    rules = [_rule(check, dict(seat), f"seats[{k}]", n, m) for k, seat in enumerate(seats)]
    filled = [bool(seat.get("fill", False)) for seat in seats]
    if check.inputs or check.settings:
        return ()
    return tuple(SeatRule.together(rules, filled))


def _rule(check: Arguments, seat: dict[str, Any], name: str, n: int, m: int) -> SeatRule:
    for message in _faults(seat):
        check.fault("E_SHAPE", name, message, f"keys: {', '.join(KEYS)}")
    least = check.whole(f"{name}.min", seat.get("min", 0), 0)
    most = seat.get("max")
    most = np.inf if most is None else float(check.whole(f"{name}.max", most, least))
    if "each" in seat:
        code, _ = check.labels(f"{name}.each", seat["each"], m)
    else:
        code = np.where(
            check.array(f"{name}.fits", seat.get("fits", 1.0), (m,), spread=True), 0, -1
        )
    mentees, mentors = np.full(n, -1), np.full(m, -1)
    if "home" in seat:
        sides = [list(side) for side in seat["home"]]
        codes, _ = check.labels(f"{name}.home", [*sides[0], *sides[1]], n + m)
        mentees, mentors = codes[:n], codes[n:]
    at_home = np.full(m, -1) if "home" in seat else code
    who = f"in seat {seat.get('name', name)}"
    return SeatRule(who, least, most, mentees, mentors, away=code, at_home=at_home)


def _faults(seat: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the keys of a seat."""
    if unknown := [str(key) for key in seat if key not in KEYS]:
        yield f"unknown keys {', '.join(unknown)}"
    if "each" in seat and (seat.get("min") or seat.get("fill") or "fits" in seat):
        yield "each label is a seat of its own, with a max alone"
