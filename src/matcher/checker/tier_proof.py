"""Whether nothing could reach more in a tier: a cut, taken from the answer itself, proves it.

Of some mentees those without a mentor, all whom they could push aside, and the mentors whom all of
these could have are closed: nobody among them can have anybody else. So of the mentees no more can
be reached than are outside, and as many as those mentors have places (Hall; Koenig). By Hall's sets
for each length of waiting the days waited are bounded too, and with as many units as a mentee needs
at least also the last tier. There, and where loads, sponsorships or rules on portfolios bind as
well, the cut may be too weak, and of what people chose there is none: the tier is then called
unproved.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import present
from matcher.problem.problem import Bools, Floats, Ints, Problem
from matcher.problem.rules.capacity import MentorPlaces

ALWAYS_CUT = ("reached", "waited")
"""Tiers that have a cut wherever places alone bind."""
CUT_SLACK = 1e-6
"""How far below its bound a proved tier may be."""


def unproved_tiers(
    problem: Problem, pairs: Ints, reached: Sequence[tuple[str, float]]
) -> tuple[str, ...]:
    """Return the tiers of an answer that no cut proves, in their order.

    Parameters
    ----------
    problem
        What was solved.
    pairs
        (k, 2) mentee and mentor of each match.
    reached
        Name and achieved value of each tier.
    """
    if not reached:
        return ()
    bounds = dict(_Cut(problem, pairs).bounds(dict(reached)))
    return tuple(name for name, value in reached if bounds.get(name, np.inf) > value + CUT_SLACK)


def surely_missed(problem: Problem, unproved: Iterable[str]) -> list[str]:
    """Return the tiers of an answer that could reach more: what is best has a cut that proves it.

    That is so of who is reached and how long they waited, where places alone bind.

    Parameters
    ----------
    problem
        What was solved.
    unproved
        Names from `unproved_tiers`.
    """
    cut = [name for name in unproved if name.partition(":")[0] in ALWAYS_CUT]
    return cut if cut and _places_alone_bind(problem) else []


def _places_alone_bind(problem: Problem) -> bool:
    places = all(isinstance(rule, MentorPlaces) for rule in problem.all_rules if rule.kind)
    first = problem.scores.block(np.zeros(min(1, problem.n_mentees), dtype=np.int64))
    bare = problem.reciprocal is None and first.load is None and not len(problem.required)
    return places and bare and not problem.portfolio_rules


@dataclass(frozen=True)
class _Cut:
    problem: Problem
    pairs: Ints

    @cached_property
    def size(self) -> Ints:
        """(n,) mentors of each mentee."""
        return np.bincount(self.pairs[:, 0], minlength=self.problem.n_mentees)

    @cached_property
    def _possible(self) -> tuple[NDArray[np.uint8], Floats]:
        """Who may be matched, eight pairs a byte, and how many matches each mentor has room for."""
        problem = self.problem
        lightest, packed = np.full(problem.n_mentors, np.inf), []
        both = problem.reciprocal
        for rows in problem.blocks(2_000_000):
            block = problem.scores.block(rows)
            allowed = np.isfinite(block.score)
            load = np.where(allowed, 1.0 if block.load is None else block.load, np.inf)
            lightest = np.minimum(lightest, load.min(axis=0, initial=np.inf))
            if both is not None:
                mentee, mentor, _, side_load, _ = both.sides
                here = np.flatnonzero((mentee >= rows[0]) & (mentee <= rows[-1]))
                allowed[mentee[here] - rows[0], mentor[here]] = True
                np.minimum.at(lightest, mentor[here], side_load[here])
            packed.append(np.packbits(allowed, axis=1))
        if problem.fallback is not None:
            np.minimum.at(lightest, problem.fallback.mentor, problem.fallback.load)
        most = np.full(problem.n_mentors, float(problem.n_mentees))
        room = problem.capacity / np.maximum(lightest, 1e-300)
        return np.concatenate(packed), np.minimum(most, np.floor(room + 1e-9))

    def _most(self, among: Bools, units: Ints) -> float:
        """Return how many units of some mentees can be met at most; `units` (n,) of each."""
        ways, room = self._possible
        mentee, mentor = self.pairs.T
        units = np.minimum(units, self.problem.limit)
        inside, before = among & (self.size < units), -1
        mentors = np.zeros(self.problem.n_mentors, dtype=bool)
        while before != inside.sum():
            before = int(inside.sum())
            reach = np.bitwise_or.reduce(ways[inside], axis=0)
            mentors = np.unpackbits(reach, count=len(mentors)).astype(bool)
            inside = inside.copy()
            inside[mentee[mentors[mentor]]] = True
            inside &= among
        return float(units[among & ~inside].sum() + room[mentors].sum())

    def bounds(self, reached: dict[str, float]) -> Iterator[tuple[str, float]]:
        """Yield each tier and the most that it can reach with those before it at `reached`."""
        tiers = present(self.problem.tiers)
        classes = sorted(set(tiers.priority.tolist()))
        one = np.ones(self.problem.n_mentees, dtype=np.int64)
        for k in classes:
            before = sum(reached[f"reached:{one_of}"] for one_of in classes if one_of < k)
            yield f"reached:{k}", self._most(tiers.priority <= k, one) - before
            if tiers.waiting is not None:
                yield f"waited:{k}", self._days(k, classes, reached)
            if tiers.minimum is not None:
                before = sum(reached[f"minimum:{one_of}"] for one_of in classes if one_of < k)
                yield f"minimum:{k}", self._most(tiers.priority <= k, tiers.minimum) - before

    def _days(self, k: int, classes: list[int], reached: dict[str, float]) -> float:
        """Return the most days that the reached mentees of a class can have waited in all."""
        tiers = present(self.problem.tiers)
        waiting, mine = present(tiers.waiting), tiers.priority == k
        steps = np.unique(np.append(waiting[mine], 0.0))
        one, days = np.ones(len(mine), dtype=np.int64), 0.0
        for low, high in itertools.pairwise(steps.tolist()):
            long = mine & (waiting >= high)
            count = float(long.sum())
            for others in (tiers.priority < k, ~mine):
                held = sum(reached[f"reached:{c}"] for c in set(tiers.priority[others].tolist()))
                count = min(count, self._most(others | long, one) - held)
            days += (high - low) * count
        return float(days)
