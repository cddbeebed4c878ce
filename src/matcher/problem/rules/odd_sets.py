"""Odd sets of people: of an odd number of slots pairs that take two each leave one empty."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from matcher.problem.market import Bools, Floats, Ints, Market, ReciprocalPairs
from matcher.problem.rules import rule


@dataclass(frozen=True)
class OddSets(rule.ProgrammeRule):
    """Among some people there are no more reciprocal pairs than half of their slots, rounded down.

    Each pair takes a slot of both, so that every answer keeps the rule; shares of portfolios, half
    of every pair around a triangle, do not.
    """

    place = 76
    kind = "odd"
    named_rows = True

    pairs: ReciprocalPairs
    rows: tuple[tuple[int, ...], ...] = ()
    """People (positions of mentees, ascending) whose pairs the solver holds to it."""

    @classmethod
    def of_market(cls, market: Market) -> Iterator[Self]:
        """Yield the rule where there are reciprocal pairs."""
        if market.reciprocal is not None:
            yield cls(market.reciprocal)

    def rhs(self, market: Market) -> Floats:
        """Return half of the slots of each row's people, rounded down."""
        slots = (pair_slots(self.pairs, market, np.array(row)).sum() // 2 for row in self.rows)
        return np.array([*slots], dtype=np.float64)

    def row_names(self, market: Market) -> Sequence[str]:
        """Return the names of the rows."""
        return ["|".join(map(str, row)) for row in self.rows]

    def label(self, row: str, names: rule.Names) -> str:
        """Return the people."""
        return rule.people_of(row, names)

    def _within(self, row: tuple[int, ...]) -> Bools:
        return sides_within(self.pairs, np.array(row))

    def item_use(self, market: Market, items: rule.Used) -> Iterator[rule.Entries]:
        """Yield half for either side of every pair in a row."""
        side = np.flatnonzero(items.side >= 0)
        for number, row in enumerate(self.rows):
            item = side[self._within(row)[items.side[side]]]
            yield item, np.full(len(item), number), np.full(len(item), 0.5)

    def charge(self, dual: Floats, prices: rule.Prices) -> None:
        """Let either side pay half of each of its rows."""
        for row, price in zip(self.rows, dual.tolist(), strict=True):
            prices.side += 0.5 * price * self._within(row)


def sides_within(pairs: ReciprocalPairs, people: Ints) -> Bools:
    """Return which sides of pairs are of two of some people: (2r,)."""
    within = np.isin(pairs.mentee_a, people) & np.isin(pairs.mentee_b, people)
    return np.concatenate([within, within])


def pair_slots(pairs: ReciprocalPairs, market: Market, people: Ints) -> Floats:
    """Return how many pairs among some people each of them can be in: (k,).

    As many as the limit says, and as there are places of their own for the smallest of their loads.
    """
    within, (_, mentor, _, load, _) = sides_within(pairs, people), pairs.sides
    whose = np.concatenate([pairs.mentee_b, pairs.mentee_a])  # who plays the mentor of each side
    own, at = np.unique(np.column_stack([whose, mentor])[within], axis=0, return_inverse=True)
    least = np.full(len(own), np.inf)
    np.minimum.at(least, at.ravel(), load[within])
    room = np.full(len(own), np.inf)
    np.divide(market.capacity[own[:, 1]], least, out=room, where=least > 0)
    places = np.bincount(own[:, 0], np.floor(room + ROUNDED), minlength=market.n_mentees)
    return np.asarray(np.minimum(market.limit[people], places[people]), dtype=np.float64)


ROUNDED = 1e-6
"""Part of a place that rounding may cost."""
