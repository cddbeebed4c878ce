"""Small random problems with every term of the objective at once, and portfolios by enumeration."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from matcher.problem.problem import (
    Assignment,
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
from matcher.problem.value import evaluate, utility

from .brute_force import code_of
from .tiny import draw_choices


@dataclass(frozen=True)
class Dense:
    """Scores held as arrays."""

    score: np.ndarray
    load: np.ndarray | None = None
    sponsored: np.ndarray | None = None

    @property
    def shape(self) -> tuple[int, int]:
        return self.score.shape

    def block(self, rows: Ints) -> ItemBlock:
        return ItemBlock(
            self.score[rows],
            None if self.load is None else self.load[rows],
            None if self.sponsored is None else self.sponsored[rows],
        )


def random_problem(seed: int, n: int = 4, m: int = 4, *, reciprocal: bool = False) -> Problem:
    """Draw a problem in which each term and rule is present about half of the time."""
    rng = np.random.default_rng(seed)
    f = int(rng.integers(1, 4))

    def flip() -> bool:
        return bool(rng.random() < 0.5)

    score = rng.random((n, m)) * 0.4 - 0.05
    score[rng.random((n, m)) < 0.15] = -np.inf
    pairs = _reciprocal(rng, n, m) if reciprocal else None
    dual = min(n, m)
    person = np.where(np.arange(n) < dual, np.arange(n), -1)
    held = rng.random((n, f)) * (rng.random((n, f)) < 0.4) if flip() else None
    pool = rng.integers(-1, 2, m) if flip() else None
    return Problem(
        scores=Dense(
            score,
            rng.choice([0.5, 1.0, 1.5], (n, m)) if flip() else None,
            rng.random((n, m)) < 0.4 if flip() else None,
        ),
        capacity=rng.integers(0, 3, m).astype(float),
        limit=rng.integers(0, 4, n),
        needs=rng.random((n, f)) if flip() or flip() else None,
        offers=rng.random((m, f)),
        held_best=held,
        held_second=None if held is None else held * rng.random((n, f)),
        second_cover=float(rng.choice([0.0, 0.3, 0.8])),
        like=rng.integers(-1, 2, m) if flip() else None,
        redundancy=0.1,
        min_gain=float(rng.choice([0.0, 0.03])),
        reciprocal=pairs,
        rules=tuple(_rules(rng, person, pool, m, reciprocal=reciprocal)),
        person_mentor=person if reciprocal else None,
        tiers=_tiers(rng, n, m) if flip() else None,
        fairness=float(rng.choice([0.0, 0.0, 1.0, 2.0])),
        kept_pairs=np.argwhere(np.isfinite(score))[:3],
        kept_bonus=float(rng.choice([0.0, 0.04])),
    )


def without(problem: Problem, *kinds: type[ProgrammeRule]) -> Problem:
    """Return the problem without its rules of some kinds."""
    return replace(problem, rules=tuple(r for r in problem.rules if not isinstance(r, kinds)))


def _rules(
    rng: np.random.Generator, person: Ints, pool: Ints | None, m: int, *, reciprocal: bool
) -> Iterator[ProgrammeRule]:
    n = len(person)
    if pool is not None:
        yield Pools(rng.integers(1, 4, 2).astype(float), pool)
    if rng.random() < 0.5:
        yield SponsorshipLimit(rng.integers(0, 2, m).astype(float))
    if rng.random() < 0.5:
        yield MaxMatches(np.array([float(rng.integers(2, 6))]), m)
    if reciprocal and rng.random() < 0.5:
        yield OneRole(np.where(rng.random(n) < 0.3, person, -1))
    if rng.random() < 0.5:
        same = rng.integers(-1, 2, m) if rng.random() < 0.5 else None
        yield SeatRule.external(
            int(rng.integers(0, 2)), rng.integers(-1, 2, n), rng.integers(-1, 2, m)
        )
        if same is not None:
            yield SeatRule.alike(same, 1, n)
    if rng.random() < 0.25:
        yield MentorMinimum(rng.integers(0, 2, m).astype(float), 0.05)


def _tiers(rng: np.random.Generator, n: int, m: int) -> Tiers:
    waiting = rng.integers(0, 9, n) if rng.random() < 0.5 else None
    minimum = rng.integers(0, 3, n) if rng.random() < 0.5 else None
    choices = draw_choices(rng, n, m) if rng.random() < 0.5 else None
    return Tiers(rng.integers(1, 3, n), waiting, minimum, choices)


def _reciprocal(rng: np.random.Generator, n: int, m: int) -> ReciprocalPairs:
    people = list(itertools.combinations(range(min(n, m)), 2))
    chosen = [pair for pair in people if rng.random() < 0.5] or people[:1]
    a, b = np.array(chosen).T
    count = len(chosen)
    return ReciprocalPairs(
        a,
        b,
        b,
        a,
        rng.random(count) * 0.4,
        rng.random(count) * 0.4,
        np.ones(count),
        np.full(count, 0.5),
    )


def all_portfolios(problem: Problem, mentee: int) -> list[Assignment]:
    """List every portfolio of one mentee that its own rules allow, the empty one first."""
    items = [(j, -1) for j in range(problem.n_mentors)]
    score = problem.scores.block(np.array([mentee])).score[0]
    items = [item for item in items if np.isfinite(score[item[0]])]
    if problem.reciprocal is not None:
        r = problem.reciprocal
        items += [(int(r.mentor_b[k]), k) for k in range(len(r)) if r.mentee_a[k] == mentee]
        items += [(int(r.mentor_a[k]), k) for k in range(len(r)) if r.mentee_b[k] == mentee]
    found = []
    for size in range(int(problem.limit[mentee]) + 1):
        for chosen in itertools.combinations(items, size):
            mentors = [mentor for mentor, _ in chosen]
            if len(set(mentors)) == size and _allowed(problem, mentee, mentors):
                pairs = np.array([(mentee, mentor) for mentor in mentors]).reshape(-1, 2)
                found.append(Assignment.of(pairs, np.array([k for _, k in chosen], dtype=np.int64)))
    return found


def _allowed(problem: Problem, mentee: int, mentors: list[int]) -> bool:
    if not mentors:
        return True
    for rule in problem.rules_of(SeatRule):
        codes = [code for j in mentors if (code := code_of(rule, mentee, j)) >= 0]
        if len(codes) < rule.least or any(codes.count(code) > rule.most for code in codes):
            return False
    return True


def worth(problem: Problem, portfolio: Assignment) -> float:
    """Return U(V) of one mentee's portfolio."""
    mentee = int(portfolio.pairs[0, 0]) if len(portfolio) else 0
    value = evaluate(problem, portfolio).value[mentee]
    return float(utility(np.array([value]), problem.fairness)[0]) if len(portfolio) else 0.0
