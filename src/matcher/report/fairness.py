"""Fairness by group, with small groups and their complements hidden."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from matcher.report import words
from matcher.report.charts import Chart, intervals
from matcher.report.data import rows_of

if TYPE_CHECKING:
    from matcher.report.data import RunData

HIDDEN = "hidden"


def fairness_charts(data: RunData) -> list[Chart]:
    """Return one chart an attribute: mean value and difference from everybody else."""
    frame = group_table(data)
    return [_chart(str(name), part) for name, part in frame.groupby("attribute", sort=True)]


def group_table(data: RunData) -> pd.DataFrame:
    """Return group metrics as text counts and numbers, suppressed; empty where none are known."""
    frame = data["groups"]
    if not len(frame):
        found = data.metrics.get("groups")
        frame = pd.DataFrame(found if isinstance(found, list) else [], columns=list(frame.columns))
    if not len(frame):
        return frame
    parts = [suppress(part, data.min_cell) for _, part in frame.groupby("attribute", sort=True)]
    return pd.concat(parts, ignore_index=True)


def suppress(groups: pd.DataFrame, least: int) -> pd.DataFrame:
    """Return the groups of one attribute with cells under `least` people hidden.

    A cell under `least` reads ``<10``; where only one cell is hidden, the smallest other is
    hidden too, since its size would follow from the total.
    """
    out = groups.copy()
    counts = pd.to_numeric(out["n"], errors="coerce")
    small = (counts < least).to_numpy()
    already = counts.isna().to_numpy()
    out["n"] = [
        str(n) if math.isnan(c) else str(int(c)) for n, c in zip(out["n"], counts, strict=True)
    ]
    out.loc[small, "n"] = f"<{least}"
    hidden = small | already
    if small.any() and hidden.sum() == 1 and len(out) > 1:
        other = counts.mask(hidden).idxmin()
        out.loc[other, "n"] = HIDDEN
        hidden = hidden | (out.index == other)
    out.loc[hidden, ["value", "difference", "ratio", "low", "high"]] = math.nan
    return out


def _chart(attribute: str, part: pd.DataFrame) -> Chart:
    rows = rows_of(part)
    reach = max(
        [abs(x) for r in rows for x in (r.difference, r.low, r.high) if math.isfinite(x)],
        default=0.0,
    )
    reach = max(reach, 0.05)
    title = f"{words.sentence(attribute)}: {_finding(rows)}"
    plot = intervals(title, [(r.difference, r.low, r.high) for r in rows], -reach, reach)
    return Chart(
        f"group-{words.slug(attribute)}",
        title,
        ("Group", "People", "Mean value", "Difference"),
        tuple(
            (words.plain(r.group), r.n, words.number(r.value, 3), words.number(r.difference, 3))
            for r in rows
        ),
        plot,
        (words.number(-reach), words.number(reach)),
        (("m", "difference from everybody else"), ("i", "95% interval")),
    )


def _finding(rows: list[Any]) -> str:
    clear = [r for r in rows if math.isfinite(r.low) and (r.low > 0 or r.high < 0)]
    known = [r for r in rows if math.isfinite(r.difference)]
    if not known:
        return "groups are too small to compare"
    if not clear:
        return "no difference beyond chance"
    names = ", ".join(f"{words.plain(r.group)} ({words.number(r.difference, 3)})" for r in clear)
    return f"differs beyond chance for {names}"
