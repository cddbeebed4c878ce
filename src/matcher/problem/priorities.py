"""What counts before welfare: priority classes, days waited, and the mentors people should have."""

import numpy as np
import pandas as pd

from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.features.feature_columns import numbers_of
from matcher.problem.problem import Ints, Tiers


def tiers_of(cohort: Cohort, config: Config, limit: Ints) -> Tiers | None:
    """Return the tiers that the config switches on; parts that nobody's answers touch are off."""
    if not config.objective.first_mentor:
        return None
    waiting = waiting_days(cohort)
    minimum = _minimum(cohort, limit)
    return Tiers(
        priority=priority_classes(cohort),
        waiting=waiting if config.objective.waiting and waiting.any() else None,
        minimum=minimum if config.objective.minimum and (minimum > 1).any() else None,
    )


def priority_classes(cohort: Cohort) -> Ints:
    """Return each mentee's class, 1 first; who has none comes after all others: shape (n,)."""
    stated = numbers_of(cohort.mentees, "priority")
    last = 1 if np.isnan(stated).all() else int(np.nanmax(stated)) + 1
    return np.where(np.isnan(stated), last, stated).astype(np.int64)


def waiting_days(cohort: Cohort) -> Ints:
    """Return the whole days that each mentee has waited, 0 where unknown: shape (n,)."""
    since = pd.to_datetime(cohort.mentees["waiting_since"])
    days = (pd.Timestamp(cohort.as_of) - since).dt.days.to_numpy(np.float64, na_value=0.0)
    return np.maximum(days, 0).astype(np.int64)


def _minimum(cohort: Cohort, limit: Ints) -> Ints:
    wanted = numbers_of(cohort.mentees, "min_mentors")
    return np.minimum(np.where(np.isnan(wanted), 1, wanted), limit).astype(np.int64)
