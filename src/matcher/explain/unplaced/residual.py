"""Who could move where: the residual network of first places, and what cannot be left in it.

A unit of flow is somebody's place: mentee -> mentor (through the mentor's sponsorships, where the
pair is one) -> pool -> programme. From somebody without a mentor, the nodes that the residual
network reaches are all people and places that could make room; where they cannot, they are a
conflict.

From what the network reaches from the person to what reaches a free place, one relaxed arc is
enough to make room for one more, with nobody else left without a mentor: one more place, one pair
that may be matched after all, one pair that is released. Where a pool or the programme is full as
well, both are relaxed together. The cheapest of these are the remedies.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Bools, Floats, Positions
from matcher.explain.unplaced.obstacles import (
    ASKED,
    Element,
    ElementKind,
    Obstacles,
    Remedy,
    forced_cost,
)
from matcher.problem.instance import Instance
from matcher.problem.problem import Problem
from matcher.problem.rules.limit import Unit
from matcher.problem.rules.rule import Used


@dataclass
class Nodes:
    """A set of nodes of the network."""

    mentee: Bools
    sponsor: Bools
    levels: tuple[Bools, ...]
    """Nodes of each limit, mentors' places first."""

    @property
    def mentor(self) -> Bools:
        """(m,) places of mentors."""
        return self.levels[0][: len(self.sponsor)]

    @property
    def count(self) -> int:
        """How many nodes are in the set."""
        return sum(map(np.count_nonzero, (self.mentee, self.sponsor, *self.levels)))

    def but(self, i: int) -> bytes:
        """Return what tells the set apart from others, mentee `i` aside."""
        mentee = self.mentee.copy()
        mentee[i] = False
        parts = (mentee, self.sponsor, *self.levels)
        return b"".join(np.packbits(part).tobytes() for part in parts)


@dataclass(frozen=True)
class Level:
    """The nodes of a limit, and one for each mentor, never full, for those who are not under it."""

    noun: str
    mentor: Positions
    """(m,) node of each mentor."""
    spare: Floats
    """(r + m,) whole places that each node has left."""
    above: Positions
    """(r + m,) node of the next level that each node leads to; the last level has none."""


