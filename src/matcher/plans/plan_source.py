"""What plans are made from, by person: plain records looked up once for the whole cohort."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matcher.catalogue.catalogue import Catalogue, speaking
from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.errors import StorageError
from matcher.network import CohortAudit
from matcher.network.ego_networks import yes_no
from matcher.network.introductions import IS, KNOWS
from matcher.plans.asked_facets import AskedFacets
from matcher.plans.career_years import CareerYears
from matcher.plans.ego_network import EgoNetwork, NetworkFacts
from matcher.plans.meeting_times import MeetingTimes
from matcher.plans.records import (
    Record,
    address_of,
    common,
    full_name,
    grouped,
    grouped_pairs,
    records,
    rows_of,
    say_the_same,
    told_apart,
)
from matcher.run_tables import read_table
from matcher.text import fold, plural
from matcher.vocabulary import ENDED, UNDER_WAY, Approach, Horizon, Scope, Status

PLACED = frozenset({Status.ACCEPTED, *UNDER_WAY})
"""States of an engagement in which both sides have agreed."""


@dataclass(frozen=True)
class PlannedMatch:
    """One match with its two people."""

    source: PlanSource
    row: Record

    @property
    def mentee_id(self) -> str:
        """Id of the mentee."""
        return str(self.row["mentee_id"])

    @property
    def mentor_id(self) -> str:
        """Id of the mentor."""
        return str(self.row["mentor_id"])

    @property
    def seat(self) -> str:
        """The mentor's seat in words, empty where there is none."""
        seats = self.row.get("seat") or ()
        return f"{plural(len(seats), 'Seat', 'Seats')}: {', '.join(seats)}" if seats else ""

    @property
    def mentee(self) -> Record:
        """The mentee."""
        return self.source.mentees[self.mentee_id]

    @property
    def mentor(self) -> Record:
        """The mentor."""
        return self.source.mentors[self.mentor_id]

    @property
    def mentee_name(self) -> str:
        """What the mentee is called."""
        return self.source.names_to(self.mentor_id)[self.mentee_id]

    @property
    def mentor_name(self) -> str:
        """What the mentor is called."""
        return self.source.names_to(self.mentee_id)[self.mentor_id]

    @property
    def covers(self) -> tuple[str, ...]:
        """Facets that the mentor is there for."""
        return self.row.get("covers") or ()

    @property
    def period(self) -> int:
        """Period of the programme in which the two begin."""
        return int(self.row.get("period") or 1)

    @property
    def begins_in(self) -> int:
        """Period with which the two begin; the first, which is now, where theirs has begun."""
        return 1 if self.source.has_begun(self.period) else self.period

    @property
    def lasts(self) -> range:
        """Periods of the programme in which the two meet: a short, narrow match in one."""
        about, last = self.mentee, self.source.config.programme.periods
        brief = Horizon.SHORT, Scope.NARROW
        is_brief = (about.get("horizon"), about.get("scope")) == brief and self.under_way is None
        return range(self.period, (self.period if is_brief else last) + 1)

    @property
    def is_mutual(self) -> bool:
        """Whether the two mentor each other."""
        return bool(self.row["approach"] == Approach.RECIPROCAL)

    @property
    def is_draft(self) -> bool:
        """Whether the pair still needs a decision."""
        pair = (self.mentee_id, self.mentor_id)
        return not self.source.is_approved and pair not in self.source.agreed

    @property
    def needs_yes(self) -> bool:
        """Whether somebody has to agree before the two begin."""
        pair = (self.mentee_id, self.mentor_id)
        asks = self.source.config.programme.ask != "none"
        return self.is_draft or (asks and pair not in self.source.agreed)

    def common(self, column: str) -> list[str]:
        """Return the items that lists of both hold, in the order of the mentee's."""
        return common(self.mentee, self.mentor, column)

    @cached_property
    def asked(self) -> tuple[str, ...]:
        """Facets that the mentee asked for and the mentor is there for."""
        wanted = self.source.asked_facets.by(self.mentee_id)
        return tuple(facet for facet in self.covers if facet in wanted)

    @cached_property
    def offered_too(self) -> tuple[str, ...]:
        """What was asked for and is offered, of a mentor before whom others are there for it."""
        if self.asked:
            return ()
        others = {f for match in self.source.matches_of[self.mentee_id] for f in match.covers}
        met = self.source.asked_facets.and_offered(self.mentee_id, self.mentor_id)
        return tuple(facet for facet in met if facet in others)

    @cached_property
    def shares_addresses(self) -> bool:
        """Whether each gets the other's address: both have one, and agreed or did not object."""
        everybody = self.source.config.programme.share_addresses
        agreeing = (True, None) if everybody else (True,)
        return all(
            address_of(person) and person.get("share_address") in agreeing
            for person in (self.mentee, self.mentor)
        )

    @cached_property
    def times(self) -> MeetingTimes:
        """When the two can meet."""
        programme, cohort = self.source.config.programme, self.source.cohort
        day, start = cohort.clock_day(programme.clocks_of), self.source.start_of(self.period)
        return MeetingTimes(self.mentee, self.mentor, programme.timezone, day, start)

    @property
    def under_way(self) -> Record | None:
        """The engagement in which the two work together already."""
        return self._engagement(frozenset(UNDER_WAY))

    @property
    def is_past(self) -> bool:
        """Whether the last day of a pair that is recorded as going on has gone by."""
        end = (self.under_way or {}).get("end")
        day = self.source.day
        return end is not None and day is not None and end.date() < day

    @property
    def earlier(self) -> Record | None:
        """The engagement that the two have completed."""
        before = self.source.history.get((self.mentee_id, self.mentor_id), ())
        return self._engagement(frozenset({Status.COMPLETED}), before)

    def _engagement(
        self, states: frozenset[Status], before: Sequence[Record] = ()
    ) -> Record | None:
        now = self.source.engagements_of.get((self.mentee_id, self.mentor_id), ())
        rows: list[Record] = [*before, *now]
        return next((row for row in reversed(rows) if row["status"] in states), None)

    @property
    def is_known(self) -> bool:
        """Whether the mentee named the mentor among the people they turn to."""
        ways = self.source.ways_of.get((self.mentee_id, self.mentor_id), ())
        if any(way["how"] == IS for way in ways):
            return True
        network = self.source.network(self.mentee_id)
        return network is not None and any(
            fold(self.mentor_id) == contact.member
            or say_the_same(contact.name, self.mentor["name"])
            or say_the_same(contact.name, full_name(self.mentor, ""))
            for contact in network.contacts
        )


