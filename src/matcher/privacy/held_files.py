"""Every file of a cohort and its runs, as tables or lines to be searched and written again."""

import codecs
import contextlib
import csv
import io
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar, Self

from matcher.config import Config
from matcher.errors import Finding, InputError, unreadable
from matcher.intake.corrections import NAME as CORRECTIONS
from matcher.intake.extracts import own_numbers
from matcher.intake.files.find_tables import NAMES, PEOPLE
from matcher.intake.files.grid import cell_text
from matcher.intake.files.sql_source import read_database
from matcher.intake.presets import PRESETS
from matcher.privacy.mail import mail_cleaned, read_mail
from matcher.privacy.markup import bare
from matcher.privacy.workbook_parts import WorkbookParts
from matcher.text import fold, parse_json

RUNS = "runs"
OWN_NUMBER = "own_number"
"""What a column of a joined file is that holds numbers by which it names its people."""
_ENCODED = re.compile(
    rb"%PDF-|\{\\rtf|=\?[\w-]+\?[bq]\?|encoding[:=]\s*(?:quoted-printable|base64|b\b)|;base64,",
    re.IGNORECASE,
)
"""What tells of words that no search of the text as it stands will find."""


@dataclass
class Change:
    """What becomes of a table: positions of rows that go, and new texts by row and column."""

    dropped: set[int] = field(default_factory=set)
    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    is_emptied: bool = False
    """Whether no row is left: a sheet of a header alone stops being the table it was."""

    def note(self, k: int, row: Sequence[str], new: Sequence[str]) -> None:
        """Note which cells of row `k` are new."""
        cells = enumerate(zip(row, new, strict=True))
        self.texts |= {(k, c): after for c, (before, after) in cells if after != before}


@dataclass(frozen=True)
class Table:
    """A table as it stands: titles, what they canonically are, and its rows by number."""

    title: str
    header: Sequence[str]
    names: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: Sequence[int]
    """Of the rows, as people see them."""

    @classmethod
    def of(
        cls,
        title: str,
        cells: Sequence[Sequence[str]],
        config: Config | None,
        first: int = 1,
        file: str = "",
    ) -> Self:
        """Return the table of some cells, whose first row holds the titles."""
        header = list(cells[0]) if cells else []
        names = header
        if config is not None:
            table = _table_name(title, file, config)
            how = config.table_input(table)
            top = min(how.skip_rows, max(len(cells) - 1, 0))
            names = [canonical(each, table, config) for each in cells[top]] if cells else []
            said = [*zip(*cells[top + 1 :], strict=False)] if how.join else []
            if said and (k := own_numbers(cells[top], said, how.join)) is not None:
                names[k] = OWN_NUMBER
        rows = cells[1:]
        return cls(title, header, names, rows, range(first + 1, first + 1 + len(rows)))

    def titled(self, row: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Yield the cells of a row with what their columns are, "" beyond the titles."""
        yield from zip((*self.names, *[""] * (len(row) - len(self.names))), row, strict=False)

    def whose(self, row: Sequence[str]) -> str:
        """Return what says whose a row is: of several columns all, a first name and a surname."""
        return " ".join(cell for name, cell in self.titled(row) if name == "person_id" and cell)

    def after(self, change: Change) -> Self:
        """Return the table as it is once changed."""
        kept = [k for k in range(len(self.rows)) if k not in change.dropped]
        rows = [[change.texts.get((k, c), t) for c, t in enumerate(self.rows[k])] for k in kept]
        return replace(self, rows=rows, numbers=[self.numbers[k] for k in kept])


@dataclass(frozen=True)
class HeldFile(ABC):
    """A file under its name within the cohort's folder."""

    name: str
    content: bytes
    tables: Sequence[Table] = ()
    lines: Sequence[str] = ()
    """Where it is no table."""
    asides: Mapping[str, str] = field(default_factory=dict)
    """Comments, properties, links and the like of a workbook, by part."""
    encoding: str = ""
    unread: Sequence[str] = ()
    """Parts that could not be searched: copies of rows, pictures, what is encoded."""
    about: str = ""
    """Of a page or letter of a run: ids of whose it is and of whom it tells, parted by ``|``."""
    leaves_gaps: ClassVar[bool] = False
    """Whether rows keep their numbers where others go."""

    @property
    def not_searched(self) -> list[str]:
        """Places of which nobody knows what they say: the file, or parts of it."""
        if self.content and not (self.tables or self.lines or self.unread):
            return [self.name]
        return [f"{self.name} {part}" for part in self.unread]

    @property
    def is_of_run(self) -> bool:
        """Whether it belongs to a run, not to the cohort itself."""
        return self.name.startswith(f"{RUNS}/")

    @abstractmethod
    def changed(self, changes: Mapping[str, Change], clean: Callable[[str], str]) -> bytes:
        """Return the file with changes by table, and all that is no cell cleaned."""


class _Csv(HeldFile):
    @classmethod
    def read(cls, name: str, content: bytes, config: Config | None) -> Self:
        encoding = _encoding(content, config)
        text = content.decode(encoding)
        cells = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)))
        table = Table.of(Path(name).stem, cells, config, file=name)
        return cls(name, content, [table], encoding=encoding)

    def changed(self, changes: Mapping[str, Change], clean: Callable[[str], str]) -> bytes:
        text = self.content.decode(self.encoding)
        change = changes[self.tables[0].title]
        raw = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)))
        out = io.StringIO(newline="")
        end = "\r\n" if "\r\n" in text[:10_000] else "\n"
        writer = csv.writer(out, delimiter=_delimiter(text), lineterminator=end)
        writer.writerow([clean(cell) for cell in raw[0]] if raw else [])
        for k, row in enumerate(raw[1:]):
            if k not in change.dropped:
                writer.writerow([change.texts.get((k, c), cell) for c, cell in enumerate(row)])
        return out.getvalue().encode(self.encoding)


