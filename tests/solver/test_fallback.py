"""Sponsorships that may give way to a pair's next approach, against trying everything."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from matcher.checker.check_solution import verify_solution
from matcher.problem.market import FALLBACK
from matcher.problem.problem import Assignment, Problem
from matcher.problem.rules.approach_seats import ApproachSeat
from matcher.problem.rules.seats import SeatRule
from matcher.problem.rules.sponsorship_limit import SponsorshipLimit
from matcher.problem.value import tier_values, welfare
from matcher.solver.dispatch import solve_problem
from matcher.solver.settings import SolverSettings

from .brute_force import best
from .instances import without
from .tiny import Table, anything, with_fallback


def sponsored_problem(seed: int) -> Problem:
    """Draw a problem with any terms in which most pairs are sponsorships with a next approach."""
    rng = np.random.default_rng([seed, 7])
    problem = without(replace(anything(seed), fallback=None), SponsorshipLimit)
    every = problem.scores.block(np.arange(problem.n_mentees))
    sponsored = rng.random(every.score.shape) < 0.8
    rules = (*problem.rules, SponsorshipLimit(rng.integers(0, 3, problem.n_mentors).astype(float)))
    rules = tuple(rule for rule in rules if seed % 2 or not isinstance(rule, SeatRule))
    scores = Table(every.score, every.load, sponsored)
    drawn = with_fallback(replace(problem, scores=scores, rules=rules), rng)
    return with_approach_seat(drawn, rng) if seed % 3 == 0 else drawn


def with_approach_seat(problem: Problem, rng: np.random.Generator) -> Problem:
    """Return the problem with a seat that about half of all items count for."""
    n, m = problem.n_mentees, problem.n_mentors
    low, nobody = int(rng.integers(0, 2)), np.zeros(m, dtype=np.int64)
    ways = rng.integers(0, 8, (n, m)).astype(np.uint8)
    seat = ApproachSeat(
        "by approach", low, 1.0, nobody[:1].repeat(n), nobody, nobody, nobody, ways=ways
    )
    return replace(problem, rules=(*problem.rules, seat))


@pytest.mark.slow
@pytest.mark.parametrize("method", ["portfolio", "cp-sat"])
@pytest.mark.parametrize("seed", range(60))
def test_equals_brute_force(seed: int, method: str) -> None:
    """Tiers and welfare are the best there are, the checker agrees and proves the bound."""
    problem = sponsored_problem(seed)
    expected = best(problem)
    assert expected is not None
    solution = solve_problem(problem, SolverSettings(method=method, threads=1, gap=0.0))
    chosen = Assignment.of(solution.pairs, solution.reciprocal)
    assert tuple(amount for _, amount in tier_values(problem, chosen)) == expected.tiers
    assert welfare(problem, chosen) == pytest.approx(expected.welfare, abs=1e-6)
    report = verify_solution(problem, solution)
    assert report.ok, report.problems
    assert report.bound >= expected.welfare - 1e-7


def test_the_first_approach_stands_where_it_can() -> None:
    """Of two pairs worth the same either way one is a sponsorship; without a limit both are."""
    table = Table(np.full((2, 1), 0.5), None, np.ones((2, 1), dtype=bool))
    places = np.array([2.0])
    problem = Problem(table, places, np.ones(2, dtype=np.int64))
    for most, fallbacks in ((0.0, 2), (1.0, 1), (2.0, 0)):
        limited = replace(problem, rules=(SponsorshipLimit(np.array([most])),))
        rng = np.random.default_rng(0)
        both = with_fallback(limited, rng)
        while both.fallback is None or len(both.fallback) < 2:
            both = with_fallback(limited, rng)
        solution = solve_problem(both)
        assert len(solution.pairs) == 2
        assert (solution.reciprocal == FALLBACK).sum() == fallbacks
