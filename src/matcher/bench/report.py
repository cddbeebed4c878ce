"""The files of a benchmark: the table, a page to read, and a chart."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

PERCENT = {"gap", "matched_share", "stability_rate"}
SHOWN = (
    "objective",
    "gap",
    "seconds",
    "peak_mb",
    "matched_share",
    "mean_value",
    "worst_decile_value",
    "coverage",
    "stability_rate",
    "realised_mean",
)
"""Columns of the tables on the page; ``bench.csv`` has all."""

_EXPLAINED = """\
`objective` is the welfare of the answer by the config, whatever the method maximised; `tier` lists
what counts before it (people reached, days waited, minimum met), so compare objectives at equal
tiers. `gap` is to the method's own proven bound, or to the least one proven by another method at
the same tiers. `realised_mean` (built-in families only) is what the mentees truly get out of it, in
standard deviations, by an outcome model that knows nothing of the config. Figures are means over
seeds; the definitions of all metrics stand in `matcher.evaluate`.
"""


def as_markdown(table: pd.DataFrame, *, time_limit: float) -> str:
    """Return the page: one table a cohort, the best objective at the best tiers marked."""
    lines = ["# Methods compared", "", _EXPLAINED]
    lines.append(f"At most {time_limit:g} s a method, cohort and seed.")
    for cohort, rows in table.groupby("cohort", sort=False):
        seeds = rows["seed"].nunique()
        lines += ["", f"## {cohort}", "", f"{seeds} seed{'s' if seeds > 1 else ''}.", ""]
        lines += _table(rows)
        notes = rows.loc[rows["note"] != "", ["method", "note"]].drop_duplicates()
        if len(notes):
            lines += ["", *(f"- {row.method}: {row.note}" for row in notes.itertuples())]
    return "\n".join(lines) + "\n"


def _table(rows: pd.DataFrame) -> list[str]:
    shown = [name for name in SHOWN if name in rows and rows[name].notna().any()]
    means = rows.groupby("method", sort=False)[shown].mean()
    tiers = rows.groupby("method", sort=False)["tier"].first()
    lines = [
        "| method | tier | " + " | ".join(name.replace("_", " ") for name in shown) + " |",
        "|---|---|" + "---:|" * len(shown),
    ]
    for (method, figures), tier in zip(means.iterrows(), tiers.fillna(""), strict=True):
        cells = [_figure(name, figures[name]) for name in shown]
        lines.append(f"| {method} | {tier} | {' | '.join(cells)} |")
    return lines


def _figure(name: str, value: float) -> str:
    if not np.isfinite(value):
        return ""
    if name in PERCENT:
        return f"{100 * value:.3g} %"
    return f"{value:.4g}" if name != "peak_mb" else f"{value:.0f}"


WIDTH, ROW, LEFT, RIGHT = 760, 22, 200, 40


def as_svg(table: pd.DataFrame) -> str:
    """Return a dot chart: each method's objective as a share of the best, a row a method."""
    groups = [(str(cohort), _shares(rows)) for cohort, rows in table.groupby("cohort", sort=False)]
    height = 50 + sum(ROW * (len(shares) + 2) for _, shares in groups)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        'font-family="sans-serif" font-size="12">',
        "<title>Objective of each method as a share of the best on the same cohort</title>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        '<text x="12" y="22" font-size="15">Objective as a share of the best on the same cohort'
        "</text>",
    ]
    y = 50
    for cohort, shares in groups:
        parts.append(f'<text x="12" y="{y}" font-weight="bold">{escape(cohort)}</text>')
        y += ROW
        for method, share in shares.items():
            parts += _dot(str(method), float(share), y)
            y += ROW
        y += ROW
    return "\n".join([*parts, "</svg>"]) + "\n"


def _shares(rows: pd.DataFrame) -> pd.Series:
    means = rows.groupby("method", sort=False)["objective"].mean().dropna()
    best = means.max() if len(means) else 1.0
    return means / best if best > 0 else means * 0.0


def _dot(method: str, share: float, y: int) -> Iterable[str]:
    span = WIDTH - LEFT - RIGHT - 60
    x = LEFT + span * max(0.0, min(1.0, share))
    yield f'<text x="24" y="{y}">{escape(method)}</text>'
    yield f'<line x1="{LEFT}" x2="{LEFT + span}" y1="{y - 4}" y2="{y - 4}" stroke="#d5d9de"/>'
    yield f'<circle cx="{x:.1f}" cy="{y - 4}" r="5" fill="#1f5f8b"/>'
    yield f'<text x="{LEFT + span + 14}" y="{y}">{100 * share:.1f} %</text>'
