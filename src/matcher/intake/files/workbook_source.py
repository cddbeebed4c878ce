"""XLSX sheets to grids, through calamine, after the guard has passed the file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import numpy as np

from matcher.errors import Finding, InputError
from matcher.intake.files.grid import Grid, cell_text, make_grid, share_texts
from matcher.intake.files.workbook_guard import guard_workbook


class Workbook:
    """A guarded workbook: its sheet names, and a grid of each on demand."""

    def __init__(self, content: bytes, table: str) -> None:
        guard_workbook(content, table)
        from python_calamine import CalamineWorkbook

        with _parsing(table):
            self._book = CalamineWorkbook.from_filelike(BytesIO(content))
            self.sheets = tuple(self._book.sheet_names)

    def grid(self, sheet: str, table: str) -> Grid:
        """Return the sheet as a grid; its first row that is not blank holds the titles.

        Raises
        ------
        InputError
            E_EMPTY where the sheet holds nothing, E_FORMAT where it cannot be parsed.
        """
        with _parsing(table):
            cells = self._book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        top = next(
            (k for k, row in enumerate(cells) if any(v not in ("", None) for v in row)), None
        )
        if top is None:
            remedy = "fill it in or delete the sheet"
            raise InputError(Finding("E_EMPTY", "the sheet is empty", remedy, table))
        titles = [cell_text(value) for value in cells[top]]
        body = cells[top + 1 :]
        width = len(titles)
        columns = (
            share_texts([cell_text(row[k]) if k < len(row) else "" for row in body])
            for k in range(width)
        )
        rows = np.arange(top + 2, top + 2 + len(body), dtype=np.int64)
        return make_grid(table, sheet, titles, columns, rows)


@contextmanager
def _parsing(table: str) -> Iterator[None]:
    """Turn every failure of the parser, panics of its native code included, into E_FORMAT."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException:
        raise InputError(_damaged(table)) from None


def _damaged(table: str) -> Finding:
    remedy = "open it and save it as .xlsx again"
    return Finding("E_FORMAT", "the workbook cannot be parsed", remedy, table)
