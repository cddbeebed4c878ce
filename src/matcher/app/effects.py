"""What a decision would do: the match with it, as it would be published, told by name."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from matcher.app.desk import ProgrammeFolder
from matcher.app.run_view import RunView
from matcher.decisions.decisions import LOG_NAME, read_decisions
from matcher.errors import MatcherError
from matcher.programme import ledger
from matcher.run import match
from matcher.text import listed
from matcher.vocabulary import Decision

MOST_MENTEES = 1500
"""Mentees up to which an effect is worked out while the page is drawn."""


@dataclass(frozen=True)
class Move:
    """One mentee who would get other mentors."""

    name: str
    before: str
    after: str
    gained: str
    lost: str


@dataclass(frozen=True)
class Effect:
    """Who would get whom instead, and what that is for everyone together."""

    moves: tuple[Move, ...]
    others: int
    """Mentees who keep theirs."""
    together: str
    problems: tuple[str, ...] = ()
    """Why it cannot be done, in sentences; empty where it can."""


def cost_in_words(cost: float, typical: float) -> str:
    """Return a cost as a share of one typical match, in words."""
    share = cost / typical if typical > 0 else 0.0
    steps = [(0.005, "nobody loses"), (0.03, "next to nothing"), (0.10, "a little worse")]
    found = next((words for most, words in steps if share < most), None)
    if found:
        return found
    parts = [(0.15, "tenth"), (0.225, "fifth"), (0.30, "quarter")]
    part = next((words for most, words in parts if share < most), None)
    return f"worse, by about a {part} of one typical match" if part else "much worse"


def effect_of(
    programme: ProgrammeFolder, view: RunView, mentee: str, mentor: str, decision: Decision
) -> Effect | None:
    """Return what a decision would do, None where that takes too long to show at once."""
    cohort = programme.cohort_of_match()
    if cohort is None or len(cohort.mentees) > MOST_MENTEES:
        return None
    try:
        found = match(
            cohort,
            programme.config(),
            previous=view.run,
            decisions=_with(view.run, mentee, mentor, decision, programme.now()),
        )
    except MatcherError as error:
        return Effect((), 0, "", tuple(finding.message for finding in error.findings[:3]))
    moves = _moves(view, found.matches, found.portfolios)
    # What pairs are worth: the objective also holds what keeping earlier pairs is worth.
    cost = float(view.data["portfolios"]["value"].sum() - found.portfolios["value"].sum())
    together = cost_in_words(cost, typical_match(view))
    return Effect(moves, len(view.mentees) - len(moves), together)


def typical_match(view: RunView) -> float:
    """Return the mean value of the matched mentees of a match."""
    values = view.data["portfolios"]["value"]
    return float(values[values > 0].mean()) if (values > 0).any() else 0.0


def bound_in_words(cost: float, typical: float) -> str:
    """Return what is lost at least, in words."""
    words = cost_in_words(cost, typical)
    return "perhaps nobody loses" if words == "nobody loses" else f"at least {words}"


def _with(run: Path, mentee: str, mentor: str, decision: Decision, at: str) -> pd.DataFrame:
    """Return the decisions about a run with one more, as the log would hold them."""
    log = ledger.log_of(run)
    line = {
        "event": "decision", "at": at, "by": "", "note": "",
        "mentee_id": mentee, "mentor_id": mentor, "decision": str(decision),
    }  # fmt: skip
    before = log.path.read_bytes() if log.path.is_file() else b""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / LOG_NAME
        path.write_bytes(before + json.dumps(line).encode() + b"\n")
        return read_decisions(path)


def _moves(view: RunView, matches: pd.DataFrame, portfolios: pd.DataFrame) -> tuple[Move, ...]:
    """Return the mentees whose mentors change, with what each gains and loses."""
    groups = matches.groupby("mentee_id")["mentor_id"]
    after: Mapping[str, set[str]] = {str(key): set(found) for key, found in groups}
    left = dict(zip(portfolios["mentee_id"], portfolios["uncovered"], strict=True))
    moves = []
    for mentee in view.mentees:
        now, then = {m.key for m in mentee.mentors}, after.get(mentee.key, set())
        if now == then:
            continue
        uncovered = view.labels(_items(left.get(mentee.key)))
        gained = [topic for topic in mentee.open if topic not in uncovered]
        lost = [topic for topic in uncovered if topic not in mentee.open]
        moves.append(
            Move(
                name=mentee.person.name,
                before=_named(view, now),
                after=_named(view, then),
                gained=f"Somebody for {listed(gained)}" if gained else "",
                lost="No mentor left" if not then else f"Nobody for {listed(lost)}" if lost else "",
            )
        )
    return tuple(moves)


def _items(cell: object) -> tuple[str, ...]:
    if isinstance(cell, str):
        return tuple(part for part in cell.split(";") if part)
    return tuple(map(str, cell)) if isinstance(cell, tuple | list) else ()


def _named(view: RunView, keys: set[str]) -> str:
    return listed(sorted(view.names.name(key) for key in keys)) or "nobody"
