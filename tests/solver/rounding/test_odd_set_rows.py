"""Odd sets of reciprocal pairs: which of them shares break, and a bound that meets the optimum."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

import matcher
from matcher.checker.check_solution import verify_solution
from matcher.solver.api import problem_of
from matcher.solver.rounding.odd_set_rows import BROKEN, broken_odd_sets
from matcher.solver.solution import Reason


def peers(worth: np.ndarray, limit: int, places: int | None = None) -> dict[str, object]:
    """Return people who are matched both ways or not at all, at most so many times each."""
    a, b = np.triu_indices(len(worth), 1)
    scores = np.where(np.eye(len(worth), dtype=bool), -np.inf, worth)
    capacity = np.full(len(worth), places or limit)
    reciprocal = np.column_stack([a, b, b, a])
    return {"scores": scores, "capacity": capacity, "limit": limit, "reciprocal": reciprocal}


def excess(held: np.ndarray, people: tuple[int, ...], limit: int) -> float:
    """Return by how much what people hold among them (n, n) is above half their slots."""
    return sum(held[a, b] for a, b in combinations(people, 2)) - len(people) * limit // 2


@pytest.mark.parametrize("seed", range(8))
def test_what_is_found_is_broken(seed: int) -> None:
    """Whatever is held, a found set has more of it among them than half of its slots."""
    rng, n, limit = np.random.default_rng(seed), 7, 1 + seed % 2
    held = np.triu(rng.random((n, n)) * (rng.random((n, n)) < 0.5), 1)
    found = broken_odd_sets(problem_of(**peers(held, limit)), held[np.triu_indices(n, 1)])
    assert all(excess(held, people, limit) > BROKEN for people in found)


def test_odd_cycles_are_found_beside_what_else_is_held() -> None:
    """A triangle and a pentagon of halves, joined by a little, and two who have each other."""
    held = np.zeros((10, 10))
    for a, b in ((0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (5, 6), (6, 7), (3, 7)):
        held[a, b] = 0.5
    held[8, 9], held[2, 3] = 1.0, 0.01
    found = broken_odd_sets(problem_of(**peers(held, 1)), held[np.triu_indices(10, 1)])
    assert found == {(0, 1, 2), (3, 4, 5, 6, 7)}


def best_pairing(worth: np.ndarray, people: frozenset[int]) -> float:
    """Return what the best pairs of people are worth."""
    if len(people) < 2:
        return 0.0
    a = min(people)
    rest = people - {a}
    paired = (worth[a, b] + worth[b, a] + best_pairing(worth, rest - {b}) for b in rest)
    return max(best_pairing(worth, rest), *paired)


@pytest.mark.parametrize("limit", [1, 2])
@pytest.mark.parametrize("seed", range(4))
def test_an_odd_number_of_peers_is_proved(seed: int, limit: int) -> None:
    """The optimum of seven people with a place each, by duals that the checker sums up itself."""
    worth = np.random.default_rng(seed).random((7, 7)) + 1.0
    arguments = peers(worth, limit, 1)
    solution = matcher.solve(**arguments)
    assert solution.objective == pytest.approx(best_pairing(worth, frozenset(range(7))))
    assert (solution.termination.reason, solution.bound_source) == (Reason.OPTIMAL, "duals")
    assert any(row.kind == "odd" and row.dual > 0 for row in solution.duals)
    assert not verify_solution(problem_of(**arguments), solution).problems
