"""Mentors who should not be under-used: column ``min_mentees``, ``[capacity]`` has the penalty."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.features.feature_columns import numbers_of
from matcher.problem.market import Floats, Ints, Market
from matcher.problem.rules.limit import MentorRows, Unit
from matcher.problem.rules.rule import SoftRule


@dataclass(frozen=True)
class MentorMinimum(SoftRule, MentorRows):
    """A mentor carries a least load, or each unit that is missing costs a penalty."""

    place = 50
    kind = "mentor_minimum"
    unit = Unit.LOAD
    by_mentor = (("least", 0.0),)
    in_proportion = ("least",)

    least: Floats
    """(m,) load below which the penalty is paid."""
    each: float
    """Penalty for each unit, above 0."""

    @classmethod
    def of(cls, cohort: Cohort, config: Config) -> Iterator[Self]:
        """Yield the minimums where any mentor states one and the penalty is not 0."""
        penalty = config.capacity.min_mentees_penalty
        wanted = np.nan_to_num(numbers_of(cohort.mentors, "min_mentees"))
        if penalty > 0 and wanted.any():
            yield cls(wanted, penalty)

    @property
    def group(self) -> Ints:
        """Every mentor alone."""
        return np.arange(len(self.least))

    @property
    def penalty(self) -> float:
        """The penalty."""
        return self.each

    @property
    def low(self) -> float:
        """What one more unit of load can save at most."""
        return -self.each

    @property
    def high(self) -> float:
        """More load is never worse."""
        return 0.0

    def rhs(self, market: Market) -> Floats:
        """Return the minimums."""
        return self.least

    def fits_flow(self, market: Market) -> bool:
        """Return True: it keeps no match from being made."""
        return True

    def cost(self, used: Floats) -> float:
        """Return the penalty for all that is missing."""
        return self.each * float(np.maximum(0.0, self.least - used).sum())

    def saved(self, used: Floats, mentor: Ints, load: Floats) -> Floats:
        """Return the penalty for what is missing and a load would fill."""
        missing = np.maximum(0.0, self.least - used)
        return np.asarray(self.each * np.minimum(load, missing[mentor]))
