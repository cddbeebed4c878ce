"""Who may be matched with whom: two sides of people, the items between them, what each may take.

An *item* is a mentor in one direction, or one side of a reciprocal pair. Where a limit on
sponsorships may bind, or a seat asks for an approach, a pair has a second one-way item: the same by
its next approach.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Protocol, Self

import numpy as np

from matcher.arrays import Bools, Floats, Ints

__all__ = [
    "FALLBACK",
    "Bools",
    "FallbackItems",
    "Floats",
    "Ints",
    "ItemBlock",
    "Market",
    "ReciprocalPairs",
    "Scores",
    "item_keys",
]

FALLBACK = -2
"""What stands for a one-way item by a pair's next approach where others have the number of their
reciprocal pair, and one-way items -1."""


def item_keys(mentor: Ints, number: Ints, n_mentors: int) -> Ints:
    """Return what tells items of one mentee apart, whichever reciprocal pair they are a side of.

    Parameters
    ----------
    mentor, number
        Of each item, as in `Assignment`, mentor -1 for none; they broadcast.
    n_mentors
        How many mentors there are, m.

    Returns
    -------
    Ints
        The mentor, plus m by the pair's next approach, plus 2m both ways; -1 for none.
    """
    way = np.where(number == FALLBACK, 1, np.where(number >= 0, 2, 0))
    return np.where(mentor >= 0, mentor + n_mentors * way, -1)


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
        """Return the items of mentees `rows` (b,) with every mentor.

        Parameters
        ----------
        rows
            Positions of mentees: (b,).

        Returns
        -------
        ItemBlock
            Scores, loads and sponsorships: (b, m) each; a score of -inf is no item.
        """


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
class FallbackItems:
    """Pairs by their next approach; each (s,), by mentee, then mentor.

    Of a pair's two approaches one is a sponsorship.
    """

    mentee: Ints
    mentor: Ints
    score: Floats
    """No more than the pair's own."""
    load: Floats
    sponsored: Bools
    """Whether the next approach is the sponsorship."""

    def __len__(self) -> int:
        return len(self.mentee)

    @cached_property
    def _keys(self) -> Ints:
        return self.mentee * self._width + self.mentor

    @cached_property
    def _width(self) -> int:
        return 1 + int(self.mentor.max(initial=0))

    def take(self, rows: Ints | Bools) -> Self:
        """Return some of them, by position or mask.

        Parameters
        ----------
        rows
            Which.

        Returns
        -------
        Self
            In the same order.
        """
        return type(self)(*(getattr(self, each.name)[rows] for each in fields(self)))

    def are_meant(self, mentee: Ints, mentor: Ints, sponsored: Bools | bool) -> Bools:
        """Return which one-way items are these, and not by their first approach; they broadcast.

        Parameters
        ----------
        mentee, mentor
            Positions.
        sponsored
            Whether the item is a sponsorship.

        Returns
        -------
        Bools
            Of their shape.
        """
        at = self.find(mentee, mentor)
        return np.asarray((at >= 0) & (np.append(self.sponsored, False)[at] == sponsored))

    def find(self, mentee: Ints, mentor: Ints) -> Ints:
        """Return the place of some pairs among these, -1 where they have none; they broadcast.

        Parameters
        ----------
        mentee, mentor
            Positions, which broadcast.

        Returns
        -------
        Ints
            Of their shape.
        """
        wanted = np.where(mentor < self._width, mentee * self._width + mentor, -1)
        at = np.searchsorted(self._keys, wanted)
        there = np.append(self._keys, -1)[at] == wanted
        return np.where(there & (wanted >= 0), at, -1)

    def of_mentees(self, rows: Ints) -> tuple[Ints, Ints]:
        """Return the places of what some mentees (b,) have, and at which of them each is.

        Parameters
        ----------
        rows
            Positions of mentees, ascending: (b,).

        Returns
        -------
        tuple[Ints, Ints]
            Two arrays (k,): places among these, and positions in `rows`.
        """
        first = np.searchsorted(self.mentee, rows)
        count = np.searchsorted(self.mentee, rows, side="right") - first
        row = np.repeat(np.arange(len(rows)), count)
        return np.arange(len(row)) + np.repeat(first - np.cumsum(count) + count, count), row


@dataclass(frozen=True)
class Market:
    """Both sides and the items between them. n mentees, m mentors; positions, no labels."""

    scores: Scores
    capacity: Floats
    """(m,) places, or the budget that loads are charged against."""
    limit: Ints
    """(n,) most mentors of each mentee."""
    required: Ints = field(default_factory=lambda: np.empty((0, 2), dtype=np.int64))
    """(k, 2) one-way items that every solution holds."""
    required_reciprocal: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    """(k,) reciprocal pairs that every solution holds."""
    reciprocal: ReciprocalPairs | None = None
    person_mentor: Ints | None = None
    """(n,) position of the same person among the mentors, -1 where there is none."""
    fallback: FallbackItems | None = None
    """One-way items beside those of `scores`, of the same pairs."""

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
    def n_sides(self) -> int:
        """Number of sides of reciprocal pairs."""
        return 0 if self.reciprocal is None else 2 * len(self.reciprocal)

    @cached_property
    def listed(self) -> tuple[Ints, Ints, Floats, Floats, Ints, Bools]:
        """The sides of reciprocal pairs, then the fallbacks: as `ReciprocalPairs.sides`.

        Last is which are sponsorships.
        """
        nobody, nothing = np.empty(0, dtype=np.int64), np.empty(0)
        sides = (nobody, nobody, nothing, nothing, nobody)
        if self.reciprocal is not None:
            sides = self.reciprocal.sides
        none = np.zeros(len(sides[0]), dtype=bool)
        if self.fallback is None:
            return *sides, none
        more = self.fallback
        number = np.full(len(more), FALLBACK)
        others = (more.mentee, more.mentor, more.score, more.load, number, more.sponsored)
        every = zip((*sides, none), others, strict=True)
        mentee, mentor, score, load, numbers, sponsored = map(np.concatenate, every)
        return mentee, mentor, score, load, numbers, sponsored

    @cached_property
    def mentor_person(self) -> Ints:
        """(m,) position of the same person among the mentees, -1 where there is none."""
        person = np.full(self.n_mentors, -1, dtype=np.int64)
        if self.person_mentor is not None:
            both = np.flatnonzero(self.person_mentor >= 0)
            person[self.person_mentor[both]] = both
        return person

    def blocks(self, pairs: int = 4_000_000) -> Iterator[Ints]:
        """Yield mentee positions in blocks of at most `pairs` pairs each.

        Parameters
        ----------
        pairs
            Most pairs of mentees and mentors in a block.

        Yields
        ------
        Ints
            Ascending positions, each once.
        """
        size = max(1, pairs // max(1, self.n_mentors))
        for start in range(0, self.n_mentees, size):
            yield np.arange(start, min(start + size, self.n_mentees), dtype=np.int64)
