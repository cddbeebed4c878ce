"""The same cohort under a config that differs a little: built and solved without starting anew."""

from dataclasses import replace
from typing import Any

import numpy as np
from pydantic import ValidationError

from matcher.config import Config
from matcher.errors import ConfigError, Finding
from matcher.pipeline import raise_without_answer, solve_instance
from matcher.problem.co_mentoring import co_mentoring
from matcher.problem.instance import CohortScores, Instance, build, relation_factor
from matcher.problem.problem import Floats
from matcher.problem.stated_amounts import LoadRule
from matcher.scoring.pair_scores import PairScores, hold_if_small
from matcher.solver.solution import Reason, Solution

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
    features = replace(instance.features, weights=_weights(config))
    scores = hold_if_small(PairScores(features, instance.candidates, config), config.solver)
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
    return replace(
        instance,
        config=config,
        features=features,
        pair_scores=scores,
        reciprocal=reciprocal,
        problem=problem,
    )


def _weights(config: Config) -> Floats:
    weights = np.array([feature.weight for feature in config.features], dtype=np.float64)
    return np.asarray(weights / weights.sum())


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
        again = solve_instance(instance, gap=gap)
        found = max(found, again, key=lambda one: one.objective)
    raise_without_answer(found, "raise solver.time_limit")
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
