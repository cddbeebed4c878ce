"""When the two of a match can meet: their clocks, slots that both named, the first day."""

import math
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from matcher.cohort.clocks import hours_ahead
from matcher.features.weeks import free_together
from matcher.plans.plan_words import WORKING_DAYS, Week, first_day, slot_order, weekday_of
from matcher.plans.records import Record


@dataclass(frozen=True)
class MeetingTimes:
    """Clocks and slots of a mentee and a mentor."""

    mentee: Record
    mentor: Record
    home: str
    """Time zone of whoever names none, empty where the programme has none."""
    clock_day: date
    """Day whose clocks count, since they change over the year."""
    start: date | None
    """First day on which the two may meet, None where no such day is known or to come."""

    @cached_property
    def zones(self) -> tuple[str, str]:
        """Time zones of the two, empty where unknown."""
        own, theirs = (str(p.get("timezone") or self.home) for p in (self.mentee, self.mentor))
        return own, theirs

    @cached_property
    def clocks(self) -> tuple[float, float]:
        """Hours ahead of UTC of the two when they begin, NaN where unknown."""
        own, theirs = (hours_ahead(zone, self.clock_day) for zone in self.zones)
        return own, theirs

    @property
    def clocks_differ(self) -> bool:
        """Whether both clocks are known, and an hour of one is another hour of the other."""
        own, theirs = self.clocks
        return own != theirs and not (math.isnan(own) or math.isnan(theirs))

    @property
    def shared_slots(self) -> tuple[str, ...]:
        """Slots of the week in which both are free, earliest first, by the mentee's clock."""
        return self._shared[0]

    @property
    def shared_slots_there(self) -> tuple[str, ...]:
        """The same by the mentor's clock."""
        return self._shared[1]

    @cached_property
    def _shared(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        hours = free_together(self.slots, self.zones, self.clocks) or []
        here, there = (tuple(sorted((pair[k] for pair in hours), key=slot_order)) for k in (0, 1))
        return here, there

    @cached_property
    def slots(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Slots of the week that each of the two named, earliest first; a slot names a day."""
        named = (p.get("availability") or () for p in (self.mentee, self.mentor))
        own, theirs = (
            tuple(sorted((c for c in codes if weekday_of(c) is not None), key=slot_order))
            for codes in named
        )
        return own, theirs

    @property
    def slots_apart(self) -> bool:
        """Whether both named slots and are known to share none."""
        return all(self.slots) and free_together(self.slots, self.zones, self.clocks) == []

    @cached_property
    def first_time(self) -> date | Week | None:
        """The first weekday from the programme's start that suits both; None without a start.

        Where one of them alone names days it is one of those, where nobody does a working day;
        where both do and share none, the week.
        """
        shared, own, theirs = (
            frozenset(map(weekday_of, c)) for c in (self.shared_slots, *self.slots)
        )
        days = shared or own & theirs
        if self.start is not None and own and theirs and not days:
            return Week(self.start)
        return first_day(self.start, days or own | theirs or WORKING_DAYS)
