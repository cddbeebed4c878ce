"""Random tiny problems, with every term that a problem can have switched on at random."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from matcher.problem.market import FallbackItems
from matcher.problem.problem import (
    Bools,
    Floats,
    Ints,
    ItemBlock,
    Problem,
    ReciprocalPairs,
    Tiers,
)
from matcher.problem.rules.max_matches import MaxMatches
from matcher.problem.rules.mentor_minimum import MentorMinimum
from matcher.problem.rules.one_role import OneRole
from matcher.problem.rules.pools import Pools
from matcher.problem.rules.rule import ProgrammeRule
from matcher.problem.rules.seats import SeatRule
from matcher.problem.rules.sponsorship_limit import SponsorshipLimit
from matcher.solver.api import problem_of


@dataclass(frozen=True)
class Table:
    """Items from arrays."""

    score: Floats
    load: Floats | None
    sponsored: Bools | None

    @property
    def shape(self) -> tuple[int, int]:
        return self.score.shape[0], self.score.shape[1]

    def block(self, rows: Ints) -> ItemBlock:
        load, sponsored = self.load, self.sponsored
        return ItemBlock(
            self.score[rows].copy(),
            None if load is None else load[rows],
            None if sponsored is None else sponsored[rows],
        )


def separable(seed: int) -> Problem:
    """Draw a problem that a flow solves."""
    rng = np.random.default_rng(seed)
    n, m = rng.integers(1, 5, 2).tolist()
    coin = lambda p=0.5: rng.random() < p  # noqa: E731
    score = rng.choice([rng.random((n, m)).round(2), rng.normal(0.3, 0.4, (n, m))])
    score = np.where(rng.random((n, m)) < 0.25, -np.inf, score)
    pool = rng.integers(-1, 2, m) if coin() else None
    sponsored = rng.random((n, m)) < 0.5 if coin() else None
    limit = rng.integers(0, 4, n)
    return Problem(
        Table(score, None, sponsored),
        rng.integers(0, 4, m).astype(float),
        limit,
        min_gain=float(rng.choice([0.0, 0.1])),
        rules=tuple(draw_limits(rng, m, pool, sponsored is not None, 0.3)),
        tiers=draw_tiers(rng, limit, m) if coin(0.7) else None,
        kept_pairs=np.array([[0, 0]]) if coin(0.3) else np.empty((0, 2), dtype=np.int64),
        kept_bonus=0.2,
    )


def ticks(n: int, m: int, seed: int) -> Problem:
    """Draw a cohort of tick-box answers: few values, many ties, one and a half places a mentee."""
    rng = np.random.default_rng(seed)
    wants, gives = rng.random((n, 8)) < 0.3, rng.random((m, 8)) < 0.3
    share = wants / np.maximum(wants.sum(axis=1, keepdims=True), 1)
    same = rng.integers(0, 4, (n, 1)) == rng.integers(0, 4, (1, m))
    places = rng.multinomial(round(1.5 * n), np.ones(m) / m)
    cover = {"needs": 0.6 * share, "offers": gives.astype(float)}
    return problem_of(0.13 * same, places, rng.integers(1, 4, n), **cover)


def draw_choices(rng: np.random.Generator, n: int, m: int) -> sparse.csr_array:
    """Draw what a third of the pairs count for as people's choice."""
    points = rng.choice([30, 37, 40, 50, 90], (n, m)) * (rng.random((n, m)) < 0.35)
    return sparse.csr_array(points.astype(float))


def draw_tiers(rng: np.random.Generator, limit: Ints, m: int) -> Tiers:
    """Draw tiers with two classes, waits, choices and minimums, some of them off."""
    n = len(limit)
    return Tiers(
        rng.integers(1, 3, n),
        rng.integers(0, 60, n) if rng.random() < 0.5 else None,
        np.minimum(rng.integers(0, 3, n), limit) if rng.random() < 0.7 else None,
        draw_choices(rng, n, m) if rng.random() < 0.5 else None,
    )


