"""The cells of one worksheet: texts as a person sees them, at the places where they stand."""

import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise, product
from string import ascii_uppercase

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Cells
from matcher.cohort.cells import restore
from matcher.intake.files.grid import NO_RESULT, cell_text
from matcher.intake.files.number_formats import GENERAL, NumberFormat
from matcher.intake.files.workbook_archive import XmlHandler, refuse_damaged, too_much

MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384
"""Size of a sheet."""
MAX_FILLED = 65_536
"""Rows that hold anything: each may have faults to tell, which takes longer than to read them."""
MAX_AREA = 20_000_000
"""Filled rows times columns up to the last filled one, which are held in memory."""
MAX_SPAN = 100_000_000
"""Cells of the rectangle from A1 to the last row and column that hold anything."""
MAX_TEXT = 100_000_000
"""Characters of all cells of a sheet; a shared text counts at each of its places."""


@dataclass(frozen=True)
class SheetCells:
    """A worksheet without its blank rows, and what the eye does not see of it."""

    rows: NDArray[np.int64]
    """Numbers of the rows that hold anything: shape (k,)."""
    columns: tuple[Cells, ...]
    """Texts of each column up to the last filled one: shape (k,) each."""
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    """Positions in `columns`."""
    shown: dict[str, str] = field(default_factory=dict)
    """What the spreadsheet shows, by text, for cells that hold a date."""

    @property
    def area(self) -> int:
        """Rows that hold anything times columns up to the last filled one."""
        return len(self.rows) * len(self.columns)

    def lines(self) -> list[list[str]]:
        """Return the rows from the first of the sheet to the last filled one; blank ones are []."""
        lines: list[list[str]] = [[] for _ in range(int(self.rows.max(initial=0)))]
        for number, *texts in zip(self.rows, *self.columns, strict=True):
            lines[number - 1] = texts
        return lines


@cache
def _column_positions() -> dict[str, int]:
    """Return the position of each column by its letters."""
    names = ("".join(letters) for n in (1, 2, 3) for letters in product(ascii_uppercase, repeat=n))
    return {name: k for k, name in zip(range(MAX_COLUMNS), names, strict=False)}


_ESCAPED = re.compile("_x(D[89AB][0-9A-F]{2})__x(D[C-F][0-9A-F]{2})_|_x([0-9A-F]{4})_", re.I)


def unescaped(text: str) -> str:
    """Return a text of a workbook in which ``_x000D_`` is the character that it stands for.

    Also where nobody sees it: an id that ends in a hidden character must not pass for another
    text. Only half a character, a lone surrogate, stays as written.
    """
    return _ESCAPED.sub(_character, text) if "_x" in text else text


def _character(match: re.Match[str]) -> str:
    units = bytes.fromhex("".join(unit for unit in match.groups() if unit))
    try:
        return units.decode("utf-16-be")
    except UnicodeDecodeError:
        return match.group()


