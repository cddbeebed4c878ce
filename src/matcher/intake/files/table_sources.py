"""Where a cohort's tables are: a folder, a workbook, a single form export, or a database."""

import hashlib
import tomllib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path

from matcher.config import Config
from matcher.config.input_sections import Input
from matcher.errors import Finding, InputError, StorageError
from matcher.intake.config_columns import known_titles
from matcher.intake.files.code_book import CodeBook
from matcher.intake.files.csv_source import CsvFormat
from matcher.intake.files.find_tables import (
    NAMES,
    Places,
    Spot,
    check_people_found,
    find_tables,
    is_at,
)
from matcher.intake.files.grid import BINDING, Grid
from matcher.intake.files.recorded import recorded_contents, recorded_file, recorded_grid
from matcher.intake.files.source_files import (
    ANY_FORMAT,
    OTHER_SUFFIXES,
    SUFFIXES,
    TEXT_SUFFIXES,
    Shelf,
    SourceFiles,
    absent,
    called_like,
    files_inside,
    not_opened,
)
from matcher.intake.files.sql_source import hidden_password, is_database_url, read_database
from matcher.intake.presets import PRESETS
from matcher.run_tables import RunFile
from matcher.text import fold, shown_title, snake

_ANY_TEXT = Config.model_validate(
    {"tables": {"signups": {"file": "*.tsv"}, "mentees": {"file": "*.txt"}}}
)
"""Names texts of every ending."""


@dataclass
class Source:
    """What was found at the place that the user named."""

    label: str
    """The place as the user wrote it, without a password."""
    config: Config
    grids: dict[str, Grid] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)
    """Tables that are there but could not be read."""
    hashes: dict[str, str] = field(default_factory=dict)
    """SHA-256 by file name or, for a database, by table."""
    recorded: list[Grid] = field(default_factory=list)
    """What commands have written beside the tables."""
    extracts: dict[str, Grid] = field(default_factory=dict)
    """Files that say more about people of the tables, by the name that the config gives them."""
    replaced: list[Grid] = field(default_factory=list)
    """Tables of pairs in whose place others stand: whom they mean is asked all the same."""


def open_source(source: str | Path, config: Config, shelf: Shelf | None = None) -> Source:
    """Read every table at `source` as text.

    Parameters
    ----------
    source
        Folder, XLSX workbook, single CSV, Parquet or XLSX form export, or a SQLAlchemy URL.
    config
        What says where tables are and how they are written.
    shelf
        What was read of its files before.

    Returns
    -------
    Source
        Grids by table, as they stand, and every fault of single files; nothing is raised for those.

    Raises
    ------
    InputError
        Where `source` itself is not there or cannot be any of these.
    StorageError
        E_READ where a file or server cannot be read.
    """
    text = str(source)
    if is_database_url(text):
        found = _from_database(text, config)
        _add_recorded(text, found)
        return found
    path, found = Path(text), Source(text, config)
    try:
        if not text.strip() or not path.exists():
            raise InputError(absent("there is no such cohort"))
        recorded = _add_recorded(path, found)
        if path.is_dir():
            _read_places(SourceFiles.of_folder(path, config, recorded, shelf), found, recorded)
        elif path.suffix.lower() in (*SUFFIXES, *TEXT_SUFFIXES, *OTHER_SUFFIXES):
            _read_places(SourceFiles.of_file(path, shelf), found)
        else:
            remedy = "give a folder, an .xlsx workbook, a .csv form export or a database URL"
            message = f"{shown_title(path.name)} is no cohort"
            raise InputError(Finding("E_FORMAT", message, remedy))
    except (OSError, ValueError) as error:
        raise not_opened(error, "") from None
    return found


def _add_recorded(place: str | Path, found: Source) -> frozenset[str]:
    """Add what commands have written beside the tables; return the names of those files."""
    names = set()
    for table, content in recorded_contents(place):
        name = recorded_file(place, table).name
        names.add(name)
        found.hashes[name] = hashlib.sha256(content).hexdigest()
        try:
            found.recorded.append(recorded_grid(table, content))
        except InputError as error:
            found.findings += error.findings
            found.failed.add(table)
    return frozenset(names)


