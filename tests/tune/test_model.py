"""The penalised likelihood: right gradients, and a prior that is worth what it says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from matcher.tune.past_choices import rank_shares
from matcher.tune.weight_model import (
    ConditionalLogit,
    Design,
    FeatureTable,
    Logistic,
    Prior,
    choice_shares,
    fit_weights,
    told_about,
)

NEUTRAL = 0.4
"""Value of every feature where unanswered."""


def design(rng, n, k):
    """Draw features of pairs, a third of them unanswered."""
    answered = rng.random((n, k)) < 0.67
    return Design(np.where(answered, rng.normal(size=(n, k)), 0.0), answered.astype(float))


def logistic(seed=0, n=50, k=4):
    """Draw outcomes."""
    rng = np.random.default_rng(seed)
    return Logistic(design(rng, n, k), rng.random(n) < 0.4, rng.integers(0, 3, n))


def choice(seed=0, c=20, k=4):
    """Draw choices."""
    rng = np.random.default_rng(seed)
    size = rng.integers(2, 6, c)
    x = design(rng, int(size.sum()), k)
    return ConditionalLogit(x, np.cumsum(size) - size, rng.integers(0, 3, c))


@pytest.mark.parametrize("model", [logistic(), choice()])
def test_gradients_are_those_of_the_loss(model):
    """Analytic gradients equal finite differences."""
    at = np.append(np.full(model.free, -0.5), [0.3, 0.7, 1.1, 1.9])
    numeric = approx_fprime(at, lambda p: model.loss(p)[0], 1e-6)
    assert model.loss(at)[1] == pytest.approx(numeric, abs=1e-3)


def test_choice_probabilities_sum_to_one_a_choice():
    """Shares are a distribution within each choice, for scores of any size."""
    start = np.array([0, 3, 5])
    eta = np.array([900.0, -900.0, 0.0, 5.0, 5.0, 1.0, 2.0])
    shares, logs = choice_shares(eta, start)
    assert np.add.reduceat(shares, start) == pytest.approx([1.0, 1.0, 1.0])
    assert np.isfinite(logs[start]).all()


@pytest.mark.parametrize(("strength", "moved"), [(1e9, 0.0), (0.0, 1.0)])
def test_prior_strength_decides_between_config_and_data(strength, moved):
    """An endless prior keeps the config's weights; none leaves all to the data."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(4000, 2))
    success = rng.random(4000) < 1 / (1 + np.exp(-(1.0 * x[:, 0] + 9.0 * x[:, 1])))
    prior, truth = np.array([0.9, 0.1]), np.array([0.1, 0.9])
    found = fit_weights(Logistic(Design(x), success, np.ones(4000)), prior, strength)
    assert found == pytest.approx(prior + moved * (truth - prior), abs=0.03)


def test_rank_share_counts_ties_half():
    """The chosen alternative is ahead of one of two, and ties with one of two."""
    start = np.array([0, 3])
    assert rank_shares(np.array([1.0, 0.0, 2.0, 1.0, 1.0, 0.0]), start).tolist() == [0.5, 0.75]


def test_table_scores_follow_the_formula():
    """Scores are the weighted mean, with neutral values where unanswered."""
    table = FeatureTable(
        ("a", "b"),
        np.array([0.5, 0.5]),
        np.array([[1.0, 0.0], [1.0, 0.7], [0.3, 0.7]]),
        np.array([[True, True], [True, False], [False, False]]),
        np.array([0.3, 0.7]),
    )
    expected = [0.5, 0.85, 0.5]
    assert table.score(np.array([0.5, 0.5])) == pytest.approx(expected)


def test_what_moves_the_predictor_is_the_pair_score():
    """The predictor is the scale times what the score has above the neutral value."""
    rng = np.random.default_rng(4)
    answered = rng.random((60, 3)) < 0.5
    values = np.where(answered, rng.random((60, 3)), NEUTRAL)
    prior = np.array([0.2, 0.3, 0.5])
    table = FeatureTable(("a", "b", "c"), prior, values, answered, np.full(3, NEUTRAL))
    predicted = table.design().predict(7.0 * prior)
    assert predicted == pytest.approx(7.0 * (table.score(prior) - NEUTRAL))


