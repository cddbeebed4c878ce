"""The oracle: every assignment of a tiny problem, in plain Python, straight from the definition.

It shares no code with the solver or with ``portfolio.value``; only `Problem` is read.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from matcher.problem.problem import Problem
from matcher.problem.rules.approach_seats import ApproachSeat
from matcher.problem.rules.max_matches import MaxMatches
from matcher.problem.rules.mentor_minimum import MentorMinimum
from matcher.problem.rules.one_role import OneRole
from matcher.problem.rules.pools import Pools
from matcher.problem.rules.seats import SeatRule
from matcher.problem.rules.sponsorship_limit import SponsorshipLimit

TOLERANCE = 1e-9


@dataclass(frozen=True)
class Item:
    """A mentor of one mentee, one way (number -1) or as one side of a reciprocal pair."""

    mentee: int
    mentor: int
    number: int
    score: float
    load: float
    sponsored: bool


@dataclass(frozen=True)
class Best:
    """The lexicographic optimum."""

    tiers: tuple[float, ...]
    welfare: float
    items: tuple[Item, ...]


def items_of(problem: Problem, i: int) -> list[Item]:
    """Return the items that mentee i may have."""
    block = problem.scores.block(np.array([i]))
    found = []
    for j in range(problem.n_mentors):
        if block.score[0, j] > -math.inf:
            load = 1.0 if block.load is None else float(block.load[0, j])
            sponsored = block.sponsored is not None and bool(block.sponsored[0, j])
            found.append(Item(i, j, -1, float(block.score[0, j]), load, sponsored))
    others = problem.fallback
    for k in range(0 if others is None else len(others.mentee)):
        if others.mentee[k] == i:
            score, load = float(others.score[k]), float(others.load[k])
            sponsored = bool(others.sponsored[k])
            found.append(Item(i, int(others.mentor[k]), -2, score, load, sponsored))
    both = problem.reciprocal
    for r in range(0 if both is None else len(both.mentee_a)):
        if both.mentee_a[r] == i:
            a = int(both.mentor_b[r]), float(both.score_a[r]), float(both.load_a[r])
            found.append(Item(i, a[0], r, a[1], a[2], False))
        if both.mentee_b[r] == i:
            b = int(both.mentor_a[r]), float(both.score_b[r]), float(both.load_b[r])
            found.append(Item(i, b[0], r, b[1], b[2], False))
    return found


def value(problem: Problem, i: int, chosen: tuple[Item, ...]) -> float:
    """Return V_i of a set."""
    if not chosen:
        return 0.0
    total = sum(item.score for item in chosen) - problem.min_gain * (len(chosen) - 1)
    if problem.needs is not None and problem.offers is not None:
        for f, need in enumerate(problem.needs[i].tolist()):
            held = [0.0, 0.0]
            if problem.held_best is not None:
                held[0] = float(problem.held_best[i, f])
            if problem.held_second is not None:
                held[1] = float(problem.held_second[i, f])
            r = problem.second_cover
            offers = [float(problem.offers[item.mentor, f]) for item in chosen]
            best, second, *_ = sorted([*offers, *held], reverse=True)
            before = min(1.0, max(held) + r * min(held))
            total += need * (min(1.0, best + r * second) - before)
    for a, b in combinations(chosen, 2):
        if is_like(problem, a.mentor, b.mentor):
            total -= problem.redundancy
    return total


def is_like(problem: Problem, a: int, b: int) -> bool:
    """Whether two mentors are alike."""
    if problem.like is None:
        return False
    if problem.like.ndim == 2:
        return bool(problem.like[a, b])
    return bool(problem.like[a] == problem.like[b] and problem.like[a] >= 0)


def utility(problem: Problem, v: float) -> float:
    """Return U(V)."""
    a = problem.fairness
    if a in (0.0, "max-min"):
        return v
    e = 0.01
    if a == 1.0:
        return math.log((max(v, 0.0) + e) / e)
    return ((max(v, 0.0) + e) ** (1 - a) - e ** (1 - a)) / (1 - a)


def portfolios(problem: Problem, i: int) -> list[tuple[Item, ...]]:
    """Return every set that mentee i alone may have."""
    items = items_of(problem, i)
    must = {(j, -1) for k, j in problem.required.tolist() if k == i}
    must |= {
        (item.mentor, item.number)
        for item in items
        if item.number >= 0 and item.number in problem.required_reciprocal.tolist()
    }
    found = []
    for size in range(int(problem.limit[i]) + 1):
        for chosen in combinations(items, size):
            mentors = {item.mentor for item in chosen}
            held = {(item.mentor, item.number) for item in chosen}
            if len(mentors) == size and must <= held and keeps_rules(problem, i, chosen):
                found.append(chosen)
    return found


def keeps_rules(problem: Problem, i: int, chosen: tuple[Item, ...]) -> bool:
    """Whether a set obeys the rules of portfolios."""
    if not chosen:
        return True
    for rule in problem.rules_of(SeatRule):
        codes = [code_of(rule, i, item.mentor, item.number) for item in chosen]
        counted = [code for code in codes if code >= 0]
        if len(counted) < rule.least or any(counted.count(c) > rule.most for c in counted):
            return False
    return True


def code_of(rule: SeatRule, i: int, j: int, number: int = -1) -> int:
    """Return what an item counts as for a mentee in a rule on seats, -1 for nothing."""
    if isinstance(rule, ApproachSeat):
        bit = {-1: 1, -2: 2}.get(number, 4)
        return 0 if int(rule.ways[i, j]) & bit else -1
    home, other = int(rule.mentee_home[i]), int(rule.mentor_home[j])
    return int(rule.at_home[j] if home == other and home >= 0 else rule.away[j])


def is_feasible(problem: Problem, chosen: list[tuple[Item, ...]]) -> bool:
    """Whether portfolios fit together."""
    items = [item for portfolio in chosen for item in portfolio]
    most = min((rule.most[0] for rule in problem.rules_of(MaxMatches)), default=math.inf)
    if len(items) > most or not has_room(problem, chosen):
        return False
    numbers = [item.number for item in items if item.number >= 0]
    if any(numbers.count(number) != 2 for number in numbers):
        return False
    one_way = {(item.mentee, item.mentor) for item in items if item.number < 0}
    own = problem.person_mentor
    if own is None:
        return True
    for i, j in one_way:
        others = [k for k in range(problem.n_mentees) if own[k] == j]
        if own[i] >= 0 and any((k, int(own[i])) in one_way for k in others):
            return False
    return True


def has_room(problem: Problem, chosen: list[tuple[Item, ...]]) -> bool:
    """Whether mentors, pools and sponsors have the places."""
    items = [item for portfolio in chosen for item in portfolio]
    for j in range(problem.n_mentors):
        mine = [item for item in items if item.mentor == j]
        use = sum(item.load for item in mine)
        for rule in problem.rules_of(OneRole):
            for i, portfolio in enumerate(chosen):
                if rule.own[i] == j and portfolio:
                    use += float(problem.capacity[j])
        if use > problem.capacity[j] + TOLERANCE:
            return False
        for limits in problem.rules_of(SponsorshipLimit):
            if sum(item.sponsored for item in mine) > limits.most[j]:
                return False
    for pools in problem.rules_of(Pools):
        for p, places in enumerate(pools.most.tolist()):
            use = sum(item.load for item in items if pools.pool[item.mentor] == p)
            if use > places + TOLERANCE:
                return False
    return True


def tiers(problem: Problem, chosen: list[tuple[Item, ...]]) -> tuple[float, ...]:
    """Return what is achieved at each tier."""
    goals = problem.tiers
    if goals is None:
        return ()
    levels = sorted(set(goals.priority.tolist()))
    everyone = range(problem.n_mentees)
    found = []
    for c in levels:
        mine = [i for i in everyone if goals.priority[i] == c]
        found.append(float(sum(bool(chosen[i]) for i in mine)))
    if goals.waiting is not None:
        for c in levels:
            mine = [i for i in everyone if goals.priority[i] == c]
            found.append(float(sum(int(goals.waiting[i]) for i in mine if chosen[i])))
    if goals.choices is not None:
        points = goals.choices.toarray()
        for c in levels:
            mine = [i for i in everyone if goals.priority[i] == c]
            found.append(float(sum(points[i, item.mentor] for i in mine for item in chosen[i])))
    if goals.minimum is not None:
        for c in levels:
            mine = [i for i in everyone if goals.priority[i] == c]
            found.append(float(sum(min(len(chosen[i]), int(goals.minimum[i])) for i in mine)))
    return tuple(found)


def welfare(problem: Problem, chosen: list[tuple[Item, ...]]) -> float:
    """Return the objective below the tiers."""
    kept = {(i, j) for i, j in problem.kept_pairs.tolist()}
    total = 0.0
    for i, portfolio in enumerate(chosen):
        total += utility(problem, value(problem, i, portfolio))
        total += problem.kept_bonus * sum((i, item.mentor) in kept for item in portfolio)
    for rule in problem.rules_of(MentorMinimum):
        for j in range(problem.n_mentors):
            use = sum(item.load for portfolio in chosen for item in portfolio if item.mentor == j)
            total -= rule.each * max(0.0, float(rule.least[j]) - use)
    return total


def assignments(problem: Problem) -> Iterator[list[tuple[Item, ...]]]:
    """Yield every feasible assignment."""
    choices = [portfolios(problem, i) for i in range(problem.n_mentees)]

    def extend(chosen: list[tuple[Item, ...]]) -> Iterator[list[tuple[Item, ...]]]:
        if len(chosen) == len(choices):
            if is_feasible(problem, chosen):
                yield chosen
            return
        for portfolio in choices[len(chosen)]:
            longer = [*chosen, portfolio]
            if has_room(problem, longer):
                yield from extend(longer)

    return extend([])


def best(problem: Problem) -> Best | None:
    """Return the lexicographic optimum, None if nothing is feasible."""
    found: Best | None = None
    for chosen in assignments(problem):
        reached, total = tiers(problem, chosen), welfare(problem, chosen)
        if found is None or (reached, total) > (found.tiers, found.welfare):
            items = tuple(item for portfolio in chosen for item in portfolio)
            found = Best(reached, total, items)
    return found
