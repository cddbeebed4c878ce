"""Modular bounds on coverage: which mentors can be in a best portfolio at all.

With r the second cover, ``o1 + r o2 = (1 - r) o1 + r (o1 + o2)``, and for any lambda, mu >= 0

``o1 <= lambda + sum_j (o_j - lambda)^+``  and  ``o1 + o2 <= 2 mu + sum_j (o_j - mu)^+``,

while the cap gives ``min(1, x) <= theta x + (1 - theta)`` for any theta in [0, 1]. Cover held
before enters as two more members of the sums. The right-hand side is a constant plus a sum over
mentors, whose best k are one partition; subgradient steps on the multipliers make it tight.

For all pairs at once, the sums over facets of ``w (o - l)^+``, with a weight w and a level l for
each mentee and an offer o for each mentor, would be several passes over all pairs a facet. But
``(o - l)^+`` is convex in l, so that with knots ``t_a <= l <= t_b`` it is at most the same share of
``(o - t_a)^+`` and ``(o - t_b)^+``, and these belong to the mentors alone: one product of matrices.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np

from matcher.problem.problem import Bools, Floats, Ints, Problem
from matcher.problem.value import held_cover, is_concave
from matcher.solver.model.portfolio_tables import ArrayTable
from matcher.solver.model.seat_classes import largest
from matcher.solver.pricing.set_search import PricingTask

KNOTS = 12
"""Knots a facet, from 0 to below its highest offer: more cost time in proportion, and prune hardly
more."""


@dataclass(frozen=True)
class Cuts(ArrayTable):
    """Multipliers of the modular bound, each (b, f)."""

    first: Floats
    """lambda"""
    pair: Floats
    """mu"""
    share: Floats
    """theta"""


def additive_cuts(problem: Problem, mentees: Ints) -> Cuts | None:
    """Return multipliers 0: each mentor counts with all of its own cover."""
    if problem.needs is None:
        return None
    zeros = np.zeros((len(mentees), problem.needs.shape[1]))
    return Cuts(zeros, zeros, np.ones_like(zeros))


def constant(problem: Problem, mentees: Ints, cuts: Cuts | None) -> Floats:
    """Return the part of the bound on coverage gained that no mentor changes: (b,)."""
    if cuts is None or problem.needs is None:
        return np.zeros(len(mentees))
    r = problem.second_cover
    best, second = held_cover(problem, mentees)
    one = cuts.first + np.maximum(best - cuts.first, 0.0)
    two = 2 * cuts.pair + np.maximum(best - cuts.pair, 0.0) + np.maximum(second - cuts.pair, 0.0)
    level = cuts.share * ((1 - r) * one + r * two) + (1 - cuts.share)
    before = np.minimum(1.0, best + r * second)
    return np.asarray(np.einsum("bf,bf->b", problem.needs[mentees], level - before))


def modular_terms(problem: Problem, task: PricingTask, cuts: Cuts | None) -> Floats:
    """Return what each candidate adds to the bound: (b, P), -inf for padding."""
    coverage = _coverage_terms(problem, task, cuts)
    return np.asarray(_modular_net(problem, task) + task.slope[:, None] * coverage)


def _coverage_terms(problem: Problem, task: PricingTask, cuts: Cuts | None) -> Floats:
    """Return what each candidate adds to the coverage bound: (b, P)."""
    if cuts is None or problem.needs is None or problem.offers is None:
        return np.zeros(task.mentor.shape)
    facets = (offer[task.mentor] for offer in np.ascontiguousarray(problem.offers.T))
    return _excess_over(cuts, problem.needs[task.candidates.mentee], facets, problem.second_cover)


def _excess_over(cuts: Cuts, needs: Floats, offers: Iterable[Floats], r: float) -> Floats:
    """Return the weighted excess of offers, facet by facet (b, P), over the levels: (b, P)."""
    weight, total = needs * cuts.share, np.zeros((len(needs), 1))
    for facet, offer in enumerate(offers):
        over = np.subtract(offer, cuts.first[:, facet, None])
        np.maximum(over, 0.0, out=over)
        over *= 1 - r
        if r:
            two = np.subtract(offer, cuts.pair[:, facet, None])
            np.maximum(two, 0.0, out=two)
            two *= r
            over += two
        over *= weight[:, facet, None]
        total = over if facet == 0 else np.add(total, over, out=total)
    return total


def _modular_net(problem: Problem, task: PricingTask) -> Floats:
    """Return each candidate's score less price and `min_gain`: (b, P), -inf for padding."""
    there = task.candidates.code >= 0
    score = np.where(there, task.candidates.score, 0.0) - problem.min_gain
    if is_concave(problem):
        score = np.maximum(score, 0.0)
    return np.where(there, task.slope[:, None] * score - task.price, -np.inf)