Reader = Callable[..., Grid]
"""Rows above the titles, encoding -> the table at a place, or the InputError that it is."""


def every_table(place: str | Path, shelf: Shelf | None = None) -> list[tuple[Spot, Reader]]:
    """Return every file or sheet that may hold a table, whatever it is called, and how it is read.

    Encoding and delimiter are told from the bytes. What is read is put on the shelf.

    Raises
    ------
    InputError, StorageError
        As :func:`open_source`.
    """
    if is_database_url(str(place)):
        found = _from_database(str(place), Config()).grids
        return [(Spot(Path(), grid.table), _always(grid)) for grid in found.values()]
    path = Path(place)
    if not path.exists():
        raise InputError(absent("there is no such cohort"))
    recorded = {recorded_file(path, table).name for table, _ in recorded_contents(path)}
    if path.is_dir():
        files = SourceFiles.of_folder(path, _ANY_TEXT, recorded, shelf)
    else:
        files = SourceFiles.of_file(path, shelf)

    def reader(spot: Spot) -> Reader:
        return lambda above, encoding="auto": files.grid(
            spot, "", replace(ANY_FORMAT, skip_rows=above, encoding=encoding)
        )

    return [(spot, reader(spot)) for spot in files.spots]


def every_code_book(place: str | Path, shelf: Shelf) -> dict[Path, CodeBook]:
    """Return the files in a folder that may say what the codes of another one stand for."""
    if is_database_url(str(place)) or not Path(place).exists():
        return {}
    path, files = Path(place), SourceFiles(shelf)
    beside = sorted(path.iterdir()) if path.is_dir() else [path]
    found = {
        each: files.code_book(each) for each in beside if not each.name.startswith((".", "~$"))
    }
    return {path: book for path, book in found.items() if book is not None}


def _always(grid: Grid) -> Reader:
    return lambda *_, **__: grid


def _read_places(files: SourceFiles, found: Source, recorded: Collection[str] = ()) -> None:
    """Read every table of the files but the `recorded` ones, and tell of those that are none."""
    apart = [Spot(Path(name)) for name in recorded]
    tables = found.config.tables.items()
    books = _stated_books(files, found)
    files.spots = [s for s in files.spots if not any(_is_on(s, *book) for book in books.values())]
    stated = {n: how for n, how in tables if not any(is_at(spot, how) for spot in apart)}
    places = find_tables(files.spots, stated)
    found.findings += places.findings
    found.failed |= places.failed
    for path in files.wrong:
        _note_wrong_format(path, places, found)
    for path in files.deeper:
        _note_deeper(path, places, found)
    for table, spot in places.tables.items():
        try:
            grid = files.grid(spot, table, csv_format(table, found.config))
            book = books[table][1] if table in books else None
            own = found.extracts if found.config.table_input(table).join else found.grids
            own[table] = replace(grid, book=book)
        except (InputError, StorageError) as error:
            found.findings += error.findings
            found.failed.add(table)
    for spot in places.tables.values():
        if spot.path in files.shelf.contents:
            name = spot.path.name.encode("utf-8", "replace").decode()
            found.hashes[name] = hashlib.sha256(files.shelf.contents[spot.path]).hexdigest()
    places.failed |= found.failed
    found.findings += check_people_found(places)


def _stated_books(files: SourceFiles, found: Source) -> dict[str, tuple[Path, CodeBook]]:
    """Return the code books that the config names, by table, each with its file."""
    place = Path(found.label)
    beside = files_inside(place if place.is_dir() else place.parent)
    books = {}
    for table, how in found.config.tables.items():
        path = next((p for p in beside if fold(p.name) == fold(how.code_book)), None)
        book = files.code_book(path) if path else None
        if path and book:
            books[table] = path, book
            found.hashes[path.name] = hashlib.sha256(files.content(path)).hexdigest()
        elif how.code_book:
            what = "is no code book that can be read" if path else "is not there"
            message = f"[tables.{table}] code_book {how.code_book!r} {what}"
            remedy = "put it beside the tables; docs/reading-forms.md says which kinds are read"
            found.findings.append(Finding("E_CODE_BOOK", message, remedy, table))
            found.failed.add(table)
    return books


