"""Odd sets of reciprocal pairs as rows: which of them shares break, and prices that hold them.

At the low temperature that prices are fitted at so few pairs are shared that the fit ends far from
the best: here the linear master itself says prices and shares, and exact scans bring the columns
that are missed.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from matcher.arrays import present
from matcher.problem.problem import Assignment, Floats, Problem
from matcher.problem.rules.odd_sets import pair_slots
from matcher.solver.columns.generation import Generated, Generation
from matcher.solver.model.linking_rows import Rows
from matcher.solver.pricing.scan import Scanner
from matcher.solver.rounding.integer_master import IntegerMaster
from matcher.solver.settings import SolveRun

Circle = tuple[int, ...]

BROKEN = 1e-3
"""Part of a pair by which a set must be broken to count."""

SHARES = (-1.0, 0.001, 0.1, 0.2, 0.3, 0.4)
"""Of a pair, above which it holds its people together: below 0 every pair does."""

WORK = 50_000
"""Columns of all linear masters together: what the search may cost, whatever the clock says."""


@dataclass
class OddSetRows:
    """The search for rows on one problem, from a known answer whose gap they are to close."""

    run: SolveRun
    scanner: Scanner
    known: Assignment
    objective: float
    left: int = WORK

    def held(self, generated: Generated, rows: Rows) -> tuple[Generated, Rows]:
        """Return columns and bound with the rows that narrow the gap, or the same where none do.

        Parameters
        ----------
        generated, rows
            What column generation ended with, and on which rows.
        """
        now, held, best = generated, rows, (generated, rows)
        while True:
            generation = Generation(rows, self.scanner, self.run)
            generation.warm_start(now, held)
            generation.seed(self.known)
            shares = self._priced(generation)
            now, held = generation.generated(generated.unit), rows
            if now.bound < best[0].bound:
                best = now, held
            missing = now.bound - self.objective
            is_closed = missing <= self.run.settings.gap * max(abs(now.bound), abs(self.objective))
            if shares is None or is_closed or not self.run.clock.within(0.6):
                return best
            new = broken_odd_sets(rows.problem, shares).difference(held.odd)
            if not new:
                return best
            rows = replace(held, odd=held.odd + tuple(sorted(new)))

    def _priced(self, generation: Generation) -> Floats | None:
        """Price at the linear master's duals until it has all columns; return its pairs' shares."""
        while True:
            pool, rows = generation.pool, generation.rows
            self.left -= len(pool)
            if self.left < 0:
                return None
            master, seconds = IntegerMaster(pool, rows), 0.5 * self.run.clock.left
            found = master.linear(np.arange(len(pool)), rows.rhs, seconds=seconds)
            if found is None:
                return None
            if not generation.stepped(found[1]) or not self.run.clock.within(0.6):
                break
        count, side = rows.problem.n_sides // 2, pool.members - rows.problem.n_mentors
        row, slot = np.nonzero((side >= 0) & (side < 2 * count))
        held = np.bincount(side[row, slot] % count, weights=found[0][row], minlength=count)
        return np.asarray(0.5 * held, dtype=np.float64)


def broken_odd_sets(problem: Problem, held: Floats) -> set[Circle]:
    """Return people of whose reciprocal pairs more is held (r,) than an answer could.

    Each is positions of mentees, ascending: people whose pairs may hang together, or do so by
    pairs of which more than some share is held.
    """
    pairs, n, broken = present(problem.reciprocal), problem.n_mentees, set[Circle]()
    people = pairs.mentee_a, pairs.mentee_b
    graph = sparse.csr_array((held, people), shape=(n, n))
    for share in SHARES:
        hang = sparse.csr_array((1.0 * (held > share), people), shape=(n, n))
        hang.eliminate_zeros()
        _, part = csgraph.connected_components(hang, directed=False)
        for one in np.flatnonzero(np.bincount(part) > 2).tolist():
            chosen = np.flatnonzero(part == one)
            most = pair_slots(pairs, problem, chosen).sum() / 2
            if most % 1 and graph[chosen][:, chosen].sum() > np.floor(most) + BROKEN:
                broken.add(tuple(chosen.tolist()))
    return broken
