"""Explore the config: a Pareto front over declared ranges, and the knee of it as a ready config."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from matcher.config import Config, dump_config
from matcher.config.sections import ExploreRange
from matcher.errors import ConfigError, Finding
from matcher.evaluate import churn, instance_metrics
from matcher.observe import SILENT, Observer
from matcher.problem.instance import Instance
from matcher.problem.problem import Assignment, Bools, Floats
from matcher.solver.solution import Solution
from matcher.tune.variants import solve_variant, value_at, vary, with_values

GOALS: dict[str, str] = {
    "mean_value": "maximize",
    "worst_decile_value": "maximize",
    "coverage": "maximize",
    "external_share": "maximize",
    "churn": "minimize",
}
"""What is weighed against each other; every goal is judged by the config given, not the trial's."""


@dataclass(frozen=True)
class Exploration:
    """Trials, the front, and the config at its knee."""

    trials: pd.DataFrame
    """One row a trial: ``trial``, the values tried, the goals, ``on_front``, ``chosen``."""
    config: Config
    reason: str

    @property
    def front(self) -> pd.DataFrame:
        """The trials that no other beats, those alike in every goal once, best mean value first."""
        front = self.trials[self.trials["on_front"]].sort_values(
            ["chosen", "trial"], ascending=[False, True], kind="stable"
        )
        front = front.drop_duplicates(list(GOALS)).sort_values(
            ["mean_value", "trial"], ascending=[False, True], kind="stable"
        )
        return front.drop(columns="on_front").reset_index(drop=True)

    @property
    def toml(self) -> str:
        """The chosen config with the reason in a comment."""
        return f"# {self.reason}\n{dump_config(self.config)}"


def explore(instance: Instance, *, seed: int = 0, observer: Observer = SILENT) -> Exploration:
    """Search the ranges of ``[[tune.explore]]`` with optuna.

    Parameters
    ----------
    instance
        Cohort and config; ``tune.trials`` and ``tune.sampler`` say how long and how.
    seed
        Of the sampler.
    observer
        Told of each trial.

    Raises
    ------
    ConfigError
        E_CONFIG where no range is declared or a range does not fit its key; E_EXTRA without optuna.
    """
    config = instance.config
    ranges = config.tune.explore
    _check_ranges(config, ranges)
    study = _study(config, seed)
    base = solve_variant(instance)
    start = {r.key: value_at(config, r.key) for r in ranges}
    whole = {key for key, value in start.items() if isinstance(value, int)}
    if all(r.low <= start[r.key] <= r.high for r in ranges):
        study.enqueue_trial(start)

    def objective(trial: Any) -> tuple[float, ...]:
        observer.on_phase(f"trial {trial.number + 1} of {config.tune.trials}")
        values = {r.key: _suggest(trial, r, whole=r.key in whole) for r in ranges}
        found = solve_variant(vary(instance, with_values(config, values)), base)
        return tuple(goals_of(instance, base, found).values())

    study.optimize(objective, n_trials=config.tune.trials)
    return _summarise(study, config, ranges)


def _suggest(trial: Any, one: ExploreRange, *, whole: bool) -> float:
    """Return a value of the range; a key that counts something takes whole numbers only."""
    if whole:
        return int(trial.suggest_int(one.key, math.ceil(one.low), math.floor(one.high)))
    return float(trial.suggest_float(one.key, one.low, one.high))


def _check_ranges(config: Config, ranges: tuple[ExploreRange, ...]) -> None:
    remedy = "declare [[tune.explore]] with key, low and high, such as portfolio.coverage, 0.2, 0.8"
    if not ranges:
        raise ConfigError(Finding("E_CONFIG", "there is nothing to explore", remedy))
    for one in ranges:
        if not one.low < one.high:
            raise ConfigError(Finding("E_CONFIG", f"{one.key}: low is not below high", remedy))
        if isinstance(value_at(config, one.key), int) and one.high < math.ceil(one.low):
            raise ConfigError(Finding("E_CONFIG", f"{one.key}: no whole number in it", remedy))
        for end in (one.low, one.high):
            with_values(config, {one.key: end})
    if len({one.key for one in ranges}) < len(ranges):
        raise ConfigError(Finding("E_CONFIG", "a key has two ranges", "declare each key once"))


