"""When answers were handed in, as form tools write it: times whose day order may be unclear."""

import re
from datetime import date, datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.arrays import Cells
from matcher.intake.cells.dates import named_date
from matcher.text import fold, fold_plain

_ISO = re.compile(r"(\d{4})[-/\u5e74](\d{1,2})[-/\u6708](\d{1,2})")
_SLASHED = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{2,4})")
_CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?:\.\d+)?\s*(am|pm)?")


def possible_times(texts: Cells, date_format: str) -> list[NDArray[np.float64]]:
    """Return the possible readings of a column of times as seconds since 1970.

    Parameters
    ----------
    texts
        The cells: shape (rows,).
    date_format
        The config's, which tells whether days go before months; may be empty.

    Returns
    -------
    list of array
        One reading, or two where days and months cannot be told apart, NaN where a cell is empty;
        all NaN where no reading fits every cell.
    """
    readings = []
    for day_first in _day_orders(date_format):
        times = [_seconds(str(text), day_first=day_first) for text in texts]
        if all(time is not None for time in times):
            readings.append(np.array(times, dtype=float))
    return readings or [np.full(len(texts), np.nan)]


def submission_days(texts: Cells, date_format: str) -> NDArray[np.datetime64]:
    """Return the days on which answers were handed in, NaT where that is not clear."""
    first, *others = possible_times(texts, date_format)
    is_clear = np.all([np.isclose(first, other) for other in others], axis=0) if others else True
    seconds = np.where(is_clear & ~np.isnan(first), first, np.nan)
    return pd.to_datetime(pd.Series(seconds), unit="s").dt.normalize().to_numpy("datetime64[ns]")


def _day_orders(date_format: str) -> tuple[bool, ...]:
    if "%d" in date_format and "%m" in date_format:
        return (date_format.index("%d") < date_format.index("%m"),)
    return (True, False)


def _seconds(text: str, *, day_first: bool) -> float | None:
    """Return a time as seconds, NaN where empty, None where this day order cannot be meant."""
    plain = fold(text)
    if not plain:
        return float("nan")
    iso, slashed = _ISO.match(plain), _SLASHED.match(plain)
    if iso:
        year, month, day = (int(part) for part in iso.groups())
    elif slashed:
        first, second, year = (int(part) for part in slashed.groups())
        day, month = (first, second) if day_first else (second, first)
        year += 2000 if year < 100 else 0
    elif isinstance(named := named_date(fold_plain(text), is_coarse=False), date):
        year, month, day = named.year, named.month, named.day
    else:
        return None
    clock = _CLOCK.search(plain, found.end() if (found := iso or slashed) else 0)
    hour, minute, second_ = (int(part or 0) for part in clock.groups()[:3]) if clock else (0, 0, 0)
    if clock and clock.group(4):
        hour = hour % 12 + (12 if clock.group(4) == "pm" else 0)
    try:
        moment = datetime(year, month, day, hour, minute, second_)
    except ValueError:
        return None
    return (moment - datetime(1970, 1, 1)).total_seconds()
