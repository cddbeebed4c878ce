"""The screen where scores are a product of two matrices: each pair's bound is one product too.

What a pair adds to the modular bound at given prices is a score, weighted excesses of offers and a
price. Where the score is a product of what belongs to the mentee and what belongs to the mentor,
all of it is one, in float32, of a few dozen numbers each. It is taken tile by tile, which stay in
the processor's cache, and only pairs above a least bound of their mentee are looked at again. What
that is worth at size: ``benchmarks/scale.py``, with and without ``--by-block``.

A least bound hangs on what the best others add, which is known once all pairs were seen. It is
guessed from items that are likely to be the best, or from a few tiles of mentors, in a drawn order;
where that was too high the mentee's pairs are looked at again.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Advice, Floats, Ints, present
from matcher.problem.problem import Problem
from matcher.problem.value import is_concave
from matcher.solver.model import portfolio_tables
from matcher.solver.pricing import modular_bound
from matcher.solver.pricing.modular_bound import Cuts, OfferExcess
from matcher.solver.pricing.pair_screen import Screened, SetBounds
from matcher.solver.pricing.pricer import Pricer, ScanQuestion
from matcher.solver.score_sources import factors_of

TILE = 2048
"""Mentors of a tile,"""

MENTEES = 256
"""and mentees, whose product fits into the cache beside what it is made of."""

FEW_KNOTS = 4
"""Knots a facet: the product costs in proportion, and few more pairs are left than with 12."""

SPARE = 4
"""Times as many pairs are asked for as candidates: drawn tiles tell their bound roughly."""

DRAWN = 24
"""One tile in so many is among the drawn ones."""

HIGHEST = 8
"""Largest bounds of drawn tiles from which the largest of all is guessed, and"""

BEYOND = 2.0
"""by how many more of the steps between them it may be higher."""

SINGLE_STEP = 2.0**-24
"""What one step in float32 may be off."""

Hits = tuple[Ints, Ints, Advice]
"""Row, mentor and bound of each pair found, by row."""


@dataclass(frozen=True)
class PairProducts:
    """Both sides of the product that scores are, where each pair takes one place."""

    problem: Problem
    mentees: Advice
    """(n, d)"""
    mentors: Advice
    """(m, d)"""

    @classmethod
    def of(cls, problem: Problem) -> Self | None:
        """Return those of a problem, None where its scores are no product or pairs cost more."""
        factors = factors_of(problem.scores)
        forced = len(problem.required) + len(problem.required_reciprocal)
        plain = not (is_concave(problem) or forced or problem.n_sides or len(problem.kept_pairs))
        return cls(problem, *factors) if factors is not None and plain else None

    @cached_property
    def order(self) -> Ints:
        """Mentors in a drawn order, so that the first tile is like all."""
        return np.random.default_rng(0).permutation(len(self.mentors))

    def alone(self, mentees: Ints, mentor: Ints) -> Advice:
        """Return what some mentors alone are worth to some mentees, roughly: (b, c)."""
        worth = self.mentees[mentees] @ self.mentors[mentor].T
        if self.problem.needs is not None:
            offers = present(self.problem.offers)[mentor].astype(np.float32)
            worth += self.problem.needs[mentees].astype(np.float32) @ offers.T
        return np.asarray(worth)

    def scores(self, mentee: Ints, mentor: Ints) -> Floats:
        """Return the scores of single pairs: (k,)."""
        left, right = self.mentees[mentee], self.mentors[mentor]
        return np.asarray(np.einsum("kd,kd->k", left, right, dtype=np.float64))

    @cached_property
    def excess(self) -> OfferExcess | None:
        """Excess of offers over a few knots."""
        offers = self.problem.offers
        return None if offers is None else OfferExcess.of(offers, FEW_KNOTS)

    def at(self, question: ScanQuestion) -> "PricedProducts | None":
        """Return the products at the duals of a question, None where it prices pairs otherwise."""
        prices = question.rows.prices(question.y)
        if len(question.rows.pair_costs(question.y)[2]) or prices.sponsorship.any():
            return None
        cost = prices.load + prices.match + self.problem.min_gain
        parts: list[NDArray[Any]] = [self.mentors.T, -cost[None, :]]
        excess = None if question.cuts is None else self.excess
        if self.problem.needs is not None:
            parts.append(present(self.problem.offers).T if excess is None else excess.values)
        right = np.vstack([part.astype(np.float32, copy=False)[:, self.order] for part in parts])
        starts = range(0, right.shape[1], TILE)
        tiles = [np.ascontiguousarray(right[:, first : first + TILE]) for first in starts]
        longest = float(np.sqrt((right * right).sum(axis=0).max(initial=0.0)))
        return PricedProducts(self, excess, tiles, longest)


@dataclass(frozen=True)
class PricedProducts:
    """The mentors' side at some prices, in tiles."""

    products: PairProducts
    excess: OfferExcess | None
    """None: each mentor counts with all of its own cover."""
    tiles: list[Advice]
    """(D, t) each"""
    longest: float
    """Length of the longest column."""

    @property
    def _drawn(self) -> int:
        """How many tiles tell what all are like: the first ones, as mentors come in no order."""
        return -(-len(self.tiles) // DRAWN)

    @property
    def _drawn_share(self) -> float:
        """Share of the mentors in them."""
        return min(1.0, self._drawn * TILE / len(self.products.order))

    def screened(self, pricer: Pricer, question: ScanQuestion, mentees: Ints) -> list[Screened]:
        """Screen a block of mentees, some at a time."""
        places = np.arange(len(mentees))
        starts = range(0, len(mentees), MENTEES)
        return [
            self._part(pricer, question.of_block(mentees[places[s : s + MENTEES]]), mentees[s])
            for s in starts
        ]

    def _part(self, pricer: Pricer, question: ScanQuestion, first: int) -> Screened:
        mentees = first + np.arange(len(question.floor))
        left = self._left(mentees, question.cuts)
        if not question.search:
            rank = int(np.ceil(SPARE * question.width * self._drawn_share))
            hits = self._reaching(left, self._sampled(left, rank)[:, -1])
            return Screened(self._items(mentees, hits, question.width))
        reach = SetBounds.of(pricer, question, mentees)
        slip = SINGLE_STEP * left.shape[1] * self.longest * np.linalg.norm(left, axis=1)
        guess = self._guess(pricer, question, left, reach.most_members)
        hits, least, top = self._within(left, guess, reach, slip)
        most = reach.most(top) + slip
        if pricer.is_hurried:
            return Screened(self._items(mentees, hits, question.width), most)
        row, mentor, bound = hits
        near = bound > least[row]
        hits = row[near], mentor[near], bound[near]
        every = self._items(mentees, hits, max(1, int(np.bincount(hits[0], minlength=1).max())))
        best = self._items(mentees, hits, question.width)
        return Screened(best, most, every, None, question.cuts)

    def _left(self, mentees: Ints, cuts: Cuts | None) -> Advice:
        """Return the mentees' side: (b, D)."""
        products, problem = self.products, self.products.problem
        parts = [products.mentees[mentees], np.ones((len(mentees), 1), dtype=np.float32)]
        if problem.needs is not None:
            needs = problem.needs[mentees]
            if cuts is not None and self.excess is not None:
                needs = self.excess.of_cuts(needs, cuts, problem.second_cover)
            parts.append(needs.reshape(len(mentees), -1).astype(np.float32))
        return np.hstack(parts)

    def _sampled(self, left: Advice, count: int) -> Advice:
        """Return the largest bounds of each mentee in drawn tiles, in falling order: (b, c)."""
        largest = np.empty((len(left), 0), dtype=np.float32)
        for tile in self.tiles[: self._drawn]:
            bound = np.hstack([largest, left @ tile])
            first = max(0, bound.shape[1] - count)
            largest = np.partition(bound, first, axis=1)[:, first:]
        return np.asarray(np.sort(largest, axis=1)[:, ::-1])

    def _guess(self, pricer: Pricer, question: ScanQuestion, left: Advice, k: int) -> Floats:
        """Return what each mentee's largest bounds may be: (b, k)."""
        if question.likely is not None:
            task = pricer.task(question, question.likely)
            bound = modular_bound.modular_terms(pricer.problem, task, question.cuts)
            return -np.sort(-bound, axis=1)[:, :k]
        top = self._sampled(left, HIGHEST).astype(np.float64)
        step = (top[:, 0] - top[:, -1]) / np.log(max(2, top.shape[1]))
        beyond = BEYOND - np.log(self._drawn_share)
        return np.repeat((top[:, 0] + beyond * step)[:, None], k, axis=1)

    def _within(
        self, left: Advice, guess: Floats, reach: SetBounds, slip: Floats
    ) -> tuple[Hits, Floats, Floats]:
        """Return the pairs that a set worth finding may hold, their least bound, and the best k."""
        tried = reach.least(guess) - slip
        hits = self._reaching(left, tried.astype(np.float32))
        best = _best_of(hits, tried, reach.most_members)
        least: Floats = reach.least(best) - slip
        wrong = np.flatnonzero(least < tried)
        if len(wrong):
            row, mentor, bound = self._reaching(left[wrong], least[wrong].astype(np.float32))
            kept = ~np.isin(hits[0], wrong)
            hits = (
                np.concatenate([hits[0][kept], wrong[row]]),
                np.concatenate([hits[1][kept], mentor]),
                np.concatenate([hits[2][kept], bound]),
            )
        return hits, least, best

    def _reaching(self, left: Advice, least: Advice) -> Hits:
        """Return the pairs whose bound is at least `least` (b,), by row and mentor's place."""
        found: list[Hits] = []
        bound = np.empty((len(left), TILE), dtype=np.float32)
        for number, tile in enumerate(self.tiles):
            here = bound[:, : tile.shape[1]]
            np.matmul(left, tile, out=here)
            row, column = np.divmod(np.flatnonzero(here >= least[:, None]), tile.shape[1])
            found.append((row, column + number * TILE, here[row, column]))
        row = np.concatenate([one for one, _, _ in found])
        place = np.concatenate([one for _, one, _ in found])
        value = np.concatenate([one for _, _, one in found])
        order = np.argsort(row, kind="stable")
        return row[order], self.products.order[place[order]], value[order]

    def _items(self, mentees: Ints, hits: Hits, width: int) -> portfolio_tables.CandidateItems:
        """Return the best `width` pairs of each mentee as candidates, by mentor."""
        row, mentor, bound = hits
        some = portfolio_tables.lowest_of_each(row, -bound.astype(np.float64), width)
        some = some[np.lexsort((mentor[some], row[some]))]
        row, mentor = row[some], mentor[some]
        count = np.bincount(row, minlength=len(mentees))
        slot = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
        shape = (len(mentees), max(1, int(count.max(initial=1))))
        code, score = np.full(shape, -1, dtype=np.int64), np.full(shape, -np.inf)
        code[row, slot] = mentor
        score[row, slot] = self.products.scores(mentees[row], mentor)
        there = (code >= 0).astype(np.float64)
        return portfolio_tables.CandidateItems(mentees, code, score, there, 0.0 * there)


def _best_of(hits: Hits, least: Floats, k: int) -> Floats:
    """Return the k largest bounds of each row, `least` for those that were not found: (b, k)."""
    row, _, bound = hits
    some = portfolio_tables.lowest_of_each(row, -bound.astype(np.float64), k)
    count = np.bincount(row[some], minlength=len(least))
    slot = np.arange(len(some)) - np.repeat(np.cumsum(count) - count, count)
    best = np.repeat(least[:, None], k, axis=1)
    best[row[some], slot] = np.maximum(bound[some], least[row[some]])
    return best
