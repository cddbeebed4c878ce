"""The latest committed results of each kind of benchmark."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

DATE = "20??-??-??"
TITLES = {
    "realised": "Differences in realised outcome between policies, by family",
    "growth": "Seconds to solve by number of mentees",
}


class Results:
    """Result files of a folder; of each kind the one with the latest date counts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def latest(self, kind: str, suffix: str) -> Path:
        """Return the latest file of a kind, such as rivals, or usual for a run of all phases."""
        prefix = "" if kind == "usual" else f"{kind}-"
        found = sorted(self.folder.glob(f"{prefix}{DATE}.{suffix}"))
        if not found:
            raise ValueError(f"there are no results of kind {kind!r} ({suffix})")
        return found[-1]

    def named(self, kind: str, suffix: str = "md") -> str:
        """Return the name of the latest file as text of a page."""
        return f"`benchmarks/results/{self.latest(kind, suffix).name}`"

    def chart(self, kind: str) -> str:
        """Return the latest chart as an image of a page in docs/."""
        return f"![{TITLES[kind]}](images/{kind}.svg)"

    @cached_property
    def records(self) -> list[dict[str, Any]]:
        """Phases of the latest usual, large and huge runs, in this order."""
        runs = [self._run(kind) for kind in ("usual", "large", "huge")]
        clocks = [{"clock": run.get("clock", "wall")} for run in runs]
        return [
            record | clock
            for run, clock in zip(runs, clocks, strict=True)
            for record in run["records"]
        ]

    @cached_property
    def start_up(self) -> dict[str, float]:
        """Seconds of the commands that measure start-up."""
        found: dict[str, float] = self._run("usual")["start_up_seconds"]
        return found

    @cached_property
    def rivals(self) -> list[dict[str, Any]]:
        """Rows of the latest run of the rivals."""
        found: list[dict[str, Any]] = self._run("rivals")["rows"]
        return found

    @cached_property
    def cluster(self) -> list[dict[str, Any]]:
        """Records of the latest run on a cluster."""
        found: list[dict[str, Any]] = self._run("cluster")["records"]
        return found

    @cached_property
    def realised(self) -> pd.DataFrame:
        """Outcomes by family, seed, policy and scenario."""
        return pd.read_csv(self.latest("realised", "csv"))

    @cached_property
    def tuning(self) -> pd.DataFrame:
        """Errors of learned weights by number of outcomes."""
        return pd.read_csv(self.folder / "tuning_convergence.csv")

    def _run(self, kind: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.latest(kind, "json").read_text("utf-8"))
        return content
