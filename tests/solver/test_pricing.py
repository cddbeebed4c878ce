"""Pricing finds each mentee's best portfolio at any duals, over all allowed items."""

from __future__ import annotations

import numpy as np
import pytest

from matcher.problem.problem import Problem
from matcher.solver.model.column_pool import ColumnPool, portfolios
from matcher.solver.model.linking_rows import Rows, tier_rows
from matcher.solver.pricing import modular_bound
from matcher.solver.pricing.scan import Scanner

from .instances import Dense, all_portfolios, random_problem, worth


def random_duals(rows: Rows, seed: int) -> np.ndarray:
    """Draw duals of the right signs, about half of them 0."""
    rng = np.random.default_rng(seed)
    y = rng.random(rows.count) * 0.3 * (rng.random(rows.count) < 0.5)
    free = rows.low < 0
    y[free] = rng.normal(size=int(free.sum())) * 0.1
    return np.clip(y, rows.low, rows.high)


def rows_of(problem: Problem) -> Rows:
    """Return the rows with tiers held at 1."""
    size = max(1, int(problem.limit.max(initial=1)))
    names = (
        {}
        if problem.tiers is None
        else dict.fromkeys(
            [f"{kind}:{level}" for kind in ("reached", "waited", "minimum") for level in (1, 2)],
            1.0,
        )
    )
    return Rows(problem, size, tier_rows(problem, size, names))


def expected(problem: Problem, rows: Rows, y: np.ndarray) -> np.ndarray:
    """Return each mentee's maximum by enumeration."""
    best = np.full(problem.n_mentees, -np.inf)
    kept = {tuple(pair) for pair in problem.kept_pairs.tolist()}
    for mentee in range(problem.n_mentees):
        for portfolio in all_portfolios(problem, mentee):
            value = worth(problem, portfolio)
            for pair in portfolio.pairs.tolist():
                value += problem.kept_bonus * (tuple(pair) in kept)
            if len(portfolio):
                sets = portfolios(problem, portfolio, rows.max_size)
                use = rows.incidence(sets.mentee, sets.members, sets.load, sets.sponsored)
                value -= float((use @ y)[0])
            best[mentee] = max(best[mentee], value)
    return best


@pytest.mark.slow
@pytest.mark.parametrize("reciprocal", [False, True])
@pytest.mark.parametrize("seed", range(50))
def test_scan_equals_enumeration(seed: int, reciprocal: bool) -> None:
    """The scan's maxima equal enumeration with every term and rule at once."""
    problem = random_problem(seed, 5, 6, reciprocal=reciprocal)
    rows = rows_of(problem)
    y = random_duals(rows, seed)
    pricer = Scanner(problem, threads=1, block_pairs=1000)
    known = ColumnPool.start(rows).leaders(y)
    rng = np.random.default_rng(seed)
    n = problem.n_mentees
    cuts = modular_bound.additive_cuts(problem, np.arange(n))
    if cuts is not None:
        cuts = modular_bound.Cuts(*(rng.random(cuts.first.shape) for _ in range(3)))
    at = rng.random(n) * 0.5
    best = pricer.scan(rows, y, known, cuts, at, width=3).best
    np.testing.assert_allclose(best, expected(problem, rows, y), atol=1e-9)


def test_best_set_without_any_good_single() -> None:
    """A set may win though no member is among the best 20 singles (the prototype's bug)."""
    m, facets = 60, 3
    offers = np.zeros((m, facets))
    offers[:40, 0] = 0.99
    offers[:40, 1] = 0.9
    offers[57, 0], offers[58, 1], offers[59, 2] = 1.0, 1.0, 1.0
    needs = np.array([[0.4, 0.3, 0.3]])
    score = np.zeros((1, m))
    problem = Problem(Dense(score), np.ones(m), np.array([3]), needs=needs, offers=offers)
    price = np.zeros(m)
    price[:40] = 0.34
    rows = Rows(problem, 3)
    pricer = Scanner(problem, threads=1, block_pairs=1000)
    known = ColumnPool.start(rows).leaders(price)
    single = needs[0] @ offers.T - price
    assert set(np.argsort(-single)[:3]) != {57, 58, 59} or single[0] < single[57]
    cuts = modular_bound.additive_cuts(problem, np.arange(1))
    scan = pricer.scan(rows, price, known, cuts, np.zeros(1), width=20)
    assert scan.best[0] == pytest.approx(1.0)
