"""One look at all pairs of some mentees: who could be in a better set than one grown greedily.

What a mentor adds to any set is no more than the score less the price and what the mentor alone
would cover: V is submodular. So the best of these numbers, as many as fit in, bound every set, and
with the mentor's own among them every set that holds the mentor.
"""

import numpy as np

from matcher.arrays import Bools, Floats, best_first
from matcher.checker.best_set import SEARCH_SLACK
from matcher.checker.values import alike_mentors
from matcher.problem.problem import Problem

FEW = 16
"""Mentors of a mentee among whom a set is grown: those with the highest bounds."""


def first_look(
    problem: Problem, *, net: Floats, bonus: Floats, needs: Floats, held: Floats, offers: Floats
) -> tuple[Floats, Bools]:
    """Return the worth of a set of each of b mentees, and the mentors whom a better one could hold.

    Parameters
    ----------
    problem
        U is V itself, portfolios have no rules, and the mentees one-way items alone.
    net
        (b, m) scores less prices, -inf where not allowed.
    bonus
        (b, K + 1) what each size earns, -inf beyond the limit.
    needs
        (b, f).
    held
        (2, b, f) best and second-best cover held before.
    offers
        (m, f), at most 1.

    Returns
    -------
    tuple
        (b,) and (b, m).
    """
    width = bonus.shape[1] - 1
    earned = bonus - problem.min_gain * np.clip(np.arange(width + 1) - 1, 0, None)
    most = net + needs @ offers.T
    few = best_first(most, max(FEW, width))
    sums = np.cumsum(np.take_along_axis(most, few[:, :width], axis=1), axis=1)
    before = np.pad(sums[:, :-1], ((0, 0), (1, 0)))[:, : sums.shape[1]]
    beside = (before + earned[:, 1 : sums.shape[1] + 1]).max(axis=1, initial=-np.inf)
    net, gone = np.take_along_axis(net, few, axis=1), np.zeros(few.shape, dtype=bool)
    every, brought, r = np.arange(len(few)), offers[few], problem.second_cover
    best, second = held
    covered = np.minimum(1.0, best + r * second)[:, None]
    found, spent, like = earned[:, 0].copy(), np.zeros(len(few)), np.zeros(few.shape)
    for size in range(1, sums.shape[1] + 1):
        cover = r * np.maximum(second[:, None], np.minimum(best[:, None], brought))
        cover = np.minimum(1.0, cover + np.maximum(best[:, None], brought)) - covered
        own = np.where(gone, -np.inf, net - problem.redundancy * like)
        worth = spent[:, None] + own + (cover @ needs[:, :, None])[:, :, 0]
        at = every, worth.argmax(axis=1)
        found = np.maximum(found, worth[at] + earned[:, size])
        spent, gone[at] = spent + own[at], True
        like = like + alike_mentors(problem.like, few[at][:, None], few)
        second = np.maximum(second, np.minimum(best, brought[at]))
        best = np.maximum(best, brought[at])
    return found, most + beside[:, None] > found[:, None] + SEARCH_SLACK
