"""Kinds `closeness` and `gap`: how near two answers are, and how far apart in seniority."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matcher.features.base import BothStated, Compared, any_of, where_answered
from matcher.features.feature_columns import expand, numbers_of, sides
from matcher.text import fold, fold_each
from matcher.vocabulary import Approach

if TYPE_CHECKING:
    import pandas as pd

    from matcher.cohort.cohort import Cohort
    from matcher.config import Config, FeatureConfig
    from matcher.features.base import Bools, Codes, Floats, Selection

REVERSE = tuple(Approach).index(Approach.REVERSE)
RECIPROCAL = tuple(Approach).index(Approach.RECIPROCAL)


@dataclass(frozen=True)
class Closeness(BothStated):
    """1 less the mean of ``|difference| / range`` over the items that both answered.

    Parameters
    ----------
    mentee, mentor
        Answers with NaN where missing: shapes (n, q) and (m, q).
    span
        Range of the scale, more than 0.
    """

    mentee: Floats
    mentor: Floats
    span: float

    def compare(self, pairs: Selection, approach: Codes) -> Compared:
        """Compare item by item."""
        apart, count = np.zeros(pairs.shape), np.zeros(pairs.shape)
        for item in range(self.mentee.shape[1]):
            difference = pairs.mentee(self.mentee[:, item]) - pairs.mentor(self.mentor[:, item])
            np.abs(difference, out=difference)
            missing = np.isnan(difference)
            difference[missing] = 0.0
            apart += difference
            count += ~missing
        answered = count > 0
        apart /= np.maximum(count, 1.0) * self.span
        np.subtract(1.0, apart, out=apart)
        return where_answered(np.maximum(apart, 0.0), answered)


@dataclass(frozen=True)
class Gap(BothStated):
    """How much more the mentor has than the mentee, through a piecewise-linear shape.

    Reverse mentoring is read with the sign flipped; in a reciprocal pair any gap is as good as
    another and the value is 1.

    Parameters
    ----------
    scales
        Mentees' and mentors' numbers with NaN where missing, shapes (n,) and (m,); the first scale
        that both answered counts.
    places, heights
        Points of the shape, places rising.
    """

    scales: tuple[tuple[Floats, Floats], ...]
    places: Floats
    heights: Floats

    def compare(self, pairs: Selection, approach: Codes) -> Compared:
        """Compare the numbers under each pair's approach."""
        gap = self._difference(pairs, 0)
        for scale in range(1, len(self.scales)):
            missing = np.isnan(gap)
            if missing.any():
                np.copyto(gap, self._difference(pairs, scale), where=missing)
        answered = ~np.isnan(gap)
        np.negative(gap, out=gap, where=approach == REVERSE)
        value = np.interp(np.where(answered, gap, 0.0), self.places, self.heights)
        value[approach == RECIPROCAL] = 1.0
        return where_answered(value, answered)

    def _difference(self, pairs: Selection, scale: int) -> Floats:
        mentee, mentor = self.scales[scale]
        return np.asarray(pairs.mentor(mentor) - pairs.mentee(mentee))


def closeness(feature: FeatureConfig, cohort: Cohort, config: Config) -> Closeness:
    """Make kind `closeness` over the items that both tables have."""
    left, right = sides(feature, ("values_*",))
    mentee, mentor = expand(left, cohort.mentees), expand(right, cohort.mentors)
    if left == right:
        mentee = mentor = tuple(column for column in mentee if column in set(mentor))
    count = min(len(mentee), len(mentor))
    ours, theirs = _table(cohort.mentees, mentee[:count]), _table(cohort.mentors, mentor[:count])
    low, high = feature.scale or (1.0, 5.0)
    return Closeness(_any_number(ours), _any_number(theirs), ours, theirs, high - low)


def gap(feature: FeatureConfig, cohort: Cohort, config: Config) -> Gap:
    """Make kind `gap`; without columns, seniority by grade where the config orders grades.

    A pair in which one side has no known grade is compared by career years.
    """
    left, right = sides(feature, ())
    names = [(left[0], right[0])] if left else [("career_years", "career_years")]
    if not left and config.programme.grades:
        names.insert(0, ("seniority", "seniority"))
    scales = tuple(
        (_years(cohort.mentees, ours, config), _years(cohort.mentors, theirs, config))
        for ours, theirs in names
    )
    places, heights = np.array(feature.shape, dtype=np.float64).T
    return Gap(
        any_of([~np.isnan(ours) for ours, _ in scales]),
        any_of([~np.isnan(theirs) for _, theirs in scales]),
        scales,
        places,
        heights,
    )


def _years(frame: pd.DataFrame, column: str, config: Config) -> Floats:
    """Return a numeric column, or grades of the config's order as years."""
    if column != "seniority" or column not in frame.columns:
        return numbers_of(frame, column)
    step = config.programme.years_per_grade
    rank = {fold(grade): k * step for k, grade in enumerate(config.programme.grades)}
    return np.array([rank.get(word, np.nan) for word in fold_each(frame[column])], dtype=np.float64)


def _table(frame: pd.DataFrame, columns: tuple[str, ...]) -> Floats:
    if not columns:
        return np.empty((len(frame), 0))
    return np.column_stack([numbers_of(frame, column) for column in columns])


def _any_number(table: Floats) -> Bools:
    return np.asarray((~np.isnan(table)).any(axis=1))
