"""Conflicts and remedies by trying everything: for a handful of people only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import combinations, product

import numpy as np

from matcher.explain.unplaced.elements import Element, Kind
from matcher.explain.unplaced.obstacles import Obstacles
from matcher.portfolio.problem import Problem

LIMITS = (Kind.PLACE, Kind.POOL, Kind.PROGRAMME, Kind.SPONSORSHIP)


def all_elements(problem: Problem, obstacles: Obstacles) -> list[Element]:
    """Return everything that can be in a conflict."""
    found = [Element(Kind.MENTEE, i) for i in range(problem.n_mentees)]
    found += [Element(Kind.PLACE, j=j) for j in range(problem.n_mentors)]
    if problem.pool_capacity is not None:
        found += [Element(Kind.POOL, j=p) for p in range(len(problem.pool_capacity))]
    if np.isfinite(problem.max_matches):
        found.append(Element(Kind.PROGRAMME))
    if problem.sponsorship_limit is not None:
        limited = np.flatnonzero(np.isfinite(problem.sponsorship_limit))
        found += [Element(Kind.SPONSORSHIP, j=int(j)) for j in limited]
    found += [Element(Kind.PAIR, int(i), int(j)) for i, j in np.argwhere(obstacles.ruled)]
    found += [Element(Kind.CLOSED, j=int(j)) for j in np.flatnonzero(obstacles.if_open.any(axis=0))]
    return found + [Element(Kind.FIXED, i, j) for i, j in problem.required.tolist()]


def can_hold(
    problem: Problem,
    obstacles: Obstacles,
    in_force: Iterable[Element],
    raised: Counter[Element] | None = None,
    lifted: Iterable[tuple[int, int]] = (),
) -> bool:
    """Return whether some choice of mentors keeps to everything in force.

    `raised` adds places to limits and `lifted` pairs to those that are allowed.
    """
    force, more = frozenset(in_force), raised or Counter()
    fixed = [(e.i, e.j) for e in force if e.kind is Kind.FIXED]
    people = [e.i for e in force if e.kind is Kind.MENTEE and e.i not in {i for i, _ in fixed}]
    ways = [
        [
            j
            for j in range(problem.n_mentors)
            if obstacles.allowed[i, j]
            or (i, j) in lifted
            or (obstacles.ruled[i, j] and Element(Kind.PAIR, i, j) not in force)
            or (obstacles.if_open[i, j] and Element(Kind.CLOSED, j=j) not in force)
        ]
        for i in people
    ]
    return any(
        _within(problem, obstacles, force, more, [*fixed, *zip(people, chosen, strict=True)])
        for chosen in product(*ways)
    )


def _within(
    problem: Problem,
    obstacles: Obstacles,
    force: frozenset[Element],
    more: Counter[Element],
    pairs: list[tuple[int, int]],
) -> bool:
    used: Counter[Element] = Counter()
    for i, j in pairs:
        used[Element(Kind.PLACE, j=j)] += 1
        used[Element(Kind.PROGRAMME)] += 1
        if problem.pool is not None and problem.pool[j] >= 0:
            used[Element(Kind.POOL, j=int(problem.pool[j]))] += 1
        if obstacles.sponsored[i, j]:
            used[Element(Kind.SPONSORSHIP, j=j)] += 1
    return all(
        used[e] <= _held(problem, e) + more[e] for e in force if e.kind in LIMITS and used[e]
    )


def _held(problem: Problem, limit: Element) -> float:
    if limit.kind is Kind.PLACE:
        return float(problem.capacity[limit.j])
    if limit.kind is Kind.POOL:
        return float(problem.pool_capacity[limit.j])
    if limit.kind is Kind.SPONSORSHIP:
        return float(problem.sponsorship_limit[limit.j])
    return float(problem.max_matches)


def is_irreducible(problem: Problem, obstacles: Obstacles, conflict: frozenset[Element]) -> bool:
    """Return whether a set cannot hold, and can without any one of its elements."""
    return not can_hold(problem, obstacles, conflict) and all(
        can_hold(problem, obstacles, conflict - {element}) for element in conflict
    )


def smallest_size(problem: Problem, obstacles: Obstacles, person: int, most: int) -> int | None:
    """Return the size of the smallest irreducible conflict about a person, at most `most`."""
    own = Element(Kind.MENTEE, person)
    others = [e for e in all_elements(problem, obstacles) if e != own]
    for size in range(most):
        for rest in combinations(others, size):
            if not can_hold(problem, obstacles, {own, *rest}) and can_hold(
                problem, obstacles, rest
            ):
                return size + 1
    return None


def single_changes(problem: Problem, obstacles: Obstacles) -> Iterator[tuple[float, Element]]:
    """Yield every single change with its cost."""
    for element in all_elements(problem, obstacles):
        if element.kind in LIMITS:
            yield 1.0, element
    for i, j in np.argwhere(np.isfinite(obstacles.lift)).tolist():
        yield float(obstacles.lift[i, j]), Element(Kind.PAIR, i, j)


def helps(
    problem: Problem, obstacles: Obstacles, people: Iterable[int], changes: Iterable[Element]
) -> bool:
    """Return whether after some changes all of some people can have a mentor."""
    changed = list(changes)
    force = [e for e in all_elements(problem, obstacles) if e.kind is not Kind.MENTEE]
    kept = [e for e in force if not (e in changed and e.kind in (Kind.CLOSED, Kind.FIXED))]
    raised = Counter(e for e in changed if e.kind in LIMITS)
    lifted = [(e.i, e.j) for e in changed if e.kind is Kind.PAIR]
    wanted = [Element(Kind.MENTEE, i) for i in people]
    return can_hold(problem, obstacles, [*kept, *wanted], raised, lifted)
