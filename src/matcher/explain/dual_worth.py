"""What sets of mentors are worth at the duals of an answer: utility of V less prices, in arrays.

Coverage and redundancy are submodular: what a mentor adds beside another is no more than it adds
alone. So of all mentors only the nearest, by what each adds alone, are looked at beside one; that
no other could count is checked, and where it could everybody is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np

from matcher.arrays import best_first, present
from matcher.observe import go_on
from matcher.problem.problem import Assignment, Floats, Ints, ItemBlock, Problem
from matcher.problem.rules.rule import Prices
from matcher.problem.value import (
    GatheredItems,
    are_alike,
    evaluate,
    gather_items,
    held_cover,
    is_concave,
    kept_bonus,
    utility,
)
from matcher.solver.columns.dual_scans import rows_and_duals
from matcher.solver.model.linking_rows import Rows
from matcher.solver.solution import DualRow

NEAREST = 32
"""Mentors of each mentee that are looked at beside another."""

CELLS = 400_000
"""Cells of offers beside offers held at once."""

BLOCK_PAIRS = 1_000_000
"""Pairs of a block."""


@dataclass(frozen=True)
class DualWorth:
    """The duals of an answer, put to its problem.

    Parameters
    ----------
    problem
        What was solved.
    rows, y
        Its linking rows and their duals.
    assignment
        The answer.
    """

    problem: Problem
    rows: Rows
    y: Floats
    assignment: Assignment

    @classmethod
    def of(cls, problem: Problem, duals: Sequence[DualRow], assignment: Assignment) -> Self:
        """Read the duals of a certificate."""
        return cls(problem, *rows_and_duals(problem, duals), assignment)

    @cached_property
    def items(self) -> GatheredItems:
        """The matches of the answer."""
        return gather_items(self.problem, self.assignment)

    @cached_property
    def value(self) -> Floats:
        """V of each mentee's portfolio, at which U is linearised: (n,)."""
        return evaluate(self.problem, self.assignment).value

    @cached_property
    def prices(self) -> Prices:
        """What items cost at the duals."""
        return self.rows.prices(self.y)

    @cached_property
    def size_bonus(self) -> Floats:
        """What each size of portfolio earns from tiers: (n, K + 1)."""
        return self.rows.size_bonus(self.y, np.arange(self.problem.n_mentees))

    @cached_property
    def held(self) -> tuple[Floats, Floats]:
        """Cover held before any match, best and second-best: (n, f) each."""
        none = np.zeros((self.problem.n_mentees, 0))
        return (none, none) if self.problem.needs is None else held_cover(self.problem)

    @cached_property
    def offers(self) -> Floats:
        """(m, f) what mentors offer, f = 0 without coverage."""
        offers, none = self.problem.offers, np.zeros((self.problem.n_mentors, 0))
        return none if offers is None or self.problem.needs is None else offers

    @cached_property
    def needs(self) -> Floats:
        """(n, f) what mentees need."""
        needs = self.problem.needs
        return self.held[0] if needs is None else needs

    @cached_property
    def tangent(self) -> tuple[Floats, Floats]:
        """Slope and shift of lines that are nowhere below U on V >= 0: (n,) each."""
        n, fairness = self.problem.n_mentees, self.problem.fairness
        if not is_concave(self.problem):
            return np.ones(n), np.zeros(n)
        at = np.maximum(self.value, 0.0)
        slope = (at + 0.01) ** -float(fairness)
        return slope, utility(at, fairness) - slope * at

    def side_cost(self, side: Ints) -> Floats:
        """Return what sides of reciprocal pairs cost beside the load; (2r,) sides as stacked."""
        pairs = present(self.problem.reciprocal)
        return np.asarray(self.prices.side[side] + self.prices.match[pairs.sides[1][side]])

    @cached_property
    def sides(self) -> tuple[Ints, Floats]:
        """Mentor and worth of each mentee's best sides of reciprocal pairs: (n, K + 1) each.

        Worth is what a side adds to a set of others at most; -inf where there are fewer.
        """
        width = self.problem.max_size + 1
        mentors = np.full((self.problem.n_mentees, width), -1, dtype=np.int64)
        worths = np.full(mentors.shape, -np.inf)
        pairs = self.problem.reciprocal
        if pairs is None or not len(pairs):
            return mentors, worths
        mentee, mentor, score, load, _ = pairs.sides
        cost = self.side_cost(np.arange(len(mentee))) + self.prices.load[mentor] * load
        cost = cost - kept_bonus(self.problem, mentee, mentor)
        best, second = self.held
        gain = self.gain(self.offers[mentor], best[mentee], second[mentee], mentee)
        worth = self.tangent[0][mentee] * (score + gain - self.problem.min_gain) - cost
        order = np.lexsort((-worth, mentee))
        place = np.arange(len(order)) - np.searchsorted(mentee[order], mentee[order])
        few, at = order[place < width], place[place < width]
        mentors[mentee[few], at], worths[mentee[few], at] = mentor[few], worth[few]
        return mentors, worths

    def gain(self, offers: Floats, best: Floats, second: Floats, mentee: Ints) -> Floats:
        """Return what offers add to coverage beside the best and second-best so far.

        Parameters
        ----------
        offers, best, second
            (b, ..., f), alike or broadcast.
        mentee
            (b,) whose needs count.
        """
        r = self.problem.second_cover
        now = np.minimum(1.0, best + r * second)
        with_second = np.maximum(second, np.minimum(best, offers))
        rise = np.minimum(1.0, np.maximum(best, offers) + r * with_second) - now
        needs = self.needs[mentee].reshape(len(mentee), *[1] * (rise.ndim - 3), -1, 1)
        return np.asarray((rise[:, None] if rise.ndim == 2 else rise) @ needs).reshape(
            rise.shape[:-1]
        )

    def of_portfolios(self, mentees: Ints, prices: Floats) -> Floats:
        """Return what the portfolios of consecutive mentees, b of them, are worth: (b,).

        `prices` are those of one-way items: (b, m).
        """
        problem, both, first = self.problem, self.problem.reciprocal, int(mentees[0])
        start, end = np.searchsorted(self.assignment.pairs[:, 0], (first, mentees[-1] + 1))
        mentee, mentor = self.assignment.pairs[start:end].T
        number = self.assignment.reciprocal[start:end]
        cost = np.where(number < 0, prices[mentee - first, mentor], 0.0)
        if problem.fallback is not None:
            others = problem.fallback  # with these no sponsorship was paid for
            place = others.find(mentee, mentor)
            is_one = (number == -1) != np.append(others.sponsored, False)[place]
            is_one &= (place >= 0) & (number < 0)
            cost += np.where(is_one, self.prices.sponsorship[mentor], 0.0)
        if both is not None:
            at = np.flatnonzero(number >= 0)
            is_a = both.mentee_a[number[at]] == mentee[at]
            side = np.where(is_a, number[at], number[at] + len(both))
            load = self.items.load[start:end]
            cost[at] = self.side_cost(side) + self.prices.load[mentor[at]] * load[at]
        size = np.bincount(mentee - first, minlength=len(mentees))
        spent = np.bincount(mentee - first, weights=cost, minlength=len(mentees))
        level = utility(self.value[mentees], problem.fairness)
        return np.asarray(level - spent + self.size_bonus[mentees, size])

    def near(self, mentees: Ints, width: int = NEAREST, *, above: float = np.inf) -> NearMentors:
        """Return the mentors who add most alone to each of some consecutive mentees.

        `width` of them, and whoever adds more than `above`.
        """
        block = self.problem.scores.block(mentees)
        price = self._prices(mentees, block)
        alone = self.tangent[0][mentees][:, None] * (block.score + self._alone(mentees)) - price
        width = max(width, int((alone > above).sum(axis=1).max(initial=0)))
        order = best_first(alone, width + 1)
        ranked = np.take_along_axis(alone, order, axis=1)
        beyond = ranked[:, width] if ranked.shape[1] > width else np.full(len(mentees), -np.inf)
        order = order[:, :width]
        score, cost = (np.take_along_axis(part, order, axis=1) for part in (block.score, price))
        return NearMentors(
            worth=self,
            mentees=mentees,
            mentor=order,
            score=score,
            price=cost,
            alone=ranked[:, :width],
            beyond=beyond,
            prices=price,
        )

    def blocks(self) -> Iterator[Ints]:
        """Yield consecutive mentees, few enough at a time."""
        for rows in self.problem.blocks(BLOCK_PAIRS):
            go_on()
            yield rows

    def _alone(self, mentees: Ints) -> Floats:
        """Return what each mentor alone adds to coverage: (b, m)."""
        gain = self.needs[mentees] @ np.minimum(1.0, self.offers).T
        for k in np.flatnonzero((self.held[0][mentees] > 0).any(axis=1)).tolist():
            best, second = (held[mentees[k], None] for held in self.held)
            gain[k] = self.gain(self.offers[None], best[None], second[None], mentees[[k]])[0]
        return np.asarray(gain)

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


