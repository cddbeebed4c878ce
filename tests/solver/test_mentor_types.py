"""Equal mentors as one type: the same optimum, a proof of the problem as it was."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.solver.brute_force import best

import matcher
from matcher.checker.check_solution import verify_solution
from matcher.problem.problem import Problem
from matcher.solver.api import problem_of
from matcher.solver.model.mentor_types import MentorTypes


def drawn(seed: int, n: int = 4, m: int = 5, kinds: int = 2) -> dict[str, Any]:
    """Draw mentors of a few kinds, with terms and tiers now and then."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, kinds, m)
    arguments: dict[str, Any] = {
        "scores": rng.random((n, kinds)).round(2)[:, kind],
        "capacity": rng.integers(0, 3, m),
        "limit": rng.integers(0, 4, n),
        "needs": rng.dirichlet(np.ones(3), n),
        "offers": rng.random((kinds, 3)).round(2)[kind],
        "second_cover": float(rng.choice([0.0, 0.3])),
    }
    if rng.random() < 0.4:
        arguments["scores"][:, kind == 0] = np.where(rng.random((n, 1)) < 0.3, -np.inf, 0.4)
    if rng.random() < 0.4:
        arguments |= {"like": rng.integers(-1, 2, kinds)[kind], "redundancy": 0.2}
    if rng.random() < 0.3:
        arguments["fairness"] = float(rng.choice([0.5, 1.0]))
    if rng.random() < 0.4:
        arguments["minimum"] = rng.integers(0, 3, n)
    return arguments


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_the_optimum_and_its_proof_are_those_of_all_mentors(seed: int) -> None:
    """Brute force over every mentor finds the same; the checker proves the bound without types."""
    arguments = drawn(seed)
    problem = problem_of(**arguments)
    solution = matcher.solve(**arguments, method="portfolio", gap=1e-9)
    oracle = best(problem)
    assert oracle is not None
    assert [tier.value for tier in solution.tiers] == pytest.approx(oracle.tiers)
    assert solution.objective == pytest.approx(oracle.welfare, abs=1e-6)
    assert solution.bounds.dual >= oracle.welfare - 1e-9
    assert verify_solution(problem, solution).ok


def test_types_were_found_in_them() -> None:
    """The problems above are not all solved without types."""
    found = [MentorTypes.of(problem_of(**drawn(seed))) for seed in range(60)]
    assert sum(types is not None for types in found) > 15


@pytest.mark.parametrize("seed", range(3))
def test_many_equal_mentors_are_proved(seed: int) -> None:
    """Where all are alike, 60 x 40 ends with a proof that the checker holds on every mentor."""
    arguments = drawn(seed, 60, 40, 1) | {"capacity": np.arange(40) % 4}
    arguments["scores"] = np.tile(np.linspace(0.1, 0.5, 60)[:, None], 40)
    solution = matcher.solve(**arguments)
    assert solution.statistics["types"] == 1
    assert solution.gap <= 5e-4
    assert len(np.unique(solution.pairs, axis=0)) == len(solution.pairs)
    assert verify_solution(problem_of(**arguments), solution).ok


def test_equality_is_by_tolerance_not_by_digits() -> None:
    """A last bit more or less is no other type, on whichever side of a rounded digit; 1e-6 is."""
    arguments = drawn(0, 6, 8, 1) | {"capacity": 1}
    arguments["scores"] = np.full((6, 8), 0.5)
    assert _types(arguments) is not None
    nudged = arguments | {"scores": np.nextafter(arguments["scores"], np.arange(8) % 2)}
    assert _types(nudged) is not None
    apart = arguments | {"scores": arguments["scores"] + 1e-6 * np.arange(8)}
    assert _types(apart) is None


def test_what_tells_mentors_apart_leaves_them_apart() -> None:
    """A pair that is asked for, a pool or a load is no matter of types."""
    arguments = drawn(0, 6, 8, 1) | {"capacity": 1, "limit": 2}
    for more in (
        {"required": [[0, 0]]},
        {"pool": [0] * 8, "pool_capacity": {0: 3}},
        {"load": np.ones((6, 8))},
        {"reciprocal": [[0, 1, 1, 0]]},
    ):
        assert _types(arguments | more) is None


def test_parts_that_cannot_be_even_stay_apart() -> None:
    """Of two mentors with 3 places and 1, two mentees cannot both have both."""
    arguments = drawn(0, 2, 2, 1) | {"capacity": [3, 1], "limit": 2, "offers": np.zeros((2, 3))}
    arguments["scores"] = np.full((2, 2), 0.5)
    solution = matcher.solve(**arguments, method="portfolio")
    assert solution.objective == pytest.approx(1.5)


def _types(arguments: dict[str, Any]) -> MentorTypes | None:
    problem: Problem = problem_of(**arguments)
    return MentorTypes.of(problem)
