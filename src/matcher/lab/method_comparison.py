"""Methods side by side on the same problem: what each achieves, how fast, with what proof.

Rows of one cohort and seed say something about each other: gaps to a common bound, and prices.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from matcher.errors import ConfigError, Finding, InputError, MatcherError, StorageError
from matcher.evaluate.quality import price_of_fairness
from matcher.lab.judge import BenchSource, Judge, is_family, open_bench_source
from matcher.observe import SILENT, Observer
from matcher.pipeline import Instance, build, solve_instance
from matcher.problem.problem import Assignment, Fairness
from matcher.problem.value import evaluate, inverse_utility
from matcher.solver import settings
from matcher.solver.solution import Bounds

COMPARED_METHODS = settings.METHODS[1:]
"""Every method that is compared, the certified one first."""

CHOICES = (*COMPARED_METHODS, "auto")
"""What may be asked for: `auto` is what ``matcher match`` takes, one of the others by instance."""

LEADING = ("cohort", "method", "seed", "tier", "objective", "bound", "gap", "seconds", "peak_mb")
"""First columns of ``bench.csv``; the metrics follow, and `note` ends a row."""


@dataclass(frozen=True)
class Plan:
    """What to run."""

    sources: Sequence[str]
    methods: Sequence[str] = COMPARED_METHODS
    seeds: Sequence[int] = (0,)
    time_limit: float = 5.0
    """Seconds a method, cohort and seed."""
    config: str | Path | None = None
    overrides: Sequence[str] = ()
    previous: Path | None = None
    """Run folder whose matches the answers are compared with."""


@dataclass(frozen=True)
class BenchResult:
    """What a comparison found."""

    table: pd.DataFrame
    """One row a cohort, method and seed; columns as in ``bench.csv``."""
    groups: pd.DataFrame
    """The fairness audit of every answer: `cohort, method, seed`, then as `group_gaps`."""
    tiers: dict[str, tuple[str, ...]]
    """Names of the tiers of each cohort, in the order of the column `tier`."""
    findings: tuple[Finding, ...] = ()
    """Warnings about the input, by cohort."""
    faults: tuple[Finding, ...] = ()
    """What the independent checker found wrong with an answer; none in a sound comparison."""


def check_methods(methods: Iterable[str]) -> None:
    """Refuse an unknown method: ConfigError E_CONFIG that lists the choices.

    Parameters
    ----------
    methods
        Names of methods; known are those of `CHOICES`.

    Raises
    ------
    ConfigError
        E_CONFIG with the choices.
    """
    unknown = [method for method in methods if method not in CHOICES]
    if unknown:
        message = f"there is no method {unknown[0]!r}"
        raise ConfigError(Finding("E_CONFIG", message, f"choose from {', '.join(CHOICES)}"))


def compare_methods(plan: Plan, observer: Observer = SILENT) -> BenchResult:
    """Run every method on every source and seed.

    `objective` is the welfare of the answer, whatever the method maximised; `tier` the achieved
    tiers joined by `;`. `bound` is the method's own proven one; `gap` compares the objective with
    it, or for a method without a bound with the least bound that another method proved on the same
    cohort, seed and tiers. `price_of_fairness` is the share of the largest known sum of values that
    an answer gives up. A method that cannot run has a `note` that says why, and no figures; so has
    an answer that the independent checker refuses.

    Parameters
    ----------
    plan
        What to run: sources, methods, seeds, limit in seconds.
    observer
        Told before each method, cohort and seed.

    Returns
    -------
    BenchResult
        One row a source, method and seed, and the groups of every answer.

    Raises
    ------
    ConfigError, InputError, InfeasibleError
        Where a method, family, config or cohort is wrong.
    StorageError
        Where the earlier run cannot be read.
    KeyboardInterrupt
        At Ctrl-C: half a comparison is none.
    """
    check_methods(plan.methods)
    before = None if plan.previous is None else _earlier_pairs(plan.previous)
    frames: list[pd.DataFrame] = []
    groups: list[pd.DataFrame] = []
    faults: list[Finding] = []
    findings: dict[str, tuple[Finding, ...]] = {}
    tiers: dict[str, tuple[str, ...]] = {}
    count = len(set(plan.sources)) * len(plan.seeds) * len(plan.methods)
    for judge in _judges(plan, before):
        rows: list[dict[str, object]] = []
        for method in plan.methods:
            done = len(frames) * len(plan.methods) + len(rows)
            name = f"{judge.source.name}, seed {judge.seed}: {method}"
            observer.on_phase(f"{name} ({done + 1} of {count})")
            verdict = judge.run(method)
            rows.append(verdict.row)
            groups.append(verdict.groups)
            faults += verdict.faults
        problem = judge.instance.problem
        best = _mean_without_fairness(judge.instance, judge.seed, plan.time_limit)
        table = with_shared_gaps(pd.DataFrame(rows), problem.fairness, problem.n_mentees)
        frames.append(with_prices(table, best))
        tiers[judge.source.name] = judge.tier_names
        findings[judge.source.name] = (*judge.instance.cohort.findings, *judge.instance.findings)
    return BenchResult(
        ordered(_stacked(frames)), _stacked(groups), tiers, _labelled(findings), tuple(faults)
    )


def _judges(plan: Plan, before: set[tuple[str, str]] | None) -> Iterator[Judge]:
    """Yield what is compared on: each cohort is read once, each family drawn once a seed."""
    names = list(dict.fromkeys(plan.sources))
    # All are read before any is solved: what is wrong with the last is said at once.
    first = {name: _opened(plan, name, plan.seeds[0], several=len(names) > 1) for name in names}
    for source in names:
        judge: Judge | None = None
        for seed in plan.seeds:
            if judge is None or is_family(source):
                opened = first.pop(source, None) or _opened(plan, source, seed)
                instance = build(opened.cohort, opened.config)
                judge = Judge(opened, instance, seed, plan.time_limit, before)
            judge = replace(judge, seed=seed)
            yield judge


def _opened(plan: Plan, source: str, seed: int, *, several: bool = False) -> BenchSource:
    """Open a source; where there are several, what is wrong with the input says of which."""
    try:
        return open_bench_source(
            source, seed=seed, config=plan.config, overrides=plan.overrides, previous=plan.previous
        )
    except InputError as error:
        if not several:
            raise
        told = (replace(each, message=f"{source}: {each.message}") for each in error.findings)
        raise InputError(told) from error


def _labelled(findings: dict[str, tuple[Finding, ...]]) -> tuple[Finding, ...]:
    """Say of which cohort each warning is, where there are several."""
    if len(findings) == 1:
        return next(iter(findings.values()))
    return tuple(
        replace(finding, message=f"{name}: {finding.message}")
        for name, some in findings.items()
        for finding in some
    )


def _stacked(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    some = [frame for frame in frames if len(frame)]
    return pd.concat(some, ignore_index=True) if some else pd.DataFrame()


def _earlier_pairs(run: Path) -> set[tuple[str, str]]:
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


def _mean_without_fairness(instance: Instance, seed: int, time_limit: float) -> float:
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
