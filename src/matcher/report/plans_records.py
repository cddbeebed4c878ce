"""Rows of frames as plain records: missing cells as None, texts without hidden characters.

Made by column, not by row: a cohort has some forty columns a person, and only a column knows what
its cells are.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from matcher.report.words import plain

if TYPE_CHECKING:
    import pandas as pd

Record = dict[str, Any]


def records(people: pd.DataFrame) -> dict[str, Record]:
    """Return rows by `person_id`."""
    return {str(row["person_id"]): row for row in rows_of(people)}


def grouped(frame: pd.DataFrame, key: str) -> dict[str, list[Record]]:
    """Return rows by a column, in the order of the frame."""
    found: dict[str, list[Record]] = defaultdict(list)
    for row in rows_of(frame):
        found[str(row[key])].append(row)
    return found


def rows_of(frame: pd.DataFrame) -> list[Record]:
    """Return each row as a record."""
    names = [str(name) for name in frame.columns]
    columns = [_cells(name, frame[name]) for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _cells(name: str, column: pd.Series[Any]) -> list[Any]:
    # Ids of people are keys: they must stay what the other tables call them.
    is_key = name.endswith("_id") and name != "contact_id"
    missing = column.isna().tolist()
    return [
        None if is_missing else _cell(value, is_key=is_key)
        for value, is_missing in zip(column.tolist(), missing, strict=True)
    ]


def _cell(value: Any, *, is_key: bool) -> Any:
    if isinstance(value, str):
        return value if is_key and not (value.isascii() and value.isprintable()) else plain(value)
    return tuple(map(plain, value)) if isinstance(value, tuple) else value
