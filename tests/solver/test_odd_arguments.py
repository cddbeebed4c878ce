"""`solve` on what people really hand over: a clear error of ours or the right result."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from matcher import solve
from matcher.errors import InputError
from matcher.solver.solution import Reason

SCORES = np.array([[0.5, 0.2, 0.9], [0.1, 0.8, 0.3]])
PLAIN: dict[str, Any] = {"scores": SCORES, "capacity": np.ones(3), "limit": 1}
NAMED = pd.DataFrame(SCORES, index=["p", "q"], columns=["a", "b", "c"])
MASKED = np.ma.masked_array([1.0, 2.0, 3.0], mask=[False, True, False])

POOL = {"pool_capacity": {"x": 2}}


class Computed:
    """Scores by block."""

    shape = 2, 3

    def __init__(self, block: Any) -> None:
        self.given = block

    def block(self, rows: Any) -> Any:
        return self.given[rows] if isinstance(self.given, np.ndarray) else self.given


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"scores": SCORES.astype(str)}, "E_SHAPE"),
        ({"scores": pd.DataFrame(SCORES.astype(str))}, "E_SHAPE"),
        ({"scores": [[0.5, "0.2", 0.9], [0.1, 0.8, 0.3]]}, "E_SHAPE"),
        ({"scores": [[1, 2], [1, 2, 3]]}, "E_SHAPE"),
        ({"scores": SCORES + 1j}, "E_SHAPE"),
        ({"scores": np.where(SCORES > 0.8, np.nan, SCORES)}, "E_NOT_FINITE"),
        ({"scores": sparse.csr_array(np.where(SCORES > 0.8, np.inf, SCORES))}, "E_NOT_FINITE"),
        ({"scores": Computed([["a"] * 3] * 2)}, "E_SHAPE"),
        ({"scores": Computed([[1], [1, 2]])}, "E_SHAPE"),
        ({"scores": Computed(sparse.csr_array(SCORES))}, "E_SHAPE"),
        ({"capacity": ["1", "1", "1"]}, "E_SHAPE"),
        ({"capacity": MASKED}, "E_SHAPE"),
        ({"capacity": [1, -1, 1]}, "E_CAPACITY"),
        ({"capacity": [1, np.inf, 1]}, "E_NOT_FINITE"),
        ({"limit": [1, [2]]}, "E_SHAPE"),
        ({"limit": np.nan}, "E_NOT_FINITE"),
        ({"limit": None}, "E_NOT_FINITE"),
        ({"limit": 1.5}, "E_RANGE"),
        ({"limit": MASKED[:2]}, "E_SHAPE"),
        ({"minimum": MASKED[:2]}, "E_SHAPE"),
        ({"load": np.ma.masked_less(SCORES, 0.25)}, "E_SHAPE"),
        ({"needs": [[1], [1, 2]], "offers": np.ones((3, 1))}, "E_SHAPE"),
        ({"needs": np.ma.masked_less([[1.0], [2.0]], 2), "offers": np.ones((3, 1))}, "E_SHAPE"),
        ({"like": np.full((3, 3), np.nan), "redundancy": 0.1}, "E_RANGE"),
        ({"like": [["a", "b", "c"]] * 3, "redundancy": 0.1}, "E_SHAPE"),
        ({"like": [[1], [1, 2], [1]], "redundancy": 0.1}, "E_SHAPE"),
        ({"required": [[True, False]]}, "E_SHAPE"),
        ({"forbidden": np.ma.masked_less([[0, 1], [1, 1]], 1)}, "E_SHAPE"),
        ({"pool": [0, 0, 1], "pool_capacity": [1, 1]}, "E_SHAPE"),
        ({"scores": NAMED, "capacity": pd.Series([1, 2, 3], ["c", "a", "b"])}, "E_CONFLICT"),
        ({"scores": NAMED, "limit": pd.Series([1, 2], ["q", "p"])}, "E_CONFLICT"),
        ({"scores": NAMED, "capacity": pd.Series([1, 2, 3], ["a", "b", "d"])}, "E_CONFLICT"),
        ({"scores": pd.DataFrame(SCORES), "limit": pd.Series([1, 2], [1, 0])}, "E_CONFLICT"),
        ({"scores": NAMED, "load": NAMED[["b", "a", "c"]]}, "E_CONFLICT"),
        ({"scores": NAMED, "load": NAMED.loc[["q", "p"]]}, "E_CONFLICT"),
        ({"scores": NAMED, "pool": pd.Series(["x"] * 3, ["b", "a", "c"])} | POOL, "E_CONFLICT"),
        ({"scores": SCORES.astype(np.longdouble) * np.longdouble("1e4000")}, "E_NOT_FINITE"),
        ({"scores": [[10**400, 1, 2]] * 2}, "E_SHAPE"),
        ({"needs": [1, 1], "offers": np.ones((3, 1))}, "E_SHAPE"),
        ({"capacity": pd.Series([1, None, 1], dtype="Int64")}, "E_NOT_FINITE"),
        ({"scores": pd.DataFrame(SCORES).astype(str).astype("category")}, "E_SHAPE"),
        ({"scores": SCORES * 1e-308}, "E_RANGE"),
        ({"load": np.geomspace(1e-6, 1e3, SCORES.size).reshape(SCORES.shape)}, "E_RANGE"),
        ({"scores": SCORES * 1e300}, "E_RANGE"),
        ({"scores": SCORES * 1e8, "fairness": 3.0}, "E_RANGE"),
    ],
)
def test_what_is_no_array_of_numbers_is_named(change: dict[str, Any], code: str) -> None:
    """Masked cells, texts and rows of several lengths are never read as something else."""
    with pytest.raises(InputError) as no:
        solve(**PLAIN | change)
    (finding,) = no.value.findings
    assert finding.code == code
    assert {*change, "scores", ""} >= {finding.column}


@pytest.mark.parametrize(
    ("change", "objective"),
    [
        ({"scores": SCORES > 0.3}, 2.0),
        ({"scores": pd.DataFrame(SCORES)}, 1.7),
        ({"scores": np.ma.masked_greater(SCORES, 0.8)}, 1.3),
        ({"scores": Computed(np.ma.masked_greater(SCORES, 0.8))}, 1.3),
        ({"capacity": [True, False, True]}, 1.0),
        ({"capacity": [0.5, 1.7, 1]}, 1.7),
        ({"capacity": 1 - 1e-12}, 1.7),
        ({"limit": np.inf}, 2.2),
        ({"scores": NAMED, "capacity": pd.Series([1, 1, 0], ["a", "b", "c"])}, 1.3),
        ({"scores": NAMED, "limit": pd.Series([1, 2])}, 1.8),
        ({"scores": NAMED, "limit": pd.Series([1, 2], ["x", "y"])}, 1.8),
        ({"scores": pd.DataFrame(SCORES), "limit": pd.Series([1, 2], [1, 5])}, 1.8),
        ({"scores": pd.DataFrame(SCORES).astype("Float64")}, 1.7),
        ({"like": pd.array(["x", None, "x"], dtype="string"), "redundancy": 0.1}, 1.7),
        ({"scores": -SCORES}, 0.0),
        ({"scores": np.zeros((0, 3)), "limit": []}, 0.0),
        ({"scores": np.zeros((2, 0)), "capacity": []}, 0.0),
    ],
)
def test_what_can_be_understood_is_right(change: dict[str, Any], objective: float) -> None:
    """Booleans are 0 and 1, masked scores are not allowed, a part of a place holds nobody."""
    solution = solve(**PLAIN | change)
    assert solution.objective == pytest.approx(objective)
    assert solution.termination.reason is Reason.OPTIMAL


def best_sum(scores: Any, capacity: Any, limit: Any, needs: Any, offers: Any) -> Fraction:
    """Return the largest welfare by trying everything, without any rounding."""
    n, m = scores.shape

    def worth(i: int, chosen: tuple[int, ...]) -> Fraction:
        total = sum((Fraction(scores[i, j]) for j in chosen), Fraction(0))
        best = max((Fraction(offers[j]) for j in chosen), default=Fraction(0))
        return total + Fraction(needs[i]) * min(Fraction(1), best)

    def rest(i: int, left: tuple[int, ...]) -> Fraction:
        if i == n:
            return Fraction(0)
        open_ = [j for j in range(m) if left[j] and scores[i, j] > -np.inf]
        return max(
            worth(i, chosen) + rest(i + 1, tuple(k - (j in chosen) for j, k in enumerate(left)))
            for size in range(min(limit[i], m) + 1)
            for chosen in combinations(open_, size)
        )

    return rest(0, tuple(capacity))


EXPONENTS = st.sampled_from([-150, -30, -12, -8, -4, 0, 4, 8, 12, 30, 150])


@pytest.mark.slow
@given(
    st.integers(0, 2**32 - 1),
    EXPONENTS,
    st.sampled_from(["auto", "portfolio", "cp-sat"]),
    st.sampled_from([0.0, 1e-9, 1e-4]),
)
def test_no_scale_makes_a_false_optimum(seed: int, power: int, method: str, gap: float) -> None:
    """Whatever the size of scores and needs, also mixed, bounds hold and OPTIMAL is true."""
    rng = np.random.default_rng(seed)
    n, m = rng.integers(1, 4, 2)
    scores = rng.choice([rng.random((n, m)), rng.normal(0.3, 0.5, (n, m))]) * 10.0**power
    scores *= 10.0 ** (rng.integers(-6, 7, (n, m)) * (rng.random() < 0.3))
    scores[rng.random((n, m)) < 0.15] = -np.inf
    capacity, limit = rng.integers(0, 3, m), rng.integers(0, 3, n)
    needs = rng.random(n) * 10.0**power * (rng.random() < 0.5)
    offers = rng.random(m)
    best = float(best_sum(scores, capacity, limit, needs, offers))
    found = solve(
        scores,
        capacity,
        limit,
        needs=needs[:, None],
        offers=offers[:, None],
        gap=gap,
        method=method,
    )
    size = np.abs(scores, where=np.isfinite(scores), out=np.zeros((n, m))).sum() + needs.sum()
    assert found.objective <= best + 1e-12 * size
    if found.bound_source in ("duals", "flow"):
        assert found.bounds.dual >= best - 1e-12 * size
    assert found.dual_bound >= best - 1e-12 * size
    if found.termination.reason is Reason.OPTIMAL:
        assert found.objective >= best * (1 - gap) - 1e-12 * size


@pytest.mark.parametrize("power", [-12, -8, 0, 8])
def test_loads_and_places_have_any_size(power: int) -> None:
    """Three loads of one third fill a place, four do not, whether in grams or tons."""
    scores, unit = np.array([[4.0], [3.0], [2.0], [1.0]]), 10.0**power
    found = solve(scores, [unit], 1, load=np.full((4, 1), unit / 3))
    assert found.objective == 9.0
    assert found.prices[0] * unit >= 0
    loads = {(row.kind, round(row.rhs / unit, 9)) for row in found.duals if row.kind == "capacity"}
    assert loads == {("capacity", 1.0)}


def test_what_only_a_solver_says_is_claimed() -> None:
    """CP-SAT proves nothing that anybody can check; duals do."""
    assert solve(**PLAIN, method="cp-sat").termination.reason is Reason.CLAIMED
    assert solve(**PLAIN, method="flow").termination.reason is Reason.OPTIMAL
    assert solve(**PLAIN, method="greedy").termination.reason is Reason.FEASIBLE


@pytest.mark.parametrize("seed", [38, 50, 53, 122])
def test_a_price_that_drowns_the_objective_is_told(seed: int) -> None:
    """A pair of nearly nothing is held against prices of millions: the bound says what that costs.

    Their difference is the bound, and less than what floats round; it was below the objective.
    """
    rng = np.random.default_rng(seed)
    n, m = rng.integers(2, 5), rng.integers(2, 5)
    scores = 10.0 ** rng.uniform(-9, 7, (n, m))
    held = int(rng.integers(n)), int(rng.integers(m))
    scores[held] = 10.0 ** rng.uniform(-9, -6)
    pool = ["p" if j != held[1] else None for j in range(m)]
    capacity, limit = rng.integers(1, 3, m), rng.integers(1, 3, n)
    most = {"p": int(rng.integers(0, 2))}
    found = solve(scores, capacity, limit, required=[held], pool=pool, pool_capacity=most)
    assert found.dual_bound >= found.objective
    assert found.bounds.dual >= found.dual_bound
