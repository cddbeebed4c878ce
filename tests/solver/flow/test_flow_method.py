"""Tests of ``matcher.solver.flow.flow_method``."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.solver.brute_force import best
from tests.solver.tiny import anything, separable

from matcher.checker.check_solution import verify_solution
from matcher.errors import ConfigError
from matcher.problem.problem import Assignment, Problem
from matcher.problem.value import tier_values, welfare
from matcher.solver.api import problem_of
from matcher.solver.dispatch import solve_problem
from matcher.solver.flow import flow_model
from matcher.solver.flow.flow_method import can_flow, solve_flow
from matcher.solver.flow.relaxed_flow import tier_targets
from matcher.solver.settings import SolverSettings, SolveRun


def reached(problem: Problem, assignment: Assignment | None) -> tuple[float, ...]:
    """Return tier values without their names."""
    assert assignment is not None
    return tuple(amount for _, amount in tier_values(problem, assignment))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(150))
def test_equals_brute_force(seed: int) -> None:
    """Bans, pools, sponsorships, limits, kept pairs and tiers all at once: the exact optimum."""
    problem = separable(seed)
    assert can_flow(problem)
    expected = best(problem)
    assert expected is not None
    answer = solve_flow(problem, SolveRun())
    assert answer.assignment is not None
    assert reached(problem, answer.assignment) == expected.tiers
    assert welfare(problem, answer.assignment) == pytest.approx(expected.welfare, abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(150))
def test_duals_prove_the_optimum(seed: int) -> None:
    """The bound at the duals, tier rows included, is the optimum itself."""
    problem = separable(seed)
    answer = solve_flow(problem, SolveRun())
    assert answer.assignment is not None
    assert answer.source == "duals"
    assert answer.dual_bound == pytest.approx(welfare(problem, answer.assignment), abs=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_the_checker_agrees(seed: int) -> None:
    """The independent checker re-proves the bound from the published rows."""
    problem = separable(seed)
    solution = solve_problem(problem, SolverSettings(method="flow"))
    report = verify_solution(problem, solution)
    assert report.ok, report.problems
    assert solution.bounds.gap <= 1e-8


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_out_of_time_the_bound_still_holds(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flow that may price no pairs in hands over what fits, and no bound below the optimum."""
    monkeypatch.setattr(flow_model, "FIRST_WIDTH", 1)
    problem = separable(seed)
    optimum = solve_problem(problem, SolverSettings(method="flow"))
    solution = solve_problem(problem, SolverSettings(method="flow", time_limit=0.0))
    report = verify_solution(problem, solution)
    assert report.ok, report.problems
    tiers = tuple(tier.value for tier in solution.tiers)
    best = tuple(tier.value for tier in optimum.tiers)
    assert tiers <= best
    assert all(
        t.bound >= value - 1e-6 for t, value in list(zip(solution.tiers, best, strict=True))[:1]
    )
    if tiers == best:
        assert solution.bounds.dual >= optimum.objective - 1e-8


@pytest.mark.parametrize("seed", range(40))
def test_required_pairs_are_held(seed: int) -> None:
    """Forced pairs stand, even at a loss, and the rest is optimal around them."""
    problem = separable(seed)
    score = problem.scores.block(np.arange(problem.n_mentees)).score
    mentee, mentor = np.nonzero(np.isfinite(score) & (problem.limit > 0)[:, None])
    room = np.ones(len(mentor), dtype=bool)
    for limit in problem.limits:
        group = limit.group[mentor]
        room &= (group < 0) | (limit.most[group] > 0)
    if not room.any():
        pytest.skip("no pair can be forced here")
    pair = np.column_stack([mentee[room], mentor[room]])[:1]
    forced = replace(problem, required=pair)
    expected = best(forced)
    assert expected is not None
    answer = solve_flow(forced, SolveRun())
    assert answer.assignment is not None
    assert pair.tolist()[0] in answer.assignment.pairs.tolist()
    assert reached(forced, answer.assignment) == expected.tiers
    assert welfare(forced, answer.assignment) == pytest.approx(expected.welfare, abs=1e-9)
    assert answer.dual_bound == pytest.approx(expected.welfare, abs=1e-8)


@pytest.mark.parametrize("minimum", [0, 1, 2])
def test_pricing_equals_all_arcs(minimum: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting with one pair a mentee ends at the optimum over all pairs."""
    rng = np.random.default_rng(5)
    quality = rng.random(30)
    scores = quality + 0.3 * rng.random((60, 30))
    scores[rng.random((60, 30)) < 0.3] = -np.inf
    problem = problem_of(scores, rng.integers(0, 4, 30), 3, minimum=minimum)
    monkeypatch.setattr(flow_model, "FIRST_WIDTH", 30)
    dense = solve_flow(problem, SolveRun())
    monkeypatch.setattr(flow_model, "FIRST_WIDTH", 1)
    monkeypatch.setattr(flow_model, "ADDED_WIDTH", 2)
    priced = solve_flow(problem, SolveRun())
    assert dense.assignment is not None
    assert priced.assignment is not None
    assert reached(problem, dense.assignment) == reached(problem, priced.assignment)
    assert welfare(problem, dense.assignment) == pytest.approx(
        welfare(problem, priced.assignment), abs=1e-9
    )
    assert priced.dual_bound == pytest.approx(welfare(problem, priced.assignment), abs=1e-8)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_tier_targets_bound_the_tiers(seed: int) -> None:
    """For any problem the first tier's target is a bound, and exact ones are reached."""
    problem = anything(seed)
    expected = best(problem)
    assert expected is not None
    found = tier_targets(problem)
    targets = tuple(value for _, value in found.targets)
    assert targets >= expected.tiers
    if found.exact:
        assert targets == expected.tiers == reached(problem, found.assignment)


def test_oracles() -> None:
    """One to one beats greedy's 10 by 16; two rounds' 25 become 26 jointly."""
    for scores, capacity, limit, optimum in (
        ([[9, 8], [8, 1]], [1, 1], 1, 16),
        ([[10, 9, 1], [9, 1, 7]], [1, 1, 1], 2, 26),
    ):
        problem = problem_of(scores, capacity, limit)
        answer = solve_flow(problem, SolveRun())
        assert answer.assignment is not None
        assert welfare(problem, answer.assignment) == optimum


def test_tiers_need_their_duals() -> None:
    """Two mentees before one with two mentors: 1.01, proved by the tier's dual."""
    problem = problem_of([[1, 1], [0.01, -np.inf]], [1, 1], 2, minimum=1)
    answer = solve_flow(problem, SolveRun())
    assert answer.dual_bound == pytest.approx(1.01, abs=1e-8)
    assert next(row.dual for row in answer.duals if row.kind == "tier") < -0.9


def test_what_is_no_sum_over_pairs_is_refused() -> None:
    """Coverage by two mentors cannot be solved as a flow, and the error says what can."""
    problem = problem_of([[1.0, 1.0]], [1, 1], 2, needs=[[1.0]], offers=[[0.5], [0.5]])
    with pytest.raises(ConfigError, match="portfolio"):
        solve_flow(problem, SolveRun())


def test_loads_of_one_are_places() -> None:
    """Loads that are all 1 leave the problem a flow; others do not."""
    assert can_flow(problem_of([[1.0]], [1], 1, load=[[1.0]]))
    assert not can_flow(problem_of([[1.0]], [1], 1, load=[[0.5]]))
