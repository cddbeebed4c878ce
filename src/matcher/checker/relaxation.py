"""Upper bounds on a mentee's best set that add up over items, so that hopeless items drop out.

Cover of a facet is ``min(1, b1 + r b2)`` with b1 and b2 the best and second-best offer. For any
lambda, mu >= 0 and 0 <= theta <= 1 and r <= 1,

``b1 <= lambda + sum_j (o_j - lambda)+``,  ``b1 + b2 <= 2 mu + sum_j (o_j - mu)+``,
``min(1, x) <= theta x + 1 - theta``,

so that

``cover <= 1 - theta + theta [(1-r)(lambda + sum (o_j - lambda)+) + r(2 mu + sum (o_j - mu)+)]``

with sums over everything held or chosen: a constant and a weight an item. The multipliers are
improved by projected subgradient steps (Polyak 1969) towards the best set known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matcher.checker.mentee_task import MenteeTask
from matcher.problem.problem import Floats, Ints


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
    def around(cls, task: MenteeTask, offers: Floats) -> Multipliers:
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
class Reach:
    """What a relaxation says about the whole task and each item."""

    upper: float
    """Bound on every set, without free items included."""
    by_item: Floats
    """(s,) bound on the sets that hold an item."""
    chosen: Ints
    """Positions of the items of the relaxation's best set."""


def reach(task: MenteeTask, relaxation: Relaxation, size_value: Floats) -> Reach:
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
    return Reach(upper, relaxation.constant + weight + rest, top[: int(by_size.argmax())])


def step(
    task: MenteeTask, tangent: Tangent, at: Multipliers, found: Reach, target: float, pace: float
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
