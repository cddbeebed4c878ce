"""Tiers that a flow cannot prove are raised among listed portfolios, never below what is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.solver.tiny import anything

from matcher.checker.check_solution import verify_solution
from matcher.problem.problem import Tiers
from matcher.problem.value import tier_values
from matcher.solver.baselines.greedy import complete
from matcher.solver.dispatch import solve_problem
from matcher.solver.rounding import first_solution
from matcher.solver.settings import SolverSettings


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(30))
def test_too_many_columns_for_an_exact_choice(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a dive alone the tiers are no lower than greedy's, and their bounds hold."""
    problem = anything(seed)
    n = problem.n_mentees
    waiting = np.random.default_rng(seed).integers(0, 50, n)
    problem = replace(problem, fairness=0.0, tiers=Tiers(np.ones(n, dtype=np.int64), waiting))
    best = solve_problem(problem, SolverSettings(method="cp-sat"))
    monkeypatch.setattr(first_solution, "LISTED_IN_ALL", 0)
    monkeypatch.setattr(first_solution, "CHOSEN_AMONG", 0)
    solution = solve_problem(problem, SolverSettings(method="portfolio", threads=1))
    report = verify_solution(problem, solution)
    assert report.ok, report.problems
    reached = tuple(tier.value for tier in solution.tiers)
    assert reached >= tuple(value for _, value in tier_values(problem, complete(problem)))
    assert reached <= tuple(tier.value for tier in best.tiers)
    assert solution.tiers[0].bound >= best.tiers[0].value - 1e-6
