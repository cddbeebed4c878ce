"""Methods side by side on the same problem: what each achieves, how fast, with what proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from matcher.bench.memory import Usage, measured
from matcher.bench.sources import Source, is_family, open_source
from matcher.cohort.synthetic import realised_outcome
from matcher.errors import ConfigError, Finding, MatcherError
from matcher.evaluate import instance_metrics
from matcher.observe import SILENT, Observer
from matcher.pipeline import build, solve_instance
from matcher.portfolio.problem import Assignment
from matcher.portfolio.value import tier_values, welfare
from matcher.solve.solution import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from matcher.pipeline import Instance
    from matcher.solve.solution import Solution

METHODS = ("portfolio", "flow", "cp-sat", "sequential", "stable", "greedy", "random")
"""Every method that is compared, the certified one first."""

LEADING = ("cohort", "method", "seed", "tier", "objective", "bound", "gap", "seconds", "peak_mb")
"""First columns of ``bench.csv``; the metrics follow, and `note` ends a row."""


@dataclass(frozen=True)
class Plan:
    """What to run."""

    sources: Sequence[str]
    methods: Sequence[str] = METHODS
    seeds: Sequence[int] = (0,)
    time_limit: float = 5.0
    """Seconds a method, cohort and seed."""
    config: str | Path | None = None
    overrides: Sequence[str] = ()


def check_methods(methods: Iterable[str]) -> None:
    """Refuse an unknown method: ConfigError E_CONFIG that lists the choices."""
    unknown = [method for method in methods if method not in METHODS]
    if unknown:
        message = f"there is no method {unknown[0]!r}"
        raise ConfigError(Finding("E_CONFIG", message, f"choose from {', '.join(METHODS)}"))


def compare_methods(plan: Plan, observer: Observer = SILENT) -> pd.DataFrame:
    """Run every method on every source and seed.

    Returns
    -------
    DataFrame
        Columns as in ``bench.csv``. `objective` is the welfare of the answer, whatever the method
        maximised; `tier` the achieved tiers joined by `;`. `bound` is the method's own proven one;
        `gap` compares the objective with it, or for a method without a bound with the least bound
        that another method proved on the same cohort, seed and tiers. A method that cannot run has
        a `note` that says why, and no figures.
    """
    check_methods(plan.methods)
    frames = []
    for source in plan.sources:
        instance: tuple[Source, Instance] | None = None
        for seed in plan.seeds:
            if instance is None or is_family(source):
                opened = open_source(
                    source, seed=seed, config=plan.config, overrides=plan.overrides
                )
                instance = opened, build(opened.cohort, opened.config)
            rows = []
            for method in plan.methods:
                observer.on_phase(f"{instance[0].name}, seed {seed}: {method}")
                rows.append(_row(*instance, method, seed, plan.time_limit))
            frames.append(with_shared_gaps(pd.DataFrame(rows)))
    return ordered(pd.concat(frames, ignore_index=True) if frames else pd.DataFrame())


def ordered(table: pd.DataFrame) -> pd.DataFrame:
    """Put the leading columns first, then the metrics, the note last."""
    rest = [name for name in table if name not in (*LEADING, "note")]
    return table.reindex(columns=[*LEADING, *rest, "note"])


def with_shared_gaps(rows: pd.DataFrame) -> pd.DataFrame:
    """Fill the gap of methods without a bound from the least bound of the same cohort and tiers.

    Only answers with the same tier values are compared: a bound holds for one level of the tiers.
    """
    if "bound" not in rows:
        return rows
    least = rows.groupby("tier")["bound"].transform("min")
    scale = pd.concat([least.abs(), rows["objective"].abs()], axis=1).max(axis=1)
    shared = ((least - rows["objective"]) / scale.where(scale > 0, 1.0)).clip(lower=0.0)
    return rows.assign(gap=rows["gap"].fillna(shared))


def _row(
    source: Source, instance: Instance, method: str, seed: int, time_limit: float
) -> dict[str, object]:
    base: dict[str, object] = {"cohort": source.name, "method": method, "seed": seed}
    try:
        with measured() as usage:
            solution = solve_instance(instance, method=method, seed=seed, time_limit=time_limit)
    except MatcherError as error:
        return base | {"note": error.findings[0].message, "gap": np.nan, "bound": np.nan}
    if solution.termination.reason not in (Reason.OPTIMAL, Reason.FEASIBLE):
        detail = solution.termination.detail or str(solution.termination.reason)
        return base | {"note": detail, "gap": np.nan, "bound": np.nan}
    return base | _figures(source, instance, solution, usage)


def _figures(
    source: Source, instance: Instance, solution: Solution, usage: Usage
) -> dict[str, object]:
    answer = Assignment.of(solution.pairs, solution.reciprocal)
    problem = instance.problem
    bound = solution.bounds.dual if np.isfinite(solution.bounds.dual) else np.nan
    found: dict[str, object] = {
        "tier": ";".join(f"{value:g}" for _, value in tier_values(problem, answer)),
        "objective": welfare(problem, answer),
        "bound": bound,
        "gap": solution.bounds.gap if np.isfinite(bound) else np.nan,
        "seconds": usage.seconds,
        "peak_mb": usage.peak_mb,
    }
    return found | instance_metrics(instance, answer) | _realised(source, answer) | {"note": ""}


def _realised(source: Source, answer: Assignment) -> dict[str, float]:
    """Judge a built-in family's match by its truth: expected outcome, without luck."""
    if source.truth is None:
        return {}
    people = source.truth.people
    pairs = pd.DataFrame(
        {
            "mentee_id": source.cohort.mentees["person_id"].to_numpy()[answer.pairs[:, 0]],
            "mentor_id": source.cohort.mentors["person_id"].to_numpy()[answer.pairs[:, 1]],
        }
    )
    result = realised_outcome(people, pairs, seed=source.truth.seed)
    expected = result["expected"]
    return {
        "realised_mean": float(expected.mean()),
        "realised_worst_decile": float(expected[expected <= expected.quantile(0.1)].mean()),
        "realised_relation": float(result["relation"].mean()),
        "realised_coverage": float(result["coverage"].mean()),
    }
