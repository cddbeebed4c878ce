"""From the linear master to whole portfolios: fix what it chooses whole, round a few, solve again.

The linear master over good columns is nearly integral. Each round fixes the columns that it takes
whole; where few are, the surest of the others are rounded up as far as they fit together. What is
left is a smaller master of the same kind. Where that one has no solution, as tight tiers bring
about, the last rounds are taken back and chosen again exactly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matcher.solver.rounding.integer_master import choose, linear_shares

if TYPE_CHECKING:
    from matcher.problem.problem import Bools, Floats, Ints
    from matcher.solver.limits import Clock
    from matcher.solver.model.column_pool import ColumnPool
    from matcher.solver.model.linking_rows import Rows

WHOLE = 0.999
"""Share from which a column counts as chosen."""

FEW = 0.1
"""Share of the open mentees below which whole choices are too few to solve again for."""

ROUNDED = 0.25
"""Share of the open mentees whose columns are rounded up at once."""

MOST_TAKEN_BACK = 400
"""Mentees up to whom rounds are taken back to be chosen again."""

CLOSE = 1e-4
"""Relative gap of that choice."""

SLACK = 1e-9


def dive(
    pool: ColumnPool,
    rows: Rows,
    listed: Ints,
    columns: Ints,
    clock: Clock,
    seconds: float,
    *,
    wide: Ints | None = None,
) -> Ints | None:
    """Return a column for every mentee, None where the rest cannot be completed in time.

    Parameters
    ----------
    listed
        Columns of the pool that take part, sorted.
    columns
        (n,) column that each mentee holds already, -1 for those who are open.
    seconds
        Most time that one linear master, or one exact choice, may take.
    wide
        More columns, sorted, for the exact choice among those whose round is taken back.
    """
    columns, wide = columns.copy(), listed if wide is None else wide
    batches: list[Ints] = []
    while True:
        open_ = columns < 0
        if not open_.any():
            return columns
        if not clock.within(1.0):
            return None
        left = rows.rhs - pool.use_of(columns[~open_])
        here = listed[open_[pool.mentee[listed]]]
        here = here[_fits(pool, rows, here, left)]
        share = linear_shares(pool, rows, here, left, seconds=min(seconds, clock.left))
        if share is None or len(np.unique(pool.mentee[here])) < open_.sum():
            return _taken_back(pool, rows, wide, columns, batches, clock, seconds)
        fixed = here[share > WHOLE]
        if len(fixed) < FEW * open_.sum():
            most = max(1, int(ROUNDED * open_.sum()))
            fixed = that_fit(pool, rows, here[np.argsort(-share, kind="stable")], left, most)
        if not len(fixed):
            return _taken_back(pool, rows, wide, columns, batches, clock, seconds)
        columns[pool.mentee[fixed]] = fixed
        batches.append(pool.mentee[fixed])


def _taken_back(
    pool: ColumnPool,
    rows: Rows,
    wide: Ints,
    columns: Ints,
    batches: list[Ints],
    clock: Clock,
    seconds: float,
) -> Ints | None:
    """Choose exactly for those who are open, and for more and more whose round is taken back."""
    while clock.within(1.0):
        open_ = columns < 0
        if open_.sum() > MOST_TAKEN_BACK:
            return None
        left = rows.rhs - pool.use_of(columns[~open_])
        here = wide[open_[pool.mentee[wide]]]
        choice = None
        if len(np.unique(pool.mentee[here])) == open_.sum():
            time = min(seconds, clock.left)
            choice = choose(pool, rows, here, left, seconds=time, gap=CLOSE)
        if choice is not None:
            columns[pool.mentee[choice.columns]] = choice.columns
            return columns
        if not batches:
            return None
        columns[batches.pop()] = -1
    return None


def _limits(rows: Rows) -> Bools:
    """Return the rows whose use only has to stay below the right-hand side."""
    return (rows.high > 0) & (rows.low >= 0)


def _fits(pool: ColumnPool, rows: Rows, columns: Ints, left: Floats) -> Bools:
    """Return which columns use no more of any row than is left."""
    use = pool.use[columns]
    over = (use.data > left[use.indices] + SLACK) & _limits(rows)[use.indices]
    column = np.repeat(np.arange(len(columns)), np.diff(use.indptr))
    fits = np.ones(len(columns), dtype=bool)
    fits[column[over]] = False
    return fits


def that_fit(pool: ColumnPool, rows: Rows, order: Ints, left: Floats, most: int) -> Ints:
    """Return the first columns of `order` that fit together, one a mentee.

    A column with a side of a reciprocal pair goes alone: its partner follows by the next solve.
    """
    limits, equal = _limits(rows), rows.low == -np.inf
    equal[rows.span("tier")] = False
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
