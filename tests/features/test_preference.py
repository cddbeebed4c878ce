"""Mutual preference: the mean of what both said, the unstated at the middle."""

from __future__ import annotations

import numpy as np
import pytest
from tests.features.helpers import block, codes, features_of, value
from tests.support import make_cohort

from matcher.features.stated_wishes import choice_points
from matcher.vocabulary import Approach

PREFERENCE = block("preference")


def said(role, score, **more):
    """Return a row in which one of the pair scores the other."""
    who = ("e0", "m0") if role == "mentee" else ("m0", "e0")
    return {"person_id": who[0], "other_id": who[1], "role": role, "score": score, **more}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([said("mentee", 5), said("mentor", 5)], 1.0),
        ([said("mentee", 4), said("mentor", 1)], 0.5),
        ([said("mentee", 5)], 0.75),
        ([said("mentor", 2)], 0.45),
        ([said("mentee", 0), said("mentor", 5)], 0.5),
        ([said("mentee", None, veto=True)], None),
        ([], None),
    ],
)
def test_preference_oracle(rows, expected):
    """An unstated side counts .5; where neither is stated the pair is neutral."""
    found = value(PREFERENCE, {}, {}, preferences=rows)
    assert found == (None if expected is None else pytest.approx(expected))


def test_only_the_pairs_named_are_answered():
    """Scores land on their own pair whatever the block."""
    rows = [
        {"person_id": "e1", "other_id": "m0", "role": "mentee", "score": 5},
        {"person_id": "m2", "other_id": "e0", "role": "mentor", "score": 5},
        {"person_id": "e1", "other_id": "stranger", "role": "mentee", "score": 5},
    ]
    built = features_of(PREFERENCE, [{}] * 2, [{}] * 3, preferences=rows)
    _, answered = built.block(np.array([1, 0]), codes((2, 3), Approach.DEVELOPMENTAL))
    assert np.argwhere(answered[0]).tolist() == [[0, 0], [1, 2]]
    assert built.stated("mentee").tolist() == [[False, True]]
    assert built.stated("mentor").tolist() == [[False, False, True]]


def test_row_order_does_not_matter():
    """Of two scores for one person the lower counts."""
    rows = [said("mentee", 5), said("mentee", 1)]
    assert value(PREFERENCE, {}, {}, preferences=rows) == value(
        PREFERENCE, {}, {}, preferences=rows[::-1]
    )


@pytest.mark.slow
def test_a_row_without_a_role_counts_for_whoever_can_have_said_it():
    """The role is asked only of who plays both; a mentee's wish comes first."""
    bare = {"person_id": "e0", "other_id": "m0", "score": 5}
    assert value(PREFERENCE, {}, {}, preferences=[bare]) == pytest.approx(0.75)
    turned = {"person_id": "m0", "other_id": "e0", "score": 0}
    assert value(PREFERENCE, {}, {}, preferences=[turned]) == pytest.approx(0.25)


def test_points_of_choices():
    """Tenths of both sides' scores from 3 on; none where a side would rather not."""
    people = [{"person_id": p} for p in "abcde"], [{"person_id": p} for p in "xy"]
    rows = [
        {"person_id": "a", "other_id": "x", "role": "mentee", "score": 4.5},
        {"person_id": "x", "other_id": "a", "role": "mentor", "score": 3},
        {"person_id": "b", "other_id": "x", "score": 5},
        {"person_id": "x", "other_id": "b", "role": "mentor", "score": 2},
        {"person_id": "y", "other_id": "c", "role": "mentor", "score": 3.67},
        {"person_id": "d", "other_id": "y", "role": "mentee", "score": 2.9},
        {"person_id": "e", "other_id": "y", "role": "mentee", "score": 5},
        {"person_id": "e", "other_id": "y", "role": "mentee", "score": 4},
    ]
    found = choice_points(make_cohort(*people, preferences=rows))
    assert found.to_dict() == {(0, 0): 75, (2, 1): 37, (4, 1): 40}
    assert choice_points(make_cohort(*people)).empty
