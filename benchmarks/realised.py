"""What a match is truly worth: ``python benchmarks/realised.py [--seeds N]``.

How much better are portfolios than one-to-one, joint than sequential, coverage than the sum of
scores, and when are they not? Every policy matches the same synthetic cohorts from the tables
alone; the outcome model of ``matcher.lab.synthetic.outcome``, which no policy knows, judges
them. The same matches are judged under several assumptions on effect sizes. Writes
``benchmarks/results/realised-<date>.csv``, ``.md`` and ``.svg``.
"""

from __future__ import annotations

import argparse
import datetime
import sys
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

import numpy as np
import pandas as pd

from matcher.arrays import present
from matcher.errors import MatcherError
from matcher.lab.judge import PREFIX, BenchSource, open_bench_source
from matcher.lab.synthetic import DEFAULT_EFFECTS, Effects, expected_outcome
from matcher.pipeline import build, solve_instance
from matcher.solver.solution import Reason

RESULTS = Path(__file__).parent / "results"
FAMILIES = ("small", "nihr", "scarce", "contested", "plentiful", "reciprocal", "sponsors")


@dataclass(frozen=True)
class Policy:
    """One way to match a programme."""

    name: str
    overrides: tuple[str, ...] = ()
    method: str = "auto"


PORTFOLIO = "joint portfolios"
ONE_TO_ONE = "one-to-one"
SEQUENTIAL = "rounds, one mentor at a time"
SCORE_SUM = "sum of scores, no coverage"
RANDOM = "random"

POLICIES = (
    Policy(PORTFOLIO),
    Policy(ONE_TO_ONE, ("portfolio.max_size=1", "portfolio.limit=1")),
    Policy(SEQUENTIAL, method="sequential"),
    Policy(SCORE_SUM, ("portfolio.coverage=0.0", "portfolio.redundancy=0.0")),
    Policy(RANDOM, method="random"),
)

CONTRASTS = (
    ("portfolios against one-to-one", PORTFOLIO, ONE_TO_ONE),
    ("joint against rounds", PORTFOLIO, SEQUENTIAL),
    ("coverage against score sum", PORTFOLIO, SCORE_SUM),
    ("one-to-one against random", ONE_TO_ONE, RANDOM),
)

SCENARIOS: dict[str, Effects] = {
    "as published": DEFAULT_EFFECTS,
    "coverage has no effect": replace(DEFAULT_EFFECTS, coverage=0.0),
    "coverage doubled": replace(DEFAULT_EFFECTS, coverage=2 * DEFAULT_EFFECTS.coverage),
    "further mentors cost dearly": replace(DEFAULT_EFFECTS, overhead=0.15),
    "further mentors bring little": replace(DEFAULT_EFFECTS, further=0.1, coverage=0.0),
}


