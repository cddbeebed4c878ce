"""Prices of mentors all of whose places are forced: no higher than needed to keep others away.

Such a place earns its price and costs it, whatever it is, so that nothing in the dual holds the
price down. As advice it is to say what one more place would be worth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from matcher.problem.problem import Floats, Ints, Problem
from matcher.problem.rules.rule import SLACK
from matcher.problem.value import forced_assignment, gather_items, summed
from matcher.solver.model.column_pool import ColumnPool
from matcher.solver.model.linking_rows import Rows


@dataclass(frozen=True)
class ForcedPlaces:
    """Mentors without a place that is not forced, and what the forced pairs take of each."""

    mentor: Ints
    """(k,)"""
    taken: sparse.csr_array
    """(n, k) load of each mentee's forced items."""

    @classmethod
    def of(cls, problem: Problem) -> ForcedPlaces:
        """Find the mentors whose capacity the forced pairs take."""
        forced = forced_assignment(problem)
        load = gather_items(problem, forced).load
        mentee, mentor = forced.pairs[:, 0], forced.pairs[:, 1]
        use = summed(mentor, load, problem.n_mentors)
        full = np.flatnonzero((use > 0) & (problem.capacity - use <= SLACK))
        inside = np.isin(mentor, full)
        at = (mentee[inside], np.searchsorted(full, mentor[inside]))
        shape = (problem.n_mentees, len(full))
        return cls(full, sparse.csr_array((load[inside], at), shape=shape))

    def lowered(self, y: Floats, pool: ColumnPool, rows: Rows) -> Floats:
        """Return duals at which no column that takes more of these mentors is anybody's best.

        They are lowered only, each as if it alone kept a column away.
        """
        if not len(self.mentor):
            return y
        at = rows.start["capacity"] + self.mentor
        use = pool.use[:, at]
        extra = sparse.coo_array(use - self.taken[pool.mentee])
        free = pool.reduced(y) + use @ y[at]
        is_more = np.zeros(len(pool), dtype=bool)
        is_more[extra.row[extra.data > SLACK]] = True
        best = np.full(rows.problem.n_mentees, -np.inf)
        np.maximum.at(best, pool.mentee[~is_more], free[~is_more])
        known = (extra.data > SLACK) & np.isfinite(best[pool.mentee[extra.row]])
        column, which = extra.row[known], extra.col[known]
        least = np.zeros(len(at))
        wanted = (free[column] - best[pool.mentee[column]]) / extra.data[known]
        np.maximum.at(least, which, wanted)
        lower = y.copy()
        lower[at] = np.minimum(y[at], least)
        return lower
