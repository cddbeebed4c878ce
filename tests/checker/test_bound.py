"""The re-proved bound against brute force over every set of every mentee."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from drawn_problems import DenseScores, assignment_of, local_welfare, portfolios, random_problem

from matcher.checker import best_set
from matcher.checker.bound import charges_of, dual_bound
from matcher.checker.certificate import Line
from matcher.checker.values import achieved_tiers, look_up
from matcher.problem.problem import Assignment
from matcher.problem.rules.max_matches import MaxMatches
from matcher.problem.rules.mentor_minimum import MentorMinimum
from matcher.problem.rules.one_role import OneRole
from matcher.problem.rules.pools import Pools
from matcher.problem.rules.seats import SeatRule
from matcher.problem.value import gather_items
from matcher.solver.api import problem_of


def random_rows(rng, problem):
    """Draw duals of the right sign for every row that the problem can have."""
    m = problem.n_mentors
    rows = [Line("capacity", str(j), problem.capacity[j], p) for j, p in enumerate(sparse(rng, m))]
    (pools,), (most,) = problem.rules_of(Pools), problem.rules_of(MaxMatches)
    rows += [Line("pool", str(p), pools.most[p], y) for p, y in enumerate(sparse(rng, 2))]
    rows += [Line("sponsorship", str(j), 1.0, y) for j, y in enumerate(sparse(rng, m))]
    rows.append(Line("max_matches", "programme", most.most[0], float(sparse(rng, 1)[0])))
    for rule in problem.rules_of(MentorMinimum):
        duals = -np.minimum(sparse(rng, m), rule.each)
        rows += [Line("mentor_minimum", str(j), rule.least[j], y) for j, y in enumerate(duals)]
    if problem.reciprocal is not None:
        rows.append(Line("reciprocal", "0", 0.0, rng.normal(0, 0.2)))
        rows.append(Line("opposite", "0|1", 1.0, float(sparse(rng, 1)[0])))
        both, cap = problem.reciprocal, problem.capacity  # 0 and 1 are all the pair there is
        own = cap[both.mentor_a] / both.load_b, cap[both.mentor_b] / both.load_a
        slots = [
            min(limit, np.floor(places[0]))
            for limit, places in zip(problem.limit, own, strict=False)
        ]
        rows.append(Line("odd", "0|1", sum(slots) // 2, float(sparse(rng, 1)[0])))
    drawn = np.argwhere(rng.random((problem.n_mentees, m)) < 0.4)
    items = look_up(problem, Assignment.of(drawn))
    for name, value in achieved_tiers(problem, items):
        rows.append(Line("tier", name, value, -float(sparse(rng, 1)[0])))
    return rows


def position(row):
    """Return which of its kind a row is, -1 where its id is no number."""
    return int(row.id) if row.id.isdigit() else -1


def sparse(rng, count):
    """Draw non-negative numbers, half of them 0."""
    return np.where(rng.random(count) < 0.5, 0.0, rng.exponential(0.2, count))


@dataclass
class Charged:
    problem: object
    rows: list

    def of(self, i, chosen):
        """Return sum of a_r(i, S) y_r straight from the meaning of each row."""
        problem, total = self.problem, 0.0
        items = gather_items(problem, assignment_of(i, chosen))
        pairs = assignment_of(i, chosen).pairs
        number = assignment_of(i, chosen).reciprocal
        size = len(chosen)
        for row in self.rows:
            at = position(row)
            if row.kind == "capacity":
                total += row.dual * items.load[pairs[:, 1] == at].sum()
                if size and problem.rules_of(OneRole)[0].own[i] == at:
                    total += row.dual * problem.capacity[at]
            elif row.kind == "pool":
                pool = problem.rules_of(Pools)[0].pool[pairs[:, 1]]
                total += row.dual * items.load[pool == at].sum()
            elif row.kind == "sponsorship":
                total += row.dual * items.sponsored[pairs[:, 1] == at].sum()
            elif row.kind == "max_matches":
                total += row.dual * size
            elif row.kind == "mentor_minimum":
                total += row.dual * items.load[pairs[:, 1] == at].sum()
            elif row.kind == "reciprocal":
                sign = 1.0 if problem.reciprocal.mentee_a[at] == i else -1.0
                total += row.dual * sign * (number == at).sum()
            elif row.kind == "odd":
                total += row.dual * 0.5 * (number >= 0).sum()  # 0 and 1 are all the pair there is
            elif row.kind == "opposite":
                own = problem.person_mentor
                opposite = ((0, own[1]), (1, own[0]))
                total += row.dual * sum((i, j) in opposite and r < 0 for j, r in chosen)
            else:
                name, level = row.id.split(":")
                if problem.tiers.priority[i] == int(level):
                    amount = {
                        "reached": size > 0,
                        "waited": 0
                        if problem.tiers.waiting is None
                        else (size > 0) * problem.tiers.waiting[i],
                        "choices": 0
                        if problem.tiers.choices is None
                        else problem.tiers.choices.toarray()[i, pairs[:, 1]].sum(),
                        "minimum": 0
                        if problem.tiers.minimum is None
                        else min(size, problem.tiers.minimum[i]),
                    }[name]
                    total += row.dual * amount
        return total


def brute_force_bound(problem, rows, match_price=None):
    """Return the bound by enumeration of every set of every mentee, who may pay for each match."""
    price = np.zeros(problem.n_mentors) if match_price is None else match_price
    charged = Charged(problem, rows)
    rhs = {
        "capacity": lambda r: problem.capacity[position(r)],
        "pool": lambda r: problem.rules_of(Pools)[0].most[position(r)],
        "sponsorship": lambda r: 1.0,
        "max_matches": lambda r: problem.rules_of(MaxMatches)[0].most[0],
        "mentor_minimum": lambda r: problem.rules_of(MentorMinimum)[0].least[position(r)],
        "reciprocal": lambda r: 0.0,
        "opposite": lambda r: 1.0,
        "odd": lambda r: r.rhs,
        "tier": lambda r: r.rhs,
    }
    total = sum(rhs[row.kind](row) * row.dual for row in rows)
    for i in range(problem.n_mentees):
        total += max(
            (
                local_welfare(problem, i, s) - charged.of(i, s) - sum(price[j] for j, _ in s)
                for s in portfolios(problem, i)
            ),
            default=-np.inf,
        )
    return total


def compare(seed, change=lambda rng, problem: problem, **shape):
    """Return the priced and the enumerated bound of one drawn instance, changed before."""
    rng = np.random.default_rng(seed)
    problem = change(rng, random_problem(rng, **shape))
    rows = random_rows(rng, problem)
    tiers = {row.id: row.rhs for row in rows if row.kind == "tier"}
    charges, findings = charges_of(problem, rows, list(tiers.items()))
    assert not findings
    return dual_bound(problem, charges), brute_force_bound(problem, rows)


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(8))
def test_bound_equals_brute_force(chunk):
    """The pricing is exact: with random duals the bound is what enumeration of all sets gives."""
    for seed in range(100 * chunk, 100 * (chunk + 1)):
        bound, exact = compare(seed)
        assert bound == pytest.approx(exact, abs=1e-8), seed


@pytest.mark.slow
def test_bound_equals_brute_force_on_wide_instances():
    """Screening and search together are exact where a mentee has many more items than places."""
    for seed in range(20):
        bound, exact = compare(10_000 + seed, n=2, m=16, f=5, fairness=0.0)
        assert bound == pytest.approx(exact, abs=1e-8), seed


def with_equals(rng, problem):
    """Put equals of some mentors in others' places, one way alone and without seats."""
    again = rng.integers(0, 3, problem.n_mentors)
    scores = problem.scores
    pools, *_ = problem.rules_of(Pools)
    rules = [rule for rule in problem.rules if not isinstance(rule, SeatRule | Pools | OneRole)]
    one_role = OneRole(np.full(problem.n_mentees, -1))
    return replace(
        problem,
        scores=DenseScores(
            scores.score[:, again],
            *(None if part is None else part[:, again] for part in (scores.load, scores.sponsored)),
        ),
        offers=None if problem.offers is None else problem.offers[again],
        like=problem.like[again] if problem.like.ndim == 1 else problem.like[np.ix_(again, again)],
        required=np.empty((0, 2), dtype=np.int64),
        kept_pairs=problem.kept_pairs[:1],
        reciprocal=None,
        rules=(Pools(pools.most, pools.pool[again]), one_role, *rules),
    )


