"""Reciprocal pairs: who agreed to what, and what bars them."""

from __future__ import annotations

import numpy as np
import pytest

from matcher.config import Config
from matcher.scoring.allowed_pairs import find_candidates

OPT_IN = {"approaches": ("reciprocal",)}
OPEN = {"approaches": ("reciprocal", "developmental")}


def both_roles(cohort, people, **tables):
    """Return a cohort in which everybody plays both roles with the same answers."""
    rows = [{"person_id": person, **answers} for person, answers in people.items()]
    return cohort(rows, [dict(row) for row in rows], **tables)


def pairs_of(found):
    """Return the positions of the two people of each reciprocal pair."""
    two = found.reciprocal
    return list(zip(two.mentee_a.tolist(), two.mentee_b.tolist(), strict=True))


def test_all_who_opt_in_can_pair(cohort):
    """Each two people stand once, by id."""
    found = find_candidates(both_roles(cohort, dict.fromkeys("abc", OPT_IN)), Config())
    assert pairs_of(found) == [(0, 1), (0, 2), (1, 2)]
    assert found.findings == ()


def test_only_reciprocal_leaves_no_one_way_match(cohort):
    """A one-way match needs another common approach."""
    found = find_candidates(both_roles(cohort, {"a": OPT_IN, "b": OPEN, "c": OPEN}), Config())
    allowed = np.argwhere(found.block(np.arange(3)) >= 0).tolist()
    assert allowed == [[1, 2], [2, 1]]


def test_one_sided_consent_makes_no_pair_and_warns(cohort):
    """Who does not list reciprocal did not agree to it; an empty list is no consent."""
    found = find_candidates(both_roles(cohort, {"a": OPT_IN, "b": {}}), Config())
    assert pairs_of(found) == []
    assert [finding.code for finding in found.findings] == ["W_RECIPROCAL_ONE_SIDED"]
    assert "b" in found.findings[0].message


def test_consent_must_hold_in_both_roles(cohort):
    """Listing it as a mentee but not among one's ways of mentoring is not consent."""
    mentees = [{"person_id": p, **OPT_IN} for p in "ab"]
    mentors = [{"person_id": "a"}, {"person_id": "b", "approaches": ("developmental",)}]
    found = find_candidates(cohort(mentees, mentors), Config())
    assert pairs_of(found) == []
    assert found.findings[0].code == "W_RECIPROCAL_ONE_SIDED"


def test_a_bar_in_one_direction_bars_the_pair(cohort):
    """A reciprocal pair holds both directions."""
    never = {"mentee_id": "b", "mentor_id": "a", "rule": "never"}
    made = both_roles(cohort, dict.fromkeys("abc", OPT_IN), rules=[never])
    assert pairs_of(find_candidates(made, Config())) == [(0, 2), (1, 2)]


def test_off_the_menu_there_are_none(cohort):
    """A programme can switch the approach off."""
    off = Config.model_validate({"programme": {"approaches": ["developmental"]}})
    found = find_candidates(both_roles(cohort, dict.fromkeys("ab", OPEN)), off)
    assert pairs_of(found) == []
    assert found.block(np.arange(2)).tolist() == [[-1, 0], [0, -1]]


@pytest.mark.parametrize(
    ("kinds", "exchange"),
    [
        (("", ""), [False]),
        (("exchange", ""), [True]),
        (("exchange", "exchange"), [True]),
        (("both_roles", "exchange"), []),
    ],
)
def test_kinds(cohort, kinds, exchange):
    """A stated kind counts over silence; two different ones make no pair."""
    people = {p: {**OPT_IN, "reciprocal_kind": k or None} for p, k in zip("ab", kinds, strict=True)}
    found = find_candidates(both_roles(cohort, people), Config())
    assert found.reciprocal.exchange.tolist() == exchange


def test_people_in_one_role_only_are_not_reciprocal(cohort):
    """Somebody who signed up as either plays one role."""
    made = both_roles(cohort, dict.fromkeys("ab", OPT_IN), either=["a"])
    assert pairs_of(find_candidates(made, Config())) == []


def test_a_pair_forced_in_both_directions_is_required_as_reciprocal(cohort):
    """Two must rules in opposite directions are one reciprocal pair."""
    must = [{"mentee_id": x, "mentor_id": y, "rule": "must"} for x, y in ("ab", "ba")]
    found = find_candidates(both_roles(cohort, dict.fromkeys("ab", OPEN), rules=must), Config())
    assert found.required_reciprocal.tolist() == [0]
    assert found.required.tolist() == []


def test_a_pair_forced_in_both_directions_without_consent_is_a_contradiction(cohort):
    """Two one-way matches in opposite directions are not an answer."""
    must = [{"mentee_id": x, "mentor_id": y, "rule": "must"} for x, y in ("ab", "ba")]
    found = find_candidates(both_roles(cohort, {p: {} for p in "ab"}, rules=must), Config())
    assert [finding.code for finding in found.findings] == ["I_CONTRADICTION"]


def test_engaged_both_ways_stays_reciprocal_without_consent_today(cohort):
    """A reciprocal pair under way is locked as such."""
    active = [{"mentee_id": x, "mentor_id": y, "status": "active"} for x, y in ("ab", "ba")]
    made = both_roles(cohort, {p: {} for p in "ab"}, engagements=active)
    found = find_candidates(made, Config())
    assert found.required_reciprocal.tolist() == [0]
    assert found.findings == ()


def test_numbers_of_pairs(cohort):
    """A pair is found from either side; other pairs have none."""
    found = find_candidates(both_roles(cohort, dict.fromkeys("abc", OPT_IN)), Config())
    number = found.reciprocal.number_of(np.array([0, 2, 1, 0]), np.array([1, 0, 2, 0]))
    assert number.tolist() == [0, 1, 2, -1]


def test_two_kinds_are_named_as_what_differs(cohort):
    """Who asks for another kind than the other reads both kinds, not that nothing is in common."""
    asked = {"approaches": ("reciprocal",)}
    people = {"a": asked | {"reciprocal_kind": "exchange"}, "b": asked}
    people["b"] = people["b"] | {"reciprocal_kind": "both_roles"}
    found = find_candidates(both_roles(cohort, people), Config())
    (why,) = found.why_not(0, 1)
    assert "exchange" in why
    assert "both_roles" in why


def test_a_missing_role_is_named(cohort):
    """Two who would mentor each other and have one role each read which role is missing."""
    asked = {"approaches": ("reciprocal",)}
    made = cohort([{"person_id": "a", **asked}], [{"person_id": "x", **asked}])
    (why,) = find_candidates(made, Config()).why_not(0, 0)
    assert "the mentee signed up as a mentee alone" in why
    assert "the mentor signed up as a mentor alone" in why


def test_silence_asks_for_nothing_by_name(cohort):
    """Who lists no approach is not told of roles they never asked for."""
    made = cohort(
        [{"person_id": "a", "approaches": ("reverse",)}],
        [{"person_id": "x", "approaches": ("sponsorship",)}],
    )
    (reason,) = find_candidates(made, Config()).why_not(0, 0)
    assert "in common" in reason
