"""Clocks of time zones, which change over the year and with the law."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

CLOCKS = date(2026, 1, 15)
"""Day by whose clocks hours are compared at the earliest, where no day is stated."""


def hours_ahead(name: object, day: date) -> float:
    """Return how far a time zone is ahead of UTC on a day, NaN where it is not understood."""
    try:
        zone = ZoneInfo(str(name).strip())
    except (KeyError, ValueError, OSError):
        return float("nan")
    shift = datetime(day.year, day.month, day.day, 12, tzinfo=zone).utcoffset()
    return float("nan") if shift is None else shift.total_seconds() / 3600