class _Workbook(HeldFile):
    leaves_gaps = True

    @classmethod
    def read(cls, name: str, content: bytes, config: Config | None) -> Self:
        tables = []
        parts = WorkbookParts(content, Path(name).name)
        for title, rows in parts.sheets.items():
            width = max((cell.column + 1 for row in rows for cell in row.cells), default=0)
            cells = [[""] * width for _ in rows]
            for line, row in zip(cells, rows, strict=True):
                for cell in row.cells:
                    line[cell.column] = cell.text
            table = Table.of(title, cells, config, file=name)
            numbers = [row.number for row in rows[1:]]
            tables.append(Table(title, table.header, table.names, table.rows, numbers))
        return cls(name, content, tables, asides=parts.asides, unread=parts.unread)

    def changed(self, changes: Mapping[str, Change], clean: Callable[[str], str]) -> bytes:
        parts = WorkbookParts(self.content, Path(self.name).name)
        dropped: dict[str, Set[int]] = {}
        texts: dict[str, dict[tuple[int, int], str]] = {}
        for table in self.tables:
            change = changes[table.title]
            dropped[table.title] = {table.numbers[k] for k in change.dropped}
            texts[table.title] = {(table.numbers[k], c): t for (k, c), t in change.texts.items()}
            for row in parts.sheets[table.title][:1]:
                titles = enumerate(table.header)
                heads = {(row.number, c): bare(title, clean) for c, title in titles}
                texts[table.title] |= {at: t for at, t in heads.items() if t != table.header[at[1]]}
        emptied = {title for title, change in changes.items() if change.is_emptied}
        return parts.changed(dropped, texts, clean, emptied)


class _Parquet(HeldFile):
    @classmethod
    def read(cls, name: str, content: bytes, config: Config | None) -> Self:
        frame = _parquet(content, name)
        columns = [[_said(cell) for cell in column.to_pylist()] for column in frame.columns]
        rows = [list(row) for row in zip(*columns, strict=True)]
        table = Table.of(Path(name).stem, [list(frame.column_names), *rows], config, 0, name)
        return cls(name, content, [table])

    def changed(self, changes: Mapping[str, Change], clean: Callable[[str], str]) -> bytes:
        import pyarrow as pa
        from pyarrow import parquet

        frame, change = _parquet(self.content, self.name), changes[self.tables[0].title]
        for column in sorted({c for _, c in change.texts}):
            title, cells = frame.column_names[column], frame.column(column).to_pylist()
            texts = [change.texts.get((k, column), cell) for k, cell in enumerate(cells)]
            plain = [_said(text) or None for text in texts]
            frame = frame.set_column(column, title, pa.array(plain, pa.string()))
        kept = [k for k in range(frame.num_rows) if k not in change.dropped]
        out = io.BytesIO()
        parquet.write_table(frame.take(pa.array(kept, pa.int64())), out)
        return out.getvalue()


