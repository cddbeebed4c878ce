"""A rule is one class: nothing in the solver has to know it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pytest
from tests.solver.instances import random_problem, without

from matcher.problem.problem import Assignment, Bools, Floats, Ints, Problem
from matcher.problem.rules import RULES
from matcher.problem.rules.limit import Limit, Unit
from matcher.problem.rules.rule import PortfolioRule
from matcher.problem.value import evaluate, utility
from matcher.solver.dispatch import solve_problem
from matcher.solver.settings import SolverSettings


@dataclass(frozen=True)
class Lead(PortfolioRule):
    """Exactly one member of every portfolio is of some kind."""

    place = 95
    by_mentor = (("is_lead", 0),)

    is_lead: Ints
    """(m,) 1 for who can lead, else 0."""

    def _count(self, members: Ints) -> Ints:
        return np.where(members >= 0, self.is_lead[members], 0).sum(axis=-1)

    def blocks(self, members: Ints, mentor: Ints) -> Bools:
        return (self._count(members) >= 1) & (self.is_lead[mentor] == 1)

    def holds(self, mentee: Ints, members: Ints) -> Bools:
        return self._count(members) == 1

    def within(self, mentee: int, mentor: Ints) -> Iterator[tuple[Floats, float, float]]:
        yield self.is_lead[mentor].astype(float), -np.inf, 1.0


@dataclass(frozen=True)
class FewMatches(Limit):
    """Groups of mentors take at most so many matches, whatever their loads."""

    place = 45
    kind = "few_matches"
    unit = Unit.MATCH
    noun = "group"
    team: Ints

    @property
    def group(self) -> Ints:
        return self.team

    def fits_flow(self, market: object) -> bool:
        return False


def best(problem: Problem, lead: Lead, mentee: int) -> float:
    """Return the most that one mentee's portfolio can be worth, by trying all."""
    score = problem.scores.block(np.array([mentee])).score[0]
    found = 0.0
    for size in range(1, int(problem.limit[mentee]) + 1):
        for chosen in combinations(np.flatnonzero(np.isfinite(score)).tolist(), size):
            if lead.is_lead[list(chosen)].sum() == 1:
                value = evaluate(problem, Assignment.of([(mentee, j) for j in chosen])).value
                found = max(found, float(utility(value, problem.fairness)[mentee]))
    return found


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("method", ["portfolio", "cp-sat", "greedy"])
def test_a_rule_on_portfolios(seed: int, method: str) -> None:
    """With places for all everybody has the best portfolio that keeps the rule."""
    rng = np.random.default_rng(seed)
    lead = Lead(rng.integers(0, 2, 4))
    problem = replace(random_problem(seed), tiers=None, kept_bonus=0.0, capacity=np.full(4, 99.0))
    problem = replace(problem, rules=(lead,))
    solution = solve_problem(problem, SolverSettings(method=method, threads=1))
    members = Assignment.of(solution.pairs).members(problem.n_mentees)
    some = (members >= 0).any(axis=1)
    assert lead.holds(np.flatnonzero(some), members[some]).all()
    total = sum(best(problem, lead, i) for i in range(problem.n_mentees))
    assert solution.objective <= total + 1e-9
    if method != "greedy":
        assert solution.objective == pytest.approx(total, abs=1e-4)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("method", ["greedy", "random", "stable", "sequential"])
def test_a_limit_on_groups(seed: int, method: str) -> None:
    """Methods that add one match at a time keep a limit that they have never heard of."""
    rng = np.random.default_rng(seed)
    limit = FewMatches(np.array([1.0, 2.0]), rng.integers(-1, 2, 6))
    problem = without(replace(random_problem(seed, 8, 6), capacity=np.full(6, 9.0)), PortfolioRule)
    problem = replace(problem, rules=(*problem.rules, limit))
    solution = solve_problem(problem, SolverSettings(method=method, threads=1))
    team = limit.team[solution.pairs[:, 1]]
    assert (np.bincount(team[team >= 0], minlength=2) <= limit.most).all()


def test_every_rule_has_a_place_of_its_own() -> None:
    """The order of rows in a certificate hangs on it."""
    places = [kind.place for kind in RULES]
    assert places == sorted(set(places))
