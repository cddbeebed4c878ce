"""What past and present engagements mean for a new match.

========================================  =====================================================
status                                    effect on the same pair
========================================  =====================================================
sent, accepted, active, paused            locked: the pair stays and keeps its place
declined, mismatch                        banned for good
completed, withdrew_*, no_show            banned for the cooldown from `end`; undated: banned
proposed                                  none
========================================  =====================================================

A paused pair has not ended, so its place is kept. Who withdrew or did not come may be tried again
after the cooldown: unlike a mismatch it says little about the pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Positions
from matcher.cohort.cohort import Cohort
from matcher.vocabulary import Status

LOCKED = (Status.SENT, Status.ACCEPTED, Status.ACTIVE, Status.PAUSED)
ENDED_BADLY = (Status.DECLINED, Status.MISMATCH)
COOLING = (Status.COMPLETED, Status.WITHDREW_MENTEE, Status.WITHDREW_MENTOR, Status.NO_SHOW)


@dataclass(frozen=True)
class History:
    """Pairs by what their engagements mean; each array (k, 2) of mentee and mentor."""

    locked: Positions
    failed: Positions
    cooling: Positions
    places_elsewhere: Positions
    """(m,) places that mentors give to locked mentees outside this cohort."""


def read_history(cohort: Cohort, cooldown_days: int) -> History:
    """Sort the engagements of a cohort by their effect."""
    table = cohort.engagements
    status = table["status"].astype(object)
    mentee = cohort.mentee_index.positions(table["mentee_id"])
    mentor = cohort.mentor_index.positions(table["mentor_id"])
    both = (mentee >= 0) & (mentor >= 0)
    locked = _among(status, LOCKED)
    cooling = _among(status, COOLING) & _is_recent(table["end"], cohort.as_of, cooldown_days)
    pairs = np.column_stack([mentee, mentor])
    outside = mentor[locked & (mentee < 0) & (mentor >= 0)]
    return History(
        locked=_distinct(pairs[both & locked]),
        failed=_distinct(pairs[both & _among(status, ENDED_BADLY)]),
        cooling=_distinct(pairs[both & cooling]),
        places_elsewhere=np.bincount(outside, minlength=len(cohort.mentors)),
    )


def _among(status: pd.Series[str], wanted: tuple[Status, ...]) -> Bools:
    return status.isin([str(value) for value in wanted]).to_numpy(dtype=bool)


def _is_recent(end: pd.Series[pd.Timestamp], as_of: date, days: int) -> Bools:
    """Return which ends are less than `days` before `as_of`; unknown ends are."""
    age = (pd.Timestamp(as_of) - pd.to_datetime(end)).dt.days
    since = age.to_numpy(np.float64, na_value=-np.inf)
    return np.asarray(since < days)


def _distinct(pairs: Positions) -> Positions:
    return np.unique(pairs.reshape(-1, 2), axis=0).astype(np.int64)