def modular_bonus(problem: Problem, bonus: Floats, slope: Floats) -> Floats:
    """Return the bonus by size where every member pays `min_gain`: the first gets it back."""
    changed = bonus.copy()
    changed[:, 1:] += (slope * problem.min_gain)[:, None]
    return changed


def beside(
    problem: Problem, task: PricingTask, bound: Floats, cuts: Cuts | None
) -> tuple[Floats, Floats]:
    """Return what others add at most to a set that holds a candidate, and the most of any set.

    Parameters
    ----------
    problem, task, cuts
        As in `modular_terms`.
    bound
        (b, P) what each candidate adds.

    Returns
    -------
    tuple[Floats, Floats]
        (b, P) or (b, 1), the constant part and the bonus by size in it; and (b,).
    """
    mentees = task.candidates.mentee
    limit = np.minimum(problem.limit[mentees], task.bonus.shape[1] - 1)
    bonus = modular_bonus(problem, task.bonus, task.slope)
    fixed = constant(problem, mentees, cuts) * task.slope + task.shift
    if task.seats is not None:
        size = min(task.seats.size, bonus.shape[1] - 1)
        earned = np.where(task.seats.size <= limit, fixed + bonus[:, size], -np.inf)
        rest, whole = task.seats.beside(bound)
        return rest + earned[:, None], np.maximum(whole + earned, fixed + bonus[:, 0])
    k = min(int(limit.max(initial=1)), bound.shape[1])
    top = np.cumsum(largest(bound, k), axis=1)
    sizes = np.arange(1, k + 1) <= limit[:, None]
    others = np.hstack([np.zeros((len(mentees), 1)), top])[:, :k] + bonus[:, 1 : k + 1]
    rest = np.where(sizes, others, -np.inf).max(axis=1, initial=-np.inf)
    whole = np.where(sizes, top + bonus[:, 1 : k + 1], -np.inf).max(axis=1, initial=-np.inf)
    return (fixed + rest)[:, None], fixed + np.maximum(whole, bonus[:, 0])


def tighten(
    problem: Problem, task: PricingTask, cuts: Cuts | None, floor: Floats, steps: int
) -> Cuts | None:
    """Improve the multipliers by Polyak subgradient steps towards the values in `floor` (b,).

    Where no value is known (-inf) they stay. With multipliers as loose as those of
    `additive_cuts` a mentor's offers count in full beside those of others, hardly anybody is
    screened out, and the exact search is what takes the time.

    Parameters
    ----------
    task
        Candidates whose best k bound the best set; others are assumed to be no better.
    steps
        More steps cost time in proportion: few in a round that others follow, more before an exact
        scan (`Schedule.steps`, `first_steps`).
    """
    if cuts is None or problem.needs is None or problem.offers is None:
        return cuts
    mentees = task.candidates.mentee
    needs, r = problem.needs[mentees], problem.second_cover
    limit = np.minimum(problem.limit[mentees], task.bonus.shape[1] - 1)
    held_best, held_second = held_cover(problem, mentees)
    base = _modular_net(problem, task)
    facets = np.ascontiguousarray(problem.offers.T)[:, task.mentor]
    bonus = modular_bonus(problem, task.bonus, task.slope)
    k = min(int(limit.max(initial=1)), base.shape[1])
    least = 1
    if task.seats is not None:
        k = least = task.seats.chosen(base).shape[1]
    first, pair, share, kept = cuts.first, cuts.pair, cuts.share, cuts
    lowest = np.full(len(mentees), np.inf)
    rows = np.arange(len(mentees))[:, None]
    for _ in range(steps):
        now = Cuts(first, pair, share)
        terms = base + task.slope[:, None] * _excess_over(now, needs, facets, r)
        if task.seats is None:
            chosen = np.argpartition(-terms, k - 1, axis=1)[:, :k]
        else:
            chosen = task.seats.chosen(terms)
        order = np.argsort(-np.take_along_axis(terms, chosen, axis=1), axis=1)
        chosen = np.take_along_axis(chosen, order, axis=1)
        sums = np.cumsum(np.take_along_axis(terms, chosen, axis=1), axis=1) + bonus[:, 1 : k + 1]
        sizes = np.arange(1, k + 1)[None, :]
        sums = np.where((sizes >= least) & (sizes <= limit[:, None]), sums, -np.inf)
        size = sums.argmax(axis=1) + 1
        inside = (np.arange(k)[None, :] < size[:, None])[:, :, None]
        bound = (
            task.slope * constant(problem, mentees, now) + sums[rows[:, 0], size - 1] + task.shift
        )
        # The bound does not fall with every step of a subgradient method: the lowest is kept.
        better = np.flatnonzero(bound < lowest)
        lowest[better] = bound[better]
        kept = kept.put(better, now.take(better))
        offer = problem.offers[task.mentor[rows, chosen]]
        one, above = _over(first, inside, offer, held_best)
        two, over = _over(pair, inside, offer, held_best, held_second)
        weight = task.slope[:, None] * needs
        to_first = weight * share * (1 - r) * (1 - above)
        to_pair = weight * share * r * (2 - over)
        # Without a second cover no cover passes 1, as offers do not: the cap never binds.
        level = (1 - r) * (first + one) + r * (2 * pair + two)
        to_share = weight * (level - 1) if r else np.zeros_like(weight)
        # Polyak's step: the bound comes down to a known value at best, so that what is missing to
        # it tells how far to go, and no length has to be chosen. Where multipliers are at their
        # best the subgradient is 0, and 1e-15 keeps the step 0 as well.
        norm = (to_first**2 + to_pair**2 + to_share**2).sum(axis=1) + 1e-15
        missing = np.where(np.isfinite(floor), np.maximum(bound - floor, 0.0), 0.0)
        step = (missing / norm)[:, None]
        # Offers lie in [0, 1], and so do the best levels; theta is a share.
        first = np.clip(first - step * to_first, 0.0, 1.0)
        pair = np.clip(pair - step * to_pair, 0.0, 1.0)
        share = np.clip(share - step * to_share, 0.0, 1.0)
    return kept


