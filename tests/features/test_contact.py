"""Feasibility of contact: the mean of the parts that both answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from itertools import combinations, permutations
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.features.helpers import block, features_of, value
from tests.support import make_cohort

from matcher.config import Config
from matcher.features import build_features
from matcher.features.base import Listed
from matcher.features.weeks import DAYS, Weeks
from matcher.vocabulary import Mode

CONTACT = block("availability")


def part(*columns):
    """Return a block of some parts alone."""
    return block("availability", mentee=columns)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mentee", "mentor", "expected"),
    [
        (("mon-am",), ("mon-am", "tue-pm", "fri-eve"), 0.92),
        (("mon-am", "tue-am"), ("mon-am", "wed-am"), 0.92),
        (("mon-am", "tue-am"), ("mon-am", "tue-am"), 1.0),
        (("mon-am",), ("tue-am",), 0.0),
        (("mon-09",), ("mon-am",), 0.8),
        (("mon-09", "tue-09"), ("mon-am", "tue-eve", "tue-09"), 0.84),
        (("mon-09",), ("mon-10",), 0.0),
        (("mon-am",), (), None),
    ],
)
def test_slots(mentee, mentor, expected):
    """Shared hours count, whatever else is ticked; parts of a day hold their hours."""
    found = value(part("availability"), {"availability": mentee}, {"availability": mentor})
    assert found == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("mentee", "mentor", "expected"),
    [(2, 1, 2 / 3), (1, 2, 2 / 3), (1.5, 2, 1.0), (8, 1.5, 1.0), (0, 2, 0.0), (2, 0, 0.0)],
)
def test_hours(mentee, mentor, expected):
    """What both have over what the programme expects: no further hour of either lowers a pair."""
    found = value(part("hours_per_month"), {"hours_per_month": mentee}, {"hours_per_month": mentor})
    assert found == pytest.approx(expected)


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
    found = value(part("cadence"), {"cadence": mentee}, {"cadence": mentor})
    assert found == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("mentee", "mentor", "expected"),
    [
        (("virtual",), ("virtual",), 1.0),
        (("in_person",), ("in_person",), 1.0),
        (("in_person",), ("virtual",), 0.0),
        (("in_person",), ("hybrid",), 1.0),
        (("hybrid", "virtual"), ("in_person",), 1.0),
    ],
)
def test_modes(mentee, mentor, expected):
    """Whom either way suits has one in common with everybody who named one."""
    assert value(part("modes"), {"modes": mentee}, {"modes": mentor}) == expected


def test_place_in_person():
    """Who must meet in person needs a common site or location."""
    mentee = {"modes": ("in_person",), "site": "Leeds", "location": "North"}
    place = part("modes", "site")
    assert value(place, mentee, {**mentee, "site": "York"}) == 1.0
    assert value(place, mentee, {**mentee, "site": "York", "location": "East"}) == 0.5


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Europe/London", 1.0),
        ("Africa/Nairobi", 1.0),
        ("Asia/Tokyo", (1 + 2 / 8) / 2),
        ("Mars", 0.905),
        (None, 0.905),
    ],
)
def test_clocks_online(zone, expected):
    """Hours between time zones count from two; a zone that is not known is neutral."""
    mentee = {"modes": ("virtual",), "timezone": "Europe/London"}
    found = value(part("modes", "site"), mentee, {"modes": ("virtual",), "timezone": zone})
    assert found == pytest.approx(expected)


@pytest.mark.parametrize(
    ("zones", "sites"),
    [
        (("Europe/London", "Asia/Tokyo"), ("Leeds", "York")),
        (("Asia/Tokyo", ""), ("Leeds", "Leeds")),
    ],
)
def test_a_way_to_meet_beside_another_never_lowers(zones, sites):
    """Who may also meet in a further way can still meet as before."""
    ways = [some for n in (1, 2, 3) for some in combinations(Mode, n)]
    rows = [
        [{"modes": some, "timezone": zone or None, "site": site} for some in ways]
        for zone, site in zip(zones, sites, strict=True)
    ]
    every, side = features_of(part("modes", "site"), *rows), np.arange(len(ways))
    ours, theirs = np.repeat(side, len(side)), np.tile(side, len(side))
    values, _ = every.pairs(ours, theirs, np.zeros(len(ours), np.int8))
    table = values.reshape(len(side), len(side))
    for less, more in permutations(side, 2):
        if {*ways[less]} < {*ways[more]}:
            assert (table[more] >= table[less]).all()
            assert (table[:, more] >= table[:, less]).all()


def test_parts_left_open_are_neutral():
    """Slots .0 and hours .67, and .81 for the three parts that one of the two left open."""
    mentee = {"availability": ("mon-am",), "hours_per_month": 2}
    mentor = {"availability": ("tue-am",), "hours_per_month": 1, "cadence": "weekly"}
    assert value(CONTACT, mentee, mentor) == pytest.approx((0.0 + 2 / 3 + 3 * 0.81) / 5)


def test_parts_that_were_not_asked_do_not_count():
    """A programme that asks for slots and hours alone weighs those two."""
    made = make_cohort(
        [{"person_id": "e", "availability": ("mon-am",), "hours_per_month": 2}],
        [{"person_id": "m", "availability": ("mon-am",), "hours_per_month": 1}],
    )
    columns = frozenset({"person_id", "availability", "hours_per_month"})
    asked = replace(made, asked={"mentees": columns, "mentors": columns})
    built = build_features(asked, Config(features=(CONTACT,)))
    values, _ = built.pairs(np.array([0]), np.array([0]), np.zeros(1, np.int8))
    assert values[0, 0] == pytest.approx((0.92 + 2 / 3) / 2)


ZONES = ("Europe/London", "Australia/Sydney", "Asia/Kolkata", "America/New_York", "Asia/Kathmandu")
SLOTS = tuple(f"{day}-{hour:02d}" for day in DAYS for hour in range(24))


def _minutes(slots, zone, day):
    """Return the minutes of the week, in UTC, that the slots hold, by the clock of the zone."""
    offset = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone)).utcoffset()
    shift = offset.total_seconds() / 60
    starts = [(DAYS.index(slot[:3]) * 24 + int(slot[4:])) * 60 - shift for slot in slots]
    return {int(start + minute) % (7 * 24 * 60) for start in starts for minute in range(60)}


@pytest.mark.slow
@given(
    st.sets(st.sampled_from(SLOTS), min_size=1, max_size=6),
    st.sets(st.sampled_from(SLOTS), min_size=1, max_size=6),
    st.sampled_from(ZONES),
    st.sampled_from(ZONES),
    st.dates(date(2026, 1, 1), date(2026, 12, 31)),
)
def test_slots_meet_where_the_clocks_do(ours, theirs, here, there, start):
    """Hours shared are those of one clock, on the day the programme starts, for ban and value."""
    cohort = make_cohort(
        [{"person_id": "e", "availability": tuple(ours), "timezone": here}],
        [{"person_id": "m", "availability": tuple(theirs), "timezone": there}],
    )
    config = Config.model_validate({"programme": {"start": start.isoformat()}})
    weeks, pair = Weeks.of(cohort, config), Listed(np.array([0]), np.array([0]))
    expected = len(_minutes(ours, here, start) & _minutes(theirs, there, start)) / 60
    assert weeks.shared(pair)[0] == pytest.approx(expected)
    assert weeks.nothing_shared(pair)[0] == (expected == 0)


@pytest.mark.slow
def test_without_a_zone_slots_are_compared_as_written():
    """Two who name none meet as written; of one who names one and one who does not nobody knows."""
    slots, sydney = {"availability": ("mon-09",)}, {"timezone": "Australia/Sydney"}
    assert value(part("availability"), slots, slots) == 0.8
    assert value(part("availability"), slots | sydney, slots) is None
    assert value(part("availability"), slots | sydney, {**slots, "timezone": "Mars"}) is None
    assert value(part("availability"), slots | sydney, {**slots, "timezone": "Asia/Tokyo"}) == 0.0
    home = {"programme": {"timezone": "Australia/Sydney"}}
    assert value(part("availability"), slots | sydney, slots, sections=home) == 0.8


def test_a_block_may_name_some_parts():
    """Only the parts named count."""
    mentee = {"availability": ("mon-am",), "hours_per_month": 2}
    mentor = {"availability": ("tue-am",), "hours_per_month": 1}
    assert value(
        block("availability", mentee=("hours_per_month",)), mentee, mentor
    ) == pytest.approx(2 / 3)
