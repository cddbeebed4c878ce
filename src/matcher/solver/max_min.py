"""Max-min fairness: the least value among those with a mentor first, then the sum.

As many mentees as possible have a mentor (the first tier, also where a problem names none). Then
the least value of a portfolio is raised as far as an exact choice among known portfolios allows,
by bisection; then the sum of values is maximised. Small problems list all portfolios, which
proves the level; larger ones use the columns of a solve at fairness 3, and the level is published
with a bound. The sum is bounded there by the prices of the plain sum, whose level is free.
"""

from dataclasses import dataclass, replace

import numpy as np

from matcher.problem.problem import Assignment, Floats, Problem, Tiers
from matcher.problem.value import utility
from matcher.solver.columns.generation import Generated, Generation
from matcher.solver.limits import Clock
from matcher.solver.model.column_pool import ColumnPool, all_opposites, assignment_of
from matcher.solver.model.linking_rows import Rows, tier_rows
from matcher.solver.portfolio_method import scanner_of
from matcher.solver.pricing.modular_bound import additive_cuts
from matcher.solver.pricing.scan import Scanner
from matcher.solver.rounding.first_solution import first_solution, listed_portfolios
from matcher.solver.rounding.integer_master import ColumnChoice, IntegerMaster
from matcher.solver.settings import SolveRun
from matcher.solver.solution import MethodAnswer, Tier

STEEP = 3.0
"""Fairness whose columns serve larger problems: near max-min, and still a sum that has duals."""


@dataclass(frozen=True)
class _Level:
    """The highest least value that a choice among known portfolios reaches."""

    value: float
    choice: ColumnChoice
    proved: bool
    """Whether no choice among these portfolios reaches a higher one."""


def solve_max_min(problem: Problem, run: SolveRun) -> MethodAnswer:
    """Solve for the highest least value, then for the sum.

    Parameters
    ----------
    problem
        The instance.
    run
        Settings, clock, observer and cluster.
    """
    tiers = problem.tiers or Tiers(np.ones(problem.n_mentees, dtype=np.int64))
    problem = replace(problem, tiers=tiers)
    scanner = scanner_of(problem, run)
    start = first_solution(problem, scanner, run.clock)
    pool, rows, complete = listed_portfolios(problem, scanner, start.assignment)
    rows = replace(rows, tiers=tier_rows(problem, rows.max_size, start.targets))
    if not complete:
        steep = _steep(problem, rows, run, start.assignment)
        if np.isneginf(steep.bound):
            return MethodAnswer(None, steep.bound, "duals", detail=steep.detail)
        pool = steep.pool
        rows = replace(rows, opposite=all_opposites(problem, pool))
    pool = pool.with_rows(rows)
    everybody = pool.has_everybody(problem.n_mentees)
    level = _highest_level(pool, rows, run.clock) if everybody else None
    if level is None:
        return MethodAnswer(
            start.within_rules(problem),
            tier_bounds=start.bounds,
            detail="level not raised",
            is_proof=complete and not everybody,
        )
    assignment = assignment_of(problem, pool, level.choice.columns)
    alone = _alone(problem, pool, rows, scanner)
    is_exact = complete and level.proved
    bound = level.value if is_exact else max(level.value, _level_bound(alone, rows))
    y, total = np.zeros(rows.count), float(alone.sum())
    if not complete:
        generated = _generated(rows, scanner, run, assignment)
        if generated.bound < total:
            y, total = generated.y, generated.bound
    closed = complete and level.choice.bound < total
    return MethodAnswer(
        assignment,
        level.choice.bound if closed else total,
        "milp: claimed by the solver, not re-proved" if closed else "duals",
        duals=rows.named(y),
        dual_bound=total,
        tier_bounds=start.bounds,
        extra_tiers=(Tier("least", level.value, bound),) if len(assignment) else (),
        tiers_are_claimed=is_exact and _level_bound(alone, rows) - bound > 1e-6,
    )


def _alone(problem: Problem, pool: ColumnPool, rows: Rows, scanner: Scanner) -> Floats:
    """Return each mentee's best value if nobody else took places: (n,), the bound at no prices."""
    y = np.zeros(rows.count)
    cuts = additive_cuts(problem, np.arange(problem.n_mentees))
    at = np.zeros(problem.n_mentees)
    return scanner.scan(rows, y, pool.leaders(y), cuts, at, width=1).best


def _generated(rows: Rows, scanner: Scanner, run: SolveRun, known: Assignment) -> Generated:
    """Return the columns and duals of the sum of U at the problem's own fairness."""
    generation = Generation(rows, scanner, run)
    generation.seed(known)
    return generation.generate()


def _steep(problem: Problem, rows: Rows, run: SolveRun, known: Assignment) -> Generated:
    """Return a solve at fairness `STEEP`, its columns worth their plain value."""
    steep = replace(problem, fairness=STEEP)
    rows = Rows(steep, rows.max_size, rows.tiers)
    generated = _generated(rows, scanner_of(steep, run), run, known)
    pool = generated.pool
    worth = pool.value + pool.worth - utility(pool.value, STEEP)
    return replace(generated, pool=replace(pool, worth=worth))


def _highest_level(pool: ColumnPool, rows: Rows, clock: Clock) -> _Level | None:
    """Bisect for the highest least value that any choice reaches; None where none is found."""
    # Below all levels is where nobody can have a mentor.
    levels = np.append(-np.inf, np.unique(pool.value[~pool.is_empty]))
    low, high, best = 0, len(levels) - 1, None
    while low <= high and clock.left > 0:
        middle = (low + high) // 2
        choice = _choice_at(pool, rows, levels[middle], clock)
        if choice is None:
            high = middle - 1
        else:
            low, best = middle + 1, (float(levels[middle]), choice)
    return None if best is None else _Level(*best, proved=clock.left > 0)


def _choice_at(pool: ColumnPool, rows: Rows, level: float, clock: Clock) -> ColumnChoice | None:
    """Return the choice of largest sum with every portfolio worth at least `level`."""
    columns = np.flatnonzero(pool.is_empty | (pool.value >= level))
    if len(np.unique(pool.mentee[columns])) < len(np.unique(pool.mentee)):
        return None
    seconds = 0.3 * clock.left
    master = IntegerMaster(pool, rows)
    choice = master.choose(columns, seconds=seconds)
    return None if choice is None or not master.keeps_rows(choice.columns) else choice


def _level_bound(best: Floats, rows: Rows) -> float:
    """Return an upper bound on the least value of those with a mentor, who are as many as rows ask.

    Of r people at least one is worth no more than the r-th highest of what each could have alone.
    """
    reached = round(sum(tier.target for tier in rows.tiers if tier.name.startswith("reached:")))
    return float(np.sort(best)[::-1][reached - 1]) if 0 < reached <= len(best) else np.inf
