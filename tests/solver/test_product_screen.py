"""Scores that are a product: the same maxima as pair by pair, tile by tile and with any guess."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import matcher
from matcher.errors import InputError
from matcher.problem.problem import Assignment, Problem
from matcher.solver import scarce_places
from matcher.solver.columns.generation import Generation
from matcher.solver.limits import Clock
from matcher.solver.model.linking_rows import Rows
from matcher.solver.pricing import product_screen
from matcher.solver.pricing.scan import Scanner
from matcher.solver.score_sources import ArrayScores, Bans, ComputedMatrix
from matcher.solver.settings import SolveRun
from matcher.solver.solution import MethodAnswer, Reason, as_solution


@dataclass(frozen=True)
class Products:
    """Scores that are a product, and say so if asked to."""

    left: NDArray[Any]
    right: NDArray[Any]

    @property
    def shape(self) -> tuple[int, int]:
        """Mentees and mentors."""
        return len(self.left), len(self.right)

    @property
    def factors(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Both sides."""
        return self.left, self.right

    def block(self, rows: NDArray[np.int64]) -> NDArray[Any]:
        """Return some rows."""
        return np.asarray(self.left[rows] @ self.right.T)


class Silent(Products):
    """The same without a word on what they are the product of."""

    factors = None  # type: ignore[assignment]


def drawn(seed: int, n: int = 40, m: int = 50, **changed: Any) -> dict[str, Any]:
    """Few places, up to three mentors each, four facets."""
    rng = np.random.default_rng(seed)
    # Halves and quarters, so that float32 holds a product whole and blocks say the same to the bit.
    left = rng.integers(0, 9, (n, 3)) / 32
    right = rng.integers(0, 9, (m, 3)) / 32
    found = {
        "scores": Products(left.astype(np.float32), right.astype(np.float32)),
        "capacity": rng.integers(0, 3, m),
        "limit": rng.integers(0, 4, n),
        "needs": 0.6 * rng.dirichlet(np.full(4, 0.4), n),
        "offers": rng.beta(1.0, 3.0, (m, 4)),
    }
    return found | changed


def problem_of(arguments: dict[str, Any], kind: type[Products]) -> Problem:
    """Return the problem, whose scores are told as a product or not."""
    given = arguments["scores"]
    scores = ComputedMatrix(kind(given.left, given.right), "scores", -np.inf)
    nobody = Bans.of(np.empty((0, 2), dtype=np.int64), len(given.left))
    return Problem(**{**arguments, "scores": ArrayScores(scores, None, nobody)})


@given(
    seed=st.integers(0, 10_000),
    tile=st.sampled_from([7, 16, 2048]),
    second_cover=st.sampled_from([0.0, 0.4]),
    min_gain=st.sampled_from([0.0, 0.02]),
    hinted=st.booleans(),
)
def test_the_maxima_are_those_of_every_pair(
    seed: int, tile: int, second_cover: float, min_gain: float, hinted: bool
) -> None:
    """The best set of each mentee at drawn prices, whatever the tiles and the hint."""
    rng = np.random.default_rng(seed)
    arguments = drawn(seed, second_cover=second_cover, min_gain=min_gain)
    best = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(product_screen, "TILE", tile)
        patch.setattr(product_screen, "MENTEES", 9)
        y = rng.random(50) * rng.choice([0.05, 0.3])
        for kind in (Silent, Products):
            problem = problem_of(arguments, kind)
            scanner = Scanner(problem)
            assert (scanner.products is not None) == (kind is Products)
            generation = Generation(Rows(problem, problem.max_size), scanner, SolveRun())
            generation.y[:50] = y
            items = generation._candidates()
            sets, cuts = scanner.price(generation._question(), items, 5)
            generation.pool, _ = generation.pool.add(generation.rows, sets)
            known = generation.pool.leaders(generation.y)
            hint = items if hinted else None
            asked = generation.rows, generation.y, known, cuts, generation.at
            best.append(scanner.scan(*asked, width=6, likely=hint).best)
    assert np.allclose(best[0], best[1], atol=1e-9)