@dataclass(frozen=True)
class Residual:
    """The network with the flow of an answer in it."""

    obstacles: Obstacles
    sponsorship: str
    """Noun of the limit of sponsorships."""
    spare_sponsor: Floats
    """(m,) whole sponsorships that each mentor has left."""
    levels: tuple[Level, ...]
    """What a match goes through, its mentor's places first."""
    mentee: Positions
    """(k,) mentee of each match that may be moved."""
    mentor: Positions
    is_sponsored: Bools
    rich: Bools
    """(n,) mentees who would still have a mentor without any one that may be moved."""

    @classmethod
    def of(
        cls, problem: Problem, obstacles: Obstacles, pairs: Positions, load: Floats, fixed: Bools
    ) -> Self:
        """Build the network of the matches `pairs` (k, 2), some of them `fixed` (k,)."""
        i, j = pairs[:, 0], pairs[:, 1]
        sponsored = obstacles.sponsored[i, j]
        items = Used(i, j, load, sponsored.astype(np.float64), np.full(len(i), -1))
        free, noun = np.full(problem.n_mentors, np.inf), ""
        shared = []
        for limit in problem.limits:
            spare = np.floor((limit.most - limit.used(items)) + 1e-9)
            if limit.unit is Unit.SPONSORSHIP:
                free, noun = spare, limit.noun
            else:
                shared.append((limit, spare))
        levels: tuple[Level, ...] = ()
        for limit, spare in reversed(shared):
            mentor = np.where(limit.group >= 0, limit.group, len(spare) + np.arange(len(free)))
            spare = np.concatenate([spare, np.full(len(free), np.inf)])
            above = np.zeros(len(spare), dtype=np.int64)
            if levels:
                above[mentor] = levels[0].mentor
            levels = (Level(limit.noun, mentor, spare, above), *levels)
        return cls(
            obstacles=obstacles,
            sponsorship=noun,
            spare_sponsor=free,
            levels=levels,
            mentee=i[~fixed],
            mentor=j[~fixed],
            is_sponsored=sponsored[~fixed],
            rich=np.bincount(i, minlength=problem.n_mentees) > 1,
        )

    def nothing(self) -> Nodes:
        """Return the empty set of nodes."""
        n, m = self.obstacles.allowed.shape
        levels = tuple(np.zeros(len(level.spare), dtype=bool) for level in self.levels)
        return Nodes(np.zeros(n, dtype=bool), np.zeros(m, dtype=bool), levels)

    @cached_property
    def _matched(self) -> list[Positions]:
        """The node of every match that may be moved, level by level: each (k,)."""
        return [level.mentor[self.mentor] for level in self.levels]

    def reached_from(self, i: int) -> Nodes:
        """Return everything that mentee `i` could use or push elsewhere."""
        found = self.nothing()
        found.mentee[i] = True
        fresh, before = found.mentee.copy(), -1
        ways, sponsored = self._packed
        while before != found.count:
            before = found.count
            found.mentor[:] |= self._entered(ways, fresh)
            if sponsored is not None:
                found.sponsor |= self._entered(sponsored, fresh)
            known = found.mentee.copy()
            self._forward(found)
            fresh = found.mentee & ~known
        return found

    @cached_property
    def _packed(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
        """Rows of ways to mentors and to sponsors, eight pairs a byte: many rows are merged."""
        allowed, sponsored = self.obstacles.allowed, self.obstacles.sponsored
        if not sponsored.any():
            return np.packbits(allowed, axis=1), None
        return np.packbits(allowed & ~sponsored, axis=1), np.packbits(sponsored, axis=1)

    def _entered(self, packed: NDArray[np.uint8], mentees: Bools) -> Bools:
        """Return which mentors some mentees have a way to: (m,)."""
        merged = np.bitwise_or.reduce(packed[mentees], axis=0)
        return np.unpackbits(merged, count=self.obstacles.allowed.shape[1]).astype(bool)

    def _forward(self, found: Nodes) -> None:
        found.mentor[:] |= found.sponsor & (self.spare_sponsor >= 1)
        for level, nodes, higher in zip(self.levels, found.levels, found.levels[1:], strict=False):
            higher[level.above[nodes & (level.spare >= 1)]] = True
        at = self._matched
        for k in range(len(self.levels) - 1, 0, -1):
            found.levels[k - 1][at[k - 1][found.levels[k][at[k]]]] = True
        given = found.mentor[self.mentor]
        found.sponsor[self.mentor[given & self.is_sponsored]] = True
        moved = np.where(self.is_sponsored, found.sponsor[self.mentor], given)
        found.mentee[self.mentee[moved]] = True

    def reaching_a_place(self) -> Nodes:
        """Return every node from which a free place can be got to."""
        found, before = self.nothing(), -1
        found.mentee |= self.rich
        allowed, sponsored = self.obstacles.allowed, self.obstacles.sponsored
        while before != found.count:
            before = found.count
            self._backward(found)
            entered = allowed[:, found.mentor] & ~sponsored[:, found.mentor]
            found.mentee |= entered.any(axis=1) | sponsored[:, found.sponsor].any(axis=1)
        return found

    def _backward(self, found: Nodes) -> None:
        at = self._matched
        for k in range(1, len(self.levels)):
            found.levels[k][at[k][found.levels[k - 1][at[k - 1]]]] = True
        found.levels[-1][:] |= self.levels[-1].spare >= 1
        for k in range(len(self.levels) - 2, -1, -1):
            level = self.levels[k]
            found.levels[k][:] |= (level.spare >= 1) & found.levels[k + 1][level.above]
        moved = found.mentee[self.mentee]
        found.mentor[self.mentor[moved & ~self.is_sponsored]] = True
        found.sponsor[self.mentor[moved & self.is_sponsored]] = True
        found.mentor[self.mentor[self.is_sponsored & found.sponsor[self.mentor]]] = True
        found.sponsor |= (self.spare_sponsor >= 1) & found.mentor


REMEDIES = 3
"""Remedies that are told."""

LIFTED = 20
"""Pairs, the cheapest ones, that are looked at as remedies."""

ROWS = 256
"""Mentees whose pairs are sorted at once."""


@dataclass(frozen=True)
class Climb:
    """What it takes from each mentor's places up to a free place."""

    network: Residual
    free: Nodes

    @cached_property
    def costs(self) -> list[Floats]:
        """How many limits have to be raised by one for each node, level by level."""
        found: list[Floats] = []
        for level, free in reversed(list(zip(self.network.levels, self.free.levels, strict=True))):
            beyond = found[0][level.above] if found else 0.0
            found.insert(0, np.where(free, 0.0, (level.spare < 1) + beyond))
        return found

    @property
    def cost(self) -> Floats:
        """How many limits have to be raised by one for each mentor: (m,)."""
        return self.costs[0][: len(self.free.sponsor)]

    @property
    def sponsor_cost(self) -> Floats:
        """The same for a match that would be a sponsorship: (m,)."""
        return np.where(self.free.sponsor, 0.0, (self.network.spare_sponsor < 1) + self.cost)

    @cached_property
    def lifted(self) -> tuple[Positions, Floats]:
        """(n, `LIFTED`) mentors of each mentee's cheapest pairs to allow, and what they take."""
        obstacles = self.network.obstacles
        found: list[tuple[Positions, Floats]] = []
        for first in range(0, len(obstacles.lift), ROWS):
            rows = slice(first, first + ROWS)
            above = np.where(obstacles.would_sponsor[rows], self.sponsor_cost, self.cost)
            cost = obstacles.lift[rows].astype(np.float64) + above
            few = np.argsort(cost, axis=1, kind="stable")[:, :LIFTED]
            found.append((few, np.take_along_axis(cost, few, axis=1)))
        mentors, costs = zip(*found, strict=True)
        return np.concatenate(mentors), np.concatenate(costs)

    def changes(self, node: int, *, first: int = 0, sponsored: bool = False) -> tuple[Element, ...]:
        """Return the limits that have to be raised for a node of level `first` and beyond."""
        raised = []
        if sponsored:
            if self.free.sponsor[node]:
                return ()
            if self.network.spare_sponsor[node] < 1:
                raised.append(Element(self.network.sponsorship, j=node))
        for level, free in zip(self.network.levels[first:], self.free.levels[first:], strict=True):
            if free[node]:
                break
            if level.spare[node] < 1:
                raised.append(Element(level.noun, j=node))
            node = int(level.above[node])
        return tuple(raised)


def remedies_of(instance: Instance, climb: Climb, reached: Nodes, prices: Floats) -> list[Remedy]:
    """Return the cheapest remedies for the person from whom `reached` was reached.

    At equal cost a place with the mentor of the highest price comes first: it adds most.
    """
    found = set(_raised(climb, reached, prices))
    if sum(remedy.cost < ASKED for remedy in found) < REMEDIES:
        found |= {
            *_lifted(climb, reached),
            *_opened(climb, reached),
            *_released(instance, reached, climb.free),
        }
    places = climb.network.levels[0].noun
    return sorted(found, key=lambda remedy: _rank(remedy, prices, places))[:REMEDIES]


def _rank(
    remedy: Remedy, prices: Floats, places: str
) -> tuple[float, int, float, tuple[Element, ...]]:
    first = remedy.changes[0]
    price = float(prices[first.j]) if first.kind == places else 0.0
    return remedy.cost, len(remedy.changes), -price, remedy.changes


def _raised(climb: Climb, reached: Nodes, prices: Floats) -> Iterator[Remedy]:
    network, cost = climb.network, climb.cost
    could = np.flatnonzero(reached.mentor & (cost > 0))
    best = could[np.lexsort((could, -prices[could], cost[could]))][:REMEDIES]
    for j in best.tolist():
        yield Remedy(climb.changes(j), float(cost[j]))
    for k, costs in enumerate(climb.costs[1:], 1):
        for node in np.flatnonzero(reached.levels[k] & (costs > 0)).tolist():
            yield Remedy(climb.changes(node, first=k), float(costs[node]))
    for j in np.flatnonzero(reached.sponsor & (network.spare_sponsor < 1)).tolist():
        full = Element(network.sponsorship, j=j)
        yield Remedy((full, *climb.changes(j)), 1.0 + float(cost[j]))


def _lifted(climb: Climb, reached: Nodes) -> Iterator[Remedy]:
    people = np.flatnonzero(reached.mentee)
    mentors, costs = (part[people] for part in climb.lifted)
    few = np.argsort(costs, axis=None, kind="stable")[:LIFTED]
    for a, k in zip(*np.unravel_index(few, costs.shape), strict=True):
        i, j, cost = int(people[a]), int(mentors[a, k]), float(costs[a, k])
        if np.isfinite(cost):
            sponsored = bool(climb.network.obstacles.would_sponsor[i, j])
            pair = Element(ElementKind.PAIR, i, j)
            yield Remedy((pair, *climb.changes(j, sponsored=sponsored)), cost)


def _opened(climb: Climb, reached: Nodes) -> Iterator[Remedy]:
    obstacles = climb.network.obstacles
    for j in obstacles.could_open.tolist():
        if_open = obstacles.if_open[:, j] & reached.mentee
        if if_open.any():
            only = bool(obstacles.would_sponsor[if_open, j].all())
            cost = (climb.sponsor_cost if only else climb.cost)[j]
            changes = (Element(ElementKind.CLOSED, j=j), *climb.changes(j, sponsored=only))
            yield Remedy(changes, ASKED + float(cost))


def _released(instance: Instance, reached: Nodes, free: Nodes) -> Iterator[Remedy]:
    """Yield the fixed pairs whose mentee has, or could find, somebody else."""
    forced = instance.problem.required
    helps = reached.mentor[forced[:, 1]] & free.mentee[forced[:, 0]]
    chosen = forced[helps]
    cost = forced_cost(instance, chosen[:, 0], chosen[:, 1])
    for (i, j), one in zip(chosen.tolist(), cost.tolist(), strict=True):
        yield Remedy((Element(ElementKind.FIXED, i, j),), one)
