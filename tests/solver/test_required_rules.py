"""Forced pairs that keep a rule only with somebody beside them, whom others want as well."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from matcher.checker.check_solution import verify_solution
from matcher.problem.problem import Assignment, Fairness, Problem, Tiers
from matcher.problem.rules.rule import PortfolioRule
from matcher.problem.rules.seats import SeatRule
from matcher.problem.value import breaks_rules
from matcher.solver.dispatch import solve_problem
from matcher.solver.settings import SolverSettings
from matcher.solver.solution import Reason

from .instances import without
from .tiny import Table, anything

ONE_EACH = Tiers(np.ones(2, dtype=np.int64), None, np.ones(2, dtype=np.int64))


@pytest.mark.parametrize("tiers", [None, ONE_EACH])
@pytest.mark.parametrize("fairness", [0.0, 1.0, "max-min"])
def test_the_outsider_beside_a_forced_mentor(fairness: Fairness, tiers: Tiers | None) -> None:
    """Mentee 0 must have mentor 0 of its own organisation, and so mentor 1, whom 1 wants more."""
    problem = Problem(
        Table(np.array([[0.5, 0.1], [-np.inf, 0.9]]), None, None),
        np.ones(2),
        np.array([2, 1]),
        required=np.array([[0, 0]]),
        rules=(SeatRule.external(1, np.array([0, 5]), np.array([0, 1])),),
        fairness=fairness,
        tiers=tiers,
    )
    solution = solve_problem(problem, SolverSettings(method="portfolio"))
    assert solution.pairs.tolist() == [[0, 0], [0, 1]]
    assert verify_solution(problem, solution).ok


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_equals_an_exact_solver(seed: int) -> None:
    """There is an answer exactly where CP-SAT has one, and it is as good."""
    rng = np.random.default_rng(seed)
    problem = anything(seed)
    n, m = problem.n_mentees, problem.n_mentors
    others = without(problem, PortfolioRule).rules
    rules = (*others, SeatRule.external(1, rng.integers(0, 2, n), rng.integers(0, 2, m)))
    allowed = np.argwhere(np.isfinite(problem.scores.block(np.arange(n)).score))
    allowed = allowed[problem.limit[allowed[:, 0]] > 0]
    required = allowed[rng.permutation(len(allowed))[:1]]
    problem = replace(problem, rules=rules, required=required)
    best = solve_problem(problem, SolverSettings(method="cp-sat"))
    solution = solve_problem(problem, SolverSettings(method="portfolio", threads=1))
    assert np.isfinite(solution.objective) == np.isfinite(best.objective)
    if not np.isfinite(best.objective):
        assert solution.termination.reason is Reason.INFEASIBLE
        return
    chosen = Assignment.of(solution.pairs, solution.reciprocal)
    assert not breaks_rules(problem, chosen).any()
    report = verify_solution(problem, solution)
    assert report.ok, report.problems
    assert [tier.value for tier in solution.tiers] == [tier.value for tier in best.tiers]
    assert solution.objective == pytest.approx(best.objective, abs=1e-3)
