"""Figures of docs/scale.md and of what an install weighs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from results import Results


def cluster_table(results: Results) -> str:
    """Return sizes of what the latest run of two workers sent and kept, by instance."""
    lines = [
        "| Instance | Scans | Out, a scan | Back, a scan | Mentors' side, two workers | Files | "
        "Same pairs and bound |",
        "|---|---:|---:|---:|---:|---:|---|",
    ]
    return "\n".join([*lines, *map(_cluster_row, results.cluster)])


def _cluster_row(record: dict[str, Any]) -> str:
    scans = record["scans"]
    sizes = (
        record["sent_mb"] / scans,
        record["received_mb"] / scans,
        record["scattered_mb"],
        record["partition_mb"],
    )
    same = "yes" if record["same_pairs"] and record["same_bound"] else "no"
    told = " | ".join(f"{size:.2f} MB" for size in sizes)
    return f"| {record['mentees']} x {record['mentors']} | {scans:.0f} | {told} | {same} |"


def conference(results: Results) -> str:
    """Return what each run of ``benchmarks/conference.py`` took, and its proof."""
    lines = [
        "| Papers x reviewers | Pairs | Coverage | CPU seconds | Peak | Gap | Seats filled for |",
        "|---|---:|---|---:|---:|---:|---:|",
    ]
    for row in json.loads((results.folder / "conference.json").read_text("utf-8")):
        size = f"{row['papers']:,} x {row['reviewers']:,} | {row['pairs']:,}"
        cost = f"{row['cpu_seconds']:.1f} | {row['peak_mb']:.0f} MB | {row['gap']:.4%}"
        told = "yes" if row["coverage"] else "no"
        lines.append(f"| {size} | {told} | {cost} | {row['papers_seated']:,} |")
    return "\n".join(lines)


def scale(results: Results) -> str:
    """Return what each run of ``benchmarks/scale.py`` took, and its proof."""
    lines = [
        "| Mentees x mentors | CPU seconds | Peak | Scans | Gap asked | Gap proved | Matches |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for row in json.loads((results.folder / "scale.json").read_text("utf-8")):
        size = f"{row['mentees']:,} x {row['mentors']:,}"
        cost = f"{row['cpu_seconds']:,.0f} | {row['peak_mb']:,} MB | {row['scans']}"
        proof = f"{row['gap_asked']:.2%} | {row['gap']:.4%} | {row['matches']:,}"
        lines.append(f"| {size} | {cost} | {proof} |")
    return "\n".join(lines)


def million(results: Results) -> str:
    """Return what the latest extrapolation says, without its title."""
    text = results.latest("million", "md").read_text("utf-8")
    return text.split("\n", 1)[1].strip()


def weight(results: Results, *words: str) -> str:
    """Return what a package weighs, by its name in the table of ``tools/install_size.py``."""
    rows = dict(_cells(line) for line in _weights(results).splitlines()[2:])
    return rows[" ".join(words)]


def _cells(line: str) -> tuple[str, str]:
    name, size = line.strip("| ").split(" | ")
    return name, size


def _weights(results: Results) -> str:
    return (results.folder / "install_size.md").read_text("utf-8").strip()


SCALE: dict[str, Callable[..., str]] = {
    "cluster": cluster_table,
    "conference": conference,
    "million": million,
    "scale": scale,
    "weight": weight,
    "weights": _weights,
}
