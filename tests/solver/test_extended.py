"""Pricing a mentor who is not there yet reads every kind of row of a certificate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from matcher.problem.problem import Problem
from matcher.solver.columns.dual_scans import rows_and_duals
from matcher.solver.model.column_pool import opposite_row
from matcher.solver.model.linking_rows import Rows
from matcher.solver.solution import Bounds, Reason, Solution, Termination

from .instances import random_problem


def two_in_both_roles() -> Problem:
    """Return a problem in which mentees 1 and 4 are mentors 3 and 0."""
    person = np.full(6, -1, dtype=np.int64)
    person[1], person[4] = 3, 0
    return replace(random_problem(7, 6, 5), person_mentor=person, tiers=None)


def test_rows_against_opposite_matches_come_back_as_they_were() -> None:
    """A certificate with such a row gives the same row again, with its dual."""
    problem = two_in_both_roles()
    row = opposite_row(problem, 1, 4)
    assert row.mentee.tolist() == [1, 4]
    assert row.mentor.tolist() == [0, 3]
    rows = Rows(problem, 3, opposite=(row,))
    y = np.arange(1.0, rows.count + 1)
    solution = Solution(
        pairs=np.empty((0, 2), dtype=np.int64),
        reciprocal=np.empty(0, dtype=np.int64),
        objective=0.0,
        bounds=Bounds(0.0, 0.0),
        termination=Termination(Reason.OPTIMAL),
        prices=np.zeros(5),
        duals=rows.named(y),
    )
    again, duals = rows_and_duals(problem, solution.duals)
    assert duals.tolist() == y.tolist()
    assert again.opposite[0].name == row.name
    assert again.opposite[0].mentee.tolist() == row.mentee.tolist()
    assert again.opposite[0].mentor.tolist() == row.mentor.tolist()
