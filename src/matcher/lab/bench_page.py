"""The page of a benchmark: one table a cohort, and what to keep in mind."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from matcher.lab.standing import ROUNDING, Standing, standing_of
from matcher.text import count_of

PERCENT = {"gap", "matched_share", "stability_rate", "price_of_fairness"}
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
    "churn",
)
"""Columns of the tables on the page; ``bench.csv`` has all."""

_EXPLAINED = """\
`objective` is the welfare of the answer by the config, whatever the method maximised; `tier` lists
what counts before it, so compare objectives at equal tiers: the best objective at the best tiers is
in bold, for every method that reaches it. `gap` is to the method's own proven bound, or to the
least one proven by another method at the same tiers; it is empty where a seed has neither. `flow`
maximises only what is a sum over pairs. `realised_mean` (built-in families only) is what the
mentees truly get out of it, in standard deviations, by an outcome model that knows nothing of the
config. `churn` is the share of pairs that differ from the previous run. `peak_mb` is the memory of
the whole process, with what earlier rows left in it. Figures are means over seeds. Every answer was
checked against all rules by the independent checker. All metrics are defined, with their sources,
in the documentation and in `matcher.evaluate.DEFINITIONS`.
"""


def as_markdown(
    table: pd.DataFrame, *, time_limit: float, tiers: Mapping[str, tuple[str, ...]] | None = None
) -> str:
    """Return the page: one table a cohort, the best objective at the best tiers in bold."""
    lines = ["# Methods compared", "", _EXPLAINED]
    lines.append(f"At most {time_limit:g} s a method, cohort and seed.")
    for cohort, rows in table.groupby("cohort", sort=False):
        seeds = rows["seed"].nunique()
        names = (tiers or {}).get(str(cohort), ())
        told = f" Tiers: {', '.join(names)}." if names else ""
        lines += ["", f"## {cohort}", "", f"{count_of(seeds, 'seed')}.{told}", ""]
        lines += _table(rows)
        lines += _notes(rows)
    return "\n".join(lines) + "\n"


def _notes(rows: pd.DataFrame) -> list[str]:
    noted = rows.loc[rows["note"].fillna("") != ""]
    lines = []
    for (method, note), some in noted.groupby(["method", "note"], sort=False):
        seeds = ", ".join(map(str, some["seed"]))
        every = len(some) == rows["seed"].nunique()
        lines.append(f"- {method}: {note}" + ("" if every else f" (seed {seeds})"))
    return ["", *lines] if lines else []


def _table(rows: pd.DataFrame) -> list[str]:
    found = standing_of(rows)
    shown = [name for name in SHOWN if name in found.means and found.means[name].notna().any()]
    lines = [
        "| method | tier | " + " | ".join(name.replace("_", " ") for name in shown) + " |",
        "|---|---|" + "---:|" * len(shown),
    ]
    for method in rows["method"].unique():
        tier = ";".join(f"{goal:.12g}" for goal in found.goals.get(method, ()))
        cells = [_cell(found, str(method), name) for name in shown]
        lines.append(f"| {method} | {tier} | {' | '.join(cells)} |")
    return lines


def _cell(found: Standing, method: str, name: str) -> str:
    if method not in found.means.index:
        return ""
    if name == "gap" and method in found.gap_on_some_only:
        return ""  # a mean over the seeds that happen to have one is not the method's gap
    text = figure(name, float(found.means[name][method]))
    return f"**{text}**" if name == "objective" and method in found.leaders else text


def figure(name: str, value: float) -> str:
    """Return a figure as the page shows it; empty where it is not defined."""
    if not np.isfinite(value):
        return ""
    if name == "gap" and abs(value) <= ROUNDING:
        return "0 %"
    if name in PERCENT:
        return f"{100 * value:.3g} %"
    return f"{value:.4g}" if name != "peak_mb" else f"{value:.0f}"
