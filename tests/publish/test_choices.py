"""Whom mentees named, and what became of it."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support import make_cohort

import matcher
from matcher.config import Config


def wish(mentee: str, mentor: str, score: float, **more: object) -> dict[str, object]:
    """Return a stated preference of a mentee."""
    return {"person_id": mentee, "other_id": mentor, "role": "mentee", "score": score, **more}


def choices_of(preferences, **sections):
    """Return the summary's choices of three mentees and two mentors of one place each."""
    people = [{"person_id": p, "purposes": ("strategic",)} for p in "abc"]
    mentors = [{"person_id": p, "purposes": ("strategic",), "capacity": 1} for p in "xy"]
    cohort = make_cohort(people, mentors, preferences=preferences, **sections)
    return matcher.match(cohort, config=Config()).summary["choices"]


def test_wishes_are_counted_with_why_not():
    """Two want x, who has one place; one wish is barred by a rule; a 2 names nobody."""
    wishes = [wish("a", "x", 5), wish("b", "x", 4), wish("c", "y", 5), wish("b", "y", 2)]
    found = choices_of(wishes)
    assert found == {"named": 3, "possible": 3, "given": 2, "no_place": 1, "cost": 0}
    never = [{"mentee_id": "c", "mentor_id": "y", "rule": "never"}]
    barred = choices_of(wishes, rules=never)
    assert (barred["named"], barred["possible"]) == (3, 2)


def test_nobody_named_is_said_as_nothing():
    """Without wishes there is nothing to honour."""
    assert choices_of([]) is None


@pytest.mark.parametrize("score", [3, 3.5, 4, 5])
@pytest.mark.parametrize("role", ["mentee", "mentor"])
def test_naming_somebody_never_lowers_the_pair(score, role):
    """Of two mentors who differ in nothing, the one named at 3 or more is given, whoever names."""
    mentors = [{"person_id": p, "purposes": ("strategic",)} for p in "xy"]
    who = ("a", "y") if role == "mentee" else ("y", "a")
    said = [{"person_id": who[0], "other_id": who[1], "role": role, "score": score}]
    mentees = [{"person_id": "a", "purposes": ("strategic",), "max_mentors": 1}]
    cohort = make_cohort(mentees, mentors, preferences=said)
    result = matcher.match(cohort, config=Config())
    assert result.matches["mentor_id"].tolist() == ["y"]
    assert np.isfinite(result.matches["score"]).all()
