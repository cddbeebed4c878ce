"""Figures of realised outcome, and of learned weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import t as student

if TYPE_CHECKING:
    import pandas as pd

    from results import Results

POLICIES = {
    "joint": "joint portfolios",
    "one": "one-to-one",
    "rounds": "rounds, one mentor at a time",
    "sum": "sum of scores, no coverage",
    "random": "random",
}
CONTRASTS = {
    "portfolios": ("joint", "one"),
    "joint": ("joint", "rounds"),
    "coverage": ("joint", "sum"),
    "chosen": ("one", "random"),
}
SCENARIOS = {
    "published": "as published",
    "none": "coverage has no effect",
    "doubled": "coverage doubled",
    "dear": "further mentors cost dearly",
    "little": "further mentors bring little",
}


def interval(
    results: Results, contrast: str, family: str, scenario: str = "published"
) -> tuple[float, float, float]:
    """Return mean and 95 % t-interval of a paired difference over cohorts."""
    first, second = (_outcomes(results, policy, family, scenario) for policy in CONTRASTS[contrast])
    difference = (first["outcome"] - second["outcome"]).to_numpy()
    n = len(difference)
    half = float(student.ppf(0.975, n - 1) * difference.std(ddof=1) / np.sqrt(n))
    mean = float(difference.mean())
    return mean, mean - half, mean + half


def families(results: Results) -> list[str]:
    """Return the families in the order of the results."""
    return list(results.realised["family"].unique())


def gain(results: Results, contrast: str, family: str, scenario: str = "published") -> str:
    """Return a difference with its interval."""
    mean, low, high = interval(results, contrast, family, scenario)
    return f"{mean:+.3f} ({low:+.3f} to {high:+.3f})"


def gains(results: Results, contrast: str) -> str:
    """Return the least and the largest difference over families."""
    means = sorted(interval(results, contrast, family)[0] for family in families(results))
    return f"{means[0]:+.3f} to {means[-1]:+.3f}"


def more(results: Results, family: str) -> str:
    """Return by how much portfolios are ahead, as a share of what one mentor gives."""
    alone = float(_outcomes(results, "one", family, "published")["outcome"].mean())
    return f"{100 * interval(results, 'portfolios', family)[0] / alone:.0f} %"


def tenth(results: Results, policy: str, family: str) -> str:
    """Return the mean outcome of the worst-off tenth."""
    return f"{_outcomes(results, policy, family, 'published')['worst_decile'].mean():.3f}"


def cohorts(results: Results) -> str:
    """Return the number of cohorts a family."""
    return str(results.realised["seed"].nunique())


def tuned(results: Results, count: str) -> str:
    """Return the mean error of weights learned from a number of outcomes."""
    table = results.tuning
    return f"{table.loc[table['outcomes'] == int(count), 'learned_error'].mean():.2f}"


def untuned(results: Results) -> str:
    """Return the error of the default weights."""
    return f"{results.tuning['default_error'].mean():.2f}"


def _outcomes(results: Results, policy: str, family: str, scenario: str) -> pd.DataFrame:
    table = results.realised
    rows = table[
        (table["policy"] == POLICIES[policy])
        & (table["family"] == family)
        & (table["scenario"] == SCENARIOS[scenario])
    ]
    return rows.set_index("seed").sort_index()


GAINS = {
    "gain": gain,
    "gains": gains,
    "more": more,
    "tenth": tenth,
    "cohorts": cohorts,
    "tuned": tuned,
    "untuned": untuned,
}
