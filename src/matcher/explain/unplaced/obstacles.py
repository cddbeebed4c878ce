"""What stands in people's way: the elements of conflicts, and pairs as far as places go.

Also what lifting each obstacle costs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Bools, Floats, Positions
from matcher.features.base import Block
from matcher.problem.instance import Instance
from matcher.scoring.approaches import CODES, NOT_ALLOWED
from matcher.scoring.eligibility import GONE, Ban
from matcher.vocabulary import Approach


class ElementKind(StrEnum):
    """What an element of a conflict is beside rules; most can be relaxed, and mean that then."""

    MENTEE = "mentee"
    """Somebody who needs a mentor."""
    CLOSED = "closed"
    """A mentor who takes no part; relaxed: who does."""
    PAIR = "pair"
    """Two people who may not be matched; relaxed: who may."""
    FIXED = "fixed"
    """A pair that is made whatever happens; relaxed: released."""


@dataclass(frozen=True, order=True)
class Element:
    """One thing by position: a mentee `i`, a mentor or a rule's row `j`, or a pair."""

    kind: str
    """An `ElementKind`, or the noun of a rule."""
    i: int = -1
    j: int = -1

    @property
    def at(self) -> int:
        """The row or mentee of a rule's element."""
        return self.j if self.i < 0 else self.i


@dataclass(frozen=True, eq=False)
class Conflict:
    """People and rules that cannot all hold; without any one of them the others can.

    Thousands of people may have one each, of thousands of elements: they are held as positions.
    """

    positions: Mapping[str, NDArray[np.int32]]
    """By kind `i` and `j` of its elements, in order: (k, 2)."""
    smallest: bool
    """Whether no conflict with fewer elements concerns the person; else only none inside it."""

    @classmethod
    def made_of(cls, elements: Iterable[Element], *, smallest: bool = False) -> Self:
        """Return the conflict of some elements."""
        found: dict[str, list[tuple[int, int]]] = {}
        for element in sorted(elements):
            found.setdefault(element.kind, []).append((element.i, element.j))
        rows = {kind: np.array(held, dtype=np.int32) for kind, held in found.items()}
        return cls(rows, smallest)

    def __len__(self) -> int:
        """Return how many elements it has."""
        return sum(map(len, self.positions.values()))

    def part(self, kind: str) -> NDArray[np.int32]:
        """Return `i` and `j` of the elements of a kind in order of positions: (k, 2)."""
        return self.positions.get(kind, _NONE)

    def of(self, kind: str) -> list[Element]:
        """Return the elements of a kind in order of positions."""
        return [Element(kind, i, j) for i, j in self.part(kind).tolist()]

    def rows(self, noun: str) -> list[int]:
        """Return the rows (or mentees) of a rule's elements in order."""
        i, j = self.positions.get(noun, _NONE).T
        found: list[int] = np.where(i < 0, j, i).tolist()
        return found

    @property
    def mentees(self) -> Positions:
        """Positions of the mentees who are in it, in order."""
        return self.positions.get(ElementKind.MENTEE, _NONE)[:, 0].astype(np.int64)

    @property
    def against(self) -> tuple[tuple[str, bytes], ...]:
        """What stands against the mentees: all but themselves, to be compared."""
        rest = self.positions.keys() - {ElementKind.MENTEE}
        return tuple((kind, self.positions[kind].tobytes()) for kind in sorted(rest))

    @property
    def elements(self) -> frozenset[Element]:
        """All of its elements."""
        return frozenset(element for kind in self.positions for element in self.of(kind))


_NONE = np.empty((0, 2), dtype=np.int32)


@dataclass(frozen=True)
class Remedy:
    """Changes that together let one more person have a mentor, with everybody else keeping one."""

    changes: tuple[Element, ...]
    cost: float
    """One for a place, more for what somebody has to be asked or somebody decided."""


PAIRS_AT_MOST = 25_000_000
"""Pairs up to which people's ways to a place are looked for."""

ASKED, DECIDED, END_UNDER_WAY = 2.0, 3.0, 4.0
"""Cost of asking somebody to accept more, of undoing what somebody decided, of ending a pair.

One more place costs 1. These order remedies, they measure nothing.
"""

