"""Assignments as columns: the portfolios of an assignment, and the assignment of chosen columns."""

from typing import Protocol

import numpy as np

from matcher.problem.feasible import breaks_rules
from matcher.problem.problem import Assignment, Ints, Problem
from matcher.problem.value import evaluate, gather_items
from matcher.solver.model.linking_rows import Rows
from matcher.solver.model.priced_portfolios import PricedPortfolios


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


class Portfolios(Protocol):
    """Portfolios of mentees, each with its members."""

    @property
    def mentee(self) -> Ints:
        """(q,) whose portfolio it is."""

    @property
    def members(self) -> Ints:
        """(q, K) item codes ascending, -1 last for none."""


def columns_of(problem: Problem, listed: Portfolios, assignment: Assignment) -> Ints | None:
    """Return which listed portfolio each mentee has in `assignment`: (n,), None if one is not."""
    width = listed.members.shape[1]
    sets = portfolios(problem, assignment, width)
    wanted = np.full((problem.n_mentees, width), -1, dtype=np.int64)
    # As numbers without a sign -1 is the largest, so that it comes last as it does in the list.
    wanted[sets.mentee] = np.sort(sets.members.astype(np.uint64), axis=1).astype(np.int64)
    same = (listed.members == wanted[listed.mentee]).all(axis=1)
    column = np.full(problem.n_mentees, -1, dtype=np.int64)
    column[listed.mentee[same]] = np.flatnonzero(same)
    return None if np.any(column < 0) else column


def assignment_of(problem: Problem, pool: Portfolios, columns: Ints) -> Assignment:
    """Return the assignment that chosen columns make."""
    row, slot = np.nonzero(pool.members[columns] >= 0)
    mentor, number = items_of_codes(problem, pool.members[columns][row, slot])
    return Assignment.of(np.column_stack([pool.mentee[columns][row], mentor]), number)


def items_of_codes(problem: Problem, code: Ints) -> tuple[Ints, Ints]:
    """Return the mentor of each item code, -1 for none, and its reciprocal pair, -1 if one-way."""
    if problem.reciprocal is None or not len(problem.reciprocal):
        return code, np.full(code.shape, -1, dtype=np.int64)
    _, mentor, _, _, number = problem.reciprocal.sides
    side, is_side = np.maximum(code - problem.n_mentors, 0), code >= problem.n_mentors
    return np.where(is_side, mentor[side], code), np.where(is_side, number[side], -1)
