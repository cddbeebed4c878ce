"""A cut proves a tier only if nothing reaches more, and always where places alone bind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse
from tests.solver.instances import random_problem

from matcher.checker.check_solution import verify_solution
from matcher.checker.tier_proof import surely_missed, unproved_tiers
from matcher.problem.problem import Problem, Tiers
from matcher.solver.dispatch import solve_problem
from matcher.solver.settings import SolverSettings
from matcher.solver.solution import Solution


class Worth:
    """Pairs of a table, each worth 1."""

    def __init__(self, allowed: np.ndarray) -> None:
        self.score = np.where(allowed, 1.0, -np.inf)
        self.shape = allowed.shape

    def block(self, rows: np.ndarray):
        """Return the items of some mentees."""
        from matcher.problem.problem import ItemBlock

        return ItemBlock(self.score[rows])


def plain(seed: int, n: int = 7, m: int = 5) -> Problem:
    """Return people in two classes who have waited and may have chosen, and few places."""
    draw = np.random.default_rng(seed)
    tiers = Tiers(draw.integers(1, 3, n), draw.integers(0, 9, n), draw.integers(1, 3, n))
    if seed % 2:
        tiers = replace(tiers, choices=sparse.csr_array(10.0 * draw.integers(0, 6, (n, m))))
    places = draw.integers(0, 3, m).astype(float)
    return Problem(Worth(draw.random((n, m)) < 0.45), places, draw.integers(0, 4, n), tiers=tiers)


def solved(problem: Problem, method: str = "cp-sat") -> Solution:
    """Return what a method finds."""
    return solve_problem(problem, SolverSettings(method=method, threads=1))


@pytest.mark.parametrize("seed", range(25))
def test_what_is_best_is_proved_where_places_alone_bind(seed: int) -> None:
    """Who is reached, and how long they waited, has a cut at the best, and none at a worse answer.

    Of choices and least numbers of mentors it may have none: no fault of an answer that is best.
    """
    problem = plain(seed)
    best = solved(problem)
    tiers = [(tier.name, tier.value) for tier in best.tiers]
    unproved = unproved_tiers(problem, best.pairs, tiers)
    assert surely_missed(problem, unproved) == []
    report = verify_solution(problem, best)
    assert report.ok
    assert report.unproved == unproved
    if len(best.pairs):
        first = best.pairs[0, 0]
        fewer = best.pairs[best.pairs[:, 0] != first]
        level = f"reached:{problem.tiers.priority[first]}"
        lost = [(name, value - (name == level)) for name, value in tiers]
        assert level in surely_missed(problem, unproved_tiers(problem, fewer, lost))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_no_cut_proves_what_is_not_best(seed: int) -> None:
    """With loads, pools, reciprocal pairs and rules a cut may be weak, never wrong."""
    problem = random_problem(seed, 6, 5)
    if problem.tiers is None:
        problem = replace(problem, tiers=Tiers(np.ones(6, dtype=np.int64)))
    best, other = solved(problem), solved(problem, "greedy")
    wanted = {tier.name: tier.value for tier in best.tiers}
    tiers = [(tier.name, tier.value) for tier in other.tiers if tier.name in wanted]
    unproved = unproved_tiers(problem, other.pairs, tiers)
    for name, value in tiers:
        if name not in unproved:
            assert value >= wanted[name] - 1e-6
        if value != wanted[name]:
            break  # later tiers are held at other values
