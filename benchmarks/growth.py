"""How time and memory grow with size: ``python benchmarks/growth.py [RESULTS.json...]``.

Fits ``seconds = a n^b`` by least squares on logarithms over the instances of one kind in result
files (the number of mentees stands in their names), by default the latest usual, large and huge
runs, and writes ``growth-<date>.svg`` and ``.md`` beside the first, of its date.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

RESULTS = Path(__file__).parent / "results"
SIZE = re.compile(r"^(?P<kind>[a-z-]+)-(?P<n>\d+)x(?P<m>\d+)")
SHADES = ("#1f5f8b", "#b3541e", "#3f7d20", "#6b4c9a")
SMALLEST = 200
"""Mentees from which time is not mostly fixed cost."""
LEFT, TOP, WIDTH, HEIGHT = 70, 50, 460, 300


def main() -> int:
    """Fit, draw and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, nargs="*")
    paths = parser.parse_args().results or latest_runs()
    contents = [json.loads(path.read_text("utf-8")) for path in paths]
    series = solve_series([record for content in contents for record in content["records"]])
    fits = {kind: power_law(points) for kind, points in series.items()}
    base = paths[0].with_name(f"growth-{contents[0]['date']}.svg")
    base.write_text(as_svg(series, fits), encoding="utf-8")
    base.with_suffix(".md").write_text(as_markdown(series, fits, paths), encoding="utf-8")
    print(f"written to {base}")
    return 0


def solve_series(records: list[dict[str, Any]]) -> dict[str, list[tuple[int, float, float]]]:
    """Return (mentees, seconds, peak MB) of each kind of instance with two sizes or more."""
    series: dict[str, list[tuple[int, float, float]]] = {}
    for record in records:
        match = SIZE.match(record["instance"])
        if match and record["phase"] == "solve" and int(match["n"]) >= SMALLEST:
            point = (int(match["n"]), record["seconds"], record["peak_mb"])
            series.setdefault(match["kind"], []).append(point)
    return {kind: sorted(points) for kind, points in sorted(series.items()) if len(points) > 1}


def power_law(points: list[tuple[int, float, float]]) -> tuple[float, float]:
    """Return (a, b) of ``seconds = a n^b``."""
    n, seconds = (np.log([point[k] for point in points]) for k in (0, 1))
    slope, start = np.polyfit(n, seconds, 1)
    return float(np.exp(start)), float(slope)


def latest_runs() -> list[Path]:
    """Return the latest usual, large and huge runs, of one clock, as far as there are any."""
    kinds = ("", "large-", "huge-")
    runs = (sorted(RESULTS.glob(f"{prefix}20??-??-??.json")) for prefix in kinds)
    latest = [run[-1] for run in runs if run]
    clocks = [json.loads(run.read_text("utf-8")).get("clock") for run in latest]
    return [run for run, clock in zip(latest, clocks, strict=True) if clock == clocks[0]]


def as_markdown(
    series: dict[str, list[tuple[int, float, float]]],
    fits: dict[str, tuple[float, float]],
    sources: Sequence[Path] = (),
) -> str:
    """Return the points and the exponent of each kind."""
    named = ", ".join(f"`{path.name}`" for path in sources)
    lines = ["# Growth of the solver with size", "", *([f"From {named}.", ""] if named else [])]
    lines += ["| Kind | Mentees | Seconds | Peak MB |"]
    lines.append("|---|---:|---:|---:|")
    for kind, points in series.items():
        lines += [f"| {kind} | {n} | {s:.2f} | {mb:.0f} |" for n, s, mb in points]
    lines.append("")
    lines += [f"- {kind}: seconds grow as n^{fit[1]:.2f}" for kind, fit in fits.items()]
    return "\n".join(lines) + "\n"


def as_svg(
    series: dict[str, list[tuple[int, float, float]]], fits: dict[str, tuple[float, float]]
) -> str:
    """Return a log-log plot: points as measured, lines as fitted."""
    points = [point for kind in series.values() for point in kind]
    x = _axis([point[0] for point in points], LEFT, LEFT + WIDTH)
    y = _axis([point[1] for point in points], TOP + HEIGHT, TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 170} '
        f'{TOP + HEIGHT + 50}" role="img" font-family="sans-serif" font-size="12">',
        "<title>Seconds of the solver by number of mentees, both on logarithmic scales</title>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        '<text x="12" y="24" font-size="15">Seconds to solve, by number of mentees</text>',
    ]
    for n in sorted({point[0] for point in points}):
        parts.append(
            f'<text x="{x(n):.0f}" y="{TOP + HEIGHT + 22}" text-anchor="middle">{n:,}</text>'
        )
    for power in range(-3, 5):
        if TOP <= y(10.0**power) <= TOP + HEIGHT:
            at = y(10.0**power)
            parts.append(
                f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{at:.0f}" y2="{at:.0f}" '
                'stroke="#d5d9de"/>'
            )
            parts.append(
                f'<text x="{LEFT - 8}" y="{at + 4:.0f}" text-anchor="end">{10.0**power:g} s</text>'
            )
    for k, (shade, (kind, line)) in enumerate(zip(SHADES, series.items(), strict=False)):
        a, b = fits[kind]
        ends = [(n, a * n**b) for n in (line[0][0], line[-1][0])]
        parts.append(
            f'<line x1="{x(ends[0][0]):.1f}" y1="{y(ends[0][1]):.1f}" x2="{x(ends[1][0]):.1f}" '
            f'y2="{y(ends[1][1]):.1f}" stroke="{shade}"/>'
        )
        parts += [
            f'<circle cx="{x(n):.1f}" cy="{y(s):.1f}" r="4" fill="{shade}"/>' for n, s, _ in line
        ]
        parts.append(
            f'<text x="{LEFT + WIDTH + 14}" y="{TOP + 16 + 18 * k}" fill="{shade}">'
            f"{escape(kind)}, n^{b:.2f}</text>"
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _axis(values: list[float], start: float, end: float) -> Any:
    low, high = np.log(min(values)), np.log(max(values))
    span = max(high - low, 1e-9)

    def at(value: float) -> float:
        return float(start + (np.log(value) - low) / span * (end - start))

    return at


if __name__ == "__main__":
    sys.exit(main())
