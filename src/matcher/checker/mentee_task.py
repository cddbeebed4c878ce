"""One mentee's pricing problem: which set of items is worth most at given prices.

Maximise ``U(V(S)) + sum_j extra_j + bonus(|S|)`` over the sets S that hold the required items,
with at most ``limit`` items, one a mentor, and the portfolio rules. Items that are required are
folded into the start: what is left is a choice among free items.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from matcher.checker.rules import SetRule
from matcher.checker.values import alpha_fair
from matcher.problem.problem import Bools, Floats, Ints


def alike_mentors(like: Ints | Bools | None, a: Ints, b: Ints) -> Bools:
    """Return whether mentors a and b are alike and two, elementwise; a copy, on purpose."""
    other: Bools = np.not_equal(a, b)
    if like is None:
        return np.zeros(other.shape, dtype=bool)
    if like.ndim == 2:
        return np.asarray(like[a, b], dtype=bool) & other
    return np.asarray((like[a] == like[b]) & (like[a] >= 0) & other)


@dataclass(frozen=True)
class MenteeTask:
    """Free items (s of them) and the state that required items leave; f facets."""

    score: Floats
    """(s,) part of V that adds up."""
    extra: Floats
    """(s,) kept bonus less prices, outside U."""
    mentor: Ints
    offers: Floats
    """(s, f), at most 1."""
    needs: Floats
    best: Floats
    """(f,) best offer of required items and cover held before."""
    second: Floats
    start_value: float
    """V of the required items, without min_gain."""
    start_extra: float
    start_size: int
    bonus: Floats
    """(limit + 1,) by size of the whole set."""
    limit: int
    second_cover: float
    min_gain: float
    redundancy: float
    like: Ints | Bools | None
    """Of the problem: which mentors are alike."""
    like_start: Floats
    """(s,) number of required items that each free item is like."""
    alpha: float
    rules: tuple[SetRule, ...] = ()

    @property
    def count(self) -> int:
        """Number of free items."""
        return len(self.score)

    @property
    def room(self) -> int:
        """How many free items a set may hold."""
        return max(0, self.limit - self.start_size)

    def size_value(self, scale: float) -> Floats:
        """Return what each size of the whole set is worth where V counts `scale`: (limit + 1,)."""
        sizes = np.arange(self.limit + 1)
        return np.asarray(self.bonus - scale * self.min_gain * np.clip(sizes - 1, 0, None))

    def base_cover(self) -> Floats:
        """Return cover of each facet before any free item: (f,)."""
        return np.minimum(1.0, self.best + self.second_cover * self.second)

    def keep(self, items: Ints) -> MenteeTask:
        """Return the task with only the free items at `items`."""
        return replace(
            self,
            score=self.score[items],
            extra=self.extra[items],
            mentor=self.mentor[items],
            offers=self.offers[items],
            like_start=self.like_start[items],
            rules=tuple(rule.keep(items) for rule in self.rules),
        )

    def worth(self, sets: Ints) -> Floats:
        """Return the worth of sets of free items, -inf where a rule is broken: (p, a) -> (p,)."""
        value, extra = self.value_of(sets)
        size = self.start_size + sets.shape[1]
        value = value - self.min_gain * max(0, size - 1)
        worth: Floats = alpha_fair(value, self.alpha) + extra + self.bonus[size]
        if size == 0:
            return worth
        return np.asarray(np.where(self.keeps_rules(sets), worth, -np.inf))

    def value_of(self, sets: Ints) -> tuple[Floats, Floats]:
        """Return V without min_gain, and the extras, of sets of free items."""
        best = np.broadcast_to(self.best, (len(sets), len(self.best)))
        second = np.broadcast_to(self.second, best.shape)
        like = self.like_start[sets].sum(axis=1)
        for a in range(sets.shape[1]):
            offer = self.offers[sets[:, a]]
            second = np.maximum(second, np.minimum(best, offer))
            best = np.maximum(best, offer)
            if self.like is not None:
                for b in range(a):
                    like = like + self.alike(sets[:, a], sets[:, b])
        cover = np.minimum(1.0, best + self.second_cover * second) - self.base_cover()
        value = self.score[sets].sum(axis=1) + cover @ self.needs - self.redundancy * like
        return self.start_value + value, self.start_extra + self.extra[sets].sum(axis=1)

    def alike(self, a: Ints, b: Ints) -> Bools:
        """Return whether free items have mentors who are alike, elementwise."""
        return alike_mentors(self.like, self.mentor[a], self.mentor[b])

    def keeps_rules(self, sets: Ints) -> Bools:
        """Return which non-empty sets hold one item a mentor and keep the portfolio rules."""
        fine = self.may_grow(sets)
        for rule in self.rules:
            fine &= rule.is_kept(sets)
        return fine

    def may_grow(self, sets: Ints) -> Bools:
        """Return which sets break no rule that further items could not mend."""
        fine = np.ones(len(sets), dtype=bool)
        for a in range(sets.shape[1]):
            for b in range(a):
                fine &= self.mentor[sets[:, a]] != self.mentor[sets[:, b]]
        for rule in self.rules:
            fine &= rule.may_grow(sets)
        return fine
