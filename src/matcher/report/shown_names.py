"""Names for ids, where a cohort is at hand and the run is not under pseudonyms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from matcher.report.plain_words import clipped
from matcher.text import printable

if TYPE_CHECKING:
    from matcher.cohort.cohort import Cohort


@dataclass(frozen=True)
class ShownNames:
    """What is shown for a person id."""

    names: Mapping[str, str] = field(default_factory=dict)
    organisations: Mapping[str, str] = field(default_factory=dict)

    def name(self, person: str) -> str:
        """Return the person's name as it fits on a page, else the id."""
        return clipped(self.full_name(person))

    def full_name(self, person: str) -> str:
        """Return the person's whole name, else the id."""
        return self.names.get(person) or printable(person)

    def organisation(self, person: str) -> str:
        """Return the person's organisation, else nothing."""
        return clipped(self.organisations.get(person, ""))

    def has_name(self, person: str) -> bool:
        """Whether more than the id is known."""
        return bool(self.names.get(person))


def names_of(cohort: Cohort | None) -> ShownNames:
    """Return the names and organisations of a cohort; empty without names."""
    if cohort is None:
        return ShownNames()
    both = pd.concat([cohort.mentees, cohort.mentors], ignore_index=True)
    ids = both["person_id"].astype(str)
    names = _column(ids, both, "name")
    # Under pseudonyms nobody has a name, and an employer would narrow down who it is.
    return ShownNames(names, _column(ids, both, "organisation")) if names else ShownNames()


def _column(ids: pd.Series[str], frame: pd.DataFrame, column: str) -> dict[str, str]:
    if column not in frame.columns:
        return {}
    texts = frame[column].fillna("").map(printable)
    return {person: text for person, text in zip(ids, texts, strict=True) if text}
