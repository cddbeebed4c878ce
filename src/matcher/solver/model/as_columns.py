"""Assignments as columns: the portfolios of an assignment, and the assignment of chosen columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matcher.problem.feasible import breaks_rules
from matcher.problem.problem import Assignment
from matcher.problem.value import evaluate, gather_items
from matcher.solver.model.priced_portfolios import PricedPortfolios

if TYPE_CHECKING:
    from matcher.problem.problem import Ints, Problem
    from matcher.solver.model.column_pool import ColumnPool
    from matcher.solver.model.linking_rows import Rows


def portfolios(problem: Problem, assignment: Assignment, max_size: int) -> PricedPortfolios:
    """Return the portfolios of an assignment as sets of item codes."""
    m = problem.n_mentors
    items = gather_items(problem, assignment)
    mentee, mentor = assignment.pairs[:, 0], assignment.pairs[:, 1]
    code = mentor.copy()
    if problem.reciprocal is not None:
        both = assignment.reciprocal >= 0
        number = assignment.reciprocal[both]
        is_a = problem.reciprocal.mentee_a[number] == mentee[both]
        code[both] = m + number + np.where(is_a, 0, len(problem.reciprocal))
    size = np.bincount(mentee, minlength=problem.n_mentees)
    rank = np.arange(len(mentee)) - np.repeat(np.cumsum(size) - size, size)
    who = np.flatnonzero(size)
    row = np.searchsorted(who, mentee)
    shape = (len(who), max_size)
    members = np.full(shape, -1, dtype=np.int64)
    score, load, sponsored = np.full(shape, -np.inf), np.zeros(shape), np.zeros(shape)
    members[row, rank], score[row, rank] = code, items.score
    load[row, rank], sponsored[row, rank] = items.load, items.sponsored
    value = evaluate(problem, assignment).value[who]
    return PricedPortfolios(who, members, value, np.full(len(who), -np.inf), score, load, sponsored)


def allowed_portfolios(problem: Problem, assignment: Assignment, max_size: int) -> PricedPortfolios:
    """Return the portfolios of an assignment that keep the rules.

    Forced pairs may ask for more mentors beside them than a first solution could find.
    """
    sets = portfolios(problem, assignment, max_size)
    return sets.take(np.flatnonzero(~breaks_rules(problem, assignment)[sets.mentee]))


def keeps_rows(problem: Problem, rows: Rows, assignment: Assignment) -> bool:
    """Whether an assignment is allowed and keeps every linking row, the tiers' included."""
    sets = portfolios(problem, assignment, rows.max_size)
    if not np.all(np.isfinite(sets.value)) or breaks_rules(problem, assignment).any():
        return False
    use = rows.incidence(sets.mentee, sets.members, sets.load, sets.sponsored).sum(axis=0)
    return rows.keeps(np.asarray(use, dtype=np.float64).ravel())


def columns_of(
    problem: Problem, pool: ColumnPool, rows: Rows, assignment: Assignment
) -> Ints | None:
    """Return the pool's column of each mentee's portfolio in `assignment`, if all are there."""
    sets = portfolios(problem, assignment, rows.max_size)
    column = np.full(problem.n_mentees, -1, dtype=np.int64)
    none = np.flatnonzero(pool.is_empty)
    column[pool.mentee[none]] = none
    wanted = np.sort(np.where(sets.members < 0, np.iinfo(np.int64).max, sets.members), axis=1)
    wanted = np.where(wanted == np.iinfo(np.int64).max, -1, wanted)
    row_of = np.full(problem.n_mentees, -1, dtype=np.int64)
    row_of[sets.mentee] = np.arange(len(sets.mentee))
    column[sets.mentee] = -1
    same = row_of[pool.mentee] >= 0
    at = np.flatnonzero(same)
    equal = at[(pool.members[at] == wanted[row_of[pool.mentee[at]]]).all(axis=1)]
    column[pool.mentee[equal]] = equal
    if np.any(column < 0):
        return None
    return column if rows.keeps(pool.use_of(column)) else None


def assignment_of(
    problem: Problem, pool: ColumnPool | PricedPortfolios, columns: Ints
) -> Assignment:
    """Return the assignment that chosen columns make."""
    m = problem.n_mentors
    row, slot = np.nonzero(pool.members[columns] >= 0)
    code = pool.members[columns][row, slot]
    mentee = pool.mentee[columns][row]
    number = np.full(len(code), -1, dtype=np.int64)
    mentor = code.copy()
    if problem.reciprocal is not None and len(problem.reciprocal):
        side = np.maximum(code - m, 0)
        mentor = np.where(code >= m, problem.reciprocal.sides[1][side], code)
        number = np.where(code >= m, side % len(problem.reciprocal), -1)
    return Assignment.of(np.column_stack([mentee, mentor]), number)
