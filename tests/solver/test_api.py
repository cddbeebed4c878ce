"""Tests of ``matcher.solve``: arguments and their errors, forms of scores, edge cases."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import sparse

import matcher
from matcher.checker.check_solution import verify_solution
from matcher.errors import ConfigError, InfeasibleError, InputError, MatcherError
from matcher.solver.api import problem_of
from matcher.solver.solution import Reason

GOOD: dict[str, Any] = {"scores": [[9.0, 8.0], [8.0, 1.0]], "capacity": [1, 1], "limit": 1}


def codes(error: MatcherError) -> set[str]:
    """Return the codes of an error's findings."""
    return {finding.code for finding in error.findings}


def test_the_oracles() -> None:
    """One to one 16 beats greedy's 10; jointly 26 beats 25 in rounds."""
    assert matcher.solve(**GOOD).objective == 16
    assert matcher.solve(**GOOD, method="greedy").objective == 10
    solution = matcher.solve([[10, 9, 1], [9, 1, 7]], [1, 1, 1], 2)
    assert solution.objective == 26
    assert solution.pairs.tolist() == [[0, 0], [0, 1], [1, 2]]
    assert solution.bounds.gap == 0
    assert solution.termination.reason is Reason.OPTIMAL


@pytest.mark.parametrize(
    ("change", "code", "word"),
    [
        ({"scores": [[1.0, float("nan")], [0, 0]]}, "E_NOT_FINITE", "scores[0, 1]"),
        ({"scores": [[1.0, float("inf")], [0, 0]]}, "E_NOT_FINITE", "scores[0, 1]"),
        ({"scores": [1.0, 2.0]}, "E_SHAPE", "(2,)"),
        ({"scores": [["a", "b"], ["c", "d"]]}, "E_SHAPE", "numbers"),
        ({"scores": [[1.0], [1.0, 2.0]]}, "E_SHAPE", "numbers"),
        ({"scores": None}, "E_SHAPE", "scores"),
        ({"scores": sparse.csr_array([[1.0, np.nan]])}, "E_NOT_FINITE", "scores[0, 1]"),
        ({"capacity": [1, -1]}, "E_CAPACITY", "capacity[1]"),
        ({"capacity": [1, np.inf]}, "E_NOT_FINITE", "capacity[1]"),
        ({"capacity": [1, 1, 1]}, "E_SHAPE", "expected (2,)"),
        ({"capacity": "two"}, "E_SHAPE", "capacity"),
        ({"limit": 1.5}, "E_RANGE", "limit"),
        ({"limit": -1}, "E_RANGE", "limit"),
        ({"limit": [1, 2, 3]}, "E_SHAPE", "(3,)"),
        ({"minimum": -1}, "E_RANGE", "minimum"),
        ({"load": [[1.0, 1.0]]}, "E_SHAPE", "(1, 2)"),
        ({"load": [[1.0, -1.0], [1, 1]]}, "E_RANGE", "load[0, 1]"),
        ({"load": [[1.0, np.nan], [1, 1]]}, "E_NOT_FINITE", "load[0, 1]"),
        ({"needs": [[1.0]]}, "E_MISSING_VALUE", "offers"),
        ({"needs": [[1.0], [1.0]], "offers": [[2.0], [0.0]]}, "E_RANGE", "offers[0, 0]"),
        ({"needs": [[-1.0], [1.0]], "offers": [[0.5], [0.0]]}, "E_RANGE", "needs[0, 0]"),
        ({"needs": [[1.0], [1.0]], "offers": [[0.5, 1.0]]}, "E_SHAPE", "offers"),
        ({"forbidden": [[0, 2]]}, "E_POSITION", "forbidden[0, 1]"),
        ({"forbidden": [[0, 0.5]]}, "E_POSITION", "forbidden[0, 1]"),
        ({"required": [[-1, 0]]}, "E_POSITION", "required[0, 0]"),
        ({"required": [0, 1]}, "E_SHAPE", "required"),
        ({"pool": ["a", "b"]}, "E_MISSING_VALUE", "pool_capacity"),
        ({"pool": ["a", "b"], "pool_capacity": {"a": 1}}, "E_MISSING_VALUE", "'b'"),
        ({"pool": ["a"], "pool_capacity": {"a": 1}}, "E_SHAPE", "pool"),
        ({"pool": ["a", "a"], "pool_capacity": {"a": -1}}, "E_CAPACITY", "pool_capacity"),
        ({"like": [[False, True], [False, False]]}, "E_CONFLICT", "symmetric"),
        ({"redundancy": 0.1}, "E_MISSING_VALUE", "like"),
        ({"reciprocal": [[0, 0, 0, 1]]}, "E_CONFLICT", "twice"),
        ({"reciprocal": [[0, 1, 1, 0], [0, 1, 1, 1]]}, "E_CONFLICT", "reciprocal"),
    ],
)
def test_wrong_arrays_are_named(change: dict[str, Any], code: str, word: str) -> None:
    """Every wrong array ends in an InputError that names it, with shapes or cells."""
    with pytest.raises(InputError) as caught:
        matcher.solve(**{**GOOD, **change})
    assert code in codes(caught.value)
    assert word in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        {"method": "magic"},
        {"method": None},
        {"gap": -1},
        {"gap": "small"},
        {"time_limit": 0},
        {"time_limit": float("nan")},
        {"seed": -1},
        {"seed": 1.5},
        {"threads": 0},
        {"resume": 3},
        {"observer": None},
        {"fairness": -1},
        {"fairness": 4},
        {"fairness": "fair"},
        {"second_cover": 2},
        {"redundancy": -1, "like": [0, 1]},
    ],
)
def test_wrong_settings_are_named(change: dict[str, Any]) -> None:
    """Every wrong setting ends in a ConfigError that names it."""
    with pytest.raises(ConfigError) as caught:
        matcher.solve(**{**GOOD, **change})
    assert codes(caught.value) == {"E_CONFIG"}
    assert next(iter(change)) in str(caught.value)


