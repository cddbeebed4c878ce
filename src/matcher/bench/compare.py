"""Methods side by side on the same problem: what each achieves, how fast, with what proof."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from matcher.bench.memory import Usage, measured
from matcher.bench.sources import Source, is_family, open_source
from matcher.cohort.synthetic import realised_outcome
from matcher.errors import ConfigError, Finding, MatcherError, StorageError
from matcher.evaluate import churn, instance_group_gaps, instance_metrics
from matcher.observe import SILENT, Observer
from matcher.pipeline import build, solve_instance
from matcher.portfolio.problem import Assignment
from matcher.portfolio.value import tier_values, welfare
from matcher.solve.solution import Bounds, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from matcher.pipeline import Instance
    from matcher.portfolio.problem import Problem
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
    previous: Path | None = None
    """Run folder whose matches the answers are compared with."""


@dataclass(frozen=True)
class Comparison:
    """What a comparison found."""

    table: pd.DataFrame
    """One row a cohort, method and seed; columns as in ``bench.csv``."""
    groups: pd.DataFrame
    """The fairness audit of every answer: `cohort, method, seed`, then as `group_gaps`."""


def check_methods(methods: Iterable[str]) -> None:
    """Refuse an unknown method: ConfigError E_CONFIG that lists the choices."""
    unknown = [method for method in methods if method not in METHODS]
    if unknown:
        message = f"there is no method {unknown[0]!r}"
        raise ConfigError(Finding("E_CONFIG", message, f"choose from {', '.join(METHODS)}"))


def compare_methods(plan: Plan, observer: Observer = SILENT) -> Comparison:
    """Run every method on every source and seed.

    `objective` is the welfare of the answer, whatever the method maximised; `tier` the achieved
    tiers joined by `;`. `bound` is the method's own proven one; `gap` compares the objective with
    it, or for a method without a bound with the least bound that another method proved on the same
    cohort, seed and tiers. `price_of_fairness` is the share of the largest sum of values among the
    methods that an answer gives up. A method that cannot run has a `note` that says why, and no
    figures.
    """
    check_methods(plan.methods)
    before = None if plan.previous is None else earlier_pairs(plan.previous)
    frames, groups = [], []
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
                row, audit = _run(*instance, method, seed, plan.time_limit, before)
                rows.append(row)
                groups.append(audit)
            frames.append(with_prices(with_shared_gaps(pd.DataFrame(rows))))
    return Comparison(ordered(_stacked(frames)), _stacked(groups))


def _stacked(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    some = [frame for frame in frames if len(frame)]
    return pd.concat(some, ignore_index=True) if some else pd.DataFrame()


def earlier_pairs(run: Path) -> set[tuple[str, str]]:
    """Return the pairs of ids that a run matched; StorageError E_READ where it holds none."""
    try:
        rows = pd.read_csv(run / "matches.csv", dtype=str, keep_default_na=False)
        return set(zip(rows["mentee_id"], rows["mentor_id"], strict=True))
    except (OSError, ValueError, KeyError) as error:
        message = "the previous run's matches.csv cannot be read"
        raise StorageError(Finding("E_READ", message, "name a finished run folder")) from error


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


def with_prices(rows: pd.DataFrame) -> pd.DataFrame:
    """Add what each answer gives up of the largest sum of values among the rows."""
    if "mean_value" not in rows:
        return rows
    best = rows["mean_value"].max()
    return rows.assign(price_of_fairness=(best - rows["mean_value"]) / best if best > 0 else np.nan)


def _run(
    source: Source,
    instance: Instance,
    method: str,
    seed: int,
    time_limit: float,
    before: set[tuple[str, str]] | None,
) -> tuple[dict[str, object], pd.DataFrame]:
    """Run one method: its row, and the fairness audit of its answer (empty without one)."""
    base: dict[str, object] = {"cohort": source.name, "method": method, "seed": seed}
    try:
        with measured() as usage:
            solution = _solve(instance, method, seed, time_limit)
    except MatcherError as error:
        return base | _nothing(error.findings[0].message), pd.DataFrame()
    if solution.termination.reason not in (Reason.OPTIMAL, Reason.FEASIBLE):
        detail = solution.termination.detail or str(solution.termination.reason)
        return base | _nothing(detail), pd.DataFrame()
    answer = Assignment.of(solution.pairs, solution.reciprocal)
    figures = _figures(instance, solution, answer, usage)
    figures |= _realised(source, answer) | _churn(source, answer, before) | {"note": ""}
    audit = instance_group_gaps(instance, answer)
    labels = pd.DataFrame([base] * len(audit), index=audit.index)
    return base | figures, pd.concat([labels, audit], axis=1)


def _solve(instance: Instance, method: str, seed: int, time_limit: float) -> Solution:
    """Solve by a method; `flow` sees only the part of welfare that is a sum over pairs."""
    settings: dict[str, Any] = {"method": method, "seed": seed, "time_limit": time_limit}
    if method != "flow" or instance.problem.is_separable:
        return solve_instance(instance, **settings)
    part = replace(instance, problem=separable_part(instance.problem))
    solution = solve_instance(part, **settings)
    return replace(solution, bounds=Bounds(solution.bounds.primal, np.inf))


def separable_part(problem: Problem) -> Problem:
    """Return the problem without coverage, redundancy, fairness and mentors' minimum loads."""
    return replace(
        problem,
        needs=None,
        offers=None,
        held_best=None,
        held_second=None,
        second_cover=0.0,
        like=None,
        redundancy=0.0,
        fairness=0.0,
        mentor_minimum=None,
        shortfall_penalty=0.0,
    )


def _nothing(note: str) -> dict[str, object]:
    return {"note": note, "gap": np.nan, "bound": np.nan}


def _figures(
    instance: Instance, solution: Solution, answer: Assignment, usage: Usage
) -> dict[str, object]:
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
    return found | instance_metrics(instance, answer)


def _realised(source: Source, answer: Assignment) -> dict[str, float]:
    """Judge a built-in family's match by its truth: expected outcome, without luck."""
    if source.truth is None:
        return {}
    result = realised_outcome(source.truth.people, _ids(source, answer), seed=source.truth.seed)
    expected = result["expected"]
    return {
        "realised_mean": float(expected.mean()),
        "realised_worst_decile": float(expected[expected <= expected.quantile(0.1)].mean()),
        "realised_relation": float(result["relation"].mean()),
        "realised_coverage": float(result["coverage"].mean()),
    }


def _churn(
    source: Source, answer: Assignment, before: set[tuple[str, str]] | None
) -> dict[str, float]:
    """Compare with the pairs of an earlier run, where one was named."""
    if before is None:
        return {}
    pairs = _ids(source, answer)
    return {
        f"previous_{name}" if name != "churn" else name: value
        for name, value in churn(pairs.itertuples(index=False, name=None), before).items()
    }


def _ids(source: Source, answer: Assignment) -> pd.DataFrame:
    mentee = source.cohort.mentees["person_id"].to_numpy()[answer.pairs[:, 0]]
    mentor = source.cohort.mentors["person_id"].to_numpy()[answer.pairs[:, 1]]
    return pd.DataFrame({"mentee_id": mentee, "mentor_id": mentor})
