"""One mentor each: the welfare is a sum over pairs, whatever coverage and fairness say.

Where nobody takes more than one mentor, a portfolio is one item, and what it is worth is a number:
``U(V_i({j}))``. A problem of such numbers has the same answers, welfare and rows, so that its
prices prove the other's optimum too.
"""

from dataclasses import dataclass, replace

import numpy as np

from matcher.arrays import present
from matcher.problem.problem import Floats, Ints, ItemBlock, Problem
from matcher.problem.rules.rule import PortfolioRule
from matcher.problem.value import cover_gain, held_cover, is_concave, utility


def sum_over_pairs(problem: Problem) -> Problem | None:
    """Return a problem with the same welfare as a sum over pairs, None where there is none.

    Parameters
    ----------
    problem
        The instance; it is returned as it is where its welfare is such a sum.
    """
    if problem.is_separable:
        return problem
    alone = problem.limit.max(initial=0) <= 1 and not len(problem.listed[0])
    if not alone or problem.fairness == "max-min":
        return None
    return replace(
        problem,
        scores=_Singles(problem),
        needs=None,
        offers=None,
        held_best=None,
        held_second=None,
        like=None,
        rules=tuple(rule for rule in problem.rules if not isinstance(rule, PortfolioRule)),
        fairness=0.0,
    )


def cover_of_pairs(
    problem: Problem, mentee: Ints, mentor: Ints, best: Floats, second: Floats
) -> Floats:
    """Return what mentors add to the coverage of mentees, pair by pair: (k,).

    Parameters
    ----------
    problem
        The instance, with needs.
    mentee, mentor
        (k,) positions.
    best, second
        (n, f) best and second-best offer that each mentee has so far.
    """
    needs, offers = present(problem.needs), present(problem.offers)
    total = np.zeros(len(mentee))
    for facet in range(needs.shape[1]):
        before = best[mentee, facet], second[mentee, facet]
        gain = cover_gain(offers[mentor, facet], *before, problem.second_cover)
        total += needs[mentee, facet] * gain
    return total


@dataclass(frozen=True)
class _Singles:
    """What each mentor alone is worth to each mentee."""

    problem: Problem

    @property
    def shape(self) -> tuple[int, int]:
        """Mentees and mentors."""
        return self.problem.scores.shape

    def block(self, rows: Ints) -> ItemBlock:
        """Return the items of mentees `rows` (b,); -inf where one alone breaks a rule too."""
        problem, block = self.problem, self.problem.scores.block(rows)
        worth = self._cover(rows)
        worth += block.score
        if is_concave(problem):
            worth = np.where(np.isfinite(worth), utility(worth, problem.fairness), -np.inf)
        for rule in problem.portfolio_rules:
            mentee, mentor = np.broadcast_arrays(rows[:, None], np.arange(self.shape[1]))
            kept = rule.holds(mentee.ravel(), mentor.reshape(-1, 1))
            worth[~kept.reshape(worth.shape)] = -np.inf
        return replace(block, score=worth)

    def _cover(self, rows: Ints) -> Floats:
        """Return what a mentor's offers meet of the needs of mentees `rows`: (b, m)."""
        problem = self.problem
        if problem.needs is None:
            return np.zeros((len(rows), self.shape[1]))
        needs, offers = problem.needs[rows], present(problem.offers)
        worth = np.asarray(needs @ offers.T)
        best, second = held_cover(problem, rows)
        for facet in np.flatnonzero(np.any(best > 0, axis=0)).tolist():
            some = np.flatnonzero((best[:, facet] > 0) & (needs[:, facet] > 0))
            offer = offers[None, :, facet]
            held, beside = best[some, facet, None], second[some, facet, None]
            gain = cover_gain(offer, held, beside, problem.second_cover)
            worth[some] += needs[some, facet, None] * (gain - offer)
        return worth
