"""The ``decision`` columns of a working copy: a workbook with our sheets, or one CSV table."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from matcher.catalogue.catalogue import LANGUAGES, for_pages
from matcher.cohort.cells import restore
from matcher.errors import Finding, InputError
from matcher.intake.files.xlsx_source import Workbook
from matcher.run_tables import RUN_TABLES
from matcher.text import fold

SHEETS = ("matches", "unmatched", "mentors")
"""Sheets that carry decisions; `unmatched` and `mentors` may name one person alone."""

_OURS = {
    part: {fold(w): k for la in LANGUAGES for k, w in for_pages(la)["workbook"][part].items()}
    for part in ("sheets", "heads", "decisions")
}
"""What our workbooks write in any language, folded, by what we call it."""


@dataclass(frozen=True)
class TableRow:
    """One filled-in decision and the place where it stands."""

    table: str
    row: int
    mentee_id: str
    mentor_id: str
    decision: str
    note: str = ""
    by: str = ""
    at: str = ""


DECIDED_CELLS = tuple(field.name for field in fields(TableRow))[2:]
"""Columns of a table of decisions; a missing person is the empty text."""


def read_working_copy(path: Path) -> list[TableRow]:
    """Return every row of `path` that holds a decision or a note.

    Raises
    ------
    InputError
        E_FORMAT where it is no workbook or table, E_ARCHIVE_LIMIT, E_XML_FORBIDDEN, E_ENCODING,
        E_MISSING_COLUMN where a sheet has lost a column that says whom a decision is about.
    """
    tables = filled_in(path, SHEETS, "fill in a copy of the run's matches.xlsx")
    return [row for name, cells in tables.items() for row in _rows(name, cells)]


def filled_in(path: Path, sheets: Sequence[str], remedy: str) -> dict[str, list[list[str]]]:
    """Return the cells of what people have filled in: of one CSV table, or of known sheets.

    Parameters
    ----------
    path
        Workbook or CSV file.
    sheets
        Names of sheets that are read where they are there.
    remedy
        What to do where none is.

    Raises
    ------
    InputError
        As in :func:`read_working_copy`.
    """
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return {path.name: _csv_cells(path)}
    if suffix not in (".xlsx", ".xlsm"):
        what = "is no .xlsx, .csv or .jsonl file"
        raise InputError(_unreadable("E_FORMAT", path, what, "save it as .xlsx"))
    book = Workbook(path.read_bytes(), path.name)
    known = {_OURS["sheets"].get(fold(name), ""): name for name in book.sheets}
    found = {ours: book.cells(known[ours], path.name) for ours in sheets if ours in known}
    if not found:
        what = f"has none of the sheets {', '.join(sheets)}"
        raise InputError(_unreadable("E_FORMAT", path, what, remedy))
    return {name: cells.lines() for name, cells in found.items()}


def _csv_cells(path: Path) -> list[list[str]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
        if "\0" in text:
            raise InputError(_unreadable("E_NUL", path, "holds NUL bytes", "save it again as CSV"))
        lines = io.StringIO(text, newline="")
        header = text.partition("\n")[0]
        return list(csv.reader(lines, delimiter=max(",;\t", key=header.count), strict=True))
    except UnicodeDecodeError as error:
        finding = _unreadable("E_ENCODING", path, "is not UTF-8", "save it as CSV UTF-8")
        raise InputError(finding) from error
    except csv.Error as error:
        finding = _unreadable("E_CSV_QUOTE", path, "has an unclosed quote", "save it again as CSV")
        raise InputError(finding) from error


def _unreadable(code: str, path: Path, what: str, remedy: str) -> Finding:
    return Finding(code, f"{path.name} {what}", remedy)


def column_of(table: str, title: str) -> str:
    """Return the column that a title stands for: its own name, or its heading in the workbook."""
    known = RUN_TABLES[table].in_sheet if table in RUN_TABLES else ()
    heading = _OURS["heads"].get(fold(title), title).lower()
    return next((c.name for c in known if c.heading.lower() == heading), title)


def _rows(table: str, cells: Sequence[Sequence[str]]) -> Iterator[TableRow]:
    if not cells:
        return
    header = [column_of(table, cell.strip().lower()) for cell in cells[0]]
    if "decision" not in header and table in SHEETS[1:]:
        return
    columns = {name: header.index(name) for name in DECIDED_CELLS if name in header}
    missing = [name for name in DECIDED_CELLS[:3] if name not in columns]
    if missing:
        message, remedy = f"the column {missing[0]} is gone", "keep the columns of the workbook"
        raise InputError(Finding("E_MISSING_COLUMN", message, remedy).at(table, 1, missing[0]))
    named = {name: header.index(name) for name in ("mentee", "mentor") if name in header}
    for number, row in enumerate(cells[1:], start=2):
        found = {n: restore(row[k].strip()) if k < len(row) else "" for n, k in columns.items()}
        if not (found["mentee_id"] or found["mentor_id"]):  # a row that somebody added, by names
            cells_of = {name: "".join(row[k : k + 1]) for name, k in named.items()}
            found |= {f"{name}_id": restore(text.strip()) for name, text in cells_of.items()}
        found["decision"] = _OURS["decisions"].get(
            fold(found["decision"]), found["decision"].lower()
        )
        if found["decision"] or found.get("note"):
            yield TableRow(table, number, **found | {"decision": found["decision"] or "note"})
