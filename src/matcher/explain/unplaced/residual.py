"""Who could move where: the residual network of first places, and what cannot be left in it.

A unit of flow is somebody's place: mentee -> mentor (through the mentor's sponsorships, where the
pair is one) -> pool -> programme. From somebody without a mentor, the nodes that the residual
network reaches are all people and places that could make room; where they cannot, they are a
conflict. From the nodes that reach a free place, one relaxed arc is enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matcher.explain.unplaced.obstacles import Obstacles
    from matcher.features.base import Bools, Floats, Positions
    from matcher.problem.problem import Problem


@dataclass
class Nodes:
    """A set of nodes of the network."""

    mentee: Bools
    sponsor: Bools
    mentor: Bools
    pool: Bools
    programme: bool = False

    @property
    def count(self) -> int:
        """How many nodes are in the set."""
        parts = (self.mentee, self.sponsor, self.mentor, self.pool)
        return sum(int(np.count_nonzero(part)) for part in parts) + self.programme

    def but(self, i: int) -> bytes:
        """Return what tells the set apart from others, mentee `i` aside."""
        mentee = self.mentee.copy()
        mentee[i] = False
        parts = (mentee, self.sponsor, self.mentor, self.pool)
        return b"".join(np.packbits(part).tobytes() for part in parts) + bytes([self.programme])


@dataclass(frozen=True)
class Network:
    """The network with the flow of an answer in it."""

    obstacles: Obstacles
    pool: Positions
    """(m,) pool of each mentor, the last one for mentors without."""
    spare: Floats
    """(m,) whole places that each mentor has left."""
    spare_sponsor: Floats
    spare_pool: Floats
    """(p + 1,) the last stands for no pool at all: never full."""
    spare_programme: float
    mentee: Positions
    """(k,) mentee of each match that may be moved."""
    mentor: Positions
    is_sponsored: Bools
    rich: Bools
    """(n,) mentees who would still have a mentor without any one that may be moved."""

    @classmethod
    def of(
        cls, problem: Problem, obstacles: Obstacles, pairs: Positions, load: Floats, fixed: Bools
    ) -> Network:
        """Build the network of the matches `pairs` (k, 2), some of them `fixed` (k,)."""
        n, m = problem.n_mentees, problem.n_mentors
        i, j = pairs[:, 0], pairs[:, 1]
        sponsored = obstacles.sponsored[i, j]
        pools = 0 if problem.pool_capacity is None else len(problem.pool_capacity)
        pool = np.full(m, pools, dtype=np.int64)
        if problem.pool is not None and pools:
            pool = np.where(problem.pool >= 0, problem.pool, pools)
        limited = np.zeros(0) if problem.pool_capacity is None else problem.pool_capacity
        full = np.append(limited, np.inf)
        limit = problem.sponsorship_limit
        limit = np.full(m, np.inf) if limit is None else limit
        size = np.bincount(i, minlength=n)
        return cls(
            obstacles=obstacles,
            pool=pool,
            spare=_whole(problem.capacity - np.bincount(j, weights=load, minlength=m)),
            spare_sponsor=_whole(limit - np.bincount(j, weights=sponsored, minlength=m)),
            spare_pool=_whole(full - np.bincount(pool[j], weights=load, minlength=pools + 1)),
            spare_programme=float(problem.max_matches) - len(pairs),
            mentee=i[~fixed],
            mentor=j[~fixed],
            is_sponsored=sponsored[~fixed],
            rich=size > 1,
        )

    def nothing(self) -> Nodes:
        """Return the empty set of nodes."""
        (n, m), p = self.obstacles.allowed.shape, len(self.spare_pool)
        mentee, sponsor, mentor, pool = (np.zeros(size, dtype=bool) for size in (n, m, m, p))
        return Nodes(mentee, sponsor, mentor, pool)

    def reached_from(self, i: int) -> Nodes:
        """Return everything that mentee `i` could use or push elsewhere."""
        found = self.nothing()
        found.mentee[i] = True
        fresh, before = found.mentee.copy(), -1
        ways, sponsored = self._packed
        while before != found.count:
            before = found.count
            found.mentor |= self._entered(ways, fresh)
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
        return np.unpackbits(merged, count=len(self.spare)).astype(bool)

    def _forward(self, found: Nodes) -> None:
        found.mentor |= found.sponsor & (self.spare_sponsor >= 1)
        up = found.mentor & (self.spare >= 1)
        found.pool[self.pool[up]] = True
        found.programme |= bool((found.pool & (self.spare_pool >= 1)).any())
        if found.programme:
            found.pool[self.pool[self.mentor]] = True
        back = found.pool[self.pool[self.mentor]]
        found.mentor[self.mentor[back]] = True
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
        pool = self.pool[self.mentor]
        found.programme |= self.spare_programme >= 1
        found.pool |= found.programme & (self.spare_pool >= 1)
        found.pool[pool[found.mentor[self.mentor]]] = True
        found.programme |= bool(found.pool[pool].any())
        moved = found.mentee[self.mentee]
        found.mentor[self.mentor[moved & ~self.is_sponsored]] = True
        found.sponsor[self.mentor[moved & self.is_sponsored]] = True
        found.mentor |= (self.spare >= 1) & found.pool[self.pool]
        found.mentor[self.mentor[self.is_sponsored & found.sponsor[self.mentor]]] = True
        found.sponsor |= (self.spare_sponsor >= 1) & found.mentor


def _whole(places: Floats) -> Floats:
    return np.floor(places + 1e-9)
