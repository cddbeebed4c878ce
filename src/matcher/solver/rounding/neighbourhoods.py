"""Which mentees to choose again together: those around one part of the gap, and their rivals.

At duals y the distance to the bound splits into parts that can be seen: each mentee's regret (the
best reduced value less that of the portfolio held) and each priced row's slack times its dual. A
neighbourhood grows from one such part along what its mentees want and who holds it, so that the
choice can pass places on. Mentees picked for their regret alone seldom have anything to exchange.
"""

import numpy as np
from scipy import sparse

from matcher.problem.problem import Bools, Floats, Ints
from matcher.solver.model.column_pool import ColumnPool
from matcher.solver.model.linking_rows import Rows

RINGS = 8
"""Steps from the first mentee at which growth ends."""

SHARED = ("capacity", "sponsorship", "reciprocal", "opposite")
"""Kinds of row that few mentees share; the others concern everybody."""

FORGET = 0.97
"""What one step leaves of the reluctance to start again where it began before."""


class Neighbourhoods:
    """Draws neighbourhoods on one pool; remembers where it has been."""

    def __init__(
        self, pool: ColumnPool, rows: Rows, near: Ints, regret: Floats, y: Floats, seed: int
    ) -> None:
        """Prepare for columns `near` of the pool.

        Parameters
        ----------
        near
            Columns that mentees may be given.
        regret
            (q,) of every column of the pool, at duals `y`.
        """
        self.pool, self.rows, self.regret, self.y = pool, rows, regret, y
        self.rng = np.random.default_rng(seed)
        n = rows.problem.n_mentees
        self.visits = np.zeros(n)
        self.shared = np.zeros(rows.count, dtype=bool)
        for kind in SHARED:
            self.shared[rows.span(kind)] = True
        use = pool.use[near]
        column = np.repeat(np.arange(len(near)), np.diff(use.indptr))
        kept = self.shared[use.indices]
        at = pool.mentee[near][column[kept]], use.indices[kept]
        wants = sparse.csr_array((np.ones(len(at[0])), at), shape=(n, rows.count))
        wants.data[:] = 1.0
        self.wants, self.wanted_by = wants, sparse.csr_array(wants.T)

    def draw(self, columns: Ints, use: Floats, size: int) -> Ints:
        """Return up to `size` mentees, sorted; `columns` (n,) are held and use `use` (R,)."""
        n = len(columns)
        regret = self.regret[columns]
        inside = np.zeros(n, dtype=bool)
        ring = self._first(regret, use)
        holds = self.pool.use[columns]
        for _ in range(RINGS):
            room = size - int(inside.sum())
            if not len(ring) or room <= 0:
                break
            if len(ring) > room:
                liking = regret[ring] + self.regret.mean() * self.rng.random(len(ring))
                ring = ring[np.argsort(-liking, kind="stable")[:room]]
            inside[ring] = True
            ring = self._next(ring, holds, inside)
        mentees = np.flatnonzero(inside)
        self.visits *= FORGET
        self.visits[mentees] += 1.0
        return mentees

    def _first(self, regret: Floats, use: Floats) -> Ints:
        """Return a mentee with regret or one who could use priced slack, the less visited first."""
        loss = np.where(self.shared, np.abs(self.y * (self.rows.rhs - use)), 0.0)
        if loss.sum() > 0 and self.rng.random() < loss.sum() / (loss.sum() + regret.sum()):
            row = int(self.rng.choice(len(loss), p=loss / loss.sum()))
            could = self.wanted_by.indices[
                self.wanted_by.indptr[row] : self.wanted_by.indptr[row + 1]
            ]
            if len(could):
                return np.array([self.rng.choice(could)], dtype=np.int64)
        weight = (np.maximum(regret, 0.0) + 1e-12) * 0.5**self.visits
        return np.array([self.rng.choice(len(weight), p=weight / weight.sum())], dtype=np.int64)

    def _next(self, ring: Ints, holds: sparse.csr_array, inside: Bools) -> Ints:
        """Return those who hold a place that the ring wants."""
        wanted = np.zeros(self.rows.count)
        wanted[self.wants[ring].indices] = 1.0
        return np.flatnonzero((np.asarray(abs(holds) @ wanted) > 0) & ~inside)
