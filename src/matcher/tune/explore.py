"""Explore the config: a Pareto front over declared ranges, and the knee of it as a ready config.

The front is drawn as an SVG scatter plot, which needs no plotting library.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from matcher.config import Config
from matcher.config.changes import dump_changes
from matcher.config.sections import ExploreRange
from matcher.errors import ConfigError, Finding
from matcher.evaluate import churn, instance_metrics
from matcher.observe import SILENT, Observer
from matcher.problem.instance import Instance
from matcher.problem.problem import Assignment, Bools, Floats
from matcher.solver.solution import Solution
from matcher.text import count_of
from matcher.tune.sensitivity import solve_variant, value_at, vary, with_values

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

    def toml(self, base: Config, extends: str) -> str:
        """Return the chosen config, the reason in a comment, as what it changes of another.

        Parameters
        ----------
        base
            The config that the text extends.
        extends
            Its name or path, as the text says it.
        """
        return f"# {self.reason}\n{dump_changes(base, self.config, extends)}"


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
        return tuple(_goals_of(instance, base, found).values())

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


def _goals_of(instance: Instance, base: Solution, found: Solution) -> dict[str, float]:
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
    before = goals[is_given][0] if is_given.any() else np.full(len(GOALS), np.nan)
    told = ", ".join(
        f"{name} {found:.4g}" + ("" if np.isnan(was) or name == "churn" else f" (was {was:.4g})")
        for name, found, was in zip(GOALS, goals[chosen], before, strict=True)
    )
    given = "; the match of the config given is one" if on_front else ""
    found = count_of(different, "match", "matches")
    reason = (
        f"Trial {int(trials['trial'].iloc[chosen])} of {len(trials)} comes nearest to the best of "
        f"every goal at once, of {found} that no other beats in all goals (the Pareto front"
        f"{given}): {told}."
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


WIDTH, HEIGHT, MARGIN = 560, 360, 56


def scatter(
    x: Sequence[float],
    y: Sequence[float],
    classes: Sequence[str],
    *,
    title: str,
    labels: tuple[str, str],
    colours: dict[str, str],
    ticks: Mapping[float, str] | None = None,
) -> str:
    """Return points by class as an SVG drawing.

    Parameters
    ----------
    x, y
        Positions of the points.
    classes
        Class of each point; later classes of `colours` are drawn above earlier ones.
    title, labels
        What the plot shows; what the axes are.
    colours
        Colour of each class; the order is that of the legend.
    ticks
        Where to mark the axis across, and how; None: at round numbers.
    """
    across, along = _axis(x), _axis(y)
    marks = _round_numbers(*across) if ticks is None else ticks
    points = [
        f'<circle cx="{_at(px, across, MARGIN, WIDTH - 16):.1f}" '
        f'cy="{_at(py, along, HEIGHT - MARGIN, 40):.1f}" r="4" fill="{colours[name]}"/>'
        for wanted in colours
        for px, py, name in zip(x, y, classes, strict=True)
        if name == wanted
    ]
    legend = [
        f'<circle cx="{MARGIN + 110 * k}" cy="32" r="4" fill="{colour}"/>'
        f'<text x="{MARGIN + 8 + 110 * k}" y="36">{escape(name)}</text>'
        for k, (name, colour) in enumerate(colours.items())
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'role="img" aria-label="{escape(title)}" font-family="sans-serif" font-size="11">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
            f'<text x="{MARGIN}" y="18" font-size="13">{escape(title)}</text>',
            *legend,
            *_frame(across, along, labels, marks),
            *points,
            "</svg>\n",
        ]
    )


def _axis(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values, default=0.0), max(values, default=1.0)
    pad = 0.05 * (high - low) or 0.5
    return low - pad, high + pad


def _at(value: float, axis: tuple[float, float], start: float, stop: float) -> float:
    return start + (value - axis[0]) / (axis[1] - axis[0]) * (stop - start)


def _frame(
    across: tuple[float, float],
    along: tuple[float, float],
    labels: tuple[str, str],
    marks: Mapping[float, str],
) -> list[str]:
    bottom, right = HEIGHT - MARGIN, WIDTH - 16
    lines = [
        f'<path d="M{MARGIN} 40V{bottom}H{right}" fill="none" stroke="#555"/>',
        f'<text x="{(MARGIN + right) / 2}" y="{HEIGHT - 12}" text-anchor="middle">'
        f"{escape(labels[0])}</text>",
        f'<text transform="translate(14 {bottom / 2}) rotate(-90)" text-anchor="middle">'
        f"{escape(labels[1])}</text>",
    ]
    lines += [
        f'<text x="{_at(value, across, MARGIN, right):.1f}" y="{bottom + 16}" '
        f'text-anchor="middle">{escape(word)}</text>'
        for value, word in marks.items()
    ]
    lines += [
        f'<text x="{MARGIN - 6}" y="{_at(value, along, bottom, 40) + 4:.1f}" '
        f'text-anchor="end">{word}</text>'
        for value, word in _round_numbers(*along).items()
    ]
    return lines


def _round_numbers(low: float, high: float) -> dict[float, str]:
    """Return two to six round numbers within an axis, with what to write there."""
    power = 10.0 ** math.floor(math.log10((high - low) / 5))
    step = next(m * power for m in (1, 2, 5, 10, 20) if (high - low) / (m * power) <= 5)
    first, last = math.ceil(low / step), math.floor(high / step)
    return {k * step: f"{k * step:.6g}" for k in range(first, last + 1)}
