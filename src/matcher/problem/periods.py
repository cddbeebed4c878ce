"""When each match starts, where a programme has several periods.

A short, narrow match lasts one of N periods, any other all N. A mentor with c places can take l
long and s short ones in some order of time if and only if ``l + s / N <= c``: each long one keeps a
place to itself, and on the c - l places left short ones follow one another, N a place. So the
solver needs loads only, and the start periods are filled in here afterwards.
"""

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order

from matcher.arrays import Bools, Floats, Ints
from matcher.vocabulary import Horizon, Scope

FIRST, WITH_LONG, TOGETHER, LATER = range(4)
"""Who gets a period first: what is promised, the short side of a pair whose other side is long (and
so starts in period 1), pairs that are short on both sides, everybody else."""


def _start_together(
    start: Ints, pairs: Ints, *, mentor: Ints, brief: Bools, places: Ints, periods: int, rank: Ints
) -> Ints:
    """Return start periods in which short matches of people in reciprocal pairs are laid anew.

    Parameters
    ----------
    start, mentor, brief, rank
        Shape (k,): the period so far, the mentor's position, whether the match is short, and
        FIRST or LATER.
    pairs
        Shape (p, 2): the two matches of each reciprocal pair.
    places
        Shape (m,): places that long matches leave to each mentor.
    periods
        N of the programme.
    """
    whole = pairs[brief[pairs].all(axis=1)]
    half = pairs[brief[pairs].sum(axis=1) == 1]
    rank, start = rank.copy(), start.copy()
    short = half[brief[half]]
    rank[short] = np.minimum(rank[short], WITH_LONG)
    rank[whole] = np.minimum(rank[whole], TOGETHER)
    turn = np.arange(len(mentor))
    turn[whole[_outwards(mentor[whole])]] = np.arange(len(whole))[:, None]
    rows = np.flatnonzero(brief & np.isin(mentor, mentor[pairs[brief[pairs]]]))
    rows = rows[np.lexsort((rows, turn[rows], rank[rows]))]
    other = np.full(len(mentor), -1)
    other[whole] = whole[:, ::-1]
    room = np.repeat(places[:, None], periods, axis=1)
    done = np.zeros(len(mentor), dtype=bool)
    for row in rows.tolist():
        if not done[row]:
            sides = [row, int(other[row])] if other[row] >= 0 else [row]
            free = (room[mentor[sides]] > 0).all(axis=0)
            if not free.any() and len(sides) == 2:
                other[sides], sides = -1, [row]
                free = room[mentor[row]] > 0
            at = int(free.argmax()) if free.any() else periods - 1
            room[mentor[sides], at] -= 1
            start[sides], done[sides] = at + 1, True
    return start


def _outwards(ends: Ints) -> Ints:
    """Return an order of edges, shape (p, 2), in which each tree grows from one person outwards.

    Then at most one end of an edge has edges before it, and the first period that both ends have
    free is there whenever the loads allow it. Circles have no such order.
    """
    size = int(ends.max(initial=-1)) + 1
    graph = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(size, size)).tocsr()
    rank, reached = np.full(size, -1), 0
    for root in np.unique(ends).tolist():
        if rank[root] < 0:
            found = breadth_first_order(graph, root, directed=False, return_predecessors=False)
            rank[found] = np.arange(reached, reached + len(found))
            reached += len(found)
    near = np.sort(rank[ends], axis=1)
    return np.lexsort((near[:, 1], near[:, 0]))


def is_brief(people: pd.DataFrame) -> Bools:
    """Return whose match is short and narrow: shape (n,), by `horizon` and `scope`."""
    short = (people["horizon"].astype(object) == Horizon.SHORT.value).to_numpy(dtype=bool)
    narrow = (people["scope"].astype(object) == Scope.NARROW.value).to_numpy(dtype=bool)
    return np.asarray(short & narrow)


def period_load(brief: Bools, periods: int) -> Ints:
    """Return what matches take of a place, in units of 1/N of it: 1 if brief, else N."""
    return np.where(brief, 1, periods).astype(np.int64)


def start_periods(
    mentor: Ints,
    brief: Bools,
    capacity: Floats,
    periods: int,
    first: Bools | None = None,
    pairs: Ints | None = None,
) -> Ints:
    """Return the period, from 1, in which each match starts.

    Parameters
    ----------
    mentor, brief
        Shape (k,): position of the mentor, and whether the match lasts one period only.
    capacity
        Shape (m,): places of each mentor; parts of a place are no place.
    periods
        N of the programme.
    first
        Shape (k,): matches that are under way or promised; they start before others.
    pairs
        Shape (p, 2): matches that are the two sides of one reciprocal pair; they start together.

    Returns
    -------
    numpy.ndarray
        Shape (k,), 1 to N. Long matches start in period 1; so do as many short ones as the mentor
        has places left, then the next ones in period 2, in the order given. Never past N. Pairs
        come before other short matches; only where pairs run in a circle may the two sides of one
        have no period in common, and then they start apart.
    """
    start = np.ones(len(mentor), dtype=np.int64)
    long_ones = np.bincount(mentor[~brief], minlength=len(capacity))
    places = np.maximum(np.floor(np.asarray(capacity) + 1e-9).astype(np.int64) - long_ones, 1)
    later = np.ones(len(mentor), dtype=bool) if first is None else ~first
    short = np.flatnonzero(brief)
    short = short[np.lexsort((short, later[short], mentor[short]))]
    whose = mentor[short]
    turn = np.arange(len(short)) - np.searchsorted(whose, whose)
    start[short] = np.minimum(1 + turn // places[whose], periods)
    if pairs is not None and brief[pairs].any():
        rank = np.where(later, LATER, FIRST)
        start = _start_together(
            start, pairs, mentor=mentor, brief=brief, places=places, periods=periods, rank=rank
        )
    return start
