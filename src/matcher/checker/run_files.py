"""Re-read the files of a run folder; what is malformed becomes findings, never an exception."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from matcher.cohort.cells import restore_frame
from matcher.config import load_config
from matcher.errors import Finding, MatcherError

if TYPE_CHECKING:
    from matcher.config import Config
    from matcher.problem.problem import Floats

MANIFEST = "manifest.json"
SUMMARY = "summary.json"
CONFIG = "config.toml"

TEXT_COLUMNS: dict[str, tuple[str, ...]] = {
    "matches": ("mentee_id", "mentor_id", "approach", "reciprocal", "role"),
    "portfolios": ("mentee_id",),
    "contributions": ("mentee_id", "mentor_id", "feature"),
    "mentors": ("mentor_id",),
    "certificate": ("kind", "id"),
    "unmatched": ("person_id", "role"),
}
"""Tables that are checked, with their columns of text."""

NUMBER_COLUMNS: dict[str, tuple[str, ...]] = {
    "matches": ("score",),
    "portfolios": ("n_mentors", "value", "relation", "coverage", "redundancy"),
    "contributions": ("contribution",),
    "mentors": ("capacity", "used", "price"),
    "certificate": ("rhs", "dual"),
    "unmatched": (),
}
"""And with their columns of numbers, all of which must be filled in."""


def damaged(message: str, table: str = "", code: str = "C_FILES") -> Finding:
    """Return the finding for a file that is not what a run publishes."""
    return Finding(code, message, "restore the run as published, or run the match again", table)


@dataclass
class RunFiles:
    """What was read, with all that was wrong; parts that could not be read are empty."""

    folder: Path
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    manifest: dict[str, Any] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)
    config: Config | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def options(self) -> Mapping[str, Any]:
        """How the run was called, as its manifest says."""
        options = self.manifest.get("options")
        return options if isinstance(options, dict) else {}


def read_run(folder: Path, *, with_manifest: bool = True) -> RunFiles:
    """Read a run folder.

    Parameters
    ----------
    folder
        What ``matcher match -o`` wrote.
    with_manifest
        Whether a missing manifest is a fault; the run that is about to be published has none yet.
    """
    run = RunFiles(folder)
    if not folder.is_dir():
        run.findings.append(damaged(f"there is no run folder {folder.name}"))
        return run
    if with_manifest or (folder / MANIFEST).exists():
        run.manifest = _read_json(run, MANIFEST)
    run.summary = _read_json(run, SUMMARY)
    for name in TEXT_COLUMNS:
        run.tables[name] = _read_table(run, name)
    run.config = _read_config(run)
    return run


def _read_json(run: RunFiles, name: str) -> dict[str, Any]:
    try:
        content = json.loads((run.folder / name).read_text(encoding="utf-8"))
    except OSError:
        run.findings.append(damaged(f"{name} is missing or cannot be read", name))
        return {}
    except (ValueError, RecursionError):
        run.findings.append(damaged(f"{name} is not JSON", name))
        return {}
    if not isinstance(content, dict):
        run.findings.append(damaged(f"{name} holds no keys", name))
        return {}
    return content


def _read_config(run: RunFiles) -> Config | None:
    path = run.folder / CONFIG
    if not path.is_file():
        run.findings.append(damaged(f"{CONFIG} is missing", CONFIG))
        return None
    try:
        return load_config(path)
    except (MatcherError, OSError, ValueError) as error:
        first = str(error).split("\n", maxsplit=1)[0]
        run.findings.append(damaged(f"{CONFIG} is not a config: {first}", CONFIG))
        return None


def _read_table(run: RunFiles, name: str) -> pd.DataFrame:
    """Return a table with its texts restored and its numbers as floats, empty if malformed."""
    columns = (*TEXT_COLUMNS[name], *NUMBER_COLUMNS[name])
    empty = pd.DataFrame({column: pd.Series(dtype=object) for column in columns})
    path = run.folder / f"{name}.csv"
    try:
        frame = pd.read_csv(
            path, dtype=str, keep_default_na=False, encoding="utf-8", on_bad_lines="error"
        )
    except OSError:
        run.findings.append(damaged(f"{path.name} is missing or cannot be read", name))
        return empty
    except (ValueError, csv.Error, pd.errors.ParserError):
        run.findings.append(damaged(f"{path.name} is not a table", name))
        return empty
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        run.findings.append(damaged(f"{path.name} has no column {missing[0]}", name))
        return empty
    frame = restore_frame(frame.astype(object))
    for column in NUMBER_COLUMNS[name]:
        frame[column] = _numbers(run, name, frame[column])
    return frame


def _numbers(run: RunFiles, name: str, cells: pd.Series[Any]) -> Floats:
    """Return a column as floats that round-trip; what is no number is a finding and NaN."""
    values = np.full(len(cells), np.nan)
    for row, cell in enumerate(cells):
        try:
            values[row] = float(cell)
        except (TypeError, ValueError):
            message = f"{cells.name} is not a number in row {row + 2}"
            run.findings.append(damaged(message, name))
            break
    return values


def changed_files(run: RunFiles) -> Iterator[Finding]:
    """Yield a finding for every published file that is not as the manifest says."""
    files = run.manifest.get("files")
    if not isinstance(files, dict):
        yield damaged("the manifest lists no files", MANIFEST)
        return
    for name, expected in files.items():
        parts = PurePosixPath(str(name))
        if parts.is_absolute() or ".." in parts.parts:
            yield damaged("the manifest lists a file outside the run", MANIFEST)
            continue
        found = _hash_of(run.folder / parts)
        if found is None:
            yield damaged(f"{name} is missing or cannot be read", str(name), "C_HASH")
        elif found != expected:
            yield damaged(f"{name} is not as it was published", str(name), "C_HASH")
    for name in _must_be_listed(run):
        if name not in files:
            yield damaged(f"{name} is not listed in the manifest", MANIFEST)


def _must_be_listed(run: RunFiles) -> Sequence[str]:
    return [*(f"{name}.csv" for name in TEXT_COLUMNS), SUMMARY, CONFIG]


def _hash_of(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def check_result_hash(run: RunFiles) -> Iterator[Finding]:
    """Yield a finding if ids, approaches and roles do not hash to what the manifest says."""
    expected = run.manifest.get("result_sha256")
    if expected is None:
        return
    columns = ["mentee_id", "mentor_id", "approach", "role"]
    rows = sorted(run.tables["matches"][columns].itertuples(index=False, name=None))
    found = hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()
    if found != expected:
        yield damaged(
            "the matches do not have the result hash of the manifest", "matches", "C_HASH"
        )
