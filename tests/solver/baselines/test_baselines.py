"""Tests of ``matcher.solver.baselines``."""

from __future__ import annotations

import numpy as np
import pytest
from tests.solver.brute_force import Item, best, is_feasible, items_of, portfolios
from tests.solver.tiny import anything

from matcher.arrays import best_first
from matcher.problem.problem import Assignment, Problem
from matcher.problem.rules.pools import Pools
from matcher.problem.value import tier_values, welfare
from matcher.solver.api import problem_of
from matcher.solver.baselines.baselines import run_baseline
from matcher.solver.baselines.greedy import complete

METHODS = ("random", "greedy", "sequential", "stable")


def as_items(problem: Problem, assignment: Assignment) -> list[tuple[Item, ...]]:
    """Return an assignment as the oracle's portfolios."""
    chosen = []
    for i in range(problem.n_mentees):
        mine = assignment.pairs[:, 0] == i
        wanted = set(
            zip(
                assignment.pairs[mine, 1].tolist(),
                assignment.reciprocal[mine].tolist(),
                strict=True,
            )
        )
        found = tuple(item for item in items_of(problem, i) if (item.mentor, item.number) in wanted)
        assert len(found) == mine.sum()
        chosen.append(found)
    return chosen


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", range(40))
def test_hard_constraints_hold(seed: int, method: str) -> None:
    """Every baseline's answer is one of the assignments that the oracle allows."""
    problem = anything(seed)
    chosen = as_items(problem, run_baseline(problem, method, seed=seed))
    assert is_feasible(problem, chosen)
    for i, portfolio in enumerate(chosen):
        assert set(portfolio) in [set(allowed) for allowed in portfolios(problem, i)]


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", range(20))
def test_never_above_the_optimum(seed: int, method: str) -> None:
    """No baseline beats the lexicographic optimum."""
    problem = anything(seed)
    expected = best(problem)
    assert expected is not None
    found = run_baseline(problem, method)
    reached = tuple(value for _, value in tier_values(problem, found))
    assert (reached, welfare(problem, found)) <= (expected.tiers, expected.welfare + 1e-9)


def test_greedy_takes_the_largest_first() -> None:
    """The oracle of RELIABILITY: greedy ends at 10 where 16 is possible."""
    problem = problem_of([[9, 8], [8, 1]], [1, 1], 1)
    assert welfare(problem, run_baseline(problem, "greedy")) == 10
    assert welfare(problem, run_baseline(problem, "sequential")) == 16


def test_rounds_lose_to_joint_portfolios() -> None:
    """Sequential rounds end at 25 where 26 is possible."""
    problem = problem_of([[10, 9, 1], [9, 1, 7]], [1, 1, 1], 2)
    assert welfare(problem, run_baseline(problem, "sequential")) == 25


def test_stable_has_no_blocking_pair() -> None:
    """No mentee and mentor with room or something worse prefer each other."""
    rng = np.random.default_rng(2)
    scores = rng.random((12, 6))
    problem = problem_of(scores, rng.integers(1, 3, 6), 2)
    pairs = run_baseline(problem, "stable").pairs
    held = np.zeros(scores.shape, dtype=bool)
    held[pairs[:, 0], pairs[:, 1]] = True
    for i, j in np.argwhere(~held).tolist():
        mine, theirs = scores[i, held[i]], scores[held[:, j], j]
        mentee_wants = len(mine) < problem.limit[i] or mine.min() < scores[i, j]
        mentor_wants = len(theirs) < problem.capacity[j] or theirs.min() < scores[i, j]
        assert not (mentee_wants and mentor_wants)


def test_random_follows_the_seed() -> None:
    """The same seed gives the same answer, another one another."""
    problem = problem_of(np.random.default_rng(1).random((20, 10)), np.full(10, 3), 2)
    first, again, other = (
        run_baseline(problem, "random", seed=s).pairs.tolist() for s in (1, 1, 2)
    )
    assert first == again
    assert first != other


@pytest.mark.parametrize("seed", range(30))
def test_complete_keeps_what_is_there(seed: int) -> None:
    """Completing an assignment adds to it, and no tier falls."""
    problem = anything(seed)
    start = run_baseline(problem, "random", seed=seed)
    filled = complete(problem, start)
    assert is_feasible(problem, as_items(problem, filled))
    assert {tuple(p) for p in start.pairs.tolist()} <= {tuple(p) for p in filled.pairs.tolist()}
    before, after = tier_values(problem, start), tier_values(problem, filled)
    assert all(b[1] <= a[1] for b, a in zip(before, after, strict=True))


def test_inputs_stay_as_they_are() -> None:
    """A ledger works on copies of the problem's arrays."""
    problem = problem_of(np.ones((3, 2)), [2, 2], 1, pool=["x", "x"], pool_capacity={"x": 3})
    (pools,) = problem.rules_of(Pools)
    before = problem.capacity.copy(), pools.most.copy()
    run_baseline(problem, "greedy")
    np.testing.assert_array_equal(problem.capacity, before[0])
    np.testing.assert_array_equal(pools.most, before[1])


def test_the_best_come_first_and_the_lowest_at_ties() -> None:
    """As a stable sort of whole rows has them, with ties, few columns and columns that are shut."""
    rng = np.random.default_rng(0)
    for _ in range(60):
        values = rng.integers(0, 5, (7, int(rng.integers(1, 30)))).astype(float)
        values[rng.random(values.shape) < 0.3] = -np.inf
        width = int(rng.integers(1, 32))
        expected = np.argsort(-values, axis=1, kind="stable")[:, :width]
        assert np.array_equal(best_first(values, width), expected)
