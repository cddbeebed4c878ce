"""Modular bounds on coverage: which mentors can be in a best portfolio at all.

With r the second cover, ``o1 + r o2 = (1 - r) o1 + r (o1 + o2)``, and for any lambda, mu >= 0

``o1 <= lambda + sum_j (o_j - lambda)^+``  and  ``o1 + o2 <= 2 mu + sum_j (o_j - mu)^+``,

while the cap gives ``min(1, x) <= theta x + (1 - theta)`` for any theta in [0, 1]. Cover held
before enters as two more members of the sums. The right-hand side is a constant plus a sum over
mentors, whose best k are one partition; subgradient steps on the multipliers make it tight.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matcher.problem.value import held_cover, is_concave
from matcher.solver.model.array_table import ArrayTable

if TYPE_CHECKING:
    from matcher.problem.problem import Floats, Ints, Problem
    from matcher.solver.pricing.set_search import PricingTask


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
    best, second = (held[mentees] for held in held_cover(problem))
    one = cuts.first + np.maximum(best - cuts.first, 0.0)
    two = 2 * cuts.pair + np.maximum(best - cuts.pair, 0.0) + np.maximum(second - cuts.pair, 0.0)
    level = cuts.share * ((1 - r) * one + r * two) + (1 - cuts.share)
    before = np.minimum(1.0, best + r * second)
    return np.asarray(np.einsum("bf,bf->b", problem.needs[mentees], level - before))


def modular_terms(problem: Problem, task: PricingTask, cuts: Cuts | None) -> Floats:
    """Return what each candidate adds to the bound: (b, P), -inf for padding."""
    coverage = coverage_terms(problem, task, cuts)
    return np.asarray(modular_net(problem, task) + task.slope[:, None] * coverage)


def coverage_terms(problem: Problem, task: PricingTask, cuts: Cuts | None) -> Floats:
    """Return what each candidate adds to the coverage bound: (b, P)."""
    total = np.zeros(task.mentor.shape)
    if cuts is None or problem.needs is None or problem.offers is None:
        return total
    r = problem.second_cover
    weight = problem.needs[task.candidates.mentee] * cuts.share
    for facet in range(problem.needs.shape[1]):
        offer = problem.offers[:, facet][task.mentor]
        term = (1 - r) * np.maximum(offer - cuts.first[:, facet, None], 0.0)
        if r:
            term += r * np.maximum(offer - cuts.pair[:, facet, None], 0.0)
        total += weight[:, facet, None] * term
    return total


def modular_net(problem: Problem, task: PricingTask) -> Floats:
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


def tighten(
    problem: Problem, task: PricingTask, cuts: Cuts | None, floor: Floats, steps: int
) -> Cuts | None:
    """Improve the multipliers by Polyak subgradient steps towards the values in `floor` (b,).

    Where no value is known (-inf) they stay.
    """
    if cuts is None or problem.needs is None or problem.offers is None:
        return cuts
    mentees = task.candidates.mentee
    needs, r = problem.needs[mentees], problem.second_cover
    limit = np.minimum(problem.limit[mentees], task.bonus.shape[1] - 1)
    held_best, held_second = (held[mentees] for held in held_cover(problem))
    base = modular_net(problem, task)
    bonus = modular_bonus(problem, task.bonus, task.slope)
    k = min(int(limit.max(initial=1)), base.shape[1])
    first, pair, share, kept = cuts.first, cuts.pair, cuts.share, cuts
    lowest = np.full(len(mentees), np.inf)
    rows = np.arange(len(mentees))[:, None]
    for _ in range(steps):
        now = Cuts(first, pair, share)
        terms = base + task.slope[:, None] * coverage_terms(problem, task, now)
        chosen = np.argpartition(-terms, k - 1, axis=1)[:, :k]
        value = np.take_along_axis(terms, chosen, axis=1)
        order = np.argsort(-value, axis=1)
        chosen, value = (
            np.take_along_axis(chosen, order, axis=1),
            np.take_along_axis(value, order, axis=1),
        )
        sums = np.cumsum(value, axis=1) + bonus[:, 1 : k + 1]
        sums = np.where(np.arange(1, k + 1)[None, :] <= limit[:, None], sums, -np.inf)
        size = sums.argmax(axis=1) + 1
        inside = (np.arange(k)[None, :] < size[:, None])[:, :, None]
        bound = (
            task.slope * constant(problem, mentees, now) + sums[rows[:, 0], size - 1] + task.shift
        )
        better = np.flatnonzero(bound < lowest)
        lowest[better] = bound[better]
        kept = kept.put(better, now.take(better))
        offer = problem.offers[task.mentor[rows, chosen]]
        above = np.where(inside, offer > first[:, None, :], False).sum(axis=1) + (held_best > first)
        over = np.where(inside, offer > pair[:, None, :], False).sum(axis=1)
        over = over + (held_best > pair) + (held_second > pair)
        weight = task.slope[:, None] * needs
        to_first = weight * share * (1 - r) * (1 - above)
        to_pair = weight * share * r * (2 - over)
        one = first + np.where(inside, np.maximum(offer - first[:, None, :], 0), 0).sum(axis=1)
        one += np.maximum(held_best - first, 0)
        two = 2 * pair + np.where(inside, np.maximum(offer - pair[:, None, :], 0), 0).sum(axis=1)
        two += np.maximum(held_best - pair, 0) + np.maximum(held_second - pair, 0)
        to_share = weight * ((1 - r) * one + r * two - 1) if r else np.zeros_like(weight)
        norm = (to_first**2 + to_pair**2 + to_share**2).sum(axis=1) + 1e-15
        missing = np.where(np.isfinite(floor), np.maximum(bound - floor, 0.0), 0.0)
        step = (missing / norm)[:, None]
        first = np.clip(first - step * to_first, 0.0, 1.0)
        pair = np.clip(pair - step * to_pair, 0.0, 1.0)
        share = np.clip(share - step * to_share, 0.0, 1.0)
    return kept
