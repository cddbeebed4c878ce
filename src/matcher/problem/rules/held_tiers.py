"""Tiers that are held at what they reach while welfare is maximised below them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy import sparse

from matcher.problem.market import Bools, Floats, Ints, Market
from matcher.problem.rules.rule import Entries, Prices, ProgrammeRule, Used


@dataclass(frozen=True)
class TierAmount:
    """What counts in a tier: the size of portfolios, and matches by themselves."""

    name: str
    by_size: Floats
    """(n, K + 1) what a portfolio of each size counts for."""
    pairs: sparse.csr_array | None = None
    """(n, m) what each match counts for, by whichever approach; None: nothing."""

    def of_some(self, mentees: Bools) -> Self:
        """Return the tier in which only some mentees (n,) count."""
        inside = mentees.astype(np.float64)
        pairs = self.pairs
        if pairs is not None:
            pairs = sparse.csr_array(pairs.multiply(inside[:, None]))
            pairs.eliminate_zeros()
        return replace(self, by_size=self.by_size * inside[:, None], pairs=pairs)

    def of_rows(self, mentees: Ints) -> Self:
        """Return the tier of the mentees at `mentees` alone: (b,)."""
        pairs = None if self.pairs is None else self.pairs[mentees]
        return replace(self, by_size=self.by_size[mentees], pairs=pairs)

    def of_matches(self, mentee: Ints, mentor: Ints) -> Floats:
        """Return what matches count for, 0 where the mentee or the mentor is -1; they broadcast."""
        mentee, mentor = np.broadcast_arrays(mentee, mentor)
        there = (mentee >= 0) & (mentor >= 0)
        found = np.zeros(mentee.shape)
        if self.pairs is None or not there.any():
            return found
        found[there] = np.asarray(self.pairs[mentee[there], mentor[there]]).ravel()
        return found

    def total(self, size: Ints, pairs: Ints) -> float:
        """Return what portfolios of these sizes (n,) and their matches (k, 2) count for."""
        by_size = self.by_size[np.arange(len(size)), size].sum()
        return float(by_size + self.of_matches(*pairs.T).sum())


TIER_WORDS = {
    "reached": "mentees with a mentor",
    "waited": "days waited by those with a mentor",
    "choices": "points of people's choices that are met",
    "minimum": "mentors up to the least that people ask for",
    "least": "worth of the group that is worth least",
}
"""What is counted before welfare, in words, by the first part of a tier's name."""


def tier_in_words(name: str) -> str:
    """Return what a tier such as ``reached:1`` counts.

    Parameters
    ----------
    name
        Name of a tier: what it counts, and the priority class.

    Returns
    -------
    str
        In words.
    """
    kind, _, level = name.partition(":")
    words = TIER_WORDS.get(kind, kind)
    return f"{words}, priority class {level}" if level else words


@dataclass(frozen=True)
class TierRow:
    """A tier held at `target`: ``sum_i amount_i(S_i) >= target``."""

    amount: TierAmount
    target: float

    @property
    def name(self) -> str:
        """What the tier is called."""
        return self.amount.name


@dataclass(frozen=True)
class HeldTiers(ProgrammeRule):
    """Each tier keeps its target; the solver makes the rows."""

    place = 70
    kind = "tier"
    named_rows = True

    rows: tuple[TierRow, ...]
    sides: tuple[Ints, Ints]
    """(2r,) mentees and mentors of the sides of reciprocal pairs, -1 for who is not there."""

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

    def item_use(self, market: Market, items: Used) -> Iterator[Entries]:
        """Yield what matches count for by themselves."""
        for number, row in enumerate(self.rows):
            points = row.amount.of_matches(items.mentee, items.mentor)
            here = np.flatnonzero(points)
            yield here, np.full(len(here), number), points[here]

    def charge(self, dual: Floats, prices: Prices) -> None:
        """Let matches earn what they count for."""
        for row, price in zip(self.rows, dual.tolist(), strict=True):
            if price and row.amount.pairs is not None:
                listed = row.amount.pairs.tocoo()
                prices.pairs.append((*listed.coords, price * listed.data))
                prices.side += price * row.amount.of_matches(*self.sides)

    def portfolio_use(
        self, market: Market, mentee: Ints, size: Ints
    ) -> Iterator[tuple[str, Entries]]:
        """Yield what the portfolios count for in each tier."""
        every = np.arange(len(mentee))
        for number, row in enumerate(self.rows):
            used = row.amount.by_size[mentee, size]
            yield self.kind, (every, np.full(len(mentee), number), used)
