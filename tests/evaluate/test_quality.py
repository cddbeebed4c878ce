"""Quality metrics against definitions written out person by person."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from matcher.evaluate import quality
from matcher.problem.value import facet_cover

AMOUNTS = arrays(np.float64, st.integers(1, 30), elements=st.floats(0, 100))


def random_pairs(rng: np.random.Generator, n: int, m: int, share: float) -> np.ndarray:
    """Draw distinct pairs in any order."""
    pairs = np.argwhere(rng.random((n, m)) < share)
    return rng.permutation(pairs)


def test_gini_of_known_distributions() -> None:
    """All equal is 0, one of ten with everything .9, and (1, 3) a quarter."""
    assert quality.gini(np.ones(5)) == pytest.approx(0)
    assert quality.gini(np.array([0.0] * 9 + [7.0])) == pytest.approx(0.9)
    assert quality.gini(np.array([1.0, 3.0])) == pytest.approx(0.25)
    assert quality.gini(np.zeros(3)) == 0
    assert np.isnan(quality.gini(np.empty(0)))


@given(AMOUNTS)
def test_gini_is_the_mean_difference_over_twice_the_mean(amounts: np.ndarray) -> None:
    """The sorted formula equals the definition by all pairs of people."""
    if amounts.sum() < 1e-6:
        return
    expected = np.abs(amounts[:, None] - amounts).mean() / (2 * amounts.mean())
    assert quality.gini(amounts) == pytest.approx(expected, abs=1e-9)


@given(AMOUNTS, st.floats(0.1, 50))
def test_gini_does_not_see_the_unit(amounts: np.ndarray, factor: float) -> None:
    """Scaling all amounts leaves the Gini coefficient."""
    assert quality.gini(factor * amounts) == pytest.approx(quality.gini(amounts), abs=1e-9)


@given(AMOUNTS)
def test_worst_decile_lies_between_minimum_and_mean(values: np.ndarray) -> None:
    """The worst tenth has at least the minimum and at most the mean."""
    worst = quality.worst_decile(values)
    assert values.min() - 1e-9 <= worst <= values.mean() + 1e-9


def test_worst_decile_by_hand() -> None:
    """Of 20 people the two worst count, of 21 three."""
    assert quality.worst_decile(np.arange(20.0)) == 0.5
    assert quality.worst_decile(np.arange(21.0)) == 1.0


def test_price_of_fairness() -> None:
    """A fair sum of 3 where 4 was possible costs a quarter."""
    assert quality.price_of_fairness(4.0, np.array([1.0, 2.0])) == 0.25
    assert np.isnan(quality.price_of_fairness(0.0, np.zeros(2)))


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 5), st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_cover_equals_the_two_best_offers(n: int, m: int, f: int, seed: int) -> None:
    """Cover is that of sorting each portfolio with what was held."""
    rng = np.random.default_rng(seed)
    pairs, offers = random_pairs(rng, n, m, 0.5), rng.random((m, f))
    held = np.sort(rng.random((2, n, f)), axis=0)[::-1] * rng.integers(0, 2)
    cover = facet_cover(pairs, offers, held=(held[0], held[1]), second_cover=0.25)
    for i in range(n):
        stack = np.concatenate([held[:, i], offers[pairs[pairs[:, 0] == i, 1]]])
        ordered = np.sort(stack, axis=0)[::-1]
        np.testing.assert_allclose(cover[i], np.minimum(1.0, ordered[0] + 0.25 * ordered[1]))


def test_cover_and_unmet_need_by_hand() -> None:
    """Two facets, two mentors, r = .5: cover capped at 1, need left is what is not covered."""
    needs = np.array([[0.5, 0.5], [1.0, 0.0], [0.0, 0.0]])
    offers = np.array([[0.9, 0.2], [0.6, 0.0]])
    pairs = np.array([[0, 0], [0, 1]])
    nothing = np.zeros((3, 2)), np.zeros((3, 2))
    cover = facet_cover(pairs, offers, held=nothing, second_cover=0.5)
    np.testing.assert_allclose(cover, [[1.0, 0.2], [0, 0], [0, 0]])
    assert quality.unmet_need(needs, cover) == pytest.approx((0.4 + 1.0) / 2)
    np.testing.assert_allclose(quality.coverage_by_facet(needs, cover), [0.5 / 1.5, 0.1 / 0.5])


def test_inputs_are_not_changed() -> None:
    """What organic ties hold is the caller's and stays as it was."""
    held = np.zeros((1, 2))
    facet_cover(np.array([[0, 0]]), np.ones((1, 2)), held=(held, held), second_cover=0.5)
    assert not held.any()


