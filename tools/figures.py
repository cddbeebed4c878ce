"""Figures of README and docs, taken from the committed results of the benchmarks.

A page marks each figure with a comment that names it: ``<!-- figure: NAME -->text<!-- end -->``,
in a line or around a table. ``tools/generate.py`` writes the text anew from the latest results, and
its ``--check`` finds pages that say anything else. What can be named stands in ``FIGURES``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from figures_realised import GAINS
from figures_rivals import RIVALS
from figures_scale import SCALE
from figures_speed import SPEED
from matcher.evaluate import DEFINITIONS
from matcher.lab.bench_report import BENCH_DEFINITIONS
from matcher.lab.synthetic import FAMILIES
from results import Results

PAGES = (
    "README.md",
    "docs/benchmarks.md",
    "docs/decisions/0003-base-install.md",
    "docs/scale.md",
    "docs/tuning.md",
)
MARK = re.compile(r"<!-- figure: (?P<name>[^>]+?) -->(?P<old>.*?)<!-- end -->", re.DOTALL)
FIGURES = {
    **GAINS,
    **RIVALS,
    **SCALE,
    **SPEED,
    "file": Results.named,
    "chart": Results.chart,
    "metrics": lambda _: metric_table(),
    "families": lambda _: family_table(),
}


def metric_table() -> str:
    """Return name, meaning and source of every metric."""
    lines = ["| Metric | Meaning | Source |", "|---|---|---|"]
    for name, (meaning, source) in {**BENCH_DEFINITIONS, **DEFINITIONS}.items():
        lines.append(f"| `{name}` | {meaning} | {source} |")
    return "\n".join(lines)


def family_table() -> str:
    """Return size, places and reciprocity of every built-in family."""
    lines = [
        "| Family | Mentees | Mentors | In both roles | Organisations | Places of a mentor | "
        "Mentors wanted |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, family in FAMILIES.items():
        places, wanted = _mean_of(family.capacity), _mean_of(family.wanted)
        lines.append(
            f"| `{name}` | {family.mentees} | {family.mentors} | {family.both} | "
            f"{family.organisations} | {places:.2f} | {wanted:.2f} |"
        )
    return "\n".join(lines)


def _mean_of(shares: Sequence[float]) -> float:
    """Return the mean number where shares[k] is the probability of k + 1."""
    return sum((k + 1) * share for k, share in enumerate(shares))


def filled(page: str, results: Results) -> str:
    """Return a page with every marked figure as the results have it."""
    return MARK.sub(lambda match: _marked(match, results), page)


def unmarked(page: str) -> str:
    """Return what a page says outside its marks."""
    return MARK.sub("", page)


def _marked(match: re.Match[str], results: Results) -> str:
    name, *words = match["name"].split()
    if name not in FIGURES:
        raise ValueError(f"there is no figure {name!r}; choose from {', '.join(sorted(FIGURES))}")
    text = FIGURES[name](results, *words)
    opens_line = match.start() == 0 or match.string[match.start() - 1] == "\n"
    is_block = "\n" in text or text.startswith("![")
    if opens_line and not is_block:
        raise ValueError(f"{match[0]!r} opens a line, where Markdown takes it for a block")
    inner = f"\n\n{text}\n\n" if is_block else text
    return f"<!-- figure: {match['name']} -->{inner}<!-- end -->"


def filled_pages(root: Path) -> dict[Path, str]:
    """Return the pages that hold figures, by place, as they should be."""
    results = Results(root / "benchmarks" / "results")
    return {root / name: filled((root / name).read_text("utf-8"), results) for name in PAGES}
