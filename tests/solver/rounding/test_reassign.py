"""Freeing a slot of everybody and filling all of them at once never costs anything."""

from __future__ import annotations

import numpy as np
import pytest
from tests.solver.brute_force import best
from tests.solver.tiny import anything, ticks

from matcher.problem.problem import Assignment
from matcher.problem.value import forced_assignment, tier_values, welfare
from matcher.solver.baselines.greedy import complete
from matcher.solver.limits import Clock
from matcher.solver.model.column_pool import keeps_rows
from matcher.solver.model.linking_rows import Rows, tier_rows
from matcher.solver.rounding import reassign
from matcher.solver.rounding.reassign import reassigned


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(120))
def test_never_worse_and_within_every_rule(seed: int) -> None:
    """Whatever a problem holds: tiers stay, forced pairs stay, welfare does not fall."""
    problem = anything(seed)
    start = complete(problem)
    targets = dict(tier_values(problem, start))
    rows = Rows(problem, problem.max_size, tier_rows(problem, problem.max_size, targets))
    if not keeps_rows(problem, rows, start):
        pytest.skip("greedy filling breaks a rule here")
    found = reassigned(rows, start, np.inf, Clock(), seed)
    assert keeps_rows(problem, rows, found)
    assert welfare(problem, found) >= welfare(problem, start) - 1e-12
    expected = best(problem)
    assert expected is not None
    if tuple(targets.values()) == expected.tiers:
        assert welfare(problem, found) <= expected.welfare + 1e-9
    forced = {tuple(pair) for pair in forced_assignment(problem).pairs.tolist()}
    assert forced <= {tuple(pair) for pair in found.pairs.tolist()}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_ticks_gain_on_what_greedy_leaves(seed: int) -> None:
    """On tick-box answers a greedy answer is improved, and another seed never makes it worse."""
    problem = ticks(60, 35, seed)
    rows = Rows(problem, problem.max_size)
    start = complete(problem)
    found = reassigned(rows, start, np.inf, Clock(), 0)
    better = reassigned(rows, found, np.inf, Clock(), 1)
    assert welfare(problem, found) > welfare(problem, start)
    assert welfare(problem, better) >= welfare(problem, found)


@pytest.mark.slow
def test_the_same_twice_and_none_where_it_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the seed decides; past its size, and at its goal, the answer stays as it is."""
    problem = ticks(60, 35, 9)
    rows, start = Rows(problem, problem.max_size), complete(problem)

    def pairs(goal: float = np.inf) -> Assignment:
        return reassigned(rows, start, goal, Clock(), 3)

    assert np.array_equal(pairs().pairs, pairs().pairs)
    assert pairs(welfare(problem, start)) is start
    monkeypatch.setattr(reassign, "LARGEST", 0)
    assert pairs() is start
