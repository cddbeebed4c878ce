"""Where nothing fits the dual falls without end: recognised, checked, and never claimed wrongly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from matcher.problem.problem import Fairness, Floats, Problem, Tiers
from matcher.problem.rules.mentor_minimum import MentorMinimum
from matcher.problem.rules.pools import Pools
from matcher.problem.rules.rule import SoftRule
from matcher.problem.rules.seats import SeatRule
from matcher.solver.columns.dual_scans import Ray, ray_along
from matcher.solver.columns.generation import Generation
from matcher.solver.columns.smoothed_dual import fit
from matcher.solver.dispatch import solve_problem
from matcher.solver.model.column_pool import ColumnPool
from matcher.solver.model.linking_rows import LARGEST_DUAL, Rows
from matcher.solver.pricing.scan import Scanner
from matcher.solver.settings import SolverSettings, SolveRun
from matcher.solver.solution import Reason

from .instances import without
from .tiny import Table, anything

PORTFOLIO = SolverSettings(method="portfolio", threads=1)
ONE_EACH = Tiers(np.ones(2, dtype=np.int64), None, np.ones(2, dtype=np.int64))


OUTSIDE = SeatRule.external(1, np.array([0, 5]), np.array([0, 1]))


def pool_with(places: float) -> Pools:
    """Return the pool of mentor 1."""
    return Pools(np.array([places]), np.array([-1, 0]))


def closed_pool(**terms: object) -> Problem:
    """Mentee 0 must have mentor 0 of its own organisation; the only outsider's pool is closed."""
    problem = Problem(
        Table(np.array([[0.5, 0.4], [0.3, 0.9]]), None, None),
        np.array([2.0, 2.0]),
        np.array([2, 1]),
        required=np.array([[0, 0]]),
        rules=(OUTSIDE, pool_with(0.0)),
    )
    return replace(problem, **terms)  # type: ignore[arg-type]


def open_pool(places: float) -> Problem:
    """Return the same with some room in the pool."""
    return closed_pool(rules=(OUTSIDE, pool_with(places)))


def generation_of(problem: Problem) -> Generation:
    """Return column generation that has not begun."""
    rows = Rows(problem, max(1, int(problem.limit.max())))
    pricer = Scanner(problem, threads=1, block_pairs=1_000)
    return Generation(rows, pricer, SolveRun())


def pool_of(problem: Problem, rows: Rows) -> ColumnPool:
    """Return the best column of every mentee at no prices, and what may stay empty."""
    pricer = Scanner(problem, threads=1, block_pairs=1_000)
    pool = ColumnPool.start(rows)
    y, n = np.zeros(rows.count), problem.n_mentees
    at, nothing = np.zeros(n), pool.leaders(y)
    sets = pricer.scan(rows, y, nothing, None, at, width=3).sets
    return pool.add(rows, sets)[0]


def ray_of(problem: Problem, y: Floats) -> Ray:
    """Return the ray along `y`, checked."""
    rows = Rows(problem, max(1, int(problem.limit.max())))
    return ray_along(rows, pool_of(problem, rows), y, Scanner(problem))


@pytest.mark.parametrize("tiers", [None, ONE_EACH])
@pytest.mark.parametrize("fairness", [0.0, 1.0])
def test_ends_as_infeasible_and_says_why(fairness: Fairness, tiers: Tiers | None) -> None:
    """The answer is a proof, and names the row that cannot be kept."""
    solution = solve_problem(closed_pool(fairness=fairness, tiers=tiers), PORTFOLIO)
    assert solution.termination.reason is Reason.INFEASIBLE
    assert "pool 0" in solution.termination.detail
    assert len(solution.pairs) == 0


def test_somebody_without_any_portfolio_is_named() -> None:
    """Mentee 0 must have mentor 0 of its own organisation, and may have nobody from outside."""
    score = np.array([[0.5, -np.inf], [0.3, 0.9]])
    problem = closed_pool(scores=Table(score, None, None), rules=(OUTSIDE,))
    solution = solve_problem(problem, PORTFOLIO)
    assert solution.termination.reason is Reason.INFEASIBLE
    assert solution.termination.detail == "row 0 of scores has no portfolio that keeps the rules"


@pytest.mark.parametrize("size", [0.0, 1.0, 1e9, 1e41])
def test_a_fit_stops_where_no_known_columns_fit(size: float) -> None:
    """Wherever it starts, its duals stay within what arrays hold and the test sees them."""
    problem = closed_pool()
    rows = Rows(problem, 2)
    y = np.zeros(rows.count)
    y[rows.spans["pool"]] = size
    fitted = fit(pool_of(problem, rows), rows, y, 0.1)
    assert fitted.is_unbounded
    assert np.abs(fitted.y).max() <= LARGEST_DUAL
    assert ray_of(problem, fitted.y).is_proof


def test_a_fit_with_columns_that_fit_goes_on() -> None:
    """One place in the pool is enough."""
    problem = open_pool(1.0)
    rows = Rows(problem, 2)
    fitted = fit(pool_of(problem, rows), rows, np.zeros(rows.count), 0.1)
    assert not fitted.is_unbounded


