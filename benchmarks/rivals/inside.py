"""Rivals that need no environment of their own: assignment in scipy, compact models, a spreadsheet.

Each takes an instance and a time limit in seconds and returns pairs (k, 2), or None where it found
nothing in time. All but the two compact models see only `worth`, what one mentor alone is worth.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linear_sum_assignment, milp
from scipy.sparse import coo_array, csr_array, hstack, vstack

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from instances import Instance

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Rival = Callable[[Instance, float], Ints | None]

LARGEST_COMPACT = 2_000_000
"""Most cover variables of a compact model that is built at all."""
SCALE = 1_000_000
"""Units of the objective that CP-SAT counts in."""


def single_worth(instance: Instance) -> Floats:
    """Return what each mentor alone is worth to each mentee: (n, m)."""
    return instance.scores + instance.needs @ instance.offers.T


def objective(instance: Instance, pairs: Ints) -> float:
    """Return the objective of portfolios: scores and cover of the best offers."""
    if len(pairs) == 0:
        return 0.0
    best = np.zeros(instance.needs.shape)
    np.maximum.at(best, pairs[:, 0], instance.offers[pairs[:, 1]])
    score = instance.scores[pairs[:, 0], pairs[:, 1]].sum()
    return float(score + (instance.needs * best).sum())


def too_large(instance: Instance) -> str:
    """Return why a compact model of the instance is not built; empty where it is."""
    count = int(np.prod(instance.relations.shape)) * instance.needs.shape[1]
    if count <= LARGEST_COMPACT:
        return ""
    return f"not built: {count / 1e6:.0f} million cover variables"


def greedy(instance: Instance, _limit: float) -> Ints:
    """Sort all pairs by worth and take each that still fits, as one does in a spreadsheet."""
    worth = single_worth(instance)
    left, free = instance.limit.copy(), instance.capacity.copy()
    pairs = []
    for place in np.argsort(-worth, axis=None, kind="stable").tolist():
        i, j = divmod(place, worth.shape[1])
        if left[i] and free[j]:
            left[i] -= 1
            free[j] -= 1
            pairs.append((i, j))
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def one_to_one(instance: Instance, _limit: float) -> Ints:
    """Solve one assignment on columns repeated by capacity: one mentor for each mentee."""
    return _assign(single_worth(instance), instance.capacity, instance.limit > 0)


def rounds(instance: Instance, _limit: float) -> Ints:
    """Solve one assignment a round, with the worth of a further mentor given those before."""
    left, free = instance.limit.copy(), instance.capacity.copy()
    best = np.zeros(instance.needs.shape)
    taken = np.zeros((len(left), len(free)), dtype=bool)
    pairs = np.empty((0, 2), dtype=np.int64)
    for _ in range(int(instance.limit.max())):
        worth = np.where(taken, -1.0, instance.scores + _added_cover(instance, best))
        found = _assign(worth, free, left > 0)
        pairs = np.concatenate([pairs, found])
        taken[found[:, 0], found[:, 1]] = True
        best[found[:, 0]] = np.maximum(best[found[:, 0]], instance.offers[found[:, 1]])
        left[found[:, 0]] -= 1
        free = free - np.bincount(found[:, 1], minlength=len(free))
    return pairs


def _added_cover(instance: Instance, best: Floats) -> Floats:
    added = np.zeros((len(best), len(instance.offers)))
    for facet in range(best.shape[1]):
        gain = np.maximum(instance.offers[:, facet] - best[:, facet, None], 0.0)
        added += instance.needs[:, facet, None] * gain
    return added


def _assign(worth: Floats, places: Ints, wanting: NDArray[np.bool_]) -> Ints:
    rows = np.flatnonzero(wanting)
    columns = np.repeat(np.arange(len(places)), places)
    if len(rows) == 0 or len(columns) == 0:
        return np.empty((0, 2), dtype=np.int64)
    row, column = linear_sum_assignment(worth[np.ix_(rows, columns)], maximize=True)
    pairs = np.column_stack([rows[row], columns[column]])
    return pairs[worth[pairs[:, 0], pairs[:, 1]] > 0]


def cp_sat(instance: Instance, limit: float) -> Ints | None:
    """Solve the compact model by CP-SAT: x_ij, and which mentor covers each facet."""
    from ortools.sat.python import cp_model

    start = time.perf_counter()
    n, m, f = (*instance.relations.shape, instance.needs.shape[1])
    if too_large(instance):
        return None
    scores = instance.scores
    model = cp_model.CpModel()
    x = [[model.new_bool_var("") for _ in range(m)] for _ in range(n)]
    terms, weights = [], []
    for i in range(n):
        model.add(sum(x[i]) <= int(instance.limit[i]))
        for j in range(m):
            terms.append(x[i][j])
            weights.append(round(SCALE * scores[i, j]))
        for k in range(f):
            cover = [model.new_bool_var("") for _ in range(m)]
            model.add_at_most_one(cover)
            for j in range(m):
                model.add_implication(cover[j], x[i][j])
                terms.append(cover[j])
                weights.append(round(SCALE * instance.needs[i, k] * instance.offers[j, k]))
    for j in range(m):
        model.add(sum(x[i][j] for i in range(n)) <= int(instance.capacity[j]))
    model.maximize(cp_model.LinearExpr.weighted_sum(terms, weights))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(1.0, limit - (time.perf_counter() - start))
    solver.parameters.num_workers = 2
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    chosen = [(i, j) for i in range(n) for j in range(m) if solver.value(x[i][j])]
    return np.array(chosen, dtype=np.int64).reshape(-1, 2)


def compact_milp(instance: Instance, limit: float) -> Ints | None:
    """Solve the same compact model by scipy's HiGHS."""
    n, m, f = (*instance.relations.shape, instance.needs.shape[1])
    if too_large(instance):
        return None
    gain = -np.concatenate([instance.scores.ravel(), _cover_gain(instance).ravel()])
    pair = np.arange(n * m)
    count = n * m * f
    per_mentee = coo_array((np.ones(n * m), (pair // m, pair)), (n, n * m))
    per_mentor = coo_array((np.ones(n * m), (pair % m, pair)), (m, n * m))
    covering = np.arange(count)
    facet_of = covering // (m * f) * f + covering % f
    one_each = coo_array((np.ones(count), (facet_of, covering)), (n * f, count))
    owner = coo_array((-np.ones(count), (covering, covering // f)), (count, n * m))
    own = coo_array((np.ones(count), (covering, covering)), (count, count))
    matrix = vstack(
        [
            hstack([per_mentee, csr_array((n, count))]),
            hstack([per_mentor, csr_array((m, count))]),
            hstack([csr_array((n * f, n * m)), one_each]),
            hstack([owner, own]),
        ]
    )
    upper = np.concatenate([instance.limit, instance.capacity, np.ones(n * f), np.zeros(count)])
    whole = np.concatenate([np.ones(n * m), np.zeros(count)])
    found = milp(
        gain,
        integrality=whole,
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(matrix, -np.inf, upper),
        options={"time_limit": limit},
    )
    if found.x is None:
        return None
    return np.argwhere(found.x[: n * m].reshape(n, m) > 0.5)


def _cover_gain(instance: Instance) -> Floats:
    """Return what each mentor's cover of each facet is worth: (n, m, f)."""
    return instance.needs[:, None, :] * instance.offers[None, :, :]


RIVALS: dict[str, Rival] = {
    "greedy spreadsheet": greedy,
    "scipy LSA, one mentor": one_to_one,
    "scipy LSA, rounds": rounds,
    "OR-Tools CP-SAT, compact": cp_sat,
    "scipy milp, compact": compact_milp,
}
