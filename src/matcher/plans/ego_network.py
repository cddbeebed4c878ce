"""Ego networks as plain values: the whole cohort's audit turned over once, then one person's."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from matcher.network import CohortAudit
from matcher.network.composition import coleman
from matcher.network.ego_networks import yes_no
from matcher.network.profile import inward
from matcher.plans.records import Record
from matcher.text import fold_each, printable
from matcher.vocabulary import AuditCategory, Era, Purpose


class Contact(NamedTuple):
    """One contact as plans name them, with what the mentee answered about them."""

    name: str
    """A member of the cohort by name, anybody else as the mentee wrote them."""
    knows: tuple[str, ...]
    """Whom they know besides the mentee and the mentee's other contacts."""
    may_introduce: bool | None
    """None: not answered."""
    share_with: str
    is_inside: bool | None
    purposes: tuple[bool, ...]
    """In the order of :class:`Purpose`."""
    frequency: int
    era: int
    sees_change: bool | None
    days_since: float | None
    serves: tuple[bool, ...]
    """In the order of :class:`NetworkBenefit`."""
    member: str = ""
    """Folded id of a member of the cohort, else empty."""

    @property
    def may_be_asked(self) -> bool:
        """Whether they may be asked whom they know: not where the mentee said no."""
        return self.may_introduce is not False


@dataclass(frozen=True)
class NetworkFacts:
    """What plans read of the whole cohort's audit, turned into plain values once."""

    audit: CohortAudit
    called: Mapping[str, str]
    """What members of the cohort are called, by folded id."""

    @cached_property
    def inward(self) -> list[float]:
        """How far inside contacts outnumber outside ones, a person."""
        return [float(excess) for excess in inward(self.audit.networks)]

    @cached_property
    def contacts(self) -> list[Contact]:
        """Contacts of everybody, in the order of the audit's rows."""
        networks, rows = self.audit.networks, self.audit.networks.rows
        at = (networks.ego, networks.slot)
        members = _members(rows, self.called)
        return [
            Contact(*answers)
            for answers in zip(
                _names(rows, members, self.called),
                map(tuple, rows["knows"].tolist()),
                map(_known, yes_no(rows["may_introduce"]).tolist()),
                map(str, rows["share_with"].tolist()),
                map(_known, networks.internal[at].tolist()),
                map(tuple, networks.purposes[at].tolist()),
                networks.frequency[at].tolist(),
                networks.era[at].tolist(),
                map(_known, networks.sees_change[at].tolist()),
                [None if days != days else days for days in networks.days_since[at].tolist()],
                map(tuple, self.audit.serves[at].tolist()),
                members,
                strict=True,
            )
        ]

    @cached_property
    def starts(self) -> list[int]:
        """Where each person's contacts start in `contacts`, and where the last one's end."""
        everybody = np.arange(len(self.audit.person_ids) + 1)
        return [int(at) for at in np.searchsorted(self.audit.networks.ego, everybody)]

    @cached_property
    def ties(self) -> dict[int, list[tuple[int, int]]]:
        """Pairs of slots of contacts who know each other, by person."""
        found: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for row, one, other in np.argwhere(np.triu(self.audit.networks.ties)).tolist():
            found[row].append((one, other))
        return found

    @cached_property
    def open_attributes(self) -> list[tuple[str, list[int], list[float]]]:
        """Attributes that a plan may speak of: not organisation, not protected.

        Each with the number of contacts alike and with homophily, 0 where undefined, a person.
        """
        named = self.audit.networks.named
        return [
            (
                attribute.name.replace("_", " "),
                (attribute.alike & named).sum(axis=1).tolist(),
                np.nan_to_num(coleman(attribute, named).value).tolist(),
            )
            for attribute in self.audit.attributes
            if not attribute.protected and attribute.name != "organisation"
        ]

    @cached_property
    def scores(self) -> dict[AuditCategory, list[float]]:
        """Scores of each detector a person, 0 where there is none."""
        return {d.category: np.nan_to_num(d.score.value).tolist() for d in self.audit.detected}


