"""The portfolio method reaches the optimum of small problems and never claims a false bound."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import matcher
from matcher.arrays import present
from matcher.checker.check_solution import verify_solution
from matcher.problem.problem import Problem, Tiers
from matcher.problem.rules.rule import SoftRule
from matcher.solver import portfolio_method
from matcher.solver.api import problem_of
from matcher.solver.columns.generation import Generated
from matcher.solver.dispatch import solve_problem
from matcher.solver.limits import Clock
from matcher.solver.model.column_pool import ColumnPool, all_opposites, portfolios
from matcher.solver.model.linking_rows import Rows, tier_rows
from matcher.solver.model.portfolio_tables import PricedPortfolios
from matcher.solver.rounding.first_solution import choose_tiers
from matcher.solver.rounding.integer_master import IntegerMaster
from matcher.solver.rounding.to_integers import Rounded, Rounding
from matcher.solver.settings import SolverSettings

from .instances import all_portfolios, random_problem, without


def everything(problem: Problem) -> tuple[ColumnPool, Rows]:
    """Return all portfolios of a problem and its rows without tiers."""
    size = max(1, int(problem.limit.max(initial=1)))
    rows = Rows(problem, size)
    pool = ColumnPool.start(rows)
    sets = [
        portfolios(problem, portfolio, size)
        for mentee in range(problem.n_mentees)
        for portfolio in all_portfolios(problem, mentee)
        if len(portfolio)
    ]
    if sets:
        pool, _ = pool.add(rows, PricedPortfolios.join(sets))
    rows = replace(rows, opposite=all_opposites(problem, pool))
    return pool.with_rows(rows), rows


def optimum(problem: Problem) -> float:
    """Return the best welfare by an exact choice among all portfolios."""
    pool, rows = everything(problem)
    choice = IntegerMaster(pool, rows).choose(np.arange(len(pool)), gap=0.0)
    assert choice is not None
    return IntegerMaster(pool, rows).worth(choice.columns)


@pytest.mark.slow
@pytest.mark.parametrize("reciprocal", [False, True])
@pytest.mark.parametrize("seed", range(20))
def test_reaches_the_optimum(seed: int, reciprocal: bool) -> None:
    """Objective equals the best choice among all portfolios, and the bound is no less."""
    problem = replace(random_problem(seed, 6, 5, reciprocal=reciprocal), tiers=None)
    solution = solve_problem(problem, SolverSettings(method="portfolio", gap=1e-9, threads=1))
    best = optimum(problem)
    assert solution.bounds.dual >= best - 1e-7
    assert solution.dual_bound >= best - 1e-7
    assert solution.objective == pytest.approx(best, abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("most", [3, 12, 30])
@pytest.mark.parametrize("seed", range(12))
def test_closing_among_few_columns_keeps_the_bound(
    seed: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a poor solution, a choice among few of the better columns proves no more than it saw."""

    def nobody_matched(rounding: Rounding, start: object) -> Rounded | None:
        if np.any(rounding.empty < 0):
            return None
        return Rounded(rounding.empty, rounding.master.worth(rounding.empty))

    bounds = []

    close_gap = portfolio_method._Steps._closed

    def seen(*arguments: Any) -> tuple[Rounded, Generated] | None:
        closed = close_gap(*arguments)
        bounds.append(np.inf if closed is None else closed[1].closed_bound)
        return closed

    monkeypatch.setattr(portfolio_method, "CLOSED_AMONG", most)
    monkeypatch.setattr(portfolio_method._Steps, "_closed", seen)
    monkeypatch.setattr(Rounding, "first", nobody_matched)
    monkeypatch.setattr(Rounding, "improve", lambda _, rounded: rounded)
    monkeypatch.setattr(Rounding, "reassign", lambda _, rounded: rounded)
    problem = replace(random_problem(seed, 6, 5, reciprocal=bool(seed % 2)), tiers=None)
    best = optimum(problem)
    solution = solve_problem(problem, SolverSettings(method="portfolio", gap=1e-12, threads=1))
    assert min(bounds, default=np.inf) >= best - 1e-7
    assert solution.objective <= best + 1e-7


