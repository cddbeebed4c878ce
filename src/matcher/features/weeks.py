"""When two people can meet: the hours of their weeks, on one clock where both name a time zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Floats
from matcher.cohort.clocks import hours_ahead
from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.features.base import Selection
from matcher.features.feature_columns import Items, Sets, code_sets, items_of, separator_of, stated
from matcher.text import fold

DAY_PARTS = {"am": range(8, 12), "pm": range(12, 17), "eve": range(17, 21)}
"""Hours that a part of a day stands for."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS = 24 * len(DAYS)
"""Hours of a week."""

WEEKS_HELD = 1 << 14
"""Lists of slots whose hours are kept for the next person who writes the same."""


@dataclass(frozen=True)
class Clocks:
    """Time zones of both sides, on the day that the programme starts, else that of the run."""

    mentee: Floats
    """(n,) hours ahead of UTC, NaN where not known."""
    mentor: Floats
    """(m,) likewise."""
    mentee_named: Bools
    """(n,) who names a time zone, understood or not."""
    mentor_named: Bools
    """(m,) likewise."""

    @classmethod
    def of(cls, cohort: Cohort, config: Config) -> Self:
        """Read the zones; who names none is in that of the programme, if it names one."""
        home = config.programme.timezone
        day = cohort.clock_day(config.programme.clocks_of)
        zones = [
            side.where(side.notna(), home or None)
            for side in (cohort.mentees["timezone"], cohort.mentors["timezone"])
        ]
        offset = {zone: hours_ahead(zone, day) for zone in pd.concat(zones).dropna().unique()}
        ours, theirs = (
            np.array([offset.get(zone, np.nan) for zone in side], dtype=np.float64)
            for side in zones
        )
        named = [np.asarray(side.notna().to_numpy(dtype=bool)) for side in zones]
        return cls(ours, theirs, *named)

    def comparable(self, pairs: Selection) -> Bools:
        """Return which pairs both name a zone that is understood, or neither names one."""
        named = pairs.mentee(self.mentee_named) | pairs.mentor(self.mentor_named)
        return np.asarray(self.both_known(pairs) | ~named)

    def both_known(self, pairs: Selection) -> Bools:
        """Return which pairs both name a zone that is understood, in the selection's shape."""
        ours, theirs = pairs.mentee(self.mentee), pairs.mentor(self.mentor)
        return np.asarray(~np.isnan(ours) & ~np.isnan(theirs))


@dataclass(frozen=True)
class Weeks:
    """Free hours of both sides.

    Two people who both name a time zone are compared on one clock, two who name none by what they
    wrote; of others it is not known when they meet.
    """

    written: Sets
    """Hours of the week as people wrote them."""
    on_one_clock: Sets | None
    """The same in UTC, in parts of 1/`parts` of an hour; None where it would change nothing."""
    parts: int
    clocks: Clocks
    mentee_stated: Bools
    mentor_stated: Bools

    @classmethod
    def of(cls, cohort: Cohort, config: Config) -> Self:
        """Read slots and time zones of both sides."""
        separator, clocks = separator_of(config), Clocks.of(cohort, config)
        slots = [items_of(f, "availability", separator) for f in (cohort.mentees, cohort.mentors)]
        hours = [[_hours(row) for row in side] for side in slots]
        offsets = np.unique(np.concatenate([clocks.mentee, clocks.mentor]))
        offsets = offsets[~np.isnan(offsets)]
        parts = next((p for p in (1, 2) if (offsets * p % 1 == 0).all()), 4)
        moved = [
            [_moved(row, offset, parts) for row, offset in zip(side, shift.tolist(), strict=True)]
            for side, shift in zip(hours, (clocks.mentee, clocks.mentor), strict=True)
        ]
        return cls(
            written=code_sets(*hours),
            on_one_clock=code_sets(*moved) if len(offsets) > 1 else None,
            parts=parts,
            clocks=clocks,
            mentee_stated=stated(slots[0]),
            mentor_stated=stated(slots[1]),
        )

    def told(self, pairs: Selection) -> Bools:
        """Return which pairs both named slots on clocks that can be compared."""
        both = pairs.mentee(self.mentee_stated) & pairs.mentor(self.mentor_stated)
        return np.asarray(both & self.clocks.comparable(pairs))

    def shared(self, pairs: Selection) -> Floats:
        """Return the hours a week in which both are free, in the selection's shape."""
        written = self.written.shared(pairs)
        if self.on_one_clock is None:
            return written
        moved = self.on_one_clock.shared(pairs) / self.parts
        return np.where(self.clocks.both_known(pairs), moved, written)

    def nothing_shared(self, pairs: Selection) -> Bools:
        """Return which pairs are known to have no slot in common."""
        return np.asarray(self.told(pairs) & (self.shared(pairs) == 0))


def free_together(
    slots: tuple[Items, Items], zones: tuple[str, str], ahead: tuple[float, float]
) -> list[tuple[str, str]] | None:
    """Return when two are free, each time as the one and as the other writes it.

    On one clock what both wrote stands as they wrote it, and hours where one wrote a part of a day.

    Parameters
    ----------
    slots
        Of both.
    zones
        Names of their time zones, empty for none.
    ahead
        Hours ahead of UTC of both, NaN where not known.

    Returns
    -------
    list or None
        None where nobody knows which hour of one is that of the other.
    """
    shift = ahead[1] - ahead[0]
    if shift == 0 or fold(zones[0]) == fold(zones[1]):
        both = tuple(slot for slot in slots[0] if slot in slots[1])
        known, hours = {*_hours(both)}, _same_hours(*slots, 0)
        return [*zip(both, both, strict=True), *(pair for pair in hours if pair[0] not in known)]
    return _same_hours(*slots, int(shift)) if shift % 1 == 0 else None


def _same_hours(own: Items, theirs: Items, shift: int) -> list[tuple[str, str]]:
    """Return the hours of both where the second's clock is `shift` hours ahead of the first's."""
    there, found = {*_hours(theirs)}, []
    for slot in _hours(own):
        day, _, hour = slot.partition("-")
        if day in DAYS and hour.isdigit():
            on, at = divmod((DAYS.index(day) * 24 + int(hour) + shift) % HOURS, 24)
            found.append((slot, f"{DAYS[on]}-{at:02d}"))
    return [(slot, other) for slot, other in found if other in there]


@lru_cache(WEEKS_HELD)
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


@lru_cache(WEEKS_HELD)
def _moved(hours: Items, offset: float, parts: int) -> Items:
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
