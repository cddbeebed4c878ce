"""The optimisation problem, free of people and tables: arrays in, portfolios out.

A *portfolio* of mentee i is a set S of items, at most ``limit[i]`` of them and at most one a
mentor. An item is a mentor in one direction, or one side of a reciprocal pair. Its value is

``V_i(S) = sum score + sum_f needs_if min(1, best_f + second_cover * second_f) - cover held before
- redundancy * (like pairs in S) - min_gain * max(0, |S| - 1)``

where best and second run over the offers in S and over cover that mentee i holds already. The
welfare of a cohort is ``sum_i U(V_i) + kept bonuses - shortfall penalties`` (see `welfare`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

Fairness = float | Literal["max-min"]

UNLIMITED = np.inf


@dataclass(frozen=True)
class ItemBlock:
    """One-way items of some mentees (rows) with all mentors (columns)."""

    score: Floats
    """(b, m) contribution of each pair to V; -inf where the pair is not allowed."""
    load: Floats | None = None
    """(b, m) what the pair uses of the mentor's capacity; None: one place each."""
    sponsored: Bools | None = None
    """(b, m) whether the pair would be a sponsorship; None: none is."""

    @property
    def loads(self) -> Floats:
        """(b, m) what each pair uses, one place where no load is given."""
        return np.ones(self.score.shape) if self.load is None else self.load

    @property
    def sponsorships(self) -> Bools:
        """(b, m) which pairs would be sponsorships."""
        nothing = np.zeros(self.score.shape, dtype=bool)
        return nothing if self.sponsored is None else self.sponsored


class Scores(Protocol):
    """Where one-way items come from: dense arrays, sparse ones, or features computed on the fly."""

    @property
    def shape(self) -> tuple[int, int]:
        """Mentees and mentors."""

    def block(self, rows: Ints) -> ItemBlock:
        """Return the items of mentees `rows` (b,) with every mentor."""


@dataclass(frozen=True)
class ReciprocalPairs:
    """Pairs matched both ways or not at all; each array has shape (r,).

    The same two people stand as ``mentee_a`` / ``mentor_a`` and ``mentee_b`` / ``mentor_b``. The
    item in a's portfolio is mentor b with ``score_a`` and uses ``load_a`` of mentor b's capacity.
    """

    mentee_a: Ints
    mentor_b: Ints
    mentee_b: Ints
    mentor_a: Ints
    score_a: Floats
    score_b: Floats
    load_a: Floats
    load_b: Floats

    def __len__(self) -> int:
        return len(self.mentee_a)

    @cached_property
    def sides(self) -> tuple[Ints, Ints, Floats, Floats, Ints]:
        """Both sides stacked: mentee, mentor, score, load and pair number, each (2r,)."""
        number = np.arange(len(self), dtype=np.int64)
        return (
            np.concatenate([self.mentee_a, self.mentee_b]),
            np.concatenate([self.mentor_b, self.mentor_a]),
            np.concatenate([self.score_a, self.score_b]),
            np.concatenate([self.load_a, self.load_b]),
            np.concatenate([number, number]),
        )


@dataclass(frozen=True)
class Tiers:
    """What counts before welfare, lexicographically.

    In order: for each class (1 first) the number of mentees with a mentor; for each class the days
    waited by those; for each class ``sum_i min(|S_i|, minimum_i)``. A part that is None is off.
    """

    priority: Ints
    """(n,) class of each mentee, 1 first."""
    waiting: Ints | None = None
    """(n,) whole days waited."""
    minimum: Ints | None = None
    """(n,) mentors that each mentee should have first."""


@dataclass(frozen=True)
class PortfolioRules:
    """What every non-empty portfolio must look like."""

    min_external: int = 0
    mentee_home: Ints | None = None
    """(n,) organisation code of each mentee, -1 unknown (then every mentor is external)."""
    mentor_home: Ints | None = None
    """(m,) organisation code of each mentor, -1 unknown (counts as external)."""
    max_same: tuple[tuple[Ints, int], ...] = ()
    """Pairs of codes (m,) (-1: no group) and how many of one code a portfolio may hold."""