def test_loads_and_overload() -> None:
    """Loads add up by mentor, and only what is beyond the capacity is overload."""
    pairs = np.array([[0, 1], [1, 1], [2, 0]])
    load = quality.mentor_loads(pairs, 3)
    np.testing.assert_array_equal(load, [1, 2, 0])
    assert quality.overload(load, np.array([1.0, 1.0, 2.0])) == 1
    heavy = quality.mentor_loads(pairs, 3, np.array([0.5, 0.5, 1.0]))
    np.testing.assert_array_equal(heavy, [1, 1, 0])
    assert quality.load_gini(np.array([1.0, 1.0, 9.0]), np.array([1.0, 1.0, 0.0])) == 0


def test_external_share_leaves_out_the_unknown() -> None:
    """Mentees of unknown place, or with mentors of unknown place only, are not counted."""
    pairs = np.array([[0, 0], [0, 1], [1, 0], [2, 1], [3, 2]])
    mentee, mentor = np.array([0, 0, -1, 0]), np.array([0, 1, -1])
    assert quality.external_share(pairs, mentee, mentor) == pytest.approx(1 / 2)
    assert np.isnan(quality.external_share(pairs[:0], mentee, mentor))


@given(st.integers(1, 5), st.integers(1, 6), st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_redundancy_counts_pairs_of_like_mentors(n: int, m: int, seed: int) -> None:
    """The share equals that of going through every two mentors of every portfolio."""
    rng = np.random.default_rng(seed)
    pairs, label = random_pairs(rng, n, m, 0.6), rng.integers(-1, 2, m)
    sets = [pairs[pairs[:, 0] == i, 1] for i in range(n)]
    both = [(label[a], label[b]) for chosen in sets for a, b in combinations(chosen, 2)]
    found = quality.redundancy_rate(pairs, label)
    if both:
        assert found == pytest.approx(np.mean([a == b and a >= 0 for a, b in both]))
    else:
        assert np.isnan(found)


def test_ranks_share_the_better_place() -> None:
    """Equal scores share a rank, and the next one is counted from the top."""
    sayer = np.array([1, 0, 0, 0, 1])
    score = np.array([2.0, 5.0, 5.0, 1.0, 4.0])
    np.testing.assert_array_equal(quality.stated_ranks(sayer, score), [2, 1, 1, 3, 1])


def test_rank_profile_counts_served_choices() -> None:
    """Two first choices and a third one were served; a match nobody asked for is not counted."""
    sayer, other = np.array([0, 0, 0, 1, 2]), np.array([3, 1, 2, 3, 0])
    rank = np.array([1, 2, 3, 1, 1])
    pairs = np.array([[0, 3], [0, 2], [1, 3], [2, 2]])
    np.testing.assert_array_equal(quality.rank_profile(pairs, sayer, other, rank, 4), [2, 0, 1])


def test_matched_share() -> None:
    """A mentee with two mentors counts once."""
    assert quality.matched_share(np.array([[0, 0], [0, 1]]), 4) == 0.25
    assert np.isnan(quality.matched_share(np.empty((0, 2), dtype=int), 0))