class SheetHandler(XmlHandler):
    """Takes the tags of a worksheet; `cells` then returns what stands in it.

    Parameters
    ----------
    shared
        The workbook's shared texts.
    formats
        Number formats by a cell's style.
    from_1904
        Whether days are counted from 1904.
    """

    def __init__(
        self, shared: Sequence[str], formats: Sequence[NumberFormat], *, from_1904: bool
    ) -> None:
        super().__init__()
        self._texts = list(shared)
        self._n_shared = len(shared)
        self._formats = formats
        self._from_1904 = from_1904
        self._codes: dict[tuple[str | None, str | None, str], int] = {}
        self._shown: dict[str, str] = {}
        self._hidden_rows: set[int] = set()
        self._hidden_columns = np.zeros(MAX_COLUMNS, dtype=bool)
        self._found, self._places = array("q"), array("q")
        self._positions = _column_positions()
        self._cell_tag, self._value_tags = "c", ("v", "t")
        self._row, self._row_text, self._column = 0, "0", -1
        self._in_data = self._in_row = self._in_cell = self._has_formula = False
        self._type: str | None = None
        self._style: str | None = None
        self._value = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take a tag that opens; of a cell and its value on the short way, there are many."""
        if tag == self._cell_tag:
            place = attributes.get("r")
            if place is None:
                self._column += 1
            else:
                self._column = self._positions.get(place.removesuffix(self._row_text), -1)
            if self._in_cell or not self._in_row or not 0 <= self._column < MAX_COLUMNS:
                refuse_damaged()
            self._in_cell, self._has_formula, self._value = True, False, ""
            self._type, self._style = attributes.get("t"), attributes.get("s")
        elif tag in self._value_tags and self._in_cell:
            self.capture()
        else:
            if not self._depth:  # cells have the prefix that the worksheet has
                prefix = tag[: len(tag) - len(self._plain[tag])]
                self._cell_tag, self._value_tags = f"{prefix}c", (f"{prefix}v", f"{prefix}t")
            super().start(tag, attributes)

    def end(self, tag: str) -> None:
        """Take a tag that closes."""
        if tag in self._value_tags and self._in_cell:
            before = self._value if tag == self._value_tags[1] else ""  # a text may be in pieces
            self._value = before + self.captured()
        elif tag == self._cell_tag:
            self._end_cell()
        else:
            super().end(tag)

    def open(self, tag: str, attributes: dict[str, str]) -> None:
        """Take a tag that opens and is neither a cell nor its value."""
        if tag == "row" and self._in_data:
            self._start_row(attributes)
        elif tag == "f":
            self._has_formula = True
        elif tag == "rPh":
            self._in_cell = False
        elif tag == "sheetData":
            self._in_data = True
        elif tag == "col" and attributes.get("hidden") in _TRUE:
            self._hidden_columns[max(int(attributes["min"]), 1) - 1 : int(attributes["max"])] = True
        elif tag == "c" and self._in_data:
            refuse_damaged()

    def close(self, tag: str) -> None:
        """Take a tag that closes and is neither a cell nor its value."""
        if tag == "row":
            self._in_row = False
        elif tag == "rPh":
            self._in_cell = True
        elif tag == "sheetData":
            self._in_data = False

    def _start_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r")
        self._row = self._row + 1 if number is None else int(number)
        if self._in_row or not 1 <= self._row <= MAX_ROWS:
            refuse_damaged()
        self._row_text, self._column, self._in_row = str(self._row), -1, True
        if attributes.get("hidden") in _TRUE:
            self._hidden_rows.add(self._row)

    def _end_cell(self) -> None:
        self._in_cell = False
        value = self._value
        if self._type == "s" and value:
            code = int(value)
            if not 0 <= code < self._n_shared:
                refuse_damaged()
        elif value or (self._has_formula and self._type != "str"):
            key = (self._type, self._style, value)
            code = self._codes.get(key, -1)
            if code < 0:
                code = len(self._texts)
                self._texts.append(self._typed(*key))
                if len(self._codes) < _KEPT:
                    self._codes[key] = code
        else:
            return
        self._found.append(code)
        self._places.append(self._row * MAX_COLUMNS + self._column)

    def _typed(self, kind: str | None, style: str | None, value: str) -> str:
        """Return the text of a value that stands in the cell itself."""
        if not value:
            return NO_RESULT
        if kind in (None, "n"):
            return self._number(style, value)
        if kind == "b":
            return cell_text(value.strip() in _TRUE)
        if kind == "d":
            return value.removesuffix("T00:00:00").removesuffix("T00:00:00.000")
        return unescaped(value) if kind in ("str", "inlineStr", "e") else refuse_damaged()

    def _number(self, style: str | None, value: str) -> str:
        form = self._formats[int(style or 0)] if self._formats else GENERAL
        if form is GENERAL and _COUNT.fullmatch(value):
            return value
        number = float(value)
        if "_" in value or not np.isfinite(number):
            refuse_damaged()
        text = form.text(number, from_1904=self._from_1904)
        if form.is_moment(number):
            self._shown[text] = form.shown(number, from_1904=self._from_1904)
        return text

    def cells(self) -> SheetCells:
        """Return what stands in the sheet.

        Raises
        ------
        InputError
            E_FORMAT where two cells claim one place, E_ARCHIVE_LIMIT where filled cells lie too
            far apart or repeat too much text.
        """
        codes = np.frombuffer(self._found, np.int64)
        rows, columns = np.divmod(np.frombuffer(self._places, np.int64), MAX_COLUMNS)
        texts = np.empty(len(self._texts), dtype=object)
        texts[:] = [restore(text) for text in self._texts]
        sizes = np.array([len(text) for text in self._texts], dtype=np.int64)
        if sizes[codes].sum() > MAX_TEXT:
            too_much()
        is_filled = sizes[codes] > 0
        codes, rows, columns = codes[is_filled], rows[is_filled], columns[is_filled]
        numbers, at = np.unique(rows, return_inverse=True)
        width = int(columns.max(initial=-1)) + 1
        is_long = len(numbers) > MAX_FILLED
        if (
            is_long
            or len(numbers) * width > MAX_AREA
            or int(rows.max(initial=0)) * width > MAX_SPAN
        ):
            too_much()
        return SheetCells(
            numbers,
            _dense(texts[codes], at, columns, (len(numbers), width)),
            frozenset(self._hidden_rows.intersection(numbers.tolist())),
            frozenset(np.flatnonzero(self._hidden_columns[:width]).tolist()),
            self._shown,
        )


_TRUE = ("1", "true")
_COUNT = re.compile("0|[1-9][0-9]{0,14}")
_KEPT = 1 << 16
"""Distinct values that are remembered: answers repeat, and what does not fills no memory."""


def _dense(
    texts: Cells, rows: NDArray[np.int64], columns: NDArray[np.int64], shape: tuple[int, int]
) -> tuple[Cells, ...]:
    """Return the texts by column; blank columns are one array."""
    blank = np.full(shape[0], "", dtype=object)
    dense = [blank] * shape[1]
    order = np.argsort(columns, kind="stable")
    ends = np.searchsorted(columns[order], np.arange(shape[1] + 1))
    for column, (first, last) in enumerate(pairwise(ends)):
        if first < last:
            chosen = order[first:last]
            if len(np.unique(rows[chosen])) < last - first:
                refuse_damaged()
            dense[column] = blank.copy()
            dense[column][rows[chosen]] = texts[chosen]
    return tuple(dense)
