"""What a benchmark reports: how methods stand on each cohort, as a page and as a chart."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import escape

import numpy as np
import pandas as pd

from matcher.evaluate.metrics import definitions_beside
from matcher.text import count_of

Goals = tuple[float, ...]

ROUNDING = 1e-9
"""Share by which floats may differ: objectives as close are one."""


@dataclass(frozen=True)
class Standing:
    """Methods that answered on a cohort, in the order of the table."""

    means: pd.DataFrame
    """Numbers by method, means over seeds."""
    goals: dict[str, Goals]
    """Mean of each tier by method."""
    missed: dict[str, int]
    """Seeds on which a method has no answer."""
    gap_on_some_only: frozenset[str]
    """Methods whose gap is known on some of their seeds, not on all."""

    @property
    def best_goals(self) -> Goals:
        """What the best method achieves of the tiers, the first counting most."""
        return max((self.goals[name] for name in self.steady), default=())

    @property
    def steady(self) -> list[str]:
        """Methods that answered on most seeds: means over others cannot be compared with theirs."""
        least = min((self.missed[name] for name in self.goals), default=0)
        return [name for name in self.goals if self.missed[name] == least]

    @property
    def best(self) -> str:
        """The method with the largest objective among those with the best tiers."""
        at_best = [name for name in self.steady if self.goals[name] == self.best_goals]
        objective = self.means["objective"]
        return max(at_best, key=lambda name: float(objective[name]), default="")

    @property
    def leaders(self) -> list[str]:
        """Methods that reach the objective of the best one at the best tiers, itself included."""
        objective = self.means["objective"]
        at_best = [name for name in self.steady if self.goals[name] == self.best_goals]
        if not at_best:
            return []
        least = float(objective[self.best]) - ROUNDING * abs(float(objective[self.best]))
        return [name for name in at_best if float(objective[name]) >= least]

    @property
    def shares(self) -> dict[str, float]:
        """Objective of each method as a share of the best one's; 0 where that is not positive."""
        if not self.best:
            return {}
        top = float(self.means["objective"][self.best])
        return {
            str(name): float(value) / top if top > 0 else 0.0
            for name, value in self.means["objective"].items()
        }


def standing_of(rows: pd.DataFrame) -> Standing:
    """Return the standing of the methods in the rows of one cohort."""
    ran = rows[rows["objective"].notna()]
    numbers = ran.drop(columns=["cohort", "tier", "note"], errors="ignore")
    goals = {
        str(method): tuple(np.mean([_tiers_in(tier) for tier in group], axis=0).tolist())
        for method, group in ran.groupby("method", sort=False)["tier"]
    }
    seeds = rows["seed"].nunique()
    answered = ran.groupby("method", sort=False)["seed"].nunique()
    missed = {
        str(method): int(seeds - answered.get(method, 0)) for method in rows["method"].unique()
    }
    gaps = ran["gap"].notna().groupby(ran["method"])
    some = gaps.any() & ~gaps.all()
    return Standing(
        numbers.groupby("method", sort=False).mean(),
        goals,
        missed,
        frozenset(str(method) for method in some.index[some]),
    )


def _tiers_in(tier: object) -> list[float]:
    """Return the numbers of a cell of the column `tier`."""
    return [float(part) for part in str(tier).split(";") if part not in ("", "nan")]


BENCH_DEFINITIONS = definitions_beside(__file__, "bench_columns.toml")
"""What `matcher bench` adds."""


