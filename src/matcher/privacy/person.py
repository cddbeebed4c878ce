"""What a cohort and its runs hold about one person, and a copy of the cohort without them."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from matcher.cohort.cells import restore
from matcher.config import Config
from matcher.errors import Finding, InputError, MatcherError, StorageError
from matcher.intake.read import read_cohort
from matcher.privacy.pseudonyms import default_key_path, pseudonym, read_key
from matcher.run_tables import TABLES, Holds
from matcher.storage import new_run_folder, write_bytes
from matcher.text import fold

OWN = ("person_id", "mentee_id", "mentor_id")
"""Columns whose row is about the person."""

NAMED = (*OWN, "other_id", "contact_id", "other_contact_id")
"""Columns that name a person; without the name the row says nothing."""

OTHER_TABLES = (".xlsx", ".xlsm", ".xls", ".parquet")
_ITEMS = re.compile(r"[;,]")

Row = dict[str, str]


@dataclass(frozen=True)
class Person:
    """Somebody by every word under which tables may know them, folded."""

    person_id: str
    words: frozenset[str]

    @classmethod
    def find(cls, person: str, source: str, config: Config) -> Self:
        """Return a person with id, e-mail address and, where there is a key, pseudonym."""
        words = {person}
        try:
            cohort = read_cohort(source, config, set_aside=True)
        except MatcherError:
            cohort = None  # a faulty cohort still holds people: the id alone must do
        for frame in () if cohort is None else (cohort.mentees, cohort.mentors):
            mine = (frame["person_id"] == person) | (frame["email"] == person)
            words |= {str(word) for c in ("person_id", "email") for word in frame[mine][c].dropna()}
        key = default_key_path(source)
        if key.is_file():
            words |= {pseudonym(word, read_key(key)) for word in sorted(words)}
        return cls(person, frozenset(fold(word) for word in words))

    def is_meant(self, cell: str) -> bool:
        """Return whether a cell is one of the person's words."""
        return fold(restore(cell)) in self.words

    def is_listed(self, cell: str) -> bool:
        """Return whether an item of a list cell is."""
        return any(self.is_meant(item) for item in _ITEMS.split(cell))


