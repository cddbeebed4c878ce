"""Every table and column of a run folder, declared once in `run_tables.toml`.

The files that are written, what is read back, the workbook, who may see what, and the data
dictionary in docs/run-folder.md come from it. The checker keeps its own list, on purpose. In memory
a table is typed: flags are bool, lists tuples of str, numbers float64; `as_written` gives the texts
of its file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import pandas as pd

from matcher.catalogue.catalogue import for_pages, spoken
from matcher.cohort.cells import neutralise_frame, restore_frame
from matcher.errors import Finding, StorageError
from matcher.text import capital, utf_8, words_beside
from matcher.vocabulary import Audience

__all__ = [
    "AFTER",
    "RUN_TABLES",
    "SUMMARY",
    "CellKind",
    "Holds",
    "RunColumn",
    "RunFile",
    "RunTable",
    "as_written",
    "check_declared",
    "csv_bytes",
    "frame_of",
    "may_see",
    "read_table",
    "read_table_file",
    "typed",
]

_FLAG_WORDS = {True: "true", False: "false"}
_FLAGS = {word: flag for flag, word in _FLAG_WORDS.items()}


AFTER = "after"
"""Folder of a run for what is made once it is published; it has a manifest of its own."""

MADE_LATER = ("unmatched", "waiting_list", "alternates", "recruitment", "sensitivity")
"""Tables that a time limit can leave out, or leave without reasons, and that lie there then."""


SERVES_AS_MENTOR = "serves_as_mentor"
"""Reason of people in one role only who are matched as mentors."""


class RunFile(StrEnum):
    """Files of a run folder beside its tables, which are `NAME.csv`."""

    MANIFEST = "manifest.json"
    """By which a folder is known as a published run."""
    SUMMARY = "summary.json"
    CONFIG = "config.toml"
    REPORT = "report.html"
    WORKBOOK = "matches.xlsx"


class CellKind(StrEnum):
    """What the cells of a column hold in memory."""

    TEXT = "text"
    """str, empty where there is nothing to say."""
    WORD = "word"
    """str, one of a few."""
    LIST = "list"
    """Tuple of str; in a file its items are separated by ``;``."""
    NUMBER = "number"
    """float64, NaN where it is empty."""
    COUNT = "count"
    """A whole number; read back as float64."""
    FLAG = "flag"
    """bool; in a file ``true`` or ``false``."""
    MAYBE = "maybe"
    """True, False or None; in a file ``true``, ``false`` or empty."""


class Holds(StrEnum):
    """Whom or what a cell may name."""

    NOBODY = "nobody"
    PERSON = "person"
    """The id of a person."""
    PEOPLE = "people"
    """A text in which ids of people may stand."""
    NAME = "name"
    ADDRESS = "address"
    WORDS = "words"
    """What somebody wrote."""


@dataclass(frozen=True)
class RunColumn:
    """One column of a table, or one key of the summary.

    Parameters
    ----------
    name, kind
        What it is called and what its cells hold.
    meaning
        One plain sentence for the data dictionary.
    sees
        The widest audience that may see it.
    holds
        Whom or what its cells may name.
    optional
        Whether it may be missing.
    sheet, file
        Whether it stands in the workbook, and in the CSV file.
    head
        Its heading in a workbook where the name itself does not read well.
    stated
        Why nothing in the files gives it, so that `verify` says that the run states it; empty where
        it is made again and compared.
    asked_by
        Keys of the config, or `options.NAME` of the manifest, of which one must be set for a run to
        state it; empty where any run may.
    """

    name: str
    kind: CellKind
    meaning: str
    sees: Audience
    holds: Holds = Holds.NOBODY
    optional: bool = False
    sheet: bool = False
    file: bool = True
    head: str = ""
    stated: str = ""
    asked_by: Sequence[str] = ()

    @property
    def heading(self) -> str:
        """What stands above the column in a workbook, in the language spoken."""
        own = self.head or capital(self.name.replace("_", " "))
        return str(for_pages(spoken().language)["workbook"]["heads"].get(own, own))


@dataclass(frozen=True)
class RunTable:
    """One table.

    Parameters
    ----------
    name, meaning
        What it is called and what it says.
    columns
        By name, in the order of the file and of the sheet.
    when
        What it takes to be written; empty: always.
    folder
        Of a run, of an audit, or of what is made after a run.
    open
        Whether it may hold further columns, named by the config.
    decisions
        What may be filled in on its sheet, and what that does.
    stated, asked_by
        As of a column, for all of them.
    """

    name: str
    meaning: str
    columns: Mapping[str, RunColumn]
    stated: str = ""
    asked_by: Sequence[str] = ()
    when: str = ""
    folder: str = "run"
    open: bool = False
    decisions: Sequence[str] = ()

    @property
    def in_file(self) -> tuple[RunColumn, ...]:
        """The columns of the file."""
        return tuple(column for column in self.columns.values() if column.file)

    @property
    def in_sheet(self) -> tuple[RunColumn, ...]:
        """The columns of the workbook's sheet, ids last; none where it has no such sheet."""
        shown = [column for column in self.columns.values() if column.sheet]
        return tuple(sorted(shown, key=lambda column: column.holds is Holds.PERSON))


