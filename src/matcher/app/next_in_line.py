"""Who gets a place that came free: worked out beside the page, shown before anything is done."""

import re
from dataclasses import dataclass
from typing import Any

from matcher.app.desk import ProgrammeFolder
from matcher.app.effects import cost_in_words, typical_match
from matcher.app.run_view import view_of
from matcher.app.what_changes import MOST_MENTEES
from matcher.decisions.decisions import read_decisions
from matcher.intake.read import read_cohort
from matcher.programme import ledger
from matcher.publish.matching import Matching
from matcher.report.run_data import ShownNames
from matcher.run import match
from matcher.text import capital, count_of

_FILES = re.compile(r"( for the reason in|: see) unmatched\.csv")
LOOKING = "looking"
"""What the page says while it is not known yet."""


@dataclass(frozen=True)
class OfferedPlace:
    """A place and who is next for it, or why nobody is."""

    mentee: str
    mentor: str
    why: str


@dataclass(frozen=True)
class InLine:
    """What giving the free places to those who wait would do; nobody else moves."""

    places: tuple[OfferedPlace, ...]
    left: tuple[OfferedPlace, ...]
    """Places that nobody can have."""
    anew: str
    """What working everybody out anew would gain instead."""


def next_in_line(programme: ProgrammeFolder) -> InLine:
    """Return who is next for the places that are free, as `--add` would give them.

    Raises
    ------
    MatcherError
        Where no match can be made of what is there.
    """
    view, config = view_of(programme), programme.config()
    log = ledger.snapshot(view.run)
    found = match(
        read_cohort(programme.place, config, set_aside=True, previous=view.run),
        config,
        previous=view.run,
        add=True,
        decisions=None if log is None else read_decisions(log),
    )
    names = ShownNames.of(found.instance.cohort)
    rows = [] if found.added is None else found.added.to_dict("records")
    told = [_place(row, names) for row in rows]
    return InLine(
        places=tuple(place for place in told if place.mentee),
        left=tuple(place for place in told if not place.mentee),
        anew=_anew(found, typical_match(view)),
    )


def _place(row: dict[Any, Any], names: ShownNames) -> OfferedPlace:
    mentee, mentor = str(row["mentee_id"] or ""), str(row["mentor_id"])
    why = _FILES.sub("", names.in_text(str(row["why"])))
    return OfferedPlace(
        names.full_name(mentee) if mentee else "", names.full_name(mentor), capital(why)
    )


def _anew(found: Matching, typical: float) -> str:
    """Return in a sentence what working everybody out anew would gain and undo."""
    afresh = found.afresh
    if afresh is None or (not afresh.reached and afresh.welfare < 5e-5):
        return "Working everybody out anew would gain nothing."
    more = afresh.reached
    who = f"{count_of(abs(more), 'more mentee')} would have a mentor" if more > 0 else ""
    lost = cost_in_words(afresh.welfare, typical)
    worth = (
        "next to nothing for everyone together"
        if lost == "nobody loses"
        else "something for everyone together"
    )
    undone = count_of(afresh.moved, "pair")
    return f"Working everybody out anew would gain {who or worth} and undo {undone} not yet asked."


def can_look_at_once(programme: ProgrammeFolder) -> bool:
    """Whether who is next is worked out without being asked for."""
    return len(view_of(programme).mentees) <= MOST_MENTEES
