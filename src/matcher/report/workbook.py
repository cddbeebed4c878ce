"""``matches.xlsx``: the run for people who work in a spreadsheet, with a column to decide in.

No cell is ever a formula or a link: texts are written as texts, and those that a spreadsheet would
run carry an apostrophe (they are restored when a working copy is read back).
"""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from matcher.cohort.cells import neutralise
from matcher.cohort.cohort import Cohort
from matcher.report import plain_words as words
from matcher.report.run_data import RunData, ShownNames, named_rows
from matcher.run_tables import TABLES, CellKind, Holds, RunColumn
from matcher.text import printable

EPOCH = datetime(2000, 1, 1)
"""Creation date where the run has no `as_of`: the clock is never asked."""

_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}
_SHEETS = ("matches", "portfolios", "unmatched", "mentors")
_FILLED_IN: dict[str, object] = dict.fromkeys(("decision", "note", "mentee_id", "mentor_id"), "")
"""What people fill in: empty, unless a row itself says whom it is about."""

_WORDS = {"approach": words.approach, "reason": words.sentence}
"""How codes of a column read; others stand as they are."""


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name, the headings and the rows."""

    name: str
    headings: tuple[str, ...]
    rows: Sequence[tuple[object, ...]]


def build_workbook(run: Path, *, cohort: Cohort | None = None) -> bytes:
    """Return ``matches.xlsx`` of a run folder; the same files give the same bytes.

    Sheets ``matches``, ``portfolios``, ``unmatched`` and ``mentors``; the first, third and fourth
    have a ``decision`` and a ``note`` column for `read_decisions`.

    Raises
    ------
    StorageError
        E_NOT_FOUND or E_FORMAT where the run folder cannot be read.
    """
    import xlsxwriter

    data, people = RunData.read(run), ShownNames.of(cohort)
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _OPTIONS) as book:
        book.set_properties({"title": printable(data.name), "created": _created(data)})
        formats = {
            "head": book.add_format(
                {"bold": True, "bottom": 2, "text_wrap": True, "valign": "top"}
            ),
            "text": book.add_format({"num_format": "@", "valign": "top"}),
            "number": book.add_format({"num_format": "0.000", "valign": "top"}),
            "input": book.add_format({"num_format": "@", "bg_color": "#FFF8E5", "valign": "top"}),
        }
        for sheet in sheets(data, people):
            _write(book, sheet, formats)
    return buffer.getvalue()


def sheets(data: RunData, people: ShownNames) -> list[Sheet]:
    """Return the sheets of the workbook: the columns that `run_tables` declares for them."""
    mentors: dict[str, list[str]] = {}
    for row in named_rows(data["matches"]):
        mentors.setdefault(row.mentee_id, []).append(people.full_name(row.mentor_id))
    found = []
    for name in _SHEETS:
        columns, rows = TABLES[name].in_sheet, []
        for row in named_rows(data[name]):
            added = {**_FILLED_IN, **_names(row, people)}
            if name == "portfolios":
                added["mentors"] = ", ".join(mentors.get(row.mentee_id, []))
            cells = [_shown(c, getattr(row, c.name)) if c.file else added[c.name] for c in columns]
            rows.append(tuple(cells))
        found.append(Sheet(name, tuple(column.name for column in columns), rows))
    return found


def _names(row: Any, people: ShownNames) -> dict[str, str]:
    """Return who a row is about, by column; who has no match stands on their own side."""
    roles = [role for role in ("mentee", "mentor", "person") if hasattr(row, f"{role}_id")]
    found = {role: people.full_name(getattr(row, f"{role}_id")) for role in roles}
    if "person" in roles:
        found["mentor_id" if row.role == "mentor" else "mentee_id"] = row.person_id
    return found


def _shown(column: RunColumn, cell: Any) -> object:
    """Return a cell of a run's table as the workbook shows it."""
    if column.kind in (CellKind.FLAG, CellKind.MAYBE):
        return "" if cell is None else "yes" if cell else "no"
    if column.kind is CellKind.LIST:
        return ", ".join(words.facet_labels(cell))
    if column.kind in (CellKind.NUMBER, CellKind.COUNT) or column.holds is Holds.PERSON:
        return cell
    return _WORDS.get(column.name, printable)(cell)


def _write(book: Any, sheet: Sheet, formats: dict[str, Any]) -> None:
    page = book.add_worksheet(sheet.name)
    page.write_row(0, 0, sheet.headings, formats["head"])
    inputs = {k for k, name in enumerate(sheet.headings) if name in ("decision", "note")}
    for number, row in enumerate(sheet.rows, start=1):
        for column, cell in enumerate(row):
            _cell(page, number, column, cell, formats, filled=column in inputs)
    last = max(len(sheet.rows), 1)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, last, len(sheet.headings) - 1)
    for column, name in enumerate(sheet.headings):
        page.set_column(column, column, _width(name, sheet.rows, column))
    if TABLES[sheet.name].decisions:
        _validate(page, sheet, last)


def _cell(
    page: Any, row: int, column: int, cell: object, formats: dict[str, Any], *, filled: bool
) -> None:
    if isinstance(cell, int | float):
        if math.isfinite(cell):
            whole = float(cell).is_integer()
            page.write_number(row, column, cell, None if whole else formats["number"])
    elif filled or not cell:
        page.write_blank(row, column, None, formats["input" if filled else "text"])
    else:
        page.write_string(row, column, neutralise(str(cell))[:32_000], formats["text"])


def _validate(page: Any, sheet: Sheet, last: int) -> None:
    column = sheet.headings.index("decision")
    table = TABLES[sheet.name]
    page.data_validation(
        1,
        column,
        last + 500,
        column,
        {
            "validate": "list",
            "source": list(table.decisions),
            "error_title": "Unknown decision",
            "error_message": "Choose one of: " + ", ".join(table.decisions),
            "input_title": "Decision",
            "input_message": table.hint[:250],
        },
    )


def _width(name: str, rows: Sequence[tuple[object, ...]], column: int) -> int:
    longest = max((len(str(row[column])) for row in rows[:200]), default=0)
    if rows and isinstance(rows[0][column], float):
        longest = 8
    return min(max(longest, len(name)) + 3, 44)


def _created(data: RunData) -> datetime:
    stated = data.summary.get("as_of") or data.config.get("programme", {}).get("as_of")
    try:
        day = date.fromisoformat(str(stated))
    except ValueError:
        return EPOCH
    return datetime(day.year, day.month, day.day)
