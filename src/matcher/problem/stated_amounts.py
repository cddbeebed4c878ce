"""What people state, as arrays: capacity and the load of a match, priority, waiting, minimum."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from scipy import sparse

from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.features.base import Selection
from matcher.features.feature_columns import numbers_of
from matcher.features.stated_wishes import choice_points
from matcher.problem.periods import is_brief, period_load
from matcher.problem.problem import Floats, Ints, Tiers


@dataclass(frozen=True)
class Hours:
    """Hours a month of a match: what the mentee wants, at most what the mentor offers for a place.

    Where one side says nothing the other's answer counts, where neither does the default.
    """

    mentee: Floats
    """(n,) NaN where not stated."""
    mentor: Floats
    """(m,) NaN where not stated."""
    default: float

    @classmethod
    def of(cls, cohort: Cohort, config: Config) -> Self:
        """Read what both sides say; 0 hours is no answer."""
        sides = [numbers_of(frame, "hours_per_month") for frame in (cohort.mentees, cohort.mentors)]
        known = [np.where(side > 0, side, np.nan) for side in sides]
        return cls(known[0], known[1], config.programme.hours_per_month)

    def of_pairs(self, pairs: Selection) -> Floats:
        """Return hours a month of each pair, in the selection's shape."""
        mentee = np.broadcast_to(pairs.mentee(self.mentee), pairs.shape)
        mentor = np.broadcast_to(pairs.mentor(self.mentor), pairs.shape)
        stated = np.fmin(mentee, mentor)
        return np.where(np.isnan(stated), self.default, stated)


@dataclass(frozen=True)
class LoadRule:
    """What a match takes of the mentor's capacity."""

    hours: Hours | None
    """None where capacity counts places."""
    share: Floats
    """(n,) share of the programme's periods that a match of each mentee lasts."""

    @classmethod
    def of(cls, cohort: Cohort, config: Config) -> Self:
        """Read unit and periods."""
        hours = Hours.of(cohort, config) if config.capacity.unit == "hours" else None
        return cls(hours, _period_shares(cohort, config.programme.periods))

    @property
    def is_one(self) -> bool:
        """Whether every match takes exactly one place."""
        return self.hours is None and bool((self.share == 1.0).all())

    def of_pairs(self, pairs: Selection) -> Floats:
        """Return the load of each pair, in the selection's shape."""
        share = np.broadcast_to(pairs.mentee(self.share), pairs.shape)
        return np.array(share) if self.hours is None else share * self.hours.of_pairs(pairs)


def _period_shares(cohort: Cohort, periods: int) -> Floats:
    """Return the share of the programme that a match of each mentee lasts: shape (n,)."""
    return period_load(is_brief(cohort.mentees), periods) / float(periods)


def stated_capacity(cohort: Cohort, config: Config) -> Floats:
    """Return capacity as stated, the default where it is not: shape (m,)."""
    stated = numbers_of(cohort.mentors, "capacity")
    return np.where(np.isnan(stated), config.capacity.default, stated)


def usable_capacity(stated: Floats, under_way: Floats, elsewhere: Floats, config: Config) -> Floats:
    """Return what this round may use: without the reserve and without places given elsewhere.

    Parameters
    ----------
    stated
        Capacity of each mentor: shape (m,).
    under_way
        Load of locked pairs; the reserve gives way to them: shape (m,).
    elsewhere
        Load of engagements with people outside this cohort: shape (m,).
    config
        Unit and reserve; in places the reserve is rounded down.
    """
    kept_back = stated * config.capacity.reserve
    if config.capacity.unit == "places":
        kept_back = np.floor(kept_back + 1e-9)
    free = stated - elsewhere
    return np.maximum(0.0, np.maximum(free - kept_back, np.minimum(free, under_way)))


def tiers_of(cohort: Cohort, config: Config, limit: Ints) -> Tiers | None:
    """Return the tiers that the config switches on; parts that nobody's answers touch are off."""
    if not config.objective.first_mentor:
        return None
    waiting = waiting_days(cohort)
    wanted = numbers_of(cohort.mentees, "min_mentors")
    minimum = np.minimum(np.where(np.isnan(wanted), 1, wanted), limit).astype(np.int64)
    return Tiers(
        priority=priority_classes(cohort),
        waiting=waiting if config.objective.waiting and waiting.any() else None,
        choices=_choices(cohort) if config.objective.choices else None,
        minimum=minimum if config.objective.minimum and (minimum > 1).any() else None,
    )


def _choices(cohort: Cohort) -> sparse.csr_array | None:
    """Return what each match counts for as people's choice: (n, m), None where nobody chose."""
    points = choice_points(cohort)
    if not len(points):
        return None
    at = [points.index.get_level_values(level).to_numpy(np.int64) for level in (0, 1)]
    shape = (len(cohort.mentees), len(cohort.mentors))
    return sparse.csr_array((points.to_numpy(np.float64), tuple(at)), shape=shape)


def priority_classes(cohort: Cohort) -> Ints:
    """Return each mentee's class, 1 first; who has none comes after all others: shape (n,)."""
    stated = numbers_of(cohort.mentees, "priority")
    last = 1 if np.isnan(stated).all() else int(np.nanmax(stated)) + 1
    return np.where(np.isnan(stated), last, stated).astype(np.int64)


def waiting_days(cohort: Cohort) -> Ints:
    """Return the whole days that each mentee has waited, 0 where unknown: shape (n,).

    They are counted to the day of the cohort, or where that lies before to the day after the last
    of them began to wait, so that who waits comes before those who are new.
    """
    since = pd.to_datetime(cohort.mentees["waiting_since"])
    day = max(pd.Timestamp(cohort.as_of), since.max() + pd.Timedelta(days=1))
    days = (day - since).dt.days.to_numpy(np.float64, na_value=0.0)
    return np.maximum(days, 0).astype(np.int64)


def places_in_line(ordered: Iterable[Hashable]) -> list[int]:
    """Return places in line, 1 first, of people in order: who is alike in `ordered` shares one."""
    first: dict[Hashable, int] = {}
    return [first.setdefault(key, place) for place, key in enumerate(ordered, start=1)]
