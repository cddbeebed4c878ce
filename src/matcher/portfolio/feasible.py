"""Whether the forced pairs fit at all: no solver is needed to say that they cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matcher.errors import Finding
from matcher.portfolio.problem import Assignment
from matcher.portfolio.value import gather_items

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matcher.portfolio.problem import Floats, Ints, Problem
    from matcher.portfolio.value import Items

SLACK = 1e-9


def forced_assignment(problem: Problem) -> Assignment:
    """Return the items that every solution holds."""
    if problem.reciprocal is None:
        return Assignment.of(problem.required)
    mentee, mentor, _, _, number = problem.reciprocal.sides
    forced = np.isin(number, problem.required_reciprocal)
    sides = np.column_stack([mentee[forced], mentor[forced]])
    none = np.full(len(problem.required), -1, dtype=np.int64)
    return Assignment.of(
        np.concatenate([problem.required, sides]), np.concatenate([none, number[forced]])
    )


def check_feasible(
    problem: Problem, stated: Floats, mentees: Sequence[str], mentors: Sequence[str]
) -> Iterator[Finding]:
    """Yield what makes the problem infeasible before anything is chosen.

    Parameters
    ----------
    problem
        The instance.
    stated
        Capacity of each mentor before reserve and places elsewhere: shape (m,).
    mentees, mentors
        Ids by position.
    """
    if not (stated > 0).any():
        yield Finding(
            "I_NO_CAPACITY",
            f"none of the {len(mentors)} mentors has any capacity",
            "ask mentors for places, or correct the column capacity",
            table="mentors",
            column="capacity",
        )
    forced = forced_assignment(problem)
    if len(forced):
        check = _ForcedCheck(problem, forced, mentees, mentors)
        yield from check.mentors_full()
        yield from check.mentees_full()
        yield from check.pools_full()
        yield from check.programme_full()
        yield from check.both_roles()


class _ForcedCheck:
    def __init__(
        self, problem: Problem, forced: Assignment, mentees: Sequence[str], mentors: Sequence[str]
    ) -> None:
        self.problem, self.pairs = problem, forced.pairs
        self.items: Items = gather_items(problem, forced)
        self.mentees, self.mentors = mentees, mentors

    def mentors_full(self) -> Iterator[Finding]:
        """Yield mentors whose forced pairs exceed their capacity or sponsorship limit."""
        at = self.pairs[:, 1]
        for j in _over(at, self.items.load, self.problem.capacity):
            few = self._fewest(np.flatnonzero(at == j), self.problem.capacity[j])
            what = f"mentor {self.mentors[j]} can give {self.problem.capacity[j]:g}"
            yield self._finding(what, few, "withdraw a rule or raise the capacity")
        limit = self.problem.sponsorship_limit
        sponsored = self.items.sponsored.astype(np.float64)
        if limit is None:
            return
        for j in _over(at, sponsored, limit):
            few = np.flatnonzero((at == j) & self.items.sponsored)[: int(limit[j]) + 1]
            what = f"mentor {self.mentors[j]} sponsors at most {limit[j]:g}"
            yield self._finding(what, few, "withdraw a rule or raise max_sponsorship")

    def mentees_full(self) -> Iterator[Finding]:
        """Yield mentees who are forced to more mentors than they may have."""
        at, one = self.pairs[:, 0], np.ones(len(self.pairs))
        limit = self.problem.limit.astype(np.float64)
        for i in _over(at, one, limit):
            few = np.flatnonzero(at == i)[: int(limit[i]) + 1]
            what = f"mentee {self.mentees[i]} takes at most {limit[i]:g}"
            yield self._finding(what, few, "withdraw a rule or raise max_mentors")

    def pools_full(self) -> Iterator[Finding]:
        """Yield pools whose mentors' forced pairs exceed the shared places."""
        if self.problem.pool is None or self.problem.pool_capacity is None:
            return
        at = self.problem.pool[self.pairs[:, 1]]
        for p in _over(at, self.items.load, self.problem.pool_capacity):
            few = self._fewest(np.flatnonzero(at == p), self.problem.pool_capacity[p])
            what = f"pool number {p + 1} by name can give {self.problem.pool_capacity[p]:g}"
            yield self._finding(what, few, "withdraw a rule or raise the pool's places")

    def programme_full(self) -> Iterator[Finding]:
        """Yield a finding where more pairs are forced than the programme may make."""
        most = self.problem.max_matches
        if len(self.pairs) > most:
            few = np.arange(int(most) + 1)
            what = f"the programme makes at most {most:g} matches"
            yield self._finding(what, few, "withdraw a rule or raise capacity.max_matches")

    def both_roles(self) -> Iterator[Finding]:
        """Yield people who signed up for one role and are forced into both."""
        own, either = self.problem.person_mentor, self.problem.either
        if own is None or either is None:
            return
        for i in np.unique(self.pairs[:, 0]).tolist():
            if either[i] and own[i] >= 0 and np.any(self.pairs[:, 1] == own[i]):
                few = np.flatnonzero((self.pairs[:, 0] == i) | (self.pairs[:, 1] == own[i]))
                what = f"{self.mentees[i]} plays one role only"
                yield self._finding(what, few, "withdraw a rule", "I_CONTRADICTION")

    def _fewest(self, at: Ints, capacity: float) -> Ints:
        """Return the fewest of the items `at` that together exceed `capacity`: largest first."""
        order = at[np.argsort(-self.items.load[at], kind="stable")]
        total = np.cumsum(self.items.load[order])
        return np.sort(order[: 1 + int(np.argmax(total > capacity + SLACK))])

    def _finding(
        self, what: str, at: Ints, remedy: str, code: str = "I_FORCED_CAPACITY"
    ) -> Finding:
        named = [f"{self.mentees[i]} with {self.mentors[j]}" for i, j in self.pairs[at].tolist()]
        return Finding(code, f"{what}, but these pairs are forced: {', '.join(named)}", remedy)


def _over(at: Ints, amount: Floats, limit: Floats) -> list[int]:
    """Return the positions whose summed amounts exceed their limit; position -1 has none."""
    known = at >= 0
    use = np.bincount(at[known], weights=amount[known], minlength=len(limit))
    return [int(k) for k in np.flatnonzero(use > limit + SLACK * np.maximum(1.0, use))]
