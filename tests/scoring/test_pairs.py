"""Pair scores: weighted means whose contributions add exactly, in any order."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.features.random_cohorts import cohort_of, findings, people
from tests.support import make_cohort

import matcher.scoring.pair_scores as module
from matcher.config import Config, FeatureConfig
from matcher.features import build_features
from matcher.scoring.approaches import CODES
from matcher.scoring.pair_scores import CONTRIBUTION_COLUMNS, PairScores, on_grain
from matcher.vocabulary import Approach

SEEDS = st.integers(0, 10_000)
DEVELOPMENTAL = CODES[Approach.DEVELOPMENTAL]


@dataclass(frozen=True)
class Allowed:
    """Candidates with drawn approaches."""

    approach: np.ndarray

    def block(self, rows):
        """Return the codes of some mentees."""
        return self.approach[rows]


def drawn(seed, n=5, m=4, config=None):
    """Return scores of a drawn cohort under drawn approaches, some pairs not allowed."""
    rng = np.random.default_rng(seed)
    cohort = cohort_of(rng, people(rng, n, "e"), people(rng, m, "m"))
    config = config or Config()
    features = build_features(cohort, config, findings(rng, n))
    return PairScores(features, Allowed(rng.integers(-1, 4, (n, m)).astype(np.int8)), config)


def everywhere(scores):
    """Return the positions and approaches of all pairs, listed."""
    n, m = scores.shape
    i, j = np.repeat(np.arange(n), m), np.tile(np.arange(m), n)
    return i, j, scores.candidates.block(np.arange(n)).ravel()


def answers(**columns):
    """Return a person with an answer in each named column, and None where a blank is asked for."""
    return {"person_id": "a", **columns}


def two_questions(mentor):
    """Return the scores of one pair on two questions: site weighs 3, location 1."""
    blocks = (
        FeatureConfig(name="site", kind="same", weight=3, mentee=("site",), missing=0.4),
        FeatureConfig(name="place", kind="same", weight=1, mentee=("location",), missing=0.2),
    )
    config = Config(features=blocks)
    cohort = make_cohort([answers(site="x", location="y")], [{"person_id": "b", **mentor}])
    allowed = Allowed(np.full((1, 1), DEVELOPMENTAL, dtype=np.int8))
    return PairScores(build_features(cohort, config), allowed, config)


@pytest.mark.parametrize(
    ("mentor", "expected"),
    [
        ({"site": "x", "location": "z"}, 0.75),
        ({"site": "x"}, 0.75 + 0.25 * 0.2),
        ({"site": "z"}, 0.25 * 0.2),
        ({"location": "y"}, 0.75 * 0.4 + 0.25),
        ({}, 0.75 * 0.4 + 0.25 * 0.2),
    ],
)
def test_a_blank_counts_with_the_neutral_value(mentor, expected):
    """An answer moves the score by its weight times its distance from neutral."""
    scores = two_questions(mentor)
    assert scores.block(np.array([0])).score[0, 0] == pytest.approx(expected, abs=1e-13)


def test_neutral_contributions_are_marked():
    """They are not answered, and carry the feature's neutral value."""
    frame = two_questions({"location": "y"}).contributions(np.array([0]), np.array([0]), 0)
    assert tuple(frame.columns) == CONTRIBUTION_COLUMNS
    assert frame["feature"].tolist() == ["site", "place"]
    assert frame["answered"].tolist() == [False, True]
    assert frame["weight"].tolist() == [0.75, 0.25]
    assert frame["value"].tolist() == [0.4, 1.0]
    assert frame["contribution"].tolist() == pytest.approx([0.75 * 0.4, 0.25])


@pytest.mark.slow
@given(SEEDS, st.data())
def test_an_answer_moves_a_score_alone(seed, data):
    """By w (x - neutral), whatever else was answered: contributions add up."""
    scores = drawn(seed)
    i, j, approach = everywhere(scores)
    values, _ = scores.features.pairs(i, j, approach)
    k = data.draw(st.integers(0, len(values) - 1))
    others = np.delete(np.arange(len(values)), k)
    rest = scores.features.weights[others] @ values[others]
    moved = scores.directional(i, j, approach) - rest
    np.testing.assert_allclose(moved, scores.features.weights[k] * values[k], atol=1e-12)


@pytest.mark.slow
@settings(max_examples=15)
@given(SEEDS)
def test_contributions_sum_to_the_score_exactly(seed):
    """To the bit, whatever program sums them in whatever order."""
    scores = drawn(seed)
    i, j, approach = everywhere(scores)
    frame = scores.contributions(i, j, approach)
    expected = scores.directional(i, j, approach)
    keys = [frame["mentee_id"], frame["mentor_id"]]
    parts = frame["contribution"].groupby(keys, sort=False)
    np.testing.assert_array_equal(parts.sum().to_numpy(), expected)
    np.testing.assert_array_equal(parts.apply(math.fsum).to_numpy(), expected)
    backwards = parts.apply(lambda part: sum(part.to_numpy()[::-1].tolist()))
    np.testing.assert_array_equal(backwards.to_numpy(), expected)
    assert frame["contribution"].map(lambda x: float(repr(x))).equals(frame["contribution"])