NEVER_LIFTED = int(Ban.SELF)


@dataclass(frozen=True)
class Obstacles:
    """Pairs of n mentees and m mentors, by what stands against them; all (n, m) or (m,)."""

    allowed: Bools
    """Pairs that can be matched one way."""
    sponsored: Bools
    """Allowed pairs that would be a sponsorship."""
    would_sponsor: Bools
    """The same of pairs that are not allowed and could be: lifting them takes a sponsorship."""
    ruled: Bools
    """Pairs that somebody's rule, veto, decision or history alone keeps apart."""
    lift: NDArray[np.float32]
    """What letting a pair be matched costs; inf for pairs that are allowed or never can be."""
    closed: Bools
    """Mentors who take no part now, and could."""
    if_open: Bools
    """Pairs with closed mentors that would be allowed if the mentor took part."""

    @cached_property
    def ruled_pairs(self) -> NDArray[np.int32]:
        """(k, 2) the pairs that are `ruled`, in order."""
        return np.argwhere(self.ruled).astype(np.int32)

    @cached_property
    def could_open(self) -> Positions:
        """Closed mentors with whom some pair would be allowed."""
        return np.flatnonzero(self.if_open.any(axis=0))


def read_obstacles(instance: Instance) -> Obstacles:
    """Look at all pairs of a cohort; the caller keeps to `PAIRS_AT_MOST`."""
    candidates, problem = instance.candidates, instance.problem
    eligibility = candidates.eligibility
    shape = problem.n_mentees, problem.n_mentors
    closed = np.array([bool(why) for why in eligibility.mentor_gate.reason], dtype=bool)
    returning = closed & (np.array(eligibility.mentor_gate.reason, dtype=object) != GONE)
    taking_part = eligibility.mentee_gate.is_open
    allowed, sponsored, would, ruled, if_open = (np.zeros(shape, dtype=bool) for _ in range(5))
    lift = np.full(shape, np.inf, dtype=np.float32)
    for rows in problem.blocks():
        block, pairs = problem.scores.block(rows), Block(rows, problem.n_mentors)
        allowed[rows] = np.isfinite(block.score)
        if block.sponsored is not None:
            sponsored[rows] = block.sponsored & allowed[rows]
            if problem.fallback is not None:  # no sponsorship stands in their way
                place, row = problem.fallback.of_mentees(rows)
                sponsored[rows[row], problem.fallback.mentor[place]] = False
        flags = eligibility.bans.flags(pairs)
        approach = candidates.approaches.choose(pairs)
        fits = approach != NOT_ALLOWED
        apart = _attributes(instance, pairs)
        here = taking_part[rows][:, None] & (flags & NEVER_LIFTED == 0) & ~allowed[rows]
        ruled[rows] = here & (flags != 0) & fits & ~apart & ~closed
        if_open[rows] = here & (flags == 0) & fits & ~apart & returning
        cost = DECIDED * (flags != 0) + ASKED * ~fits + ASKED * apart
        lift[rows] = np.where(here & ~closed & (cost > 0), cost, np.inf)
        would[rows] = (approach == CODES[Approach.SPONSORSHIP]) & ~allowed[rows]
    return Obstacles(
        allowed, sponsored, would, ruled=ruled, lift=lift, closed=returning, if_open=if_open
    )


def _attributes(instance: Instance, pairs: Block) -> Bools:
    """Return which pairs the programme keeps apart by what the two answered: (b, m)."""
    eligibility = instance.candidates.eligibility
    apart = np.zeros(pairs.shape, dtype=bool)
    for rule in eligibility.different:
        code = pairs.mentee(rule.mentee)
        apart |= (code == pairs.mentor(rule.mentor)) & (code >= 0)
    for _, items in eligibility.needed:
        apart |= items.nothing_shared(pairs)
    return apart


def forced_cost(instance: Instance, i: Positions, j: Positions) -> Floats:
    """Return what releasing forced pairs costs: pairs under way more than rules."""
    m = max(1, instance.problem.n_mentors)
    locked = instance.candidates.locked
    return np.where(np.isin(i * m + j, locked[:, 0] * m + locked[:, 1]), END_UNDER_WAY, DECIDED)
