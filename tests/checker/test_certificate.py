"""Whom the rows of a published certificate name."""

from __future__ import annotations

import pytest
from tests.support import make_cohort

from matcher.checker.certificate import Ids, Labels
from matcher.config import Config
from matcher.problem.instance import build
from matcher.problem.rules.rule import as_one


@pytest.mark.slow
def test_ids_are_those_of_people_whatever_is_in_them() -> None:
    """Mentees, mentors, pools and pairs go by their own names; who is unknown is nobody."""
    both = [{"person_id": p, "approaches": ["reciprocal"]} for p in ("a|b", "50%", "7")]
    instance = build(make_cohort(both, both), Config())
    ids = Labels(instance)
    at = {person: k for k, person in enumerate(instance.cohort.mentee_index.ids)}
    for person in at:
        assert ids.mentee(person) == at[person]
        assert ids.mentor(person) == instance.cohort.mentor_index.ids.index(person)
    assert ids.mentee("0") is ids.mentor("0") is None
    assert ids.among("south", ("north", "south")) == 1
    assert ids.among("1", ("north", "south")) is None
    pairs = instance.reciprocal.candidates
    for number, (a, b) in enumerate(zip(pairs.mentee_a, pairs.mentee_b, strict=True)):
        people = [instance.cohort.mentee_index.ids[k] for k in (a, b)]
        assert ids.two_mentees(as_one(*people)) == (a, b)
        assert ids.pair(as_one(*people)) == number
        assert ids.pair(as_one(*people[::-1])) is None
    assert len(pairs.mentee_a) == 3
    for text in ("a|b", "50%|7|7", "50%25", "50%|nobody", ""):
        assert ids.two_mentees(text) is ids.pair(text) is None


@pytest.mark.slow
def test_positions_are_numbers_of_the_problem() -> None:
    """A solver's own rows go by position; what is no number, or no mentee, names nobody."""
    plain = build(make_cohort([{"person_id": "a"}], [{"person_id": "x"}]), Config()).problem
    ids = Ids(plain)
    assert [ids.mentee(text) for text in ("0", "1", "-1", "x", "")] == [0, None, None, None, None]
    for named in (ids.mentor, ids.pair, lambda text: ids.among(text, ("north",))):
        assert [named(text) for text in ("0", "12", "-1", "x")] == [0, 12, None, None]
    assert ids.two_mentees("0|0") == (0, 0)
    assert ids.two_mentees("0|1") is None
