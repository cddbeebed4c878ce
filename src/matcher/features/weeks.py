"""When two people can meet: the hours of their weeks, on one clock where both name a time zone."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Floats
from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.features.base import Selection
from matcher.features.feature_columns import (
    Items,
    Sets,
    code_sets,
    items_of,
    separator_of,
    stated,
)

DAY_PARTS = {"am": range(8, 12), "pm": range(12, 17), "eve": range(17, 21)}
"""Hours that a part of a day stands for."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS = 24 * len(DAYS)
"""Hours of a week."""


def meeting_day(cohort: Cohort, config: Config) -> date:
    """Return the day whose clocks count: the programme's start, else that of the run."""
    return config.programme.start or cohort.as_of


def clocks(frame: pd.DataFrame, day: date) -> Floats:
    """Return each person's hours ahead of UTC on `day`, NaN where the time zone is not known."""
    if "timezone" not in frame.columns:
        return np.full(len(frame), np.nan)
    known = {name: _offset(name, day) for name in frame["timezone"].dropna().unique()}
    return np.array([known.get(name, np.nan) for name in frame["timezone"]], dtype=np.float64)


def _offset(name: object, day: date) -> float:
    try:
        zone = ZoneInfo(str(name).strip())
    except (KeyError, ValueError, OSError):
        return float("nan")
    shift = datetime(day.year, day.month, day.day, 12, tzinfo=zone).utcoffset()
    return float("nan") if shift is None else shift.total_seconds() / 3600


@dataclass(frozen=True)
class Weeks:
    """Free hours of both sides.

    Two people who both name a time zone are compared on one clock, others by what they wrote: who
    names none is taken to be where the other is.
    """

    written: Sets
    """Hours of the week as people wrote them."""
    on_one_clock: Sets | None
    """The same in UTC, in parts of 1/`parts` of an hour; None where it would change nothing."""
    parts: int
    mentee_zoned: Bools
    mentor_zoned: Bools
    mentee_stated: Bools
    mentor_stated: Bools

    @classmethod
    def of(cls, cohort: Cohort, config: Config) -> Self:
        """Read slots and time zones of both sides."""
        frames, separator = (cohort.mentees, cohort.mentors), separator_of(config)
        slots = [items_of(frame, "availability", separator) for frame in frames]
        hours = [[_hours(row) for row in side] for side in slots]
        offsets = [clocks(frame, meeting_day(cohort, config)) for frame in frames]
        zones = np.unique(np.concatenate(offsets))
        zones = zones[~np.isnan(zones)]
        parts = next((p for p in (1, 2) if (zones * p % 1 == 0).all()), 4)
        moved = [
            [_moved(row, offset, parts) for row, offset in zip(side, shift.tolist(), strict=True)]
            for side, shift in zip(hours, offsets, strict=True)
        ]
        return cls(
            written=code_sets(*hours),
            on_one_clock=code_sets(*moved) if len(zones) > 1 else None,
            parts=parts,
            mentee_zoned=~np.isnan(offsets[0]),
            mentor_zoned=~np.isnan(offsets[1]),
            mentee_stated=stated(slots[0]),
            mentor_stated=stated(slots[1]),
        )

    def shared(self, pairs: Selection) -> Floats:
        """Return the hours a week in which both are free, in the selection's shape."""
        written = self.written.shared(pairs)
        if self.on_one_clock is None:
            return written
        zoned = pairs.mentee(self.mentee_zoned) & pairs.mentor(self.mentor_zoned)
        return np.where(zoned, self.on_one_clock.shared(pairs) / self.parts, written)

    def nothing_shared(self, pairs: Selection) -> Bools:
        """Return which pairs both named slots and have none in common."""
        both = pairs.mentee(self.mentee_stated) & pairs.mentor(self.mentor_stated)
        return np.asarray(both & (self.shared(pairs) == 0))


def _hours(slots: Items) -> Items:
    """Return single hours such as ``mon-09`` for slots such as ``mon-am``."""
    found: list[str] = []
    for slot in slots:
        day, _, part = slot.partition("-")
        if part in DAY_PARTS:
            found.extend(f"{day}-{hour:02d}" for hour in DAY_PARTS[part])
        elif clock := re.match(r"\d{1,2}", part):
            found.append(f"{day}-{int(clock[0]):02d}")
        else:
            found.append(slot)
    return tuple(dict.fromkeys(found))


def _moved(hours: Iterable[str], offset: float, parts: int) -> Items:
    """Return parts of hours in UTC; what names no hour of a week stays as it is written."""
    found: list[str] = []
    for slot in hours:
        day, _, hour = slot.partition("-")
        if day in DAYS and hour.isdigit() and offset == offset:
            start = round((DAYS.index(day) * 24 + int(hour) - offset) * parts)
            found.extend(str((start + part) % (HOURS * parts)) for part in range(parts))
        else:
            found.append(slot)
    return tuple(dict.fromkeys(found))
