"""Tiers that are held at what they reach while welfare is maximised below them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from matcher.problem.market import Floats, Ints, Market
from matcher.problem.rules.rule import Entries, ProgrammeRule


@dataclass(frozen=True)
class TierRow:
    """A tier held at `target`: ``sum_i amount_i(|S_i|) >= target``."""

    name: str
    amount: Floats
    """(n, K + 1) what a portfolio of each size counts for."""
    target: float


@dataclass(frozen=True)
class HeldTiers(ProgrammeRule):
    """Each tier keeps its target; the solver makes the rows."""

    place = 70
    kind = "tier"
    named_rows = True

    rows: tuple[TierRow, ...]

    @property
    def low(self) -> float:
        """The rows ask for at least their targets."""
        return -np.inf

    @property
    def high(self) -> float:
        """The rows ask for at least their targets."""
        return 0.0

    def rhs(self, market: Market) -> Floats:
        """Return the targets."""
        return np.array([row.target for row in self.rows])

    def row_names(self, market: Market) -> Sequence[str]:
        """Return the names of the tiers."""
        return [row.name for row in self.rows]

    def portfolio_use(
        self, market: Market, mentee: Ints, size: Ints
    ) -> Iterator[tuple[str, Entries]]:
        """Yield what the portfolios count for in each tier."""
        every = np.arange(len(mentee))
        for number, row in enumerate(self.rows):
            yield self.kind, (every, np.full(len(mentee), number), row.amount[mentee, size])
