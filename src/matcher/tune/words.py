"""What tuning says about the data that it was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matcher.cohort.cohort import RowCount
    from matcher.tune.pairs import Table


def count(number: int, noun: str) -> str:
    """Return ``1 pair`` or ``2 pairs``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def row_warnings(rows: RowCount) -> list[str]:
    """Return what was left out when the table was read."""
    left = rows.rejected + rows.set_aside
    why = "people who are not in the cohort, or repetitions"
    return [f"{count(left, 'row')} of {rows.read} left out: {why}"] if left else []


def silent(table: Table, noun: str) -> list[str]:
    """Return a warning about features on whose weight the data say nothing."""
    names = [name for name, told in zip(table.names, table.told(), strict=True) if not told]
    return [f"open or the same in every {noun}, so the share stays: {', '.join(names)}"] if names else []
