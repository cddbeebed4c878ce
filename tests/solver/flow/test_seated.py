"""Seats without coverage are a flow: its answers and bounds beside those of listing everything."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse
from tests.solver.brute_force import best
from tests.solver.tiny import draw_limits, draw_tiers

from matcher.checker.check_solution import verify_solution
from matcher.problem.problem import Problem
from matcher.problem.rules.seats import SeatRule
from matcher.problem.value import tier_values, welfare
from matcher.solver import score_sources
from matcher.solver.api import problem_of, solve
from matcher.solver.dispatch import solve_problem
from matcher.solver.flow.seated import solve_seats
from matcher.solver.model.seat_classes import SeatClasses
from matcher.solver.score_sources import ArrayScores, Bans, DenseMatrix, SparseMatrix
from matcher.solver.settings import SolverSettings, SolveRun


def seated(seed: int, *, whole: bool = False) -> Problem:
    """Draw a problem of pairs with two or three seats, most of which can be filled, some listed.

    If `whole`, all places of a portfolio are asked for.
    """
    rng = np.random.default_rng(seed)
    n, m, kinds = int(rng.integers(1, 4)), int(rng.integers(3, 6)), int(rng.integers(2, 4))
    score = rng.choice([rng.random((n, m)).round(1), rng.normal(0.2, 0.4, (n, m))])
    score = np.where(rng.random((n, m)) < 0.1, -np.inf, score)
    nobody, kind = (np.full(n, -1), np.full(m, -1)), rng.integers(0, kinds, m)
    seats = []
    for number in range(kinds):
        low, code = int(whole or rng.random() < 0.6), np.where(kind == number, 0, -1)
        high = float(low + (0 if whole else rng.integers(0, 2)))
        seats.append(SeatRule(f"{number}", low, high, *nobody, away=code, at_home=code))
    limit = rng.integers(2, 4, n) if rng.random() < 0.9 else rng.integers(0, 3, n)
    row, column = np.nonzero(np.isfinite(score))
    listed = sparse.csr_array((score[row, column], (row, column)), shape=(n, m))
    nothing = Bans.of(np.empty((0, 2), dtype=np.int64), n)
    is_listed = rng.random() < 0.5
    matrix = SparseMatrix(listed, -np.inf) if is_listed else DenseMatrix(score)
    pool = rng.integers(-1, 2, m) if rng.random() < 0.3 else None
    return Problem(
        ArrayScores(matrix, None, nothing),
        rng.integers(0, n + 1, m).astype(float) if rng.random() < 0.3 else np.full(m, float(n)),
        limit,
        min_gain=float(rng.choice([0.0, 0.1])),
        rules=(
            *draw_limits(rng, m, pool, False, 0.3),
            *SeatRule.together(seats, rng.random(kinds) < 0.7),
        ),
        tiers=draw_tiers(rng, limit, m) if rng.random() < 0.6 else None,
        kept_pairs=np.array([[0, 0]]) if rng.random() < 0.3 else np.empty((0, 2), dtype=np.int64),
        kept_bonus=0.2,
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(90))
def test_equals_listing_everything(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the flow says is feasible, its bound above the optimum, and the solve's answer is it."""
    monkeypatch.setattr(score_sources, "FEW_PAIRS", 1.0)
    problem = seated(seed)
    expected = best(problem)
    assert expected is not None
    found = solve_seats(problem, SolveRun())
    if found is not None and found.assignment is not None:
        tiers = tuple(value for _, value in tier_values(problem, found.assignment))
        assert tiers == pytest.approx(expected.tiers)
        assert found.bound >= expected.welfare - 1e-9
        assert welfare(problem, found.assignment) <= expected.welfare + 1e-9
        if problem.tiers is not None:
            assert found.bound == pytest.approx(expected.welfare, abs=1e-7)
    solution = solve_problem(problem, SolverSettings(gap=0.0))
    assert solution.objective == pytest.approx(expected.welfare, abs=1e-7)
    report = verify_solution(problem, solution)
    assert report.ok, report.problems


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(200, 260))
def test_coverage_beside_seats(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With needs, likeness or fairness sets are searched seat by seat, and miss nothing."""
    monkeypatch.setattr(score_sources, "FEW_PAIRS", 1.0)
    rng, drawn = np.random.default_rng(seed), seated(seed, whole=seed % 3 > 0)
    n, m = drawn.scores.shape
    problem = replace(
        drawn,
        needs=rng.dirichlet(np.ones(3), n),
        offers=rng.random((m, 3)),
        second_cover=float(rng.choice([0.0, 0.3])),
        like=rng.integers(-1, 2, m) if rng.random() < 0.3 else None,
        redundancy=0.15,
        fairness=float(rng.choice([0.0, 0.0, 1.0])),
    )
    expected = best(problem)
    assert expected is not None
    solution = solve_problem(problem, SolverSettings(gap=0.0))
    assert tuple(tier.value for tier in solution.tiers) == pytest.approx(expected.tiers)
    assert solution.objective == pytest.approx(expected.welfare, abs=1e-7)
    assert solution.dual_bound >= expected.welfare - 1e-9
    report = verify_solution(problem, solution)
    assert report.ok, report.problems


@pytest.mark.slow
def test_most_draws_are_decided_by_it() -> None:
    """The test above does not pass by its other path alone."""
    decided = [solve_seats(seated(seed), SolveRun()) is not None for seed in range(0, 90, 2)]
    assert sum(decided) >= 10


def test_classes_are_told_from_rules() -> None:
    """Overlapping seats, and those that hang on the mentee, are left to the general search."""
    places = {"scores": np.ones((2, 4)), "capacity": 2, "limit": 3}
    apart = [{"fits": [1, 1, 0, 0], "min": 1, "max": 2, "fill": True}, {"fits": [0, 0, 1, 0]}]
    found = SeatClasses.of(problem_of(**places, seats=[*apart[:1], {**apart[1], "fill": True}]))
    assert found is not None
    assert found.of_mentor.tolist() == [1, 1, 0, 0] or found.count == 2
    across = [{"fits": [1, 1, 0, 0], "min": 1}, {"fits": [0, 1, 1, 0], "min": 1}]
    assert SeatClasses.of(problem_of(**places, seats=across)) is None
    home = [{"fits": [1, 1, 1, 1], "home": (["a", "b"], ["a", "a", "b", "c"]), "min": 1}]
    assert SeatClasses.of(problem_of(**places, seats=home)) is None


@pytest.mark.slow
def test_a_person_better_left_empty_is_left_empty() -> None:
    """Without tiers nobody is filled at a loss; with a minimum first everybody is."""
    seats = [{"fits": [1, 0], "min": 1, "max": 1}, {"fits": [0, 1], "min": 1, "max": 1}]
    places = {"scores": [[1.0, -3.0], [2.0, 1.0]], "capacity": 2, "limit": 2, "seats": seats}
    assert solve(**places).pairs.tolist() == [[1, 0], [1, 1]]
    everybody = solve(**places, minimum=1)
    assert len(everybody.pairs) == 4
    assert everybody.bounds.dual == pytest.approx(1.0)
