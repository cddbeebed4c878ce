"""Every hard constraint of a problem, checked on an answer: each check returns its findings.

Positions are named through `names`, so that one set of checks serves arrays and run folders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matcher.errors import Finding
from matcher.problem.rules.max_matches import MaxMatches
from matcher.problem.rules.max_same import MaxSame
from matcher.problem.rules.min_external import MinExternal
from matcher.problem.rules.one_role import OneRole
from matcher.problem.rules.pools import Pools
from matcher.problem.rules.sponsorship_limit import SponsorshipLimit
from matcher.text import count_of

if TYPE_CHECKING:
    from matcher.checker.values import ItemFacts
    from matcher.problem.problem import Floats, Ints, Problem

SLACK = 1e-9
"""Relative tolerance of sums of loads in float64."""


@dataclass(frozen=True)
class PeopleNames:
    """How people are called in findings: by position, or by record id."""

    mentees: tuple[str, ...]
    mentors: tuple[str, ...]

    @classmethod
    def by_position(cls, problem: Problem) -> PeopleNames:
        """Name everybody by position, for answers of the bare engine."""
        return cls(
            tuple(map(str, range(problem.n_mentees))), tuple(map(str, range(problem.n_mentors)))
        )


def fault(code: str, message: str, table: str = "matches") -> Finding:
    """Return a finding of the checker with the one remedy there is."""
    return Finding(code, message, "do not use this answer; run the match again", table)


def check_positions(problem: Problem, pairs: Ints, reciprocal: Ints) -> list[Finding]:
    """Check that every item names people and pairs that exist, once each."""
    n, m = problem.n_mentees, problem.n_mentors
    n_pairs = 0 if problem.reciprocal is None else len(problem.reciprocal)
    outside = (pairs < 0).any(axis=1) | (pairs[:, 0] >= n) | (pairs[:, 1] >= m)
    outside |= (reciprocal < -1) | (reciprocal >= n_pairs)
    if outside.any():
        which = count_of(int(outside.sum()), "item names", "items name")
        return [fault("C_FORBIDDEN", f"{which} nobody in the problem")]
    twice = len(pairs) - len(np.unique(pairs[:, 0] * m + pairs[:, 1]))
    found = count_of(twice, "pair stands", "pairs stand")
    return [fault("C_RULE", f"{found} twice")] if twice else []


def check_constraints(problem: Problem, items: ItemFacts, names: PeopleNames) -> list[Finding]:
    """Return the findings of every hard constraint."""
    checks: tuple[Callable[[Problem, ItemFacts, PeopleNames], Iterator[Finding]], ...] = (
        check_allowed,
        check_limits,
        check_capacity,
        check_pools,
        check_sponsorship,
        check_max_matches,
        check_required,
        check_reciprocal,
        check_opposite,
        check_either,
        check_external,
        check_max_same,
    )
    return [finding for check in checks for finding in check(problem, items, names)]


def check_allowed(problem: Problem, items: ItemFacts, names: PeopleNames) -> Iterator[Finding]:
    """Check that every item is an allowed one."""
    for k in np.flatnonzero(~np.isfinite(items.score)).tolist():
        i, j = names.mentees[items.mentee[k]], names.mentors[items.mentor[k]]
        yield fault("C_FORBIDDEN", f"{i} and {j} are matched but not permitted")


def check_limits(problem: Problem, items: ItemFacts, names: PeopleNames) -> Iterator[Finding]:
    """Check that no mentee has more mentors than the limit."""
    size = np.bincount(items.mentee, minlength=problem.n_mentees)
    for i in np.flatnonzero(size > problem.limit).tolist():
        found = count_of(size[i], "mentor")
        message = f"{names.mentees[i]} has {found}, the limit is {problem.limit[i]}"
        yield fault("C_RULE", message)


def _over(use: Floats | Ints, capacity: Floats) -> list[int]:
    spare = SLACK * np.maximum(1.0, np.abs(np.where(np.isfinite(capacity), capacity, 0.0)))
    return [int(k) for k in np.flatnonzero(use > capacity + spare)]


def check_capacity(problem: Problem, items: ItemFacts, names: PeopleNames) -> Iterator[Finding]:
    """Check that no mentor's matches use more than the capacity."""
    use = np.bincount(items.mentor, weights=items.load, minlength=problem.n_mentors)
    for j in _over(use, problem.capacity):
        message = f"mentor {names.mentors[j]} uses {use[j]:g} of {problem.capacity[j]:g}"
        yield fault("C_CAPACITY", message)


def check_pools(problem: Problem, items: ItemFacts, names: PeopleNames) -> Iterator[Finding]:
    """Check that the mentors of a pool together keep to its capacity."""
    for pools in problem.rules_of(Pools):
        pool = pools.pool[items.mentor]
        inside = pool >= 0
        size = len(pools.most)
        use = np.bincount(pool[inside], weights=items.load[inside], minlength=size)
        for p in _over(use, pools.most):
            yield fault("C_CAPACITY", f"pool {p} uses {use[p]:g} of {pools.most[p]:g}")


