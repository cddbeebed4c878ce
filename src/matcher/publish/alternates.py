"""The next mentors for each mentee, and what giving each to them would cost the cohort at least.

Forcing mentee i and mentor j together leaves at most
``bound - best_i + max {worth of S : j in S}`` at the published duals, where worth is utility less
prices. With any lower bound on ``best_i`` and any upper bound on the maximum that stays a bound, so
``objective - that`` is a certified lower bound on the cost. The maximum over sets that hold j is
bounded by the worth of {j} and the best marginals beside j, one by one: coverage and redundancy are
submodular, so what several add together is no more than the sum. Exact for portfolios of two.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Ints
from matcher.explain.dual_worth import NEAREST, DualWorth, NearMentors
from matcher.publish.matched_pairs import MatchedPairs
from matcher.run_tables import frame_of

PER_MENTEE = 3
"""Alternates that are published."""

LOOKED_AT = 5
"""Alternates whose cost is bounded: those best at their prices."""

AlternateRow = tuple[str, str, int, float, float]


def alternates_table(pairs: MatchedPairs) -> pd.DataFrame:
    """Return the next mentors of each mentee, cheapest for the cohort first.

    Only mentees who take part have any. Without a dual bound the cost is unknown and empty, and the
    order is that of worth at the mentors' prices.
    """
    problem, duals = pairs.instance.problem, pairs.solution.duals
    worth = DualWorth.of(problem, duals, pairs.assignment)
    return frame_of(
        "alternates", (row for rows in worth.blocks() for row in _of_block(pairs, worth, rows))
    )


def _of_block(pairs: MatchedPairs, worth: DualWorth, rows: Ints) -> Iterator[AlternateRow]:
    """Yield the alternates of some mentees."""
    problem, solution = pairs.instance.problem, pairs.solution
    near = worth.near(rows, max(NEAREST, int(pairs.size.max(initial=0)) + LOOKED_AT))
    place = _first_free(pairs, near)
    chosen = np.maximum(place, 0)
    mentor = np.take_along_axis(near.mentor, chosen, axis=1)
    score = np.take_along_axis(near.score, chosen, axis=1)
    cost = np.full(mentor.shape, np.nan)
    if solution.duals and np.isfinite(solution.dual_bound):
        price = np.take_along_axis(near.price, chosen, axis=1)
        forced = near.with_one(score, worth.offers[mentor], price, mentor)
        spare = max(0.0, solution.dual_bound - solution.objective)
        cost = np.maximum(0.0, worth.of_portfolios(rows, near.prices)[:, None] - forced - spare)
    ranked = np.where(place < 0, np.inf, np.where(np.isnan(cost), 0.0, cost))
    # At equal cost the first by id; where no cost is known worth decides.
    tie = mentor if np.isfinite(cost).any() else np.broadcast_to(np.arange(LOOKED_AT), cost.shape)
    order = np.lexsort((tie, ranked), axis=1)[:, :PER_MENTEE]
    cohort, factor = pairs.instance.cohort, pairs.instance.factor
    full = _is_full(pairs)[rows]
    for k in np.flatnonzero(~full & (place[:, 0] >= 0) & (problem.limit[rows] > 0)).tolist():
        few = [c for c in order[k].tolist() if place[k, c] >= 0]
        for rank, c in enumerate(few, start=1):
            names = cohort.mentee_index.ids[rows[k]], cohort.mentor_index.ids[mentor[k, c]]
            shown = float(score[k, c]) / factor if factor > 0 else float("nan")
            yield *names, rank, shown, float(cost[k, c])


def _first_free(pairs: MatchedPairs, near: NearMentors) -> Ints:
    """Return places among the near mentors of the first that are free to each: (b, LOOKED_AT).

    -1 where there are fewer.
    """
    m = max(1, pairs.instance.problem.n_mentors)
    taken = np.isin(near.mentees[:, None] * m + near.mentor, pairs.mentee * m + pairs.mentor)
    free = np.isfinite(near.alone) & ~taken
    order = np.argsort(~free, axis=1, kind="stable")
    order = np.pad(order, ((0, 0), (0, LOOKED_AT)))[:, :LOOKED_AT]
    return np.where(np.arange(LOOKED_AT) < free.sum(axis=1)[:, None], order, -1)


def _is_full(pairs: MatchedPairs) -> Bools:
    """Return whom forced pairs leave no room for anybody else: (n,)."""
    forced = np.bincount(pairs.mentee[pairs.is_forced], minlength=len(pairs.size))
    return np.asarray(forced >= pairs.instance.problem.limit)