@dataclass(frozen=True)
class PlanSource:
    """The frames of a run with the cohort and its audit.

    ``matches`` and ``portfolios`` are those of the run, ids as in the cohort. Without an audit
    every plan invites to one; unless ``is_approved``, every pair that has not accepted yet is
    marked as a draft.
    """

    cohort: Cohort
    config: Config
    audit: CohortAudit | None
    matches: pd.DataFrame
    portfolios: pd.DataFrame
    is_approved: bool = False
    unmatched: pd.DataFrame | None = None
    """Who was left out and why, as in the run; None where nobody was matched yet."""
    shows_addresses: bool = False
    """Whether pages give the addresses of those who agreed: only what is sent does."""
    before: pd.DataFrame | None = None
    """Matches of the run that this one stayed close to; None where there is none."""
    ended: frozenset[tuple[str, str]] = frozenset()
    """Pairs of the run that have ended since it was made."""
    day: date | None = None
    """Day on which people are written to: nobody is asked for a day before it."""
    parted: frozenset[tuple[str, str]] = frozenset()
    """Pairs of the run of which one is not in the tables any more."""
    history: Mapping[tuple[str, str], Sequence[Record]] = field(default_factory=dict)
    """All that was recorded of pairs, in its order, as far as it is known."""
    told: frozenset[str] = frozenset()
    """What letters that were sent say already, as `news` tells pieces of news apart."""

    def speaking(self) -> AbstractContextManager[Catalogue]:
        """Make what is written inside a block speak the programme's language, in its words."""
        config = self.config
        return speaking(config.programme.language, config.words, config.facet_labels)

    def with_matches(self, matches: pd.DataFrame) -> PlanSource:
        """Return the source with other matches, to be looked up anew."""
        return replace(self, matches=matches)

    @cached_property
    def mentees(self) -> dict[str, Record]:
        """Mentees by id."""
        return records(self.cohort.mentees)

    @cached_property
    def mentors(self) -> dict[str, Record]:
        """Mentors by id."""
        return records(self.cohort.mentors)

    @cached_property
    def called(self) -> dict[str, str]:
        """What everybody of the cohort is called, by folded id."""
        everybody = {**self.mentees, **self.mentors}
        return {fold(key): full_name(person, key) for key, person in everybody.items()}

    def names_to(self, reader: str) -> Mapping[str, str]:
        """Return what the people of somebody's pairs are called to them, by id.

        Short, as they are called, but in full where another one, or the reader, is called so, and
        with the place where the full names are one as well.
        """
        found = self._names_to.get(reader)
        if found is None:
            found = self._names_to[reader] = told_apart(dict(self._people_of(reader)), reader)
        return found

    @cached_property
    def _names_to(self) -> dict[str, Mapping[str, str]]:
        return {}

    def _people_of(self, reader: str) -> Iterator[tuple[str, Record]]:
        """Yield the reader, as far as known, and whoever is matched with them."""
        if own := self.mentees.get(reader) or self.mentors.get(reader):
            yield reader, own
        yield from ((m.mentor_id, m.mentor) for m in self.matches_of.get(reader, ()))
        yield from ((m.mentee_id, m.mentee) for m in self.matches_with.get(reader, ()))

    @cached_property
    def asked_facets(self) -> AskedFacets:
        """What mentees asked for and mentors offer."""
        return AskedFacets(self.cohort, self.config)

    @cached_property
    def career_years(self) -> CareerYears:
        """Years of work of everybody."""
        return CareerYears(self.config, self.mentees)

    @cached_property
    def facts(self) -> NetworkFacts | None:
        """Arrays of the audit, None where nobody was audited."""
        return None if self.audit is None else NetworkFacts(self.audit, self.called)

    def network(self, mentee_id: str) -> EgoNetwork | None:
        """Return the network of a mentee, None where they named nobody."""
        row = self.cohort.mentee_index.position[mentee_id]
        if self.facts is None or not self.facts.audit.audited[row]:
            return None
        return EgoNetwork(self.facts, row, self.mentees[mentee_id])

    @cached_property
    def matches_of(self) -> dict[str, list[PlannedMatch]]:
        """Matches by mentee, in the order of the frame."""
        return self._matches_by("mentee_id")

    @cached_property
    def matches_with(self) -> dict[str, list[PlannedMatch]]:
        """Matches by mentor, in the order of the frame."""
        return self._matches_by("mentor_id")

    def _matches_by(self, column: str) -> dict[str, list[PlannedMatch]]:
        rows = grouped(self.matches, column)
        return {
            person: [PlannedMatch(self, row) for row in found] for person, found in rows.items()
        }

    @cached_property
    def uncovered_of(self) -> dict[str, tuple[str, ...]]:
        """Facets that stay uncovered, by mentee."""
        cells = zip(self.portfolios["mentee_id"], self.portfolios["uncovered"], strict=True)
        return {str(person): tuple(facets) for person, facets in cells}

    @cached_property
    def agreed(self) -> frozenset[tuple[str, str]]:
        """Pairs that have agreed already."""
        known = self.cohort.engagements
        return _pairs(known[known["status"].isin(PLACED)], "mentee_id", "mentor_id")

    @cached_property
    def partly_of(self) -> dict[str, tuple[str, ...]]:
        """Facets that are covered in part, by mentee."""
        if "partly" not in self.portfolios:
            return {}
        cells = zip(self.portfolios["mentee_id"], self.portfolios["partly"], strict=True)
        return {str(person): tuple(facets) for person, facets in cells}

    def held_of(self, mentee_id: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the asked facets that own contacts hold where no mentor is: all of it, or part."""
        if "n_mentors" not in self.portfolios:
            return (), ()
        by_mentors = {f for match in self.matches_of.get(mentee_id, ()) for f in match.covers}
        others = {*by_mentors, *self.uncovered_of[mentee_id], *self.not_asked_of_mentors(mentee_id)}
        asked, partly = self.asked_facets.by(mentee_id) - others, self.partly_of.get(mentee_id, ())
        rest = [facet for facet in self.asked_facets.in_order if facet in asked]
        return (
            tuple(facet for facet in rest if facet not in partly),
            tuple(facet for facet in rest if facet in partly),
        )

    def not_asked_of_mentors(self, mentee_id: str) -> tuple[str, ...]:
        """Return the facets that a mentee asked for and that no mentor was asked about."""
        if "n_mentors" not in self.portfolios:
            return ()
        asked = self.asked_facets.by(mentee_id)
        rest = (facet for facet in self.asked_facets.in_order if facet in asked)
        return tuple(facet for facet in rest if facet.split(".")[0] not in self.portfolios)

    @cached_property
    def engagements_of(self) -> dict[tuple[str, str], list[Record]]:
        """Engagements by mentee and mentor, in the order of the table."""
        return grouped_pairs(self.cohort.engagements)

    @cached_property
    def covers_before(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """What mentors were there for in the run before, by mentee and mentor."""
        if self.before is None:
            return {}
        columns = (self.before[name] for name in ("mentee_id", "mentor_id", "covers"))
        return {(i, j): tuple(covers) for i, j, covers in zip(*columns, strict=True)}

    def start_of(self, period: int) -> date | None:
        """Return the first day of a period, counted from 1; None where no such day is to come."""
        return None if self.has_begun(period) else self._stated_start(period)

    def has_begun(self, period: int) -> bool:
        """Whether the first day of a period has gone by."""
        start = self._stated_start(period)
        return start is not None and self.day is not None and start < self.day

    def _stated_start(self, period: int) -> date | None:
        programme = self.config.programme
        if programme.period_starts:
            return programme.period_starts[period - 1]
        return programme.start if period == 1 else None

    def had_mentors(self, mentee_id: str) -> list[tuple[str, Record]]:
        """Return mentors whom a mentee had before and is not matched with now, last rows first."""
        now = {match.mentor_id for match in self.matches_of.get(mentee_id, ())}
        return [
            (mentor, row)
            for mentor, row in self._completed.get(mentee_id, ())
            if mentor not in now and mentor in self.mentors
        ]

    @cached_property
    def _completed(self) -> dict[str, list[tuple[str, Record]]]:
        found: dict[str, list[tuple[str, Record]]] = defaultdict(list)
        for (mentee, mentor), rows in self.engagements_of.items():
            if rows[-1]["status"] == Status.COMPLETED:
                found[mentee].append((mentor, rows[-1]))
        return found

    @cached_property
    def lost(self) -> tuple[dict[str, list[tuple[str, str]]], dict[str, list[tuple[str, str]]]]:
        """Pairs by mentee, and by mentor, that this match or the one before made and that ended.

        Those that were completed ended well, and are no loss. A pair of which one is not in the
        tables any more has ended as well.
        """
        now = _pairs(self.matches, "mentee_id", "mentor_id")
        before = frozenset() if self.before is None else _pairs(self.before, *_BOTH)
        found: tuple[dict[str, list[tuple[str, str]]], ...] = (defaultdict(list), defaultdict(list))
        for pair in sorted((before | self.ended | self.parted) - now):
            status = self.last_word(pair)
            is_there = pair[0] in self.mentees, pair[1] in self.mentors
            if status != Status.COMPLETED and (status in ENDED or is_there.count(True) == 1):
                for person, pairs in zip(pair, found, strict=True):
                    pairs[person].append(pair)
        return found[0], found[1]

    @cached_property
    def ends(self) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
        """How pairs that this match or the one before made ended, by mentee and by mentor."""
        found: tuple[dict[str, set[str]], ...] = (defaultdict(set), defaultdict(set))
        for pair in self.ended.union(*self.lost[0].values()):
            for person, ends in zip(pair, found, strict=True):
                ends[person].add(self.last_word(pair))
        return found[0], found[1]

    def last_word(self, pair: tuple[str, str]) -> str:
        """Return the status that was recorded of a pair last, "" where nothing was."""
        rows = self.engagements_of.get(pair) or self.history.get(pair)
        return str(rows[-1]["status"]) if rows else ""

    @cached_property
    def contacts_of(self) -> dict[str, list[Record]]:
        """Contacts of several audits by mentee; empty where there was one audit alone."""
        contacts = self.cohort.contacts
        return grouped(contacts, "person_id") if contacts["wave"].max() > 1 else {}

    @cached_property
    def reason_of(self) -> dict[str, str]:
        """Codes of why mentees have no mentor, by mentee."""
        return self._reasons("mentee")

    @cached_property
    def mentor_reason_of(self) -> dict[str, str]:
        """Codes of why mentors have no mentee, by mentor."""
        return self._reasons("mentor")

    def _reasons(self, role: str) -> dict[str, str]:
        if self.unmatched is None:
            return {}
        left = self.unmatched[self.unmatched["role"] == role]
        return dict(zip(left["person_id"], left["reason"], strict=True))

    @cached_property
    def notes_of(self) -> dict[str, list[Record]]:
        """Audit notes by mentee."""
        return grouped(self.cohort.audit_notes, "person_id")

    @cached_property
    def ways_of(self) -> dict[tuple[str, str], list[Record]]:
        """Warm introductions by mentee and mentor, the surest first."""
        found: dict[tuple[str, str], list[Record]] = defaultdict(list)
        if self.audit is not None:
            ways = self.audit.own_introductions
            chosen = _pairs(self.matches, "mentee_id", "mentor_id")
            pairs = zip(ways["mentee_id"].tolist(), ways["mentor_id"].tolist(), strict=True)
            wanted = np.fromiter((pair in chosen for pair in pairs), dtype=bool, count=len(ways))
            for way in rows_of(ways[wanted]):
                found[(way["mentee_id"], way["mentor_id"])].append(way)
        return found

    @cached_property
    def known_ways(self) -> frozenset[tuple[str, str]]:
        """Mentees and mentors whom a contact of the mentee's knows and may introduce them to."""
        if self.audit is None:
            return frozenset()
        ways = self.audit.own_introductions
        return _pairs(ways[ways["how"] == KNOWS], "mentee_id", "mentor_id")

    @cached_property
    def members(self) -> frozenset[tuple[str, str]]:
        """Contacts that are members of the cohort: whose contact, and the id as written."""
        if self.audit is None:
            return frozenset()
        rows = self.audit.networks.rows
        return _pairs(rows[yes_no(rows["is_person_id"]) == 1.0], "person_id", "contact_id")

    def contact_name(self, way: Record) -> str:
        """Return how to speak to a mentee of the contact of a warm introduction."""
        mentee, contact = str(way["mentee_id"]), str(way["contact_id"])
        if (mentee, contact) not in self.members:
            return contact
        return self.called.get(fold(contact), contact)

    @cached_property
    def mentor_of(self) -> dict[str, str]:
        """Mentors by folded id, name and e-mail address."""
        return {
            fold(str(person[column])): mentor
            for column in ("email", "name", "person_id")
            for mentor, person in self.mentors.items()
            if person.get(column)
        }


def matches_before(options: Mapping[str, Any]) -> pd.DataFrame | None:
    """Return the matches of the run that a run stayed close to; None where they are not there."""
    previous = options.get("previous")
    try:
        return read_table(Path(str(previous)), "matches") if previous else None
    except StorageError:
        return None


_BOTH = ("mentee_id", "mentor_id")


def _pairs(frame: pd.DataFrame, one: str, other: str) -> frozenset[tuple[str, str]]:
    return frozenset(zip(frame[one].tolist(), frame[other].tolist(), strict=True))
