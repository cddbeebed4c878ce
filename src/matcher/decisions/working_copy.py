"""The ``decision`` columns of a working copy: a workbook with our sheets, or one CSV table."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matcher.cohort.cells import restore
from matcher.errors import Finding, InputError
from matcher.intake.files.workbook_guard import guard_workbook

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

PEOPLE = ("mentee_id", "mentor_id")
SHEETS = ("matches", "unmatched", "mentors")
"""Sheets that carry decisions; `unmatched` and `mentors` may name one person alone."""


@dataclass(frozen=True)
class TableRow:
    """One filled-in decision and the place where it stands."""

    table: str
    row: int
    mentee_id: str
    mentor_id: str
    decision: str
    note: str
    by: str = ""
    at: str = ""

    def values(self) -> dict[str, str]:
        """Return the columns of a decisions frame."""
        return {
            "mentee_id": self.mentee_id,
            "mentor_id": self.mentor_id,
            "decision": self.decision,
            "note": self.note,
            "by": self.by,
            "at": self.at,
        }

    def finding(self, code: str, column: str, message: str, remedy: str) -> Finding:
        """Return a finding about a cell of this row."""
        return Finding(code, message, remedy, self.table, self.row, column)


def read_working_copy(path: Path) -> list[TableRow]:
    """Return every row of `path` that holds a decision or a note.

    Raises
    ------
    InputError
        E_FORMAT where it is no workbook or table, E_ARCHIVE_LIMIT, E_XML_FORBIDDEN, E_ENCODING,
        E_MISSING_COLUMN where a sheet has lost a column that says whom a decision is about.
    """
    suffix = path.suffix.lower()
    if suffix == ".csv":
        tables = {path.name: _csv_cells(path)}
    elif suffix in (".xlsx", ".xlsm"):
        tables = _sheets(path)
    else:
        raise InputError(
            Finding("E_FORMAT", f"{path.name} is no .xlsx, .csv or .jsonl file", "save it as .xlsx")
        )
    return [row for name, cells in tables.items() for row in _rows(name, cells)]


def _csv_cells(path: Path) -> list[list[str]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            Finding("E_ENCODING", f"{path.name} is not UTF-8", "save it as CSV UTF-8")
        ) from error
    if "\0" in text:
        raise InputError(Finding("E_NUL", f"{path.name} holds NUL bytes", "save it again as CSV"))
    try:
        return list(
            csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
        )
    except csv.Error as error:
        raise InputError(
            Finding("E_CSV_QUOTE", f"{path.name} has an unclosed quote", "save it again as CSV")
        ) from error


def _separator(text: str) -> str:
    """Return what separates the titles: spreadsheets save CSV with `;` or a tab in some places."""
    header = text.partition("\n")[0]
    return max(",;\t", key=header.count)


def _sheets(path: Path) -> dict[str, list[list[str]]]:
    content = path.read_bytes()
    guard_workbook(content, path.name)
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = [name for name in book.sheet_names if name in SHEETS]
        cells = {name: book.get_sheet_by_name(name).to_python(False) for name in names}
    except (CalamineError, OSError, ValueError) as error:
        raise InputError(_no_workbook(path)) from error
    if not cells:
        raise InputError(
            Finding(
                "E_FORMAT",
                f"{path.name} has none of the sheets {', '.join(SHEETS)}",
                "fill in a copy of the run's matches.xlsx",
            )
        )
    return {name: [[_text(cell) for cell in row] for row in rows] for name, rows in cells.items()}


def _no_workbook(path: Path) -> Finding:
    return Finding(
        "E_FORMAT",
        f"{path.name} is no readable Excel workbook",
        "save it as .xlsx without a password",
    )


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _rows(table: str, cells: Sequence[Sequence[str]]) -> Iterator[TableRow]:
    if not cells:
        return
    header = [cell.strip().lower() for cell in cells[0]]
    if "decision" not in header and table in SHEETS[1:]:
        return
    columns = {name: header.index(name) for name in (*PEOPLE, *_OPTIONAL) if name in header}
    missing = [name for name in (*PEOPLE, "decision") if name not in columns]
    if missing:
        raise InputError(
            Finding(
                "E_MISSING_COLUMN",
                f"the column {missing[0]} is gone",
                "keep the columns of the workbook",
                table,
                1,
                missing[0],
            )
        )
    for number, row in enumerate(cells[1:], start=2):
        yield from _row(table, number, columns, row)


_OPTIONAL = ("decision", "note", "by", "at")


def _row(
    table: str, number: int, columns: dict[str, int], cells: Sequence[str]
) -> Iterator[TableRow]:
    found = {
        name: restore(cells[at].strip()) if at < len(cells) else "" for name, at in columns.items()
    }
    decision, note = found["decision"].lower(), found.get("note", "")
    if not decision and not note:
        return
    yield TableRow(
        table,
        number,
        found["mentee_id"],
        found["mentor_id"],
        decision or "note",
        note,
        found.get("by", ""),
        found.get("at", ""),
    )
