"""Which seat each match takes: ``[[portfolio.seats]]``."""

from collections.abc import Sequence

import numpy as np

from matcher.arrays import Bools
from matcher.problem.rules.seats import SeatRule
from matcher.publish.matched_pairs import MatchedPairs
from matcher.scoring.approaches import CODES


def seats_of(pairs: MatchedPairs) -> list[tuple[str, ...]] | None:
    """Return the names of the seats of each match; None where the programme has no seats.

    A mentor takes one of the seats that are filled: the first that leaves one for everybody, those
    with the highest scores first. Of other seats a mentor takes all that it counts for.
    """
    stated = [seat for seat in pairs.instance.config.portfolio.seats if not seat.each]
    if not stated:
        return None
    cohort, config = pairs.instance.cohort, pairs.instance.config
    rules = [SeatRule.of_seat(cohort, config, seat) for seat in stated]
    fits = np.array([rule.code(pairs.mentee, pairs.mentor) >= 0 for rule in rules])
    for seat, may in zip(stated, fits, strict=True):
        may &= pairs.approach == CODES[seat.approach] if seat.approach else True
    filled = np.array([seat.fill for seat in stated])
    if filled.any():
        filling = [rule for rule, fill in zip(rules, filled.tolist(), strict=True) if fill]
        fits[filled] = _one_each(pairs, filling, fits[filled])
    names = [seat.name for seat in stated]
    return [
        tuple(name for name, sits in zip(names, column, strict=True) if sits)
        for column in fits.T.tolist()
    ]


def _one_each(pairs: MatchedPairs, seats: Sequence[SeatRule], fits: Bools) -> Bools:
    """Return which one of the seats each match takes: (seats, k)."""
    sits = np.zeros_like(fits)
    order = np.lexsort((-pairs.combined_score, pairs.mentee))
    for matches in np.split(order, np.flatnonzero(np.diff(pairs.mentee[order])) + 1):
        found = _seated(fits[:, matches].T, [rule.least for rule in seats], seats)
        if found is not None:
            sits[found, matches] = True
    return sits


def _seated(fits: Bools, lacks: list[int], seats: Sequence[SeatRule]) -> list[int] | None:
    """Return a seat for each of some mentors (r, seats) in turn; None where there is no way.

    `lacks` is how many each seat still has to get; below 0 are those beyond its least.
    """
    if sum(max(0, lack) for lack in lacks) > len(fits):
        return None
    if not len(fits):
        return []
    for seat in np.flatnonzero(fits[0]).tolist():
        if seats[seat].least - lacks[seat] < seats[seat].most:
            after = [lack - (at == seat) for at, lack in enumerate(lacks)]
            rest = _seated(fits[1:], after, seats)
            if rest is not None:
                return [seat, *rest]
    return None
