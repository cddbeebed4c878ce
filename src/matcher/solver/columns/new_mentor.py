"""Pricing a mentor who is not there yet, at the duals of a finished solve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matcher.problem.problem import Assignment
from matcher.problem.value import evaluate
from matcher.solver.columns.opposite import opposite_row
from matcher.solver.model.column_pool import ColumnPool
from matcher.solver.model.linking_rows import ROW_KINDS, Rows
from matcher.solver.model.tier_rows import tier_rows
from matcher.solver.pricing import screen
from matcher.solver.pricing.scan import Scanner
from matcher.solver.rounding.as_columns import portfolios

if TYPE_CHECKING:
    from matcher.problem.problem import Floats, Problem
    from matcher.solver.solution import Solution


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
    before = _maxima(problem, solution, added=0)
    after = _maxima(wider, solution, added=1)
    return np.maximum(after - before, 0.0)


def _maxima(problem: Problem, solution: Solution, *, added: int) -> Floats:
    rows, y = rows_and_duals(problem, solution, added)
    pricer = Scanner(problem, threads=1, block_pairs=4_000_000)
    held = np.unique(pricer.required[:, 0])
    pool = ColumnPool.start(problem, rows, held)
    assignment = Assignment.of(solution.pairs, solution.reciprocal)
    pool, _ = pool.add(problem, rows, portfolios(problem, assignment, rows.max_size))
    at = np.maximum(evaluate(problem, assignment).value, 0.0)
    cuts = screen.additive_cuts(problem, np.arange(problem.n_mentees))
    return pricer.scan(rows, y, pool.leaders(y), cuts, at, width=1).best


def rows_and_duals(problem: Problem, solution: Solution, added: int = 0) -> tuple[Rows, Floats]:
    """Return the rows of a solution's certificate for `problem` and their duals.

    With `added` mentors more than were solved for, these have dual 0.
    """
    size = max(1, int(problem.limit.max(initial=1)))
    by_kind: dict[str, list[float]] = {kind: [] for kind in ROW_KINDS}
    targets, opposite = {}, []
    for row in solution.duals:
        by_kind[row.kind].append(row.dual)
        if row.kind == "tier":
            targets[row.id] = row.rhs
        if row.kind == "opposite":
            opposite.append(opposite_row(problem, *(int(part) for part in row.id.split("|"))))
    rows = Rows(problem, size, tier_rows(problem, size, targets), tuple(opposite))
    y = np.zeros(rows.count)
    for kind in ROW_KINDS:
        duals = np.array(by_kind[kind])
        y[rows.start[kind] : rows.start[kind] + len(duals)] = duals
    return rows, y
