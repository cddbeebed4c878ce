"""Equal mentors as one type: what they are to every mentee is the same, and so is their price.

Mentors with the same scores, offers and label are grouped, by equality within a tolerance. A
portfolio may hold several of a type, each once. So a type is split into as many parts as a
portfolio may hold mentors, of as many places each (one more or less), and each part is one mentor:
who has places of some parts gets as many different mentors of the type. Nothing is lost by it.
"""

from dataclasses import dataclass, replace
from heapq import heapify, heapreplace
from typing import Self

import numpy as np

from matcher.arrays import present
from matcher.problem.problem import Assignment, Bools, Floats, Ints, ItemBlock, Problem, Scores
from matcher.solver.solution import DualRow, MethodAnswer

EQUAL = 1e-12
"""Share of the largest number by which equal ones may differ."""

FEWER = 0.8
"""Share of the mentors up to which parts of types are few enough to be worth it."""

LOOKED_AT = 64
"""Mentees who are looked at first: mentors who differ to them need no look at all the others."""


@dataclass(frozen=True)
class MentorTypes:
    """Mentors in parts of types."""

    part: Ints
    """(m,) part that each mentor belongs to."""
    leader: Ints
    """(p,) one mentor of each part, whom all of the type equal."""
    kind: Ints
    """(p,) type that each part belongs to."""
    places: Ints
    """(p,) places of its mentors together."""

    @classmethod
    def of(cls, problem: Problem) -> Self | None:
        """Return the types of a problem, None where too few mentors are equal."""
        if not _may_merge(problem):
            return None
        n, m = problem.scores.shape
        kind = _by_rows(present(problem.offers), np.zeros(m, dtype=np.int64))
        if problem.like is not None:
            kind = _by_rows(problem.like[:, None].astype(np.float64), kind)
        some = np.unique(np.linspace(0, n - 1, min(n, LOOKED_AT)).astype(np.int64))
        for rows in (some, *problem.blocks()):
            if int(kind.max()) + 1 > FEWER * m:
                return None
            kind = _by_rows(_columns(problem, rows), kind)
        return cls._parted(kind, np.floor(problem.capacity).astype(np.int64), problem.max_size)

    @classmethod
    def _parted(cls, kind: Ints, places: Ints, size: int) -> Self | None:
        part, start = np.empty(len(kind), dtype=np.int64), 0
        kinds: list[Ints] = []
        for number in range(int(kind.max()) + 1):
            mine = np.flatnonzero(kind == number)
            inside, count = _dealt(places[mine], min(size, len(mine)))
            part[mine] = start + inside
            kinds.append(np.full(count, number))
            start += count
        if start > FEWER * len(kind):
            return None
        leader = np.unique(part, return_index=True)[1]
        total = np.bincount(part, weights=places, minlength=start).astype(np.int64)
        return cls(part, leader, np.concatenate(kinds), total)

    def merged(self, problem: Problem) -> Problem:
        """Return the problem in which each part is one mentor."""
        like = problem.like
        return replace(
            problem,
            scores=_SomeMentors(problem.scores, self.leader),
            capacity=self.places.astype(np.float64),
            offers=present(problem.offers)[self.leader],
            like=None if like is None else like[self.leader],
            person_mentor=None,
        )

    def evened(self, prices: Floats) -> Floats:
        """Return prices of parts (p,) that are the same for all of a type: their mean."""
        total = np.bincount(self.kind, weights=prices)
        return np.asarray((total / np.bincount(self.kind))[self.kind])

    def of_mentors(self, problem: Problem, answer: MethodAnswer) -> MethodAnswer:
        """Return the answer on the problem as it was; `answer` is the one on the merged problem."""
        duals: list[DualRow] = []
        for row in answer.duals:
            if row.kind != "capacity":
                duals.append(row)
            elif not int(row.id):
                price = np.array([r.dual for r in answer.duals if r.kind == "capacity"])
                held = zip(problem.capacity.tolist(), price[self.part].tolist(), strict=True)
                duals += [DualRow(row.kind, str(j), *both) for j, both in enumerate(held)]
        found, prices = answer.assignment, answer.prices
        return replace(
            answer,
            assignment=None if found is None else self._dealt_out(problem, found),
            duals=tuple(duals),
            prices=None if prices is None else prices[self.part],
            statistics={**answer.statistics, "types": float(self.kind.max() + 1)},
        )

    def _dealt_out(self, problem: Problem, found: Assignment) -> Assignment:
        """Give each who has a place of a part one of its mentors."""
        pairs = found.pairs.copy()
        by_part = np.argsort(pairs[:, 1], kind="stable")
        part = pairs[by_part, 1]
        rank = np.arange(len(part)) - np.searchsorted(part, part)
        mentor = np.argsort(self.part, kind="stable")
        place = np.repeat(mentor, np.floor(problem.capacity[mentor]).astype(np.int64))
        pairs[by_part, 1] = place[np.searchsorted(self.part[place], part) + rank]
        return Assignment.of(pairs)


