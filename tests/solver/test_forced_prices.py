"""Prices of mentors whose places are all forced say what one more place would be worth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from matcher.checker.check_solution import verify_solution
from matcher.solver.api import problem_of
from matcher.solver.dispatch import solve_problem
from matcher.solver.settings import SolverSettings


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(30))
def test_no_higher_than_a_portfolio_and_no_lower_than_the_gain(seed: int) -> None:
    """One more place adds at most the price and the gap; no portfolio is worth more."""
    rng = np.random.default_rng(seed)
    n, m, f = 12, 6, 3
    scores = rng.random((n, m)) / 3
    forced = np.column_stack([rng.permutation(n)[:2], [0, 1]])
    problem = problem_of(
        scores,
        [1, 1, 2, 2, 2, 2],
        2,
        needs=rng.dirichlet(np.ones(f), n) / 2,
        offers=rng.random((m, f)),
        required=forced,
    )
    solution = solve_problem(problem, SolverSettings(method="portfolio", threads=1))
    assert verify_solution(problem, solution).ok
    most = 2 * float(scores.max()) + 0.5
    for j in (0, 1):
        more = problem.capacity + (np.arange(m) == j)
        wider = replace(problem, capacity=more)
        best = solve_problem(wider, SolverSettings(method="cp-sat"))
        gain = best.objective - solution.objective
        spare = solution.dual_bound - solution.objective
        assert gain - spare - 1e-6 <= solution.prices[j] <= most
