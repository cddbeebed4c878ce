"""The penalised likelihood: right gradients, and a prior that is worth what it says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from matcher.config.schema import Scoring
from matcher.tune.choices import rank_shares
from matcher.tune.model import Choice, Logistic, choice_shares, fit_weights
from matcher.tune.pairs import Table


def logistic(seed=0, n=50, k=4):
    """Draw outcomes."""
    rng = np.random.default_rng(seed)
    return Logistic(rng.normal(size=(n, k)), rng.random(n) < 0.4, rng.integers(0, 3, n))


def choice(seed=0, c=20, k=4):
    """Draw choices."""
    rng = np.random.default_rng(seed)
    size = rng.integers(2, 6, c)
    x = rng.normal(size=(int(size.sum()), k))
    return Choice(x, np.cumsum(size) - size, rng.integers(0, 3, c))


@pytest.mark.parametrize("model", [logistic(), choice()])
def test_gradients_are_those_of_the_loss(model):
    """Analytic gradients equal finite differences."""
    at = np.linspace(-0.5, 0.8, model.free + 4)
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
    found = fit_weights(Logistic(x, success, np.ones(4000)), prior, strength)
    assert found == pytest.approx(prior + moved * (truth - prior), abs=0.03)


def test_rank_share_counts_ties_half():
    """The chosen alternative is ahead of one of two, and ties with one of two."""
    start = np.array([0, 3])
    assert rank_shares(np.array([1.0, 0.0, 2.0, 1.0, 1.0, 0.0]), start).tolist() == [0.5, 0.75]


def test_table_scores_follow_the_formula():
    """Scores are the weighted mean of what is answered, neutral up to the least share."""
    table = Table(
        ("a", "b"),
        np.array([0.5, 0.5]),
        np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 0.0]]),
        np.array([[True, True], [True, False], [False, False]]),
        Scoring(min_answered=0.75, neutral=0.5),
    )
    expected = [0.5, (0.5 + 0.25 * 0.5) / 0.75, 0.5]
    assert table.score(np.array([0.5, 0.5])) == pytest.approx(expected)
