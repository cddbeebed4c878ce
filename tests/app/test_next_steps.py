"""The one next step: what is pressed is no link, and what it says is so."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from matcher.app.frame import templates
from matcher.app.next_step import Facts, next_step, steps_of
from matcher.app.year_view import YearFacts, is_survey_due
from matcher.vocabulary import Status

TODAY = date(2027, 5, 1)
LONG, LATELY = TODAY - timedelta(days=80), TODAY - timedelta(days=3)


def report(*pairs: tuple[Status, date]) -> Any:
    """Return a day with pairs of which only status and day matter."""
    each = [SimpleNamespace(status=status, since=day.isoformat()) for status, day in pairs]
    return SimpleNamespace(today=TODAY, pairs=each)


@pytest.mark.parametrize(
    ("pairs", "due"),
    [
        ([(Status.ACTIVE, LONG)], True),
        ([(Status.ACTIVE, LONG), *[(Status.PROPOSED, LATELY)] * 40], False),
        ([(Status.ACTIVE, LONG), *[(Status.DECLINED, LATELY)] * 40], True),
        ([(Status.ACTIVE, LATELY)], False),
        ([], False),
    ],
)
def test_a_survey_is_due_once_most_have_met(pairs: list[tuple[Status, date]], *, due: bool) -> None:
    """One pair that goes on from last year among many just asked is no programme's mid-point."""
    assert is_survey_due(report(*pairs)) is due


@pytest.mark.parametrize(("verb", "mark"), [("join", "<form method=post"), ("", "<a class=btn")])
def test_a_step_that_is_pressed_is_posted(verb: str, mark: str) -> None:
    """Wherever it stands: a link to what takes a press alone ends at a bare page."""
    step = SimpleNamespace(verb=verb, page="join", button="Join them")
    frame = SimpleNamespace(next=step, base="/p/x", page="questions")
    macro = templates().get_template("_parts.html.j2").module.lead_on  # type: ignore[attr-defined]
    assert str(macro(frame, "btn")).strip().replace('"', "").startswith(mark)


def test_what_was_made_to_be_sent_comes_before_who_left() -> None:
    """Only a pair that must not meet goes before; the rail counts what the year's filter shows."""
    gone = (("a", "b"),)
    facts = Facts(
        **dict.fromkeys(("has_files", "is_matched", "sent"), True),
        approved="by Jo",
        year=YearFacts(to_ask=2, one_left=gone, late=3),
    )
    assert next_step(facts, "year").verb == "sent"
    assert "mentee=a" in next_step(replace(facts, year=YearFacts(one_left=gone))).page
    against = replace(facts, year=replace(facts.year, against=gone))
    assert "mentee=a" in next_step(against).page
    (year,) = (step for step in steps_of(against, "year") if step.page == "year")
    assert year.words.startswith("5 ")
