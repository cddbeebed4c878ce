"""One mentor each: a flow finds and proves the optimum, whatever coverage and fairness say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from tests.solver.brute_force import best
from tests.solver.tiny import anything

from matcher.checker.check_solution import verify_solution
from matcher.problem.problem import Problem
from matcher.problem.rules.rule import SoftRule
from matcher.solver.api import problem_of, solve
from matcher.solver.dispatch import solve_problem
from matcher.solver.flow import flow_model, flow_network
from matcher.solver.flow.auction import auction_prices
from matcher.solver.flow.flow_method import can_flow
from matcher.solver.settings import SolverSettings


def singles(seed: int) -> Problem:
    """Draw a problem of one mentor each: places, limits, tiers, needs, ties, fairness, rules."""
    drawn = anything(seed)
    hard = tuple(rule for rule in drawn.rules if not isinstance(rule, SoftRule))
    plain = replace(drawn.scores, load=None)  # type: ignore[type-var]
    return replace(
        drawn,
        scores=plain,
        limit=np.minimum(drawn.limit, 1),
        reciprocal=None,
        fallback=None,
        rules=hard,
        tiers=drawn.tiers
        and replace(
            drawn.tiers,
            minimum=drawn.tiers.minimum
            if drawn.tiers.minimum is None
            else np.minimum(drawn.tiers.minimum, 1),
        ),
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(300))
def test_equals_brute_force_and_is_proved(seed: int) -> None:
    """The tiers, the welfare and its bound are those of listing everything."""
    problem = singles(seed)
    if not can_flow(problem):
        # Both directions of two people are one row more than a flow has.
        assert problem.person_mentor is not None
        pytest.skip("people on both sides couple pairs")
    solution = solve_problem(problem, SolverSettings())
    assert solution.method == "flow"
    expected = best(problem)
    assert expected is not None
    assert tuple(tier.value for tier in solution.tiers) == pytest.approx(expected.tiers)
    assert solution.objective == pytest.approx(expected.welfare, abs=1e-9)
    assert solution.dual_bound == pytest.approx(expected.welfare, abs=1e-7)
    report = verify_solution(problem, solution)
    assert report.ok, report.problems


@pytest.mark.slow
def test_most_draws_are_a_flow() -> None:
    """The test above does not skip its way to green."""
    assert sum(can_flow(singles(seed)) for seed in range(300)) > 150


@pytest.mark.parametrize("places", [1, 4])
@pytest.mark.parametrize("fairness", [0.0, 1.0])
def test_equals_an_assignment_with_and_without_prices(
    places: int, fairness: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scarce or plentiful, with the auction's prices or without, it is scipy's optimum."""
    rng = np.random.default_rng(3)
    score, needs = rng.random((60, 40)) / 4, rng.dirichlet(np.ones(5), 60)
    offers, capacity = rng.beta(1, 3, (40, 5)), rng.integers(0, 2 * places, 40)
    score[rng.random(score.shape) < 0.1] = np.nan
    allowed = np.isfinite(score)
    arrays = {"needs": needs, "offers": offers, "fairness": fairness}
    scores = np.where(allowed, score, 0.0)
    banned = np.argwhere(~allowed)
    found = solve(scores, capacity=capacity, limit=1, forbidden=banned, **arrays)
    worth = scores + needs @ offers.T
    worth = np.log((worth + 0.01) / 0.01) if fairness else worth
    wide = np.repeat(np.where(allowed, worth, -1e3), capacity, axis=1)
    wide = np.hstack([wide, np.zeros((60, 60))])
    optimum = wide[linear_sum_assignment(wide, maximize=True)].sum()
    assert found.objective == pytest.approx(optimum, abs=1e-9)
    assert found.gap <= 1e-9
    monkeypatch.setattr(flow_network, "PAIRS_HELD", 0)
    monkeypatch.setattr(flow_model, "FIRST_WIDTH", 1)
    plain = solve(scores, capacity=capacity, limit=1, forbidden=banned, **arrays)
    assert plain.objective == pytest.approx(optimum, abs=1e-9)


def test_hours_and_two_mentors_are_no_assignment() -> None:
    """Loads that differ from a place, and portfolios of two, couple pairs."""
    cover = {"needs": [[1.0]], "offers": [[0.5], [0.5]]}
    assert can_flow(problem_of([[1.0, 1.0]], [1, 1], 1, **cover))
    assert not can_flow(problem_of([[1.0, 1.0]], [1, 1], 2, **cover))
    assert not can_flow(problem_of([[1.0, 1.0]], [1, 1], 1, load=[[0.5, 1.0]], **cover))


@pytest.mark.parametrize("seed", range(5))
def test_the_prices_of_an_auction_are_nearly_those_of_the_optimum(seed: int) -> None:
    """Their dual value lies at or above the optimum, by less than a hundredth of it."""
    rng = np.random.default_rng(seed)
    gain, capacity = rng.random((80, 30)), rng.integers(1, 4, 30).astype(float)
    price = auction_prices(gain.astype(np.float32), capacity)
    dual = price @ capacity + np.maximum((gain - price).max(axis=1), 0.0).sum()
    wide = np.hstack([np.repeat(gain, capacity.astype(int), axis=1), np.zeros((80, 80))])
    optimum = wide[linear_sum_assignment(wide, maximize=True)].sum()
    assert optimum - 1e-4 <= dual <= 1.01 * optimum


def test_an_auction_without_places_or_gains_asks_nothing() -> None:
    """Nobody bids where nothing is worth a place, and nobody buys a place that is not there."""
    gain = np.array([[-1.0, -np.inf], [-np.inf, -2.0]], dtype=np.float32)
    assert auction_prices(gain, np.ones(2)).tolist() == [0.0, 0.0]
    assert auction_prices(np.abs(gain[:1, :1]), np.zeros(1)).tolist() == [0.0]