PERCENT = {"gap", "matched_share", "stability_rate", "price_of_fairness"}
SHOWN_MEANS = (
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
    shown = [
        name for name in SHOWN_MEANS if name in found.means and found.means[name].notna().any()
    ]
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


WIDTH, ROW, TOP_MARGIN = 860, 22, 84
QUALITY = (130, 440)
"""Where the axis of the objective begins and ends."""
TIME = (540, 770)
"""Where the axis of seconds begins and ends."""
INK, RULE, DOT = "#1b2733", "#d5d9de", "#1f5f8b"


def as_svg(table: pd.DataFrame) -> str:
    """Return a dot chart with a row a method: objective as a share of the best, and seconds.

    The best is the largest objective at the best tiers. A hollow dot is an answer that misses some
    of what counts first, whatever its objective.
    """
    groups = [
        (str(cohort), standing_of(rows)) for cohort, rows in table.groupby("cohort", sort=False)
    ]
    height = TOP_MARGIN + sum(ROW * (len(found.missed) + 2) for _, found in groups)
    parts = [*_frame(height)]
    quality, time = _quality_axis(groups), _time_axis(groups)
    y = TOP_MARGIN
    for cohort, found in groups:
        parts.append(f'<text x="12" y="{y}" font-weight="bold">{escape(cohort)}</text>')
        y += ROW
        for method in found.missed:
            parts += _row(found, method, y, quality, time)
            y += ROW
        y += ROW
    return "\n".join([*parts, "</svg>"]) + "\n"


def _frame(height: int) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img" font-family="sans-serif" font-size="12" '
        f'fill="{INK}">'
    )
    yield "<title>Objective of each method as a share of the best, and its seconds</title>"
    yield '<rect width="100%" height="100%" fill="#ffffff"/>'
    yield (
        f'<text x="{QUALITY[0]}" y="24" font-size="14">Objective, share of the best at the best '
        "tiers</text>"
    )
    yield f'<text x="{TIME[0]}" y="24" font-size="14">Seconds, logarithmic</text>'
    yield f'<circle cx="{QUALITY[0] + 5}" cy="40" r="4.5" fill="none" stroke="{DOT}"/>'
    yield (
        f'<text x="{QUALITY[0] + 16}" y="44">misses some of the tiers, which count before the '
        "objective</text>"
    )


def _quality_axis(groups: list[tuple[str, Standing]]) -> Callable[[float], float]:
    top = max([1.0, *(share for _, found in groups for share in found.shares.values())])
    start, end = QUALITY

    def place(share: float) -> float:
        return start + (end - start) * max(0.0, share) / top

    return place


def _time_axis(groups: list[tuple[str, Standing]]) -> Callable[[float], float]:
    seconds = [value for _, found in groups for value in found.means["seconds"]]
    low = np.log10(max(1e-4, min(seconds, default=0.1)))
    span = max(1e-9, np.log10(max(1e-4, max(seconds, default=1.0))) - low)
    start, end = TIME

    def place(value: float) -> float:
        return float(start + (end - start) * (np.log10(max(1e-4, value)) - low) / span)

    return place


def _row(
    found: Standing,
    method: str,
    y: int,
    quality: Callable[[float], float],
    time: Callable[[float], float],
) -> Iterator[str]:
    yield f'<text x="24" y="{y}">{escape(method)}</text>'
    if method not in found.shares:
        yield f'<text x="{QUALITY[0]}" y="{y}" fill="#6b7682">no answer</text>'
        return
    share, seconds = found.shares[method], float(found.means["seconds"][method])
    some = " (some seeds)" if found.missed[method] else ""
    hollow = found.goals[method] != found.best_goals
    yield _rule(QUALITY, y)
    yield _dot(quality(share), y, hollow=hollow)
    yield f'<text x="{QUALITY[1] + 14}" y="{y}">{100 * share:.1f} %{some}</text>'
    yield _rule(TIME, y)
    yield _dot(time(seconds), y, hollow=False)
    yield f'<text x="{TIME[1] + 14}" y="{y}">{seconds:.3g} s</text>'


def _rule(span: tuple[int, int], y: int) -> str:
    return f'<line x1="{span[0]}" x2="{span[1]}" y1="{y - 4}" y2="{y - 4}" stroke="{RULE}"/>'


def _dot(x: float, y: int, *, hollow: bool) -> str:
    fill = "#ffffff" if hollow else DOT
    return f'<circle cx="{x:.1f}" cy="{y - 4}" r="5" fill="{fill}" stroke="{DOT}"/>'
