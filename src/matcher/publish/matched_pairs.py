"""The matches of a run by position: what every table of a run folder is made from."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from matcher.arrays import Codes
from matcher.errors import Finding
from matcher.pipeline import Instance
from matcher.problem import value
from matcher.problem.co_mentoring import side_of
from matcher.problem.problem import Assignment, Bools, Floats, Ints
from matcher.problem.stated_amounts import priority_classes, waiting_days
from matcher.publish.need_cover import NeedCover
from matcher.scoring.approaches import check_reach
from matcher.solver.solution import Solution

LEAST_LEFT = 1e-9
"""What counts as something left over."""


@dataclass(frozen=True)
class MatchedPairs:
    """The k matches of a solution, sorted by mentee and mentor.

    Parameters
    ----------
    instance, solution
        What was solved, and how.
    assignment
        The chosen items.
    approach
        (k,) int8 code of each match's approach.
    own_score, combined_score
        (k,) pair score in the match's own direction, and after the two directions of a reciprocal
        pair are combined; a next approach counts no more than the first one of the mentee's order.
    load
        (k,) what each match takes of its mentor's capacity.
    is_forced
        (k,) whether each match is a locked or forced one.
    terms
        Terms of V of every mentee.
    cover
        Cover of each facet before and after the match, in [0, 1]: (n, f) each.
    """

    instance: Instance
    solution: Solution
    assignment: Assignment
    approach: Codes
    own_score: Floats
    combined_score: Floats
    load: Floats
    is_forced: Bools
    terms: value.PortfolioValues
    cover: tuple[Floats, Floats]

    @classmethod
    def of(cls, instance: Instance, solution: Solution) -> Self:
        """Return the matches of a solution."""
        chosen = Assignment.of(solution.pairs, solution.reciprocal)
        mentee, mentor = chosen.pairs.T
        approach = instance.approach_of(chosen)
        own = instance.pair_scores.directional(mentee, mentor, approach)
        pairs, other = instance.reciprocal, instance.next_approach
        used = other.instead(chosen.reciprocal, chosen.pairs, other.items.score, own)
        m = max(1, instance.problem.n_mentors)
        forced = np.isin(chosen.pairs @ [m, 1], instance.problem.required @ [m, 1])
        both = np.isin(chosen.reciprocal, instance.problem.required_reciprocal)
        return cls(
            instance=instance,
            solution=solution,
            assignment=chosen,
            approach=approach,
            own_score=own,
            combined_score=by_side(instance, chosen, pairs.a_used, pairs.b_used, used),
            load=value.gather_items(instance.problem, chosen).load,
            is_forced=np.asarray(np.where(chosen.reciprocal >= 0, both, forced), dtype=bool),
            terms=value.evaluate(instance.problem, chosen),
            cover=_cover(instance, chosen),
        )

    @property
    def mentee(self) -> Ints:
        """(k,) mentee of each match."""
        return self.assignment.pairs[:, 0]

    @property
    def mentor(self) -> Ints:
        """(k,) mentor of each match."""
        return self.assignment.pairs[:, 1]

    @property
    def is_reciprocal(self) -> Bools:
        """(k,) whether each match is a side of a reciprocal pair."""
        return np.asarray(self.assignment.reciprocal >= 0)

    @cached_property
    def size(self) -> Ints:
        """(n,) mentors of each mentee."""
        return np.bincount(self.mentee, minlength=self.instance.problem.n_mentees)

    @cached_property
    def used(self) -> Floats:
        """(m,) load of each mentor."""
        return value.summed(self.mentor, self.load, self.instance.problem.n_mentors)

    @cached_property
    def left(self) -> Floats:
        """(m,) what each mentor has left to give."""
        return np.asarray(self.instance.problem.capacity - self.used, dtype=np.float64)

    def loads_of(self, i: int) -> Floats:
        """(m,) what a match of mentee `i` would take of each mentor."""
        loads: Floats = self.instance.problem.scores.block(np.array([i])).loads[0]
        return loads

    def left_for(self, i: int) -> tuple[Ints, Ints]:
        """Return which mentors who may be matched with mentee `i` have enough left, and which some.

        Somebody who has some has less left than the match would take.
        """
        some = np.flatnonzero(self.left > LEAST_LEFT)
        if len(some):
            some = some[self.instance.candidates.listed(np.full(len(some), i), some) >= 0]
        if not len(some):
            return some, some
        is_enough = self.left[some] >= self.loads_of(i)[some] - LEAST_LEFT
        return some[is_enough], some[~is_enough]

    @property
    def is_known(self) -> Bools:
        """(n,) whose needs are known, from answers or an audit."""
        return np.array(self.instance.needs_stated, dtype=bool)

    @cached_property
    def need_cover(self) -> NeedCover:
        """Who is there for which need, and what stays open."""
        made = self.instance
        return NeedCover(
            pairs=self.assignment.pairs,
            needs=made.needs,
            offers=made.offers,
            is_known=self.is_known,
            told=made.told,
            cover=self.cover[1],
        )

    @cached_property
    def serves(self) -> Bools:
        """(n,) people in one role only who play it as mentors."""
        return value.in_other_role(self.instance.problem, self.assignment)[0]

    @property
    def waiting(self) -> list[int]:
        """Mentees who take part and have no mentor, first in line first."""
        cohort = self.instance.cohort
        open_gate = self.instance.candidates.eligibility.mentee_gate.is_open
        left = np.flatnonzero((self.size == 0) & open_gate & ~self.serves)
        level, days = priority_classes(cohort)[left], waiting_days(cohort)[left]
        return [int(i) for i in left[np.lexsort((left, -days, level))]]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Warnings of the cohort, of its rules and of the matches, each once."""
        cohort = self.instance.cohort
        reach = check_reach(cohort, self.mentee, self.mentor, self.approach)
        return tuple(dict.fromkeys((*cohort.findings, *self.instance.findings, *reach)))


def by_side(
    instance: Instance, chosen: Assignment, a_side: Floats, b_side: Floats, else_: Floats
) -> Floats:
    """Return a value of each match that sides of reciprocal pairs have of their own.

    Parameters
    ----------
    instance, chosen
        Whose k matches.
    a_side, b_side
        Value of either side, by number of the reciprocal pair.
    else_
        (k,) value of one-way matches.
    """
    pairs = instance.reciprocal.candidates
    if not len(pairs):
        return else_
    number = np.maximum(chosen.reciprocal, 0)
    is_a = side_of(pairs, number, chosen.pairs[:, 0])
    return np.where(chosen.reciprocal >= 0, np.where(is_a, a_side[number], b_side[number]), else_)


def _cover(instance: Instance, chosen: Assignment) -> tuple[Floats, Floats]:
    problem = instance.problem
    best = second = np.zeros_like(instance.needs)
    if problem.needs is not None:
        best, second = (offer.copy() for offer in value.held_cover(problem))
    before, after = (
        value.facet_cover(
            pairs, instance.offers, held=(best, second), second_cover=problem.second_cover
        )
        for pairs in (chosen.pairs[:0], chosen.pairs)
    )
    return before, after
