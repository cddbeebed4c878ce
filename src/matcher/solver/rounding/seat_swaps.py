"""Where every portfolio holds the same seats: seats left open are filled, and freed ones again.

A dive can end with mentees for whom no known column fits into what is left. Filling their seats
beside the others is a flow. It says nothing of coverage, which the second step makes good: one seat
of everybody is freed, and what a mentor adds in it beside the rest is a number, so that filling all
of them at once is an assignment among the pairs that are listed.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from matcher.arrays import Bools, Floats, Ints, present
from matcher.problem.problem import Assignment, Problem
from matcher.problem.value import held_cover, welfare
from matcher.solver.columns.mentee_sample import some_mentees
from matcher.solver.flow.flow_method import solve_flow
from matcher.solver.flow.seated import seated
from matcher.solver.flow.singles import cover_of_pairs
from matcher.solver.limits import Clock
from matcher.solver.model.seat_classes import SeatClasses
from matcher.solver.score_sources import ArrayScores, listed_pairs
from matcher.solver.settings import SolveRun

PATIENCE = 6
"""Rounds in a row that gain less than `LEAST` after which swapping ends."""

LEAST = 2e-6
"""Share of the welfare that a round must gain to count."""


def seats_filled(
    problem: Problem, mentees: Ints, places: Floats, clock: Clock
) -> Assignment | None:
    """Return an assignment that fills every seat of some mentees, None where there is none.

    Parameters
    ----------
    problem
        The instance.
    mentees
        (k,) positions, sorted.
    places
        (m,) what the others leave of each mentor's capacity.
    clock
        Clock of the solve.
    """
    part = replace(some_mentees(problem, mentees), capacity=np.maximum(places, 0.0))
    found = seated(part, SolveRun(clock=clock))
    if found is None:
        return None
    return Assignment.of(np.column_stack([mentees[found.pairs[:, 0]], found.pairs[:, 1]]))


@dataclass(frozen=True)
class SeatSwaps:
    """Pairs that are listed, of a problem in which every portfolio holds the same seats."""

    problem: Problem
    classes: SeatClasses
    pairs: sparse.csr_array

    @classmethod
    def of(cls, problem: Problem) -> "SeatSwaps | None":
        """Return the swaps of a problem, None where more than seats and places binds its pairs."""
        classes, pairs = SeatClasses.filled(problem), listed_pairs(problem.scores)
        bare = not (problem.redundancy or problem.fairness or problem.kept_bonus)
        bare &= not (len(problem.listed[0]) or len(problem.required) or problem.soft_rules)
        alone = len(problem.limits) == 1 and len(problem.rules) == len(problem.portfolio_rules)
        if classes is None or pairs is None or not (bare and alone):
            return None
        return cls(problem, classes, pairs)

    @cached_property
    def mentee(self) -> Ints:
        """Mentee of each listed pair."""
        return np.repeat(np.arange(self.problem.n_mentees), np.diff(self.pairs.indptr))

    def improved(self, found: Assignment, goal: float, clock: Clock, seed: int) -> Assignment:
        """Return an answer of at least the same welfare; the seats that are freed are drawn.

        Parameters
        ----------
        found
            An answer in which every portfolio is full.
        goal
            Welfare at which it ends.
        clock
            Clock of the solve.
        seed
            Seed of what is freed.
        """
        problem, size = self.problem, self.classes.size
        rng, worth, failures = np.random.default_rng(seed), welfare(problem, found), 0
        mentee, mentor = found.pairs.T
        if (np.bincount(mentee, minlength=problem.n_mentees) != size).any():
            return found
        while worth < goal and failures < PATIENCE and clock.within(1.0):
            slot = rng.integers(0, size, problem.n_mentees)
            freed = np.arange(size) == slot[:, None]
            members = mentor.reshape(-1, size)
            drawn = self._filled(members, freed)
            value = welfare(problem, Assignment.of(np.column_stack([mentee, drawn.ravel()])))
            failures += 1
            if value >= worth:
                failures = 0 if value > worth + LEAST * abs(worth) else failures
                mentor, worth = drawn.ravel(), value
        return Assignment.of(np.column_stack([mentee, mentor]))

    def _filled(self, members: Ints, freed: Bools) -> Ints:
        """Return members (n, k) with the freed one of each mentee chosen again."""
        problem, pairs = self.problem, self.pairs
        kind = self.classes.of_mentor[members[freed]]
        rest = np.where(freed, -1, members)
        mentor = pairs.indices
        may = self.classes.of_mentor[mentor] == kind[self.mentee]
        for held in rest.T:
            may &= held[self.mentee] != mentor
        at = np.flatnonzero(may)
        gain = self._gain(rest, at)
        # Every seat is filled again, whatever its mentor adds.
        gain += 1.0 + np.abs(gain).max(initial=0.0)
        taken = np.bincount(rest[rest >= 0], minlength=problem.n_mentors)
        shape = problem.scores.shape
        alone = Problem(
            scores=ArrayScores.of_pairs(
                sparse.csr_array((gain, (self.mentee[at], mentor[at])), shape)
            ),
            capacity=problem.capacity - taken,
            limit=np.ones(problem.n_mentees, dtype=np.int64),
        )
        chosen = present(solve_flow(alone, SolveRun()).assignment).pairs
        again = members.copy()
        again[chosen[:, 0], freed.argmax(axis=1)[chosen[:, 0]]] = chosen[:, 1]
        return again

    def _gain(self, rest: Ints, at: Ints) -> Floats:
        """Return what the listed pairs `at` add beside the members of their mentees."""
        problem, mentee = self.problem, self.mentee[at]
        mentor = self.pairs.indices[at].astype(np.int64)
        gain: Floats = self.pairs.data[at] - problem.min_gain
        if problem.needs is None or problem.offers is None:
            return np.asarray(gain)
        best, second = (held.copy() for held in held_cover(problem))
        for held in rest.T:
            offer = np.where(held[:, None] >= 0, problem.offers[held], 0.0)
            second = np.maximum(second, np.minimum(best, offer))
            best = np.maximum(best, offer)
        gain += cover_of_pairs(problem, mentee, mentor, best, second)
        return np.asarray(gain)
