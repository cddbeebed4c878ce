"""The columns known so far: one portfolio each, with its worth and its use of every row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from matcher.problem.value import kept_bonus, utility
from matcher.solver.pricing.pricer import PricedPortfolios

if TYPE_CHECKING:
    from matcher.problem.problem import Bools, Floats, Ints, Problem
    from matcher.solver.model.linking_rows import Rows


@dataclass(frozen=True)
class ColumnPool:
    """Columns sorted by mentee; q columns, K slots, R rows."""

    mentee: Ints
    members: Ints
    """(q, K) item codes ascending, -1 last."""
    value: Floats
    """(q,) V of the portfolio."""
    worth: Floats
    """(q,) U(V) and what kept pairs earn."""
    score: Floats
    """(q, K) of each member, -inf for none; so are `load` and `sponsored`."""
    load: Floats
    sponsored: Floats
    use: sparse.csr_array
    """(q, R)"""
    key: Ints
    """(q,) hash of mentee and members."""

    @classmethod
    def start(cls, problem: Problem, rows: Rows, has_required: Ints) -> ColumnPool:
        """Return the pool of the empty portfolios of everybody who may stay without a mentor."""
        free = np.setdiff1d(np.arange(problem.n_mentees), has_required)
        shape = (len(free), rows.max_size)
        members, zeros = np.full(shape, -1, dtype=np.int64), np.zeros(len(free))
        wide = np.zeros(shape)
        use = sparse.csr_array((len(free), rows.count))
        return cls(
            free, members, zeros, zeros, wide - np.inf, wide, wide, use, _hash(free, members)
        )

    def __len__(self) -> int:
        return len(self.mentee)

    @property
    def is_empty(self) -> Bools:
        """Return which columns leave their mentee without a mentor, as a new array: (q,)."""
        return np.asarray((self.members < 0).all(axis=1))

    def has_everybody(self, n: int) -> bool:
        """Whether each of n mentees has a column; who has forced pairs may have none yet."""
        return len(np.unique(self.mentee)) == n

    def add(self, problem: Problem, rows: Rows, sets: PricedPortfolios) -> tuple[ColumnPool, int]:
        """Return the pool with the sets that are new, and how many were."""
        order = _padding_last(sets.members)
        members = np.take_along_axis(sets.members, order, axis=1)
        key = _hash(sets.mentee, members)
        _, first = np.unique(key, return_index=True)
        new = first[~_contains(self.key, key[first])]
        if not len(new):
            return self, 0
        score = np.take_along_axis(sets.score, order, axis=1)[new]
        load = np.take_along_axis(sets.load, order, axis=1)[new]
        sponsored = np.take_along_axis(sets.sponsored, order, axis=1)[new]
        mentee, members, value = sets.mentee[new], members[new], sets.value[new]
        kept = kept_bonus(problem, mentee[:, None], rows.mentor_of(members))
        worth = utility(value, problem.fairness) + np.where(members >= 0, kept, 0.0).sum(axis=1)
        use = rows.incidence(mentee, members, load, sponsored)
        added = ColumnPool(mentee, members, value, worth, score, load, sponsored, use, key[new])
        return self._with(added), len(new)

    def _with(self, other: ColumnPool) -> ColumnPool:
        joined = ColumnPool(
            np.concatenate([self.mentee, other.mentee]),
            np.concatenate([self.members, other.members]),
            np.concatenate([self.value, other.value]),
            np.concatenate([self.worth, other.worth]),
            np.concatenate([self.score, other.score]),
            np.concatenate([self.load, other.load]),
            np.concatenate([self.sponsored, other.sponsored]),
            sparse.csr_array(sparse.vstack([self.use, other.use], format="csr")),
            np.concatenate([self.key, other.key]),
        )
        # The key breaks ties, so that the order of columns never depends on how they were found.
        return joined.take(np.lexsort((joined.key, joined.mentee)))

    def take(self, rows: Ints) -> ColumnPool:
        """Return some of the columns."""
        return ColumnPool(
            self.mentee[rows],
            self.members[rows],
            self.value[rows],
            self.worth[rows],
            self.score[rows],
            self.load[rows],
            self.sponsored[rows],
            self.use[rows],
            self.key[rows],
        )

    def with_rows(self, rows: Rows) -> ColumnPool:
        """Return the same columns with their use of a changed list of rows."""
        use = rows.incidence(self.mentee, self.members, self.load, self.sponsored)
        return replace(self, use=use)

    def use_of(self, columns: Ints) -> Floats:
        """Return what chosen columns use of every row together: (R,)."""
        return np.asarray(self.use[columns].sum(axis=0), dtype=np.float64).ravel()

    def leaders(self, y: Floats) -> PricedPortfolios:
        """Return each mentee's column of highest reduced value at duals `y`."""
        reduced = self.reduced(y)
        starts = np.flatnonzero(np.diff(self.mentee, prepend=-1))
        lengths = np.diff(np.append(starts, len(self)))
        highest = np.repeat(np.maximum.reduceat(reduced, starts), lengths)
        lead = np.flatnonzero(reduced >= highest)
        rows = lead[np.flatnonzero(np.diff(self.mentee[lead], prepend=-1))]
        return PricedPortfolios(
            self.mentee[rows],
            self.members[rows],
            self.value[rows],
            reduced[rows],
            self.score[rows],
            self.load[rows],
            self.sponsored[rows],
        )

    def reduced(self, y: Floats) -> Floats:
        """Return ``worth - use . y`` of every column: (q,)."""
        return np.asarray(self.worth - self.use @ y)


def lowest_of_each(group: Ints, key: Floats, count: int) -> Ints:
    """Return the positions of the `count` lowest keys of each group."""
    order = np.lexsort((key, group))
    first = np.flatnonzero(np.diff(group[order], prepend=-1))
    rank = np.arange(len(order)) - np.repeat(first, np.diff(np.append(first, len(order))))
    return order[rank < count]


def keys_of(sets: PricedPortfolios) -> Ints:
    """Return the keys that columns of these sets have: (q,)."""
    members = np.take_along_axis(sets.members, _padding_last(sets.members), axis=1)
    return _hash(sets.mentee, members)


def _padding_last(members: Ints) -> Ints:
    """Return the order of item codes in each row, ascending with -1 last: (q, K)."""
    return np.argsort(np.where(members < 0, np.iinfo(np.int64).max, members), axis=1)


def _contains(known: Ints, wanted: Ints) -> Bools:
    """Return which of the wanted keys are known; by sorting, which beats `np.isin` on hashes."""
    if not len(known):
        return np.zeros(len(wanted), dtype=bool)
    known = np.sort(known)
    at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.asarray(known[at] == wanted)


def _hash(mentee: Ints, members: Ints) -> Ints:
    """Return a 64-bit hash of each portfolio; equal portfolios only differ by chance 2**-64."""
    mixed = _scramble(mentee.astype(np.uint64) + np.uint64(1))
    for slot in range(members.shape[1]):
        mixed = _scramble(mixed * np.uint64(31) + members[:, slot].astype(np.uint64))
    return mixed.view(np.int64)


def _scramble(
    x: np.ndarray[tuple[int], np.dtype[np.uint64]],
) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """Mix bits (splitmix64, Steele et al. 2014)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