@dataclass(frozen=True)
class Problem:
    """One instance. n mentees, m mentors, f facets; positions everywhere, labels nowhere."""

    scores: Scores
    capacity: Floats
    """(m,) places, or the budget that loads are charged against."""
    limit: Ints
    """(n,) most mentors of each mentee."""
    needs: Floats | None = None
    """(n, f) >= 0, already scaled to units of V."""
    offers: Floats | None = None
    """(m, f) in [0, 1]."""
    held_best: Floats | None = None
    """(n, f) best offer held before, such as an organic tie; its cover earns nothing again."""
    held_second: Floats | None = None
    """(n, f) second-best offer held before."""
    second_cover: float = 0.0
    like: Ints | Bools | None = None
    """(m,) labels (-1: like nobody) or (m, m) symmetric: which mentors are alike."""
    redundancy: float = 0.0
    min_gain: float = 0.0
    required: Ints = field(default_factory=lambda: np.empty((0, 2), dtype=np.int64))
    """(k, 2) one-way items that every solution holds."""
    required_reciprocal: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    """(k,) reciprocal pairs that every solution holds."""
    reciprocal: ReciprocalPairs | None = None
    pool: Ints | None = None
    """(m,) pool of each mentor, -1 for none."""
    pool_capacity: Floats | None = None
    """(p,) load that the mentors of a pool may take together."""
    sponsorship_limit: Floats | None = None
    """(m,) most sponsorships of each mentor."""
    max_matches: float = UNLIMITED
    """Most items in all portfolios together; a reciprocal pair counts two."""
    person_mentor: Ints | None = None
    """(n,) position of the same person among the mentors, -1 where there is none."""
    either: Bools | None = None
    """(n,) people in one role only: a non-empty portfolio of theirs uses all of their places."""
    rules: PortfolioRules | None = None
    tiers: Tiers | None = None
    fairness: Fairness = 0.0
    mentor_minimum: Floats | None = None
    """(m,) load below which `shortfall_penalty` is paid for each unit that is missing."""
    shortfall_penalty: float = 0.0
    kept_pairs: Ints = field(default_factory=lambda: np.empty((0, 2), dtype=np.int64))
    """(k, 2) matches of an earlier run, each once: mentees and mentors who earn `kept_bonus` beside
    U(V) where they are matched again, one way or as a side of a reciprocal pair."""
    kept_bonus: float = 0.0

    @property
    def n_mentees(self) -> int:
        """Number of mentees."""
        return self.scores.shape[0]

    @property
    def n_mentors(self) -> int:
        """Number of mentors."""
        return self.scores.shape[1]

    @property
    def max_size(self) -> int:
        """Slots of the widest portfolio, at least one."""
        return max(1, int(self.limit.max(initial=1)))

    @property
    def has_coverage(self) -> bool:
        """Whether sets are worth more or less than the sum of their members through facets."""
        return self.needs is not None and bool(np.any(self.needs))

    @property
    def is_separable(self) -> bool:
        """Whether welfare is a sum over items, so that a flow can solve it.

        ``min_gain`` keeps it separable: it is a fixed cost of every item after a mentee's first.
        """
        concave = self.fairness == 0.0
        return (
            concave
            and not self.has_coverage
            and (self.redundancy == 0.0 or self.like is None)
            and self.reciprocal is None
            and self.rules is None
        )

    def blocks(self, pairs: int = 4_000_000) -> Iterator[Ints]:
        """Yield mentee positions in blocks of at most `pairs` pairs each."""
        size = max(1, pairs // max(1, self.n_mentors))
        for start in range(0, self.n_mentees, size):
            yield np.arange(start, min(start + size, self.n_mentees), dtype=np.int64)


@dataclass(frozen=True)
class Assignment:
    """Chosen items: sorted by mentee, then mentor."""

    pairs: Ints
    """(k, 2) mentee and mentor."""
    reciprocal: Ints
    """(k,) number of the reciprocal pair that the item is a side of, -1 for one-way items."""

    @classmethod
    def of(cls, pairs: Ints, reciprocal: Ints | None = None) -> Assignment:
        """Build an assignment from items in any order."""
        pairs = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
        if reciprocal is None:
            reciprocal = np.full(len(pairs), -1, dtype=np.int64)
        order = np.lexsort((pairs[:, 1], pairs[:, 0]))
        return cls(pairs[order], np.asarray(reciprocal, dtype=np.int64)[order])

    @classmethod
    def empty(cls) -> Assignment:
        """Return the assignment in which nobody is matched."""
        return cls.of(np.empty((0, 2), dtype=np.int64))

    def __len__(self) -> int:
        return len(self.pairs)
