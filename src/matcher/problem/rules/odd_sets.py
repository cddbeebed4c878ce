"""Odd sets of people: of an odd number of slots pairs that take two each leave one empty."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from matcher.problem.market import Bools, Floats, Market, ReciprocalPairs
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
        return np.array([market.limit[[*row]].sum() // 2 for row in self.rows], dtype=np.float64)

    def row_names(self, market: Market) -> Sequence[str]:
        """Return the names of the rows."""
        return ["|".join(map(str, row)) for row in self.rows]

    def label(self, row: str, names: rule.Names) -> str:
        """Return the people."""
        return rule.people_of(row, names)

    def _within(self, row: tuple[int, ...]) -> Bools:
        """Return which sides of pairs are of two people of a row: (2r,)."""
        within = np.isin(self.pairs.mentee_a, row) & np.isin(self.pairs.mentee_b, row)
        return np.concatenate([within, within])

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
