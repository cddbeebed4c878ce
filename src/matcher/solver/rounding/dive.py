"""From the linear master to whole portfolios: fix what it chooses whole, round a few, solve again.

The linear master over good columns is nearly integral. Each round fixes the columns that it takes
whole; where few are, the surest of the others are rounded up as far as they fit together. What is
left is a smaller master of the same kind. Where that one has no solution, as tight tiers bring
about, the last rounds are taken back and chosen again exactly.
"""

from dataclasses import dataclass

import numpy as np

from matcher.problem.problem import Bools, Floats, Ints
from matcher.solver.limits import Clock
from matcher.solver.model.linking_rows import Rows
from matcher.solver.rounding.integer_master import IntegerMaster

WHOLE = 0.999
"""Share from which a column counts as chosen: what the linear solver's tolerance leaves of 1."""

FEW = 0.1
"""Share of the open mentees below which whole choices are too few to solve again for: each linear
master costs nearly as much as the first, so that a handful fixed at a time would take for ever."""

ROUNDED = 0.25
"""Share of the open mentees whose columns are rounded up at once. Rounding more of them at once
spares linear masters, and spends places that the next one would have given to others."""

MOST_TAKEN_BACK = 400
"""Mentees up to whom rounds are taken back to be chosen again; more, and the exact choice among
them does not end in its time."""

CLOSE = 1e-4
"""Relative gap of that choice: rounding costs more than what a closer one would gain."""

SLACK = 1e-9


@dataclass(frozen=True)
class Dive:
    """Dives on one pool."""

    master: IntegerMaster
    clock: Clock
    seconds: float
    """Most time that one linear master, or one exact choice, may take."""

    def run(self, listed: Ints, columns: Ints, wide: Ints | None = None) -> Ints | None:
        """Return a column for every mentee, None where the rest cannot be completed in time.

        Parameters
        ----------
        listed
            Columns of the pool that take part, sorted.
        columns
            (n,) column that each mentee holds already, -1 for those who are open.
        wide
            More columns, sorted, for the exact choice among those whose round is taken back.
        """
        pool, columns = self.master.pool, columns.copy()
        wide = listed if wide is None else wide
        batches: list[Ints] = []
        while (columns < 0).any():
            if not self.clock.within(1.0):
                return None
            open_ = columns < 0
            left = self._left(columns)
            here = listed[open_[pool.mentee[listed]]]
            here = here[_fits(self.master, here, left)]
            seconds = min(self.seconds, self.clock.left)
            share = self.master.shares(here, left, seconds=seconds)
            if share is None or len(np.unique(pool.mentee[here])) < open_.sum():
                return self._taken_back(wide, columns, batches)
            fixed = here[share > WHOLE]
            if len(fixed) < FEW * open_.sum():
                most = max(1, int(ROUNDED * open_.sum()))
                surest = here[np.argsort(-share, kind="stable")]
                fixed = that_fit(self.master, surest, left, most)
            if not len(fixed):
                return self._taken_back(wide, columns, batches)
            columns[pool.mentee[fixed]] = fixed
            batches.append(pool.mentee[fixed])
        return columns

    def _left(self, columns: Ints) -> Floats:
        """Return what those who hold a column leave of every row: (R,)."""
        return np.asarray(self.master.rows.rhs - self.master.pool.use_of(columns[columns >= 0]))

    def _taken_back(self, wide: Ints, columns: Ints, batches: list[Ints]) -> Ints | None:
        """Choose exactly for those who are open, and for more and more whose round is taken back.

        The last rounds go first: they were the least sure, and what they took is what is missing.
        """
        mentee = self.master.pool.mentee
        while self.clock.within(1.0):
            open_ = columns < 0
            if open_.sum() > MOST_TAKEN_BACK:
                return None
            here = wide[open_[mentee[wide]]]
            choice = None
            if len(np.unique(mentee[here])) == open_.sum():
                seconds = min(self.seconds, self.clock.left)
                choice = self.master.choose(here, self._left(columns), seconds=seconds, gap=CLOSE)
            if choice is not None:
                columns[mentee[choice.columns]] = choice.columns
                return columns
            if not batches:
                return None
            columns[batches.pop()] = -1
        return None


def _limits(rows: Rows) -> Bools:
    """Return the rows whose use only has to stay below the right-hand side."""
    return (rows.high > 0) & (rows.low >= 0)


def _fits(master: IntegerMaster, columns: Ints, left: Floats) -> Bools:
    """Return which columns use no more of any row than is left."""
    use = master.pool.use[columns]
    over = (use.data > left[use.indices] + SLACK) & _limits(master.rows)[use.indices]
    column = np.repeat(np.arange(len(columns)), np.diff(use.indptr))
    fits = np.ones(len(columns), dtype=bool)
    fits[column[over]] = False
    return fits


def that_fit(master: IntegerMaster, order: Ints, left: Floats, most: int) -> Ints:
    """Return the first columns of `order` that fit together, one a mentee.

    A column with a side of a reciprocal pair goes alone: its partner follows by the next solve.

    Parameters
    ----------
    master
        Pool and rows.
    order
        Columns, the surest first.
    left
        (R,) what the rows have left.
    most
        Columns after which it ends.
    """
    pool, rows = master.pool, master.rows
    limits, equal = _limits(rows), rows.is_equal
    left = left.copy()
    taken: list[int] = []
    seen: set[int] = set()
    for column in order.tolist():
        mentee = int(pool.mentee[column])
        if mentee in seen:
            continue
        first, last = pool.use.indptr[column], pool.use.indptr[column + 1]
        row, amount = pool.use.indices[first:last], pool.use.data[first:last]
        if np.any(limits[row] & (amount > left[row] + SLACK)):
            continue
        if np.any(equal[row]):
            if not taken:
                return np.array([column], dtype=np.int64)
            seen.add(mentee)  # who waits for this column, not for a worse one
            continue
        left[row] -= amount
        taken.append(column)
        seen.add(mentee)
        if len(taken) >= most:
            break
    return np.array(taken, dtype=np.int64)
