"""Workbooks of ours: headings that read, texts that never run, columns to fill in by drop-down.

No cell is ever a formula or a link: texts are written as texts, and those that a spreadsheet would
run carry an apostrophe (they are restored when a working copy is read back).
"""

import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from matcher.catalogue.catalogue import worded
from matcher.cohort.cells import neutralise
from matcher.run_tables import RunColumn

WIDEST, LONGEST = 48, 32_000
"""Signs up to which a column grows, and a cell holds."""
ROWS_TO_ADD = 500
"""Rows below the table in which a drop-down works too."""
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
}


@dataclass(frozen=True)
class DropDown:
    """What a column may be filled in with, and a hint."""

    choices: Sequence[str]
    hint: str
    or_text: bool = False
    """Whether it may hold any other text as well."""


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name, its columns and the rows."""

    name: str
    columns: Sequence[RunColumn]
    rows: Sequence[tuple[object, ...]]
    fill_in: Mapping[str, DropDown | None] = field(default_factory=dict)
    """Columns to fill in, with what they may hold; None: any text."""

    @property
    def headings(self) -> tuple[str, ...]:
        """What stands above the columns."""
        return tuple(column.heading for column in self.columns)


def workbook_bytes(sheets: Iterable[Sheet], title: str, created: datetime) -> bytes:
    """Return a workbook; the same sheets give the same bytes.

    Parameters
    ----------
    sheets
        In the order of the tabs.
    title
        Of the document.
    created
        Its date: the clock is never asked.
    """
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _OPTIONS) as book:
        book.set_properties({"title": title, "created": created})
        top = {"valign": "top", "text_wrap": True}
        formats = {
            "head": book.add_format({"bold": True, "bottom": 2, "bg_color": "#EAF1F4", **top}),
            "text": book.add_format({"num_format": "@", **top}),
            "number": book.add_format({"num_format": "0.00", "valign": "top"}),
            "input": book.add_format({"num_format": "@", "bg_color": "#FFF8E5", **top}),
        }
        for sheet in sheets:
            _write(book, sheet, formats)
    return buffer.getvalue()


def _write(book: Any, sheet: Sheet, formats: dict[str, Any]) -> None:
    page = book.add_worksheet(sheet.name)
    page.write_row(0, 0, sheet.headings, formats["head"])
    inputs = {k for k, column in enumerate(sheet.columns) if column.name in sheet.fill_in}
    parts = [_has_parts(sheet, at) for at in range(len(sheet.columns))]
    for number, row in enumerate(sheet.rows, start=1):
        for at, cell in enumerate(row):
            if isinstance(cell, int | float):
                if math.isfinite(cell):
                    page.write_number(number, at, cell, formats["number"] if parts[at] else None)
            else:
                _text(page, number, at, cell, formats, filled=at in inputs)
    last = max(len(sheet.rows), 1)
    page.freeze_panes(1, 1)
    page.autofilter(0, 0, last, len(sheet.columns) - 1)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    for at, column in enumerate(sheet.columns):
        page.set_column(at, at, _width(column.heading, sheet.rows, at))
        drop_down = sheet.fill_in.get(column.name)
        if drop_down is not None:
            _validate(page, at, last, drop_down)


def _has_parts(sheet: Sheet, at: int) -> bool:
    """Whether any number of a column is no whole one: then all of them have two decimals."""
    cells = (row[at] for row in sheet.rows)
    return any(isinstance(x, float) and math.isfinite(x) and not x.is_integer() for x in cells)


def _text(
    page: Any, row: int, column: int, cell: object, formats: dict[str, Any], *, filled: bool
) -> None:
    if filled or not cell:
        page.write_blank(row, column, None, formats["input" if filled else "text"])
    else:
        page.write_string(row, column, neutralise(str(cell))[:LONGEST], formats["text"])


def _validate(page: Any, column: int, last: int, drop_down: DropDown) -> None:
    said = {
        "validate": "list",
        "source": list(drop_down.choices),
        "show_error": not drop_down.or_text,
        "error_title": worded("workbook.unknown"),
        "error_message": worded("workbook.choose", choices=", ".join(drop_down.choices)),
        "input_title": worded(f"workbook.heads.{'Answer' if drop_down.or_text else 'Decision'}"),
        "input_message": drop_down.hint[:250],
    }
    page.data_validation(1, column, last + ROWS_TO_ADD, column, said)


def _width(name: str, rows: Sequence[tuple[object, ...]], column: int) -> int:
    longest = max((len(str(row[column])) for row in rows[:200]), default=0)
    if rows and isinstance(rows[0][column], float):
        longest = 8
    return min(max(longest, len(name)) + 3, WIDEST)
