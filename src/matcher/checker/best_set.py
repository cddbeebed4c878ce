"""The exact best set of one mentee at given prices: greedy start, screening, branch and bound.

The checker's own pricing, on purpose: nothing of the solver's is used.

The search is exact up to `SEARCH_SLACK` a mentee: what it drops is bounded by the additive
relaxation of ``mentee_task`` and by marginal gains, which can only fall as a set grows (V is
submodular where ``0 <= second_cover <= 1``, ``redundancy >= 0`` and ``min_gain >= 0``). With a
concave U, V is replaced by a tangent of U in the bounds, never in the value of a set.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from matcher.arrays import Floats, Ints
from matcher.checker.mentee_task import MenteeTask, Multipliers, Tangent, reach, relax, step
from matcher.checker.values import alpha_fair, slope

SEARCH_SLACK = 1e-10
"""Sets that beat the incumbent by less than this are not looked for."""
SCREENING_STEPS = 80
SWAP_EVERY = 5
PATIENCE = 3
"""Steps without progress after which steps get shorter."""
FEW_ITEMS = 40
"""Free items from which screening no longer pays."""
CHUNK = 1_500_000
"""Numbers in the largest array of the search."""
MOST_NODES = 2_000_000
"""Partial sets after which the search settles for a bound."""


@dataclass
class Incumbent:
    """Best worth found so far and the bound of all that was dropped."""

    worth: float = -np.inf
    items: Ints | None = None
    dropped: float = -np.inf
    nodes: int = 0

    @property
    def upper(self) -> float:
        """Upper bound on the worth of every set."""
        return max(self.worth, self.dropped)

    def offer(self, task: MenteeTask, sets: Ints) -> None:
        """Take the best of some sets of the same size if it is better."""
        if len(sets):
            worth = task.worth(sets)
            k = int(worth.argmax())
            if worth[k] > self.worth:
                self.worth, self.items = float(worth[k]), sets[k]

    def drop(self, bounds: Floats) -> None:
        """Remember the bound of what is not looked at any more."""
        self.dropped = max(self.dropped, float(bounds.max(initial=-np.inf)))


def best_worth(task: MenteeTask) -> Incumbent:
    """Return the worth of the best set and a bound on it, equal up to `SEARCH_SLACK`.

    ``upper`` is -inf where no set keeps the rules.
    """
    found = Incumbent()
    if task.start_size > task.limit:
        return found
    found.offer(task, np.empty((1, 0), dtype=np.int64))
    if task.room == 0 or task.count == 0:
        return found
    _greedy(task, found)
    for tangent in _tangents(task, found):
        left, order_bound = _screen(task, tangent, found)
        if left.count:
            _search(left, tangent, found, order_bound)
    return found


def _tangents(task: MenteeTask, found: Incumbent) -> list[Tangent]:
    """Return lines that together lie above U: where V < 0, U is flat and no tangent holds."""
    flat = [] if task.alpha == 0 else [Tangent(0.0, 0.0)]
    return [*flat, _tangent_at(task, found)]


def _tangent_at(task: MenteeTask, found: Incumbent) -> Tangent:
    """Return the tangent of U at V of the best set known."""
    value = 0.0
    if found.items is not None:
        size = task.start_size + len(found.items)
        value = float(task.value_of(found.items[None])[0][0]) - task.min_gain * max(0, size - 1)
    value = max(value, 0.0)
    scale = slope(value, task.alpha)
    level = float(alpha_fair(np.array([value]), task.alpha)[0]) - scale * value
    return Tangent(level, scale)


def _greedy(task: MenteeTask, found: Incumbent) -> None:
    """Grow a set by the best item each time."""
    grown = np.empty((1, 0), dtype=np.int64)
    every = np.arange(task.count)
    for _ in range(task.room):
        free = every[~(task.mentor[:, None] == task.mentor[grown]).any(axis=1)]
        if not len(free):
            return
        sets = np.hstack([np.repeat(grown, len(free), axis=0), free[:, None]])
        worth = task.worth(sets)
        found.offer(task, sets)
        if not np.isfinite(worth.max()):
            worth = np.where(task.may_grow(sets), task.value_of(sets)[0], -np.inf)
        grown = sets[[int(worth.argmax())]]


def _screen(task: MenteeTask, tangent: Tangent, found: Incumbent) -> tuple[MenteeTask, Floats]:
    """Drop items that no set better than the incumbent holds; return what is left.

    Beside the task come the items' bounds, by which the search orders them.
    """
    members = np.empty(0, dtype=np.int64) if found.items is None else found.items
    at = Multipliers.around(task, task.offers[members])
    size_value = task.size_value(tangent.scale)
    best_reach = np.full(task.count, np.inf)
    lowest, pace, stale = np.inf, 1.0, 0
    for round_number in range(SCREENING_STEPS):
        result = reach(task, relax(task, tangent, at), size_value)
        best_reach = np.minimum(best_reach, result.by_item)
        _round_up(task, found, result.chosen, swap=round_number % SWAP_EVERY == SWAP_EVERY - 1)
        if result.upper < lowest - 1e-4 * max(lowest - found.worth, 0.0):
            lowest, stale = result.upper, 0
        else:
            stale += 1
            pace, stale = (0.5 * pace, 0) if stale >= PATIENCE else (pace, stale)
        at = step(task, tangent, at, result, target=found.worth, pace=pace)
        alive = best_reach > found.worth + SEARCH_SLACK
        if not alive.all():
            found.drop(best_reach[~alive])
            kept = np.flatnonzero(alive)
            task, best_reach = task.keep(kept), best_reach[kept]
        if task.count <= max(min(task.room, task.count), FEW_ITEMS):
            break
    return task, best_reach


def _round_up(task: MenteeTask, found: Incumbent, chosen: Ints, *, swap: bool) -> None:
    """Try the relaxation's best set, and sets that differ from it by one item."""
    chosen = np.sort(chosen)
    found.offer(task, chosen[None])
    if not swap or not len(chosen):
        return
    worth = float(task.worth(chosen[None])[0])
    for _ in range(2 * task.room):
        sets = np.repeat(chosen[None], task.count * len(chosen), axis=0)
        where = np.repeat(np.arange(len(chosen)), task.count)
        sets[np.arange(len(sets)), where] = np.tile(np.arange(task.count), len(chosen))
        worths = task.worth(sets)
        k = int(worths.argmax())
        if not worths[k] > worth:
            return
        worth, chosen = float(worths[k]), sets[k]
        found.offer(task, chosen[None])


