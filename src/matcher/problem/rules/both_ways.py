"""Reciprocal pairs are matched both ways or not at all."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from matcher.problem.market import Floats, Market, ReciprocalPairs
from matcher.problem.rules.rule import Entries, Names, Prices, ProgrammeRule, Used, as_one


@dataclass(frozen=True)
class BothWays(ProgrammeRule):
    """As many portfolios hold side a of a pair as side b."""

    place = 60
    kind = "reciprocal"

    pairs: ReciprocalPairs

    @classmethod
    def of_market(cls, market: Market) -> Iterator[Self]:
        """Yield the rule where there are reciprocal pairs."""
        if market.reciprocal is not None:
            yield cls(market.reciprocal)

    @property
    def low(self) -> float:
        """The rows are equations."""
        return -np.inf

    def rhs(self, market: Market) -> Floats:
        """Return 0 for each pair."""
        return np.zeros(len(self.pairs))

    def label(self, row: str, names: Names) -> str:
        """Return the two people."""
        if not row.isdigit():
            return row
        a, b = self.pairs.mentee_a[int(row)], self.pairs.mentee_b[int(row)]
        return as_one(names.mentees[a], names.mentees[b])

    def item_use(self, market: Market, items: Used) -> Iterator[Entries]:
        """Yield 1 for each side a and -1 for each side b."""
        count, item = len(self.pairs), np.flatnonzero(items.side >= 0)
        side = items.side[item]
        if count:
            yield item, side % count, np.where(side < count, 1.0, -1.0)

    def charge(self, dual: Floats, prices: Prices) -> None:
        """Let one side pay what the other earns."""
        prices.side += np.concatenate([dual, -dual])
