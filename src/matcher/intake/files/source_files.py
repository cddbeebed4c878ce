"""The files at a place, read once each, and the sheets of the workbooks among them."""

import stat
from collections.abc import Callable, Collection, Hashable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from matcher.config import Config
from matcher.errors import Finding, InputError, MatcherError, StorageError
from matcher.intake.config_columns import known_titles
from matcher.intake.files.code_book import CodeBook
from matcher.intake.files.code_book_sources import STRUCTURES, book_of_structure, book_of_tables
from matcher.intake.files.csv_source import CsvFormat, parse_csv, told_format
from matcher.intake.files.find_tables import NAMES, Spot, without_questions
from matcher.intake.files.grid import Grid, cell_text, make_grid, share_texts
from matcher.intake.files.xlsx_source import Workbook
from matcher.text import fold, shown_title, snake


def _parse_parquet(content: bytes, table: str, origin: str) -> Grid:
    """Parse the bytes of a Parquet file; the first record counts as row 1.

    Raises
    ------
    InputError
        E_EMPTY, E_FORMAT (damaged, or no Parquet) or E_EXTRA (pyarrow is not installed).
    """
    if not content:
        raise InputError(Finding("E_EMPTY", "the file is empty", "export it again", table))
    try:
        import pyarrow.parquet as pq
    except ImportError:
        remedy = "pip install 'mentor-matcher[parquet]', or export CSV"
        message = "Parquet files need the extra [parquet]"
        raise InputError(Finding("E_EXTRA", message, remedy, table)) from None
    try:
        frame = pq.read_table(BytesIO(content))
        columns = [
            share_texts([cell_text(value) for value in column.to_pylist()])
            for column in frame.columns
        ]
    except Exception:
        message = "the file cannot be read as Parquet"
        raise InputError(Finding("E_FORMAT", message, "export it again", table)) from None
    rows = np.arange(1, frame.num_rows + 1, dtype=np.int64)
    return make_grid(table, origin, list(frame.column_names), columns, rows)


SUFFIXES = (".csv", ".parquet", ".xlsx")
TEXT_SUFFIXES = (".tsv", ".txt")
"""Endings of files that are read where the config names the file."""
OTHER_SUFFIXES = (".xls", ".xlsm", ".xlsb", ".ods", ".numbers")
T = TypeVar("T")
MOST_MADE = 6
"""Things that are kept of what was made of files, those last asked for."""


@dataclass
class Shelf:
    """What was read of files so far, for who reads them again under another config."""

    contents: dict[Path, bytes] = field(default_factory=dict)
    books: dict[Path, Workbook] = field(default_factory=dict)
    grids: dict[tuple[Path, CsvFormat], Grid] = field(default_factory=dict)
    made: dict[Hashable, Any] = field(default_factory=dict)
    """What was made of them, by all that it was made from."""

    def kept(self, state: Hashable, make: Callable[[], T]) -> T:
        """Return what was made before from the same state, else make it."""
        found = self.made.pop(state, None)
        self.made[state] = made = make() if found is None else found
        while len(self.made) > MOST_MADE:
            del self.made[next(iter(self.made))]
        return made


ANY_FORMAT = CsvFormat("auto", known_titles(Config()))
"""A text of which nothing is known."""


