"""Fairness by group: what each group of people gets, with small groups hidden.

The frame is that of :func:`matcher.evaluate.groups.group_gaps`, which hides cells under the
smallest size and those that would give them away. What is hidden there has no figures here.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from matcher.report import plain_words as words
from matcher.report.charts import Chart, axis_limit, intervals
from matcher.report.run_data import rows_of
from matcher.text import printable

if TYPE_CHECKING:
    from matcher.report.run_data import RunData

_METRICS = {
    "value": "worth of the portfolio",
    "matched": "share with a mentor",
    "mentors": "number of mentors",
    "coverage": "share of needs met",
}


def fairness_charts(data: RunData) -> list[Chart]:
    """Return one chart for each attribute and metric; none where no groups are known."""
    frame = group_table(data)
    keys = ["attribute", "metric"]
    return [_chart(str(a), str(m), part) for (a, m), part in frame.groupby(keys, sort=False)]


def group_table(data: RunData) -> pd.DataFrame:
    """Return the group metrics of ``groups.csv``, else of the summary; empty without either."""
    frame = data["groups"]
    if len(frame):
        return frame
    found = data.metrics.get("groups")
    rows = found if isinstance(found, list) else []
    return pd.DataFrame(rows, columns=list(frame.columns))


def _chart(attribute: str, metric: str, part: pd.DataFrame) -> Chart:
    groups = [r for r in rows_of(part) if r.statistic in {"overall", "by_group"}]
    gaps = {r.statistic: r for r in rows_of(part) if r.statistic in {"difference", "ratio"}}
    what = _METRICS.get(metric, words.sentence(metric).lower())
    title = f"{words.sentence(attribute)}, {what}: {_finding(gaps)}"
    known = [x for r in groups for x in (r.value, r.high) if math.isfinite(x)]
    limit = axis_limit(known)
    plot = intervals(title, [(r.value, r.low, r.high) for r in groups], 0.0, limit)
    return Chart(
        f"group-{words.slug(f'{attribute}-{metric}')}",
        title,
        ("Group", "People", "Mean"),
        tuple(
            (printable(r.group) or "Everybody", printable(r.n), words.number(r.value, 3))
            for r in groups
        ),
        plot,
        ("0", words.number(limit)),
        (("m", "mean"), ("i", "95% interval")),
        _note(gaps),
    )


def _finding(gaps: dict[str, Any]) -> str:
    gap = gaps.get("difference")
    if gap is None or not math.isfinite(gap.value):
        return "too few groups can be shown to compare"
    if not math.isfinite(gap.low) or gap.low <= 0:
        return "no difference beyond chance"
    return f"groups differ by {words.number(gap.value, 3)}, beyond chance"


def _note(gaps: dict[str, Any]) -> str:
    parts = []
    for name, label in (("difference", "Largest difference"), ("ratio", "Smallest ratio")):
        gap = gaps.get(name)
        if gap is not None and math.isfinite(gap.value):
            interval = f"{words.number(gap.low, 3)} to {words.number(gap.high, 3)}"
            parts.append(f"{label} between groups {words.number(gap.value, 3)} ({interval}).")
    return " ".join(parts)
