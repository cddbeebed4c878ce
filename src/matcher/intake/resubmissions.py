"""Several answers of one person: which of them counts."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from matcher.errors import Finding
from matcher.text import fold, shown_id

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matcher.intake.files.grid import Cells

_ISO = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})")
_SLASHED = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{2,4})")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*(am|pm)?")


def counted(
    ids: pd.Series,
    rows: NDArray[np.int64],
    submitted: Cells | None,
    policy: str,
    date_format: str,
    table: str,
) -> tuple[NDArray[np.bool_], list[Finding]]:
    """Choose one answer a person.

    Parameters
    ----------
    ids, rows
        Person ids (missing ones are kept all) and row numbers: shape (rows,).
    submitted
        When each answer was handed in, as text; None where the form does not say.
    policy
        `latest`, `first` or `error`. Ties and missing times go by the order of rows.
    date_format
        Format of the config, which settles day and month.
    table
        For findings.

    Returns
    -------
    mask
        Rows that count: shape (rows,). All of them under `error`.
    findings
        E_DUP_ID, E_DATE_AMBIGUOUS, or W_RESUBMISSION with the number of people.
    """
    is_twin = ids.duplicated(keep=False).to_numpy() & ids.notna().to_numpy()
    everything = np.ones(len(ids), dtype=bool)
    if not is_twin.any():
        return everything, []
    if policy == "error":
        return everything, _duplicate_findings(ids, rows, is_twin, table)
    choices = [
        _choose(ids, rows, order, policy)
        for order in _orders(submitted, is_twin, date_format, len(ids))
    ]
    if any((choice != choices[0]).any() for choice in choices[1:]):
        message = "it cannot be told which answer came last: day and month are ambiguous"
        remedy = 'set [input] date_format, such as "%d/%m/%Y"'
        return everything, [Finding("E_DATE_AMBIGUOUS", message, remedy, table)]
    people = ids[is_twin].nunique()
    message = f"people who answered several times: {people}; the {policy} answer counts"
    remedy = "set [input] duplicates to change that"
    return choices[0], [Finding("W_RESUBMISSION", message, remedy, table)]


def _duplicate_findings(
    ids: pd.Series, rows: NDArray[np.int64], is_twin: NDArray[np.bool_], table: str
) -> list[Finding]:
    frame = pd.DataFrame({"id": ids[is_twin].to_numpy(), "row": rows[is_twin]})
    first = frame.groupby("id", sort=False)["row"].transform("min")
    findings = []
    for person, row, earlier in zip(frame["id"], frame["row"], first, strict=True):
        if row != earlier:
            message = f"id {shown_id(person)} stands in rows {earlier} and {row}"
            remedy = 'delete one, or set [input] duplicates = "latest"'
            findings.append(Finding("E_DUP_ID", message, remedy, table, int(row), "person_id"))
    return findings


def _choose(
    ids: pd.Series, rows: NDArray[np.int64], order: NDArray[np.float64], policy: str
) -> NDArray[np.bool_]:
    frame = pd.DataFrame({"id": ids.to_numpy(), "time": order, "row": rows})
    frame = frame.sort_values(["time", "row"], na_position="first", kind="stable")
    keep: Literal["last", "first"] = "last" if policy == "latest" else "first"
    is_spare = frame["id"].duplicated(keep=keep) & frame["id"].notna()
    return (~is_spare).sort_index().to_numpy()


def _orders(
    submitted: Cells | None, is_twin: NDArray[np.bool_], date_format: str, size: int
) -> list[NDArray[np.float64]]:
    """Return the possible readings of the times as seconds, NaN where there is none."""
    if submitted is None:
        return [np.full(size, np.nan)]
    readings = []
    for day_first in _day_orders(date_format):
        times = [
            _seconds(str(text), day_first=day_first) if twin else np.nan
            for text, twin in zip(submitted, is_twin, strict=True)
        ]
        if all(time is not None for time in times):
            readings.append(np.array(times, dtype=float))
    return readings or [np.full(size, np.nan)]


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
    else:
        return None
    clock = _CLOCK.search(plain)
    hour, minute, second_ = (int(part or 0) for part in clock.groups()[:3]) if clock else (0, 0, 0)
    if clock and clock.group(4):
        hour = hour % 12 + (12 if clock.group(4) == "pm" else 0)
    try:
        return (
            datetime(year, month, day, hour, minute, second_) - datetime(1970, 1, 1)
        ).total_seconds()
    except ValueError:
        return None
