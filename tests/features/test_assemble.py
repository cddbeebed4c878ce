"""All features together: fixed scales, missing answers, bad blocks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.features.helpers import Findings, block, features_of
from tests.features.random_cohorts import cohort_of, findings, people
from tests.support import make_cohort

from matcher.config import Config
from matcher.errors import ConfigError, InputError
from matcher.features import build_features

SEEDS = st.integers(0, 10_000)


def every_pair(features, approach):
    """Return values with NaN where unanswered, by feature, mentee id and mentor id."""
    values, answered = features.block(np.arange(features.shape[0]), approach)
    return np.where(answered, values, np.nan)


def approaches(rng, shape):
    """Draw approach codes."""
    return rng.integers(-1, 4, shape).astype(np.int8)


@pytest.mark.slow
@settings(max_examples=10)
@given(SEEDS)
def test_values_lie_between_0_and_1(seed):
    """Every default feature of every pair, and the neutral value where unanswered."""
    rng = np.random.default_rng(seed)
    cohort = cohort_of(rng, people(rng, 5, "e"), people(rng, 4, "m"))
    built = build_features(cohort, Config(), findings(rng, 5))
    values, answered = built.block(np.arange(5), approaches(rng, (5, 4)))
    assert values.shape == answered.shape == (len(built.names), 5, 4)
    assert ((values >= 0) & (values <= 1)).all()
    neutral = np.broadcast_to(built.neutral[:, None, None], values.shape)
    np.testing.assert_array_equal(values[~answered], neutral[~answered])
    assert built.weights.sum() == pytest.approx(1.0)


@pytest.mark.slow
@settings(max_examples=10)
@given(SEEDS)
def test_other_people_change_no_pair(seed):
    """Adding mentors and mentees leaves every other pair as it was, to the bit."""
    rng = np.random.default_rng(seed)
    mentees, mentors = people(rng, 4, "e"), people(rng, 3, "m")
    audit, codes = findings(rng, 6), approaches(rng, (6, 6))
    few = Findings(audit.gaps[:4], audit.has_audit[:4])
    state = rng.bit_generator.state
    before = build_features(cohort_of(rng, mentees, mentors), Config(), few)
    more_mentees, more_mentors = people(rng, 2, "f"), people(rng, 3, "n")
    rng.bit_generator.state = state
    after = build_features(
        cohort_of(rng, mentees + more_mentees, mentors + more_mentors), Config(), audit
    )
    np.testing.assert_array_equal(
        every_pair(before, codes[:4, :3]), every_pair(after, codes)[:, :4, :3]
    )


@pytest.mark.slow
@settings(max_examples=10)
@given(SEEDS)
def test_ids_do_not_matter(seed):
    """People under other names, and so in another order, compare alike."""
    rng = np.random.default_rng(seed)
    mentees, mentors, codes = people(rng, 4, "e"), people(rng, 3, "m"), approaches(rng, (4, 3))
    renamed = [{**row, "person_id": f"z{9 - k}"} for k, row in enumerate(mentors)]
    state = rng.bit_generator.state
    before = build_features(cohort_of(rng, mentees, mentors), Config())
    rng.bit_generator.state = state
    after = build_features(cohort_of(rng, mentees, renamed), Config())
    assert after.mentor_ids == tuple(row["person_id"] for row in renamed[::-1])
    np.testing.assert_array_equal(
        every_pair(before, codes), every_pair(after, codes[:, ::-1])[:, :, ::-1]
    )


@pytest.mark.slow
@settings(max_examples=10)
@given(SEEDS)
def test_blocks_and_lists_agree_to_the_bit(seed):
    """A pair has the same values in any block and in a list of pairs."""
    rng = np.random.default_rng(seed)
    cohort = cohort_of(rng, people(rng, 5, "e"), people(rng, 4, "m"))
    built, codes = build_features(cohort, Config(), findings(rng, 5)), approaches(rng, (5, 4))
    whole = built.block(np.arange(5), codes)
    rows = np.array([3, 1])
    part = built.block(rows, codes[rows])
    i, j = np.repeat(np.arange(5), 4), np.tile(np.arange(4), 5)
    listed = built.pairs(i, j, codes.ravel())
    for kind in range(2):
        np.testing.assert_array_equal(part[kind], whole[kind][:, rows])
        np.testing.assert_array_equal(listed[kind], whole[kind].reshape(len(built.names), -1))


@pytest.mark.slow
def test_nobody_to_compare():
    """Empty sides give empty arrays."""
    built = features_of(block("facets"), [], [{}])
    assert built.block(np.arange(0), np.zeros((0, 1), np.int8))[0].shape == (1, 0, 1)
    cohort = cohort_of(np.random.default_rng(0), [], people(np.random.default_rng(0), 2, "m"))
    empty = build_features(cohort, Config(), findings(np.random.default_rng(0), 0))
    assert empty.not_asked == ("deep_similarity",)  # nobody, so no column of values
    assert empty.block(np.arange(0), np.zeros((0, 2), np.int8))[0].shape == (11, 0, 2)


def test_a_stated_value_stands_in_for_a_missing_answer():
    """`missing` fills blanks, marked as such, and leaves answers alone."""
    feature = block("same", mentee=("site",), missing=0.3)
    built = features_of(feature, [{"site": "x"}], [{}, {"site": "x"}])
    values, answered = built.block(np.array([0]), np.zeros((1, 2), np.int8))
    assert values.tolist() == [[[0.3, 1.0]]]
    assert answered.tolist() == [[[False, True]]]


def test_a_programme_that_asked_nothing_scores_all_pairs_alike():
    """Ids alone make a match: every feature is neutral, and told as not asked."""
    cohort = replace(make_cohort([{"person_id": "e"}], [{"person_id": "m"}]), asked={})
    built = build_features(cohort, Config())
    values, answered = built.pairs(np.array([0]), np.array([0]), np.zeros(1, np.int8))
    assert not answered.any()
    np.testing.assert_array_equal(values[:, 0], built.neutral)
    assert built.not_asked == built.names
    assert built.stated_share("mentor").tolist() == [0.0]


def test_who_answered_what():
    """Each side's answers are told by feature, and their weight by person."""
    built = features_of(block("same", mentee=("site",)), [{"site": "x"}, {}], [{"site": "y"}])
    assert built.stated("mentee").tolist() == [[True, False]]
    assert built.stated_share("mentee").tolist() == [1.0, 0.0]
    assert built.stated_share("mentor").tolist() == [1.0]


def test_a_column_that_is_not_there_is_named():
    """A feature over a column that the cohort lacks says which, with the near match."""
    with pytest.raises(InputError, match=r"E_MISSING_COLUMN mentees::.*sight.*did you mean site"):
        features_of(block("same", mentee=("sight",), mentor=("site",)), [{}], [{}])


def test_sides_of_unequal_length_are_refused():
    """Columns that are paired one by one must be as many on both sides."""
    with pytest.raises(ConfigError, match="E_CONFIG"):
        features_of(block("same", mentee=("site", "location"), mentor=("site",)), [{}], [{}])


@pytest.mark.parametrize(
    ("feature", "said"),
    [
        (block("preference", mentee=("site",)), "reads no columns"),
        (block("wishes", mentee=("wish_same", "site")), "compares one column"),
        (block("availability", mentee=("capacity",)), "capacity is no part .* choose from"),
    ],
)
def test_columns_that_a_kind_would_not_read_are_refused(feature, said):
    """A block whose columns would be ignored is an error, not silence."""
    with pytest.raises(ConfigError, match=f"E_CONFIG ::features.one: .*{said}"):
        features_of(feature, [{}], [{}])
