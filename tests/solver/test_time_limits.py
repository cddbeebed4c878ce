"""Time that runs out in the middle: bounds stay true and what is handed over keeps every rule."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from matcher.observe import give_back
from matcher.problem.rules.rule import PortfolioRule
from matcher.problem.value import breaks_rules, tier_values
from matcher.solver.baselines.greedy import complete
from matcher.solver.dispatch import solve_problem
from matcher.solver.limits import Clock
from matcher.solver.model.column_pool import ColumnPool
from matcher.solver.pricing import modular_bound
from matcher.solver.pricing.scan import Scanner
from matcher.solver.settings import SolverSettings

from . import brute_force
from .instances import random_problem, without
from .test_pricing import expected, random_duals, rows_of
from .tiny import anything


@dataclass
class Asked(Clock):
    """A clock whose time is out once it was asked so many times."""

    most: int = 0

    def within(self, share: float) -> bool:
        """Whether it may be asked again."""
        self.most -= 1
        return self.most >= 0


@pytest.mark.slow
@pytest.mark.parametrize("asked", [0, 1, 2, 4, 7])
@pytest.mark.parametrize("seed", range(40))
def test_who_is_not_searched_is_bounded(seed: int, asked: int) -> None:
    """From above, and searched exactly if there was time."""
    problem = random_problem(seed, 5, 6, reciprocal=seed % 2 == 0)
    rows = rows_of(problem)
    y = random_duals(rows, seed)
    pricer = Scanner(problem, threads=1, block_pairs=12, clock=Asked(most=asked))
    known = ColumnPool.start(rows).leaders(y)
    rng = np.random.default_rng(seed)
    cuts = modular_bound.additive_cuts(problem, np.arange(5))
    if cuts is not None:
        cuts = modular_bound.Cuts(*(rng.random(cuts.first.shape) for _ in range(3)))
    scan = pricer.scan(rows, y, known, cuts, rng.random(5) * 0.5, width=3)
    assert scan.searched == (asked >= 6)
    assert np.all(scan.best >= expected(problem, rows, y) - 1e-9)


def test_a_bound_for_want_of_time_is_of_use() -> None:
    """It is far below what the largest scores and needs would allow."""
    problem = replace(without(random_problem(3, 30, 30), PortfolioRule), fairness=0.0)
    rows = rows_of(problem)
    y = np.zeros(rows.count)
    known = ColumnPool.start(rows).leaders(y)
    cuts, at = modular_bound.additive_cuts(problem, np.arange(30)), np.zeros(30)
    ask = [Scanner(problem, threads=1, block_pairs=999, clock=Asked(most=k)) for k in (0, 99)]
    loose, exact = (one.scan(rows, y, known, cuts, at, width=3).best for one in ask)
    assert np.all(loose >= exact)
    assert loose.sum() < 2.0 * exact.sum()


@pytest.mark.slow
@pytest.mark.parametrize("limit", [1e-9, 0.01])
@pytest.mark.parametrize("seed", range(30))
def test_no_time_at_all(seed: int, limit: float) -> None:
    """The solution is allowed, its bound is above the optimum, and so are those of tiers."""
    problem = anything(seed)
    best = brute_force.best(problem)
    solution = solve_problem(
        problem, SolverSettings(method="portfolio", time_limit=limit, threads=1)
    )
    if best is None:
        assert not len(solution.pairs)
        return
    if solution.termination.reason.value == "no_solution":
        assert np.isinf(solution.bounds.dual) or solution.bounds.dual >= best.welfare - 1e-9
        return
    for tier, reached in zip(solution.tiers, best.tiers, strict=True):
        assert tier.value <= reached + 1e-9 <= tier.bound + 2e-9
    if [tier.value for tier in solution.tiers] == pytest.approx(best.tiers):
        assert solution.bounds.dual >= best.welfare - 1e-9
        assert solution.objective <= best.welfare + 1e-9


@pytest.mark.parametrize("seed", range(20))
def test_filling_that_is_cut_short(seed: int) -> None:
    """Nothing that breaks a rule is left in what was added by then."""
    problem = random_problem(seed, 6, 6, reciprocal=seed % 2 == 0)
    none = complete(problem, seconds=0.0)
    whole = complete(problem)
    assert not breaks_rules(problem, none).any()
    assert tier_values(problem, none) <= tier_values(problem, whole)


def test_memory_is_given_back_where_the_c_library_can(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library without the call, or none that can be opened, is no fault."""
    give_back()
    monkeypatch.setattr("ctypes.CDLL", lambda _: object())
    give_back()
