"""Hours of two clocks: the same hour is the same hour, whatever the zones are called."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest
from tests.support import make_cohort

from matcher.catalogue.catalogue import speaking
from matcher.config import Config
from matcher.plans import plan_words as words
from matcher.plans.claims import Claim, ClaimKind
from matcher.plans.match_claims import match_claims
from matcher.plans.people_part import practical
from matcher.plans.plan_source import PlannedMatch, PlanSource
from matcher.send.first_meetings import first_meetings

BERLIN, LONDON, DUBAI = "Europe/Berlin", "Europe/London", "Asia/Dubai"
NINE = "both free on Mondays at 9:00."
CASES = [
    ((BERLIN, "mon-09"), ("Europe/Warsaw", "mon-09"), NINE, NINE),
    (("Etc/GMT-4", "mon-09"), (DUBAI, "mon-09"), NINE, NINE),
    ((BERLIN, "tue-18"), (LONDON, "tue-17"), "at 18:00. That is by your clock, UTC+1;", "at 17:00"),
    (("Asia/Tokyo", "wed-08"), ("Europe/Lisbon", "tue-23"), "of t is UTC.", "Tuesdays at 23:00"),
    ((BERLIN, "mon-am"), (LONDON, "mon-am"), "from 9:00 to 12:00.", "from 8:00 to 11:00."),
    (("Asia/Kolkata", "mon-09"), (LONDON, "mon-09"), "clock is UTC+5:30, that of t UTC:", "UTC,"),
    (
        (BERLIN, "mon-09"),
        (LONDON, "mon-09"),
        "is UTC+1, that of t UTC:",
        "is UTC, that of e UTC+1",
    ),
    ((BERLIN, "mon-09"), ("Atlantis", "mon-09"), "", ""),
    (("Atlantis", "mon-09"), ("Atlantis", "mon-09"), NINE, NINE),
    (("", "mon-09"), (LONDON, "mon-09"), "", ""),
    ((LONDON, "tue-pm"), (LONDON, "tue-14;tue-15"), "Tuesdays from 14:00 to 16:00.", "to 16:00."),
    ((LONDON, "tue-pm;wed-am"), (LONDON, "tue-18;wed-am"), "Wednesday mornings.", "mornings."),
    (
        (LONDON, "mon-09;wed-am;fri-pm"),
        (LONDON, "mon-am;wed-am;fri-pm"),
        "Mondays at 9:00 and Wednesday mornings, and at other times of the week too.",
        "other times",
    ),
]


def matched(
    here: tuple[str, str], there: tuple[str, str], day: date = date(2026, 1, 5)
) -> PlannedMatch:
    """Return a match of two with a zone and slots each."""
    people = [
        [{"person_id": person, "timezone": zone, "availability": slot.split(";")}]
        for person, (zone, slot) in (("e", here), ("t", there))
    ]
    row = {"mentee_id": "e", "mentor_id": "t", "approach": "developmental"}
    none = pd.DataFrame({"mentee_id": ["e"], "uncovered": [()]})
    cohort = make_cohort(*people, as_of=day)
    return PlannedMatch(PlanSource(cohort, Config(), None, pd.DataFrame([row]), none), row)


@pytest.mark.parametrize("day", [date(1970, 1, 1), date(2009, 7, 1)])
def test_clocks_are_never_those_of_days_long_past(day: date) -> None:
    """No date at all, or the year somebody joined, says nothing of the clocks to come."""
    match = matched(("Europe/Moscow", "mon-10"), (LONDON, "mon-07;mon-10"), day)
    assert match.times.clocks == (3, 0)
    assert match.times.shared_slots_there == ("mon-07",)


def test_hours_that_look_alike_are_told_by_whose_clock_they_are() -> None:
    """Two who named the same hour of two clocks share none: it is not told as if they did."""
    match = matched((LONDON, "mon-am"), ("Australia/Sydney", "mon-am"))
    with speaking("en", {}, {}):
        told = practical(match_claims(match), match)
    assert "free on Monday mornings by your clock, t on Monday mornings by theirs." in told


@pytest.mark.parametrize(("here", "there", "told", "told_there"), CASES)
def test_hours_of_two_clocks(here, there, told, told_there) -> None:
    """Both read when they are free by their own clock; no name of a zone stands anywhere."""
    match = matched(here, there)
    with speaking("en", {}, {}):
        claims = [
            claim
            for claim in match_claims(match)
            if claim.kind in (ClaimKind.SHARED_SLOTS, ClaimKind.CLOCKS_DIFFER)
        ]
        mine, theirs = (practical(claims, match, to_mentor=side) for side in (False, True))
    assert told in mine
    assert told_there in theirs
    assert bool(told) == bool(mine) == bool(theirs)
    assert "/" not in mine + theirs
    assert "Atlantis" not in mine + theirs


@pytest.mark.parametrize(
    "modes", [("hybrid",), ("in_person", "hybrid"), ("in_person", "hybrid", "virtual")]
)
def test_who_can_meet_either_way_is_told_of_both(modes) -> None:
    """`No preference` is read as hybrid: that a part is online nobody said."""
    match = SimpleNamespace(mentor_name="T", mentee_name="E")
    with speaking("en", {}, {}):
        told = practical([Claim(ClaimKind.MODES, (), modes)], match)
    assert told == "In person or online, as suits you both."


def _matched(here: str, there: str) -> PlannedMatch:
    """Return a match of two who named slots, in a programme that starts on a Monday."""
    people = [
        [{"person_id": person, "availability": [*filter(None, slots.split(";"))]}]
        for person, slots in (("e", here), ("t", there))
    ]
    row = {"mentee_id": "e", "mentor_id": "t", "approach": "developmental"}
    none = pd.DataFrame({"mentee_id": ["e"], "uncovered": [()]})
    config = Config.model_validate({"programme": {"start": "2027-01-11"}})
    source = PlanSource(make_cohort(*people), config, None, pd.DataFrame([row]), none)
    return PlannedMatch(source, row)


@pytest.mark.parametrize(
    ("here", "there", "day"),
    [
        ("", "thu-pm;fri-am", 14),
        ("tue-16", "", 12),
        ("flexible", "wed-10", 13),
        ("mon-09;wed-10", "wed-15", 13),
        ("", "flexible", 11),
    ],
)
def test_the_first_day_is_one_that_somebody_named(here: str, there: str, day: int) -> None:
    """Where one of the two names days, or both name one at other hours, they begin on it."""
    assert _matched(here, there).times.first_time == date(2027, 1, day)


@pytest.mark.parametrize(
    ("here", "there", "told", "told_there"),
    [
        ("mon-am;tue-pm", "fri-15", "on Mondays and Tuesdays, t on Fridays.", "on Fridays, e on"),
        ("sun-am", "sat-am;flexible", "on Sundays, t on Saturdays.", "on Saturdays, e on Sundays."),
        ("wed-10", "wed-15", "on Wednesdays at 10:00, t on Wednesdays at 15:00.", "at 15:00, e on"),
    ],
)
def test_who_shares_no_time_is_told_when_each_can(here, there, told, told_there) -> None:
    """Where both name days and share none, they begin in the week: no day is one of them."""
    match = _matched(here, there)
    with speaking("en", {}, {}):
        claims = match_claims(match)
        assert told in practical(claims, match)
        assert told_there in practical(claims, match, to_mentor=True)
        (claim,) = (claim for claim in claims if claim.kind is ClaimKind.FIRST_DAY)
        if claim.codes[1:]:
            assert words.when(match.times.first_time) == "in the week from Monday 11 January 2027"
            assert not first_meetings([match])
        else:
            assert match.times.first_time == date(2027, 1, 13)
