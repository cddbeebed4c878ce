"""The next mentors for each mentee, and what giving each to them would cost the cohort at least.

Forcing mentee i and mentor j together leaves at most
``bound - best_i + max {worth of S : j in S}`` at the published duals, where worth is utility less
prices. With any lower bound on ``best_i`` and any upper bound on the maximum that stays a bound, so
``objective - that`` is a certified lower bound on the cost. The maximum over sets that hold j is
bounded by the worth of {j} and the best marginals beside j, one by one: coverage and redundancy are
submodular, so what several add together is no more than the sum. Exact for portfolios of two.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from matcher.arrays import present
from matcher.problem.problem import Bools, Floats, Ints, ItemBlock, Problem
from matcher.problem.rules.rule import Prices
from matcher.problem.value import are_alike, held_cover, kept_bonus, utility
from matcher.publish.matched_pairs import MatchedPairs
from matcher.run_tables import frame_of
from matcher.solver.columns.dual_scans import rows_and_duals
from matcher.solver.model.linking_rows import Rows

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
    problem = pairs.instance.problem
    found = _Search(pairs, *rows_and_duals(problem, pairs.solution.duals))
    return frame_of(
        "alternates", (row for rows in problem.blocks(1_000_000) for row in found.of_block(rows))
    )


@dataclass(frozen=True)
class _Search:
    pairs: MatchedPairs
    rows: Rows
    y: Floats

    @property
    def problem(self) -> Problem:
        return self.pairs.instance.problem

    @property
    def proved(self) -> bool:
        solution = self.pairs.solution
        return bool(solution.duals) and bool(np.isfinite(solution.dual_bound))

    @cached_property
    def prices(self) -> Prices:
        """What items cost at the duals."""
        return self.rows.prices(self.y)

    @cached_property
    def size_bonus(self) -> Floats:
        """What each size of portfolio earns from tiers: (n, K + 1)."""
        return self.rows.size_bonus(self.y, np.arange(self.problem.n_mentees))

    def side_cost(self, side: Ints) -> Floats:
        """Return what sides of reciprocal pairs cost beside the load; (2r,) sides as stacked."""
        pairs = present(self.problem.reciprocal)
        return np.asarray(self.prices.side[side] + self.prices.match[pairs.sides[1][side]])

    @cached_property
    def held(self) -> tuple[Floats, Floats]:
        """Cover held before any match, best and second-best: (n, f) each."""
        return held_cover(self.problem)

    def of_block(self, rows: Ints) -> list[AlternateRow]:
        """Return the alternates of some mentees."""
        block = self.problem.scores.block(rows)
        price = self._prices(rows, block)
        chosen = np.zeros(block.score.shape, dtype=bool)
        here = (self.pairs.mentee >= rows[0]) & (self.pairs.mentee <= rows[-1])
        chosen[self.pairs.mentee[here] - rows[0], self.pairs.mentor[here]] = True
        return [
            row
            for k, i in enumerate(rows.tolist())
            for row in self._of_mentee(i, block.score[k], price[k], chosen[k])
        ]

    def _prices(self, mentees: Ints, block: ItemBlock) -> Floats:
        """Return what one-way items cost at the duals, kept bonuses taken off: (b, m)."""
        load, prices = 1.0 if block.load is None else block.load, self.prices
        price = np.broadcast_to(prices.load * load, block.score.shape) + prices.match
        if block.sponsored is not None:
            sponsored = block.sponsored.copy()
            if self.problem.fallback is not None:  # they are worth no more, and cost less
                place, row = self.problem.fallback.of_mentees(mentees)
                sponsored[row, self.problem.fallback.mentor[place]] = False
            price = price + sponsored * prices.sponsorship
        mentee, mentor, cost = self.rows.pair_costs(self.y)
        inside = (mentee >= mentees[0]) & (mentee <= mentees[-1])
        np.add.at(price, (mentee[inside] - mentees[0], mentor[inside]), cost[inside])
        return price

    def _of_mentee(self, i: int, score: Floats, price: Floats, chosen: Bools) -> list[AlternateRow]:
        free = np.flatnonzero(np.isfinite(score) & ~chosen)
        if not len(free) or self._is_full(i):
            return []
        sets = _Worth(self, i, score, price)
        alone = sets.alone(free)
        few = free[np.argsort(-alone, kind="stable")[:LOOKED_AT]]
        cost = self._costs(sets, i, few)
        order = np.lexsort((few, np.where(np.isnan(cost), 0.0, cost)))[:PER_MENTEE]
        if not self.proved:
            order = np.arange(len(few))[:PER_MENTEE]
        return [
            (*self._names(i, int(few[k])), rank, self._pair_score(float(score[few[k]])), cost[k])
            for rank, k in enumerate(order.tolist(), start=1)
        ]

    def _is_full(self, i: int) -> bool:
        """Return whether forced pairs leave the mentee no room for anybody else."""
        forced = int(self.pairs.is_forced[self.pairs.mentee == i].sum())
        return bool(forced >= self.problem.limit[i])

    def _costs(self, sets: _Worth, i: int, few: Ints) -> Floats:
        if not self.proved:
            return np.full(len(few), np.nan)
        solution = self.pairs.solution
        spare = solution.dual_bound - solution.objective
        forced = np.array([sets.at_most_with(j) for j in few.tolist()])
        return np.maximum(0.0, sets.of_portfolio() - forced - max(0.0, spare))

    def _names(self, i: int, j: int) -> tuple[str, str]:
        cohort = self.pairs.instance.cohort
        return cohort.mentee_index.ids[i], cohort.mentor_index.ids[j]

    def _pair_score(self, item: float) -> float:
        factor = self.pairs.instance.factor
        return item / factor if factor > 0 else float("nan")


class _Worth:
    """Worth of sets of one mentee at the duals: utility of V less prices, with size bonuses."""

    def __init__(self, search: _Search, i: int, score: Floats, price: Floats) -> None:
        self.search, self.i, self.score, self.price = search, i, score, price
        problem = search.problem
        self.problem = problem
        self.limit = int(problem.limit[i])
        self.bonus = search.size_bonus[i]
        self.offers = np.zeros((problem.n_mentors, 0))
        self.needs, self.best, self.second = np.zeros(0), np.zeros(0), np.zeros(0)
        if problem.needs is not None and problem.offers is not None:
            held = search.held
            wanted = problem.needs[i] > 0
            self.offers, self.needs = problem.offers[:, wanted], problem.needs[i, wanted]
            self.best, self.second = held[0][i, wanted], held[1][i, wanted]
        self.value = float(search.pairs.terms.value[i])
        self.slope, self.shift = _tangent(self.value, problem.fairness)

    def alone(self, mentors: Ints) -> Floats:
        """Return the worth of each mentor alone, without the size bonus."""
        gain = self._gain(self.offers[mentors], self.best, self.second)
        return self.slope * (self.score[mentors] + gain) - self.price[mentors]

    def at_most_with(self, j: int) -> float:
        """Return an upper bound on the worth of any allowed set that holds mentor `j`."""
        problem, offer = self.problem, self.offers[j]
        second = np.maximum(self.second, np.minimum(self.best, offer))
        best = np.maximum(self.best, offer)
        others = np.flatnonzero(np.isfinite(self.score))
        others = others[others != j]
        gain = self.score[others] + self._gain(self.offers[others], best, second)
        if problem.like is not None:
            alike = are_alike(problem.like, np.full(len(others), j), others)
            gain = gain - problem.redundancy * alike
        marginal = self.slope * (gain - problem.min_gain) - self.price[others]
        marginal = np.concatenate([marginal, self._sides(j)])
        more = min(self.limit - 1, len(marginal))
        top = -np.sort(np.partition(-marginal, more - 1)[:more]) if more > 0 else np.empty(0)
        start = float(self.alone(np.array([j]))[0]) + self.shift
        by_size = start + np.concatenate([[0.0], np.cumsum(top)]) + self.bonus[1 : more + 2]
        return max(float(by_size.max()), self._if_worthless(j))

    def _if_worthless(self, j: int) -> float:
        """Return a bound for sets of V < 0 under a concave U, which counts them as 0."""
        if self.problem.fairness in (0.0, "max-min"):
            return -np.inf
        return float(self.bonus.max() - self.price[j])

    def _sides(self, j: int) -> Floats:
        """Return upper bounds on what sides of reciprocal pairs can add beside mentor `j`."""
        pairs = self.problem.reciprocal
        if pairs is None:
            return np.empty(0)
        mentee, mentor, score, load, _ = pairs.sides
        mine = np.flatnonzero((mentee == self.i) & (mentor != j))
        cost = self.search.side_cost(mine) + self.search.prices.load[mentor[mine]] * load[mine]
        cost = cost - kept_bonus(self.problem, mentee[mine], mentor[mine])
        gain = score[mine] + self._gain(self.offers[mentor[mine]], self.best, self.second)
        return np.asarray(self.slope * (gain - self.problem.min_gain) - cost)

    def of_portfolio(self) -> float:
        """Return the worth of the mentee's portfolio in the solution."""
        matched = self.search.pairs
        mine = np.flatnonzero(matched.mentee == self.i)
        number = matched.assignment.reciprocal[mine]
        cost = np.where(number < 0, self.price[matched.mentor[mine]], 0.0)
        if self.problem.fallback is not None:
            place = self.problem.fallback.find(matched.mentee[mine], matched.mentor[mine])
            sponsor = self.search.prices.sponsorship[matched.mentor[mine]]
            cost += np.where((number == -1) & (place >= 0), sponsor, 0.0)
        pairs = self.problem.reciprocal
        if pairs is not None:
            both = mine[number >= 0]
            at = matched.assignment.reciprocal[both]
            side = np.where(pairs.mentee_a[at] == self.i, at, at + len(pairs))
            load = self.search.prices.load[matched.mentor[both]] * matched.load[both]
            cost[number >= 0] = self.search.side_cost(side) + load
        level = float(utility(np.array([self.value]), self.problem.fairness)[0])
        return level - float(cost.sum()) + float(self.bonus[len(mine)])

    def _gain(self, offers: Floats, best: Floats, second: Floats) -> Floats:
        """Return what each offer adds to coverage beside the best and second-best so far."""
        r = self.problem.second_cover
        now = np.minimum(1.0, best + r * second)
        with_best = np.maximum(best, offers)
        with_second = np.maximum(second, np.minimum(best, offers))
        return np.asarray((np.minimum(1.0, with_best + r * with_second) - now) @ self.needs)


def _tangent(value: float, fairness: object) -> tuple[float, float]:
    """Return slope and shift of a line that is nowhere below U on V >= 0."""
    if fairness in (0.0, "max-min"):
        return 1.0, 0.0
    at = max(value, 0.0)
    alpha = float(fairness)  # type: ignore[arg-type]
    slope = float((at + 0.01) ** -alpha)
    level = float(utility(np.array([at]), alpha)[0])
    return slope, level - slope * at
