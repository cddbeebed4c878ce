"""Start periods of reciprocal pairs: the two sides of one pair start together."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order

from matcher.problem.problem import Bools, Ints

FIRST, WITH_LONG, TOGETHER, LATER = range(4)
"""Who gets a period first: what is promised, the short side of a pair whose other side is long (and
so starts in period 1), pairs that are short on both sides, everybody else."""


def start_together(
    start: Ints,
    pairs: Ints,
    mentor: Ints,
    brief: Bools,
    places: Ints,
    periods: int,
    rank: Ints,
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
