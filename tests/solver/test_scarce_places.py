"""Scarce places with too many pairs for one flow: disjoint markets, listed pairs, an exact scan."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from scipy import sparse

import matcher
from matcher.solver import scarce_places
from matcher.solver.api import problem_of
from matcher.solver.columns.generation import Generation
from matcher.solver.dispatch import solve_problem
from matcher.solver.scarce_places import fitted_prices
from matcher.solver.settings import SolverSettings, SolveRun


def arguments(seed: int, n: int, m: int) -> dict[str, Any]:
    """About one place a mentee, relations as cosines, four facets, up to three mentors each."""
    rng = np.random.default_rng(seed)
    people = rng.standard_normal((n + m, 8))
    people /= np.linalg.norm(people, axis=1, keepdims=True)
    places = 1 + rng.multinomial(n - m, np.full(m, 1 / m))
    return {
        "scores": 0.07 * (1 + people[:n] @ people[n:].T),
        "capacity": places,
        "limit": rng.integers(1, 4, n),
        "needs": 0.6 * rng.dirichlet(np.full(4, 0.35), n),
        "offers": rng.beta(1.0, 3.0, (m, 4)),
    }


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let few pairs count as many, and markets be smaller still."""
    monkeypatch.setattr(scarce_places, "PAIRS_HELD", 100)
    monkeypatch.setattr(scarce_places, "MARKET_PAIRS", 4_000)
    monkeypatch.setattr(scarce_places, "WIDTH", 10)


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize("seed", range(3))
def test_within_the_gap_of_the_optimum(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound holds the optimum that the flow over all pairs proves, and the answer is near."""
    drawn = arguments(seed, 200, 100)
    found = matcher.solve(**drawn, gap=2e-3)
    monkeypatch.setattr(scarce_places, "PAIRS_HELD", 30_000_000)
    whole = matcher.solve(**drawn, gap=1e-6)
    assert found.termination.is_closed
    assert found.bounds.dual >= whole.objective - 1e-9
    assert found.objective <= whole.bounds.dual + 1e-9
    assert found.objective >= whole.objective * (1 - 2e-3)
    assert (np.bincount(found.pairs[:, 1], minlength=100) <= drawn["capacity"]).all()


@pytest.mark.usefixtures("_small")
def test_it_is_this_way_that_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing falls back to column generation, and the objective is that of the pairs."""
    found: list[object] = []
    before = scarce_places.ListedMarket.proved
    monkeypatch.setattr(
        scarce_places.ListedMarket, "proved", lambda self: found.append(before(self)) or found[-1]
    )
    drawn = arguments(4, 200, 100)
    solution = matcher.solve(**drawn, gap=2e-3)
    assert found
    assert found[0] is not None
    mentee, mentor = solution.pairs.T
    score = drawn["scores"][mentee, mentor]
    cover = (drawn["needs"][mentee] * drawn["offers"][mentor]).sum()
    assert len(np.unique(mentee)) == len(mentee)
    assert np.isclose(solution.objective, score.sum() + cover, rtol=1e-12)


@pytest.mark.usefixtures("_small")
def test_scans_go_on_as_long_as_each_halves_the_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where few pairs are listed the first scan is far off, and others bring what is missing."""
    monkeypatch.setattr(scarce_places, "WIDTH", 3)
    monkeypatch.setattr(scarce_places, "HOPELESS", 1.0)
    drawn = arguments(0, 200, 100)
    whole = matcher.solve(**drawn, gap=2e-3)
    monkeypatch.setattr(scarce_places, "SETTLING", 0.0)
    left = matcher.solve(**drawn, gap=2e-3)
    assert 1 < whole.iterations < left.iterations  # the rest are column generation's
    assert max(whole.bounds.gap, left.bounds.gap) <= 2e-3
    assert whole.bounds.dual >= left.objective


@pytest.mark.parametrize("places", [1, 2])
def test_a_known_answer_is_no_detour(places: int) -> None:
    """Where one mentor each is the answer, a start from it takes the one look that a cold one does.

    Else its prices spare rounds.
    """
    drawn = arguments(0, 60, 30)
    problem = problem_of(**{**drawn, "capacity": places * drawn["capacity"]})
    cold = solve_problem(problem)
    warm = solve_problem(problem, start=cold)
    assert (cold.iterations > 1) == (places > 1)
    assert warm.iterations <= cold.iterations
    assert warm.objective == pytest.approx(cold.objective, rel=5e-4)


@pytest.mark.usefixtures("_small")
def test_what_it_cannot_list_is_left_to_others() -> None:
    """With fairness prices do not order mentors as their worth does: column generation answers."""
    drawn = arguments(1, 60, 30)
    assert matcher.solve(**drawn, fairness=1.0, gap=5e-3).bounds.gap <= 5e-3


def test_fitted_prices_lower_the_bound_and_stay_near() -> None:
    """From prices of 0 on, the bound over the pairs falls, and nothing moves beyond its reach."""
    rng = np.random.default_rng(0)
    worth = sparse.csr_array(0.5 + 0.5 * rng.random((60, 30)))
    capacity, start = np.full(30, 2.0), np.full(30, 0.2)

    def bound(price: np.ndarray) -> float:
        best = (worth.toarray() - price).max(axis=1)
        return float(capacity @ price + np.maximum(best, 0.0).sum())

    found = fitted_prices(worth, capacity, start, 1e-3)
    assert bound(found) < bound(start)
    assert (found >= 0).all()
    assert np.ptp(found - start) <= 0.5 + 1e-9


@pytest.mark.parametrize(
    ("bound", "known", "near"),
    [(np.inf, 1.0, False), (1.0, -np.inf, False), (1.0, 0.996, True), (1.0, 0.98, False)],
)
def test_an_answer_is_near_only_beside_a_bound(bound: float, known: float, near: bool) -> None:
    """The bound of an earlier scan proves a later answer; before any scan there is none."""
    generation = cast("Generation", SimpleNamespace(bound=bound, known=known))
    run = SolveRun(replace(SolverSettings(), gap=5e-3))
    market = cast("scarce_places.ListedMarket", SimpleNamespace(run=run))
    assert scarce_places.ListedMarket._is_near(market, generation) is near
