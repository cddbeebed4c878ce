"""Which method solves a problem, and the one form in which every answer comes back."""

from __future__ import annotations

import os
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from matcher.errors import ConfigError, Finding
from matcher.observe import SILENT
from matcher.problem.problem import Assignment
from matcher.problem.value import inverse_utility, required_assignment, tier_values, welfare
from matcher.solver.limits import Clock, interruptible
from matcher.solver.method_answer import MethodAnswer
from matcher.solver.solution import Bounds, Reason, Solution, Termination, Tier

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from matcher.observe import Observer
    from matcher.problem.problem import Problem
    from matcher.solver.dask.cluster import Cluster

METHODS = ("auto", "portfolio", "flow", "cp-sat", "sequential", "stable", "greedy", "random")
BASELINES = ("sequential", "stable", "greedy", "random")


def solve_problem(
    problem: Problem,
    *,
    method: str = "auto",
    gap: float = 1e-4,
    time_limit: float | None = None,
    seed: int = 0,
    threads: int | None = None,
    block_pairs: int = 4_000_000,
    executor: str = "threads",
    scheduler: str = "",
    start: Solution | None = None,
    partitions: str = "",
    observer: Observer = SILENT,
) -> Solution:
    """Solve a problem by the method named, or by the exact one that fits.

    Parameters
    ----------
    problem
        The instance.
    method
        One of `METHODS`.
    gap
        Relative gap at which the answer counts as optimal.
    time_limit
        Seconds after which the best answer so far is returned with its bound.
    seed
        Seed of everything that draws.
    threads
        Threads of the maps over blocks; None: one a core.
    block_pairs
        Pairs that a block holds at once.
    executor, scheduler
        ``dask`` runs the scans of the portfolio method on the cluster at the address `scheduler`.
    start
        Solution of a problem of the same shape that differs a little: the portfolio method starts
        from its duals and pairs, which saves most of its rounds; the tolerance stays as it is.
    partitions
        Folder shared with the workers, where mentees are written for them to read.
    observer
        Told of phases and progress.

    Returns
    -------
    Solution

    Raises
    ------
    ConfigError
        For an unknown method, or one that cannot solve this problem.
    """
    if method not in METHODS:
        message = f"unknown method {method!r}"
        raise ConfigError(Finding("E_CONFIG", message, "choose one of " + ", ".join(METHODS)))
    clock = Clock(time_limit)
    workers = threads or os.cpu_count() or 1
    with interruptible(clock):
        chosen = choose_method(problem) if method == "auto" else method
        observer.on_phase(f"solve: {chosen}")
        conflict = required_conflict(problem)
        if conflict:
            return _infeasible(problem, conflict, chosen, clock)
        with _cluster(executor, scheduler, partitions) as cluster:
            answer = _run(
                problem, chosen, gap, clock, seed, workers, block_pairs, observer, cluster, start
            )
            if cluster is not None:
                statistics = {**(answer.statistics or {}), **cluster.statistics}
                answer = replace(answer, statistics=statistics)
    return _solution(problem, answer, chosen, gap, clock)


def choose_method(problem: Problem) -> str:
    """Return the exact method for this problem: a flow where welfare is a sum over items."""
    from matcher.solver.flow.flow_method import can_flow

    return "flow" if can_flow(problem) else "portfolio"


def _run(
    problem: Problem,
    method: str,
    gap: float,
    clock: Clock,
    seed: int,
    threads: int,
    block_pairs: int,
    observer: Observer,
    cluster: Cluster | None,
    start: Solution | None,
) -> MethodAnswer:
    if problem.n_mentees == 0 or problem.n_mentors == 0:
        return MethodAnswer(Assignment.empty(), 0.0, "duals", dual_bound=0.0)
    if method in BASELINES:
        from matcher.solver.baselines import baselines

        return MethodAnswer(baselines.run_baseline(problem, method, seed=seed))
    if method == "flow":
        from matcher.solver.flow.flow_method import solve_flow

        return solve_flow(problem, clock=clock, observer=observer)
    if method == "cp-sat":
        from matcher.solver.exact.cp_sat import solve_exact

        return solve_exact(problem, time_limit=clock.time_limit, seed=seed)
    if problem.fairness == "max-min":
        from matcher.solver.max_min import solve_max_min

        return solve_max_min(
            problem,
            gap=gap,
            clock=clock,
            threads=threads,
            block_pairs=block_pairs,
            observer=observer,
            cluster=cluster,
        )
    from matcher.solver.portfolio_method import solve_portfolios

    return solve_portfolios(
        problem,
        gap=gap,
        clock=clock,
        seed=seed,
        threads=threads,
        block_pairs=block_pairs,
        observer=observer,
        cluster=cluster,
        known=start,
    )


