"""What other priorities would do, told against the match that stands: counts, gains and losses."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from matcher.app.desk import ProgrammeFolder
from matcher.app.match_page import proof_words
from matcher.app.names_shown import names_shown
from matcher.app.run_view import MenteeFacts, PersonFacts, RunView, WaysToMeet, ways_to_meet
from matcher.catalogue.catalogue import worded
from matcher.config import Config
from matcher.errors import MatcherError
from matcher.plans.plan_words import listing
from matcher.programme import ledger
from matcher.publish.matching import Matching
from matcher.report.run_data import served_in_full
from matcher.run import match
from matcher.run_tables import typed
from matcher.text import capital, fold

MOST_MENTEES = 1500
"""Mentees up to which what would change is worked out while the page is drawn."""


@dataclass(frozen=True)
class BeforeAfter:
    """One line: how many before and after."""

    words: str
    before: int
    after: int


@dataclass(frozen=True)
class MentorsChange:
    """One mentee whose mentors would be others."""

    name: str
    what: str
    """What is gained or lost, by facts; empty for neither."""
    before: str
    after: str


@dataclass(frozen=True)
class WhatChanges:
    """Everything that other priorities would change."""

    total: int
    counts: tuple[BeforeAfter, ...] = ()
    gain: tuple[MentorsChange, ...] = ()
    lose: tuple[MentorsChange, ...] = ()
    swap: tuple[MentorsChange, ...] = ()
    proof: str = ""
    wishes: str = ""
    """Why not every wish by name would be met, where one could be and is not."""
    problems: tuple[str, ...] = ()

    @property
    def moved(self) -> int:
        """How many mentees would have other mentors."""
        return len(self.gain) + len(self.lose) + len(self.swap)


def what_changes(
    programme: ProgrammeFolder, view: RunView, config: Config, *, anew: bool
) -> WhatChanges | None:
    """Return what a config would change, None where that takes too long to show at once.

    Parameters
    ----------
    programme, view
        The match that stands.
    config
        What would be kept.
    anew
        Whether everybody is worked out anew; else pairs stay that nothing forces to move.
    """
    cohort = programme.cohort_of_match()
    if cohort is None or len(cohort.mentees) > MOST_MENTEES:
        return None
    said = ledger.standing(view.run)
    try:
        before = None if anew else view.run
        found = match(cohort, config, previous=before, decisions=said if len(said) else None)
    except MatcherError as error:
        return _impossible(len(view.mentees), error)
    return told_of(view, found)


def at_first(programme: ProgrammeFolder, config: Config) -> WhatChanges | None:
    """Return what a first match would be like with a config, beside what it would be as it is.

    None where nobody can be read, or where it takes too long to show at once.
    """
    cohort = programme.reading().cohort
    if cohort is None or len(cohort.mentees) > MOST_MENTEES:
        return None
    name = names_shown(programme, cohort).name
    try:
        now, then = match(cohort, programme.config()), match(cohort, config)
    except MatcherError as error:
        return _impossible(len(cohort.mentees), error)
    both = [_mentors_of(now), _mentors_of(then)]
    moved = [
        MentorsChange(name(person), "", *(_named(had.get(person, ()), name) for had in both))
        for person in cohort.mentee_index.ids
        if both[0].get(person) != both[1].get(person)
    ]
    counts = (
        BeforeAfter(worded("counted.have"), *(len(had) for had in both)),
        BeforeAfter(worded("counted.two"), *(sum(len(m) > 1 for m in h.values()) for h in both)),
    )
    return WhatChanges(
        len(cohort.mentees), counts, swap=tuple(moved), proof=proof_words(then.summary)
    )


def _impossible(total: int, error: MatcherError) -> WhatChanges:
    problems = (capital(finding.message) for finding in error.findings[:3])
    return WhatChanges(total, problems=tuple(problems))


def _mentors_of(found: Matching) -> dict[str, frozenset[str]]:
    return {str(m): frozenset(rows["mentor_id"]) for m, rows in found.matches.groupby("mentee_id")}


def _named(mentors: Iterable[str], name: Callable[[str], str]) -> str:
    return listing(sorted(map(name, mentors))) or worded("person.nobody_yet")


def told_of(view: RunView, found: Matching, beside: Matching | None = None) -> WhatChanges:
    """Return what is other in a match that was worked out in memory.

    Parameters
    ----------
    view
        The match in view.
    found
        The match that is told of.
    beside
        What it is held against; None: the match in view.
    """
    after, before = (
        None if one is None else _after(view, one.matches, one.portfolios)
        for one in (found, beside)
    )
    return _told(view, after or {}, found.summary, before)


def between(old: RunView, new: RunView) -> WhatChanges:
    """Return what is other in the second of two matches."""
    return _told(old, _now(new), new.data.summary)


def _now(view: RunView) -> dict[str, "_Had"]:
    whole = view.data.served_in_full
    return {m.key: _Had(m.mentors, frozenset(m.open), m.key in whole) for m in view.mentees}


@dataclass(frozen=True)
class _Had:
    """What a mentee has of a match."""

    mentors: tuple[PersonFacts, ...]
    open: frozenset[str]
    is_whole: bool = False
    """Whether somebody is there for all that they look for; nobody looks for nothing."""


def _after(view: RunView, matches: pd.DataFrame, portfolios: pd.DataFrame) -> dict[str, _Had]:
    groups: dict[str, list[PersonFacts]] = {}
    for mentee, mentor in zip(matches["mentee_id"], matches["mentor_id"], strict=True):
        groups.setdefault(mentee, []).append(view.mentors[mentor])
    needs = typed("portfolios", portfolios[["mentee_id", "uncovered", "partly"]])
    whole = served_in_full(portfolios)
    return {
        mentee: _Had(
            tuple(groups.get(mentee, ())), frozenset(view.labels([*left, *partly])), mentee in whole
        )
        for mentee, left, partly in needs.itertuples(index=False)
    }


def _told(
    view: RunView,
    after: Mapping[str, _Had],
    summary: Mapping[str, Any],
    was: Mapping[str, _Had] | None = None,
) -> WhatChanges:
    nothing = _Had((), frozenset())
    now = _now(view)
    before = [(m, (was or now).get(m.key, nothing)) for m in view.mentees]
    pairs = [(m, after.get(m.key, nothing)) for m in view.mentees]
    changes: dict[str, list[MentorsChange]] = {"gain": [], "lose": [], "swap": []}
    for (mentee, had), (_, then) in zip(before, pairs, strict=True):
        if {m.key for m in had.mentors} != {m.key for m in then.mentors}:
            kind, change = _change(view, mentee, had, then)
            changes[kind].append(change)
    both = (before, pairs)
    counts = {
        key: [sum(rule(*one) for one in each) for each in both] for key, rule in _COUNTED.items()
    }
    told = tuple(BeforeAfter(worded(f"counted.{key}"), *n) for key, n in counts.items())
    gain, lose, swap = map(tuple, changes.values())
    proof, wishes = proof_words(summary), wishes_open(summary.get("choices") or {})
    return WhatChanges(len(view.mentees), told, gain, lose, swap, proof=proof, wishes=wishes)


def wishes_open(found: Mapping[str, int]) -> str:
    """Return why wishes by name that could be met are not, from `choices` of a summary."""
    why = [worded(f"changed.wishes_{k}", n) for k in ("no_place", "cost") if (n := found.get(k, 0))]
    return " ".join([*why, worded("changed.wishes_count")]) if why else ""


_COUNTED: dict[str, Callable[[MenteeFacts, _Had], bool]] = {
    "have": lambda _, had: bool(had.mentors),
    "two": lambda _, had: len(had.mentors) > 1,
    "whole": lambda _, had: had.is_whole,
    "wished": lambda m, had: any(r.key in m.person.wishes for r in had.mentors),
    "no_day": lambda m, had: bool(had.mentors) and _suits("day", m.person, had.mentors) is False,
    "colleague": lambda m, had: (
        bool(m.person.work) and fold(m.person.work) in {fold(r.work) for r in had.mentors}
    ),
}


_MEETING: dict[str, Callable[[WaysToMeet], Sequence[str] | bool | None]] = {
    "day": lambda ways: ways.days,
    "way": lambda ways: ways.modes,
    "language": lambda ways: ways.can_talk,
}
"""What two need in common to meet; None where nobody knows."""


def _suits(what: str, person: PersonFacts, mentors: Iterable[PersonFacts]) -> bool | None:
    """Return whether it is known to suit somebody and a mentor; None where nobody knows of any."""
    known = [_MEETING[what](ways_to_meet(person, mentor)) for mentor in mentors]
    return True if any(known) else None if None in known else False


def _change(view: RunView, mentee: MenteeFacts, had: _Had, then: _Had) -> tuple[str, MentorsChange]:
    """Return whether a mentee gains, loses or swaps, judged by facts, and what."""
    gained = list(_better(mentee.person, had, then))
    lost = list(_better(mentee.person, then, had))
    kind = "lose" if lost else "gain" if gained else "swap"
    name = view.names.name
    before, after = (
        listing(sorted(name(m.key) for m in mentors)) or worded("changed.nobody")
        for mentors in (had.mentors, then.mentors)
    )
    new = (m for m in then.mentors if m not in had.mentors)
    apart = ((m, w) for m in new for w in _MEETING if _suits(w, mentee.person, [m]) is False)
    beware = [worded(f"band.no_{what}", name=name(mentor.key)) for mentor, what in apart]
    told = "; ".join(filter(None, (in_balance(gained, lost), *beware)))
    return kind, MentorsChange(mentee.person.name, told, before, after)


def in_balance(gained: Sequence[str], lost: Sequence[str]) -> str:
    """Return what somebody loses and gains in words: who swaps one for another is told both."""
    if not lost:
        return listing(gained)
    told = worded("changed.lost", what=listing(lost, "or"))
    return worded("changed.both", lost=told, gained=listing(gained)) if gained else told


def _better(person: PersonFacts, one: _Had, other: _Had) -> Iterator[str]:
    """Yield what somebody has of the second and not of the first."""
    if other.mentors and not one.mentors:
        yield worded("changed.mentor")
    elif len(other.mentors) > len(one.mentors):
        yield worded("changed.second")
    if one.mentors and other.mentors:
        if topics := sorted(one.open - other.open):
            yield worded("changed.topics", topics=listing(topics))
        for what in _MEETING:
            if [_suits(what, person, had.mentors) for had in (other, one)] == [True, False]:
                yield worded(f"changed.{what}")
