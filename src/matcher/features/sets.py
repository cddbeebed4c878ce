"""Kinds `overlap`, `same` and `different`: what two people share of what they ticked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matcher.features.base import (
    BothStated,
    Compared,
    Sets,
    any_of,
    mean_of_answered,
    where_answered,
)
from matcher.features.feature_columns import (
    code_sets,
    is_free_text,
    items_of,
    separator_of,
    sides,
    stated,
    texts_of,
    union_of,
)
from matcher.features.text_fit import TextFit, text_fit

if TYPE_CHECKING:
    from matcher.cohort.cohort import Cohort
    from matcher.config import Config, FeatureConfig
    from matcher.features.base import Bools, Codes, Selection


@dataclass(frozen=True)
class Jaccard(BothStated):
    """``min(1, multiplier * |A & B| / |A | B|)`` of two sets."""

    sets: Sets
    multiplier: float

    def compare(self, pairs: Selection, approach: Codes) -> Compared:
        """Compare the sets of both sides."""
        answered = self.both(pairs)
        shared = self.sets.shared(pairs)
        ours, theirs = self.sets.sizes
        union = pairs.mentee(ours) + pairs.mentor(theirs) - shared
        value = np.divide(shared, union, out=np.zeros(pairs.shape), where=union > 0)
        value *= self.multiplier
        return where_answered(np.minimum(value, 1.0), answered)


@dataclass(frozen=True)
class Overlap:
    """The better of shared items and alike texts.

    Where both sides ticked and wrote, the larger counts: writing a bio in other words than a mentee
    used must not lower what their ticked fields show.
    """

    ticked: Jaccard
    written: TextFit | None

    def compare(self, pairs: Selection, approach: Codes) -> Compared:
        """Compare sets and texts."""
        ticked = self.ticked.compare(pairs, approach)
        if self.written is None:
            return ticked
        written = self.written.compare(pairs, approach)
        return Compared(
            np.maximum(ticked.values, written.values), ticked.answered | written.answered
        )

    def stated_by_mentee(self) -> Bools:
        """Return which mentees ticked or wrote anything."""
        mine = self.ticked.mentee_stated
        return mine if self.written is None else mine | self.written.mentee_stated

    def stated_by_mentor(self) -> Bools:
        """Return which mentors ticked or wrote anything."""
        mine = self.ticked.mentor_stated
        return mine if self.written is None else mine | self.written.mentor_stated


@dataclass(frozen=True)
class Equality(BothStated):
    """1 where the two sides have a common answer (or none, for `different`), else 0."""

    sets: Sets
    differ: bool

    def compare(self, pairs: Selection, approach: Codes) -> Compared:
        """Compare the answers to one question."""
        alike = self.sets.shared(pairs) > 0
        hit = ~alike if self.differ else alike
        return where_answered(hit.astype(np.float64), self.both(pairs))


@dataclass(frozen=True)
class EqualityShare:
    """Share of several questions on which the two sides agree (or differ), of those answered."""

    parts: tuple[Equality, ...]

    def compare(self, pairs: Selection, approach: Codes) -> Compared:
        """Compare question by question."""
        return mean_of_answered([part.compare(pairs, approach) for part in self.parts])

    def stated_by_mentee(self) -> Bools:
        """Return which mentees answered any of the questions."""
        return any_of([part.mentee_stated for part in self.parts])

    def stated_by_mentor(self) -> Bools:
        """Return which mentors answered any of the questions."""
        return any_of([part.mentor_stated for part in self.parts])


def overlap(feature: FeatureConfig, cohort: Cohort, config: Config) -> Overlap:
    """Make kind `overlap`; free-text columns are compared as text, beside the ticked words."""
    left, right = sides(feature, ("expertise", "goals"), ("expertise", "bio"))
    separator = separator_of(config)
    ours = union_of(cohort.mentees, [c for c in left if not is_free_text(c)], separator)
    theirs = union_of(cohort.mentors, [c for c in right if not is_free_text(c)], separator)
    ticked = Jaccard(stated(ours), stated(theirs), code_sets(ours, theirs), feature.multiplier)
    return Overlap(ticked, _written(left, right, cohort, config))


def same(feature: FeatureConfig, cohort: Cohort, config: Config) -> EqualityShare:
    """Make kind `same`: the share of columns that agree."""
    return equality(sides(feature, ("organisation",)), cohort, config, differ=False)


def different(feature: FeatureConfig, cohort: Cohort, config: Config) -> EqualityShare:
    """Make kind `different`: the share of columns that differ."""
    return equality(sides(feature, ("organisation",)), cohort, config, differ=True)


def equality(
    columns: tuple[tuple[str, ...], tuple[str, ...]],
    cohort: Cohort,
    config: Config,
    *,
    differ: bool,
) -> EqualityShare:
    """Compare the mentee's columns with the mentor's, one by one; lists agree if they meet."""
    separator, parts = separator_of(config), []
    for ours, theirs in zip(*columns, strict=False):
        wanted = items_of(cohort.mentees, ours, separator)
        given = items_of(cohort.mentors, theirs, separator)
        parts.append(Equality(stated(wanted), stated(given), code_sets(wanted, given), differ))
    return EqualityShare(tuple(parts))


def _written(
    left: tuple[str, ...], right: tuple[str, ...], cohort: Cohort, config: Config
) -> TextFit | None:
    """Compare all that people wrote, ticked words included, where both sides wrote free text."""
    ours = [c for c in left if is_free_text(c)]
    theirs = [c for c in right if is_free_text(c)]
    if not ours or not theirs:
        return None
    return text_fit(
        texts_of(cohort.mentees, left),
        texts_of(cohort.mentors, right),
        stated(texts_of(cohort.mentees, ours)),
        stated(texts_of(cohort.mentors, theirs)),
        config.text.method,
    )
