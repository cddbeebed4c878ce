"""How fast learned weights come to the truth: error against the number of outcomes.

    python benchmarks/tuning_convergence.py

Outcomes are drawn from known weights that differ much from the default ones: success follows a
logistic curve of the pair score under the truth. Writes
``benchmarks/results/tuning_convergence.csv`` and ``docs/images/tuning_convergence.svg``; same
seeds, same bytes.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from matcher.config import Config
from matcher.tune.explore import scatter
from matcher.tune.weight_model import FeatureTable, Logistic, fit_weights

ROOT = Path(__file__).parents[1]
SIZES = (20, 50, 100, 200, 500, 1000, 2000, 5000)
SEEDS = range(10)
TRUTH = np.array([0.05, 0.05, 0.3, 0.3, 0.05, 0.2, 0.05, 0.0, 0.0, 0.0, 0.0])
STRENGTH = 12.0
"""Slope of the logistic curve: an AUC of about .85 of the true score."""
MISSING = 0.1


def outcomes(count: int, seed: int) -> tuple[FeatureTable, np.ndarray]:
    """Draw features of pairs and whether they succeeded."""
    config, rng = Config(), np.random.default_rng(seed)
    names = tuple(feature.name for feature in config.features)
    default = np.array([feature.weight for feature in config.features])
    default, neutral = default / default.sum(), np.array([f.neutral for f in config.features])
    values = rng.uniform(0, 1, (count, len(names)))
    answered = rng.random(values.shape) >= MISSING
    table = FeatureTable(names, default, np.where(answered, values, neutral), answered, neutral)
    chance = 1 / (1 + np.exp(-STRENGTH * (table.score(TRUTH) - 0.5)))
    return table, rng.random(count) < chance


def error(count: int, seed: int) -> tuple[float, float]:
    """Return the distance of learned and default weights from the truth, summed over features."""
    table, success = outcomes(count, seed)
    model = Logistic(table.design(), success, np.ones(count))
    learned = fit_weights(model, table.default, Config().tune.prior_strength)
    return float(np.abs(learned - TRUTH).sum()), float(np.abs(table.default - TRUTH).sum())


def main() -> None:
    """Measure, and write table and plot."""
    rows = [(n, seed, *error(n, seed)) for n in SIZES for seed in SEEDS]
    table = pd.DataFrame(rows, columns=["outcomes", "seed", "learned_error", "default_error"])
    results, images = ROOT / "benchmarks/results", ROOT / "docs/images"
    for folder in (results, images):
        folder.mkdir(parents=True, exist_ok=True)
    table.to_csv(results / "tuning_convergence.csv", index=False, lineterminator="\n")
    mean = table.groupby("outcomes")["learned_error"].mean()
    x = np.log10([*table["outcomes"], *mean.index])
    plot = scatter(
        x.tolist(),
        [*table["learned_error"], *mean],
        ["one draw"] * len(table) + ["mean"] * len(mean),
        title="Error of learned weights falls with the number of outcomes",
        labels=("outcomes", "sum of absolute errors of the weights"),
        colours={"one draw": "#b8b8b8", "mean": "#1f6f8b"},
        ticks={float(np.log10(n)): f"{n:,}" for n in SIZES},
    )
    (images / "tuning_convergence.svg").write_text(plot, encoding="utf-8", newline="\n")
    print(mean.round(3).to_string())


if __name__ == "__main__":
    main()
