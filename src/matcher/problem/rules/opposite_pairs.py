"""Two people do not mentor each other by two one-way matches: that must be a reciprocal pair."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from matcher.problem.market import Bools, Floats, Ints, Market
from matcher.problem.rules import rule


@dataclass(frozen=True)
class PairRow:
    """At most one of some one-way items, such as two matches in opposite directions."""

    mentee: Ints
    mentor: Ints
    name: str


@dataclass(frozen=True)
class OppositePairs(rule.ProgrammeRule):
    """Of two one-way matches in opposite directions one is made at most."""

    place = 75
    kind = "opposite"
    named_rows = True
    by_mentee = ("person_mentor",)

    person_mentor: Ints
    """(n,) position of the same person among the mentors, -1 where there is none."""
    rows: tuple[PairRow, ...] = ()
    """Those that the solver holds as rows: all are too many."""

    @classmethod
    def of_market(cls, market: Market) -> Iterator[Self]:
        """Yield the rule where anybody is on both sides."""
        if market.person_mentor is not None:
            yield cls(market.person_mentor)

    def rhs(self, market: Market) -> Floats:
        """Return 1 for each row."""
        return np.ones(len(self.rows))

    def row_names(self, market: Market) -> Sequence[str]:
        """Return the names of the rows."""
        return [row.name for row in self.rows]

    def label(self, row: str, names: rule.Names) -> str:
        """Return the two people."""
        return rule.people_of(row, names)

    def item_use(self, market: Market, items: rule.Used) -> Iterator[rule.Entries]:
        """Yield 1 for every one-way item in its row."""
        if not self.rows:
            return
        keys = np.concatenate([row.mentee * market.n_mentors + row.mentor for row in self.rows])
        number = np.repeat(np.arange(len(self.rows)), [len(row.mentee) for row in self.rows])
        order = np.argsort(keys, kind="stable")
        mine = np.where(items.side < 0, items.mentee * market.n_mentors + items.mentor, -1)
        at = np.minimum(np.searchsorted(keys[order], mine), len(keys) - 1)
        item = np.flatnonzero(keys[order][at] == mine)
        yield item, number[order][at[item]], np.ones(len(item))

    def charge(self, dual: Floats, prices: rule.Prices) -> None:
        """Let the items of each row pay for it."""
        for row, price in zip(self.rows, dual.tolist(), strict=True):
            prices.pairs.append((row.mentee, row.mentor, price))

    def fits_flow(self, market: Market) -> bool:
        """Whether no two people could be matched in opposite directions."""
        dual = np.flatnonzero(self.person_mentor >= 0)
        if len(dual) < 2:
            return True
        allowed = np.isfinite(market.scores.block(dual).score[:, self.person_mentor[dual]])
        return not (allowed & allowed.T).any()

    def admits(self, taken: rule.Taken, mentee: Ints, mentor: Ints) -> Bools:
        """Return where the mentor is not matched one way to the mentee as a mentor."""
        own, other = self.person_mentor[mentee], taken.market.mentor_person[mentor]
        found = np.zeros(np.broadcast_shapes(own.shape, other.shape), dtype=bool)
        for slot in range(taken.longest):
            found |= (taken.members[other, slot] == own) & (taken.number[other, slot] < 0)
        return np.asarray(~found | (own < 0) | (other < 0))
