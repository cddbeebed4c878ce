"""Random small problems with every term, and brute force over all sets of a mentee."""

from __future__ import annotations

import itertools

import numpy as np
from tests.solver.brute_force import code_of
from tests.solver.tiny import draw_choices

from matcher.problem.problem import (
    Assignment,
    ItemBlock,
    Problem,
    ReciprocalPairs,
    Tiers,
)
from matcher.problem.rules.max_matches import MaxMatches
from matcher.problem.rules.mentor_minimum import MentorMinimum
from matcher.problem.rules.one_role import OneRole
from matcher.problem.rules.pools import Pools
from matcher.problem.rules.seats import SeatRule
from matcher.problem.rules.sponsorship_limit import SponsorshipLimit
from matcher.problem.value import evaluate, utility


class DenseScores:
    """Items held as arrays."""

    def __init__(self, score, load=None, sponsored=None):
        self.score, self.load, self.sponsored = score, load, sponsored

    @property
    def shape(self):
        return self.score.shape

    def block(self, rows):
        return ItemBlock(
            self.score[rows],
            None if self.load is None else self.load[rows],
            None if self.sponsored is None else self.sponsored[rows],
        )


def chance(rng, p=0.5):
    """Toss a coin."""
    return rng.random() < p


def random_problem(rng, n=3, m=4, f=3, *, fairness=None):
    """Draw a problem in which each term is present or not by chance."""
    score = rng.uniform(-0.1, 0.5, (n, m))
    if chance(rng):
        score = np.round(score * 4) / 4
    score[rng.random((n, m)) < 0.2] = -np.inf
    load = rng.choice([0.5, 1.0, 1.5], (n, m)) if chance(rng, 0.3) else None
    sponsored = rng.random((n, m)) < 0.4 if chance(rng, 0.4) else None
    coverage = chance(rng, 0.8)
    offers = rng.choice([0.0, 0.3, 0.8, 1.0], (m, f)) if chance(rng) else rng.beta(1, 2, (m, f))
    held = rng.beta(1, 3, (2, n, f)) if chance(rng, 0.4) else None
    limit = rng.integers(0, 4, n)
    person = np.full(n, -1)
    if chance(rng):
        both = min(n, m, 2)
        person[:both] = rng.permutation(m)[:both]
    for i in range(n):
        if person[i] >= 0:
            score[i, person[i]] = -np.inf
    rules = []
    if chance(rng, 0.3):
        home = rng.integers(-1, 2, n), rng.integers(-1, 2, m)
        rules.append(SeatRule.external(int(rng.integers(0, 2)), *home))
        rules.append(SeatRule.alike(rng.integers(-1, 2, m), int(rng.integers(1, 3)), n))
    like = rng.integers(-1, 2, m)
    if chance(rng, 0.3):
        like = like[:, None] == like[None, :]
    allowed = np.argwhere(np.isfinite(score))
    required = np.empty((0, 2), dtype=np.int64)
    if len(allowed) and chance(rng, 0.3):
        required = allowed[[rng.integers(len(allowed))]]
    kept = allowed[rng.random(len(allowed)) < 0.2]
    if fairness is None:
        fairness = float(rng.choice([0.0, 0.0, 0.5, 1.0, 2.0, 3.0]))
    return Problem(
        DenseScores(score, load, sponsored),
        capacity=rng.integers(0, 3, m).astype(float),
        limit=limit,
        needs=rng.dirichlet(np.full(f, 0.4), n) * rng.choice([0.5, 1.0]) if coverage else None,
        offers=offers if coverage else None,
        held_best=None if held is None or not coverage else held.max(axis=0),
        held_second=None if held is None or not coverage else held.min(axis=0),
        second_cover=float(rng.choice([0.0, 0.3, 1.0])),
        like=like,
        redundancy=float(rng.choice([0.0, 0.05, 0.2])),
        min_gain=float(rng.choice([0.0, 0.02, 0.3])),
        required=required,
        reciprocal=_pairs(rng, person),
        rules=(
            Pools(np.array([2.0, 1.0]), rng.integers(-1, 2, m)),
            SponsorshipLimit(np.full(m, 1.0)),
            MaxMatches(np.array([float(rng.integers(1, 6))]), m),
            OneRole(np.where(rng.random(n) < 0.4, person, -1)),
            *([MentorMinimum(rng.integers(0, 2, m) * 1.0, 0.1)] if chance(rng, 0.4) else []),
            *rules,
        ),
        person_mentor=person,
        tiers=Tiers(
            rng.integers(1, 3, n),
            rng.integers(0, 50, n) if chance(rng) else None,
            rng.integers(0, 3, n) if chance(rng) else None,
            draw_choices(rng, n, m) if chance(rng) else None,
        ),
        fairness=fairness,
        kept_pairs=kept,
        kept_bonus=0.05,
    )


def _pairs(rng, person):
    if (person[:2] < 0).any() or not chance(rng, 0.6):
        return None
    column = [np.array([value]) for value in (0, person[1], 1, person[0])]
    return ReciprocalPairs(*column, *rng.uniform(0, 0.6, (2, 1)), *rng.choice([0.5, 1.0], (2, 1)))


def items_of(problem, i):
    """Return every item of mentee i: (mentor, reciprocal number)."""
    score = problem.scores.block(np.array([i])).score[0]
    items = [(j, -1) for j in range(problem.n_mentors) if np.isfinite(score[j])]
    pairs = problem.reciprocal
    for r in range(0 if pairs is None else len(pairs)):
        if pairs.mentee_a[r] == i:
            items.append((int(pairs.mentor_b[r]), r))
        if pairs.mentee_b[r] == i:
            items.append((int(pairs.mentor_a[r]), r))
    return items


def portfolios(problem, i):
    """Yield every set of items that mentee i may have, locally."""
    items = items_of(problem, i)
    need = {(j, -1) for a, j in problem.required.tolist() if a == i}
    for size in range(int(problem.limit[i]) + 1):
        for chosen in itertools.combinations(items, size):
            mentors = [j for j, _ in chosen]
            if len(set(mentors)) == size and need <= set(chosen) and _keeps(problem, i, mentors):
                yield chosen


def _keeps(problem, i, mentors):
    if not mentors:
        return True
    for rule in problem.rules_of(SeatRule):
        of = [code for j in mentors if (code := code_of(rule, i, j)) >= 0]
        if len(of) < rule.least or any(of.count(code) > rule.most for code in of):
            return False
    return True


def assignment_of(i, chosen):
    """Return the answer in which only mentee i is matched."""
    pairs = np.array([(i, j) for j, _ in chosen], dtype=np.int64).reshape(-1, 2)
    return Assignment.of(pairs, np.array([r for _, r in chosen], dtype=np.int64))


def local_welfare(problem, i, chosen):
    """Return U(V_i(S)) plus kept bonuses by the definition in ``portfolio.value``."""
    value = evaluate(problem, assignment_of(i, chosen)).value[i]
    kept = {tuple(pair) for pair in problem.kept_pairs.tolist()}
    bonus = problem.kept_bonus * sum((i, j) in kept for j, _ in chosen)
    return float(utility(np.array([value]), problem.fairness)[0]) + bonus
