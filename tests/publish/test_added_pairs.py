"""A place that comes free goes to the next in line, and nobody else moves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support import make_cohort

from matcher.app.next_in_line import why_unused
from matcher.catalogue.catalogue import speaking
from matcher.cli.match import OF_NO_USE, added_lines
from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.problem.previous import Previous
from matcher.publish.matching import Matching
from matcher.run import match
from matcher.scoring.eligibility import HELD, RESTS
from matcher.vocabulary import COOLING, ENDED_BADLY, LOCKED

Pairs = set[tuple[str, str]]
SETTINGS = Config.model_validate({"portfolio": {"limit": 2, "max_size": 2}})


def pairs_of(matching: Matching) -> Pairs:
    """Return the pairs of a match by id."""
    return set(zip(matching.matches["mentee_id"], matching.matches["mentor_id"], strict=True))


def before(matching: Matching) -> Previous:
    """Return a match as the earlier run of the next one."""
    table = matching.matches[["mentee_id", "mentor_id", "approach", "reciprocal"]]
    return Previous(table.assign(reciprocal=table["reciprocal"] == "true"))


def again(cohort: Cohort, earlier: Matching) -> Matching:
    """Give free places alone."""
    return match(cohort, SETTINGS, previous=before(earlier), add=True)


@st.composite
def programmes(draw):
    """Draw people in one role or both, who wait, with few places; and what became of pairs."""
    purposes = st.lists(st.sampled_from(["operational", "personal", "strategic"]), max_size=2)
    n, m = draw(st.integers(2, 7)), draw(st.integers(1, 4))
    both = draw(st.integers(0, 2))
    menu = ("developmental", "reciprocal")
    mentees = [
        {
            "person_id": f"e{k}",
            "purposes": draw(purposes),
            "approaches": menu,
            "waiting_since": draw(st.sampled_from([None, "2026-01-05", "2026-04-01"])),
            "priority": draw(st.sampled_from([None, 1, 2])),
        }
        for k in range(n)
    ]
    people = [f"r{k}" for k in range(m)] + [f"e{k}" for k in range(min(both, n))]
    mentors = [
        {
            "person_id": person,
            "purposes": draw(purposes),
            "approaches": menu,
            "capacity": draw(st.integers(0, 3)),
        }
        for person in people
    ]
    words = st.sampled_from([None, "sent", "accepted", "active", "paused", *ENDED_BADLY, *COOLING])
    return mentees, mentors, draw(st.lists(words, min_size=1, max_size=20))


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(programmes())
def test_nobody_who_was_sent_accepted_or_goes_on_moves(drawn) -> None:
    """Every pair of the run stays but those that ended, and no free place is kept from a waiter."""
    mentees, mentors, words = drawn
    if not any(mentor["capacity"] for mentor in mentors):
        return
    first = match(make_cohort(mentees, mentors), SETTINGS)
    had = sorted(pairs_of(first))
    said = {pair: words[k % len(words)] for k, pair in enumerate(had)}
    for (a, b), word in list(said.items()):  # a reciprocal pair is one relation
        if (b, a) in said:
            said[b, a] = word
    rows = [
        {"mentee_id": a, "mentor_id": b, "status": word, "end": "2026-06-01"}
        for (a, b), word in said.items()
        if word
    ]
    cohort = make_cohort(mentees, mentors, engagements=rows)
    second = again(cohort, first)
    now = pairs_of(second)
    ended = {pair for pair, word in said.items() if word and word not in LOCKED}
    assert set(had) - ended <= now
    assert not ended & now
    used = second.pairs.used
    candidates, waiting = second.instance.candidates, second.pairs.waiting
    for i in waiting:
        for j in range(len(used)):
            if candidates.block(np.array([i]))[0, j] >= 0 and not second.pairs.serves[i]:
                own = second.instance.problem.person_mentor
                alone = own is None or own[i] < 0
                assert not alone or used[j] >= second.instance.problem.capacity[j]
    assert second.added is not None
    told = second.added[second.added["mentee_id"] != ""]
    assert set(zip(told["mentee_id"], told["mentor_id"], strict=True)) == now - set(had)
    assert second.afresh is not None


@pytest.mark.slow
def test_the_next_in_line_gets_the_place_and_is_told_why() -> None:
    """Class first, then days waited; whoever may not be matched with the mentor is passed over."""
    mentees = [
        {"person_id": "had", "purposes": ["personal"], "priority": 1},
        {"person_id": "late", "purposes": ["personal"], "waiting_since": "2026-06-01"},
        {"person_id": "long", "purposes": ["personal"], "waiting_since": "2026-01-01"},
        {"person_id": "alike", "purposes": ["strategic"], "waiting_since": "2026-01-01"},
        {"person_id": "barred", "purposes": ["personal"], "waiting_since": "2025-01-01"},
    ]
    mentors = [{"person_id": "x", "purposes": ["personal"], "capacity": 1}]
    never = [{"mentee_id": "barred", "mentor_id": "x", "rule": "never"}]
    first = match(make_cohort(mentees, mentors, rules=never), SETTINGS)
    assert pairs_of(first) == {("had", "x")}
    over = [{"mentee_id": "had", "mentor_id": "x", "status": "declined"}]
    second = again(make_cohort(mentees, mentors, rules=never, engagements=over), first)
    (row,) = second.added.to_dict("records")
    assert (row["mentee_id"], row["mentor_id"], row["freed_by"]) == ("long", "x", ("had",))
    assert row["place"] == 3  # after who lost a mentor in class 1, and who waits longer and may not
    assert row["why"].endswith("place of had (declined)")
    assert "2 before may not be matched with this one" in row["why"]
    assert "1 who came as early would add less to the match" in row["why"]


def test_a_place_that_fits_nothing_is_told_before_it_is_offered() -> None:
    """Who waits for one thing and is offered another is told as that."""
    mentees = [{"person_id": "a", "purposes": ["personal"]}, {"person_id": "b", "purposes": None}]
    mentors = [{"person_id": "x", "purposes": ["personal"], "capacity": 1}]
    first = match(make_cohort(mentees, mentors), SETTINGS)
    over = [{"mentee_id": "a", "mentor_id": "x", "status": "declined"}]
    for asks, is_of_use in (("strategic", False), ("personal", True), (None, None)):
        mentees[1]["purposes"] = asks and [asks]
        second = again(make_cohort(mentees, mentors, engagements=over), first)
        (row,) = second.added.to_dict("records")
        assert (row["mentee_id"], row["is_of_use"]) == ("b", is_of_use)
        is_told = any(OF_NO_USE in line for line in added_lines(second))
        assert is_told is (is_of_use is False)


@pytest.mark.slow
def test_who_took_either_role_and_is_a_mentor_now_is_named() -> None:
    """Who waited for a mentor may be given a mentee instead: that is told, and of whom."""
    mentees = [{"person_id": p, "purposes": ["personal"]} for p in ("a", "either")]
    mentors = [{"person_id": "either", "purposes": ["personal"], "capacity": 1}]
    alone, both = (make_cohort(rows, mentors) for rows in (mentees[1:], mentees))
    for cohort in (alone, both):
        object.__setattr__(cohort, "either", frozenset({"either"}))
    (row,) = again(both, match(alone, SETTINGS)).added.to_dict("records")
    assert (row["mentee_id"], row["mentor_id"]) == ("a", "either")
    assert row["why"].endswith("either took either role, and is a mentor now")


@pytest.mark.slow
def test_a_place_that_nobody_can_have_is_told() -> None:
    """A freed place without a taker stands in the table, with the reason."""
    mentees = [{"person_id": "a", "purposes": ["personal"]}]
    mentors = [{"person_id": "x", "purposes": ["personal"], "capacity": 1}]
    first = match(make_cohort(mentees, mentors), SETTINGS)
    over = [{"mentee_id": "a", "mentor_id": "x", "status": "declined"}]
    second = again(make_cohort(mentees, mentors, engagements=over), first)
    (row,) = second.added.to_dict("records")
    assert row["mentee_id"] == ""
    assert "nobody who waits may be matched with this mentor" in row["why"]
    with speaking("de", {}, {}):
        assert why_unused(row["unused"]).startswith("Nicht vergeben: Niemand, der wartet, darf")
        assert why_unused(RESTS.code).endswith("gibt keinen Platz mehr")
        assert why_unused(HELD.code).endswith("nimmt zurzeit nicht teil")


@pytest.mark.slow
def test_a_pair_made_beside_the_run_is_held_too() -> None:
    """Who accepted somebody that the run had not proposed keeps both."""
    mentees = [{"person_id": "a", "purposes": ["personal"], "max_mentors": 1}]
    mentors = [{"person_id": p, "purposes": ["personal"], "capacity": 1} for p in "xy"]
    first = match(make_cohort(mentees, mentors), SETTINGS)
    (kept,) = pairs_of(first)
    other = ("a", "y" if kept[1] == "x" else "x")
    rows = [{"mentee_id": "a", "mentor_id": m, "status": "accepted"} for m in (kept[1], other[1])]
    mentees[0]["max_mentors"] = 2
    second = again(make_cohort(mentees, mentors, engagements=rows), first)
    assert pairs_of(second) == {kept, other}
    assert isinstance(second.added, pd.DataFrame)