@pytest.mark.slow
@pytest.mark.parametrize("reciprocal", [False, True])
@pytest.mark.parametrize("seed", range(20))
def test_tiers_come_before_welfare(seed: int, reciprocal: bool) -> None:
    """Achieved tiers equal the lexicographic optimum over all portfolios, welfare the best then."""
    problem = random_problem(seed + 1000, 5, 5, reciprocal=reciprocal)
    if problem.tiers is None:
        problem = replace(problem, tiers=Tiers(np.ones(5, dtype=np.int64)))
    pool, rows = everything(problem)
    named = [one.name for one in present(problem.tiers).amounts(rows.max_size)]
    choice = choose_tiers(problem, pool, rows, Clock(), decided=named)
    assert choice is not None
    held = tier_rows(problem, rows.max_size, choice.targets)
    rows = replace(rows, tiers=held)
    pool = pool.with_rows(rows)
    best = IntegerMaster(pool, rows).choose(np.arange(len(pool)), gap=0.0)
    assert best is not None
    solution = solve_problem(problem, SolverSettings(method="portfolio", gap=1e-9, threads=1))
    assert {tier.name: tier.value for tier in solution.tiers} == pytest.approx(choice.targets)
    welfare = IntegerMaster(pool, rows).worth(best.columns)
    assert solution.objective == pytest.approx(welfare, abs=1e-6)
    assert solution.dual_bound >= welfare - 1e-7


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_max_min_raises_the_least_value(seed: int) -> None:
    """No other choice of as many mentees has a higher least value."""
    problem = replace(random_problem(seed + 500, 4, 4), tiers=None, fairness="max-min")
    problem = without(replace(problem, kept_bonus=0.0), SoftRule)
    solution = solve_problem(problem, SolverSettings(threads=1))
    pool, rows = everything(replace(problem, tiers=Tiers(np.ones(4, dtype=np.int64))))
    per_mentee = [np.flatnonzero(pool.mentee == i) for i in range(problem.n_mentees)]
    best = (-1, -np.inf)
    for chosen in itertools.product(*per_mentee):
        columns = np.array(chosen)
        if IntegerMaster(pool, rows).keeps_rows(columns):
            there = (pool.members[columns] >= 0).any(axis=1)
            least = pool.value[columns][there].min() if there.any() else np.inf
            best = max(best, (int(there.sum()), float(least)))
    reached = len(np.unique(solution.pairs[:, 0]))
    assert reached == best[0]
    if reached:
        assert solution.tiers[-1].value == pytest.approx(best[1])


@pytest.mark.parametrize("seed", range(3))
def test_prices_of_singles_prove_scarce_places(seed: int) -> None:
    """Where there is one place a mentee, one scan at the flow's prices is the proof."""
    rng = np.random.default_rng(seed)
    arguments = {
        "scores": 0.02 * rng.random((60, 30)),
        "capacity": np.full(30, 2),
        "limit": 3,
        "needs": 0.6 * rng.dirichlet(np.full(12, 0.35), 60),
        "offers": rng.beta(1.0, 3.0, (30, 12)),
    }
    solution = matcher.solve(**arguments)
    assert solution.iterations == 1
    assert solution.gap < 1e-9
    assert verify_solution(problem_of(**arguments), solution).ok


def test_singles_are_not_the_answer_where_a_second_mentor_is_worth_more() -> None:
    """As many places as mentees, but whom most may not have: the only one gets them all."""
    scores = np.full((3, 3), -np.inf)
    scores[0] = [0.5, 0.4, 0.3]
    solution = matcher.solve(
        scores, 1, 3, needs=np.full((3, 1), 0.1), offers=np.ones((3, 1)), gap=0.0
    )
    assert solution.objective == pytest.approx(1.3)
