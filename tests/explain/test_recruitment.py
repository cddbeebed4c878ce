"""What one more mentor would add is bounded by the duals and found exactly by solving again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.solve.instances import random_problem

from matcher.explain.recruitment import with_mentor
from matcher.solve.dispatch import solve_problem
from matcher.solve.extended import gains_of_a_mentor


@pytest.mark.parametrize("seed", range(12))
def test_bound_holds(seed: int) -> None:
    """The largest gain and the absolute gap together are at least what the mentor really adds."""
    problem = replace(random_problem(seed, 5, 4), tiers=None, max_matches=np.inf)
    solution = solve_problem(problem, method="portfolio", threads=1)
    facets = problem.offers.shape[1]
    offer = np.random.default_rng(seed).random(facets)
    wider = with_mentor(problem, offer, 0.2, np.ones(5, dtype=bool))
    again = solve_problem(wider, method="portfolio", threads=1)
    bound = gains_of_a_mentor(problem, wider, solution).max() + solution.dual_bound
    assert bound >= again.objective - 1e-7
    assert again.objective >= solution.objective - 1e-6