@pytest.mark.slow
def test_bound_equals_brute_force_where_mentors_are_equal():
    """As many equals as a portfolio holds are looked at, whatever tells some of them apart."""
    for seed in range(80):
        bound, exact = compare(20_000 + seed, with_equals, n=2, m=7)
        assert bound == pytest.approx(exact, abs=1e-8), seed


@pytest.mark.slow
@pytest.mark.parametrize("fairness", [0.0, 1.0, 2.0])
def test_what_is_dropped_unseen_could_not_be_better(monkeypatch, fairness):
    """Where few items are many, the first look at all of them and the screen lose no set."""
    monkeypatch.setattr(best_set, "FEW_ITEMS", 2)
    monkeypatch.setattr(best_set, "CHUNK", 60)
    for seed in range(30):
        bound, exact = compare(30_000 + seed, n=2, m=7, fairness=fairness)
        assert bound == pytest.approx(exact, abs=1e-8), seed


@pytest.mark.slow
def test_a_search_that_is_given_up_leaves_a_bound(monkeypatch):
    """Beyond its nodes a mentee counts with what no set is above."""
    monkeypatch.setattr(best_set, "FEW_ITEMS", 100)
    monkeypatch.setattr(best_set, "MOST_NODES", 0)
    loose = 0
    for seed in range(40):
        bound, exact = compare(40_000 + seed, n=2, m=7)
        assert bound >= exact - 1e-8, seed
        loose += bound > exact + 1e-6
    assert loose


