"""What tuning says about the data that it was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matcher.cohort.cohort import RowCount
    from matcher.features.base import Bools
    from matcher.tune.pairs import Table


def count(number: int, noun: str) -> str:
    """Return ``1 pair`` or ``2 pairs``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def row_warnings(rows: RowCount) -> list[str]:
    """Return what was left out when the table was read."""
    left = rows.rejected + rows.set_aside
    why = "people who are not in the cohort, or repetitions"
    return [f"{count(left, 'row')} of {rows.read} left out: {why}"] if left else []


def silent(table: Table, told: Bools, noun: str) -> list[str]:
    """Return a warning about features that are on but of which the data do not tell."""
    known = told | (table.default == 0.0)
    names = [name for name, is_known in zip(table.names, known, strict=True) if not is_known]
    warning = f"open or the same in every {noun}, so the share stays: {', '.join(names)}"
    return [warning] if names else []
