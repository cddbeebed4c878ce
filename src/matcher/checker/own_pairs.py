"""OwnPairs of which the checker says what their people said, and how parts make a value."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from matcher import vocabulary
from matcher.arrays import Bools, Codes, Floats, Ints
from matcher.checker.own_answers import OwnSide, WordRow
from matcher.cohort.cohort import Cohort
from matcher.config import Config, FeatureConfig
from matcher.features.feature_set import FeatureSet
from matcher.features.stated_answers import AuditFindings
from matcher.vocabulary import Approach


@dataclass(frozen=True)
class OwnPairs:
    """p pairs of a cohort, each under an approach."""

    cohort: Cohort
    config: Config
    audit: AuditFindings
    features: FeatureSet
    """Of which sentence vectors are taken, and nothing else."""
    i: Ints
    j: Ints
    approach: Codes

    @cached_property
    def mentees(self) -> OwnSide:
        """What the mentees said."""
        return OwnSide("mentees", self.cohort, self.config, self.i)

    @cached_property
    def mentors(self) -> OwnSide:
        """What the mentors said."""
        return OwnSide("mentors", self.cohort, self.config, self.j)

    def words(self, mentee: str, mentor: str = "") -> tuple[list[WordRow], list[WordRow]]:
        """Return what the two of each pair list."""
        return self.mentees.words(mentee), self.mentors.words(mentor or mentee)

    def numbers(self, mentee: str, mentor: str = "") -> tuple[Floats, Floats]:
        """Return the numbers of the two of each pair: (p,) each."""
        return self.mentees.numbers(mentee), self.mentors.numbers(mentor or mentee)

    def under(self, approach: Approach) -> Bools:
        """Return which pairs have an approach: (p,)."""
        return np.asarray(self.approach == [*Approach].index(approach))

    @cached_property
    def counted(self) -> list[str]:
        """Facets of the groups about which both sides were asked."""
        own, audit = self.config.facets, self.config.audit
        audited = audit.feed_match and self.cohort.is_asked("contacts")
        found = []
        for group in (*self.config.portfolio.facet_groups, *own):
            needed = self._asked(group, self.mentees) or (audited and group not in own)
            if needed and self._asked(group, self.mentors):
                values = own[group].names if group in own else vocabulary.FACET_GROUPS[group]
                found += [f"{group}.{value}" for value in values]
        return found

    def _asked(self, group: str, side: OwnSide) -> bool:
        columns = [
            column
            for column, facets in side.facet_of.items()
            if any(facet.startswith(f"{group}.") for facet in facets.values())
        ]
        return side.asked((*columns, *(side.grades if group == "knowing" else ())))

    def gaps(self, facets: list[str]) -> Floats:
        """Return what an audit shows lacking of each facet: (p, f)."""
        known = {facet: k for k, facet in enumerate(vocabulary.FACETS)}
        gaps = np.column_stack([self.audit.gaps, np.zeros(len(self.audit.gaps))])
        return np.asarray(gaps[self.i][:, [known.get(facet, -1) for facet in facets]])


def mean(parts: list[Floats], pairs: OwnPairs) -> Floats:
    """Return the mean of what is answered, NaN where nothing is: (p,)."""
    table = np.array(parts, dtype=float).reshape(len(parts), len(pairs.i))
    count = np.isfinite(table).sum(axis=0)
    return np.asarray(np.nansum(table, axis=0) / np.where(count > 0, count, np.nan))


def with_neutral(parts: list[Floats], block: FeatureConfig) -> Floats:
    """Return the mean with the neutral value where a part is open, NaN where all are: (p,)."""
    table = np.array(parts, dtype=float)
    mean = np.where(np.isnan(table), block.neutral, table).mean(axis=0)
    return np.where(np.isnan(table).all(axis=0), np.nan, mean)


def shared_items(ours: list[Any], theirs: list[Any]) -> Floats:
    """Return how many items the two of each pair have in common: (p,)."""
    both = [len({*one}.intersection(other)) for one, other in zip(ours, theirs, strict=True)]
    return np.array(both, dtype=float)