@dataclass(frozen=True)
class _SomeMentors:
    """Some mentors of another source."""

    source: Scores
    mentors: Ints

    @property
    def shape(self) -> tuple[int, int]:
        """All mentees and these mentors."""
        return self.source.shape[0], len(self.mentors)

    def block(self, rows: Ints) -> ItemBlock:
        """Return the items of mentees `rows` with these mentors."""
        return ItemBlock(self.source.block(rows).score[:, self.mentors])


def _may_merge(problem: Problem) -> bool:
    """Whether nothing but scores, offers, labels and places tells mentors apart."""
    people = problem.person_mentor
    labels = problem.like is None or problem.like.ndim == 1
    whole = np.array_equal(problem.capacity, np.floor(problem.capacity))
    bare = not (problem.rules or len(problem.listed[0]) or len(problem.required))
    bare = bare and (problem.tiers is None or problem.tiers.choices is None)
    bare = bare and not len(problem.kept_pairs) and (people is None or bool((people < 0).all()))
    if not (bare and labels and whole and problem.offers is not None and problem.n_mentees):
        return False
    block = problem.scores.block(np.zeros(1, dtype=np.int64))
    return block.load is None and block.sponsored is None


def _columns(problem: Problem, rows: Ints) -> Floats:
    """Return what each mentor is to some mentees: (m, b), inf where not allowed."""
    score = problem.scores.block(rows).score
    return np.asarray(np.where(np.isfinite(score), score, np.inf).T)


def _by_rows(values: Floats, kind: Ints) -> Ints:
    """Split kinds (m,) by rows of values (m, c), which are alike where all entries are equal.

    Rows that are equal have equal sums of their entries times random numbers, so that neighbours in
    that order are compared with the first of their kind.
    """
    known = np.where(np.isfinite(values), values, -1e3 * max(1.0, _largest(values)))
    sums = known @ np.random.default_rng(0).random(values.shape[1])
    order = np.lexsort((sums, kind))
    slack = EQUAL * max(1.0, _largest(values))
    near = np.diff(sums[order]) <= slack * values.shape[1]
    near &= kind[order][1:] == kind[order][:-1]
    found, count, first = np.empty(len(kind), dtype=np.int64), -1, 0
    is_new = np.append(True, ~near)
    for place, begins in zip(order.tolist(), is_new.tolist(), strict=True):
        if begins or np.abs(known[place] - known[first]).max(initial=0.0) > slack:
            count, first = count + 1, place
        found[place] = count
    return found


def _largest(values: Floats) -> float:
    is_known: Bools = np.isfinite(values)
    return float(np.abs(values, where=is_known, out=np.zeros(values.shape)).max(initial=0.0))


def _dealt(places: Ints, count: int) -> tuple[Ints, int]:
    """Deal mentors with places (k,) to `count` parts of as many places; return each one's part.

    Where parts would differ by more than one place, what portfolios can hold of them is another
    question, and each mentor stays a part of its own.
    """
    heap = [(0, 0, part) for part in range(count)]
    heapify(heap)
    inside = np.empty(len(places), dtype=np.int64)
    for mentor in np.argsort(-places, kind="stable").tolist():
        total, members, part = heap[0]
        inside[mentor] = part
        heapreplace(heap, (total + int(places[mentor]), members + 1, part))
    totals = [total for total, _, _ in heap]
    if max(totals) - min(totals) > 1:
        return np.arange(len(places)), len(places)
    return inside, count
