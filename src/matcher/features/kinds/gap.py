"""Kind `gap`: how far the mentor is ahead."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from matcher.arrays import Codes, Floats
from matcher.config import Config, FeatureConfig
from matcher.config.feature_kinds import BlockFault, register
from matcher.features.base import BothStated, Compared, Selection, where_answered
from matcher.features.feature_columns import numbers_of
from matcher.features.stated_answers import BlockAnswers
from matcher.text import fold, fold_each
from matcher.vocabulary import Approach

REVERSE = tuple(Approach).index(Approach.REVERSE)
RECIPROCAL = tuple(Approach).index(Approach.RECIPROCAL)


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


def _lacks_points(block: FeatureConfig) -> Iterator[BlockFault]:
    if len(block.shape) < 2:
        yield "shape", "kind gap needs two points or more", "such as shape = [[0, 0], [5, 1]]"


@register(
    "gap",
    words="how far the mentor is ahead",
    meaning="Seniority of the mentor less the mentee's in years, through `shape`; sign flipped for "
    "reverse pairs, 1 for reciprocal ones.",
    mentee=("career_years", "seniority"),
    columns="one",
    by_approach=(Approach.REVERSE, Approach.RECIPROCAL),
    check=_lacks_points,
    neutral=0.83,
)
def _gap(answers: BlockAnswers) -> Gap:
    """Make kind `gap`; without columns, seniority by grade where the config orders grades.

    A pair in which one side has no known grade is compared by career years.
    """
    cohort, config = answers.cohort, answers.config
    left, right = answers.block.columns
    names = [*zip(left, right, strict=True)]
    if len(names) > 1:  # the kind's own: grades come first, where the config orders them
        names = names[::-1] if config.programme.grades else names[:1]
    scales = tuple(
        (_years(cohort.mentees, ours, config), _years(cohort.mentors, theirs, config))
        for ours, theirs in names
    )
    places, heights = np.array(answers.block.shape, dtype=np.float64).T
    return Gap(
        np.logical_or.reduce([~np.isnan(ours) for ours, _ in scales]),
        np.logical_or.reduce([~np.isnan(theirs) for _, theirs in scales]),
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
