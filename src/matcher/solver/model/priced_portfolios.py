"""Portfolios as sets of item codes, with what each is worth at some duals."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from matcher.problem.problem import Floats, Ints
from matcher.solver.model.array_table import ArrayTable
from matcher.solver.model.candidate_items import CandidateItems


@dataclass(frozen=True)
class PricedPortfolios(ArrayTable):
    """Portfolios of some mentees, one a row: q portfolios, K slots."""

    mentee: Ints
    members: Ints
    """(q, K) item codes, -1 for none."""
    value: Floats
    """(q,) V of the portfolio."""
    reduced: Floats
    """(q,) U(V) and what kept pairs earn, less the use of rows at their duals."""
    score: Floats
    """(q, K) of each member, -inf for none; so are `load` and `sponsored`."""
    load: Floats
    sponsored: Floats

    @classmethod
    def none(cls, max_size: int) -> PricedPortfolios:
        """Return an empty list of portfolios of at most `max_size` members."""
        nobody, wide = np.empty(0, dtype=np.int64), np.empty((0, max_size))
        return cls(nobody, wide.astype(np.int64), np.empty(0), np.empty(0), wide, wide, wide)

    def ordered(self) -> PricedPortfolios:
        """Return the same with members ascending by code, -1 last."""
        last = np.where(self.members < 0, np.iinfo(np.int64).max, self.members)
        order = np.argsort(last, axis=1)
        names = ("members", "score", "load", "sponsored")
        arrays = {name: np.take_along_axis(getattr(self, name), order, axis=1) for name in names}
        return replace(self, **arrays)

    def as_candidates(self, n: int) -> CandidateItems:
        """Return the members as candidates of n mentees, who have one portfolio each or none."""
        row = np.full(n, -1, dtype=np.int64)
        row[self.mentee] = np.arange(len(self.mentee))
        one = self.take(row)
        items = CandidateItems(np.arange(n), one.members, one.score, one.load, one.sponsored)
        return items.only((items.code >= 0) & (row >= 0)[:, None])


def best_rows(row: Ints, reduced: Floats) -> Ints:
    """Return for each distinct row the position of its highest value."""
    order = np.lexsort((-reduced, row))
    return order[np.flatnonzero(np.diff(row[order], prepend=-1))]


def lowest_of_each(group: Ints, key: Floats, count: int) -> Ints:
    """Return the positions of the `count` lowest keys of each group."""
    order = np.lexsort((key, group))
    first = np.flatnonzero(np.diff(group[order], prepend=-1))
    rank = np.arange(len(order)) - np.repeat(first, np.diff(np.append(first, len(order))))
    return order[rank < count]
