"""Conflicts and remedies by trying everything: for a handful of people only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import combinations, product

import numpy as np

from matcher.explain.unplaced.obstacles import Element, ElementKind, Obstacles
from matcher.problem.problem import Problem
from matcher.problem.rules.max_matches import MaxMatches
from matcher.problem.rules.one_role import OneRole
from matcher.problem.rules.pools import Pools
from matcher.problem.rules.sponsorship_limit import SponsorshipLimit

LIMITS = ("place", "pool", "programme", "sponsorship")


def all_elements(problem: Problem, obstacles: Obstacles) -> list[Element]:
    """Return everything that can be in a conflict."""
    found = [Element(ElementKind.MENTEE, i) for i in range(problem.n_mentees)]
    found += [Element("place", j=j) for j in range(problem.n_mentors)]
    for pools in problem.rules_of(Pools):
        found += [Element("pool", j=p) for p in range(len(pools.most))]
    if problem.rules_of(MaxMatches):
        found.append(Element("programme", j=0))
    for rule in problem.rules_of(SponsorshipLimit):
        limited = np.flatnonzero(np.isfinite(rule.most))
        found += [Element("sponsorship", j=int(j)) for j in limited]
    found += [Element(ElementKind.PAIR, int(i), int(j)) for i, j in np.argwhere(obstacles.ruled)]
    found += [
        Element(ElementKind.CLOSED, j=int(j)) for j in np.flatnonzero(obstacles.if_open.any(axis=0))
    ]
    return found + [Element(ElementKind.FIXED, i, j) for i, j in problem.required.tolist()]


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
    fixed = [(e.i, e.j) for e in force if e.kind is ElementKind.FIXED]
    people = [
        e.i for e in force if e.kind is ElementKind.MENTEE and e.i not in {i for i, _ in fixed}
    ]
    ways = [
        [
            j
            for j in range(problem.n_mentors)
            if obstacles.allowed[i, j]
            or (i, j) in lifted
            or (obstacles.ruled[i, j] and Element(ElementKind.PAIR, i, j) not in force)
            or (obstacles.if_open[i, j] and Element(ElementKind.CLOSED, j=j) not in force)
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
        used[Element("place", j=j)] += 1
        used[Element("programme", j=0)] += 1
        for pools in problem.rules_of(Pools):
            if pools.pool[j] >= 0:
                used[Element("pool", j=int(pools.pool[j]))] += 1
        if obstacles.sponsored[i, j] or obstacles.would_sponsor[i, j]:
            used[Element("sponsorship", j=j)] += 1
    return all(
        used[e] <= _held(problem, e) + more[e] for e in force if e.kind in LIMITS and used[e]
    )


def _held(problem: Problem, limit: Element) -> float:
    if limit.kind == "place":
        return float(problem.capacity[limit.j])
    if limit.kind == "pool":
        return float(problem.rules_of(Pools)[0].most[limit.j])
    if limit.kind == "sponsorship":
        return float(problem.rules_of(SponsorshipLimit)[0].most[limit.j])
    return float(problem.rules_of(MaxMatches)[0].most[0])


def is_irreducible(problem: Problem, obstacles: Obstacles, conflict: frozenset[Element]) -> bool:
    """Return whether a set cannot hold, and can without any one of its elements."""
    return not can_hold(problem, obstacles, conflict) and all(
        can_hold(problem, obstacles, conflict - {element}) for element in conflict
    )


def smallest_size(problem: Problem, obstacles: Obstacles, person: int, most: int) -> int | None:
    """Return the size of the smallest irreducible conflict about a person, at most `most`."""
    own = Element(ElementKind.MENTEE, person)
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
        yield float(obstacles.lift[i, j]), Element(ElementKind.PAIR, i, j)


def helps(
    problem: Problem, obstacles: Obstacles, people: Iterable[int], changes: Iterable[Element]
) -> bool:
    """Return whether after some changes all of some people can have a mentor."""
    changed = list(changes)
    force = [e for e in all_elements(problem, obstacles) if e.kind is not ElementKind.MENTEE]
    kept = [
        e for e in force if not (e in changed and e.kind in (ElementKind.CLOSED, ElementKind.FIXED))
    ]
    raised = Counter(e for e in changed if e.kind in LIMITS)
    lifted = [(e.i, e.j) for e in changed if e.kind is ElementKind.PAIR]
    wanted = [Element(ElementKind.MENTEE, i) for i in people]
    return can_hold(problem, obstacles, [*kept, *wanted], raised, lifted)


def can_all_hold(
    problem: Problem, obstacles: Obstacles, in_force: Iterable[Element], changes: Iterable[Element]
) -> bool:
    """Return whether some choice keeps to everything in force, whatever kinds of items there are.

    Everybody has at most one item, so that limits of mentees and rules on sets do not matter.
    """
    force = frozenset(in_force) - {e for e in changes if e.kind not in LIMITS}
    raised = Counter(e for e in changes if e.kind in LIMITS)
    load = problem.scores.block(np.arange(problem.n_mentees)).load
    sides = () if problem.reciprocal is None else problem.reciprocal.sides
    ways: list[list[tuple[int, float, int]]] = []
    for i in range(problem.n_mentees):
        mine = [
            (j, 1.0 if load is None else float(load[i, j]), -1)
            for j in range(problem.n_mentors)
            if obstacles.allowed[i, j]
            or (np.isfinite(obstacles.lift[i, j]) and Element(ElementKind.PAIR, i, j) not in force)
        ]
        if sides:
            at = np.flatnonzero(sides[0] == i)
            mine += [(int(sides[1][k]), float(sides[3][k]), int(sides[4][k])) for k in at]
        if Element(ElementKind.MENTEE, i) not in force:
            mine.append((-1, 0.0, -1))
        ways.append(mine)
    return any(_all_within(problem, force, raised, chosen) for chosen in product(*ways))


def _all_within(
    problem: Problem,
    force: frozenset[Element],
    raised: Counter[Element],
    chosen: tuple[tuple[int, float, int], ...],
) -> bool:
    used: Counter[int] = Counter()
    both: Counter[int] = Counter()
    one_way = set()
    for i, (j, load, number) in enumerate(chosen):
        if j >= 0:
            used[j] += load
            both[number] += number >= 0
            one_way.add((i, j))
    if any(count == 1 for number, count in both.items() if number >= 0):
        return False
    own = problem.person_mentor
    for i, (j, _, number) in enumerate(chosen):
        if own is None or j < 0:
            continue
        other = np.flatnonzero(own == j)
        if number < 0 and len(other) and own[i] >= 0 and (int(other[0]), int(own[i])) in one_way:
            return False
        serves = own[i] >= 0 and used[int(own[i])] > 0
        alone = any(rule.own[i] >= 0 for rule in problem.rules_of(OneRole))
        if alone and serves and Element("other_role", i) in force:
            return False
    most = 1.0 if not len(used) else max(load for _, load, _ in chosen)
    room = max(1.0, most)
    return all(
        used[j] <= problem.capacity[j] + room * raised[Element("place", j=j)] + 1e-9
        for j in used
        if Element("place", j=j) in force
    )