@pytest.mark.slow
@pytest.mark.parametrize("reciprocal", [False, True])
@pytest.mark.parametrize("fairness", [0.0, 1.0])
def test_matches_are_paid_for_mentor_by_mentor(reciprocal, fairness):
    """A rule may price the matches of some mentors only, one way and on both sides of a pair."""
    seen = 0
    for seed in range(200):
        rng = np.random.default_rng(70_000 + seed)
        problem = random_problem(rng, fairness=fairness)
        if (problem.reciprocal is not None) != reciprocal or seen == 12:
            continue
        seen += 1
        rows = random_rows(rng, problem)
        tiers = [(row.id, row.rhs) for row in rows if row.kind == "tier"]
        charges, findings = charges_of(problem, rows, tiers)
        assert not findings
        price = sparse(rng, problem.n_mentors)
        bound = dual_bound(problem, replace(charges, match_price=charges.match_price + price))
        assert bound == pytest.approx(brute_force_bound(problem, rows, price), abs=1e-8), seed
    assert seen == 12


def test_matches_are_paid_for_mentor_by_mentor_where_scores_add_up():
    """Without needs, rules or pairs the best sets are read off the sorted items."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        score, limit = rng.random((5, 4)), rng.integers(1, 4, 5)
        problem, price = problem_of(score, np.full(4, 2.0), limit), sparse(rng, 4)
        charges, _ = charges_of(problem, [], [])
        bound = dual_bound(problem, replace(charges, match_price=price))
        best = -np.sort(-np.maximum(score - price, 0.0), axis=1)
        total = sum(best[i, : limit[i]].sum() for i in range(5))
        assert bound == pytest.approx(total)