def _study(config: Config, seed: int) -> Any:
    try:
        import optuna
    except ImportError:
        remedy = "pip install 'mentor-matcher[tune]'"
        raise ConfigError(Finding("E_EXTRA", "exploring needs optuna", remedy)) from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    if config.tune.sampler == "tpe":
        sampler: Any = optuna.samplers.TPESampler(seed=seed)
    else:
        sampler = optuna.samplers.NSGAIISampler(seed=seed, population_size=20)
    ways: Any = list(GOALS.values())
    return optuna.create_study(directions=ways, sampler=sampler)


def goals_of(instance: Instance, base: Solution, found: Solution) -> dict[str, float]:
    """Return the goals of a match, judged by the instance's own config; 0 where undefined."""
    metrics = instance_metrics(instance, Assignment.of(found.pairs, found.reciprocal))
    old, new = (_pairs(one, instance) for one in (base, found))
    metrics["churn"] = churn(new, old)["churn"]
    return {name: float(np.nan_to_num(metrics.get(name, 0.0))) for name in GOALS}


def _pairs(solution: Solution, instance: Instance) -> list[tuple[str, str]]:
    cohort = instance.cohort
    ids = cohort.mentee_index.ids, cohort.mentor_index.ids
    return [(ids[0][i], ids[1][j]) for i, j in solution.pairs.tolist()]


def _summarise(study: Any, config: Config, ranges: tuple[ExploreRange, ...]) -> Exploration:
    trials = pd.DataFrame(
        [
            {"trial": one.number, **one.params, **dict(zip(GOALS, one.values, strict=True))}
            for one in study.trials
            if one.values is not None  # noqa: PD011 no frame
        ]
    )
    goals = trials[list(GOALS)].to_numpy(dtype=np.float64)
    gain = goals * np.array([1.0 if way == "maximize" else -1.0 for way in GOALS.values()])
    front = pareto_front(gain)
    is_given = trials["churn"].to_numpy() == 0.0
    new = front & ~is_given
    chosen = knee(gain, new if new.any() else front)
    trials["on_front"] = front
    trials["chosen"] = np.arange(len(trials)) == chosen
    values = {one.key: float(trials[one.key].iloc[chosen]) for one in ranges}
    on_front = bool((front & is_given).any())
    different = len(trials.loc[front, list(GOALS)].drop_duplicates())
    told = ", ".join(f"{name} {goals[chosen, k]:.4g}" for k, name in enumerate(GOALS))
    given = ", the match of the config given among them" if on_front else ""
    reason = (
        f"Trial {int(trials['trial'].iloc[chosen])} of {len(trials)}: of the Pareto front "
        f"({different} different{given}) the nearest to the best of every goal at once: {told}."
    )
    return Exploration(trials, with_values(config, values), reason)


def pareto_front(gain: Floats) -> Bools:
    """Return which points no other point beats: at least as good in all goals, better in one.

    Parameters
    ----------
    gain
        (t, goals), more is better.
    """
    at_least = (gain[:, None, :] >= gain[None, :, :]).all(axis=2)
    better = (gain[:, None, :] > gain[None, :, :]).any(axis=2)
    return np.asarray(~(at_least & better).any(axis=0), dtype=bool)


def knee(gain: Floats, front: Bools) -> int:
    """Return the point of the front nearest to the ideal, each goal scaled to the front's range.

    The match of the config given is no candidate where there are others: it has no churn, so it
    would win.
    """
    at = np.flatnonzero(front)
    low, high = gain[at].min(axis=0), gain[at].max(axis=0)
    spread = np.where(high > low, high - low, 1.0)
    distance = np.linalg.norm((high - gain[at]) / spread, axis=1)
    return int(at[distance.argmin()])
