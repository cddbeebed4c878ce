"""Properties that every answer of ``matcher.solve`` has, on drawn instances."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.solver.brute_force import best

import matcher
from matcher.solver.api import problem_of
from matcher.solver.solution import Solution

GAP = 1e-6
METHODS = st.sampled_from(["auto", "cp-sat"])


@st.composite
def instances(draw: st.DrawFn, *, largest: int = 4, tiers: bool = True) -> dict[str, Any]:
    """Draw arguments of `solve` with any of its terms."""
    n, m = draw(st.integers(1, largest)), draw(st.integers(1, largest))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    switch = st.booleans()
    scores = rng.random((n, m)).round(draw(st.sampled_from([1, 3])))
    scores[rng.random((n, m)) < 0.2] = -np.inf
    arguments: dict[str, Any] = {
        "scores": scores,
        "capacity": rng.integers(0, 3, m),
        "limit": rng.integers(0, 4, n),
    }
    if draw(switch):
        arguments |= {
            "needs": rng.dirichlet(np.ones(3), n),
            "offers": rng.random((m, 3)),
            "second_cover": draw(st.sampled_from([0.0, 0.3])),
        }
    if draw(switch):
        arguments |= {"like": rng.integers(0, 2, m), "redundancy": 0.2}
    if draw(switch):
        arguments["load"] = rng.choice([0.5, 1.0, 1.5], (n, m))
    if draw(switch):
        arguments |= {"pool": rng.integers(0, 2, m), "pool_capacity": {0: 2, 1: 1}}
    if draw(switch):
        arguments["fairness"] = draw(st.sampled_from([0.5, 1.0, 2.0]))
    if tiers and draw(switch):
        arguments["minimum"] = rng.integers(0, 3, n)
    if n > 1 and m > 1 and draw(switch):
        arguments["reciprocal"] = [[0, 1, 1, 0]]
    return arguments


def solve(arguments: dict[str, Any], **more: Any) -> Solution:
    """Solve nearly to optimality."""
    return matcher.solve(**{**arguments, "gap": GAP, **more})


def goals(solution: Solution) -> tuple[float, ...]:
    """Return what is achieved, most important first."""
    return (*(tier.value for tier in solution.tiers), solution.objective)


def assert_same(first: Solution, second: Solution) -> None:
    """Assert that two answers are worth the same."""
    assert goals(first)[:-1] == goals(second)[:-1]
    assert first.objective == pytest.approx(second.objective, rel=3 * GAP, abs=1e-7)


def assert_not_lower(more: Solution, less: Solution) -> None:
    """Assert that an answer is no worse than another, tiers first."""
    assert goals(more)[:-1] >= goals(less)[:-1]
    if goals(more)[:-1] == goals(less)[:-1]:
        assert more.objective >= less.objective - 3 * GAP * max(1.0, abs(less.objective))


@pytest.mark.slow
@given(instances(), METHODS)
def test_equals_brute_force(arguments: dict[str, Any], method: str) -> None:
    """The answer is the lexicographic optimum over every assignment, and the bound is not below."""
    expected = best(problem_of(**arguments))
    assert expected is not None
    found = solve(arguments, method=method)
    assert goals(found)[:-1] == expected.tiers
    assert found.objective == pytest.approx(expected.welfare, rel=3 * GAP, abs=1e-7)
    assert found.bounds.dual >= expected.welfare - 1e-9


@pytest.mark.slow
@given(instances(), st.randoms(use_true_random=False))
def test_permuting_leaves_the_objective(arguments: dict[str, Any], random: Any) -> None:
    """The order of mentees and mentors does not matter."""
    n, m = arguments["scores"].shape
    rows, columns = (np.array(random.sample(range(k), k), dtype=int) for k in (n, m))
    moved = dict(arguments)
    moved["scores"] = arguments["scores"][rows][:, columns]
    if "load" in arguments:
        moved["load"] = arguments["load"][rows][:, columns]
    for name in ("limit", "needs", "minimum"):
        if name in arguments:
            moved[name] = arguments[name][rows]
    for name in ("capacity", "offers", "like", "pool"):
        if name in arguments:
            moved[name] = arguments[name][columns]
    if "reciprocal" in arguments:
        row, column = np.argsort(rows), np.argsort(columns)
        a, b, c, d = arguments["reciprocal"][0]
        moved["reciprocal"] = [[row[a], column[b], row[c], column[d]]]
    assert_same(solve(arguments), solve(moved))


@pytest.mark.slow
@given(instances(), st.integers(0, 3))
def test_a_place_never_lowers(arguments: dict[str, Any], mentor: int) -> None:
    """One more place leaves the answer as good or better, by at most its price."""
    before = solve(arguments)
    more = dict(arguments)
    more["capacity"] = arguments["capacity"].copy()
    mentor %= len(more["capacity"])
    more["capacity"][mentor] += 1
    after = solve(more)
    assert_not_lower(after, before)
    if goals(after)[:-1] == goals(before)[:-1] and "fairness" not in arguments:
        gap = before.bounds.dual - before.objective
        assert after.objective <= before.objective + before.prices[mentor] + gap + 1e-6


@pytest.mark.slow
@given(instances(), st.integers(0, 2**16))
def test_a_mentor_never_lowers(arguments: dict[str, Any], seed: int) -> None:
    """One more mentor leaves the answer as good or better."""
    rng = np.random.default_rng(seed)
    n = len(arguments["scores"])
    more = dict(arguments)
    more["scores"] = np.column_stack([arguments["scores"], rng.random(n)])
    more["capacity"] = np.append(arguments["capacity"], 1)
    if "load" in arguments:
        more["load"] = np.column_stack([arguments["load"], np.ones(n)])
    if "offers" in arguments:
        more["offers"] = np.vstack([arguments["offers"], rng.random(3)])
    for name in ("like", "pool"):
        if name in arguments:
            more[name] = np.append(arguments[name], 0)
    assert_not_lower(solve(more), solve(arguments))


@pytest.mark.slow
@given(instances(), st.integers(0, 2**16))
def test_a_ban_never_raises(arguments: dict[str, Any], seed: int) -> None:
    """Forbidding a pair leaves the answer as good or worse; allowing one, as good or better."""
    n, m = arguments["scores"].shape
    pair = np.random.default_rng(seed).integers(0, (n, m))
    assert_not_lower(solve(arguments), solve(arguments, forbidden=[pair]))
    if not np.isfinite(arguments["scores"][tuple(pair)]):
        opened = arguments["scores"].copy()
        opened[tuple(pair)] = 0.3
        if "reciprocal" not in arguments:
            assert_not_lower(solve({**arguments, "scores": opened}), solve(arguments))


@pytest.mark.slow
@given(instances())
def test_unused_mentors_do_not_matter(arguments: dict[str, Any]) -> None:
    """Without a mentor whom nobody got, the answer is as good."""
    before = solve(arguments)
    m = arguments["scores"].shape[1]
    unused = np.setdiff1d(np.arange(m), before.pairs[:, 1])
    closed = dict(arguments)
    closed["capacity"] = arguments["capacity"].copy()
    closed["capacity"][unused] = 0
    closed["scores"] = arguments["scores"].copy()
    closed["scores"][:, unused] = -np.inf
    assert_same(before, solve(closed))


@pytest.mark.slow
@given(instances(), st.sampled_from([0.25, 3.0, 100.0]))
def test_scaling_scales(arguments: dict[str, Any], factor: float) -> None:
    """Multiplying every worth leaves the choice as good and multiplies the objective."""
    scaled = {**arguments, "scores": arguments["scores"] * factor, "fairness": 0.0}
    plain = {**arguments, "fairness": 0.0}
    for name in ("needs", "redundancy"):
        if name in arguments:
            scaled[name] = arguments[name] * factor
    first, second = solve(plain), solve(scaled)
    assert goals(first)[:-1] == goals(second)[:-1]
    assert second.objective == pytest.approx(factor * first.objective, rel=3 * GAP, abs=1e-6)


@pytest.mark.slow
@settings(max_examples=20)
@given(instances(largest=3, tiers=False), st.integers(0, 2**16))
def test_disjoint_cohorts_add_up(arguments: dict[str, Any], seed: int) -> None:
    """Two cohorts that share nobody are worth the sum of both."""
    rng = np.random.default_rng(seed)
    names = {"scores", "capacity", "limit", "needs", "offers", "second_cover", "load", "fairness"}
    first = {name: value for name, value in arguments.items() if name in names}
    n, m = first["scores"].shape
    second = dict(first)
    second["scores"] = rng.random((n, m))
    second["capacity"] = rng.integers(0, 3, m)
    both = dict(first)
    both["scores"] = np.full((2 * n, 2 * m), -np.inf)
    both["scores"][:n, :m], both["scores"][n:, m:] = first["scores"], second["scores"]
    both["capacity"] = np.concatenate([first["capacity"], second["capacity"]])
    both["limit"] = np.tile(first["limit"], 2)
    if "needs" in first:
        both["needs"], both["offers"] = (
            np.tile(first["needs"], (2, 1)),
            np.tile(first["offers"], (2, 1)),
        )
    if "load" in first:
        both["load"] = np.tile(first["load"], (2, 2))
    total = solve(first).objective + solve(second).objective
    assert solve(both).objective == pytest.approx(total, rel=3 * GAP, abs=1e-7)


@pytest.mark.slow
@given(instances(), st.sampled_from(["portfolio", "greedy", "sequential", "stable", "random"]))
def test_bound_is_never_below(arguments: dict[str, Any], method: str) -> None:
    """Whatever the method, the bound is not below the objective; the seed repeats the answer."""
    found, again = (solve(arguments, method=method, seed=3) for _ in range(2))
    assert found.bounds.dual >= found.objective - 1e-9
    assert found.pairs.tolist() == again.pairs.tolist()
