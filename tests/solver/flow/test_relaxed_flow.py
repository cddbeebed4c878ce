"""Flows beside problems that are none: answers near a relaxed one are allowed, and often best."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.solver.brute_force import best
from tests.solver.instances import Dense, random_problem, without

from matcher.arrays import present
from matcher.problem.problem import Problem, Tiers
from matcher.problem.rules.mentor_minimum import MentorMinimum
from matcher.problem.rules.one_role import OneRole
from matcher.problem.value import tier_values, welfare
from matcher.solver import scarce_places
from matcher.solver.dispatch import solve_problem
from matcher.solver.flow.flow_method import can_flow, solve_flow
from matcher.solver.flow.relaxed_flow import near_relaxed, relaxed, takes_places, tier_targets
from matcher.solver.settings import SolverSettings, SolveRun


def one_each(seed: int) -> Problem:
    """People on both sides, reciprocal pairs, sponsorships and tiers; one mentor and one place."""
    drawn = without(random_problem(seed, 5, 5, reciprocal=True), OneRole, MentorMinimum)
    rng = np.random.default_rng(seed)
    block, pairs = drawn.scores.block(np.arange(5)), present(drawn.reciprocal)
    ones = np.ones(len(pairs))
    return replace(
        drawn,
        scores=Dense(np.where(np.eye(5) > 0, -np.inf, block.score), None, rng.random((5, 5)) < 0.3),
        capacity=rng.integers(0, 2, 5).astype(float),
        limit=np.ones(5, dtype=np.int64),
        reciprocal=replace(pairs, load_a=ones, load_b=ones),
        tiers=Tiers(np.ones(5, dtype=np.int64), rng.integers(0, 9, 5), None, None),
    )


def test_what_is_near_a_relaxed_answer_is_allowed_and_bounded_by_it() -> None:
    """Of its tiers none is above the best; where they are the relaxed ones, welfare is bounded."""
    exact = 0
    for seed in range(14):
        problem = one_each(seed)
        assert takes_places(problem)
        flow = relaxed(problem)
        if not can_flow(flow):
            continue
        bound, expected = solve_flow(flow, SolveRun(), tiers_pay=True), best(problem)
        assert expected is not None
        assert bound.assignment is not None
        targets = tuple(bound.tier_bounds.values())
        assert targets[:1] >= expected.tiers[:1]
        found = near_relaxed(problem, bound.assignment, SolveRun())
        if found is None:
            continue
        tiers = tuple(value for _, value in tier_values(problem, found))
        assert tiers <= expected.tiers
        if tiers == targets:
            assert tiers == expected.tiers
            assert welfare(problem, found) <= expected.welfare + 1e-9 <= bound.bound + 2e-9
            exact += welfare(problem, found) >= expected.welfare - 1e-9
        told = tier_targets(problem)
        assert not told.exact or tuple(value for _, value in told.targets) == expected.tiers
    assert exact >= 5


def test_scarce_places_are_answered_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reciprocal pairs and sponsorships beside tiers: one flow and one scan prove it."""
    rng = np.random.default_rng(7)
    n, m = 40, 20
    drawn = replace(one_each(3), rules=(), fairness=0.0, held_best=None, held_second=None)
    people = np.where(np.arange(n) < m, np.arange(n), -1)
    problem = replace(
        drawn,
        scores=Dense(0.1 + 0.3 * rng.random((n, m))),
        capacity=np.ones(m),
        limit=rng.integers(1, 4, n),
        needs=rng.random((n, 2)) / 4,
        offers=rng.random((m, 2)),
        like=None,
        kept_pairs=np.empty((0, 2), dtype=np.int64),
        tiers=Tiers(np.ones(n, dtype=np.int64), None, None, None),
        person_mentor=people,
    )
    asked: list[object] = []
    before = scarce_places.near_relaxed
    monkeypatch.setattr(
        scarce_places, "near_relaxed", lambda *given: asked.append(given) or before(*given)
    )
    found = solve_problem(problem, SolverSettings(gap=2e-3))
    assert asked
    assert found.iterations == 1
    assert found.bounds.gap <= 2e-3
    assert [tier.value for tier in found.tiers] == [float(m)]
