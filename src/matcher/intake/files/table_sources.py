"""Where a cohort's tables are: a folder, a workbook, a single form export, or a database."""

import hashlib
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import numpy as np

from matcher.cohort.tables import SIGNUPS, TABLES
from matcher.errors import Finding, InputError, MatcherError, StorageError
from matcher.intake.files.csv_source import CsvFormat, parse_csv
from matcher.intake.files.grid import Grid, cell_text, make_grid, share_texts
from matcher.intake.files.sql_source import hidden_password, is_database_url, read_database
from matcher.intake.files.xlsx_source import Workbook
from matcher.text import fold, listed, misspelt, shown_title, snake


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


NAMES = (*TABLES, SIGNUPS.name)
"""Every table name that a source may hold."""

SUFFIXES = (".csv", ".parquet", ".xlsx")
_WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
_OTHERS = (".tsv", ".txt", ".xls", ".xlsm", ".xlsb", ".ods")


@dataclass
class Source:
    """What was found at the place that the user named."""

    label: str
    """The place as the user wrote it, without a password."""
    grids: dict[str, Grid] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)
    """Tables that are there but could not be read."""
    hashes: dict[str, str] = field(default_factory=dict)
    """SHA-256 by file name or, for a database, by table."""
    csv_format: CsvFormat = field(default_factory=CsvFormat)


def open_source(source: str | Path, *, encoding: str, known: Collection[str]) -> Source:
    """Read every table at `source` as text.

    Parameters
    ----------
    source
        Folder, XLSX workbook, single CSV, Parquet or XLSX form export, or a SQLAlchemy URL.
    encoding
        Text encoding of CSV files.
    known
        Folded titles that mean something, to tell delimiters apart.

    Returns
    -------
    Source
        Grids by table and every fault of single files; nothing is raised for those.

    Raises
    ------
    InputError
        E_NOT_FOUND or E_FORMAT where the place itself is not usable.
    StorageError
        E_READ where it cannot be read.
    """
    text = str(source)
    if is_database_url(text):
        return _from_database(text)
    path = Path(text)
    found = Source(text, csv_format=CsvFormat(encoding, known))
    try:
        if not text.strip() or not path.exists():
            raise InputError(_absent("there is no such cohort"))
        if path.is_dir():
            _read_folder(path, found)
        elif path.suffix.lower() in _WORKBOOKS:
            _read_workbook(path, found)
        elif path.suffix.lower() in SUFFIXES:
            _read_file(path, SIGNUPS.name, found)
        else:
            remedy = "give a folder, an .xlsx workbook, a .csv form export or a database URL"
            message = f"{shown_title(path.name)} is no cohort"
            raise InputError(Finding("E_FORMAT", message, remedy))
    except (OSError, ValueError) as error:
        raise _unreadable(error, "") from None
    _check_tables(found)
    return found


@contextmanager
def _collected(found: Source, table: str) -> Iterator[None]:
    """Take the findings of a table that cannot be read and go on with the next."""
    try:
        yield
    except (InputError, StorageError) as error:
        found.findings += error.findings
        found.failed.add(table)


def _read_file(path: Path, table: str, found: Source) -> None:
    """Read the table that one file holds."""
    with _collected(found, table):
        content = _content(path, table, found)
        match path.suffix.lower():
            case ".csv":
                grid = parse_csv(content, table, path.name, found.csv_format)
            case ".parquet":
                grid = _parse_parquet(content, table, path.name)
            case _:
                book = Workbook(content, table)
                named = [sheet for sheet in book.sheets if snake(sheet) == table]
                grid = book.grid((named or list(book.sheets))[0], table)
        found.grids[table] = grid


def _read_workbook(path: Path, found: Source) -> None:
    """Read every sheet that is named like a table, or the only sheet as a form export."""
    book = Workbook(_content(path, "", found), "")
    by_name = {snake(sheet): sheet for sheet in book.sheets}
    wanted = {name: by_name[name] for name in NAMES if name in by_name}
    others = [sheet for name, sheet in by_name.items() if name not in NAMES]
    if not wanted and len(book.sheets) == 1:
        wanted, others = {SIGNUPS.name: book.sheets[0]}, []
    for table, sheet in wanted.items():
        with _collected(found, table):
            found.grids[table] = book.grid(sheet, table)
    found.findings += _strangers(others, set(wanted), "sheet")


