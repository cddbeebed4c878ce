"""The files of a run folder in memory, as the report, the workbook and the review read them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from matcher.cohort.cells import restore_frame
from matcher.errors import Finding, StorageError

TABLES: dict[str, tuple[str, ...]] = {
    "matches": (
        "mentee_id",
        "mentor_id",
        "approach",
        "reciprocal",
        "score",
        "role",
        "covers",
        "hours_per_month",
        "period",
        "locked",
        "previous",
        "robust",
    ),
    "portfolios": (
        "mentee_id",
        "n_mentors",
        "value",
        "relation",
        "coverage",
        "redundancy",
        "uncovered",
    ),
    "contributions": (
        "mentee_id",
        "mentor_id",
        "feature",
        "answered",
        "value",
        "weight",
        "contribution",
    ),
    "unmatched": ("person_id", "role", "reason", "detail"),
    "waiting_list": ("person_id", "role", "reason", "detail"),
    "alternates": ("mentee_id", "mentor_id", "rank", "score", "cost_to_cohort"),
    "mentors": ("mentor_id", "capacity", "used", "price"),
    "recruitment": (),
    "possible_mentors": ("person_id", "newer_in_field"),
    "groups": (
        "attribute",
        "metric",
        "statistic",
        "group",
        "n",
        "value",
        "low",
        "high",
        "note",
    ),
    "sensitivity": ("feature", "factor", "share_pairs_changed", "d_objective", "d_min_value"),
}
"""Tables that people are shown, with the columns they always have here."""

NUMBERS = frozenset(
    {
        "score",
        "hours_per_month",
        "period",
        "n_mentors",
        "value",
        "relation",
        "coverage",
        "redundancy",
        "weight",
        "contribution",
        "rank",
        "cost_to_cohort",
        "capacity",
        "used",
        "price",
        "low",
        "high",
        "factor",
        "share_pairs_changed",
        "d_objective",
        "d_min_value",
        "purpose",
        "benefit",
        "context",
        "knowing",
        "gain",
        "gain_bound",
        "reached",
        "newer_in_field",
    }
)
"""Columns read as float64; everything else stays text."""

REQUIRED = ("matches", "portfolios", "mentors")


@dataclass(frozen=True)
class RunData:
    """What a run folder holds: frames by table name, the summary and the effective config."""

    summary: Mapping[str, Any]
    config: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame] = field(repr=False)

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self.tables[table]

    @property
    def name(self) -> str:
        """The programme's name, empty where the config gives none."""
        return str(self.config.get("programme", {}).get("name") or "")

    @property
    def min_cell(self) -> int:
        """Smallest group that may be shown."""
        return int(self.config.get("report", {}).get("min_cell", 10))

    @property
    def metrics(self) -> Mapping[str, Any]:
        """The metrics of the summary, empty where there are none."""
        metrics = self.summary.get("metrics")
        return metrics if isinstance(metrics, dict) else {}

    @cached_property
    def pairs(self) -> dict[tuple[str, str], pd.DataFrame]:
        """Contributions by (mentee_id, mentor_id)."""
        return _by_pair(self["contributions"])


def read_run(run: Path) -> RunData:
    """Return the contents of the run folder `run`.

    Raises
    ------
    StorageError
        E_NOT_FOUND where a needed file is missing, E_FORMAT where one cannot be read.
    """
    if not run.is_dir():
        raise _fault("E_NOT_FOUND", f"there is no run folder {run.name}", "name a finished run")
    for name in (*(f"{table}.csv" for table in REQUIRED), "summary.json"):
        if not (run / name).is_file():
            raise _fault("E_NOT_FOUND", f"the run has no {name}", "name a finished run")
    tables = {name: read_table(run, name) for name in TABLES}
    return RunData(_json(run / "summary.json"), _toml(run / "config.toml"), tables)


def with_sensitivity(data: RunData, path: Path) -> RunData:
    """Return the run with the ``sensitivity.csv`` that ``matcher tune sensitivity`` wrote.

    Raises
    ------
    StorageError
        E_NOT_FOUND, E_FORMAT or E_MISSING_COLUMN.
    """
    if not path.is_file():
        raise _fault("E_NOT_FOUND", f"there is no {path.name}", "run matcher tune sensitivity")
    table = _read_csv(path, "sensitivity")
    return replace(data, tables={**data.tables, "sensitivity": table})


def read_table(run: Path, name: str) -> pd.DataFrame:
    """Return one table of a run with restored text and float64 numbers; empty if absent."""
    path = run / f"{name}.csv"
    if not path.is_file():
        return pd.DataFrame(columns=list(TABLES.get(name, ())), dtype="str")
    return _read_csv(path, name)


def _read_csv(path: Path, name: str) -> pd.DataFrame:
    try:
        frame = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8")
    except pd.errors.EmptyDataError:
        return pd.DataFrame(columns=list(TABLES.get(name, ())), dtype="str")
    except (OSError, ValueError, pd.errors.ParserError) as error:
        raise _fault("E_FORMAT", f"{path.name} cannot be read", "run matcher verify") from error
    missing = [column for column in TABLES.get(name, ()) if column not in frame.columns]
    if missing and len(frame):
        raise _fault("E_MISSING_COLUMN", f"{path.name} has no {missing[0]}", "run matcher verify")
    return _numbers(restore_frame(frame.reindex(columns=[*frame.columns, *missing])))


def rows_of(frame: pd.DataFrame) -> list[Any]:
    """Return the rows of `frame` as named tuples."""
    return list(frame.itertuples(index=False))


def _numbers(frame: pd.DataFrame) -> pd.DataFrame:
    for column in frame.columns:
        if column in NUMBERS:
            frame[column] = pd.to_numeric(frame[column], errors="coerce").astype("float64")
    return frame


def _by_pair(frame: pd.DataFrame) -> dict[tuple[str, str], pd.DataFrame]:
    groups = frame.groupby(["mentee_id", "mentor_id"], sort=False)
    return {(str(key[0]), str(key[1])): part for key, part in groups}


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _fault("E_FORMAT", f"{path.name} cannot be read", "run matcher verify") from error
    if not isinstance(content, dict):
        raise _fault("E_FORMAT", f"{path.name} is no object", "run matcher verify")
    return content


def _toml(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _fault("E_FORMAT", f"{path.name} cannot be read", "run matcher verify") from error


def _fault(code: str, message: str, remedy: str) -> StorageError:
    return StorageError(Finding(code, message, remedy))
