"""How much each weight matters: re-solve with one value changed at a time."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from matcher.config import Config
from matcher.observe import SILENT, Observer
from matcher.problem.instance import Instance
from matcher.problem.problem import Assignment, Bools, Floats, Problem
from matcher.problem.value import evaluate, tier_values, welfare
from matcher.solver.solution import Solution
from matcher.tune.variants import solve_variant, vary, with_values

FACTORS = (0.5, 0.75, 1.25, 1.5)
QUARTER = (0.75, 1.25)
"""Changes that a robust pair survives."""
KEYS = (
    "portfolio.coverage",
    "portfolio.second_cover",
    "portfolio.redundancy",
    "objective.fairness",
)
"""Values that are varied beside the weights."""
HIGHEST = {"objective.fairness": 3.0}
"""Ends of ranges other than [0, 1]."""
TIED = 1e-9
"""Relative difference of objectives below which two matches are equally good."""
COLUMNS = ["feature", "factor", "share_pairs_changed", "d_objective", "d_min_value", "d_coverage"]


@dataclass(frozen=True)
class Variant:
    """One value of the config times a factor."""

    name: str
    """A feature's name, or the last part of a key."""
    key: str
    factor: float
    config: Config
    is_same: bool
    """Whether the value stays what it was, such as 0 times anything."""


@dataclass(frozen=True)
class Sensitivity:
    """What changes with each value."""

    table: pd.DataFrame
    """``feature, factor, share_pairs_changed, d_objective, d_min_value, d_coverage``: each
    re-solved match judged by the config given, less the match of the config given."""
    fragile: pd.DataFrame
    """``mentee_id, mentor_id, robust, changed_by``: the pairs of the config given, and what makes
    them change (factors of a quarter)."""


def variants(config: Config, factors: tuple[float, ...] = FACTORS) -> Iterator[Variant]:
    """Yield each weight and each of `KEYS` times each factor, within the ranges of the config."""
    weights = {f"features.{f.name}.weight": f.weight for f in config.features}
    alone = sum(weight > 0 for weight in weights.values()) == 1
    values: dict[str, float] = dict(weights)
    for key in KEYS:
        section, name = key.split(".")
        value = getattr(getattr(config, section), name)
        if not isinstance(value, str):
            values[key] = value
    for key, value in values.items():
        most = np.inf if key in weights else HIGHEST.get(key, 1.0)
        for factor in factors:
            new = min(value * factor, most)
            name = key.split(".")[1] if key in weights else key.split(".")[-1]
            same = new == value or (key in weights and alone)
            changed = config if same else with_values(config, {key: new})
            yield Variant(name, key, factor, changed, same)


def sensitivity(
    instance: Instance,
    *,
    factors: tuple[float, ...] = FACTORS,
    solution: Solution | None = None,
    observer: Observer = SILENT,
) -> Sensitivity:
    """Re-solve a cohort with each weight and each main value of the objective changed.

    Parameters
    ----------
    instance
        Cohort and config as given.
    factors
        By which each value is multiplied, one at a time.
    solution
        Of the instance; None: it is solved first.
    observer
        Told which value is varied.

    Raises
    ------
    NoSolutionError, InfeasibleError
        Where there is no match, be it for lack of time.
    """
    base = solution or solve_variant(instance)
    pairs = _keys(base, instance)
    survived = np.ones(len(base.pairs), dtype=bool)
    changed_by: list[list[str]] = [[] for _ in base.pairs]
    before = _judge(instance, base)
    rows = []
    for variant in variants(instance.config, factors):
        observer.on_phase(f"{variant.name} x {variant.factor:g}")
        found = base if variant.is_same else _solve_from(base, vary(instance, variant.config))
        kept = np.isin(pairs, _keys(found, instance))
        after = _judge(instance, found)
        share = float((~kept).mean()) if len(kept) else 0.0
        rows.append((variant.name, variant.factor, share, *(after - before).tolist()))
        if variant.factor in QUARTER:
            survived &= kept
            for k in np.flatnonzero(~kept).tolist():
                changed_by[k].append(f"{variant.name} x {variant.factor:g}")
    table = pd.DataFrame(rows, columns=COLUMNS)
    return Sensitivity(table, _fragile(instance, base, survived, changed_by))


def robust_pairs(instance: Instance, solution: Solution, observer: Observer = SILENT) -> Bools:
    """Return which pairs of a solution survive every single change by a quarter: (k,)."""
    found = sensitivity(instance, factors=QUARTER, solution=solution, observer=observer)
    return found.fragile["robust"].to_numpy(dtype=bool)


def _solve_from(base: Solution, changed: Instance) -> Solution:
    """Return the best match of a changed instance: `base` itself where none is better.

    Better by less than what the proof of `base` left open is no change of the weights' making.
    """
    found = solve_variant(changed, base)
    return base if _as_good(changed.problem, base, found) else found


def _as_good(problem: Problem, base: Solution, found: Solution) -> bool:
    (tiers, worth), (best_tiers, best) = (_rank(problem, one) for one in (base, found))
    left_open = base.gap if np.isfinite(base.gap) else 0.0
    tied = tiers == best_tiers and worth >= best - (TIED + left_open) * abs(best)
    return tied or tiers > best_tiers


def _rank(problem: Problem, solution: Solution) -> tuple[tuple[float, ...], float]:
    """Return what counts before welfare, with max-min also the least value, and welfare."""
    chosen = Assignment.of(solution.pairs, solution.reciprocal)
    first = [value for _, value in tier_values(problem, chosen)]
    if problem.fairness == "max-min":
        served = np.unique(chosen.pairs[:, 0])
        values = evaluate(problem, chosen).value[served]
        first.append(round(float(values.min(initial=np.inf)), 9))
    return tuple(first), welfare(problem, chosen)


def _keys(
    solution: Solution, instance: Instance
) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return solution.pairs[:, 0] * instance.problem.n_mentors + solution.pairs[:, 1]


def _judge(instance: Instance, solution: Solution) -> Floats:
    """Return objective, least value and mean coverage of a match, judged by the config given."""
    chosen = Assignment.of(solution.pairs, solution.reciprocal)
    values = evaluate(instance.problem, chosen)
    covered = np.zeros(1)
    if values.facet_cover.shape[1]:
        covered = (instance.needs * values.facet_cover).sum(axis=1)
    least = float(values.value.min()) if len(values.value) else 0.0
    return np.array([welfare(instance.problem, chosen), least, float(covered.mean())])


def _fragile(
    instance: Instance, base: Solution, survived: Bools, changed_by: list[list[str]]
) -> pd.DataFrame:
    cohort = instance.cohort
    return pd.DataFrame(
        {
            "mentee_id": [cohort.mentee_index.ids[i] for i in base.pairs[:, 0].tolist()],
            "mentor_id": [cohort.mentor_index.ids[j] for j in base.pairs[:, 1].tolist()],
            "robust": survived,
            "changed_by": ["; ".join(names) for names in changed_by],
        }
    )
