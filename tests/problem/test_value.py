"""What portfolios are worth: the definition against the checker's, and against sums by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.solver import tiny

from matcher.checker import values as checker
from matcher.problem import value
from matcher.problem.market import FALLBACK
from matcher.problem.problem import Assignment, Problem, ReciprocalPairs
from matcher.problem.rules.seats import SeatRule

SEEDS = range(40)


def drawn(seed: int) -> tuple[Problem, Assignment]:
    """Draw a problem and an answer to it: any allowed items, whatever limits say."""
    problem, rng = tiny.anything(seed), np.random.default_rng([seed, 7])
    if seed % 5 == 0:
        problem = replace(problem, fairness="max-min")
    score = problem.scores.block(np.arange(problem.n_mentees)).score
    items = {(i, j): -1 for i, j in np.argwhere(np.isfinite(score)).tolist() if rng.random() < 0.6}
    if (others := problem.fallback) is not None:
        listed = zip(others.mentee.tolist(), others.mentor.tolist(), strict=True)
        items |= {pair: FALLBACK for pair in listed if pair in items}
    if (both := problem.reciprocal) is not None:
        for number, sides in enumerate(
            zip(both.mentee_a, both.mentor_b, both.mentee_b, both.mentor_a, strict=True)
        ):
            a, b, c, d = (int(side) for side in sides)
            items |= {(a, b): number, (c, d): number}
    pairs = np.array(list(items), dtype=np.int64).reshape(-1, 2)
    return problem, Assignment.of(pairs, np.array(list(items.values()), dtype=np.int64))


@pytest.mark.parametrize("seed", SEEDS)
def test_two_definitions_agree(seed: int) -> None:
    """Every term, the welfare and the tiers are what the checker's own formulas give."""
    problem, answer = drawn(seed)
    ours, items = value.evaluate(problem, answer), checker.look_up(problem, answer)
    theirs = checker.portfolio_terms(problem, items)
    for name in ("size", "relation", "coverage", "redundancy", "gain_cost", "value"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), atol=1e-12)
    if ours.facet_cover.size:
        np.testing.assert_allclose(ours.facet_cover, theirs.cover, atol=1e-12)
    total = checker.total_welfare(problem, items, theirs.value)
    assert value.welfare(problem, answer) == pytest.approx(total, abs=1e-12)
    tiers = value.tier_values(problem, answer)
    theirs_tiers = checker.achieved_tiers(problem, items)
    assert [name for name, _ in tiers] == [name for name, _ in theirs_tiers]
    assert dict(tiers) == pytest.approx(dict(theirs_tiers))
    use = np.bincount(items.mentor, weights=items.load, minlength=problem.n_mentors)
    np.testing.assert_allclose(value.mentor_use(problem, answer), use)
    assert value.gather_items(problem, answer).sponsored.tolist() == items.sponsored.tolist()


def test_large_answers_are_looked_up_in_parts() -> None:
    """Where one mentee's row fills a block, the next one's score is its own all the same."""
    mentors = 5_000_000
    score = np.broadcast_to(np.array([[3.0], [5.0], [7.0]]), (3, mentors))
    problem = Problem(tiny.Table(score, None, None), np.ones(mentors), np.ones(3, dtype=np.int64))
    answer = Assignment.of(np.array([[0, 9], [2, 4_999_999]]))
    assert value.gather_items(problem, answer).score.tolist() == [3.0, 7.0]


@pytest.mark.parametrize("fairness", [0.0, 0.5, 1.0, 2.0, 3.0, "max-min"])
def test_utility_and_its_inverse(fairness: float | str) -> None:
    """U(0) is 0, U grows by U' = (V + .01)^-alpha, and the inverse comes back."""
    worth = np.array([0.0, 0.004, 0.2, 1.0, 1.7])
    level = value.utility(worth, fairness)
    alpha = 0.0 if fairness == "max-min" else float(fairness)
    assert level[0] == 0.0
    np.testing.assert_allclose(level, checker.alpha_fair(worth, alpha))
    slope = (value.utility(worth + 1e-7, fairness) - level) / 1e-7
    np.testing.assert_allclose(slope, (worth + 0.01) ** -alpha, rtol=1e-3)
    np.testing.assert_allclose(slope, [checker.slope(v, alpha) for v in worth], rtol=1e-3)
    np.testing.assert_allclose(value.inverse_utility(level, fairness), worth, atol=1e-12)
    below = value.utility(np.array([-0.5]), fairness)
    assert below == checker.alpha_fair(np.array([-0.5]), alpha) == (0.0 if alpha else -0.5)
    assert checker.slope(-0.5, alpha) == checker.slope(0.0, alpha)
    problem = replace(tiny.anything(0), fairness=fairness)
    assert value.is_concave(problem) == (alpha != 0.0)


