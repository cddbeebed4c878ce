"""How far offers meet needs, and close the gaps of an audit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.features.helpers import block, gaps_of, value

LEVEL = st.integers(0, 5)
FORMS = ("why", "how", "whom")


def levels(prefix, numbers):
    """Return the three level columns of one side."""
    return {f"{prefix}_{form}": number for form, number in zip(FORMS, numbers, strict=True)}


@pytest.mark.slow
@given(st.tuples(LEVEL, LEVEL, LEVEL), st.tuples(LEVEL, LEVEL, LEVEL))
def test_need_fit_is_the_stated_formula(need, offer):
    """The met share is sum need * min(1, offer / need) / sum need, written out for single pairs."""
    found = value(block("facets"), levels("need", need), levels("offer", offer))
    if not sum(need):
        assert found is None
        return
    met = sum(n * min(1.0, o / n) for n, o in zip(need, offer, strict=True) if n)
    assert found == pytest.approx(met / sum(need), abs=1e-12)


def test_surplus_earns_nothing():
    """More offered than needed on one facet does not make up for another."""
    mentee = {"need_why": 2, "need_how": 4}
    assert value(block("facets"), mentee, {"offer_why": 5, "offer_how": 2}) == pytest.approx(4 / 6)


def test_ticks_meet_ticks():
    """Two of three ticked needs are offered."""
    mentee = {"purposes": ("strategic",), "contexts": ("confidence", "managing_change")}
    mentor = {"purposes": ("strategic", "personal"), "contexts": ("confidence",)}
    assert value(block("facets"), mentee, mentor) == pytest.approx(2 / 3)


@pytest.mark.slow
def test_an_untouched_side_is_unanswered():
    """Nothing stated is not zero, but a stated zero is."""
    mentee = {"need_why": 5}
    assert value(block("facets"), mentee, {}) is None
    assert value(block("facets"), {}, {"offer_why": 5}) is None
    assert value(block("facets"), mentee, {"offer_why": 0}) == 0.0


@pytest.mark.slow
def test_a_full_offer_meets_a_need_that_an_audit_raised():
    """Gaps make a facet weigh more and cannot make it impossible to meet."""
    audit = gaps_of({"purpose.strategic": 1.0})
    mentee = {"purposes": ("strategic", "personal")}
    fit = block("facets")
    assert value(fit, mentee, {"purposes": ("strategic", "personal")}, audit=audit) == 1.0
    assert value(fit, mentee, {"purposes": ("strategic",)}, audit=audit) == pytest.approx(1.5 / 2.5)


@pytest.mark.slow
def test_own_list_columns_are_facets_of_their_own():
    """A programme with other questions writes another block."""
    feature = block("facets", mentee=("wants",), mentor=("gives",))
    assert value(feature, {"wants": "python; R"}, {"gives": "r;excel"}) == 0.5
    assert value(feature, {"wants": "python"}, {"gives": None}) is None


def test_own_numeric_columns_need_a_scale():
    """With a scale the columns are levels."""
    feature = block("facets", mentee=("wants",), mentor=("gives",), scale=(1, 5))
    assert value(feature, {"wants": "5"}, {"gives": "3"}) == 0.5


def test_columns_narrow_the_facets():
    """Naming vocabulary columns leaves the other groups out."""
    feature = block("facets", mentee=("purposes",))
    mentee = {"purposes": ("strategic",), "contexts": ("confidence",)}
    assert value(feature, mentee, {"purposes": ("strategic",), "contexts": ()}) == 1.0


GAPS = gaps_of({"purpose.strategic": 1.0, "knowing.whom": 0.5})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mentee", "mentor", "expected"),
    [
        ({"need_whom": 5}, {"purposes": ("strategic",)}, 1 / 1.5),
        ({"need_whom": 5}, {"purposes": ("strategic",), "offer_whom": 5}, 1.0),
        ({"need_whom": 2}, {"purposes": ("strategic",)}, 0.4 / 1.5),
        ({"need_whom": 0}, {"purposes": ("strategic",)}, 0.0),
        ({"knowing": ("why",)}, {"purposes": ("strategic",)}, 0.0),
        ({}, {"purposes": ("strategic",)}, 0.5 / 1.5),
        ({"need_whom": 5}, {}, None),
    ],
)
def test_network_gain_is_the_share_of_gaps_closed_times_need_whom(mentee, mentor, expected):
    """Where nothing is said on knowing, the neutral value takes the place of need_whom."""
    found = value(block("network"), mentee, mentor, audit=GAPS)
    assert found == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize("audit", [None, gaps_of({})])
def test_network_gain_without_an_audit_is_unanswered(audit):
    """No audit is no evidence of a network without gaps."""
    mentor = {"purposes": ("strategic",)}
    assert value(block("network"), {"need_whom": 5}, mentor, audit=audit) is None