@dataclass
class SourceFiles:
    """The files at a place, read once each, and the sheets of the workbooks among them."""

    shelf: Shelf
    spots: list[Spot] = field(default_factory=list)
    wrong: list[Path] = field(default_factory=list)
    """Files in a format that is not read."""
    deeper: list[Path] = field(default_factory=list)
    """Files of a folder in the folder that are called like a table."""

    @classmethod
    def of_folder(
        cls, folder: Path, config: Config, apart: Collection[str], shelf: Shelf | None
    ) -> "SourceFiles":
        """Return the files of a folder, but those of `apart`.

        Texts of other endings only where the config names one.
        """
        files = cls(shelf or Shelf())
        named = [how.file.lower() for how in config.tables.values() if how.file]
        texts = tuple(suffix for suffix in TEXT_SUFFIXES if any(n.endswith(suffix) for n in named))
        for path in sorted(folder.iterdir(), key=lambda path: path.name):
            suffix = path.suffix.lower()
            if path.name.startswith((".", "~$")) or path.name in apart:
                continue
            if suffix in (*SUFFIXES, *texts):
                files.add(path, is_alone=False)
            elif suffix in OTHER_SUFFIXES or called_like(path):
                files.wrong.append(path)
            elif path.is_dir():
                files.deeper += filter(called_like, files_inside(path))
        files.spots = without_questions(files.spots)
        return files

    @classmethod
    def of_file(cls, path: Path, shelf: Shelf | None) -> "SourceFiles":
        """Return one file as a cohort of its own."""
        files = cls(shelf or Shelf())
        files.add(path, is_alone=True)
        return files

    def add(self, path: Path, *, is_alone: bool) -> None:
        """Add a file or the sheets of a workbook; in a folder one may not open."""
        if path.suffix.lower() in (".csv", ".parquet", *TEXT_SUFFIXES):
            self.spots.append(Spot(path))
            return
        try:
            book = self.book(path, "")
        except (InputError, StorageError):
            if is_alone:
                raise
            self.spots.append(Spot(path))
            return
        self.spots += [Spot(path, sheet) for sheet in _filled(book)]

    def book(self, path: Path, table: str) -> Workbook:
        """Return a workbook."""
        if path not in self.shelf.books:
            self.shelf.books[path] = Workbook(self.content(path, table), table)
        return self.shelf.books[path]

    def content(self, path: Path, table: str = "") -> bytes:
        """Return the bytes of a file."""
        if path not in self.shelf.contents:
            try:
                if not stat.S_ISREG(path.stat().st_mode):
                    message = f"{shown_title(path.name)} is a folder or a device, not a file"
                    raise InputError(Finding("E_FORMAT", message, "put a file there", table))
                self.shelf.contents[path] = path.read_bytes()
            except OSError as error:
                raise not_opened(error, table) from None
        return self.shelf.contents[path]

    def code_book(self, path: Path) -> CodeBook | None:
        """Return the code book that a file holds, None where it holds none."""
        suffix, sheets = path.suffix.lower(), [""]
        try:
            if suffix in STRUCTURES:
                return book_of_structure(self.content(path))
            if suffix == ".xlsx":
                sheets = list(self.book(path, "").sheets)
            elif suffix not in (".csv", *TEXT_SUFFIXES):
                return None
        except (InputError, StorageError):
            return None
        found = {}
        for sheet in sheets:
            with suppress(InputError, StorageError):
                found[fold(sheet)] = self.grid(Spot(path, sheet), "", ANY_FORMAT)
        return book_of_tables(found)

    def grid(self, spot: Spot, table: str, written: CsvFormat) -> Grid:
        """Return the table at a spot."""
        content, name = self.content(spot.path, table), spot.path.name
        if spot.path.suffix.lower() == ".parquet":
            return _parse_parquet(content, table, name)
        if spot.path.suffix.lower() not in (".csv", *TEXT_SUFFIXES):
            book = self.book(spot.path, table)
            return replace(book.grid(spot.sheet, table), is_typed=True)
        written, told = told_format(content, table, written)
        key = spot.path, written
        if key not in self.shelf.grids:
            self.shelf.grids[key] = parse_csv(content, table, name, written)
        grid = self.shelf.grids[key]
        of_rows = (replace(finding, table=table) for finding in grid.findings)
        return replace(grid, table=table, findings=(*told, *of_rows))


def called_like(path: Path) -> str:
    """Return the table whose name a file's name begins with, whatever its ending; "" for none."""
    name = f"{snake(path.name.partition('.')[0])}_"
    return next((table for table in NAMES if name.startswith(f"{table}_")), "")


def files_inside(folder: Path) -> list[Path]:
    """Return what a folder holds, nothing where it may not be looked into."""
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _filled(book: Workbook) -> Iterator[str]:
    """Yield the sheets of a workbook without those that are empty and called like nothing."""
    is_plain = len(book.sheets) == 1 or any(snake(sheet) in NAMES for sheet in book.sheets)
    for sheet in book.sheets:
        try:
            if is_plain or len(book.grid(sheet, "").rows):
                yield sheet
        except InputError as error:
            if error.findings[0].code != "E_EMPTY":
                yield sheet


def absent(message: str, table: str = "") -> Finding:
    """Return that something is not there."""
    return Finding("E_NOT_FOUND", message, "check the path", table)


def not_opened(error: Exception, table: str) -> MatcherError:
    """Return that a file or server is not there or cannot be read, as an error of ours."""
    reason = getattr(error, "strerror", None) or "the path is not valid"
    if isinstance(error, FileNotFoundError | NotADirectoryError | ValueError):
        return InputError(absent(f"it cannot be found ({reason})", table))
    remedy = "check that the file is there and that you may read it"
    return StorageError(Finding("E_READ", f"it cannot be read ({reason})", remedy, table))
