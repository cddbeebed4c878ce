"""Which method solves a problem, and what is settled before any method starts."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from matcher.errors import ConfigError, Finding
from matcher.observe import SILENT, Observer
from matcher.problem.market import FALLBACK
from matcher.problem.problem import Assignment, Floats, Problem
from matcher.problem.rules.limit import Unit
from matcher.problem.rules.rule import SLACK
from matcher.problem.value import forced_assignment, tier_values, utility
from matcher.solver.baselines.free_places import Ledger
from matcher.solver.dask.cluster import Cluster
from matcher.solver.flow.flow_method import can_flow, solve_flow
from matcher.solver.limits import Clock, interruptible
from matcher.solver.model.column_pool import portfolios
from matcher.solver.model.linking_rows import Rows
from matcher.solver.pricing.kept_passes import KeptPasses
from matcher.solver.settings import BASELINES, METHODS, SolverSettings, SolveRun
from matcher.solver.solution import MethodAnswer, Solution, as_solution


def solve_problem(
    problem: Problem,
    settings: SolverSettings | None = None,
    *,
    start: Solution | None = None,
    observer: Observer = SILENT,
) -> Solution:
    """Solve a problem by the method named, or by the exact one that fits.

    Parameters
    ----------
    problem
        The instance.
    settings
        How it is solved; None: the defaults.
    start
        Solution of a problem of the same shape that differs a little: the portfolio method starts
        from its duals and pairs, which saves most of its rounds; the tolerance stays as it is.
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
    settings = settings or SolverSettings()
    if settings.method not in METHODS:
        message = f"unknown method {settings.method!r}"
        raise ConfigError(Finding("E_CONFIG", message, "choose one of " + ", ".join(METHODS)))
    clock = Clock(settings.time_limit)
    with interruptible(clock):
        method = settings.method
        if method == "auto":
            method = "flow" if can_flow(problem) else "portfolio"
        observer.on_phase(f"solve: {method}")
        conflict = _required_conflict(problem)
        if conflict:
            answer = MethodAnswer(None, -np.inf, detail=conflict)
        else:
            kept = KeptPasses(Path(settings.resume), problem) if settings.resume else None
            run = SolveRun(settings, clock, observer, kept=kept, known=start)
            answer = _with_first_ways(problem, _with_cluster(problem, method, run))
            if kept is not None:
                told = {**answer.statistics, "parts_resumed": float(kept.read)}
                answer = replace(answer, statistics=told)
    return as_solution(problem, answer, method=method, gap=settings.gap, clock=clock)


def _with_first_ways(problem: Problem, answer: MethodAnswer) -> MethodAnswer:
    """Return the answer with fallbacks only where the sponsor has no sponsorship left.

    A pair is worth no less by its first approach; where it is worth the same, that comes first. If
    a rule asks for approaches, they stay as they were chosen.
    """
    found = answer.assignment
    if found is None or problem.fallback is None or not (found.reciprocal == FALLBACK).any():
        return answer
    if any(rule.by_approach for rule in problem.portfolio_rules):
        return answer
    number = found.reciprocal.copy()
    shared = [(limit.unit, group, left) for limit, group, left in Ledger(problem, found).left]
    for k in np.flatnonzero(number == FALLBACK).tolist():
        mentor = found.pairs[k, 1]
        limits = [(at[mentor], left) for unit, at, left in shared if unit is Unit.SPONSORSHIP]
        if all(row < 0 or left[row] >= 1.0 - SLACK for row, left in limits):
            number[k] = -1
            for row, left in limits:
                left[row] -= row >= 0
    return replace(answer, assignment=Assignment.of(found.pairs, number))


def _with_cluster(problem: Problem, method: str, run: SolveRun) -> MethodAnswer:
    """Connect to the cluster if one is asked for, and let a method solve the problem."""
    if run.settings.executor != "dask":
        return _answer(problem, method, run)
    with Cluster(run.settings.scheduler, run.settings.partitions) as cluster:
        answer = _answer(problem, method, replace(run, cluster=cluster))
        return replace(answer, statistics={**answer.statistics, **cluster.statistics})


