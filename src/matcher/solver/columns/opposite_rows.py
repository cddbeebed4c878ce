"""Two people may not mentor each other as two one-way matches: rows that are added where needed."""

import numpy as np

from matcher.problem.problem import Ints, Problem
from matcher.solver.columns.generation import Generated
from matcher.solver.model.column_pool import ColumnPool
from matcher.solver.model.linking_rows import PairRow, Rows


def opposite_rows(
    problem: Problem, generated: Generated, rows: Rows, columns: Ints
) -> tuple[PairRow, ...]:
    """Return rows that chosen columns break and `rows` does not hold yet, and their likes.

    As soon as one is broken, rows are added for all opposite items among the columns known, so
    that few rounds are needed.
    """
    if not len(_opposites(problem, generated.pool.take(columns))):
        return ()
    held = {row.name for row in rows.opposite}
    return tuple(row for row in all_opposites(problem, generated.pool) if row.name not in held)


def all_opposites(problem: Problem, pool: ColumnPool) -> tuple[PairRow, ...]:
    """Return a row for each two one-way items in opposite directions among the columns."""
    pairs = _opposites(problem, pool)
    assert problem.person_mentor is not None or not len(pairs)
    return tuple(
        opposite_row(problem, mentee, int(np.flatnonzero(problem.person_mentor == mentor)[0]))
        for mentee, mentor in pairs.tolist()
    )


def _opposites(problem: Problem, pool: ColumnPool) -> Ints:
    """Return one-way items (k, 2) whose opposite is among the columns too, each pair once."""
    if problem.person_mentor is None or not np.any(problem.person_mentor >= 0):
        return np.empty((0, 2), dtype=np.int64)
    m = problem.n_mentors
    row, slot = np.nonzero((pool.members >= 0) & (pool.members < m))
    mentee, mentor = pool.mentee[row], pool.members[row, slot]
    as_mentee = np.full(m, -1, dtype=np.int64)
    both = np.flatnonzero(problem.person_mentor >= 0)
    as_mentee[problem.person_mentor[both]] = both
    other_mentee, other_mentor = as_mentee[mentor], problem.person_mentor[mentee]
    there = (other_mentee >= 0) & (other_mentor >= 0) & (mentee < other_mentee)
    key = mentee * m + mentor
    hit = there & np.isin(other_mentee * m + other_mentor, key)
    found = np.unique(key[hit])
    return np.column_stack([found // m, found % m])


def opposite_row(problem: Problem, mentee: int, other_mentee: int) -> PairRow:
    """Return the row of two people in both roles, by their positions as mentees."""
    assert problem.person_mentor is not None
    own, other = problem.person_mentor[[mentee, other_mentee]]
    return PairRow(
        np.array([mentee, other_mentee]), np.array([other, own]), f"{mentee}|{other_mentee}"
    )