def main() -> int:
    """Match, judge, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--families", nargs="*", default=list(FAMILIES))
    parser.add_argument("--time-limit", type=float, default=20.0)
    options = parser.parse_args()
    rows = [
        row
        for name in options.families
        for seed in range(options.seeds)
        for row in judged(name, seed, options.time_limit)
    ]
    table = pd.DataFrame(rows)
    contrasts = contrast_table(table)
    RESULTS.mkdir(exist_ok=True)
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    base = RESULTS / f"realised-{today}.csv"
    table.to_csv(base, index=False, lineterminator="\n")
    base.with_suffix(".md").write_text(as_markdown(table, contrasts), encoding="utf-8")
    base.with_suffix(".svg").write_text(as_svg(contrasts), encoding="utf-8")
    print(f"written to {base}")
    return 0


def judged(name: str, seed: int, time_limit: float) -> list[dict[str, object]]:
    """Match one cohort by every policy and judge each under every scenario."""
    rows = []
    for policy in POLICIES:
        source = open_bench_source(f"{PREFIX}{name}", seed=seed, overrides=policy.overrides)
        pairs = matched(source, policy, seed, time_limit)
        if pairs is None:
            continue
        print(f"{name}, seed {seed}, {policy.name}: {len(pairs)} matches", flush=True)
        for scenario, effects in SCENARIOS.items():
            rows.append(
                {"family": name, "seed": seed, "policy": policy.name, "scenario": scenario}
                | _outcome(source, pairs, effects)
            )
    return rows


def matched(
    source: BenchSource, policy: Policy, seed: int, time_limit: float
) -> pd.DataFrame | None:
    """Return the pairs of ids that a policy makes, None where it makes no answer in time."""
    instance = build(source.cohort, source.config)
    try:
        solution = solve_instance(instance, method=policy.method, seed=seed, time_limit=time_limit)
    except MatcherError as error:
        print(f"{policy.name}: {error}", file=sys.stderr)
        return None
    if solution.termination.reason not in (Reason.OPTIMAL, Reason.FEASIBLE):
        print(f"{policy.name}: {solution.termination.detail}", file=sys.stderr)
        return None
    mentee = source.cohort.mentees["person_id"].to_numpy()[solution.pairs[:, 0]]
    mentor = source.cohort.mentors["person_id"].to_numpy()[solution.pairs[:, 1]]
    return pd.DataFrame({"mentee_id": mentee, "mentor_id": mentor})


def _outcome(source: BenchSource, pairs: pd.DataFrame, effects: Effects) -> dict[str, float]:
    truth = present(source.truth)
    result = expected_outcome(truth.people, pairs, effects=effects)
    expected = result["expected"].to_numpy()
    return {
        "outcome": float(expected.mean()),
        "worst_decile": float(np.sort(expected)[: int(np.ceil(len(expected) / 10))].mean()),
        "matched_share": float((result["n_mentors"] > 0).mean()),
        "mentors": float(result["n_mentors"].mean()),
        "coverage": float(result["coverage"].mean()),
    }


def contrast_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return paired differences by family and scenario: mean over seeds, 95 % t-interval."""
    from scipy.stats import t as student

    wide = table.pivot_table(
        index=["scenario", "family", "seed"], columns="policy", values="outcome"
    )
    rows = []
    for label, first, second in CONTRASTS:
        difference = (wide[first] - wide[second]).dropna()
        for (scenario, name), group in difference.groupby(level=["scenario", "family"], sort=False):
            n = len(group)
            spread = float(group.std(ddof=1)) / np.sqrt(n) if n > 1 else np.nan
            half = float(student.ppf(0.975, n - 1)) * spread if n > 1 else np.nan
            mean = float(group.mean())
            rows.append((label, scenario, name, n, mean, mean - half, mean + half))
    columns = ["contrast", "scenario", "family", "seeds", "difference", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def as_markdown(table: pd.DataFrame, contrasts: pd.DataFrame) -> str:
    """Return the tables: outcome by policy, then the contrasts a scenario."""
    published = table[table["scenario"] == "as published"]
    means = published.groupby(["family", "policy"], sort=False)[
        ["outcome", "worst_decile", "matched_share", "mentors", "coverage"]
    ].mean()
    lines = [
        "# Realised outcome",
        "",
        "Standard deviations of development against no mentor; means over seeds, without luck.",
        "Cohorts, outcome model and its sources: `matcher.lab.synthetic`.",
        "",
        "| Family | Policy | Outcome | Worst tenth | Matched | Mentors | True cover |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for (name, policy), row in means.iterrows():
        lines.append(
            f"| {name} | {policy} | {row['outcome']:.3f} | {row['worst_decile']:.3f} "
            f"| {100 * row['matched_share']:.0f} % | {row['mentors']:.2f} | {row['coverage']:.3f} |"
        )
    for scenario, rows in contrasts.groupby("scenario", sort=False):
        lines += ["", f"## Differences where {scenario}", ""]
        lines += ["| Contrast | Family | Difference | 95 % interval |", "|---|---|---:|---:|"]
        lines += [
            f"| {row.contrast} | {row.family} | {row.difference:+.3f} "
            f"| {row.low:+.3f} to {row.high:+.3f} |"
            for row in rows.itertuples()
        ]
    return "\n".join(lines) + "\n"


LEFT, SPAN, ROW = 190, 250, 20


def as_svg(contrasts: pd.DataFrame) -> str:
    """Return a forest plot: families down, the first three contrasts across, as published."""
    shown = contrasts[contrasts["scenario"] == "as published"]
    labels = [label for label, _, _ in CONTRASTS[:3]]
    names = list(dict.fromkeys(shown["family"]))
    reach = float(np.nanmax(np.abs(shown[shown["contrast"].isin(labels)][["low", "high"]])))
    reach = reach if np.isfinite(reach) and reach > 0 else 1.0
    height, width = 90 + ROW * len(names), LEFT + (SPAN + 20) * len(labels)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        'font-family="sans-serif" font-size="12">',
        "<title>Difference in realised outcome between policies, by family of cohorts</title>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        '<text x="12" y="22" font-size="15">Difference in realised outcome (standard deviations), '
        "95 % intervals over seeds</text>",
    ]
    for k, name in enumerate(names):
        parts.append(f'<text x="12" y="{74 + ROW * k}">{escape(name)}</text>')
    for column, label in enumerate(labels):
        rows = shown[shown["contrast"] == label].set_index("family")
        parts += _panel(label, rows, names, reach, LEFT + column * (SPAN + 20))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(label: str, rows: pd.DataFrame, names: list[str], reach: float, left: int) -> list[str]:
    middle = left + SPAN / 2

    def at(value: float) -> float:
        return middle + value / reach * (SPAN / 2 - 40)

    bottom = 64 + ROW * len(names)
    parts = [
        f'<text x="{left}" y="48" font-weight="bold">{escape(label)}</text>',
        f'<line x1="{middle}" x2="{middle}" y1="56" y2="{bottom}" stroke="#8a94a0"/>',
    ]
    for k, name in enumerate(names):
        if name not in rows.index:
            continue
        y = 70 + ROW * k
        mean, low, high = (float(rows.loc[name, key]) for key in ("difference", "low", "high"))
        if np.isfinite(low):
            parts.append(
                f'<line x1="{at(low):.1f}" x2="{at(high):.1f}" y1="{y}" y2="{y}" '
                'stroke="#1f5f8b" stroke-width="2"/>'
            )
        parts.append(f'<circle cx="{at(mean):.1f}" cy="{y}" r="4" fill="#1f5f8b"/>')
        parts.append(f'<text x="{left + SPAN - 38}" y="{y + 4}" font-size="11">{mean:+.3f}</text>')
    return parts


if __name__ == "__main__":
    sys.exit(main())