@dataclass(frozen=True)
class _Frontier:
    """Partial sets (p, a) in increasing order of items, with a bound on all sets they grow into."""

    sets: Ints
    bound: Floats

    def select(self, which: Ints) -> _Frontier:
        return _Frontier(self.sets[which], self.bound[which])


def _search(task: MenteeTask, tangent: Tangent, found: Incumbent, item_bound: Floats) -> None:
    task = task.keep(np.argsort(-item_bound, kind="stable"))
    size_value = task.size_value(tangent.scale)
    root = _Frontier(np.empty((1, 0), dtype=np.int64), np.array([np.inf]))
    stack = [root]
    step_size = max(1, CHUNK // max(1, task.count * max(1, len(task.needs))))
    while stack:
        frontier = stack.pop()
        better = np.flatnonzero(frontier.bound > found.worth + SEARCH_SLACK)
        found.drop(np.delete(frontier.bound, better))
        if not len(better):
            continue
        if found.nodes > MOST_NODES:
            found.drop(frontier.bound)
            continue
        frontier = frontier.select(better)
        if len(frontier.sets) > step_size:
            stack.append(frontier.select(np.arange(step_size, len(frontier.sets))))
            frontier = frontier.select(np.arange(step_size))
        children = _expand(task, tangent, size_value, found, frontier)
        if children is not None:
            stack.append(children)


def _expand(
    task: MenteeTask, tangent: Tangent, size_value: Floats, found: Incumbent, frontier: _Frontier
) -> _Frontier | None:
    """Value all one-item extensions of a frontier; return those worth growing."""
    sets = frontier.sets
    size = task.start_size + sets.shape[1]
    found.nodes += len(sets)
    value, extra = task.value_of(sets)
    base = tangent.level + tangent.scale * value + extra
    gain = _marginals(task, tangent.scale, sets)
    later = np.arange(task.count)[None, :] > (sets[:, -1:] if sets.shape[1] else -1)
    gain = np.where(later, gain, -np.inf)
    room = task.limit - size
    bound = base[:, None] + gain + _best_later(gain, room - 1, size_value[size + 1 :])
    bound = np.minimum(bound, frontier.bound[:, None])
    # the extension itself may end here: its own worth is covered by `after` with no further item
    parent, item = np.nonzero(bound > found.worth + SEARCH_SLACK)
    found.drop(bound[(bound <= found.worth + SEARCH_SLACK) & later])
    if not len(parent):
        return None
    grown = np.hstack([sets[parent], item[:, None]])
    found.offer(task, grown)
    if room == 1:
        return None
    fine = task.may_grow(grown) & (bound[parent, item] > found.worth + SEARCH_SLACK)
    kept = np.flatnonzero(fine)
    found.drop(bound[parent, item][task.may_grow(grown) & ~fine])
    kept = kept[np.argsort(-bound[parent[kept], item[kept]], kind="stable")]
    return _Frontier(grown[kept], bound[parent[kept], item[kept]])


def _marginals(task: MenteeTask, scale: float, sets: Ints) -> Floats:
    """Return what each item adds to each set, sizes left out: (p, s)."""
    r = task.second_cover
    best, second = task.best[None], task.second[None]
    like = np.broadcast_to(task.like_start, (len(sets), task.count)).astype(np.float64)
    for a in range(sets.shape[1]):
        offer = task.offers[sets[:, a]]
        second = np.maximum(second, np.minimum(best, offer))
        best = np.maximum(best, offer)
        if task.like is not None:
            like = like + task.alike(sets[:, a, None], np.arange(task.count)[None, :])
    gain = np.zeros((len(sets), task.count))
    if len(sets) < len(task.needs):  # whichever is the shorter loop
        for k in range(len(sets)):
            gain[k] = _added(task.offers, best[k], second[k], r) @ task.needs
    else:
        for f, need in enumerate(task.needs.tolist()):
            gain += need * _added(task.offers[None, :, f], best[:, f, None], second[:, f, None], r)
    return scale * (task.score + gain - task.redundancy * like) + task.extra


def _added(offer: Floats, best: Floats, second: Floats, r: float) -> Floats:
    """Return how much of a facet one more offer covers; the arguments broadcast."""
    cover = np.maximum(best, offer) + r * np.maximum(second, np.minimum(best, offer))
    return np.asarray(np.minimum(1.0, cover) - np.minimum(1.0, best + r * second))


def _best_later(gain: Floats, room: int, size_value: Floats) -> Floats:
    """Return the most that up to `room` items after each position add, with the size value.

    ``size_value[c]`` is what a set with c items beyond the position's own gets for its size. Gains
    of the parent bound gains of its descendants. Shape as `gain`.
    """
    total = np.full(gain.shape, size_value[0])
    running = np.zeros(gain.shape)
    for rank, level in enumerate(_largest_later(gain, room)):
        running = running + level
        total = np.maximum(total, running + size_value[rank + 1])
    return total


def _largest_later(gain: Floats, ranks: int) -> Iterator[Floats]:
    """Yield for each position the largest, second-largest, ... gain at later positions: (p, s)."""
    entering = gain
    for _ in range(ranks):
        level = np.full(gain.shape, -np.inf)
        level[:, :-1] = np.maximum.accumulate(entering[:, :0:-1], axis=1)[:, ::-1]
        yield level
        entering = np.minimum(level, entering)