def _is_on(spot: Spot, path: Path, book: CodeBook) -> bool:
    """Whether a code book is written at a spot."""
    return spot.path == path and fold(spot.sheet) in book.sheets


def csv_format(table: str, config: Config) -> CsvFormat:
    """Return how the CSV file of a table is written."""
    how = config.table_input(table)
    stated = PRESETS[how.preset or "plain"].encoding
    encoding = stated if stated and how.encoding == Input().encoding else how.encoding
    return CsvFormat(encoding, known_titles(config), how.delimiter or "", how.skip_rows)


def _from_database(url: str, config: Config) -> Source:
    found = Source(hidden_password(url), config)
    extracts = {name for name, how in config.tables.items() if how.join}
    wanted = {config.table_input(t).sheet or t: t for t in (*NAMES, *sorted(extracts))}
    try:
        grids, faults = read_database(url, list(wanted))
    except OSError as error:
        raise not_opened(error, "") from None
    grids = [replace(grid, table=wanted[grid.table], is_typed=True) for grid in grids]
    faults = [replace(fault, table=wanted.get(fault.table, fault.table)) for fault in faults]
    found.grids = {grid.table: grid for grid in grids if grid.table not in extracts}
    found.extracts = {grid.table: grid for grid in grids if grid.table in extracts}
    found.findings += faults
    found.failed = {fault.table for fault in faults}
    found.hashes = {grid.table: _grid_hash(grid) for grid in grids}
    present = dict.fromkeys(found.grids, Spot(Path()))
    found.findings += check_people_found(Places(present, failed=found.failed))
    return found


def _grid_hash(grid: Grid) -> str:
    digest = hashlib.sha256()
    for title, column in zip(grid.titles, grid.columns, strict=True):
        digest.update("\x1f".join([title, *column]).encode())
        digest.update(b"\x1e")
    return digest.hexdigest()


def _note_wrong_format(path: Path, places: Places, found: Source) -> None:
    """Tell of a file that is in no format of ours: a fault where it is called like a table."""
    table = called_like(path)
    message = f"{shown_title(path.name)} is in a format that is not read"
    remedy = "save it as CSV UTF-8 or .xlsx"
    is_known = (
        path.suffix.lower() in (*OTHER_SUFFIXES, *TEXT_SUFFIXES) and snake(path.stem) == table
    )
    _note_unread(Finding("E_FORMAT", message, remedy, table), places, found, is_meant=is_known)


def _note_deeper(path: Path, places: Places, found: Source) -> None:
    """Tell of a file in a folder of the folder that may say who must never meet."""
    table = called_like(path)
    is_ours = (path.parent / RunFile.MANIFEST).is_file() or _is_template(path, table)
    if table in BINDING and table not in places.tables and not is_ours:
        shown = shown_title(f"{path.parent.name}/{path.name}")
        message = f"{shown} is called like a table, and folders in the folder are not read"
        remedy = "move it beside the other tables, or away"
        _note_unread(Finding("E_FORMAT", message, remedy, table), places, found, is_meant=True)


def _is_template(path: Path, table: str) -> bool:
    """Whether a file is the example that `matcher init` wrote, which nobody has changed."""
    starter = resources.files("matcher.starter").joinpath("starter.toml").read_text("utf-8")
    try:
        return bool(path.read_text("utf-8") == tomllib.loads(starter)["templates"].get(table))
    except (OSError, ValueError):
        return False


def _note_unread(fault: Finding, places: Places, found: Source, *, is_meant: bool) -> None:
    """Tell of a file that is not read: a fault if it is meant, or may say who must never meet."""
    table = fault.table
    if table and table not in places.tables and (is_meant or table in BINDING):
        found.failed.add(table)
        found.findings.append(fault)
    else:
        found.findings.append(replace(fault, code="W_UNUSED_TABLE", table=""))
