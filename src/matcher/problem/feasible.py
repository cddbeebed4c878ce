"""Whether the forced pairs fit at all: no solver is needed to say that they cannot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matcher.errors import Finding
from matcher.problem.forced_rules import check_forced_rules
from matcher.problem.problem import Assignment
from matcher.problem.value import gather_items
from matcher.text import count_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matcher.problem.problem import Bools, Floats, Ints, Problem
    from matcher.problem.value import Items

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


def breaks_rules(problem: Problem, assignment: Assignment) -> Bools:
    """Return whose portfolio is not as the rules ask; an empty one always is: (n,)."""
    n, rules = problem.n_mentees, problem.rules
    mentee, mentor = assignment.pairs[:, 0], assignment.pairs[:, 1]
    broken = np.zeros(n, dtype=bool)
    if rules is None:
        return broken
    if rules.min_external and rules.mentee_home is not None and rules.mentor_home is not None:
        home, theirs = rules.mentee_home[mentee], rules.mentor_home[mentor]
        outside = (home != theirs) | (home < 0) | (theirs < 0)
        external = np.bincount(mentee, weights=outside, minlength=n)
        broken |= (np.bincount(mentee, minlength=n) > 0) & (external < rules.min_external)
    for codes, most in rules.max_same:
        code = codes[mentor]
        group = np.column_stack([mentee, code])[code >= 0]
        alike, count = np.unique(group, axis=0, return_counts=True)
        broken[alike[count > most, 0]] = True
    return broken


@dataclass(frozen=True)
class Names:
    """What people and pools are called, and why each forced pair is forced."""

    mentees: Sequence[str]
    mentors: Sequence[str]
    pools: Sequence[str]
    why: Callable[[int, int], str]
    """Says in words why a mentee and a mentor (by position) are forced together."""

    def pair(self, i: int, j: int) -> str:
        """Return a forced pair in words."""
        return f"{self.mentees[i]} with {self.mentors[j]} ({self.why(i, j)})"


def check_feasible(
    problem: Problem,
    stated: Floats,
    mentees: Sequence[str],
    mentors: Sequence[str],
    pools: Sequence[str] = (),
    why: Callable[[int, int], str] | None = None,
) -> Iterator[Finding]:
    """Yield what makes the problem infeasible before anything is chosen.

    Each finding names a smallest set: without any one of its pairs the others fit.

    Parameters
    ----------
    problem
        The instance.
    stated
        Capacity of each mentor before reserve and places elsewhere: shape (m,).
    mentees, mentors, pools
        Ids and names by position; pools go by number where they have none.
    why
        Says in words why a mentee and a mentor (by position) are forced together.
    """
    if not pools and problem.pool_capacity is not None:
        pools = [f"number {p + 1}" for p in range(len(problem.pool_capacity))]
    names = Names(mentees, mentors, pools, why or _required)
    if not (stated > 0).any():
        yield Finding(
            "I_NO_CAPACITY",
            f"none of the {len(names.mentors)} mentors has any capacity",
            "ask mentors for places, or correct the column capacity",
            table="mentors",
            column="capacity",
        )
    forced = forced_assignment(problem)
    if len(forced):
        check = _ForcedCheck(problem, forced, names)
        yield from check.mentors_full()
        yield from check.mentees_full()
        yield from check.pools_full()
        yield from check.programme_full()
        yield from check.both_roles()
        yield from check_forced_rules(problem, forced.pairs, check.items.load, names)


def _required(i: int, j: int) -> str:
    return "required"


class _ForcedCheck:
    def __init__(self, problem: Problem, forced: Assignment, names: Names) -> None:
        self.problem, self.pairs, self.names = problem, forced.pairs, names
        self.items: Items = gather_items(problem, forced)

    def mentors_full(self) -> Iterator[Finding]:
        """Yield mentors whose forced pairs exceed their capacity or sponsorship limit."""
        at = self.pairs[:, 1]
        for j in _over(at, self.items.load, self.problem.capacity):
            what = f"mentor {self.names.mentors[j]} can give {self.problem.capacity[j]:g}"
            limit = self.problem.capacity[j], f"the capacity of {self.names.mentors[j]}"
            yield self._too_many(what, np.flatnonzero(at == j), self.items.load, *limit)
        limits = self.problem.sponsorship_limit
        sponsored = self.items.sponsored.astype(np.float64)
        for j in [] if limits is None else _over(at, sponsored, limits):
            assert limits is not None
            what = f"mentor {self.names.mentors[j]} sponsors at most {limits[j]:g}"
            here = np.flatnonzero((at == j) & self.items.sponsored)
            limit = limits[j], f"max_sponsorship of {self.names.mentors[j]}"
            yield self._too_many(what, here, sponsored, *limit)

    def mentees_full(self) -> Iterator[Finding]:
        """Yield mentees who are forced to more mentors than they may have."""
        at, one = self.pairs[:, 0], np.ones(len(self.pairs))
        limits = self.problem.limit.astype(np.float64)
        for i in _over(at, one, limits):
            what = f"mentee {self.names.mentees[i]} takes at most {limits[i]:g}"
            limit = limits[i], f"max_mentors of {self.names.mentees[i]}"
            yield self._too_many(what, np.flatnonzero(at == i), one, *limit)

    def pools_full(self) -> Iterator[Finding]:
        """Yield pools whose mentors' forced pairs exceed the shared places."""
        places = self.problem.pool_capacity
        if self.problem.pool is None or places is None:
            return
        at = self.problem.pool[self.pairs[:, 1]]
        for p in _over(at, self.items.load, places):
            what = f"pool {self.names.pools[p]} can give {places[p]:g}"
            limit = places[p], f"[capacity.pools] {self.names.pools[p]}"
            yield self._too_many(what, np.flatnonzero(at == p), self.items.load, *limit)

    def programme_full(self) -> Iterator[Finding]:
        """Yield a finding where more pairs are forced than the programme may make."""
        most, count = self.problem.max_matches, len(self.pairs)
        if count > most:
            what = f"the programme makes at most {count_of(most, 'match', 'matches')}"
            one = np.ones(count)
            yield self._too_many(what, np.arange(count), one, most, "capacity.max_matches")

    def both_roles(self) -> Iterator[Finding]:
        """Yield people who signed up for one role and are forced into both."""
        own, either = self.problem.person_mentor, self.problem.either
        if own is None or either is None:
            return
        for i in np.unique(self.pairs[:, 0]).tolist():
            given = np.flatnonzero(self.pairs[:, 1] == own[i]) if own[i] >= 0 else np.empty(0)
            if either[i] and len(given):
                few = np.array([np.flatnonzero(self.pairs[:, 0] == i)[0], given[0]])
                what = f"{self.names.mentees[i]} plays one role only"
                remedy = "withdraw one of the two, or let the person play both roles"
                yield self._finding(what, few, remedy, "I_CONTRADICTION")

    def _too_many(
        self, what: str, at: Ints, amount: Floats, limit: float, its_name: str
    ) -> Finding:
        """Return the finding with the fewest pairs that exceed a limit: largest amounts first."""
        order = at[np.argsort(-amount[at], kind="stable")]
        total = np.cumsum(amount[order])
        few = np.sort(order[: 1 + int(np.argmax(total > limit + SLACK))])
        excess = float(total[-1] - limit)
        # Withdrawing the largest ones first is what it takes at least.
        least = 1 + int(np.argmax(total >= excess - SLACK))
        withdrawn = f"withdraw {least} of the {len(at)} forced pairs" if least < len(at) else ""
        every = (
            f"withdraw all {len(at)} forced pairs" if len(at) > 1 else "withdraw the forced pair"
        )
        remedy = f"raise {its_name} by {excess:g}, or {withdrawn or every}"
        return self._finding(what, few, remedy)

    def _finding(
        self, what: str, at: Ints, remedy: str, code: str = "I_FORCED_CAPACITY"
    ) -> Finding:
        named = [self.names.pair(i, j) for i, j in self.pairs[at].tolist()]
        return Finding(code, f"{what}, but these pairs are forced: {', '.join(named)}", remedy)


def _over(at: Ints, amount: Floats, limit: Floats) -> list[int]:
    """Return the positions whose summed amounts exceed their limit; position -1 has none."""
    known = at >= 0
    use = np.bincount(at[known], weights=amount[known], minlength=len(limit))
    return [int(k) for k in np.flatnonzero(use > limit + SLACK * np.maximum(1.0, use))]