@pytest.mark.parametrize("size", [1e-30, 1.0, 1e41])
def test_the_closed_pool_is_a_proof_whatever_its_length(size: float) -> None:
    """Mentee 0 needs one place more than the pool has."""
    problem = closed_pool()
    rows = Rows(problem, 2)
    y = np.zeros(rows.count)
    y[rows.spans["pool"]] = size
    ray = ray_of(problem, y)
    assert ray.is_proof
    assert ray.slope == pytest.approx(-1.0, abs=1e-4)
    assert ray.words(rows) == "no choice of portfolios keeps all rows: pool 0"


def test_another_direction_is_no_proof_and_shows_the_columns_that_say_so() -> None:
    """Mentors have places for all that the rules ask for."""
    problem = closed_pool()
    rows = Rows(problem, 2)
    y = np.zeros(rows.count)
    y[rows.spans["capacity"]] = 1e41
    ray = ray_of(problem, y)
    assert not ray.is_proof
    assert ray.least_use.pairs.tolist() == [[0, 0], [0, 1]]
    assert not ray_of(problem, np.zeros(rows.count)).is_proof


@pytest.mark.parametrize(("missing", "is_proof"), [(1e-3, True), (1e-9, False)])
def test_what_a_solution_may_break_a_row_by_proves_nothing(missing: float, is_proof: bool) -> None:
    """Sums of loads are not exact."""
    problem = open_pool(1.0 - missing)
    rows = Rows(problem, 2)
    y = np.zeros(rows.count)
    y[rows.spans["pool"]] = 1.0
    assert ray_of(problem, y).is_proof is is_proof


def test_tiers_and_mentors_minima_make_nothing_infeasible() -> None:
    """Nobody can give mentor 0 five mentees, or both mentees two mentors, and need not."""
    problem = open_pool(2.0)
    minimum = MentorMinimum(np.array([5.0, 0.0]), 0.1)
    problem = replace(problem, rules=(*problem.rules, minimum))
    rows = Rows(problem, 2)
    y = np.zeros(rows.count)
    y[rows.spans["mentor_minimum"]] = -0.1
    assert not ray_of(problem, y).is_proof
    assert solve_problem(problem, PORTFOLIO).termination.reason is Reason.OPTIMAL


@pytest.mark.slow
@pytest.mark.parametrize("size", [1.0, 1e8, 1e41])
def test_duals_fed_by_hand(size: float) -> None:
    """Column generation that starts at duals of any size ends with the proof or the optimum."""
    for problem, feasible in ((closed_pool(), False), (open_pool(1.0), True)):
        generation = generation_of(problem)
        rows = generation.rows
        generation.y = rows.within_range(np.full(rows.count, size))
        generated = generation.generate(warm=True)
        assert np.isneginf(generated.bound) is not feasible
        assert np.abs(generated.y).max() <= LARGEST_DUAL
        assert len(generated.share) == len(generated.pool)


@pytest.mark.slow
@pytest.mark.parametrize("size", [1e3, 1e6, 1e9])
@pytest.mark.parametrize("seed", range(8))
def test_large_duals_of_what_fits(seed: int, size: float) -> None:
    """Everybody must have a mentor, many of whom cost `size`: so do places and the tier."""
    rng = np.random.default_rng(seed)
    score = rng.random((5, 5))
    score[rng.random((5, 5)) < 0.6] *= -size
    score[:2, 1:] = -size * (1 + rng.random((2, 4)))
    required = np.empty((0, 2), dtype=np.int64)
    if seed % 2:  # forced where it is in every best assignment
        required = np.array([[4, 4]])
        score[4, 4] = 100 * size
    problem = Problem(
        Table(score, None, None),
        np.ones(5),
        np.ones(5, dtype=np.int64),
        tiers=Tiers(np.ones(5, dtype=np.int64)),
        required=required,
    )
    solution = solve_problem(problem, PORTFOLIO)
    best = score[linear_sum_assignment(score, maximize=True)].sum()
    assert solution.termination.is_closed
    assert solution.objective == pytest.approx(best, rel=1e-4)
    assert solution.bounds.dual >= best - 1e-9 * abs(best)
    assert max(abs(row.dual) for row in solution.duals) > 0.1 * size


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_a_fit_with_the_empty_portfolios_is_never_called_unbounded(seed: int) -> None:
    """Shortfall of mentors' minima is paid for, and a dual below all worths is no ray then."""
    generation = generation_of(anything(seed))
    rows, pool = generation.rows, pool_of(generation.problem, generation.rows)
    for eps in (1.0, 1e-2, 1e-5):
        assert not fit(pool, rows, np.zeros(rows.count), eps).is_unbounded


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_no_direction_proves_that_what_fits_does_not(seed: int) -> None:
    """Weak duality: the slope is never below what a solution leaves of the rows."""
    rng = np.random.default_rng(seed)
    problem = without(anything(seed), SoftRule)
    generation = generation_of(problem)
    rows = generation.rows
    for _ in range(5):
        y = rng.exponential(10.0 ** rng.integers(-3, 12), rows.count)
        y *= rng.random(rows.count) < 0.5
        y = np.where(rows.low < 0, rng.choice([-1.0, 1.0], rows.count), 1.0) * y
        ray = ray_along(rows, generation.pool, y, Scanner(problem))
        assert not ray.is_proof  # the empty portfolios always fit
