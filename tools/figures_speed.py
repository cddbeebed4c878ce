"""Figures of speed: solves by size, start-up, classic instances."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from results import Results

ARRAY = re.compile(
    r"(?P<kind>(separable-)?(scarce|plentiful|contested))-(?P<n>\d+)x(?P<m>\d+)-s\d+"
)
LEAST = 200
"""Mentees from which an instance stands in the table."""
KINDS = {"separable-scarce": "scarce, no coverage"}


def speed(results: Results) -> str:
    """Return seconds, proved gap and memory of every array instance, by size."""
    rows = []
    for record in _latest(results, "solve"):
        name = ARRAY.fullmatch(record["instance"])
        if name and int(name["n"]) >= LEAST:
            kind = KINDS.get(name["kind"], name["kind"])
            rows.append((int(name["n"]), kind, f"{name['n']} x {name['m']}", record))
    lines = [
        "| Size | Places | CPU seconds | Gap proved | Peak memory |",
        "|---|---|---:|---:|---:|",
    ]
    for _, kind, size, record in sorted(rows, key=lambda row: row[:2]):
        gap, time = 100 * record["figures"]["gap"], record["seconds"]
        shown = f"{time:.2g}" if time < 10 else f"{time:.0f}"
        shown += "" if record["clock"] == "processor" else " by the wall"
        lines.append(f"| {size} | {kind} | {shown} | {gap:.2g} % | {record['peak_mb']:.0f} MB |")
    return "\n".join(lines)


def start_up(results: Results, *command: str) -> str:
    """Return the seconds of a command that measures start-up."""
    return f"{results.start_up[' '.join(command)]:.3f} s"


def cold_start(results: Results) -> str:
    """Return what a first solve in a fresh process costs, the least of the runs."""
    return f"{min(record['seconds'] for record in _of(results, 'cold start')):.1f} s"


def classics(results: Results) -> str:
    """Return how many classic instances reach their known optima, and the slowest one's time."""
    known = [r for r in _latest(results, "solve") if any("known" in name for name in r["figures"])]
    reached = [record for record in known if record["figures"]["agrees"]]
    slowest = max(record["seconds"] for record in known)
    return (
        f"{len(reached)} of {len(known)} reach their known optimum, the slowest in {slowest:.1f} s"
    )


def _of(results: Results, phase: str) -> list[dict[str, Any]]:
    return [record for record in results.records if record["phase"] == phase]


def _latest(results: Results, phase: str) -> list[dict[str, Any]]:
    """Return one record an instance: that of the usual run where both have it."""
    found: dict[str, dict[str, Any]] = {}
    for record in _of(results, phase):
        found.setdefault(record["instance"], record)
    return list(found.values())


HEADS = {
    "mentees": "Mentees",
    "mentors": "Mentors",
    "places": "Places",
    "ours": "matcher",
    "scipy": "scipy",
    "lapjvr": "lapx `lapjvr`",
    "lemon": "LEMON",
    "pdlp": "OR-Tools PDLP",
    "ratio": "matcher / scipy",
    "case": "Case",
    "cpu_seconds": "CPU seconds",
    "goal": "Goal",
    "gap": "Gap proved",
    "gap_asked": "Gap asked for",
    "seeds": "Seeds, the worst of them",
}
"""What columns of measured tables are called on a page."""


def measured(results: Results, name: str) -> str:
    """Return a measured table as it was written; what was not measured is a dash."""
    frame = pd.read_csv(results.folder / f"{name}.csv", dtype=str).fillna("-")
    lines = [
        f"| {' | '.join(HEADS[column] for column in frame)} |",
        "|---" * len(frame.columns) + "|",
    ]
    lines += [f"| {' | '.join(row)} |" for row in frame.itertuples(index=False)]
    return "\n".join(lines)


SPEED = {
    "measured": measured,
    "speed": speed,
    "start-up": start_up,
    "cold-start": cold_start,
    "classics": classics,
}
