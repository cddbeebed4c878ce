"""Who gets a place that came free: worked out beside the page, shown before anything is done."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from matcher.app.desk import ProgrammeFolder
from matcher.app.effects import cost_step, typical_match
from matcher.app.names_shown import names_shown
from matcher.app.run_view import view_of
from matcher.app.what_changes import MOST_MENTEES
from matcher.catalogue.catalogue import for_pages, spoken, worded
from matcher.cohort.cohort import Cohort
from matcher.decisions.decisions import read_decisions
from matcher.intake.read import read_cohort
from matcher.programme import ledger
from matcher.programme.pair_record import standing_pairs
from matcher.programme.reply_words import NO_OF_MENTEE, reason_said
from matcher.publish.matching import Matching
from matcher.report.run_data import ShownNames
from matcher.run import match
from matcher.run_tables import typed
from matcher.text import capital
from matcher.vocabulary import ENDED, Status

_FILES = re.compile(r" for the reason in unmatched\.csv")
_STATES = re.compile(rf"\(({'|'.join(status.replace('_', ' ') for status in ENDED)})\)")


@dataclass(frozen=True)
class OfferedPlace:
    """A place and who is next for it, or why nobody is."""

    mentee: str
    mentor: str
    why: str
    beware: tuple[str, ...] = ()
    """What speaks against offering it, in sentences."""
    topics: tuple[str, ...] = ()
    """What of the mentee's the mentor would be there for."""


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
    people = read_cohort(programme.place, config, set_aside=True, previous=view.run)
    said = None if log is None else read_decisions(log)
    found = match(people, config, previous=view.run, add=True, decisions=said)
    names = names_shown(programme, found.instance.cohort)
    rows = [] if found.added is None else found.added.to_dict("records")
    noes = _noes(found.instance.cohort)
    pairs = typed("matches", found.matches)[["mentee_id", "mentor_id", "covers"]]
    covers = {(i, j): view.labels(facets) for i, j, facets in pairs.itertuples(index=False)}
    told = [_place(row, names, noes, covers) for row in rows]
    return InLine(
        places=tuple(place for place in told if place.mentee),
        left=tuple(place for place in told if not place.mentee),
        anew=_anew(found, typical_match(view)),
    )


def _noes(cohort: Cohort) -> dict[str, tuple[str, str]]:
    """Return by mentor whom they said no to last of what is recorded, with their reason."""
    rows = sorted(standing_pairs(cohort.engagements).values(), key=itemgetter("recorded_at"))
    return {
        row["mentor_id"]: (row["mentee_id"], reason_said(row["reason_code"]))
        for row in rows
        if row["status"] == Status.DECLINED and not row["reason_code"].startswith(NO_OF_MENTEE)
    }


def _place(
    row: dict[Any, Any],
    names: ShownNames,
    noes: Mapping[str, tuple[str, str]],
    covers: Mapping[tuple[str, str], tuple[str, ...]],
) -> OfferedPlace:
    mentee, mentor = str(row["mentee_id"] or ""), str(row["mentor_id"])
    if not mentee:
        return OfferedPlace("", names.full_name(mentor), why_unused(str(row["unused"])))
    why = _STATES.sub(_worded_state, _FILES.sub("", names.in_text(str(row["why"]))))
    is_told = row["is_of_use"] is False
    beware = [worded("year.of_no_use", mentee=names.full_name(mentee))] if is_told else []
    if (said := noes.get(mentor)) and said[1]:
        places = {"mentor": names.full_name(mentor), "mentee": names.full_name(said[0])}
        beware.append(worded("year.said_no", reason=said[1], **places))
    told = worded("year.place_why", english=capital(why))
    one, other = map(names.full_name, (mentee, mentor))
    return OfferedPlace(one, other, told, tuple(beware), covers.get((mentee, mentor), ()))


def why_unused(code: str) -> str:
    """Return why nobody is given a place, in words."""
    known = f"year.unused.{code}" in for_pages(spoken().language).flat
    return worded(f"year.unused.{code if known else 'closed'}")


def _worded_state(found: re.Match[str]) -> str:
    """Return what became of a pair in the words of pages."""
    return f"({worded('states.' + found[1].replace(' ', '_'))})"


def _anew(found: Matching, typical: float) -> str:
    """Return in a sentence what working everybody out anew would gain and undo."""
    afresh = found.afresh
    if afresh is None or (not afresh.reached and afresh.welfare < 5e-5):
        return worded("anew.nothing")
    undone = worded("anew.undone", afresh.moved)
    if afresh.reached > 0:
        return worded("anew.reach", afresh.reached, undone=undone)
    is_little = cost_step(afresh.welfare, typical) == "nobody"
    return worded("anew.little" if is_little else "anew.something", undone=undone)


def can_look_at_once(programme: ProgrammeFolder) -> bool:
    """Whether who is next is worked out without being asked for."""
    return len(view_of(programme).mentees) <= MOST_MENTEES
