"""Pairs that may take their next approach: where a limit on sponsorships can bind, or a seat asks.

Either of a pair's two approaches is the sponsorship.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from matcher.arrays import Bools, Codes, Floats, Ints
from matcher.features.base import Listed, PairTable
from matcher.problem.market import FALLBACK, FallbackItems
from matcher.problem.problem import Problem
from matcher.problem.rules.sponsorship_limit import SponsorshipLimit
from matcher.problem.stated_amounts import LoadRule
from matcher.scoring.allowed_pairs import Candidates, without
from matcher.scoring.approaches import CODES, NOT_ALLOWED
from matcher.scoring.pair_scores import HeldScores, PairScores
from matcher.vocabulary import Approach

SPONSORED = CODES[Approach.SPONSORSHIP]


@dataclass(frozen=True)
class NextApproach:
    """Pairs whose sponsorship may give way, by mentee, then mentor; each array (s,)."""

    items: FallbackItems
    """In units of pair scores."""
    approach: Codes
    own: Floats
    """Score by the next approach; `items` hold no more than the first one's, which may come first
    in a mentee's own order alone."""

    @classmethod
    def none(cls) -> Self:
        """Return that no pair has any."""
        nobody, nothing = np.empty(0, dtype=np.int64), np.empty(0)
        items = FallbackItems(nobody, nobody, nothing, nothing, nothing.astype(bool))
        return cls(items, nobody.astype(np.int8), nothing)

    def of_problem(self, factor: float) -> FallbackItems | None:
        """Return the items with scores times `factor`; None without any."""
        score = factor * np.maximum(self.items.score, 0.0)
        return replace(self.items, score=score) if len(self.items) else None

    def is_taken(self, mentee: Ints, mentor: Ints, approach: Codes) -> Bools:
        """Return which pairs (k,) have these approaches as their next ones."""
        at = self.items.find(mentee, mentor)
        return np.asarray((at >= 0) & (np.append(self.approach, NOT_ALLOWED)[at] == approach))

    def instead(self, number: Ints, pairs: Ints, values: Floats, else_: Floats) -> Floats:
        """Return a value of each match (k,), from `values` (s,) where it is a fallback."""
        at = self.items.find(pairs[:, 0], pairs[:, 1])
        there = (number == FALLBACK) & (at >= 0)
        return np.where(there, np.append(values, 0)[at], else_)


def next_approaches(
    candidates: Candidates,
    scores: PairScores | HeldScores,
    loads: LoadRule,
    problem: Problem,
    seated: Collection[Approach] = (),
) -> NextApproach:
    """Return the pairs whose mentor may be asked for too many sponsorships, and those of seats.

    Parameters
    ----------
    candidates, scores, loads
        Who may be matched how, how well, and what it takes.
    problem
        Places of the mentors and the rules.
    seated
        Approaches that seats ask for.
    """
    pairs = np.empty((0, 2), dtype=np.int64)
    for rule in problem.rules_of(SponsorshipLimit):
        pairs = _sponsored(scores, np.isfinite(rule.most))
        asked = np.bincount(pairs[:, 1], minlength=problem.n_mentors)
        can = np.floor(problem.capacity + 1e-9) if loads.is_one else np.inf
        pairs = pairs[(rule.most < np.minimum(asked, can))[pairs[:, 1]]]
    if seated:
        pairs = np.unique(np.concatenate([pairs, _told_apart(candidates, seated)]), axis=0)
    pairs = without(pairs, candidates.locked, problem.n_mentors)
    approach = next_codes(candidates, pairs)
    pairs, approach = pairs[approach != NOT_ALLOWED], approach[approach != NOT_ALLOWED]
    mentee, mentor = pairs.T
    first = candidates.listed(mentee, mentor)
    own, most = (scores.directional(mentee, mentor, code) for code in (approach, first))
    load = loads.of_pairs(Listed(mentee, mentor))
    items = FallbackItems(mentee, mentor, np.minimum(own, most), load, approach == SPONSORED)
    return NextApproach(items, approach, own)


def _told_apart(candidates: Candidates, seated: Collection[Approach]) -> Ints:
    """Return the pairs that may be a sponsorship or something else, one of which a seat asks for.

    Pairs of shape (k, 2).
    """
    found, (n, m) = [np.empty((0, 2), dtype=np.int64)], candidates.shape
    asked = [CODES[approach] for approach in seated]
    step = max(1, 4_000_000 // max(1, m))
    for start in range(0, n, step):
        rows = np.arange(start, min(start + step, n))
        first = candidates.block(rows)
        row, column = np.nonzero(first != NOT_ALLOWED)
        pairs = np.column_stack([rows[row], column])
        both = np.column_stack([first[row, column], next_codes(candidates, pairs)])
        found.append(pairs[(both != NOT_ALLOWED).all(axis=1) & np.isin(both, asked).any(axis=1)])
    return np.concatenate(found)


def _sponsored(scores: PairScores | HeldScores, mentors: Bools) -> Ints:
    """Return the pairs with some mentors that would be sponsorships: (k, 2)."""
    found, (n, m) = [np.empty((0, 2), dtype=np.int64)], scores.shape
    step = max(1, 4_000_000 // max(1, m))
    for start in range(0, n if mentors.any() else 0, step):
        rows = np.arange(start, min(start + step, n))
        row, column = np.nonzero((scores.block(rows).approach == SPONSORED) & mentors)
        found.append(np.column_stack([rows[row], column]))
    return np.concatenate(found)


def next_codes(candidates: Candidates, pairs: Ints) -> Codes:
    """Return the next approach of pairs, -1 where there is none: (k,).

    What may be a sponsorship and is none may be that; what is one is the best of all others.
    """
    choice, listed = candidates.approaches, Listed(*pairs.T)
    other = choice.choose(listed, without=Approach.SPONSORSHIP)
    can = choice.allows(listed, Approach.SPONSORSHIP)
    is_one = candidates.listed(*pairs.T) == SPONSORED
    return np.where(is_one, other, np.where(can, SPONSORED, NOT_ALLOWED)).astype(np.int8)


def with_forced_fallbacks(
    candidates: Candidates, scores: PairScores, most: Floats, forced: Ints, kept: Bools
) -> Candidates:
    """Let forced pairs take their next approach where their sponsors are asked for too many.

    Parameters
    ----------
    candidates, scores
        Who may be matched how, and how well.
    most
        (m,) sponsorships that each mentor gives.
    forced
        (k, 2) pairs that are made in any case.
    kept
        (k,) which of them were sponsorships before; these stay so first.
    """
    first = candidates.listed(*forced.T) == SPONSORED
    pairs, kept = forced[first], kept[first]
    code = next_codes(candidates, pairs)
    i, j = pairs.T
    own, next_ = (scores.directional(i, j, by) for by in (SPONSORED, np.maximum(code, 0)))
    loss = np.where(code == NOT_ALLOWED, np.inf, own - next_)
    order = np.lexsort((-loss, ~kept, code != NOT_ALLOWED, pairs[:, 1]))
    mentor = pairs[order, 1]
    turn = np.arange(len(order)) - np.searchsorted(mentor, mentor)
    moved = order[(turn >= most[mentor]) & (code[order] != NOT_ALLOWED)]
    if not len(moved):
        return candidates
    fixed = without(candidates.locked, pairs[moved], candidates.shape[1])
    i, j = np.concatenate([fixed, pairs[moved]]).T
    codes = np.concatenate([candidates.listed(*fixed.T), code[moved]])
    table = PairTable.build(i, j, codes.astype(np.float64), candidates.shape)
    return replace(candidates, locked_approach=table)
