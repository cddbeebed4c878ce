"""Whether forced pairs and rules fit at all: no solver is needed to say that they cannot."""

from collections.abc import Iterator

import numpy as np

from matcher.errors import Finding
from matcher.problem.problem import Assignment, Bools, Floats, Problem
from matcher.problem.rules.rule import ForcedItems, Names
from matcher.problem.value import forced_assignment, used_items
from matcher.text import count_of


def breaks_rules(problem: Problem, assignment: Assignment) -> Bools:
    """Return whose portfolio is not as the rules ask; an empty one always is: (n,)."""
    broken = np.zeros(problem.n_mentees, dtype=bool)
    if problem.portfolio_rules:
        some = np.unique(assignment.pairs[:, 0])
        members = assignment.members(problem.n_mentees)[some]
        for rule in problem.portfolio_rules:
            broken[some] |= ~rule.holds(some, members)
    return broken


def check_feasible(problem: Problem, stated: Floats, names: Names) -> Iterator[Finding]:
    """Yield what makes the problem infeasible before anything is chosen.

    Each finding names a smallest set: without any one of its pairs the others fit.

    Parameters
    ----------
    problem
        The instance.
    stated
        Capacity of each mentor before reserve and places elsewhere: shape (m,).
    names
        What people are called, and why they are forced together.
    """
    if not (stated > 0).any():
        yield Finding(
            "I_NO_CAPACITY",
            f"none of {count_of(len(names.mentors), 'mentor')} has any capacity",
            "ask mentors for places, or correct the column capacity",
            table="mentors",
            column="capacity",
        )
    assignment = forced_assignment(problem)
    if len(assignment):
        forced = ForcedItems(problem, problem.all_rules, used_items(problem, assignment), names)
        for rule in problem.all_rules:
            yield from rule.conflicts(forced)