def _cluster(
    executor: str, scheduler: str, partitions: str
) -> AbstractContextManager[Cluster | None]:
    """Connect to the cluster if one is asked for."""
    if executor != "dask":
        return nullcontext()
    from matcher.solver.dask.cluster import Cluster

    return Cluster(scheduler, partitions)


def required_conflict(problem: Problem) -> str:
    """Return why the required items cannot all be held, empty if they can."""
    required = required_assignment(problem)
    if not len(required):
        return ""
    size = np.bincount(required.pairs[:, 0], minlength=problem.n_mentees)
    if np.any(size > problem.limit):
        return "more required pairs than the mentee's limit"
    from matcher.solver.model.linking_rows import Rows
    from matcher.solver.rounding.as_columns import portfolios
    from matcher.solver.rounding.integer_master import is_feasible

    rows = Rows(problem, problem.max_size)
    sets = portfolios(problem, required, rows.max_size)
    if not np.all(np.isfinite(sets.value)):
        return "a required pair is not allowed"
    use = rows.incidence(sets.mentee, sets.members, sets.load, sets.sponsored).sum(axis=0)
    if not is_feasible(rows, np.asarray(use, dtype=np.float64).ravel()):
        return "required pairs exceed the places they share"
    return ""


def _infeasible(problem: Problem, conflict: str, method: str, clock: Clock) -> Solution:
    nothing = Assignment.empty()
    return Solution(
        pairs=nothing.pairs,
        reciprocal=nothing.reciprocal,
        objective=-np.inf,
        bounds=Bounds(-np.inf, -np.inf),
        termination=Termination(Reason.INFEASIBLE, detail=conflict),
        prices=np.zeros(problem.n_mentors),
        method=method,
        seconds=clock.seconds,
    )


def _solution(
    problem: Problem, answer: MethodAnswer, method: str, gap: float, clock: Clock
) -> Solution:
    if answer.assignment is None:
        nothing = Assignment.empty()
        limit = clock.limit_hit
        reason = Reason.INFEASIBLE if answer.is_proof and not limit else Reason.NO_SOLUTION
        return replace(
            _infeasible(problem, answer.detail, method, clock),
            pairs=nothing.pairs,
            bounds=Bounds(-np.inf, answer.bound),
            termination=Termination(reason, limit, answer.detail or "no solution was found"),
        )
    objective = welfare(problem, answer.assignment)
    # The bound is a sum of many floats; it never says less than the solution in hand.
    rounding = 1e-9 * max(1.0, abs(objective))
    bound = max(answer.bound, objective) if answer.bound > objective - rounding else answer.bound
    bounds = Bounds(objective, bound)
    measured = published_gap(problem, bounds)
    tiers = _tiers(problem, answer)
    proved = measured <= gap and all(tier.bound - tier.value <= 1e-6 for tier in tiers)
    reason = Reason.OPTIMAL if proved else Reason.FEASIBLE
    detail = answer.detail or ("" if proved else "not proven optimal")
    return Solution(
        pairs=answer.assignment.pairs,
        reciprocal=answer.assignment.reciprocal,
        objective=objective,
        bounds=bounds,
        termination=Termination(reason, "" if proved else clock.limit_hit, detail),
        prices=np.zeros(problem.n_mentors) if answer.prices is None else answer.prices,
        duals=answer.duals,
        dual_bound=answer.dual_bound,
        bound_source=answer.source,
        gap=measured,
        tiers=tiers,
        method=method,
        iterations=answer.iterations,
        seconds=clock.seconds,
        statistics=dict(answer.statistics or {}),
    )


def _tiers(problem: Problem, answer: MethodAnswer) -> tuple[Tier, ...]:
    assert answer.assignment is not None
    bounds = answer.tier_bounds or {}
    named = tuple(
        Tier(name, value, max(value, bounds.get(name, np.inf)))
        for name, value in tier_values(problem, answer.assignment)
    )
    return named + answer.extra_tiers


def published_gap(problem: Problem, bounds: Bounds) -> float:
    """Return the gap; with fairness that of equally distributed equivalents (DESIGN section 6)."""
    if problem.fairness in (0.0, "max-min") or not np.isfinite(bounds.dual):
        return bounds.gap
    n = max(1, problem.n_mentees)
    level = inverse_utility(np.array([bounds.primal, bounds.dual]) / n, problem.fairness)
    return 0.0 if level[1] <= 0 else float(max(0.0, 1.0 - level[0] / level[1]))
