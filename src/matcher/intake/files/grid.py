"""Raw tables: the text of each cell as the file holds it, and the row a person sees."""

import csv
import datetime as dt
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Self

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Cells, Ints
from matcher.cohort.cells import restore
from matcher.errors import Finding, InputError
from matcher.intake.files.code_book import CodeBook
from matcher.text import fold_heading

MAX_TITLES = 4_000
"""Columns with a title."""
MAX_LETTERS, MAX_TITLE = 100_000, 10_000
"""Letters of all titles that differ (hundreds of long questions), and of one."""
MAX_WIDTH = 16_384
"""Columns, with a title or without, as of a spreadsheet."""

MOST_OF_NOTE, LEAST_BESIDE = 2, 4
"""Filled cells of a row of notes, and filled columns from which such a row is no person's."""

NO_RESULT = "#NO RESULT"
"""Text of a cell with a formula whose result the file does not hold."""

FORMULA_WITHOUT_RESULT = Finding(
    "E_CELL_ERROR",
    "the cell holds a formula, and the file does not hold its result",
    "open the workbook in a spreadsheet program, save it, and hand it in again",
)

_BLANK = re.compile("[\\s\u200b-\u200d\u2060\ufeff]*")


@dataclass(frozen=True)
class Grid:
    """One table as it stands in its source, before any title or answer is understood."""

    table: str
    origin: str
    """File, sheet or database table, as a person calls it."""
    titles: tuple[str, ...]
    """Column titles, in order."""
    columns: tuple[Cells, ...]
    """Texts of each, the empty text where nothing stands: shape (rows,)."""
    rows: Ints
    """Row numbers that a person sees: shape (rows,)."""
    questions: tuple[str, ...] = ()
    """Second titles, where the form tool writes the question below a short name."""
    shown: Mapping[str, str] = field(default_factory=dict)
    """What a spreadsheet shows, by text, for cells that it holds as dates: `1-Feb`."""
    options: tuple[str, ...] = ()
    """Option that a column stands for, where the form tool writes it below the question."""
    is_typed: bool = False
    """Whether the source holds numbers as numbers, which are written with a point."""
    book: CodeBook | None = None
    """What the codes in its titles and cells stand for, where a file beside it says so."""
    findings: tuple[Finding, ...] = ()
    """What the source has to tell beside its cells."""
    joined: int = 0
    """Columns at its end that another file says of the same people."""

    @cached_property
    def folded_titles(self) -> tuple[str, ...]:
        """Titles as they are compared."""
        return tuple(fold_heading(title) for title in self.titles)

    def column(self, title: str) -> Cells | None:
        """Return the first column of a title, however it is written, or None."""
        folded = fold_heading(title)
        if folded not in self.folded_titles:
            return None
        return self.columns[self.folded_titles.index(folded)]

    def with_further(self, further: Mapping[str, Cells]) -> Self:
        """Return the grid with columns more at its end, by title."""
        none = ("",) * len(further)
        return replace(
            self,
            titles=(*self.titles, *further),
            columns=(*self.columns, *further.values()),
            questions=(*self.questions, *further) if self.questions else (),
            options=(*self.options, *none) if self.options else (),
        )

    def with_columns(self, columns: tuple[Cells, ...]) -> Self:
        """Return the grid with other texts in the same cells."""
        return replace(self, columns=columns)

    def keep(self, mask: Bools) -> Self:
        """Return the grid with only the rows of `mask`."""
        columns = tuple(column[mask] for column in self.columns)
        return replace(self, columns=columns, rows=self.rows[mask])


def make_grid(
    table: str, origin: str, titles: Sequence[str], columns: Iterable[Cells], rows: Ints
) -> Grid:
    """Return a grid of everything that a source holds, blank rows and columns included.

    Raises
    ------
    InputError
        E_FORMAT where titles are more or longer than those of any form: each is compared with all
        that forms ask.
    """
    check_titles(table, titles)
    return Grid(table, origin, tuple(restore(title) for title in titles), tuple(columns), rows)