@pytest.mark.parametrize("tile", [8, 2048])
def test_listed_are_the_best(tile: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one tile the best of all are listed; with many those that stand out."""
    monkeypatch.setattr(product_screen, "TILE", tile)
    problem = problem_of(drawn(3), Products)
    scanner = Scanner(problem)
    rows, width = Rows(problem, problem.max_size), 5
    items = scanner.scan(rows, np.zeros(rows.count), None, None, np.zeros(40), width=width)
    assert problem.needs is not None
    assert problem.offers is not None
    worth = problem.scores.block(np.arange(40)).score + problem.needs @ problem.offers.T
    for mentee, code in enumerate(items.candidates.code):
        here = code[code >= 0]
        least = np.sort(worth[mentee])[-len(here)]
        assert (worth[mentee, here] >= least - 1e-6).all()
        assert len(here) == width if tile > 50 else len(here) >= 1
    there = items.candidates.code >= 0
    score = problem.scores.block(np.arange(40)).score
    row, slot = np.nonzero(there)
    found = items.candidates.score[there]
    assert np.allclose(found, score[row, items.candidates.code[row, slot]], atol=1e-7)


def test_a_market_of_products_is_solved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Through ``solve``: a bound above the optimum, and an answer within the gap of it."""
    arguments = drawn(5, 120, 100, limit=np.full(120, 2), capacity=np.ones(100, dtype=np.int64))
    whole = matcher.solve(**arguments, gap=1e-6)
    monkeypatch.setattr(scarce_places, "PAIRS_HELD", 100)
    monkeypatch.setattr(scarce_places, "MARKET_PAIRS", 3_000)
    found = matcher.solve(**arguments, gap=1e-2)
    assert found.bounds.dual >= whole.objective - 1e-6
    assert found.objective <= whole.bounds.dual + 1e-6
    assert found.bounds.gap <= 1e-2


@pytest.mark.parametrize(
    ("right", "code"),
    [(np.ones((50, 2)), "E_SHAPE"), (np.ones((4, 3)), "E_SHAPE")],
)
def test_factors_that_do_not_fit(right: NDArray[Any], code: str) -> None:
    """Sides of another width or number are told."""

    class Odd(Products):
        @property
        def factors(self) -> tuple[NDArray[Any], NDArray[Any]]:
            return self.left, right

    given = drawn(1)["scores"]
    with pytest.raises(InputError) as error:
        matcher.solve(**drawn(1, scores=Odd(given.left, given.right)))
    assert error.value.findings[0].code == code


@dataclass(frozen=True)
class Lying(Products):
    """Scores of which one pair is worth more than the product says."""

    row: int

    def block(self, rows: NDArray[np.int64]) -> NDArray[Any]:
        """Return some rows."""
        return np.asarray(self.left[rows] @ self.right.T + 5.0 * (rows == self.row)[:, None])


def test_factors_of_other_scores_are_refused() -> None:
    """Bounds rest on the product: where it is not what blocks say, nothing is solved."""
    given = drawn(1)["scores"]
    with pytest.raises(InputError) as error:
        matcher.solve(**drawn(1, scores=Lying(given.left, given.right, row=7)))
    assert error.value.findings[0].code == "E_CONFLICT"


def test_a_bound_below_the_answer_is_none() -> None:
    """Whatever it came from, it proves nothing, and is not told as a bound."""
    problem = problem_of(drawn(1), Silent)
    nobody = Assignment.empty()
    answer = MethodAnswer(nobody, bound=-1.0, source="duals")
    found = as_solution(problem, answer, method="portfolio", gap=1e-3, clock=Clock())
    assert found.termination.reason is Reason.FEASIBLE
    assert found.bounds.dual == np.inf