@pytest.mark.slow
def test_missing_answers_do_not_bias_the_weights():
    """With many outcomes the truth is found though one feature is often left open."""
    rng = np.random.default_rng(5)
    answered = rng.random((40_000, 3)) < np.array([1.0, 0.4, 1.0])
    values = np.where(answered, rng.random(answered.shape), NEUTRAL)
    prior, truth = np.array([0.4, 0.2, 0.4]), np.array([0.2, 0.6, 0.2])
    table = FeatureTable(("a", "b", "c"), prior, values, answered, np.full(3, NEUTRAL))
    success = rng.random(len(values)) < 1 / (1 + np.exp(-10 * (table.score(truth) - 0.5)))
    found = fit_weights(Logistic(table.design(), success, np.ones(len(values))), prior, 200.0)
    assert found == pytest.approx(truth, abs=0.02)


def test_a_feature_that_never_differs_keeps_its_share():
    """Nothing is learned about a constant feature, nor about one that nobody answered."""
    rng = np.random.default_rng(6)
    values = rng.random((500, 4))
    values[:, 1] = 0.8
    answered = np.ones(values.shape, dtype=bool)
    answered[:, 3] = False
    prior = np.array([0.5, 0.2, 0.2, 0.1])
    values = np.where(answered, values, NEUTRAL)
    table = FeatureTable(("a", "b", "c", "d"), prior, values, answered, np.full(4, NEUTRAL))
    success = rng.random(500) < 1 / (1 + np.exp(-12 * (values[:, 2] - 0.5)))
    found = fit_weights(Logistic(table.design(), success, np.ones(500)), prior, 50.0)
    assert found[[1, 3]] == pytest.approx(prior[[1, 3]])
    assert found[2] > 2 * prior[2]
    assert found.sum() == pytest.approx(1.0)
    told = told_about(Logistic(table.design(), success, np.ones(500)), prior)
    assert told.tolist() == [True, False, True, False]


@pytest.mark.parametrize("size", [1.0, 8.0, 20.0])
def test_gradient_of_the_prior_is_that_of_its_penalty(size):
    """Analytic gradients equal finite differences, below the least scale and above it."""
    rng = np.random.default_rng(7)
    goal = np.array([0.3, 0.2, 0.25, 0.15])
    prior = Prior.of(goal, rng.uniform(0, 0.1, 4), np.array([1.0, 0.9, 0.5, 0.02]), 50.0)
    at = size * rng.dirichlet(np.ones(4))
    numeric = approx_fprime(at, lambda b: prior.penalty(b)[0], 1e-7)
    assert prior.penalty(at)[1] == pytest.approx(numeric, rel=1e-4, abs=1e-3)
    assert prior.penalty(max(size, 6.0) * goal)[0] == pytest.approx(0.0)


def test_a_feature_that_hardly_anybody_answers_keeps_its_share():
    """Twenty answers do not carry a weight away, though two thousand outcomes move the others."""
    rng = np.random.default_rng(8)
    answered = rng.random((2000, 4)) < np.array([1.0, 0.01, 1.0, 1.0])
    values = np.where(answered, rng.random(answered.shape), NEUTRAL)
    prior, truth = np.array([0.4, 0.15, 0.3, 0.15]), np.array([0.1, 0.05, 0.6, 0.25])
    table = FeatureTable(("a", "b", "c", "d"), prior, values, answered, np.full(4, NEUTRAL))
    success = rng.random(len(values)) < 1 / (1 + np.exp(-20 * (table.score(truth) - 0.5)))
    found = fit_weights(Logistic(table.design(), success, np.ones(2000)), prior, 200.0)
    assert found[1] == pytest.approx(prior[1], abs=0.03)
    others = np.array([0, 2, 3])
    assert found[others] / found[others].sum() == pytest.approx(
        truth[others] / truth[others].sum(), abs=0.06
    )
