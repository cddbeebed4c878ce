"""Closeness of answers and the shape of the seniority gap."""

from __future__ import annotations

import pytest
from tests.features.helpers import block, features_of, value

from matcher.config import Config
from matcher.vocabulary import Approach

SHAPE = next(f.shape for f in Config().features if f.kind == "gap")
GAP = block("gap", shape=SHAPE)
ORACLE = [(-3, 0.0), (0, 0.0), (2.5, 0.5), (5, 1.0), (10, 1.0), (15, 1.0), (20, 5 / 6), (30, 0.5)]
ORACLE += [(45, 0.5)]


def years(number):
    """Return a person with so many years of experience."""
    return {"career_years": number}


@pytest.mark.slow
@pytest.mark.parametrize(("gap", "expected"), ORACLE)
@pytest.mark.parametrize("approach", [Approach.DEVELOPMENTAL, Approach.SPONSORSHIP])
def test_seniority_oracle(gap, expected, approach):
    """Gap 2.5 -> .5; 10 -> 1; 20 -> .8333; 30 and more -> .5; none or less -> 0."""
    assert value(GAP, years(10), years(10 + gap), approach) == pytest.approx(expected)


@pytest.mark.slow
@pytest.mark.parametrize(("gap", "expected"), ORACLE)
def test_reverse_flips_the_sign(gap, expected):
    """A reverse mentor may be as much junior as a mentor is senior."""
    found = value(GAP, years(50), years(50 - gap), Approach.REVERSE)
    assert found == pytest.approx(expected)


def test_reciprocal_pairs_may_have_any_gap():
    """Any gap is worth 1 in a reciprocal pair, but an unknown one is unanswered."""
    assert value(GAP, years(30), years(1), Approach.RECIPROCAL) == 1.0
    assert value(GAP, years(30), years(None), Approach.RECIPROCAL) is None


GRADES = {"programme": {"grades": ("Junior", "Middle", "Senior", "Chief"), "years_per_grade": 2.5}}


def test_grades_come_before_years():
    """Where the config orders grades, a step counts for its years, whatever the case."""
    mentee = {"seniority": "junior", "career_years": 1}
    mentor = {"seniority": "MIDDLE ", "career_years": 40}
    assert value(GAP, mentee, mentor, sections=GRADES) == 0.5


def test_years_stand_in_for_an_unknown_grade():
    """A pair in which one has no grade is compared by years."""
    mentee = {"seniority": "Junior", "career_years": 1}
    assert value(GAP, mentee, {"career_years": 7}, sections=GRADES) == 1.0
    assert value(GAP, {"seniority": "Junior"}, {"career_years": 7}, sections=GRADES) is None


def test_other_numbers_take_a_gap_too():
    """Columns of a programme's own may be compared."""
    feature = block("gap", mentee=("papers",), shape=((0, 0), (10, 1)))
    assert value(feature, {"papers": "3"}, {"papers": "8"}) == 0.5
    assert value(feature, {"papers": "3"}, {"papers": "many"}) is None


CLOSE = block("closeness", mentee=("values_*",), scale=(1, 5))


def items(*answers):
    """Return a person's answers to value items 1, 2, ..."""
    return {f"values_{k}": answer for k, answer in enumerate(answers, start=1)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mentee", "mentor", "expected"),
    [
        (items(1, 5, 3), items(1, 5, 3), 1.0),
        (items(1, 1), items(5, 5), 0.0),
        (items(1, 4), items(3, 5), 1 - 3 / 8),
        (items(1, None, 4), items(3, 2, None), 0.5),
        (items(1, None), items(None, 2), None),
        (items(None, None), items(1, 2), None),
    ],
)
def test_closeness_is_one_less_the_mean_distance(mentee, mentor, expected):
    """Items that only one side answered leave the mean."""
    found = value(CLOSE, mentee, mentor)
    assert found == (None if expected is None else pytest.approx(expected))


def test_items_are_paired_by_name():
    """values_10 is compared with values_10, also where one table lacks an item."""
    mentee = {"values_2": 1, "values_10": 5}
    mentor = {"values_1": 5, "values_2": 1, "values_10": 5}
    assert value(CLOSE, mentee, mentor) == 1.0


def test_no_items_at_all_is_not_asked():
    """A programme that asks for no values compares none, and the feature is left out."""
    built = features_of(CLOSE, [{}], [{}])
    assert built.not_asked == ("one",)
