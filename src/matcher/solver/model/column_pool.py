"""The columns known so far: one portfolio each, with its worth and its use of every row."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from matcher.problem.problem import Bools, Floats, Ints
from matcher.problem.value import forced_assignment, kept_bonus, utility
from matcher.solver.model.array_table import ArrayTable
from matcher.solver.model.linking_rows import Rows
from matcher.solver.model.priced_portfolios import PricedPortfolios


@dataclass(frozen=True)
class ColumnPool(ArrayTable):
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
    def start(cls, rows: Rows) -> ColumnPool:
        """Return the pool of the empty portfolios of everybody who may stay without a mentor."""
        held = forced_assignment(rows.problem).pairs[:, 0]
        free = np.setdiff1d(np.arange(rows.problem.n_mentees), held)
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

    def add(self, rows: Rows, sets: PricedPortfolios) -> tuple[ColumnPool, int]:
        """Return the pool with the sets that are new, and how many were."""
        problem, sets = rows.problem, sets.ordered()
        key = _hash(sets.mentee, sets.members)
        _, first = np.unique(key, return_index=True)
        new = first[~_contains(self.key, key[first])]
        if not len(new):
            return self, 0
        sets = sets.take(new)
        there, mentor = sets.members >= 0, rows.mentor_of(sets.members)
        kept = np.where(there, kept_bonus(problem, sets.mentee[:, None], mentor), 0.0)
        added = ColumnPool(
            sets.mentee,
            sets.members,
            sets.value,
            utility(sets.value, problem.fairness) + kept.sum(axis=1),
            sets.score,
            sets.load,
            sets.sponsored,
            rows.incidence(sets.mentee, sets.members, sets.load, sets.sponsored),
            key[new],
        )
        joined = ColumnPool.join([self, added])
        # The key breaks ties, so that the order of columns never depends on how they were found.
        return joined.take(np.lexsort((joined.key, joined.mentee))), len(new)

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
            self.mentee, self.members, self.value, reduced, self.score, self.load, self.sponsored
        ).take(rows)

    def reduced(self, y: Floats) -> Floats:
        """Return ``worth - use . y`` of every column: (q,)."""
        return np.asarray(self.worth - self.use @ y)


def keys_of(sets: PricedPortfolios) -> Ints:
    """Return the keys that columns of these sets have: (q,)."""
    return _hash(sets.mentee, sets.ordered().members)


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
