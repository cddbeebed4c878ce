"""How far a mentor is ahead of a mentee, and who is the newer or more junior of two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Floats
from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.config.sections import Programme
from matcher.features.base import Selection
from matcher.features.feature_columns import numbers_of
from matcher.text import fold, fold_each

Sides = tuple["Floats", "Floats"]


@dataclass(frozen=True)
class Seniority:
    """Three measures of both sides (mentees (n,), mentors (m,)), NaN where unknown."""

    grade: Sides
    """Grade in years of experience."""
    career: Sides
    """Career years."""
    joined: Sides
    """Day of joining the organisation, as days since 1970."""

    @classmethod
    def of(cls, cohort: Cohort, config: Config) -> Seniority:
        """Read the measures of a cohort."""
        return cls(
            grade=_both(partial(_grade_years, programme=config.programme), cohort),
            career=_both(partial(numbers_of, column="career_years"), cohort),
            joined=_both(_days, cohort),
        )

    def gap(self, pairs: Selection) -> Floats:
        """Return years that the mentor is ahead: by grade where both are known, else by career."""
        by_grade, by_career = _ahead(self.grade, pairs), _ahead(self.career, pairs)
        return np.where(np.isnan(by_grade), by_career, by_grade)

    def joined_later(self, pairs: Selection) -> Bools:
        """Return where the mentor joined the organisation after the mentee."""
        return np.asarray(_ahead(self.joined, pairs) > 0)


def _both(measure: Callable[[pd.DataFrame], Floats], cohort: Cohort) -> Sides:
    return measure(cohort.mentees), measure(cohort.mentors)


def _ahead(measure: Sides, pairs: Selection) -> Floats:
    return np.asarray(pairs.mentor(measure[1]) - pairs.mentee(measure[0]), dtype=np.float64)


def _grade_years(frame: pd.DataFrame, programme: Programme) -> Floats:
    step = {fold(grade): k * programme.years_per_grade for k, grade in enumerate(programme.grades)}
    if not step or "seniority" not in frame.columns:
        return np.full(len(frame), np.nan)
    words = fold_each(frame["seniority"])
    return np.array([step.get(word, np.nan) for word in words], dtype=np.float64)


def _days(frame: pd.DataFrame) -> Floats:
    if "joined" not in frame.columns:
        return np.full(len(frame), np.nan)
    since = pd.to_datetime(frame["joined"]) - pd.Timestamp("1970-01-01")
    return np.asarray(since.dt.days.to_numpy(np.float64, na_value=np.nan))