def test_all_problems_come_together() -> None:
    """One error tells of everything that is wrong."""
    with pytest.raises(InputError) as caught:
        matcher.solve([[1.0, 2.0]], [-1, 1], -1, forbidden=[[0, 9]], gap=-1)
    assert codes(caught.value) == {"E_CAPACITY", "E_RANGE", "E_POSITION", "E_CONFIG"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"required": [[0, 0]], "forbidden": [[0, 0]]}, "I_CONTRADICTION"),
        ({"scores": [[-np.inf, 1], [1, 1]], "required": [[0, 0]]}, "I_CONTRADICTION"),
        ({"required": [[0, 0], [1, 0]]}, "I_FORCED_CAPACITY"),
        ({"required": [[0, 0], [0, 1]]}, "I_FORCED_CAPACITY"),
        ({"required": [[0, 0]], "capacity": [0, 0]}, "I_FORCED_CAPACITY"),
        (
            {"required": [[0, 0], [1, 1]], "pool": ["p", "p"], "pool_capacity": {"p": 1}},
            "I_FORCED_CAPACITY",
        ),
        ({"reciprocal": [[0, 1, 1, 0]], "forbidden": [[0, 1]], "required": [[1, 0]]},
         "I_CONTRADICTION"),
    ],
)  # fmt: skip
def test_impossible_requirements(change: dict[str, Any], code: str) -> None:
    """Required pairs that cannot all hold are an InfeasibleError with the smallest set."""
    with pytest.raises(InfeasibleError) as caught:
        matcher.solve(**{**GOOD, **change})
    assert code in codes(caught.value)


class Computed:
    """Scores by block in float32, as an object of a caller may give them."""

    shape = (2, 2)

    def __init__(self, values: Any) -> None:
        self.values = np.asarray(values, dtype=np.float32)

    def block(self, rows: Any) -> Any:
        return self.values[rows]


@pytest.mark.slow
@pytest.mark.parametrize("method", ["auto", "portfolio", "cp-sat", "sequential"])
def test_forms_of_scores_agree(method: str) -> None:
    """Dense, sparse of any format and computed scores give the same answer."""
    scores = np.array([[9.0, 0.0], [8.0, -np.inf]])
    stored = sparse.coo_array(([9.0, 0.0, 8.0], ([0, 0, 1], [0, 1, 0])), shape=(2, 2))
    forms = [scores, stored, stored.tocsc(), stored.tolil(), stored.todok(), Computed(scores)]
    found = [
        matcher.solve(form, [1, 1], 1, minimum=1, method=method).pairs.tolist() for form in forms
    ]
    assert found == [[[0, 1], [1, 0]]] * len(forms)


def test_computed_scores_are_checked() -> None:
    """An object that returns nan or another shape is told so."""
    with pytest.raises(InputError, match=r"scores\[1, 0\] is nan"):
        matcher.solve(Computed([[1, 1], [np.nan, 1]]), [1, 1], 1)
    with pytest.raises(InputError, match="E_SHAPE"):
        matcher.solve(Computed([[1, 1, 1], [1, 1, 1]]), [1, 1], 1)