@dataclass(frozen=True)
class Table:
    """A CSV table as it stands, with the canonical name of each column."""

    path: Path
    delimiter: str
    header: list[str]
    names: list[str]
    rows: list[list[str]]

    @classmethod
    def read(cls, path: Path, config: Config | None = None) -> Self:
        """Read a table of a cohort, or without a config one of a run.

        Raises
        ------
        InputError
            E_FORMAT where it is no CSV in the config's encoding.
        StorageError
            E_READ.
        """
        try:
            text = path.read_bytes().decode(_encoding(config))
            delimiter = max((",", ";", "\t"), key=text.split("\n", 1)[0].count)
            lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        except (UnicodeDecodeError, csv.Error) as error:
            finding = Finding("E_FORMAT", f"{path.name} cannot be read", "see matcher check")
            raise InputError(finding) from error
        except OSError as error:
            finding = Finding("E_READ", f"{path.name} cannot be read", "check its permissions")
            raise StorageError(finding) from error
        header = lines[0] if lines else []
        names = header
        if config is not None:
            names = [canonical(title, path.stem, config) for title in header]
        return cls(path, delimiter, header, names, lines[1:])

    def content(self, rows: Sequence[Sequence[str]]) -> str:
        """Return the table with other rows."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=self.delimiter, lineterminator="\n")
        writer.writerows([self.header, *rows])
        return text.getvalue()

    def named(self, row: Sequence[str], person: Person, columns: Sequence[str]) -> bool:
        """Return whether one of some columns of a row names the person."""
        cells = zip(self.names, row, strict=False)
        return any(name in columns and person.is_meant(cell) for name, cell in cells)


def canonical(title: str, table: str, config: Config) -> str:
    """Return the column that a title stands for; the one that identifies people is `person_id`."""
    wanted = fold(title)
    mapped = {fold(k): v for k, v in config.columns.items() if isinstance(v, str)}
    part = config.columns.get(table)
    mapped |= {fold(k): v for k, v in part.items()} if isinstance(part, dict) else {}
    name = mapped.get(wanted, wanted).rpartition(".")[2]
    return "person_id" if name == config.input.id else name


def everything_about(person: Person, source: str, config: Config) -> dict[str, Any]:
    """Return all rows about a person, and where others' rows mention them, as plain values.

    What others said in their own rows is theirs: only table, column and number are told.

    Raises
    ------
    InputError
        E_UNKNOWN_PERSON where nothing is held; E_FORMAT where a table is no CSV.
    """
    tables: dict[str, list[Row]] = {}
    mentions: dict[str, int] = {}
    for table in _tables(Path(source), config):
        _collect(table, person, OWN, tables, mentions)
    runs = {run.name: _rows_of_run(run, person) for run in _runs_of(source)}
    runs = {name: found for name, found in runs.items() if found}
    if not tables and not mentions and not runs:
        raise InputError(_unknown(person))
    return {"person": person.person_id, "tables": tables, "mentions": mentions, "runs": runs}


def _collect(
    table: Table,
    person: Person,
    columns: Sequence[str],
    tables: dict[str, list[Row]],
    mentions: dict[str, int],
) -> None:
    """Note the rows of which one of some columns names the person, and mentions in others."""
    name = table.path.stem
    for row in table.rows:
        if table.named(row, person, columns):
            cells = zip(table.header, map(restore, row), strict=False)
            tables.setdefault(name, []).append({title: cell for title, cell in cells if cell})
            continue
        for title, cell in zip(table.header, row, strict=False):
            if person.is_listed(cell):
                mentions[f"{name}.{title}"] = mentions.get(f"{name}.{title}", 0) + 1


def _rows_of_run(run: Path, person: Person) -> dict[str, list[Row]]:
    tables: dict[str, list[Row]] = {}
    for name in sorted(TABLES):
        path = run / f"{name}.csv"
        about = [column.name for column in TABLES[name].in_file if column.holds is Holds.PERSON]
        if path.is_file():
            _collect(Table.read(path), person, about, tables, {})
    return tables


def _runs_of(source: str) -> list[Path]:
    """Return the run folders that lie beside a cohort, oldest first."""
    path = Path(source)
    home = path if path.is_dir() else path.parent
    return sorted(run for run in (home / "runs").glob("*") if (run / "matches.csv").is_file())


def copy_without(person: Person, source: str, target: Path, config: Config) -> list[str]:
    """Write a copy of a cohort folder without a person, and return the runs that still hold them.

    Rows that name the person go; where somebody else's row mentions them in passing (a line
    manager, somebody to avoid), the mention goes. The original stays as it is.

    Raises
    ------
    InputError
        E_UNKNOWN_PERSON, or E_FORMAT where the cohort is no folder of CSV tables.
    StorageError
        E_EXISTS, E_LOCKED or E_WRITE.
    """
    folder = Path(source)
    tables = list(_tables(folder, config))
    kept = {table.path: list(_without(table, person)) for table in tables}
    if all(kept[table.path] == table.rows for table in tables):
        raise InputError(_unknown(person))
    files = [p for p in sorted(folder.iterdir()) if p.is_file() and p not in kept]
    with new_run_folder(target.absolute()) as new:
        for table in tables:
            content = table.content(kept[table.path])
            write_bytes(new / table.path.name, content.encode(config.input.encoding))
        for path in files:
            if not path.name.startswith(".") and path.suffix != ".key":
                write_bytes(new / path.name, path.read_bytes())
    return [run.name for run in _runs_of(source) if _rows_of_run(run, person)]


def _without(table: Table, person: Person) -> Iterator[list[str]]:
    for row in table.rows:
        if not table.named(row, person, NAMED):
            yield [_unmentioned(cell, person) for cell in row]


def _unmentioned(cell: str, person: Person) -> str:
    if not person.is_listed(cell):
        return cell
    mark = ";" if ";" in cell else ","
    return mark.join(item for item in cell.split(mark) if not person.is_meant(item))


def _tables(folder: Path, config: Config) -> Iterator[Table]:
    if not folder.is_dir():
        message = "only a folder of CSV tables can be searched for a person"
        raise InputError(Finding("E_FORMAT", message, "save the tables as CSV in one folder"))
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in OTHER_TABLES:
            finding = Finding("E_FORMAT", f"{path.name} is no CSV table", "save it as CSV first")
            raise InputError(finding)
        if path.suffix.lower() == ".csv":
            yield Table.read(path, config)


def _encoding(config: Config | None) -> str:
    """Return the encoding to read with; a byte order mark is no part of the first title."""
    named = "utf-8" if config is None else config.input.encoding
    return "utf-8-sig" if named.lower() in ("utf-8", "utf8") else named


def _unknown(person: Person) -> Finding:
    return Finding(
        "E_UNKNOWN_PERSON", f"nothing is held about {person.person_id}", "check the id or address"
    )
