"""Reach of a sponsor into the mentee's organisation."""

from __future__ import annotations

import pytest
from tests.features.helpers import block, value

from matcher.vocabulary import Approach

REACH = block("reach")


@pytest.mark.parametrize(
    ("mentor", "approach", "expected"),
    [
        ({"sponsor_organisations": ("Oldtown",)}, Approach.SPONSORSHIP, 1.0),
        ({"organisation": "oldtown "}, Approach.SPONSORSHIP, 1.0),
        ({"sponsor_organisations": ("Newtown", "oldtown")}, Approach.SPONSORSHIP, 1.0),
        ({"sponsor_organisations": ("Newtown",)}, Approach.SPONSORSHIP, None),
        ({}, Approach.SPONSORSHIP, None),
        ({"sponsor_organisations": ("Oldtown",)}, Approach.DEVELOPMENTAL, None),
    ],
)
def test_reach_raises_a_sponsorship_alone(mentor, approach, expected):
    """Reach that is named counts in full; where none is named the pair is neutral."""
    assert value(REACH, {"organisation": "Oldtown"}, mentor, approach) == expected


def test_an_unknown_organisation_is_unanswered():
    """Nobody reaches into an organisation that is not named."""
    assert value(REACH, {}, {"organisation": "x"}, Approach.SPONSORSHIP) is None
