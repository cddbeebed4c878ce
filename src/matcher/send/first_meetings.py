"""When pairs first meet: each at an hour that both are free, nobody at two places at once."""

import math
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from matcher.cohort.ids import key_of_pair
from matcher.plans.plan_source import PlannedMatch
from matcher.plans.plan_words import weekday_of

HALF_AN_HOUR = timedelta(minutes=30)
Span = tuple[date | datetime, date | datetime]
"""From when until when: moments, or a whole day where no hour is known that is good for both."""


def pair_key(match: PlannedMatch) -> str:
    """Return what a pair is known by, whoever of the two is called mentee."""
    return key_of_pair(match.mentee_id, match.mentor_id)


def first_meetings(matches: Iterable[PlannedMatch]) -> dict[str, Span]:
    """Return when pairs first meet, by key, those first that agreed already.

    Who has several pairs meets them at different hours; a pair for which no hour is left has the
    day alone. A pair without a first day, or with a first week alone, has no meeting.
    """
    by_key = {pair_key(match): match for match in matches}
    taken: set[tuple[str, object]] = set()
    found: dict[str, Span] = {}
    for key, match in sorted(by_key.items(), key=lambda one: (one[1].needs_yes, one[0])):
        people, day = (match.mentee_id, match.mentor_id), match.times.first_time
        if not isinstance(day, date):
            continue
        free = (at for at in _hours(match, day) if taken.isdisjoint((p, at[0]) for p in people))
        found[key] = next(free, (day, day + timedelta(days=1)))
        taken.update((person, found[key][0]) for person in people)
    return found


def _hours(match: PlannedMatch, day: date) -> Iterator[Span]:
    """Yield the hours of a day in which both are free, earliest first."""
    is_known = not math.isnan(match.times.clocks[0])
    zone = ZoneInfo(match.times.zones[0].strip()) if is_known else None
    for slot in match.times.shared_slots:
        part = slot.partition("-")[2]
        if weekday_of(slot) == day.weekday() and part.isdigit() and int(part) < 24:
            start = datetime.combine(day, time(int(part)), tzinfo=zone)
            start = start.astimezone(UTC) if is_known else start
            yield start, start + HALF_AN_HOUR
