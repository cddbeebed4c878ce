"""The duals of a finished solve, put to a problem again: what portfolios are worth at them."""

from collections.abc import Sequence

import numpy as np

from matcher.problem.problem import Assignment, Floats, Problem
from matcher.problem.value import evaluate
from matcher.solver.model.column_pool import ColumnPool, opposite_row, portfolios
from matcher.solver.model.linking_rows import Rows, tier_rows
from matcher.solver.model.portfolio_tables import PricedPortfolios
from matcher.solver.pricing.modular_bound import additive_cuts
from matcher.solver.pricing.scan import Scanner
from matcher.solver.solution import DualRow, Solution


def rows_and_duals(problem: Problem, duals: Sequence[DualRow]) -> tuple[Rows, Floats]:
    """Return the linking rows of `problem` and the duals that a certificate gives them.

    Parameters
    ----------
    problem
        The instance that was solved, or one with mentors more at the end, whose rows have dual 0.
    duals
        Rows of the certificate; those that `problem` does not have are left out.
    """
    size = problem.max_size
    targets = {row.id: row.rhs for row in duals if row.kind == "tier"}
    people = [row.id.split("|") for row in duals if row.kind == "opposite"]
    opposite = tuple(opposite_row(problem, int(a), int(b)) for a, b in people)
    rows = Rows(problem, size, tier_rows(problem, size, targets), opposite)
    named = {("tier", tier.name): k for k, tier in enumerate(rows.tiers)}
    named |= {("opposite", row.name): k for k, row in enumerate(opposite)}
    y = np.zeros(rows.count)
    for row in duals:
        place = named.get((row.kind, row.id), int(row.id) if row.id.isdigit() else 0)
        if place < len(rows.part(y, row.kind)):
            rows.part(y, row.kind)[place] = row.dual
    return rows, y


def best_worths(
    problem: Problem, duals: Sequence[DualRow], mentees: Sequence[int], assignment: Assignment
) -> Floats:
    """Return ``max_S U(V(S)) - sum_r a_r(S) y_r`` of some mentees, as in the dual bound.

    Parameters
    ----------
    problem
        The instance that was solved, or one in which more is required.
    duals
        Rows of its certificate.
    mentees
        Positions: (k,).
    assignment
        The answer of the solve, at whose values U is linearised.

    Returns
    -------
    (k,) float64, -inf where no set keeps the rules.
    """
    rows, y = rows_and_duals(problem, duals)
    scanner = Scanner(problem)
    held = np.bincount(scanner.required[:, 0], minlength=problem.n_mentees)
    best = np.where(held == 0, 0.0, -np.inf)
    blocks = [np.array([i]) for i in mentees if held[i] <= problem.limit[i]]
    if blocks:
        at = np.maximum(evaluate(problem, assignment).value, 0.0)
        known = PricedPortfolios.none(rows.max_size)
        scan = scanner.scan(rows, y, known, None, at, width=1, blocks=blocks)
        best = np.maximum(best, scan.best)
    return best[list(mentees)]


def gains_of_a_mentor(problem: Problem, wider: Problem, solution: Solution) -> Floats:
    """Return how much each mentee's best reduced value rises with the last mentor of `wider`: (n,).

    The mentor is free (price 0), so the largest gain bounds what one place with it adds to the dual
    bound: set its price to that gain and no mentee's maximum rises.

    Parameters
    ----------
    problem
        The instance that was solved.
    wider
        The same with one more mentor, the last.
    solution
        Its solution with all duals.
    """
    return np.maximum(_maxima(wider, solution) - _maxima(problem, solution), 0.0)


def _maxima(problem: Problem, solution: Solution) -> Floats:
    rows, y = rows_and_duals(problem, solution.duals)
    scanner = Scanner(problem)
    pool = ColumnPool.start(rows)
    assignment = Assignment.of(solution.pairs, solution.reciprocal)
    pool, _ = pool.add(rows, portfolios(problem, assignment, rows.max_size))
    at = np.maximum(evaluate(problem, assignment).value, 0.0)
    cuts = additive_cuts(problem, np.arange(problem.n_mentees))
    return scanner.scan(rows, y, pool.leaders(y), cuts, at, width=1).best