def _declared(name: str, table: dict[str, Any]) -> RunTable:
    sees, columns = table.pop("sees"), table.pop("columns")
    made = {
        key: RunColumn(
            **column
            | {
                "name": key,
                "kind": CellKind(column["kind"]),
                "sees": Audience(column.get("sees", sees)),
                "holds": Holds(column.get("holds", Holds.NOBODY)),
            }
        )
        for key, column in columns.items()
    }
    return RunTable(name, columns=made, **table)


_FOUND = words_beside(__file__, "run_tables.toml").items()
RUN_TABLES = {name: _declared(name, table) for name, table in _FOUND}
"""Every table by name, which is that of its file without ``.csv``."""

SUMMARY = RUN_TABLES.pop("summary")
"""The keys of ``summary.json``."""


def may_see(audience: Audience, table: str, column: str) -> bool:
    """Return whether an audience may see a column; each sees less than the one before it.

    Parameters
    ----------
    audience
        Who reads.
    table, column
        Names of a table and of one of its columns.

    Returns
    -------
    bool
        True where the column's first audience is this one or a wider one.
    """
    wide = list(Audience)
    return wide.index(audience) <= wide.index(RUN_TABLES[table].columns[column].sees)


def frame_of(name: str, rows: Iterable[tuple[object, ...]]) -> pd.DataFrame:
    """Return a table from its rows.

    Parameters
    ----------
    name
        Of a table.
    rows
        A value for each column of the file, in the order declared.

    Returns
    -------
    pd.DataFrame
        The columns of the file, in the order declared.
    """
    return pd.DataFrame(list(rows), columns=[column.name for column in RUN_TABLES[name].in_file])


def check_declared(table: RunTable, names: Iterable[str]) -> None:
    """Raise where what is made is not what is declared.

    Parameters
    ----------
    table
        Declaration of a table, or of the summary.
    names
        Columns or keys that are about to be written.

    Raises
    ------
    ValueError
        With every name that is declared and not made, or made and not declared.
    """
    made, declared = set(names), {column.name: column for column in table.in_file}
    missing = [name for name in declared if name not in made and not declared[name].optional]
    unknown = [] if table.open else sorted(made - declared.keys())
    if missing or unknown:
        raise ValueError(f"{table.name}: declared but not made {missing}, not declared {unknown}")