@pytest.mark.parametrize("method", ["auto", "portfolio", "greedy", "random", "cp-sat"])
@pytest.mark.parametrize(
    "arguments",
    [
        {"scores": np.empty((0, 3)), "capacity": [1, 1, 1], "limit": 1},
        {"scores": np.empty((3, 0)), "capacity": [], "limit": 1},
        {"scores": np.empty((0, 0)), "capacity": [], "limit": 1},
        {"scores": np.ones((2, 2)), "capacity": [0, 0], "limit": 1},
        {"scores": np.ones((2, 2)), "capacity": [0, 0], "limit": 2, "minimum": 1},
        {"scores": np.ones((2, 2)), "capacity": [1, 1], "limit": 0},
        {"scores": np.ones((2, 2)), "capacity": [0.5, 0.5], "limit": 1},
        {
            "scores": np.ones((2, 2)),
            "capacity": [0, 0],
            "limit": 2,
            "needs": np.ones((2, 1)),
            "offers": np.ones((2, 1)),
            "fairness": 1.0,
        },
        {"scores": np.full((2, 2), -np.inf), "capacity": [1, 1], "limit": 1},
    ],
)
def test_nothing_to_match(arguments: dict[str, Any], method: str) -> None:
    """Without people, places or slots the empty answer is optimal, and its proof holds."""
    solution = matcher.solve(**arguments, method=method)
    assert solution.pairs.shape == (0, 2)
    assert solution.objective == 0
    if method in ("auto", "portfolio"):
        assert solution.termination.reason is Reason.OPTIMAL
    assert verify_solution(problem_of(**arguments), solution).ok


def test_inputs_are_not_changed() -> None:
    """Solving leaves every array as it was."""
    rng = np.random.default_rng(0)
    arguments = {
        "scores": rng.random((6, 4)),
        "capacity": np.array([1.5, 2.5, 1.0, 9.0]),
        "limit": np.full(6, 2),
        "needs": rng.random((6, 2)),
        "offers": rng.random((4, 2)),
        "forbidden": np.array([[0, 0]]),
        "reciprocal": np.array([[2, 1, 1, 2]]),
    }
    before = {name: value.copy() for name, value in arguments.items()}
    matcher.solve(**arguments)
    for name, value in arguments.items():
        np.testing.assert_array_equal(value, before[name])


def test_reciprocal_entries_go_together() -> None:
    """Coupled entries are both in or both out, each with its own score."""
    scores = [[-np.inf, 5.0], [-1.0, -np.inf]]
    solution = matcher.solve(scores, [1, 1], 1, reciprocal=[[0, 1, 1, 0]])
    assert solution.pairs.tolist() == [[0, 1], [1, 0]]
    assert solution.objective == pytest.approx(4.0)
    assert solution.reciprocal.tolist() == [0, 0]
    scores[1][0] = -6.0
    assert len(matcher.solve(scores, [1, 1], 1, reciprocal=[[0, 1, 1, 0]]).pairs) == 0
    forced = matcher.solve(scores, [1, 1], 1, reciprocal=[[0, 1, 1, 0]], required=[[1, 0]])
    assert forced.pairs.tolist() == [[0, 1], [1, 0]]


def test_labels_of_any_kind() -> None:
    """Pools and likeness take any hashable label, and None or nan for none."""
    scores = np.ones((3, 4))
    pool = np.array(["a", None, ("x", 1), "a"], dtype=object)
    solution = matcher.solve(scores, [1] * 4, 4, pool=pool, pool_capacity={"a": 1, ("x", 1): 0})
    assert solution.objective == 2
    nobody = matcher.solve(scores, [1] * 4, 4, pool=[None, "", -1, float("nan")], pool_capacity={})
    assert nobody.objective == 4
    like = problem_of(scores, [1] * 4, 4, like=["x", "y", "x", None], redundancy=1.0).like
    assert like is not None
    assert like.tolist() == [0, 1, 0, -1]


def test_minimum_comes_before_welfare() -> None:
    """Nobody is left out so that another gets a second mentor."""
    scores = [[1, 1], [0.01, -np.inf]]
    assert matcher.solve(scores, [1, 1], 2).objective == 2
    tiered = matcher.solve(scores, [1, 1], 2, minimum=1)
    assert tiered.objective == pytest.approx(1.01)
    assert [tier.value for tier in tiered.tiers] == [2, 2]
    assert tiered.bounds.gap < 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_answers_pass_the_checker(seed: int) -> None:
    """What solve returns is proved by the independent checker, whatever the terms."""
    rng = np.random.default_rng(seed)
    n, m = 12, 7
    arguments: dict[str, Any] = {
        "scores": np.where(rng.random((n, m)) < 0.2, -np.inf, rng.random((n, m))),
        "capacity": rng.integers(0, 4, m),
        "limit": rng.integers(0, 4, n),
        "minimum": int(seed % 2),
        "needs": rng.dirichlet(np.ones(4), n),
        "offers": rng.random((m, 4)),
        "second_cover": 0.3,
        "like": rng.integers(0, 3, m),
        "redundancy": 0.1,
        "pool": rng.integers(0, 2, m),
        "pool_capacity": {0: 5, 1: 4},
        "reciprocal": [[0, 1, 1, 0], [2, 3, 3, 2]] if seed % 3 else None,
        "fairness": float(seed % 3 == 2),
    }
    solution = matcher.solve(**arguments, gap=1e-3)
    assert solution.bounds.dual >= solution.objective - 1e-9
    report = verify_solution(problem_of(**arguments), solution)
    assert report.ok, report.problems
