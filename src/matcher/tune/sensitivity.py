"""How much each weight matters: re-solve with one value changed at a time.

The same cohort is built and solved under a config that differs a little without starting anew.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from matcher.config import Config
from matcher.errors import ConfigError, Finding
from matcher.explain.no_answer import raise_without_answer
from matcher.observe import SILENT, Observer
from matcher.pipeline import solve_instance
from matcher.problem.co_mentoring import co_mentoring
from matcher.problem.instance import CohortScores, Instance, build, relation_factor, with_fallbacks
from matcher.problem.problem import Assignment, Bools, Floats, Problem
from matcher.problem.stated_amounts import LoadRule
from matcher.problem.value import evaluate, tier_values, welfare
from matcher.scoring.pair_scores import PairScores, hold_if_small
from matcher.solver.solution import Reason, Solution
from matcher.tune.what_matters import what_matters

PORTFOLIO_KEYS = ("coverage", "second_cover", "redundancy", "min_gain")
"""Values of ``[portfolio]`` that change the problem's numbers but not its shape."""
SMALL = 200_000
"""Pairs up to which a match is solved to the end: what lies within the config's gap would look like
a change."""
CLOSE = 1e-6
"""Relative gap of such a solution."""


def vary(instance: Instance, config: Config) -> Instance:
    """Return the instance under another config.

    Where only weights, fairness and the values in `PORTFOLIO_KEYS` differ, features, candidates
    and audit are reused; else everything is built again. A previous run is not carried over.
    """
    if not _same_shape(instance.config, config):
        return build(instance.cohort, config)
    features = instance.features.reweighted(config)
    candidates = instance.candidates.weighed_by(features)
    scores = hold_if_small(PairScores(features, candidates, config), config.solver)
    loads = LoadRule.of(instance.cohort, config)
    reciprocal = co_mentoring(instance.candidates.reciprocal, scores, loads, config)
    factor, settings = relation_factor(config), config.portfolio
    size = settings.max_size
    problem = replace(
        instance.problem,
        scores=CohortScores(scores, factor, loads),
        reciprocal=reciprocal.items(factor),
        needs=None if instance.problem.needs is None else settings.coverage * instance.needs,
        second_cover=settings.second_cover,
        redundancy=2.0 * settings.redundancy / (size * (size - 1)) if size > 1 else 0.0,
        min_gain=settings.min_gain,
        fairness=config.objective.fairness,
    )
    varied = replace(
        instance,
        config=config,
        features=features,
        candidates=candidates,
        pair_scores=scores,
        reciprocal=reciprocal,
        problem=problem,
    )
    return with_fallbacks(varied, loads)


def _same_shape(old: Config, new: Config) -> bool:
    """Return whether the problem of `new` has the arrays of that of `old`."""
    if len(old.features) != len(new.features):
        return False
    features = tuple(
        after.model_copy(update={"weight": before.weight, "reason": before.reason})
        for before, after in zip(old.features, new.features, strict=True)
    )
    values = {key: getattr(old.portfolio, key) for key in PORTFOLIO_KEYS}
    fairness = {"fairness": old.objective.fairness}
    levelled = new.model_copy(
        update={
            "features": features,
            "portfolio": new.portfolio.model_copy(update=values),
            "objective": new.objective.model_copy(update=fairness),
        }
    )
    switched = any(
        (getattr(old.portfolio, key) > 0) != (getattr(new.portfolio, key) > 0)
        for key in ("coverage", "redundancy")
    )
    return levelled == old and not switched and any(f.weight > 0 for f in new.features)


def solve_variant(instance: Instance, start: Solution | None = None) -> Solution:
    """Solve an instance as its config says, small ones to the end.

    Parameters
    ----------
    instance
        A cohort under a config.
    start
        Solution of the same cohort under another config, whose prices are near.

    Raises
    ------
    NoSolutionError
        S_NO_SOLUTION where the time limit ends before the first match.
    InfeasibleError
        I_INFEASIBLE where forced pairs and hard rules contradict each other.
    """
    gap, shape = instance.config.solver.gap, instance.problem.scores.shape
    if shape[0] * shape[1] <= SMALL:
        gap = min(gap, CLOSE)
    found = solve_instance(instance, start=start, gap=gap)
    ended = found.termination
    is_open = ended.reason is Reason.FEASIBLE and not ended.limit and np.isfinite(found.gap)
    if start is not None and is_open and found.gap > instance.config.solver.gap:
        # Prices of another config can lead astray: what is not proved is sought anew.
        found = max(found, solve_instance(instance, gap=gap), key=lambda one: one.objective)
    raise_without_answer(instance, found, "raise solver.time_limit")
    return found


def value_at(config: Config, key: str) -> Any:
    """Return the value of a dotted key; a feature is addressed by its name.

    Raises
    ------
    ConfigError
        E_CONFIG where there is no such key.
    """
    parts = key.split(".")
    if parts[0] == "features" and len(parts) == 3:
        found = [getattr(f, parts[2], None) for f in config.features if f.name == parts[1]]
        value = found[0] if found else None
    else:
        value = config
        for part in parts:
            value = getattr(value, part, None) if part.isidentifier() else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        remedy = "name a key such as portfolio.coverage or features.need_fit.weight"
        raise ConfigError(Finding("E_CONFIG", f"{key} is no number of the config", remedy))
    return value


def with_values(config: Config, values: dict[str, float]) -> Config:
    """Return the config with other values at dotted keys, checked as if read from a file.

    Raises
    ------
    ConfigError
        E_CONFIG where a key does not exist or a value is out of its range.
    """
    tree = config.model_dump(mode="python")
    for key, value in values.items():
        old = value_at(config, key)
        parts = key.split(".")
        node: Any = tree
        if parts[0] == "features":
            node = next(block for block in tree["features"] if block["name"] == parts[1])
        else:
            for part in parts[:-1]:
                node = node[part]
        node[parts[-1]] = round(value) if isinstance(old, int) else value
    try:
        return Config.model_validate(tree)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        message = f"{where}: {error.errors()[0]['msg']}"
        raise ConfigError(
            Finding("E_CONFIG", message, "keep within the range of the key")
        ) from None


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
SENSITIVITY_COLUMNS = [
    "feature",
    "factor",
    "share_pairs_changed",
    "d_objective",
    "d_min_value",
    "d_coverage",
]


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
    told: tuple[str, ...] = ()
    """In words what pairs hang on, and what changes nothing and why."""


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
    table = pd.DataFrame(rows, columns=SENSITIVITY_COLUMNS)
    told = tuple(what_matters(instance, table))
    return Sensitivity(table, _fragile(instance, base, survived, changed_by), told)


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
        values = evaluate(problem, chosen).value[np.unique(chosen.pairs[:, 0])]
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