@pytest.mark.slow
@settings(max_examples=15)
@given(SEEDS)
def test_scores_follow_the_formula(seed):
    """The weighted mean, neutral values where unanswered, written out from the features."""
    scores = drawn(seed)
    i, j, approach = everywhere(scores)
    values, answered = scores.features.pairs(i, j, approach)
    values = np.where(answered, values, scores.features.neutral[:, None])
    expected = scores.features.weights @ values
    found = scores.directional(i, j, approach)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
    assert ((found >= 0) & (found <= 1)).all()


@pytest.mark.slow
@settings(max_examples=15)
@given(SEEDS)
def test_blocks_lists_and_sizes_agree_to_the_bit(seed):
    """A pair's score depends on no other row of its block and on no size."""
    scores = drawn(seed, n=7)
    rows = np.random.default_rng(seed).permutation(7)
    whole = scores.block(rows)
    i, j, approach = everywhere(scores)
    listed = scores.directional(i, j, approach).reshape(7, -1)[rows]
    for at_once in (1, 9, 1 << 20):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "PAIRS_AT_ONCE", at_once)
            np.testing.assert_array_equal(scores.block(rows).score, whole.score)
    single = np.vstack([scores.block(rows[k : k + 1]).score for k in range(7)])
    np.testing.assert_array_equal(single, whole.score)
    banned = whole.approach < 0
    assert (whole.score[banned] == -np.inf).all()
    np.testing.assert_array_equal(whole.score[~banned], listed[~banned])


@pytest.mark.slow
@settings(max_examples=10)
@given(SEEDS, st.sampled_from([0.001, 3.0, 1e6]))
def test_scaling_all_weights_changes_no_score(seed, factor):
    """Weights are shares of their sum."""
    default = Config()
    blocks = tuple(b.model_copy(update={"weight": b.weight * factor}) for b in default.features)
    i, j, approach = everywhere(drawn(seed))
    np.testing.assert_allclose(
        drawn(seed).directional(i, j, approach),
        drawn(seed, config=default.model_copy(update={"features": blocks})).directional(
            i, j, approach
        ),
        atol=1e-12,
    )


@pytest.mark.slow
def test_perfect_pairs_never_score_above_1():
    """Rounding down keeps the sum of many shares at or below the whole."""
    for count in range(1, 12):
        blocks = tuple(
            FeatureConfig(name=f"f{k}", kind="same", weight=0.1 + 0.07 * k, mentee=("site",))
            for k in range(count)
        )
        config = Config(features=blocks)
        cohort = make_cohort([answers(site="x")], [{"person_id": "b", "site": "x"}])
        scores = PairScores(
            build_features(cohort, config), Allowed(np.zeros((1, 1), np.int8)), config
        )
        score = scores.block(np.array([0])).score[0, 0]
        assert 1 - 1e-12 < score <= 1


def test_approach_decides_the_seniority_part():
    """The same pair scores differently as reverse and as reciprocal."""
    config = Config()
    cohort = make_cohort(
        [answers(career_years=30, expertise=("law",))],
        [{"person_id": "b", "career_years": 20, "expertise": ("law",)}],
    )
    scores = PairScores(build_features(cohort, config), Allowed(np.zeros((1, 1), np.int8)), config)
    codes = np.array([CODES[a] for a in Approach], dtype=np.int8)
    frame = scores.contributions(np.zeros(4, int), np.zeros(4, int), codes)
    by_feature = frame[frame["feature"] == "seniority_gap"]["value"].tolist()
    assert by_feature == [0.0, 0.0, 1.0, 1.0]


def test_no_pairs_give_no_rows():
    """Empty lists and empty blocks keep their shapes."""
    scores = drawn(0)
    none = np.array([], dtype=np.int64)
    assert scores.directional(none, none, 0).shape == (0,)
    assert scores.block(none).score.shape == (0, 4)
    frame = scores.contributions(none, none, 0)
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns) == list(CONTRIBUTION_COLUMNS)
    assert len(frame) == 0


def test_other_numbers_join_the_grid():
    """What is rounded by on_grain adds to scores exactly."""
    parts = on_grain(np.array([0.1, 0.05, 1 / 3]))
    assert math.fsum(parts) == sum(parts.tolist()) == sum(parts[::-1].tolist())
    np.testing.assert_allclose(parts, [0.1, 0.05, 1 / 3], atol=4e-15)