def anything(seed: int) -> Problem:
    """Draw a problem with up to 4 mentees and 3 mentors and any terms."""
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    coin = lambda p=0.5: rng.random() < p  # noqa: E731
    score = np.where(rng.random((n, m)) < 0.2, -np.inf, rng.normal(0.2, 0.2, (n, m)))
    limit, facets = rng.integers(0, 4, n), 3
    capacity = rng.integers(0, 4, m).astype(float)
    load = rng.choice([0.5, 1.0, 1.5], (n, m)) if coin(0.4) else None
    sponsored = rng.random((n, m)) < 0.5 if coin(0.3) else None
    own = rng.permutation(np.append(np.arange(m), np.full(n, -1)))[:n] if coin(0.6) else None
    if own is not None:
        mine = np.flatnonzero(own >= 0)
        score[mine, own[mine]] = -np.inf
    pool = rng.integers(-1, 2, m) if coin(0.3) else None
    covered = coin(0.7)
    ties = covered and coin(0.3)
    held = rng.random((2, n, facets)) * 0.5
    held.sort(axis=0)
    drawn = Problem(
        Table(score, load, sponsored),
        capacity,
        limit,
        needs=rng.dirichlet(np.ones(facets), n) if covered else None,
        offers=rng.random((m, facets)) if covered else None,
        held_best=held[1] if ties else None,
        held_second=held[0] if ties else None,
        second_cover=float(rng.choice([0.0, 0.3])),
        like=draw_like(rng, m) if coin() else None,
        redundancy=0.15,
        min_gain=float(rng.choice([0.0, 0.02])),
        reciprocal=draw_reciprocal(rng, own),
        rules=(
            *draw_limits(rng, m, pool, sponsored is not None, 0.2),
            *(
                [OneRole(np.where(rng.random(n) < 0.5, own, -1))]
                if own is not None and coin()
                else []
            ),
            *(draw_rules(rng, n, m) if coin(0.4) else ()),
            *([MentorMinimum(rng.integers(0, 3, m).astype(float), 0.1)] if coin(0.3) else []),
        ),
        person_mentor=own,
        tiers=draw_tiers(rng, limit, m) if coin() else None,
        fairness=float(rng.choice([0.0, 0.0, 0.5, 1.0, 2.0])),
        kept_pairs=np.argwhere(rng.random((n, m)) < 0.3),
        kept_bonus=0.1,
    )
    return with_fallback(drawn, np.random.default_rng([seed, 1]))


def with_fallback(problem: Problem, rng: np.random.Generator) -> Problem:
    """Return the problem with a next approach for some of its pairs, worth no more.

    Either is a sponsorship.
    """
    block = problem.scores.block(np.arange(problem.n_mentees))
    chance = np.where(block.sponsorships, 0.7, 0.2) * np.isfinite(block.score)
    mentee, mentor = np.nonzero(rng.random(chance.shape) < chance)
    if not len(mentee):
        return problem
    score = block.score[mentee, mentor] - rng.choice([0.0, 0.1], len(mentee))
    load = block.loads[mentee, mentor]
    sponsored = ~block.sponsorships[mentee, mentor]
    return replace(problem, fallback=FallbackItems(mentee, mentor, score, load, sponsored))


def draw_like(rng: np.random.Generator, m: int) -> Ints | Bools:
    """Draw likeness as labels or as a matrix."""
    if rng.random() < 0.5:
        return rng.integers(-1, 2, m)
    half = np.triu(rng.random((m, m)) < 0.5, 1)
    return half | half.T


def draw_limits(
    rng: np.random.Generator, m: int, pool: Ints | None, sponsored: bool, programme: float
) -> Iterator[ProgrammeRule]:
    """Draw limits that mentors stand under together, on sponsorships, and on all matches."""
    if pool is not None:
        yield Pools(rng.integers(0, 4, 2).astype(float), pool)
    if sponsored:
        yield SponsorshipLimit(rng.integers(0, 3, m).astype(float))
    if rng.random() < programme:
        yield MaxMatches(np.array([float(rng.integers(0, 6))]), m)


def draw_one_role(rng: np.random.Generator, own: Ints) -> Iterator[ProgrammeRule]:
    """Draw people in one role only among those in both."""
    yield OneRole(np.where(rng.random(len(own)) < 0.5, own, -1))


def draw_rules(rng: np.random.Generator, n: int, m: int) -> Iterator[ProgrammeRule]:
    """Draw rules of portfolios."""
    yield SeatRule.external(int(rng.integers(0, 3)), rng.integers(-1, 2, n), rng.integers(-1, 2, m))
    if rng.random() < 0.5:
        yield SeatRule.alike(rng.integers(-1, 2, m), 1, n)


def draw_reciprocal(rng: np.random.Generator, own: Ints | None) -> ReciprocalPairs | None:
    """Draw reciprocal pairs of people in both roles, their one-way items staying allowed."""
    if own is None:
        return None
    dual = np.flatnonzero(own >= 0)
    a, b = np.triu_indices(len(dual), 1)
    keep = rng.random(len(a)) < 0.7
    a, b = dual[a[keep]], dual[b[keep]]
    if not len(a):
        return None
    shape = len(a)
    score = rng.normal(0.3, 0.2, (2, shape))
    return ReciprocalPairs(
        a, own[b], b, own[a], score[0], score[1], np.ones(shape), rng.choice([0.5, 1.0], shape)
    )
