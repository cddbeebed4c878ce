"""Feasibility of contact: the mean of the parts that both answered."""

from __future__ import annotations

import pytest
from tests.features.helpers import block, value

CONTACT = block("availability")


@pytest.mark.parametrize(
    ("mentee", "mentor", "expected"),
    [
        (("mon-am",), ("mon-am", "tue-pm", "fri-eve"), 1.0),
        (("mon-am", "tue-am"), ("mon-am", "wed-am"), 4 / 6),
        (("mon-am", "tue-am"), ("mon-am", "tue-am"), 1.0),
        (("mon-am",), ("tue-am",), 0.0),
        (("mon-09",), ("mon-am",), 1.0),
        (("mon-09",), ("mon-10",), 0.0),
        (("mon-am",), (), None),
    ],
)
def test_slots(mentee, mentor, expected):
    """One ticked slot that fits is enough; parts of a day hold their hours."""
    found = value(CONTACT, {"availability": mentee}, {"availability": mentor})
    assert found == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("mentee", "mentor", "expected"),
    [(2, 1, 0.5), (1, 2, 1.0), (0, 0, 1.0), (0, 2, 1.0), (2, 0, 0)],
)
def test_hours(mentee, mentor, expected):
    """The mentor's hours over the mentee's, at most 1."""
    found = value(CONTACT, {"hours_per_month": mentee}, {"hours_per_month": mentor})
    assert found == expected


@pytest.mark.parametrize(
    ("mentee", "mentor", "expected"),
    [
        ("monthly", "Monthly", 1.0),
        ("monthly", "quarterly", 1 / 3),
        ("quarterly", "monthly", 1 / 3),
        ("when it suits", "monthly", None),
    ],
)
def test_cadence(mentee, mentor, expected):
    """The rarer rhythm over the more frequent; a rhythm we do not know is unanswered."""
    found = value(CONTACT, {"cadence": mentee}, {"cadence": mentor})
    assert found == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("mentee", "mentor", "expected"),
    [
        (("virtual",), ("virtual",), 1.0),
        (("in_person",), ("in_person",), 1.0),
        (("in_person",), ("virtual",), 0.0),
        (("in_person",), ("hybrid",), 0.5),
        (("virtual",), ("hybrid",), 0.75),
    ],
)
def test_modes(mentee, mentor, expected):
    """A common mode is best, hybrid is halfway; online the place is no hindrance."""
    assert value(CONTACT, {"modes": mentee}, {"modes": mentor}) == expected


def test_place_in_person():
    """Who must meet in person needs a common site or location."""
    mentee = {"modes": ("in_person",), "site": "Leeds", "location": "North"}
    assert value(CONTACT, mentee, {**mentee, "site": "York"}) == 1.0
    assert value(CONTACT, mentee, {**mentee, "site": "York", "location": "East"}) == 0.5


@pytest.mark.parametrize(
    ("zone", "expected"),
    [("Europe/London", 1.0), ("Africa/Nairobi", 1.0), ("Asia/Tokyo", (1 + 2 / 8) / 2), ("Mars", 1)],
)
def test_clocks_online(zone, expected):
    """Hours between time zones count from two; an unknown zone is not held against anyone."""
    mentee = {"modes": ("virtual",), "timezone": "Europe/London"}
    assert value(CONTACT, mentee, {"modes": ("virtual",), "timezone": zone}) == expected


def test_mean_of_the_answered_parts():
    """Slots .0 and hours .5 make .25."""
    mentee = {"availability": ("mon-am",), "hours_per_month": 2}
    mentor = {"availability": ("tue-am",), "hours_per_month": 1, "cadence": "weekly"}
    assert value(CONTACT, mentee, mentor) == 0.25


def test_a_block_may_name_some_parts():
    """Only the parts named count."""
    mentee = {"availability": ("mon-am",), "hours_per_month": 2}
    mentor = {"availability": ("tue-am",), "hours_per_month": 1}
    assert value(block("availability", mentee=("hours_per_month",)), mentee, mentor) == 0.5
