"""Improving by assignments: one slot of everybody is freed, and all of them are filled at once.

What one more mentor adds to a portfolio is a number, so that filling a free slot each is an
assignment, exact in no time where choosing whole portfolios again is not. Which slot is freed is
drawn, the old answer is among those that the assignment chooses from, and equal answers are taken,
as they lead on.
"""

import numpy as np

from matcher.problem.problem import Assignment, Bools, Problem
from matcher.problem.value import forced_assignment, welfare
from matcher.solver.baselines.baselines import assign_round
from matcher.solver.baselines.marginals import Marginals, cached
from matcher.solver.limits import Clock
from matcher.solver.model.column_pool import keeps_rows
from matcher.solver.model.linking_rows import Rows
from matcher.solver.rounding.seat_swaps import SeatSwaps

LARGEST = 1_500_000
"""Cells of a round's matrix, mentees by places, past which it is not worth its time."""

PATIENCE = 8
"""Rounds in a row without gain after which it ends."""


def reassigned(rows: Rows, found: Assignment, goal: float, clock: Clock, seed: int) -> Assignment:
    """Return an assignment of at least the same welfare that keeps the rows.

    Parameters
    ----------
    rows
        Linking rows of the problem, tiers included.
    found
        An assignment that keeps them.
    goal
        Welfare at which it ends.
    clock
        Clock of the solve.
    seed
        Seed of the slots that are freed.
    """
    problem = rows.problem
    if swaps := SeatSwaps.of(problem):
        return swaps.improved(found, goal, clock, seed)
    if problem.n_mentees * problem.capacity.sum() > LARGEST:
        return found
    problem = cached(problem)
    rng, worth, failures = np.random.default_rng(seed), welfare(problem, found), 0
    while worth < goal and failures < PATIENCE and clock.within(1.0):
        base = _with_a_slot_each(problem, found, rng)
        marginals = Marginals(problem, base)
        assign_round(marginals)
        drawn = marginals.ledger.without_unfinished().assignment()
        value = welfare(problem, drawn)
        failures += 1
        if value >= worth and keeps_rows(problem, rows, drawn):
            failures = 0 if value > worth + 1e-9 * abs(worth) else failures
            found, worth = drawn, value
    return found


def _with_a_slot_each(problem: Problem, found: Assignment, rng: np.random.Generator) -> Assignment:
    """Return the assignment less one item of each mentee, or none of who has a slot to fill."""
    n, mentee = problem.n_mentees, found.pairs[:, 0]
    size = np.bincount(mentee, minlength=n)
    pick = np.floor(rng.random(n) * (size + (size < problem.limit))).astype(np.int64)
    freed = np.arange(len(mentee)) - np.searchsorted(mentee, mentee) == pick[mentee]
    kept = ~freed | _is_fixed(problem, found)
    return Assignment.of(found.pairs[kept], found.reciprocal[kept])


def _is_fixed(problem: Problem, found: Assignment) -> Bools:
    """Return which items stay: forced ones, and both sides of reciprocal pairs."""
    m = problem.n_mentors
    forced = forced_assignment(problem).pairs @ [m, 1]
    return np.asarray((found.reciprocal >= 0) | np.isin(found.pairs @ [m, 1], forced))