def _members(rows: pd.DataFrame, called: Mapping[str, str]) -> list[str]:
    """Return the folded id of each contact who is said to be of the cohort and is, else nothing."""
    said = yes_no(rows["is_person_id"]).tolist()
    return [
        key if is_said == 1.0 and key in called else ""
        for key, is_said in zip(fold_each(rows["contact_id"]), said, strict=True)
    ]


def _names(rows: pd.DataFrame, members: list[str], called: Mapping[str, str]) -> list[str]:
    """Return what a plan calls each contact; two of one name in one plan with their ids."""
    written = [printable(name) for name in rows["contact_id"].tolist()]
    names = [called[key] if key else name for key, name in zip(members, written, strict=True)]
    places = list(zip(rows["ego"].tolist(), names, strict=True))
    times = Counter(places)
    return [
        f"{name} ({own})" if times[place] > 1 and own != name else name
        for place, name, own in zip(places, names, written, strict=True)
    ]


def _known(answer: float) -> bool | None:
    """Return an answer of 1, 0 or NaN as yes, no or not answered."""
    return None if answer != answer else answer == 1.0


@dataclass(frozen=True)
class EgoNetwork:
    """One person's audit, for their own eyes."""

    facts: NetworkFacts
    row: int
    mentee: Record

    @cached_property
    def contacts(self) -> list[Contact]:
        """Contacts by slot."""
        return self.facts.contacts[self.facts.starts[self.row] : self.facts.starts[self.row + 1]]

    @cached_property
    def names(self) -> list[str]:
        """Names of the contacts by slot."""
        return [contact.name for contact in self.contacts]

    @property
    def size(self) -> int:
        """Contacts named."""
        return len(self.contacts)

    @cached_property
    def inside(self) -> list[str]:
        """Contacts in the person's organisation."""
        return [c.name for c in self.contacts if c.is_inside is True]

    @cached_property
    def outside(self) -> list[str]:
        """Contacts elsewhere."""
        return [c.name for c in self.contacts if c.is_inside is False]

    @property
    def ties(self) -> list[tuple[int, int]]:
        """Slots of contacts who know each other."""
        return self.facts.ties[self.row]

    @cached_property
    def by_purpose(self) -> dict[Purpose, list[str]]:
        """Contacts by what they are there for."""
        return {
            purpose: [c.name for c in self.contacts if c.purposes[at]]
            for at, purpose in enumerate(Purpose)
        }

    def lacking(self, purpose: Purpose) -> float:
        """Return how far a purpose is missing: 1 wholly, 0 where a third of the tags are its."""
        tags = sum(map(len, self.by_purpose.values()))
        return max(0.0, 1.0 - len(Purpose) * len(self.by_purpose[purpose]) / tags) if tags else 0.0

    @cached_property
    def wanted(self) -> list[Purpose]:
        """Purposes for which the person wants a mentor."""
        return [p for p in Purpose if p in (self.mentee.get("purposes") or ())]

    @cached_property
    def aim(self) -> Purpose:
        """The weakest purpose that the person wants (any, if none was named)."""
        return min(self.wanted or Purpose, key=lambda purpose: len(self.by_purpose[purpose]))

    def of_era(self, era: Era) -> list[str]:
        """Return the contacts of a part of working life."""
        at = list(Era).index(era)
        return [c.name for c in self.contacts if c.era == at]

    def score(self, category: AuditCategory) -> float:
        """Return a detector's score, 0 where there is none."""
        return self.facts.scores[category][self.row]

    def value(self, metric: str) -> float:
        """Return a metric, NaN where undefined."""
        return float(self.facts.audit.measures[metric].value[self.row])

    @property
    def likeness(self) -> list[tuple[str, int, float]]:
        """Attributes that a plan may speak of, each with contacts alike and homophily."""
        row = self.row
        return [(name, alike[row], score[row]) for name, alike, score in self.facts.open_attributes]
