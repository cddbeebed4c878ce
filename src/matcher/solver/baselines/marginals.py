"""What one more mentor adds to a portfolio, and the best items of each mentee in order.

For blocks of mentees and all open mentors at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from matcher.arrays import best_first, present
from matcher.problem.problem import Assignment, Bools, Floats, Ints, ItemBlock, Problem
from matcher.problem.value import are_alike, cover_gain, evaluate, held_cover, kept_bonus, utility
from matcher.solver.baselines.free_places import Ledger


@dataclass(frozen=True)
class Gains:
    """What every item of some mentees with the open mentors would add."""

    mentor: Ints
    """(c,) open mentors."""
    gain: Floats
    """(b, c) what is gained; -inf where the item does not fit."""
    load: Floats
    """(b, c)"""
    sponsored: Bools
    """(b, c)"""

    def item(self, row: int, column: int) -> tuple[int, float, bool]:
        """Return mentor, load and sponsorship of one item."""
        load, sponsored = self.load[row, column], self.sponsored[row, column]
        return int(self.mentor[column]), float(load), bool(sponsored)


@dataclass(frozen=True)
class BestItems:
    """A list of items for each mentee, best first: (n, w) each; written to in place."""

    mentor: Ints
    gain: Floats
    """-inf past the end of a list."""
    load: Floats
    sponsored: Bools

    @classmethod
    def empty(cls, n: int, width: int) -> Self:
        """Return empty lists of at most `width` items for n mentees."""
        shape = (n, width)
        mentor, gain = np.full(shape, -1, dtype=np.int64), np.full(shape, -np.inf)
        return cls(mentor, gain, np.ones(shape), np.zeros(shape, dtype=bool))

    def put(self, rows: Ints, found: Gains) -> None:
        """Write the lists of mentees `rows` (b,) anew from what their items add."""
        self.gain[rows] = -np.inf
        width = min(self.gain.shape[1], found.gain.shape[1])
        order = best_first(found.gain, width)
        here = rows[:, None], np.arange(width)
        self.mentor[here] = found.mentor[order]
        self.gain[here] = np.take_along_axis(found.gain, order, axis=1)
        self.load[here] = np.take_along_axis(found.load, order, axis=1)
        self.sponsored[here] = np.take_along_axis(found.sponsored, order, axis=1)

    def item(self, i: int, rank: int) -> tuple[int, float, bool]:
        """Return mentor, load and sponsorship of an item of mentee i."""
        load, sponsored = self.load[i, rank], self.sponsored[i, rank]
        return int(self.mentor[i, rank]), float(load), bool(sponsored)


CACHED_PAIRS = 20_000_000
"""Problems of at most this many pairs are read once and kept."""


@dataclass(frozen=True)
class CachedScores:
    """All items of a problem in memory."""

    items: ItemBlock

    @property
    def shape(self) -> tuple[int, int]:
        """Mentees and mentors."""
        return self.items.score.shape[0], self.items.score.shape[1]

    def block(self, rows: Ints) -> ItemBlock:
        """Return the items of mentees `rows`."""
        load, sponsored = self.items.load, self.items.sponsored
        return ItemBlock(
            self.items.score[rows],
            None if load is None else load[rows],
            None if sponsored is None else sponsored[rows],
        )


def cached(problem: Problem) -> Problem:
    """Return the problem with its items in memory, where they are few enough.

    Parameters
    ----------
    problem
        The instance.
    """
    large = problem.n_mentees * problem.n_mentors > CACHED_PAIRS
    if large or isinstance(problem.scores, CachedScores):
        return problem
    everybody = np.arange(problem.n_mentees, dtype=np.int64)
    return replace(problem, scores=CachedScores(problem.scores.block(everybody)))


class Marginals:
    """Gains in welfare at the state of a ledger that grows from an assignment.

    Parameters
    ----------
    problem
        The instance.
    assignment
        A feasible assignment to start from; None: the forced items alone.
    """

    def __init__(self, problem: Problem, assignment: Assignment | None = None) -> None:
        self.problem = problem = cached(problem)
        self.ledger = Ledger(problem, assignment)
        self.value = np.zeros(problem.n_mentees)
        self.refresh()

    def refresh(self) -> None:
        """Take over the values of the ledger's portfolios."""
        if self.ledger.size.any():
            self.value = evaluate(self.problem, self.ledger.assignment()).value

    def add(self, i: int, j: int, load: float, sponsored: bool) -> None:
        """Add a one-way item to the ledger."""
        if self.problem.fairness not in (0.0, "max-min"):
            row, mentor = np.array([i]), np.array([j])
            score = self.problem.scores.block(row).score[0, j]
            others = self.problem.fallback
            if others is not None and others.are_meant(row, mentor, sponsored).any():
                score = others.score[others.find(row, mentor)[0]]
            self.value[i] += score + self._beyond_score(row, mentor)[0, 0]
        self.ledger.add(i, j, load, sponsored)

    def add_reciprocal(self, number: int) -> None:
        """Add both sides of a reciprocal pair to the ledger."""
        for mentee, mentor, score in self._sides(np.array([number])):
            self.value[mentee] += score + self._beyond_score(mentee, mentor)[:, 0]
        self.ledger.add_reciprocal(number)

    def of(self, rows: Ints) -> Gains:
        """Return the gains of mentees `rows` (b,)."""
        open_items = self.open(rows)
        fits, mentor = np.isfinite(open_items.gain), open_items.mentor
        added = open_items.gain + self._beyond_score(rows, mentor)
        gain = self._welfare(rows, np.where(fits, added, 0.0))
        bonus = self._bonus_of(np.broadcast_to(mentor, gain.shape), open_items.load)
        gain += bonus + kept_bonus(self.problem, rows[:, None], mentor)
        return replace(open_items, gain=np.where(fits, gain, -np.inf))

    def open(self, rows: Ints) -> Gains:
        """Return the items of mentees `rows` (b,) that fit, with their score as the gain."""
        problem, ledger = self.problem, self.ledger
        block = ledger.as_open(rows, problem.scores.block(rows))
        shut = ledger.places < (1.0 - 1e-9 if block.load is None else -1e-9)
        mentor = np.flatnonzero(~shut)
        score = block.score[:, mentor]
        load, sponsored = block.loads[:, mentor], block.sponsorships[:, mentor]
        fits = ledger.fits(rows[:, None], mentor[None, :], load, sponsored) & np.isfinite(score)
        return Gains(mentor, np.where(fits, score, -np.inf), load, sponsored)

    def of_reciprocal(self, numbers: Ints) -> Floats:
        """Return the gain of both sides of each reciprocal pair together: (k,)."""
        pairs = present(self.problem.reciprocal)
        total = self._bonus_of(pairs.mentor_b[numbers], pairs.load_a[numbers])
        total += self._bonus_of(pairs.mentor_a[numbers], pairs.load_b[numbers])
        for mentee, mentor, score in self._sides(numbers):
            beyond = self._beyond_score(mentee, mentor[:, None])[:, 0]
            total += self._welfare(mentee, (score + beyond)[:, None])[:, 0]
            total += kept_bonus(self.problem, mentee, mentor)
        return np.where(self.ledger.fits_reciprocal(numbers), total, -np.inf)

    def _sides(self, numbers: Ints) -> Iterator[tuple[Ints, Ints, Floats]]:
        """Yield mentee, mentor and score of both sides of reciprocal pairs."""
        pairs = present(self.problem.reciprocal)
        yield pairs.mentee_a[numbers], pairs.mentor_b[numbers], pairs.score_a[numbers]
        yield pairs.mentee_b[numbers], pairs.mentor_a[numbers], pairs.score_b[numbers]

    def _welfare(self, rows: Ints, added: Floats) -> Floats:
        if self.problem.fairness in (0.0, "max-min"):
            return added
        value = self.value[rows, None]
        fairness = self.problem.fairness
        return np.asarray(utility(value + added, fairness) - utility(value, fairness))

    def _beyond_score(self, rows: Ints, mentor: Ints) -> Floats:
        """Return what joining the portfolios is worth beside the score; `mentor` (c,) or (b, 1)."""
        problem, members = self.problem, self.ledger.members[rows]
        added = np.zeros(np.broadcast_shapes((len(rows), 1), mentor.shape))
        added -= (problem.min_gain * (self.ledger.size[rows] > 0))[:, None]
        added += self._cover_gain(rows, members, mentor)
        if problem.like is not None and problem.redundancy > 0:
            for slot in range(members.shape[1]):
                held = members[:, slot, None]
                alike = are_alike(problem.like, np.maximum(held, 0), mentor) & (held >= 0)
                added -= problem.redundancy * alike
        return added

    def _cover_gain(self, rows: Ints, members: Ints, mentor: Ints) -> Floats:
        problem = self.problem
        gain = np.zeros(np.broadcast_shapes((len(rows), 1), mentor.shape))
        if problem.needs is None or problem.offers is None:
            return gain
        best, second = self._held(rows, members)
        for facet in range(problem.needs.shape[1]):
            need = problem.needs[rows, facet, None]
            if not need.any():
                continue
            held = best[:, facet, None], second[:, facet, None]
            gain += need * cover_gain(problem.offers[mentor, facet], *held, problem.second_cover)
        return gain

    def _held(self, rows: Ints, members: Ints) -> tuple[Floats, Floats]:
        """Return best and second-best offers that the portfolios hold: (b, f) each."""
        offers = present(self.problem.offers)
        before = held_cover(self.problem)
        best, second = before[0][rows].copy(), before[1][rows].copy()
        for slot in range(members.shape[1]):
            held = members[:, slot]
            offer = np.where(held[:, None] >= 0, offers[held], 0.0)
            second = np.maximum(second, np.minimum(best, offer))
            best = np.maximum(best, offer)
        return best, second

    def _bonus_of(self, mentor: Ints, load: Floats) -> Floats:
        """Return what items earn outside U because their mentors lack mentees."""
        bonus = np.zeros(load.shape)
        for rule in self.problem.soft_rules:
            bonus += rule.saved(self.ledger.used, mentor, load)
        return bonus