def _answer(problem: Problem, method: str, run: SolveRun) -> MethodAnswer:
    """Let a method solve the problem; each is loaded when it is first used."""
    if problem.n_mentees == 0 or problem.n_mentors == 0:
        return MethodAnswer(Assignment.empty(), 0.0, "duals", dual_bound=0.0)
    if method in BASELINES:
        from matcher.solver.baselines.baselines import run_baseline

        return MethodAnswer(run_baseline(problem, method, seed=run.settings.seed))
    if method == "flow":
        return solve_flow(problem, run)
    if method == "cp-sat":
        from matcher.solver.exact.cp_sat import solve_exact

        return solve_exact(problem, run)
    if problem.fairness == "max-min":
        from matcher.solver.max_min import solve_max_min

        return solve_max_min(problem, run)
    from matcher.solver.portfolio_method import solve_portfolios

    return solve_portfolios(problem, run)


def _required_conflict(problem: Problem) -> str:
    """Return why the required items cannot all be held, empty if they can."""
    required = forced_assignment(problem)
    if not len(required):
        return ""
    size = np.bincount(required.pairs[:, 0], minlength=problem.n_mentees)
    if np.any(size > problem.limit):
        return "more required pairs than the mentee's limit"
    rows = Rows(problem, problem.max_size)
    sets = portfolios(problem, required, rows.max_size)
    if not np.all(np.isfinite(sets.value)):
        return "a required pair is not allowed"
    use = rows.incidence(sets.mentee, sets.members, sets.load, sets.sponsored).sum(axis=0)
    if not rows.keeps(np.asarray(use, dtype=np.float64).ravel()):
        return "required pairs exceed the places they share"
    return ""


def solve_without_places(problem: Problem, method: str) -> Solution | None:
    """Return the empty answer with its proof where no match fits, else None.

    Parameters
    ----------
    problem
        The instance.
    method
        Name that the answer bears.
    """
    n, m = problem.n_mentees, problem.n_mentors
    nothing = n == 0 or m == 0 or not problem.limit.any()
    if not (nothing or _all_closed(problem)):
        return None
    prices = np.zeros(m) if nothing else _closing_prices(problem)
    rows = Rows(problem, problem.max_size)
    y = np.zeros(rows.count)
    y[:m] = prices
    answer = MethodAnswer(
        Assignment.empty(),
        0.0,
        "duals",
        rows.named(y),
        dual_bound=0.0,
        prices=prices,
        tier_bounds=dict(tier_values(problem, Assignment.empty())),
        detail="no match is possible",
    )
    return as_solution(problem, answer, method=method, gap=0.0, clock=Clock())


def _all_closed(problem: Problem) -> bool:
    """Whether no mentor has a place; a load of 0 would fit into none."""
    if problem.capacity.any() or problem.n_mentees == 0:
        return False
    loaded = problem.scores.block(np.zeros(1, dtype=np.int64)).load is not None
    return not loaded and problem.reciprocal is None


def _closing_prices(problem: Problem) -> Floats:
    """Return prices at which no portfolio is worth buying: (m,).

    Cover counts best + r * second <= sum of offers for r <= 1, and U is subadditive, so U(V(S)) is
    at most the sum over members of U of their score plus what their offers meet alone. Those kept
    earn their bonus beside.
    """
    highest = np.zeros(problem.n_mentors)
    for rows in problem.blocks():
        worth = problem.scores.block(rows).score
        if problem.needs is not None and problem.offers is not None:
            worth = worth + problem.needs[rows] @ problem.offers.T
        highest = np.maximum(highest, worth.max(axis=0, initial=0.0))
    bonus = np.zeros(problem.n_mentors)
    bonus[problem.kept_pairs[:, 1]] = problem.kept_bonus
    return np.asarray(utility(highest, problem.fairness) + bonus)
