"""Who could move where: the residual network of first places, and what cannot be left in it.

A unit of flow is somebody's place: mentee -> mentor (through the mentor's sponsorships, where the
pair is one) -> pool -> programme. From somebody without a mentor, the nodes that the residual
network reaches are all people and places that could make room; where they cannot, they are a
conflict. From the nodes that reach a free place, one relaxed arc is enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Bools, Floats, Positions
from matcher.explain.unplaced.obstacles import Obstacles
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
    ) -> Residual:
        """Build the network of the matches `pairs` (k, 2), some of them `fixed` (k,)."""
        i, j = pairs[:, 0], pairs[:, 1]
        sponsored = obstacles.sponsored[i, j]
        items = Used(i, j, load, sponsored.astype(np.float64), np.full(len(i), -1))
        free, noun = np.full(problem.n_mentors, np.inf), ""
        shared = []
        for limit in problem.limits:
            spare = _whole(limit.most - limit.used(items))
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
        last = self.levels[-1]
        found.levels[-1][:] |= last.spare >= 1
        for k in range(len(self.levels) - 2, -1, -1):
            level = self.levels[k]
            found.levels[k][:] |= (level.spare >= 1) & found.levels[k + 1][level.above]
        moved = found.mentee[self.mentee]
        found.mentor[self.mentor[moved & ~self.is_sponsored]] = True
        found.sponsor[self.mentor[moved & self.is_sponsored]] = True
        found.mentor[self.mentor[self.is_sponsored & found.sponsor[self.mentor]]] = True
        found.sponsor |= (self.spare_sponsor >= 1) & found.mentor


def _whole(places: Floats) -> Floats:
    return np.floor(places + 1e-9)
