"""Weights that imitate human choices, with the same honesty as those learned from outcomes."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_outcomes import DEFAULT, NAMES, TRUTH

from matcher.cohort.cohort import RowCount
from matcher.config import Config
from matcher.tune.learn import learn_from
from matcher.tune.past_choices import Choices
from matcher.tune.weight_model import FeatureTable

CONFIG = Config().model_copy(update={"tune": Config().tune.model_copy(update={"bootstrap": 20})})


def drawn(count, seed, *, truth=TRUTH, size=8, scale=30.0):
    """Draw choices between `size` free mentors by a conditional logit of the score."""
    rng = np.random.default_rng(seed)
    values = rng.uniform(0, 1, (count, size, len(NAMES)))
    chance = scale * (values @ truth) + rng.gumbel(size=(count, size))
    best = chance.argmax(axis=1)
    for row, pick in enumerate(best):
        values[row, [0, pick]] = values[row, [pick, 0]]
    flat = values.reshape(-1, len(NAMES))
    answered = np.ones(flat.shape, dtype=bool)
    return Choices(
        table=FeatureTable(NAMES, DEFAULT, flat, answered, np.full(len(NAMES), 0.5)),
        mentee=tuple(f"e{k:04d}" for k in range(count)),
        mentor=tuple(f"o{k:04d}" for k in rng.integers(0, count, count)),
        dropped=0,
        rows=RowCount(count, count),
        start=np.arange(count) * size,
    )


@pytest.mark.slow
def test_choices_teach_the_weights_behind_them():
    """With many choices the weights are those by which people chose, and they are claimed."""
    found = learn_from(drawn(800, 0), CONFIG)
    assert found.claimed
    assert np.abs(found.estimate - TRUTH).sum() < 0.3 * np.abs(DEFAULT - TRUTH).sum()
    assert found.figures["auc"]["tuned"] > found.figures["auc"]["default"] > 0.5


def test_arbitrary_choices_claim_nothing():
    """People who chose by lot teach nothing."""
    found = learn_from(drawn(200, 1, scale=0.0), CONFIG)
    assert not found.claimed
    assert found.config == CONFIG


@pytest.mark.parametrize("count", [1, 3])
def test_few_choices_are_too_few(count):
    """A handful of choices ends in a sentence."""
    found = learn_from(drawn(count, 2), CONFIG)
    assert not found.claimed
    assert "too few" in found.reason


def test_figures_are_those_of_learn():
    """Missing flags, calibration and intervals stand beside the AUC as they do for outcomes."""
    found = learn_from(drawn(120, 3), CONFIG)
    assert found.figures["auc"]["missing_flags"] == pytest.approx(0.5)
    assert found.figures["auc"]["within_mentee"]["tuned"] == found.figures["auc"]["tuned"]
    assert {"default", "tuned", "saved"} == set(found.figures["log_loss"])
    assert {"predicted", "observed"} == set(found.figures["calibration"]["tuned"][0])
    assert (found.low <= found.high).all()