def as_written(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with flags and lists as the texts of its file.

    Parameters
    ----------
    name
        Of the table.
    frame
        Its typed rows.

    Returns
    -------
    pd.DataFrame
        A copy, its columns in the order declared.

    Raises
    ------
    ValueError
        Where the columns are not those declared.
    """
    check_declared(RUN_TABLES[name], frame.columns)
    texts: dict[str, list[str]] = {}
    for column in RUN_TABLES[name].in_file:
        if column.name not in frame.columns:
            continue
        if column.kind in (CellKind.FLAG, CellKind.MAYBE):
            cells = frame[column.name].tolist()
            texts[column.name] = ["" if cell is None else _FLAG_WORDS[cell] for cell in cells]
        elif column.kind is CellKind.LIST:
            texts[column.name] = [_joined(items) for items in frame[column.name]]
    return frame.assign(**texts)


def _joined(items: object) -> str:
    if not isinstance(items, tuple):
        raise TypeError(f"a list is declared, {items!r} was made")
    return ";".join(items)


def csv_bytes(name: str, frame: pd.DataFrame) -> bytes:
    """Return a table as UTF-8 CSV: floats as `repr`, missing empty, active cells neutralised.

    Parameters
    ----------
    name, frame
        As for `as_written`, which raises likewise.

    Returns
    -------
    bytes
        With a header line.
    """
    written = neutralise_frame(as_written(name, frame))
    return utf_8(str(written.to_csv(index=False, lineterminator="\n")))


def read_table(run: Path, name: str) -> pd.DataFrame:
    """Return a table of a run folder, typed; without rows where the run has no such file.

    What a time limit left out of it and was made later is read from ``after/``.

    Parameters
    ----------
    run
        The folder.
    name
        Of the table.

    Returns
    -------
    pd.DataFrame
        Numbers float64, flags bool, lists tuples of str.

    Raises
    ------
    StorageError
        E_FORMAT or E_MISSING_COLUMN.
    """
    path = run / f"{name}.csv"
    if name in MADE_LATER and (later := run / AFTER / path.name).is_file():
        path = later
    return read_table_file(path, name) if path.is_file() else typed(name, _without_rows(name))


def read_table_file(path: Path, name: str) -> pd.DataFrame:
    """Return a file with the columns of a table, typed; further columns stay texts.

    Parameters
    ----------
    path
        The file.
    name
        Of the table.

    Returns
    -------
    pd.DataFrame
        Numbers float64, flags bool, lists tuples of str.

    Raises
    ------
    StorageError
        E_FORMAT or E_MISSING_COLUMN.
    """
    try:
        frame = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8")
    except pd.errors.EmptyDataError:
        frame = _without_rows(name)
    except (OSError, ValueError, pd.errors.ParserError) as error:
        finding = Finding("E_FORMAT", f"{path.name} cannot be read", "run matcher verify")
        raise StorageError(finding) from error
    missing = [column for column in _without_rows(name).columns if column not in frame.columns]
    if missing and len(frame):
        message = f"{path.name} has no {missing[0]}"
        raise StorageError(Finding("E_MISSING_COLUMN", message, "run matcher verify"))
    return typed(name, restore_frame(frame.reindex(columns=[*frame.columns, *missing])))


def _without_rows(name: str) -> pd.DataFrame:
    needed = [column.name for column in RUN_TABLES[name].in_file if not column.optional]
    return pd.DataFrame(columns=needed, dtype="str")


def typed(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table as it is in memory: numbers float64, flags bool, lists tuples of str.

    Parameters
    ----------
    name
        Of the table.
    frame
        Its cells as texts; numbers may be numbers already. Columns not declared stay.

    Returns
    -------
    pd.DataFrame
        A copy.
    """
    return frame.assign(
        **{
            column.name: _cells(frame[column.name], column.kind)
            for column in RUN_TABLES[name].in_file
            if column.name in frame.columns
        }
    )


def _cells(cells: pd.Series[str], kind: CellKind) -> Any:
    if kind in (CellKind.NUMBER, CellKind.COUNT):
        return pd.to_numeric(cells, errors="coerce").astype("float64")
    if kind is CellKind.FLAG:
        return cells.str.lower() == "true"
    if kind is CellKind.MAYBE:
        found = [_FLAGS.get(cell.lower()) for cell in cells]
        return pd.Series(found, index=cells.index, dtype=object)
    if kind is CellKind.LIST:
        lists = [tuple(item.strip() for item in cell.split(";") if item.strip()) for cell in cells]
        return pd.Series(lists, index=cells.index, dtype=object)
    return cells