def _over(level: Floats, inside: Bools, offer: Floats, *held: Floats) -> tuple[Floats, Ints]:
    """Return what offers of members and held ones exceed levels (b, f) by, and how many do."""
    parts = [np.where(inside, offer - level[:, None, :], 0.0)]
    parts += [(cover - level)[:, None, :] for cover in held]
    above = np.concatenate(parts, axis=1)
    return np.maximum(above, 0.0).sum(axis=1), (above > 0).sum(axis=1)


@dataclass(frozen=True)
class OfferExcess:
    """Excess of all mentors' offers over evenly spaced knots, in float32."""

    step: Floats
    """(f,) distance of the knots of each facet."""
    values: Floats
    """(f * knots, m)"""
    knots: int

    @classmethod
    def of(cls, offers: Floats, knots: int = KNOTS) -> Self:
        """Return the excess of offers (m, f) over so many knots a facet."""
        step = np.maximum(offers.max(axis=0, initial=0.0), 1e-6) / knots
        level = step[:, None] * np.arange(knots)
        above = np.maximum(offers.T[:, None, :] - level[:, :, None], 0.0)
        return cls(step, above.reshape(-1, len(offers)).astype(np.float32), knots)

    def weights(self, weight: Floats, level: Floats) -> Floats:
        """Return the weight of each hinge for terms ``weight (o - level)^+`` (b, f): (b, f, knots).

        Levels lie in [0, 1]; at the last knot and above, where no offer is, nothing is needed.
        """
        place = np.minimum(level / self.step, self.knots)
        knot = np.minimum(place.astype(np.int64), self.knots - 1)
        share = place - knot
        out = np.zeros((*weight.shape, self.knots + 1))
        row, facet = np.ogrid[: weight.shape[0], : weight.shape[1]]
        out[row, facet, knot] = weight * (1.0 - share)
        out[row, facet, knot + 1] = weight * share
        return out[:, :, : self.knots]

    def of_cuts(self, needs: Floats, cuts: Cuts, second_cover: float) -> Floats:
        """Return the weights of the bound on coverage, of needs (b, f) in units of U.

        Parameters
        ----------
        needs
            What each facet is worth.
        cuts
            Multipliers of the bound.
        second_cover
            What a second mentor's offer counts for.
        """
        weight = needs * cuts.share
        weights = self.weights((1 - second_cover) * weight, cuts.first)
        if second_cover:
            weights += self.weights(second_cover * weight, cuts.pair)
        return weights

    def total(self, weights: Floats) -> Floats:
        """Return the sum of weighted excess of every mentee and mentor in float32: (b, m)."""
        return np.asarray(weights.reshape(len(weights), -1).astype(np.float32) @ self.values)
