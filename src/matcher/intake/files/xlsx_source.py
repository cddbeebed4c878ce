"""XLSX workbooks to grids: a guard first, then calamine.

An XLSX is a ZIP of XML. Before anything parses it, the guard reads every part once, counting, so
that no declared size is believed, and refuses archives that unfold to too much, XML that defines
entities, and macros.
"""

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import IO, NoReturn

import numpy as np

from matcher.errors import Finding, InputError
from matcher.intake.files.grid import Grid, cell_text, make_grid, share_texts

MAX_PARTS = 5_000
"""Files inside the archive."""
MAX_BYTES = 1_000_000_000
"""Bytes of the whole archive, unfolded."""
MAX_RATIO = 250
"""Unfolded to stored size of one part, looked at from `RATIO_FROM` bytes on."""
RATIO_FROM = 10_000_000
MAX_AREA = 60_000_000
"""Cells of the rectangle from A1 to the last cell of a sheet, which readers hold in memory."""

_BLOCK = 1 << 20
_OVERLAP = 256
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_FORBIDDEN = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_CELL = re.compile(rb"""\sr=["']([A-Z]{1,4})([0-9]{1,8})["']""")
_MACRO = (b"macroEnabled", b"vbaProject")


def guard_workbook(content: bytes, table: str) -> None:
    """Refuse anything but a plain XLSX.

    Raises
    ------
    InputError
        E_FORMAT (not XLSX, encrypted, old .xls, with macros, damaged), E_ARCHIVE_LIMIT (unfolds to
        too much) or E_XML_FORBIDDEN (DOCTYPE or entities).
    """
    if content.startswith(_OLE):
        what = "encrypted" if _ENCRYPTED in content else "in the old .xls format or encrypted"
        _refuse("E_FORMAT", table, f"the workbook is {what}", "save it as a plain .xlsx")
    if not content.startswith(b"PK"):
        what = "the file is no XLSX workbook, whatever its name says"
        _refuse("E_FORMAT", table, what, "if it is CSV text, give it the ending .csv")
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            _guard_archive(archive, table)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        _damaged(table)
    except (NotImplementedError, RuntimeError, KeyError, zipfile.zlib.error):  # type: ignore[attr-defined]
        _damaged(table)


def _guard_archive(archive: zipfile.ZipFile, table: str) -> None:
    parts = archive.infolist()
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_BYTES:
        _too_much(table)
    if any(part.flag_bits & 1 for part in parts):
        _refuse("E_FORMAT", table, "the workbook is encrypted", "save it as a plain .xlsx")
    names = [part.filename.lower() for part in parts]
    if any(name.endswith(("vbaproject.bin", "vbadata.xml")) for name in names):
        _macros(table)
    if "[content_types].xml" not in names or not any("workbook" in name for name in names):
        _refuse("E_FORMAT", table, "the archive is no XLSX workbook", "save it as .xlsx")
    left = MAX_BYTES
    for part in parts:
        with archive.open(part) as stream:
            left -= _guard_part(stream, part, table, left)


def _guard_part(stream: IO[bytes], part: zipfile.ZipInfo, table: str, left: int) -> int:
    """Read one part through and return its bytes."""
    name = part.filename.lower()
    is_sheet = "/worksheets/" in name
    total, tail = 0, b""
    widest, lowest = 1, 1
    while block := stream.read(_BLOCK):
        total += len(block)
        if total > left or (total > RATIO_FROM and total > MAX_RATIO * part.compress_size):
            _too_much(table)
        window = tail + block
        if name.endswith((".xml", ".rels", ".vml")):
            _guard_xml(window, table)
        if name == "[content_types].xml" and any(word in window for word in _MACRO):
            _macros(table)
        if is_sheet:
            widest, lowest = _extent(window, widest, lowest)
            if widest * lowest > MAX_AREA:
                _too_much(table)
        tail = window[-_OVERLAP:]
    return total


def _guard_xml(window: bytes, table: str) -> None:
    plain = window.replace(b"\0", b"") if b"\0" in window else window  # UTF-16 hides nothing
    if b"<!" in plain and _FORBIDDEN.search(plain):
        what = "the workbook's XML defines a document type or entities"
        _refuse("E_XML_FORBIDDEN", table, what, "save it again with a spreadsheet program")


def _extent(window: bytes, widest: int, lowest: int) -> tuple[int, int]:
    """Return the largest column and row numbers seen so far."""
    cells = set(_CELL.findall(window))
    letters = {column for column, _ in cells}
    lowest = max([lowest, *(int(row) for row in {row for _, row in cells})])
    return max([widest, *map(_column_number, letters)]), lowest


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _too_much(table: str) -> NoReturn:
    what = "the workbook unfolds to more than is safe to read"
    remedy = "delete empty formatted rows and columns, or export the sheets as CSV"
    _refuse("E_ARCHIVE_LIMIT", table, what, remedy)


def _macros(table: str) -> NoReturn:
    _refuse("E_FORMAT", table, "the workbook holds macros", "save it as .xlsx without macros")


def _damaged(table: str) -> NoReturn:
    _refuse("E_FORMAT", table, "the workbook is damaged", "open it and save it as .xlsx again")


def _refuse(code: str, table: str, what: str, remedy: str) -> NoReturn:
    raise InputError(Finding(code, what, remedy, table))


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
        message, remedy = "the workbook cannot be parsed", "open it and save it as .xlsx again"
        raise InputError(Finding("E_FORMAT", message, remedy, table)) from None
