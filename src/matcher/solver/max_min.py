"""Max-min fairness: the least value among those with a mentor first, then the sum.

As many mentees as possible have a mentor (the first tier, also where a problem names none). Then
the least value of a portfolio is raised as far as an exact choice among known portfolios allows,
by bisection; then the sum of values is maximised. Small problems list all portfolios, which
proves the level; larger ones use the columns of a solve at fairness 3, and the level is published
with a bound. The sum is bounded there by the prices of the plain sum, whose level is free.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from matcher.problem.feasible import breaks_rules
from matcher.problem.problem import Tiers
from matcher.problem.value import utility
from matcher.solver.columns.generation import Generation
from matcher.solver.columns.opposite import all_opposites
from matcher.solver.method_answer import MethodAnswer
from matcher.solver.model.linking_rows import Rows
from matcher.solver.model.tier_rows import tier_rows
from matcher.solver.pricing.scan import Scanner
from matcher.solver.pricing.screen import additive_cuts
from matcher.solver.rounding.as_columns import assignment_of
from matcher.solver.rounding.first_solution import first_solution
from matcher.solver.rounding.integer_master import choose, is_feasible, total_use
from matcher.solver.rounding.tier_search import listed_portfolios
from matcher.solver.solution import Tier

if TYPE_CHECKING:
    from matcher.observe import Observer
    from matcher.problem.problem import Assignment, Floats, Problem
    from matcher.solver.dask.cluster import Cluster
    from matcher.solver.limits import Clock
    from matcher.solver.model.column_pool import ColumnPool
    from matcher.solver.rounding.integer_master import ColumnChoice


def solve_max_min(
    problem: Problem,
    *,
    gap: float,
    clock: Clock,
    threads: int,
    block_pairs: int,
    observer: Observer,
    cluster: Cluster | None = None,
) -> MethodAnswer:
    """Solve for the highest least value; see `solve_problem` for the parameters."""
    tiers = problem.tiers or Tiers(np.ones(problem.n_mentees, dtype=np.int64))
    problem = replace(problem, tiers=tiers)
    pricer = Scanner(
        problem, threads=threads, block_pairs=block_pairs, cluster=cluster, clock=clock
    )
    start = first_solution(problem, pricer, clock)
    pool, rows, complete = listed_portfolios(problem, pricer, start.assignment)
    rows = replace(rows, tiers=tier_rows(problem, rows.max_size, start.targets))
    if not complete:
        pool = _generated(problem, rows, pricer, gap, clock, observer, start.assignment)
        rows = replace(rows, opposite=all_opposites(problem, pool))
    pool = pool.with_rows(rows)
    everybody = pool.has_everybody(problem.n_mentees)
    found = _highest_level(pool, rows, clock) if everybody else None
    if found is None:
        first = None if breaks_rules(problem, start.assignment).any() else start.assignment
        return MethodAnswer(
            first,
            tier_bounds=start.bounds,
            detail="level not raised",
            is_proof=complete and not everybody,
        )
    choice, level, proved = found
    assignment = assignment_of(problem, pool, choice.columns)
    best = _alone(problem, pool, rows, pricer)
    bound = level if complete and proved else max(level, _level_bound(best, rows))
    y, total = np.zeros(rows.count), float(best.sum())
    if not complete:
        sum_alone = Generation(problem, rows, pricer, gap=gap, clock=clock, observer=observer)
        sum_alone.seed(assignment)
        generated = sum_alone.run()
        if generated.bound < total:
            y, total = generated.y, generated.bound
    closed = complete and choice.bound < total
    return MethodAnswer(
        assignment,
        choice.bound if closed else total,
        "milp: claimed by the solver, not re-proved" if closed else "duals",
        rows.named(y),
        total,
        tier_bounds=start.bounds,
        extra_tiers=(Tier("least", level, bound),) if len(assignment) else (),
    )


def _alone(problem: Problem, pool: ColumnPool, rows: Rows, pricer: Scanner) -> Floats:
    """Return each mentee's best value if nobody else took places: (n,), the bound at no prices."""
    y = np.zeros(rows.count)
    cuts = additive_cuts(problem, np.arange(problem.n_mentees))
    at = np.zeros(problem.n_mentees)
    return pricer.scan(rows, y, pool.leaders(y), cuts, at, width=1).best


def _generated(
    problem: Problem,
    rows: Rows,
    pricer: Scanner,
    gap: float,
    clock: Clock,
    observer: Observer,
    known: Assignment,
) -> ColumnPool:
    """Return the columns of a solve at fairness 3, worth their plain value."""
    fair = replace(problem, fairness=3.0)
    rows = Rows(fair, rows.max_size, rows.tiers)
    pricer = Scanner(
        fair,
        threads=pricer.threads,
        block_pairs=pricer.block_pairs,
        cluster=pricer.cluster,
        clock=clock,
    )
    generation = Generation(fair, rows, pricer, gap=gap, clock=clock, observer=observer)
    generation.seed(known)
    pool = generation.run().pool
    return replace(pool, worth=pool.value + pool.worth - utility(pool.value, fair.fairness))


def _highest_level(
    pool: ColumnPool, rows: Rows, clock: Clock
) -> tuple[ColumnChoice, float, bool] | None:
    """Return the best choice at the highest least value that any choice reaches."""
    empty = (pool.members < 0).all(axis=1)
    # Below all levels is where nobody can have a mentor.
    levels = np.append(-np.inf, np.unique(pool.value[~empty]))
    low, high, best, proved = 0, len(levels) - 1, None, True
    while low <= high and clock.left > 0:
        middle = (low + high) // 2
        choice = _choice_at(pool, rows, levels[middle], clock)
        if choice is None:
            high = middle - 1
        else:
            low, best = middle + 1, (choice, float(levels[middle]))
    return None if best is None else (*best, proved and clock.left > 0)


def _choice_at(pool: ColumnPool, rows: Rows, level: float, clock: Clock) -> ColumnChoice | None:
    """Return the choice of largest sum with every portfolio worth at least `level`."""
    empty = (pool.members < 0).all(axis=1)
    columns = np.flatnonzero(empty | (pool.value >= level))
    if len(np.unique(pool.mentee[columns])) < len(np.unique(pool.mentee)):
        return None
    seconds = min(20.0, 0.3 * clock.left)
    choice = choose(pool, rows, columns, rows.rhs, seconds=seconds)
    if choice is None or not is_feasible(rows, total_use(pool, choice.columns)):
        return None
    return choice


def _level_bound(best: Floats, rows: Rows) -> float:
    """Return an upper bound on the least value of those with a mentor, who are as many as rows ask.

    Of r people at least one is worth no more than the r-th highest of what each could have alone.
    """
    reached = round(sum(tier.target for tier in rows.tiers if tier.name.startswith("reached:")))
    return float(np.sort(best)[::-1][reached - 1]) if 0 < reached <= len(best) else np.inf