@dataclass(frozen=True)
class NearMentors:
    """The mentors who add most alone to b mentees, best first, and what they add beside others."""

    worth: DualWorth
    mentees: Ints
    mentor: Ints
    """(b, t) those with worth -inf in `alone` are not possible."""
    score: Floats
    price: Floats
    alone: Floats
    """(b, t) worth of each alone, without what sizes earn."""
    beyond: Floats
    """(b,) most that any other mentor adds alone."""
    prices: Floats
    """(b, m) what one-way items cost."""

    def with_one(
        self, score: Floats, offers: Floats, price: Floats, mentor: Ints | None = None
    ) -> Floats:
        """Return upper bounds on the worth of any allowed set that holds a certain mentor: (b, c).

        Parameters
        ----------
        score, price
            (b, c) of c mentors of each mentee.
        offers
            (b, c, f).
        mentor
            (b, c) positions; None for somebody who is not there yet, and like nobody.
        """
        parts = []
        for at in self._parts(score.shape[1]):
            ones = score[at], offers[at], price[at], None if mentor is None else mentor[at]
            arrays = {name: part[at] for name, part in vars(self).items() if name != "worth"}
            bound, least = replace(self, **arrays).beside(*ones)
            for k in np.flatnonzero(self.beyond[at] > least).tolist():  # somebody farther counts
                everybody = self.worth.near(self.mentees[at][[k]], above=float(least[k]))
                who = None if mentor is None else mentor[at][[k]]
                one = score[at][[k]], offers[at][[k]], price[at][[k]], who
                bound[k] = everybody.beside(*one)[0]
            parts.append(bound)
        limit = self.worth.problem.limit[self.mentees][:, None]
        return np.where(limit > 0, np.concatenate(parts), -np.inf)

    def _parts(self, count: int) -> list[slice]:
        n, width = self.mentor.shape
        step = max(1, CELLS // max(1, count * width * self.worth.offers.shape[1]))
        return [slice(start, start + step) for start in range(0, n, step)]

    def beside(
        self, score: Floats, offers: Floats, price: Floats, mentor: Ints | None
    ) -> tuple[Floats, Floats]:
        """Return the bounds of `with_one`, whose arguments these are, for few mentees at once.

        Returns
        -------
        tuple
            (b, c) bounds, and what somebody must add alone to raise any of them: (b,).
        """
        worth, mentees, problem = self.worth, self.mentees, self.worth.problem
        slope, shift = (part[mentees][:, None] for part in worth.tangent)
        best, second = (held[mentees][:, None] for held in worth.held)
        start = slope * (score + worth.gain(offers, best, second, mentees)) - price + shift
        second = np.maximum(second, np.minimum(best, offers))[:, :, None]
        best = np.maximum(best, offers)[:, :, None]
        gain = worth.gain(worth.offers[self.mentor][:, None], best, second, mentees)
        side_mentor, side_worth = worth.sides
        side = np.broadcast_to(side_worth[mentees][:, None], (*score.shape, side_worth.shape[1]))
        gain = gain + self.score[:, None]
        if mentor is not None:
            if problem.like is not None:
                alike = are_alike(problem.like, mentor[:, :, None], self.mentor[:, None])
                gain = gain - problem.redundancy * alike
            gain = np.where(mentor[:, :, None] == self.mentor[:, None], -np.inf, gain)
            side = np.where(side_mentor[mentees][:, None] == mentor[:, :, None], -np.inf, side)
        marginal = slope[:, :, None] * (gain - problem.min_gain) - self.price[:, None]
        more, limit = problem.max_size - 1, problem.limit[mentees][:, None]
        added = -np.sort(-np.concatenate([marginal, side], axis=2), axis=2)[:, :, : max(more, 0)]
        too_many = np.arange(2, added.shape[2] + 2) > limit[:, :, None]
        sums = np.cumsum(np.where(too_many, -np.inf, added), axis=2)
        sums = np.concatenate([np.zeros((*score.shape, 1)), sums], axis=2)
        bonus = worth.size_bonus[mentees]
        bound = (start[:, :, None] + sums + bonus[:, None, 1 : sums.shape[2] + 1]).max(axis=2)
        if is_concave(problem):  # sets of V < 0 count as 0
            bound = np.maximum(bound, bonus.max(axis=1)[:, None] - price)
        least = np.where(too_many, np.inf, added).min(axis=(1, 2), initial=np.inf)
        least = np.where(limit[:, 0] <= 1, np.inf, least)
        # Nor does it who takes more from a set than one more size of it earns.
        least = np.maximum(least, -np.diff(bonus[:, 1:], axis=1).max(axis=1, initial=0.0))
        return bound, least + slope[:, 0] * problem.min_gain
