"""One large instance solved whole, in as many steps as it takes.

    python benchmarks/scale.py 100000 40000 --gap 1e-3
    python benchmarks/scale.py 1000000 400000 --gap 5e-3 --threads 1 --resume FOLDER

`--by-block` holds the same instance against it without the product that its scores are.

With a folder the parts of passes over all pairs are kept: called again after a kill, it goes on
from there. CPU seconds of all calls are added up, and written with wall seconds of the last one,
peak memory and the gap that is proved to ``results/scale.json``.
"""

from __future__ import annotations

import argparse
import datetime
import json
import math
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import matcher
from instances import BlockScores, family
from matcher.lab.judge import measured
from matcher.observe import Observer, Progress

TARGET = Path(__file__).parent / "results" / "scale.json"
KEYS = ("mentees", "mentors", "places", "seed", "gap_asked")


@dataclass(frozen=True)
class Blocks:
    """Scores that say nothing of what they are the product of."""

    scores: BlockScores

    @property
    def shape(self) -> tuple[int, int]:
        """Mentees and mentors."""
        return self.scores.shape

    def block(self, rows: NDArray[np.int64]) -> NDArray[Any]:
        """Return some rows."""
        return self.scores.block(rows)


@dataclass
class Log(Observer):
    """Prints each phase with the CPU seconds so far, and notes those for the next call."""

    spent: Path | None
    before: float = 0.0
    phases: list[str] = field(default_factory=list)

    def on_phase(self, name: str) -> None:
        """Say that a phase starts."""
        now = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
        print(f"{now}  {self.total():10.1f} CPU s  {name}", flush=True)
        self.note()

    def on_progress(self, progress: Progress) -> None:
        """Say how far it is."""
        gap = f"  gap {progress.gap:.4%}" if math.isfinite(progress.gap) else ""
        print(f"{self.total():37.1f} CPU s  {progress.phase}{gap}", flush=True)

    def total(self) -> float:
        """Return the CPU seconds of all calls."""
        used = os.times()
        return self.before + used.user + used.system

    def note(self) -> None:
        """Write the CPU seconds so far."""
        if self.spent is not None:
            self.spent.parent.mkdir(parents=True, exist_ok=True)
            self.spent.write_text(f"{self.total():.1f}\n", encoding="utf-8")


def main() -> None:
    """Solve one size and add it to the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mentees", type=int)
    parser.add_argument("mentors", type=int)
    parser.add_argument("--places", default="scarce")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--gap", type=float, default=1e-3)
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--resume", type=Path, default=None)
    parser.add_argument("--by-block", action="store_true", help="not by the product of scores")
    asked = parser.parse_args()
    drawn = family(asked.mentees, asked.mentors, asked.seed, asked.places)
    arguments = drawn.arguments(dense=False)
    if asked.by_block:
        arguments["scores"] = Blocks(arguments["scores"])
    spent = None if asked.resume is None else asked.resume / "cpu_seconds.txt"
    before = float(spent.read_text("utf-8")) if spent is not None and spent.exists() else 0.0
    log = Log(spent, before)
    folder = "" if asked.resume is None else str(asked.resume / "parts")
    with measured() as usage:
        solution = matcher.solve(
            **arguments,
            gap=asked.gap,
            threads=asked.threads,
            resume=folder,
            observer=log,
        )
    log.note()
    used = np.bincount(solution.pairs[:, 1], minlength=asked.mentors)
    record = {
        "mentees": asked.mentees,
        "mentors": asked.mentors,
        "places": asked.places,
        "seed": asked.seed,
        "gap_asked": asked.gap,
        "cpu_seconds": round(log.total(), 1),
        "wall_seconds_of_last_call": round(usage.seconds, 1),
        "peak_mb": round(usage.peak_mb),
        "parts_resumed": int(solution.statistics.get("parts_resumed", 0)),
        "scans": solution.iterations,
        "reason": str(solution.termination.reason),
        "objective": solution.objective,
        "bound": solution.bounds.dual,
        "gap": solution.bounds.gap,
        "matches": len(solution.pairs),
        "places_kept": bool((used <= drawn.capacity).all()),
    }
    print(json.dumps(record, indent=1))
    if asked.by_block:
        return  # held against the table, no part of it
    known = json.loads(TARGET.read_text(encoding="utf-8")) if TARGET.exists() else []
    known = [row for row in known if any(row[key] != record[key] for key in KEYS)]
    rows = sorted([*known, record], key=lambda row: [str(row[key]).zfill(9) for key in KEYS])
    TARGET.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