def check_titles(table: str, titles: Sequence[str]) -> None:
    """Raise E_FORMAT where titles or columns are more, or longer, than those of any form."""
    long, what = [len(title) for title in {*titles}], ""
    if sum(map(bool, titles)) > MAX_TITLES or len(titles) > MAX_WIDTH:
        what = f"has {len(titles)} columns, more than the {MAX_TITLES} that are read"
    elif sum(long) > MAX_LETTERS or max(long, default=0) > MAX_TITLE:
        what = f"has titles of {sum(long)} letters in all, over {MAX_LETTERS} or {MAX_TITLE} in one"
    if what:
        remedy = "delete what is no question of a form"
        raise InputError(Finding("E_FORMAT", f"the table {what}", remedy, table))


def can_be_a_cell(text: str) -> bool:
    """Whether a table could hold a text in one of its cells."""
    return "\0" not in text and len(text) <= csv.field_size_limit()


_NEEDED = frozenset({"signups", "mentees", "mentors"})
BINDING = frozenset({"rules", "engagements", "preferences", "consents"})
"""Tables that say who must never meet or takes no part: none is left unread without an error."""


def check_no_rows(grids: Iterable[Grid], *, can_be_deleted: bool) -> list[Finding]:
    """Tell of tables with a header and no row: an export that went wrong, or a template.

    Without people there is no cohort. Rules, engagements and preferences hold who must never meet,
    consents who takes no part, so a run without them has to be meant: whoever has none leaves the
    file out. Of a database, where an empty table is the usual thing, and of all other tables it is
    told and read as it is.

    Parameters
    ----------
    grids
        The raw tables.
    can_be_deleted
        Whether a table can simply be left out.
    """
    findings = []
    message = "the table has a header but no rows"
    for grid in grids:
        if len(grid.rows):
            continue
        if grid.table in _NEEDED:
            finding = Finding("E_NO_ROWS", message, "add people")
        elif grid.table in BINDING and can_be_deleted:
            finding = Finding("E_NO_ROWS", message, "export it again; delete it if there are none")
        else:
            finding = Finding("W_NO_ROWS", message, "export it again if there should be some")
        findings.append(finding.at(grid.table))
    return findings


SHEET_LIMITS = (65_536, 1_048_576)
"""Rows of a sheet in the old and the new Excel format."""


def check_row_limit(grid: Grid) -> list[Finding]:
    """Warn where a table ends exactly where a spreadsheet program cuts off."""
    last = int(grid.rows[-1]) if len(grid.rows) else 0
    if last not in SHEET_LIMITS:
        return []
    message = f"the table ends at row {last}, exactly where a spreadsheet program cuts off"
    remedy = "compare the number of records with the system that they come from"
    return [Finding("W_ROW_LIMIT", message, remedy, grid.table, last)]


def share_texts(texts: Sequence[str]) -> Cells:
    """Return the texts as an array in which equal texts are one object, formulas restored.

    A text that shows nothing, of blanks, line breaks or zero-width characters, is an empty cell.
    """
    codes, uniques = pd.factorize(np.asarray(texts, dtype=object))
    table = np.empty(len(uniques), dtype=object)
    table[:] = [restore(text) if is_visible(text) else "" for text in uniques]
    return table[codes]


def is_visible(text: str) -> bool:
    """Whether anything of a text can be seen."""
    return bool(text) and not _BLANK.fullmatch(text)


def cell_text(value: object) -> str:
    """Return the text of a typed cell of a workbook, Parquet file or database.

    Whole floats lose their `.0` (a spreadsheet has no integers), dates are ISO, booleans yes or
    no; NaN and infinities stay visible so that the checks can refuse them.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float | np.floating):
        return _float_text(float(value))
    if isinstance(value, dt.datetime):
        is_day = value.time() == dt.time()
        return value.date().isoformat() if is_day else value.isoformat(" ", "seconds")
    if isinstance(value, Decimal):
        if not value.is_finite():
            return str(value)
        return format(value.normalize(), "f")
    if isinstance(value, list | tuple | np.ndarray):
        return ";".join(cell_text(item) for item in value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8")
    return str(value)


def _float_text(value: float) -> str:
    if math.isfinite(value) and value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return repr(value)