def _content(path: Path, table: str, found: Source) -> bytes:
    """Return the bytes of a file and note their hash."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            message = f"{shown_title(path.name)} is a folder or a device, not a file"
            raise InputError(Finding("E_FORMAT", message, "put a file there", table))
        content = path.read_bytes()
    except OSError as error:
        raise _unreadable(error, table) from None
    name = path.name.encode("utf-8", "replace").decode()
    found.hashes[name] = hashlib.sha256(content).hexdigest()
    return content


def _read_folder(folder: Path, found: Source) -> None:
    by_table: dict[str, list[Path]] = {}
    others: list[Path] = []
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in SUFFIXES or path.name.startswith((".", "~$")):
            if snake(path.stem) in NAMES and path.suffix.lower() in _OTHERS:
                found.findings.append(_wrong_format(path))
                found.failed.add(snake(path.stem))
            continue
        name = fold(path.stem)
        if name in NAMES:
            by_table.setdefault(name, []).append(path)
        else:
            others.append(path)
    if not by_table and not found.failed and len(others) == 1:
        by_table, others = {SIGNUPS.name: others}, []
    for table, paths in by_table.items():
        if len(paths) > 1:
            found.findings.append(_twice(table, paths))
            found.failed.add(table)
        else:
            _read_file(paths[0], table, found)
    present = set(by_table) | found.failed
    found.findings += _strangers([path.stem for path in others], present, "file")


def _from_database(url: str) -> Source:
    found = Source(hidden_password(url))
    try:
        grids, faults = read_database(url, NAMES)
    except OSError as error:
        raise _unreadable(error, "") from None
    found.grids = {grid.table: grid for grid in grids}
    found.findings += faults
    found.failed = {fault.table for fault in faults}
    found.hashes = {grid.table: _grid_hash(grid) for grid in grids}
    _check_tables(found)
    return found


def _grid_hash(grid: Grid) -> str:
    digest = hashlib.sha256()
    for title, column in zip(grid.titles, grid.columns, strict=True):
        digest.update("\x1f".join([title, *column]).encode())
        digest.update(b"\x1e")
    return digest.hexdigest()


def _check_tables(found: Source) -> None:
    """Add what is wrong with the set of tables: the needed ones absent, or two ways at once."""
    present = set(found.grids) | found.failed
    if SIGNUPS.name in present:
        both = sorted(present & {"mentees", "mentors"})
        if both:
            message = f"signups stands beside {' and '.join(both)}"
            remedy = "keep signups alone, or mentees and mentors"
            found.findings.append(Finding("E_DUP_TABLE", message, remedy, SIGNUPS.name))
        return
    for table in ("mentees", "mentors"):
        if table not in present:
            found.findings.append(_absent("the table is missing", table))


def _absent(message: str, table: str = "") -> Finding:
    remedy = "check the path" if not table else f"add {table}.csv, or one signups.csv with a role"
    return Finding("E_NOT_FOUND", message, remedy, table)


def _twice(table: str, paths: list[Path]) -> Finding:
    names = listed(shown_title(path.name) for path in paths)
    return Finding("E_DUP_TABLE", f"{names} hold the same table", "keep one of them", table)


def _wrong_format(path: Path) -> Finding:
    message = f"{shown_title(path.name)} is in a format that is not read"
    return Finding("E_FORMAT", message, "save it as CSV UTF-8 or .xlsx", snake(path.stem))


def _strangers(names: list[str], present: set[str], noun: str) -> list[Finding]:
    """Report tables that no name fits: an error where it looks like a slip, else a warning."""
    findings = []
    for name in names:
        near = misspelt(snake(name), set(NAMES) - present)
        if near:
            message = f"no table is called {shown_title(name)}; it looks like {near}"
            remedy = f"rename the {noun} {near}"
            findings.append(Finding("E_UNKNOWN_TABLE", message, remedy, near))
        else:
            message = f"the {noun} {shown_title(name)} is no table and is not read"
            findings.append(Finding("W_UNUSED_TABLE", message, "ignore this if it is meant so"))
    return findings


def _unreadable(error: Exception, table: str) -> MatcherError:
    reason = getattr(error, "strerror", None) or "the path is not valid"
    if isinstance(error, FileNotFoundError | NotADirectoryError | ValueError):
        return InputError(_absent(f"it cannot be found ({reason})", table))
    remedy = "check that the file is there and that you may read it"
    return StorageError(Finding("E_READ", f"it cannot be read ({reason})", remedy, table))
