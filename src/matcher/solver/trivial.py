"""Problems whose only answer is the empty one: nobody, no place, or no portfolio slot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matcher.problem.problem import Assignment
from matcher.problem.value import tier_values, utility
from matcher.solver.model.linking_rows import Rows
from matcher.solver.solution import Bounds, Reason, Solution, Termination, Tier

if TYPE_CHECKING:
    from matcher.problem.problem import Floats, Problem


def solve_without_places(problem: Problem, method: str) -> Solution | None:
    """Return the empty answer with its proof where no match fits, else None."""
    n, m = problem.n_mentees, problem.n_mentors
    nothing = n == 0 or m == 0 or not problem.limit.any()
    if not (nothing or _all_closed(problem)):
        return None
    empty = Assignment.empty()
    prices = np.zeros(m) if nothing else _closing_prices(problem)
    rows = Rows(problem, problem.max_size)
    y = np.zeros(rows.count)
    y[:m] = prices
    return Solution(
        pairs=empty.pairs,
        reciprocal=empty.reciprocal,
        objective=0.0,
        bounds=Bounds(0.0, 0.0),
        termination=Termination(Reason.OPTIMAL, detail="no match is possible"),
        prices=prices,
        duals=rows.named(y),
        dual_bound=0.0,
        bound_source="duals",
        gap=0.0,
        tiers=tuple(Tier(name, value, value) for name, value in tier_values(problem, empty)),
        method=method,
    )


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
