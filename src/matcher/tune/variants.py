"""The same cohort under a config that differs a little, without comparing people anew."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import ValidationError

from matcher.config import Config
from matcher.errors import ConfigError, Finding
from matcher.problem.capacities import LoadRule
from matcher.problem.co_mentoring import co_mentoring
from matcher.problem.held_scores import hold_if_small
from matcher.problem.instance import CohortScores, Instance, build, relation_factor
from matcher.scoring.pair_scores import PairScores

if TYPE_CHECKING:
    from matcher.problem.problem import Floats

PORTFOLIO_KEYS = ("coverage", "second_cover", "redundancy", "min_gain")
"""Values of ``[portfolio]`` that change the problem's numbers but not its shape."""


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
