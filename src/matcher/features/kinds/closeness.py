"""Kind `closeness`: how near the answers of the two are on numeric scales."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Codes, Floats
from matcher.config import FeatureConfig
from matcher.config.feature_kinds import BlockFault, register
from matcher.features.base import BothStated, Compared, Selection, where_answered
from matcher.features.feature_columns import expand, numbers_of
from matcher.features.stated_answers import BlockAnswers


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
        apart, count = np.zeros(pairs.shape), np.zeros(pairs.shape, dtype=np.int16)
        for item in range(self.mentee.shape[1]):
            difference = pairs.mentee(self.mentee[:, item]) - pairs.mentor(self.mentor[:, item])
            np.abs(difference, out=difference)
            missing = np.isnan(difference)
            np.copyto(difference, 0.0, where=missing)
            apart += difference
            count += ~missing
        answered = count > 0
        apart /= np.maximum(count, 1) * self.span
        np.subtract(1.0, apart, out=apart)
        return where_answered(np.maximum(apart, 0.0), answered)


def _lacks_scale(block: FeatureConfig) -> Iterator[BlockFault]:
    if block.scale is None:
        yield "scale", "kind closeness needs its scale", "such as scale = [1, 5]"


@register(
    "closeness",
    words="how close the answers of the two are",
    meaning="1 less the mean distance of numeric columns, as a share of the range of `scale`.",
    mentee=("values_*",),
    columns="paired",
    check=_lacks_scale,
    neutral=0.7,
)
def _closeness(answers: BlockAnswers) -> Closeness:
    """Make kind `closeness` over the items that both tables have."""
    mentees, mentors = answers.cohort.mentees, answers.cohort.mentors
    left, right = answers.block.columns
    mentee, mentor = expand(left, mentees), expand(right, mentors)
    if left == right:
        mentee = mentor = tuple(column for column in mentee if column in set(mentor))
    count = min(len(mentee), len(mentor))
    ours, theirs = _table(mentees, mentee[:count]), _table(mentors, mentor[:count])
    low, high = answers.block.scale or (1.0, 5.0)
    return Closeness(_any_number(ours), _any_number(theirs), ours, theirs, high - low)


def _table(frame: pd.DataFrame, columns: tuple[str, ...]) -> Floats:
    if not columns:
        return np.empty((len(frame), 0))
    return np.column_stack([numbers_of(frame, column) for column in columns])


def _any_number(table: Floats) -> Bools:
    return np.asarray((~np.isnan(table)).any(axis=1))