class _Text(HeldFile):
    @classmethod
    def read(cls, name: str, content: bytes, config: Config | None) -> Self:
        encoding = _encoding(content, config)
        lines = content.decode(encoding).splitlines()
        hidden = ["(encoded)"] if _ENCODED.search(content) else []
        return cls(name, content, lines=lines, encoding=encoding, unread=hidden)

    def changed(self, changes: Mapping[str, Change], clean: Callable[[str], str]) -> bytes:
        return clean(self.content.decode(self.encoding)).encode(self.encoding)


class _CorrectionsTable(Table):
    """Corrections by hand as a table: a cell before and after is of the column corrected."""

    def titled(self, row: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Yield the cells of a row with what their columns are."""
        column = dict(zip(self.header, row, strict=True)).get("column", "")
        for name, cell in zip(self.header, row, strict=True):
            yield (column if name in ("before", "after") else name), cell


class _Corrections(_Text):
    """Corrections by hand; lines that are none stay lines."""

    @classmethod
    def read(cls, name: str, content: bytes, config: Config | None) -> Self:
        text = super().read(name, content, config)
        held = list(map(_told, text.lines))
        header = list(dict.fromkeys(key for told in held for key in told))
        numbers = [number for number, told in enumerate(held, start=1) if told]
        rows = [[told.get(key, "") for key in header] for told in held if told]
        table = _CorrectionsTable(Path(name).stem, header, header, rows, numbers)
        lines = ["" if told else line for line, told in zip(text.lines, held, strict=True)]
        return replace(text, tables=[table] if rows else [], lines=lines)

    def changed(self, changes: Mapping[str, Change], clean: Callable[[str], str]) -> bytes:
        lines = self.content.decode(self.encoding).splitlines(keepends=True)
        table = next(iter(self.tables), None)
        for k, number in enumerate(table.numbers if table else ()):
            change = changes[Path(self.name).stem]
            new = {c: text for (row, c), text in change.texts.items() if row == k}
            if k in change.dropped:
                lines[number - 1] = ""
            elif table and new:
                told = _told(lines[number - 1])
                told |= {table.header[c]: text for c, text in new.items()}
                lines[number - 1] = f"{json.dumps(told, ensure_ascii=False)}\n"
        kept = [clean(line) if any(self.lines[k : k + 1]) else line for k, line in enumerate(lines)]
        return "".join(kept).encode(self.encoding)


def _told(line: str) -> dict[str, str]:
    """Return a line of texts by key; nothing where it is none."""
    try:
        told = parse_json(line)
    except ValueError:
        return {}
    is_plain = isinstance(told, dict) and all(isinstance(text, str) for text in told.values())
    return told if is_plain else {}


class _Calendar(_Text):
    """A calendar, whose long lines are folded (RFC 5545, 3.1), amid a word if need be."""

    @classmethod
    def read(cls, name: str, content: bytes, config: Config | None) -> Self:
        whole = super().read(name, _FOLD.sub(b"", content), config)
        return replace(whole, content=content)

    def changed(self, changes: Mapping[str, Change], clean: Callable[[str], str]) -> bytes:
        old = _FOLD.sub(b"", self.content).decode(self.encoding)
        new = clean(old)  # its lines may be long, which calendars read too
        return self.content if new == old else new.encode(self.encoding)


_FOLD = re.compile(rb"\r?\n[ \t]")


class _Mail(HeldFile):
    @classmethod
    def read(cls, name: str, content: bytes, config: Config | None) -> Self:
        text, unread = read_mail(content)
        return cls(name, content, lines=text.splitlines(), unread=unread)

    def changed(self, changes: Mapping[str, Change], clean: Callable[[str], str]) -> bytes:
        return mail_cleaned(self.content, clean)


class _Other(HeldFile):
    """A file that is neither table nor text: it is kept, and told."""

    def changed(self, changes: Mapping[str, Change], clean: Callable[[str], str]) -> bytes:
        return self.content


def held_files(home: Path, config: Config, wanted: Callable[[Path], bool]) -> Iterator[HeldFile]:
    """Yield the files wanted of a cohort's folder and of its runs, but hidden ones and keys.

    No other file is opened: beside a workbook may lie whatever else its folder holds.

    Raises
    ------
    InputError
        E_FORMAT and the like where a table of the cohort itself cannot be read.
    StorageError
        E_READ.
    """
    for path in sorted(home.rglob("*")):
        name = path.relative_to(home)
        is_hidden = any(part.startswith(".") for part in name.parts)
        if path.is_file() and not is_hidden and path.suffix != ".key" and wanted(name):
            yield held_file(_bytes_of(path), PurePosixPath(name.as_posix()), config)


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise unreadable(path) from error


def held_file(content: bytes, name: PurePosixPath, config: Config) -> HeldFile:
    """Return a file by its name within the cohort's folder.

    Raises
    ------
    InputError
        Where a table of the cohort itself cannot be read; any other such file is no text.
    """
    kind = _KINDS.get(name.suffix.lower(), _Text)
    kind = _Corrections if str(name) == CORRECTIONS else kind
    try:
        return kind.read(str(name), content, None if name.parts[0] == RUNS else config)
    except (InputError, ValueError, csv.Error) as error:
        if kind in (_Text, _Corrections, _Calendar, _Mail) or len(name.parts) > 1:
            return _Other(str(name), content)
        if isinstance(error, InputError):
            raise
        finding = Finding("E_FORMAT", f"{name} cannot be read", "see matcher check")
        raise InputError(finding) from error


_KINDS: Mapping[str, type[_Csv] | type[_Workbook] | type[_Parquet] | type[_Text] | type[_Mail]] = {
    **dict.fromkeys((".csv", ".tsv"), _Csv),
    **dict.fromkeys((".xlsx", ".xlsm", ".xls"), _Workbook),
    ".parquet": _Parquet,
    ".eml": _Mail,
    ".ics": _Calendar,
}


def database_tables(url: str, config: Config) -> list[Table]:
    """Return the tables of a database; they are read alone."""
    grids, faults = read_database(url, {*NAMES, *(t.sheet for t in config.tables.values())})
    if faults:
        raise InputError(faults)
    return [Table.of(g.table, [g.titles, *zip(*g.columns, strict=True)], config, 0) for g in grids]


def _parquet(content: bytes, name: str) -> Any:
    try:
        from pyarrow import parquet
    except ImportError:
        remedy = "pip install 'mentor-matcher[parquet]', or save it as CSV"
        raise InputError(Finding("E_EXTRA", f"{name} needs the extra [parquet]", remedy)) from None
    try:
        return parquet.read_table(io.BytesIO(content))
    except Exception as error:
        finding = Finding("E_FORMAT", f"{name} is no Parquet file", "export it again")
        raise InputError(finding) from error


def _said(cell: object) -> str:
    return ";".join(map(str, cell)) if isinstance(cell, list) else cell_text(cell)


def _delimiter(text: str) -> str:
    return max((",", ";", "\t"), key=text.split("\n", 1)[0].count)


def _encoding(content: bytes, config: Config | None) -> str:
    """Return what text is written in, such that it reads back to the byte where it can."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    stated = () if config is None or config.input.encoding == "auto" else (config.input.encoding,)
    first = "utf-8-sig" if content.startswith(codecs.BOM_UTF8) else "utf-8"
    for encoding in (first, *map(str, stated)):
        with contextlib.suppress(UnicodeError, LookupError):
            if "\0" not in content.decode(encoding):
                return encoding
    if b"\0" in content:
        raise UnicodeDecodeError("utf-8", content[:1], 0, 1, "no text")
    return "latin-1"


def _table_name(title: str, file: str, config: Config) -> str:
    """Return which table of the cohort a sheet or file is, where the config says so."""
    stated = config.tables.items()
    named = (
        table
        for table, part in stated
        if (part.file and fnmatch(file, part.file) and part.sheet in ("", title))
        or (not file and part.sheet == title)
    )
    return next(named, title)


def canonical(title: str, table: str, config: Config) -> str:
    """Return the column that a title stands for; the one that identifies people is `person_id`."""
    wanted, how = fold(title), config.table_input(table)
    if wanted in map(fold, how.join):
        return "person_id"
    preset = PRESETS[how.preset or config.input.preset]
    mapped = {fold(k): v for k, v in config.columns.items() if isinstance(v, str)}
    for name in PEOPLE if how.join else (table,):  # what is joined is read as columns of people
        part = config.columns.get(name)
        mapped |= {fold(k): v for k, v in part.items()} if isinstance(part, dict) else {}
    meant = str(mapped.get(wanted) or preset.own_target(title) or wanted)
    name = meant.rpartition(".")[2]
    return "person_id" if name == config.input.id else name