def check_sponsorship(problem: Problem, items: ItemFacts, names: PeopleNames) -> Iterator[Finding]:
    """Check that no mentor sponsors more mentees than allowed."""
    count = np.bincount(items.mentor[items.sponsored], minlength=problem.n_mentors)
    for rule in problem.rules_of(SponsorshipLimit):
        for j in _over(count.astype(float), rule.most):
            message = f"{names.mentors[j]} sponsors {count[j]}, the limit is {rule.most[j]:g}"
            yield fault("C_CAPACITY", message)


def check_max_matches(problem: Problem, items: ItemFacts, names: PeopleNames) -> Iterator[Finding]:
    """Check the programme's limit on matches."""
    for rule in problem.rules_of(MaxMatches):
        if len(items.mentee) > rule.most[0]:
            made = count_of(len(items.mentee), "match", "matches")
            yield fault("C_CAPACITY", f"{made}, the programme's limit is {rule.most[0]:g}")


def check_required(problem: Problem, items: ItemFacts, names: PeopleNames) -> Iterator[Finding]:
    """Check that every must pair and locked pair is matched."""
    triples = zip(
        items.mentee.tolist(), items.mentor.tolist(), items.reciprocal.tolist(), strict=True
    )
    one_way = {(i, j) for i, j, number in triples if number < 0}
    for i, j in problem.required.tolist():
        if (i, j) not in one_way:
            pair = f"{names.mentees[i]} and {names.mentors[j]}"
            yield fault("C_RULE", f"the required pair {pair} is not matched")
    held = set(items.reciprocal.tolist())
    for number in problem.required_reciprocal.tolist():
        if number not in held:
            yield fault("C_RULE", f"the required reciprocal pair {number} is not matched")


def check_reciprocal(problem: Problem, items: ItemFacts, names: PeopleNames) -> Iterator[Finding]:
    """Check that every reciprocal pair is matched on both sides or on neither."""
    numbers = items.reciprocal[items.reciprocal >= 0]
    for number, count in zip(*np.unique(numbers, return_counts=True), strict=True):
        if count != 2:
            mentee = names.mentees[items.mentee[items.reciprocal == number][0]]
            message = f"a reciprocal pair of {mentee} is matched on {count} of its 2 sides"
            yield fault("C_RECIPROCAL", message)


def check_opposite(problem: Problem, items: ItemFacts, names: PeopleNames) -> Iterator[Finding]:
    """Check that no two people mentor each other by two one-way matches."""
    if problem.person_mentor is None:
        return
    own = problem.person_mentor
    one_way = items.reciprocal < 0
    pairs = set(
        zip(own[items.mentee[one_way]].tolist(), items.mentor[one_way].tolist(), strict=True)
    )
    for a, b in sorted(pairs):
        if 0 <= a < b and (b, a) in pairs:
            people = f"{names.mentors[a]} and {names.mentors[b]}"
            yield fault("C_RECIPROCAL", f"{people} mentor each other by two one-way matches")
        if a == b:
            yield fault("C_FORBIDDEN", f"{names.mentors[a]} is matched with themselves")


def check_either(problem: Problem, items: ItemFacts, names: PeopleNames) -> Iterator[Finding]:
    """Check that people in one role only have one role."""
    served = np.bincount(items.mentee, minlength=problem.n_mentees) > 0
    for rule in problem.rules_of(OneRole):
        serving = np.isin(rule.own, items.mentor) & (rule.own >= 0)
        for i in np.flatnonzero(serving & served).tolist():
            yield fault("C_RULE", f"{names.mentees[i]} is matched in both roles, one was agreed")


def check_external(problem: Problem, items: ItemFacts, names: PeopleNames) -> Iterator[Finding]:
    """Check that every non-empty portfolio has enough mentors from outside."""
    size = np.bincount(items.mentee, minlength=problem.n_mentees)
    for rule in problem.rules_of(MinExternal):
        outside = is_external(rule, items.mentee, items.mentor)
        count = np.bincount(items.mentee, weights=outside, minlength=problem.n_mentees)
        for i in np.flatnonzero((size > 0) & (count < rule.least)).tolist():
            message = f"{names.mentees[i]} has {count[i]:g} external mentors of {rule.least}"
            yield fault("C_RULE", message)


def is_external(rule: MinExternal, mentee: Ints, mentor: Ints) -> Floats:
    """Return 1.0 for items whose mentor is not known to be of the mentee's organisation."""
    home, other = rule.mentee_home[mentee], rule.mentor_home[mentor]
    return np.asarray((home != other) | (home < 0) | (other < 0), dtype=np.float64)


def check_max_same(problem: Problem, items: ItemFacts, names: PeopleNames) -> Iterator[Finding]:
    """Check that no portfolio has too many mentors with one value of a column."""
    for rule in problem.rules_of(MaxSame):
        code = rule.code[items.mentor]
        known = code >= 0
        groups = np.column_stack([items.mentee[known], code[known]])
        found, count = np.unique(groups, axis=0, return_counts=True)
        for k in np.flatnonzero(count > rule.most).tolist():
            name = names.mentees[found[k, 0]]
            yield fault("C_RULE", f"{name} has {count[k]} alike mentors, {rule.most} allowed")
