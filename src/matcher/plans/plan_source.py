"""What plans are made from, by person: printable records looked up once for the whole cohort."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from matcher.network.ego_networks import yes_no
from matcher.network.introductions import KNOWS
from matcher.plans.records import Record, grouped, records, rows_of
from matcher.text import fold, printable

if TYPE_CHECKING:
    import pandas as pd

    from matcher.cohort.cohort import Cohort
    from matcher.config import Config
    from matcher.network import Audit

PLACED = frozenset({"accepted", "active"})
"""States of an engagement in which both sides have agreed."""


@dataclass(frozen=True)
class PlanSource:
    """The frames of a run with the cohort and its audit.

    ``matches`` and ``portfolios`` have the columns of DESIGN section 7.
    """

    cohort: Cohort
    config: Config
    audit: Audit | None
    matches: pd.DataFrame
    portfolios: pd.DataFrame
    is_approved: bool

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

    @cached_property
    def position(self) -> dict[str, int]:
        """Row of each mentee in the arrays of the audit."""
        return {person: row for row, person in enumerate(self.cohort.mentee_index.ids)}

    @cached_property
    def matches_of(self) -> dict[str, list[Record]]:
        """Matches by mentee, in the order of the frame."""
        return grouped(self.matches, "mentee_id")

    @cached_property
    def matches_with(self) -> dict[str, list[Record]]:
        """Matches by mentor, in the order of the frame."""
        return grouped(self.matches, "mentor_id")

    @cached_property
    def uncovered_of(self) -> dict[str, tuple[str, ...]]:
        """Facets that stay uncovered, by mentee."""
        cells = zip(self.portfolios["mentee_id"], self.portfolios["uncovered"], strict=True)
        return {str(person): items(cell) for person, cell in cells}

    @cached_property
    def agreed(self) -> frozenset[tuple[str, str]]:
        """Pairs that have agreed already."""
        known = self.cohort.engagements
        agreed = known[known["status"].isin(PLACED)]
        return frozenset(zip(agreed["mentee_id"], agreed["mentor_id"], strict=True))

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
            chosen = set(zip(self.matches["mentee_id"], self.matches["mentor_id"], strict=True))
            pairs = zip(ways["mentee_id"].tolist(), ways["mentor_id"].tolist(), strict=True)
            wanted = np.fromiter((pair in chosen for pair in pairs), dtype=bool, count=len(ways))
            for way in rows_of(ways[wanted]):
                found[(way["mentee_id"], way["mentor_id"])].append(way)
        return found

    @cached_property
    def members(self) -> frozenset[tuple[str, str]]:
        """Contacts that are members of the cohort: whose contact, and the id as written."""
        if self.audit is None:
            return frozenset()
        rows = self.audit.networks.rows
        named = rows[yes_no(rows["is_person_id"]) == 1.0]
        return frozenset(
            zip(named["person_id"].tolist(), named["contact_id"].tolist(), strict=True)
        )

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

    @cached_property
    def known_ways(self) -> frozenset[tuple[str, str]]:
        """Mentees and mentors whom a contact of the mentee's knows and may introduce them to."""
        if self.audit is None:
            return frozenset()
        ways = self.audit.own_introductions
        ways = ways[ways["how"] == KNOWS]
        return frozenset(zip(ways["mentee_id"].tolist(), ways["mentor_id"].tolist(), strict=True))

    @cached_property
    def _years_in(self) -> dict[str, list[float]]:
        """Years of work of the mentees who named a field, in order, by folded field."""
        years: dict[str, list[float]] = defaultdict(list)
        for mentee in self.mentees.values():
            if mentee.get("career_years") is not None:
                for field in {fold(item) for item in mentee.get("expertise") or ()}:
                    years[field].append(float(mentee["career_years"]))
        return {field: sorted(found) for field, found in years.items()}

    def newer_than(self, mentee: Record) -> int:
        """Return how many mentees named this one's first field and have worked fewer years."""
        field, years = next(iter(mentee.get("expertise") or ()), None), mentee.get("career_years")
        if field is None or years is None:
            return 0
        return bisect_left(self._years_in[fold(field)], float(years))

    def is_agreed(self, mentee: str, mentor: str) -> bool:
        """Whether a pair needs no more decision."""
        return self.is_approved or (mentee, mentor) in self.agreed


def items(cell: object) -> tuple[str, ...]:
    """Return the items of a list cell, ``a;b``."""
    if not isinstance(cell, str):
        return ()
    return tuple(part.strip() for part in cell.split(";") if part.strip())


def display_name(person: Record | None, person_id: str) -> str:
    """Return how a person is called: the preferred name, else the name, else the id."""
    found = person or {}
    return str(found.get("preferred_name") or found.get("name") or printable(person_id))


def full_name(person: Record | None, person_id: str) -> str:
    """Return the full name, else the id."""
    return str((person or {}).get("name") or printable(person_id))
