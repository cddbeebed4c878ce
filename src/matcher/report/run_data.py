"""The files of a run folder in memory, as the report, the workbook and the review read them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.errors import Finding, StorageError
from matcher.run_tables import read_csv, read_table

if TYPE_CHECKING:
    import pandas as pd

SHOWN = (
    "matches",
    "portfolios",
    "contributions",
    "unmatched",
    "waiting_list",
    "alternates",
    "mentors",
    "recruitment",
    "possible_mentors",
    "groups",
    "sensitivity",
)
"""Tables that people are shown."""

REQUIRED = ("matches", "portfolios", "mentors")


@dataclass(frozen=True)
class RunData:
    """What a run folder holds: frames by table name, the summary and the effective config."""

    summary: Mapping[str, Any]
    config: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame] = field(repr=False)

    @classmethod
    def read(cls, run: Path) -> RunData:
        """Return the contents of a run folder.

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
        tables = {name: read_table(run, name) for name in SHOWN}
        return cls(_json(run / "summary.json"), _toml(run / "config.toml"), tables)

    def with_sensitivity(self, path: Path) -> RunData:
        """Return the run with the ``sensitivity.csv`` that ``matcher tune sensitivity`` wrote.

        Raises
        ------
        StorageError
            E_NOT_FOUND, E_FORMAT or E_MISSING_COLUMN.
        """
        if not path.is_file():
            raise _fault("E_NOT_FOUND", f"there is no {path.name}", "run matcher tune sensitivity")
        table = read_csv(path, "sensitivity")
        return replace(self, tables={**self.tables, "sensitivity": table})

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
        groups = self["contributions"].groupby(["mentee_id", "mentor_id"], sort=False)
        return {(str(key[0]), str(key[1])): part for key, part in groups}


def rows_of(frame: pd.DataFrame) -> list[Any]:
    """Return the rows of `frame` as named tuples."""
    return list(frame.itertuples(index=False))


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
