"""Replies of many pairs in one file, as somebody has filled it in."""

from collections.abc import Sequence
from pathlib import Path

from matcher.arrays import Cells
from matcher.errors import Finding, InputError
from matcher.intake.files.grid import Grid
from matcher.intake.files.table_sources import every_table
from matcher.programme.pair_record import PairUpdate
from matcher.text import snake

REPLY_TITLES = {
    "mentee": ("mentee_id", "mentee_email", "mentee_address", "mentee", "mentee_name"),
    "mentor": ("mentor_id", "mentor_email", "mentor_address", "mentor", "mentor_name"),
    "status": ("reply", "status", "answer"),
    "reason": ("reason", "reason_code", "note"),
    "who": ("who", "whose", "said_by", "from", "answered_by"),
    "stood": ("stands", "stood"),
    "start": ("start",),
    "end": ("end",),
}
"""Titles under which each part may stand, the surest first, as `snake` writes them."""
NEEDED = ("mentee", "mentor", "status")


def read_changes(path: Path, status: str = "") -> list[PairUpdate]:
    """Return what a CSV file or workbook says of pairs; rows without a status say nothing.

    Parameters
    ----------
    path
        The file; of a workbook the first sheet that has the columns.
    status
        What is said of every pair; empty: what the column says.

    Raises
    ------
    InputError
        E_NOT_FOUND, E_MISSING_COLUMN, E_NO_ROWS, and what is wrong with the file.
    """
    needed = NEEDED[:2] if status else NEEDED
    missing: tuple[str, ...] = needed
    for _, read in every_table(path):
        grid = read(0)
        columns = {part: _column(grid, titles) for part, titles in REPLY_TITLES.items()}
        missing = tuple(part for part in needed if columns[part] is None)
        if not missing:
            return _changes(path.name, grid, columns, status)
    message = f"{path.name} has no column {missing[0]}"
    raise InputError(Finding("E_MISSING_COLUMN", message, f"it needs {', '.join(needed)}"))


def _column(grid: Grid, titles: Sequence[str]) -> Cells | None:
    names = [snake(title) for title in grid.titles]
    return next((grid.columns[names.index(title)] for title in titles if title in names), None)


def _changes(
    name: str, grid: Grid, columns: dict[str, Cells | None], status: str
) -> list[PairUpdate]:
    cells = {part: column for part, column in columns.items() if column is not None}
    made = []
    for at, row in enumerate(grid.rows.tolist()):
        said = {part: str(column[at]).strip() for part, column in cells.items()}
        said |= {"status": status} if status else {}
        if said["status"] and (said["mentee"] or said["mentor"]):
            made.append(PairUpdate(**said, place=(name, row)))
    if not made:
        message = f"{name} says nothing of any pair"
        raise InputError(Finding("E_NO_ROWS", message, "fill in the status of some"))
    return made
