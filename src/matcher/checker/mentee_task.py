"""One mentee's pricing problem: which set of items is worth most at given prices.

Maximise ``U(V(S)) + sum_j extra_j + bonus(|S|)`` over the sets S that hold the required items,
with at most ``limit`` items, one a mentor, and the portfolio rules. Items that are required are
folded into the start: what is left is a choice among free items.

Hopeless items drop out by upper bounds on the best set that add up over items: cover of a
facet is ``min(1, b1 + r b2)`` with b1 and b2 the best and second-best offer. For any
lambda, mu >= 0 and 0 <= theta <= 1 and r <= 1,

``b1 <= lambda + sum_j (o_j - lambda)+``,  ``b1 + b2 <= 2 mu + sum_j (o_j - mu)+``,
``min(1, x) <= theta x + 1 - theta``,

so that

``cover <= 1 - theta + theta [(1-r)(lambda + sum (o_j - lambda)+) + r(2 mu + sum (o_j - mu)+)]``

with sums over everything held or chosen: a constant and a weight an item. The multipliers are
improved by projected subgradient steps (Polyak 1969) towards the best set known.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from matcher.arrays import Bools, Floats, Ints
from matcher.checker.rules import SetRule
from matcher.checker.values import alike_mentors, alpha_fair


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

    def keep(self, items: Ints) -> Self:
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
        best, second = self.best[None], self.second[None]
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


@dataclass(frozen=True)
class Tangent:
    """Line above U through one value: ``U(v) <= level + scale * v`` for v >= 0."""

    level: float
    scale: float


@dataclass
class Multipliers:
    """One of each a facet: (f,)."""

    first: Floats
    pair: Floats
    share: Floats

    @classmethod
    def around(cls, task: MenteeTask, offers: Floats) -> Self:
        """Start where the bound is tight for the set with these offers: (a, f)."""
        nothing = np.zeros_like(task.best)
        ranked = np.sort(np.vstack([task.best, task.second, nothing, offers]), axis=0)
        b1, b2 = ranked[-1], ranked[-2]
        b3 = ranked[-3]
        share = np.where(b1 + task.second_cover * b2 > 1.0 + 1e-12, 0.5, 1.0)
        return cls(0.5 * (b1 + b2), 0.5 * (b2 + b3), share)


@dataclass(frozen=True)
class Relaxation:
    """A bound that adds up: ``constant + sum of weights + size value``."""

    constant: float
    weight: Floats
    """(s,) of each free item."""


def relax(task: MenteeTask, tangent: Tangent, at: Multipliers) -> Relaxation:
    """Return the bound at some multipliers."""
    r, needs = task.second_cover, tangent.scale * task.needs
    first, pair = needs * at.share * (1.0 - r), needs * at.share * r
    held = first @ (at.first + np.maximum(task.best - at.first, 0.0))
    held += pair @ (
        2.0 * at.pair
        + np.maximum(task.best - at.pair, 0.0)
        + np.maximum(task.second - at.pair, 0.0)
    )
    held += needs @ (1.0 - at.share) - needs @ task.base_cover()
    weight = tangent.scale * task.score + task.extra
    weight = weight - tangent.scale * task.redundancy * task.like_start
    weight = weight + np.maximum(task.offers - at.first, 0.0) @ first
    if r > 0.0:
        weight = weight + np.maximum(task.offers - at.pair, 0.0) @ pair
    constant = tangent.level + tangent.scale * task.start_value + task.start_extra + held
    return Relaxation(float(constant), weight)


@dataclass(frozen=True)
class Reached:
    """What a relaxation says about the whole task and each item."""

    upper: float
    """Bound on every set, without free items included."""
    by_item: Floats
    """(s,) bound on the sets that hold an item."""
    chosen: Ints
    """Positions of the items of the relaxation's best set."""


def reach(task: MenteeTask, relaxation: Relaxation, size_value: Floats) -> Reached:
    """Bound the best set, and the best set with each item."""
    room, weight = min(task.room, task.count), relaxation.weight
    top = (
        np.argpartition(-weight, room - 1)[:room]
        if 0 < room < task.count
        else np.arange(task.count)
    )
    top = top[np.argsort(-weight[top], kind="stable")][:room]
    total = np.concatenate([[0.0], np.cumsum(weight[top])])
    by_size = total + size_value[task.start_size : task.start_size + room + 1]
    upper = relaxation.constant + float(by_size.max())
    others = total[:room] + size_value[task.start_size + 1 : task.start_size + room + 1]
    rest = float(others.max()) if room else -np.inf
    return Reached(upper, relaxation.constant + weight + rest, top[: int(by_size.argmax())])


def step(
    task: MenteeTask, tangent: Tangent, at: Multipliers, found: Reached, target: float, pace: float
) -> Multipliers:
    """Return multipliers after one subgradient step towards `target`, `pace` of Polyak's length."""
    r, needs = task.second_cover, tangent.scale * task.needs
    offers = np.vstack([task.best, task.second, task.offers[found.chosen]])
    own = offers[[0, *range(2, len(offers))]]
    over_first, over_pair = own > at.first, offers > at.pair
    cover = (1.0 - r) * (at.first + np.maximum(own - at.first, 0.0).sum(axis=0))
    cover = cover + r * (2.0 * at.pair + np.maximum(offers - at.pair, 0.0).sum(axis=0))
    slope_first = needs * at.share * (1.0 - r) * (1.0 - over_first.sum(axis=0))
    slope_pair = needs * at.share * r * (2.0 - over_pair.sum(axis=0))
    slope_share = needs * (cover - 1.0)
    norm = float(slope_first @ slope_first + slope_pair @ slope_pair + slope_share @ slope_share)
    if norm < 1e-18 or not np.isfinite(target):
        return at
    length = pace * max(found.upper - target, 0.0) / norm
    return Multipliers(
        np.clip(at.first - length * slope_first, 0.0, 1.0),
        np.clip(at.pair - length * slope_pair, 0.0, 1.0),
        np.clip(at.share - length * slope_share, 0.0, 1.0),
    )
