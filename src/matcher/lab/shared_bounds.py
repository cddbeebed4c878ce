"""What rows of one cohort and seed say about each other: gaps to a common bound, and prices."""

from dataclasses import replace

import numpy as np
import pandas as pd

from matcher.errors import MatcherError
from matcher.evaluate.quality import price_of_fairness
from matcher.pipeline import Instance, solve_instance
from matcher.problem.problem import Assignment, Fairness
from matcher.problem.value import evaluate, inverse_utility
from matcher.solver.solution import Bounds

ROUNDING = 1e-9
"""Share by which floats may differ: an objective above a bound by no more equals it."""


def with_shared_gaps(rows: pd.DataFrame, fairness: Fairness, n: int) -> pd.DataFrame:
    """Fill the gap of methods without a bound from the least bound of the same cohort and tiers.

    Only answers with the same tier values are compared: a bound holds for one level of the tiers.
    The gap is that of ``summary.json`` at this fairness with `n` mentees. An objective above the
    bound of another method has a gap below 0: one of the two is wrong, and nobody is to overlook
    it.
    """
    if "tier" not in rows:
        return rows
    least = rows.groupby("tier")["bound"].transform("min")
    shared = [
        _gap(objective, bound, fairness, n)
        for objective, bound in zip(rows["objective"], least, strict=True)
    ]
    return rows.assign(gap=rows["gap"].fillna(pd.Series(shared, index=rows.index)))


def _gap(objective: float, bound: float, fairness: Fairness, n: int) -> float:
    if not np.isfinite(bound) or not np.isfinite(objective):
        return np.nan
    if abs(objective - bound) <= ROUNDING * max(abs(objective), abs(bound)):
        return 0.0
    if fairness in (0.0, "max-min"):
        return Bounds(objective, bound).gap
    reached, most = inverse_utility(np.array([objective, bound]) / n, fairness).tolist()
    return float(1.0 - reached / most) if most > 0 else 0.0


def with_prices(rows: pd.DataFrame, best_mean: float = np.nan) -> pd.DataFrame:
    """Add what each answer gives up of the largest sum of values that is known.

    Known are the answers of the rows, and `best_mean`: the mean of the answer without fairness.
    """
    if "mean_value" not in rows:
        return rows
    best = np.nanmax([best_mean, rows["mean_value"].max()])
    prices = [price_of_fairness(best, np.array([mean])) for mean in rows["mean_value"]]
    return rows.assign(price_of_fairness=prices)


def mean_without_fairness(instance: Instance, seed: int, time_limit: float) -> float:
    """Return the mean value of the best answer at fairness 0; nan where that is the goal anyway."""
    problem = instance.problem
    if problem.fairness == 0.0:
        return np.nan
    plain = replace(instance, problem=replace(problem, fairness=0.0))
    try:
        solution = solve_instance(plain, method="auto", seed=seed, time_limit=time_limit)
    except MatcherError:
        return np.nan
    answer = Assignment.of(solution.pairs, solution.reciprocal)
    return float(evaluate(problem, answer).value.mean()) if len(answer) else np.nan