def test_the_most_that_a_utility_reaches_has_no_value() -> None:
    """Above alpha 1 utility levels off: what lies beyond is worth more than anything."""
    assert value.inverse_utility(np.array([200.0]), 2.0) == np.inf


@pytest.mark.parametrize("second", [0.0, 0.3, 1.0])
def test_one_more_offer_adds_the_difference_of_covers(second: float) -> None:
    """The gain is the cover with the offer less the cover without it."""
    rng = np.random.default_rng(5)
    offers, held = rng.random((9, 4)), np.sort(rng.random((2, 1, 4)), axis=0)
    pairs = np.column_stack([np.zeros(9, dtype=np.int64), np.arange(9)])
    for k in range(9):
        chosen = np.sort(np.vstack([held[:, 0], offers[:k]]), axis=0)
        cover = [
            value.facet_cover(pairs[:count], offers, held=(held[1], held[0]), second_cover=second)
            for count in (k, k + 1)
        ]
        gain = value.cover_gain(offers[k], chosen[-1], chosen[-2], second)
        np.testing.assert_allclose(gain, (cover[1] - cover[0])[0], atol=1e-12)


def test_nothing_is_kept_where_no_bonus_is_paid() -> None:
    """Without a bonus, or without earlier pairs, a match earns nothing for being one."""
    problem = replace(tiny.anything(3), kept_pairs=np.array([[0, 0]]), kept_bonus=0.1)
    mentees, mentors = np.arange(problem.n_mentees)[:, None], np.arange(problem.n_mentors)
    bonus = value.kept_bonus(problem, mentees, mentors)
    assert bonus[0, 0] == 0.1
    assert bonus.sum() == 0.1
    for without in ({"kept_bonus": 0.0}, {"kept_pairs": problem.kept_pairs[:0]}):
        assert not value.kept_bonus(replace(problem, **without), mentees, mentors).any()


def test_forced_items_are_in_every_answer() -> None:
    """One-way pairs have no number, both sides of a reciprocal pair have its own."""
    one = np.ones(1)
    sides = (np.array([k]) for k in (0, 1, 1, 0))
    problem = replace(
        tiny.problem_of(np.zeros((3, 2)), 1, 1),
        required=np.array([[2, 0], [2, 1]]),
        reciprocal=ReciprocalPairs(*sides, *[one] * 4),
    )
    for chosen, more in ((np.empty(0, np.int64), []), (np.array([0]), [(0, 1, 0), (1, 0, 0)])):
        forced = value.forced_assignment(replace(problem, required_reciprocal=chosen))
        rows = np.column_stack([forced.pairs, forced.reciprocal]).tolist()
        assert sorted(map(tuple, rows)) == [*more, (2, 0, -1), (2, 1, -1)]
    assert len(value.forced_assignment(tiny.problem_of(np.zeros((3, 2)), 1, 1))) == 0


def test_whose_portfolio_is_not_as_the_rules_ask() -> None:
    """Rules look at those who have mentors; nobody breaks one by having none."""
    home = np.array([0, 0, -1]), np.array([0, 1])
    problem = replace(tiny.problem_of(np.zeros((3, 2)), 2, 2), rules=(SeatRule.external(1, *home),))
    for pairs, broken in (
        ([[0, 0]], [True, False, False]),
        ([[0, 0], [0, 1], [1, 0]], [False, True, False]),
        ([], [False, False, False]),
    ):
        answer = Assignment.of(np.array(pairs, dtype=np.int64).reshape(-1, 2))
        assert value.breaks_rules(problem, answer).tolist() == broken
        without = replace(problem, rules=())
        assert not value.breaks_rules(without, answer).any()
