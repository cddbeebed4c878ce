"""Tests of ``matcher.solver.exact.cp_sat`` and ``enumeration``."""

from __future__ import annotations

import numpy as np
import pytest
from tests.solver.brute_force import Item, best, portfolios, value
from tests.solver.tiny import anything

import matcher
from matcher.problem.problem import Problem
from matcher.problem.value import tier_values, welfare
from matcher.solver.api import problem_of
from matcher.solver.exact.cp_sat import solve_exact
from matcher.solver.exact.enumeration import enumerate_portfolios
from matcher.solver.settings import SolveRun
from matcher.solver.solution import Reason


def reached(problem: Problem, assignment) -> tuple[float, ...]:
    """Return tier values without their names."""
    return tuple(amount for _, amount in tier_values(problem, assignment))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_equals_brute_force(seed: int) -> None:
    """Whatever terms a problem has, the optimum is that of trying every assignment."""
    problem = anything(seed)
    expected = best(problem)
    assert expected is not None
    answer = solve_exact(problem, SolveRun())
    assert answer.assignment is not None
    assert reached(problem, answer.assignment) == expected.tiers
    assert welfare(problem, answer.assignment) == pytest.approx(expected.welfare, abs=1e-7)
    assert answer.bound >= expected.welfare - 1e-12


@pytest.mark.parametrize("seed", range(20))
def test_every_portfolio_is_listed_with_its_value(seed: int) -> None:
    """The columns are all sets that a mentee may have, each worth what the definition says."""
    problem = anything(seed)
    columns = enumerate_portfolios(problem)
    assert columns.complete
    for i in range(problem.n_mentees):
        expected = portfolios(problem, i)
        mine = np.flatnonzero(columns.mentee == i)
        assert len(mine) == len(expected)
        values = [value(problem, i, chosen) for chosen in expected]
        np.testing.assert_allclose(np.sort(columns.value[mine]), np.sort(values), atol=1e-12)


def test_too_many_portfolios_are_cut_to_the_best_items() -> None:
    """Past the limit of columns each mentee keeps the items that are worth most alone."""
    rng = np.random.default_rng(4)
    scores = rng.random((3, 8))
    problem = problem_of(scores, np.ones(8), 2, required=[[0, int(scores[0].argmin())]])
    columns = enumerate_portfolios(problem, most=36)
    assert not columns.complete
    assert len(columns.mentee) <= 36
    for i in range(1, 3):
        listed = set(columns.members[columns.mentee == i].ravel().tolist()) - {-1}
        assert listed == set(np.argsort(-scores[i])[: len(listed)].tolist())
    required = (columns.members == scores[0].argmin()).any(axis=1)
    assert required[columns.mentee == 0].all()


def test_the_oracle_itself() -> None:
    """The oracle values a set by hand-checked arithmetic."""
    problem = anything(0)
    item = Item(0, 0, -1, 0.5, 1.0, False)
    plain = Problem(problem.scores, problem.capacity, problem.limit, min_gain=0.1)
    assert value(plain, 0, (item,)) == 0.5
    assert value(plain, 0, (item, Item(0, 1, -1, 0.25, 1.0, False))) == pytest.approx(0.65)


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("seconds", [1e-5, 0.05])
def test_a_short_limit_gives_required_pairs_or_nothing(seed: int, seconds: float) -> None:
    """Portfolios cut short never lose a pair that must be, however many a mentee has."""
    rng = np.random.default_rng(seed)
    scores = rng.random((6, 5))
    required = [(int(i), int(j)) for i in (0, 3) for j in rng.permutation(5)[:3]]
    solution = matcher.solve(
        scores,
        np.full(5, 4),
        3,
        required=np.array(required),
        needs=rng.dirichlet(np.ones(3), 6),
        offers=rng.random((5, 3)),
        time_limit=seconds,
        method="cp-sat",
    )
    if seconds < 0.05:
        assert solution.termination.reason is Reason.NO_SOLUTION
        assert len(solution.pairs) == 0
        return
    assert set(required) <= {tuple(pair) for pair in solution.pairs.tolist()}


@pytest.mark.parametrize("seed", range(10))
def test_every_forced_item_is_in_every_listed_portfolio(seed: int) -> None:
    """Even where so few portfolios are listed that a mentee keeps two items."""
    rng = np.random.default_rng(seed)
    required = np.array([(0, int(j)) for j in rng.permutation(6)[:3]])
    problem = problem_of(rng.random((3, 6)), np.full(6, 2), 3, required=required)
    columns = enumerate_portfolios(problem, 1)
    for members in columns.members[columns.mentee == 0]:
        assert set(required[:, 1]) <= set(members.tolist())
