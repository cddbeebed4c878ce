"""Starting from an upload: files into the cohort's folder, problems of the check in place."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from matcher.cohort.tables import SIGNUPS, TABLES
from matcher.config.load import COHORT_CONFIG
from matcher.errors import Finding, InputError, MatcherError, StorageError
from matcher.intake.files.xlsx_source import Workbook

ALLOWED = tuple(f"{name}{suffix}" for name in (*TABLES, SIGNUPS) for suffix in (".csv", ".parquet"))
"""File names that a folder cohort may hold."""

WORKBOOK = "cohort.xlsx"


@dataclass(frozen=True)
class UploadState:
    """What the start page shows."""

    files: tuple[str, ...]
    findings: tuple[Finding, ...]
    checked: bool
    uploads: bool
    runs: tuple[str, ...]
    """Finished runs of the cohort, newest name first."""


@dataclass
class Uploads:
    """The cohort on its way in: `source` is what the user named, `check` finds what is wrong."""

    source: str
    check: Callable[[str], list[Finding]]

    @property
    def folder(self) -> Path | None:
        """The folder that takes uploads; None where the source is a file or a database."""
        path = Path(self.source)
        return path if "://" not in self.source and (path.is_dir() or not path.exists()) else None

    def cohort(self) -> str:
        """Return the source that is read: tables of a workbook stand beside those of files."""
        return self.source

    def state(self) -> UploadState:
        """Return which files are there and what the check says about them."""
        names = self._names()
        there = bool(names) or self.folder is None
        findings = tuple(self._findings()) if there else ()
        runs = tuple(sorted(self._runs(), reverse=True))
        return UploadState(names, findings, there, self.folder is not None, runs)

    def run(self, name: str) -> Path:
        """Return the folder of a run that `state` lists.

        Raises
        ------
        InputError
            E_NOT_FOUND for any other name.
        """
        found = self._runs().get(name)
        if found is None:
            raise InputError(Finding("E_NOT_FOUND", "there is no such run", "choose from the list"))
        return found

    def require_clean(self) -> None:
        """Raise :class:`InputError` with the check's problems, if there are any."""
        faults = [finding for finding in self._findings() if not finding.is_warning]
        if faults:
            raise InputError(faults)

    def take(self, files: list[tuple[str, bytes]]) -> None:
        """Write uploaded files into the folder, all or none; a workbook is read through before.

        Raises
        ------
        InputError
            E_FORMAT for a name that is none of a cohort's: paths and other names go nowhere.
            E_FORMAT, E_ARCHIVE_LIMIT or E_XML_FORBIDDEN for a workbook that is none.
        StorageError
            E_WRITE.
        """
        folder = self.folder
        if folder is None:
            raise InputError(_refused("this cohort takes no uploads", "name a folder"))
        targets = [(_target(name), content) for name, content in files if name]
        if not targets:
            raise InputError(_refused("no file was chosen", "choose the cohort's files"))
        for name, content in targets:
            _check(name, content)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name, content in targets:
                _write(folder / name, content)
        except OSError as error:
            finding = Finding("E_WRITE", "the folder cannot be written", "choose another folder")
            raise StorageError(finding) from error

    def _findings(self) -> list[Finding]:
        try:
            return self.check(self.cohort())
        except MatcherError as error:
            return list(error.findings)

    def _runs(self) -> dict[str, Path]:
        if "://" in self.source:
            return {}
        path = Path(self.source)
        home = path.parent if path.is_file() else path
        return {run.parent.name: run.parent.absolute() for run in home.glob("runs/*/summary.json")}

    def _names(self) -> tuple[str, ...]:
        folder = self.folder
        if folder is None or not folder.is_dir():
            return ()
        return tuple(sorted(p.name for p in folder.iterdir() if _is_shown(p.name)))


def _is_shown(name: str) -> bool:
    """Whether a file of the folder may be a table, under whatever name, or is the config."""
    is_table = name.lower().endswith((".csv", ".parquet", ".xlsx"))
    return name == COHORT_CONFIG or (is_table and not name.startswith((".", "~$")))


def _target(name: str) -> str:
    plain = name.replace("\\", "/").rpartition("/")[2].lower()
    if plain in (*ALLOWED, COHORT_CONFIG):
        return plain
    if plain.endswith(".xlsx") and not plain.startswith("."):
        return WORKBOOK
    raise InputError(
        _refused("a file is none of a cohort's tables", "name it mentees.csv, mentors.csv, ...")
    )


def _check(name: str, content: bytes) -> None:
    """Read a workbook through before it gets its name; tables of text are checked in place."""
    if name == WORKBOOK:
        book = Workbook(content, "upload")
        for sheet in book.sheets:
            book.cells(sheet, "upload")


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.part")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _refused(what: str, remedy: str) -> Finding:
    return Finding("E_FORMAT", what, remedy, "upload")
