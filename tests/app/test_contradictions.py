"""Decisions that cannot stand together, matches that fail, answers on safety that are open."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from tests.app.client import TestClient
from tests.app.sign_ups import (
    NAMES,
    NOBODY_APART,
    NOT_FINISHED,
    ONE_DECISION,
    OWN_PIER,
    started,
)
from tests.app.test_review_pages import _mentors, _names, _run
from tests.app.test_site import matched, shown_text

from matcher.app.effects import HeldPlaces
from matcher.app.run_view import PersonFacts, RunView
from matcher.errors import InputError
from matcher.programme import ledger

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tuple[TestClient, str, Path]:
    """Return a browser at a programme that is matched."""
    client, base, home = started(tmp_path_factory.mktemp("against"))
    matched(client, base)
    return client, base, home


def _standing(home: Path) -> list[tuple[str, str, str]]:
    rows = ledger.log_of(_run(home)).decisions()
    return [(e["mentee_id"], e["mentor_id"], e["decision"]) for e in rows]


def test_an_open_answer_on_whom_to_keep_apart_is_told_before_the_name(
    walked: tuple[TestClient, str, Path],
) -> None:
    """On the match, the list, the person, the effect of another mentor, letters and approval."""
    client, base, home = walked
    names = _names(home)
    writer = next(key for key, name in names.items() if name == NAMES[2])
    other = next(m for m in _mentors(home) if m != writer)
    free = next(
        r for key, found in _mentors(home).items() for r in found if r not in _mentors(home)[writer]
    )
    pages = ["match", "review", "letters", f"letters/{writer}", "approve", f"mentee/{writer}"]
    for page in (*pages, f"mentee/{writer}?attempt={free}"):
        told = shown_text(client.get(f"{base}/{page}").text)
        assert OWN_PIER in told, page
        assert NOBODY_APART in told, page
    assert "whom not to meet is still open" in client.get(f"{base}/review?view=look").text
    assert OWN_PIER not in client.get(f"{base}/mentee/{other}").text or (
        _mentors(home)[other] & _mentors(home)[writer]
    )
    approve = client.get(f"{base}/approve").text
    assert approve.index(OWN_PIER) < approve.index('name="reason"')


def test_the_later_of_two_that_contradict_takes_the_place(
    walked: tuple[TestClient, str, Path],
) -> None:
    """Kept, never, undone, held: one stands at a time, both are told, the match finishes."""
    client, base, home = walked
    mentee, mentors = next(iter(_mentors(home).items()))
    mentor, names = min(mentors), _names(home)
    here = f"{base}/mentee/{mentee}"
    client.post(here, data={"verb": "lock", "mentor": mentor})
    client.post(here, data={"verb": "lock", "mentor": mentor})
    asked = shown_text(client.get(f"{here}?say=ban&attempt={mentor}").text)
    assert f"takes the place of “{names[mentee]} keeps {names[mentor]}”" in asked
    page = shown_text(client.post(here, data={"verb": "ban", "mentor": mentor}).text)
    assert f"It took the place of: {names[mentee]} keeps {names[mentor]}" in page
    assert _standing(home) == [(mentee, mentor, "ban")]
    assert ONE_DECISION in page
    number = ledger.log_of(_run(home)).decisions()[-1]["n"]
    client.post(here, data={"verb": "undo", "number": number})
    assert _standing(home) == [(mentee, mentor, "lock")], "what stood before stands again"
    client.post(here, data={"verb": "hold"})
    assert _standing(home) == [(mentee, "", "hold")]
    client.post(here, data={"verb": "assign", "mentor": mentor})
    for before in ("hold", "lock"):  # what was restored had taken a place itself
        number = ledger.log_of(_run(home)).decisions()[-1]["n"]
        client.post(here, data={"verb": "undo", "number": number})
        assert [word for _, _, word in _standing(home)] == [before]
    client.post(here, data={"verb": "assign", "mentor": mentor})
    client.post(here, data={"verb": "ban", "mentor": mentor})
    matched(client, base)
    assert mentor not in _mentors(home).get(mentee, set())
    assert NOT_FINISHED not in client.get(f"{base}/match").text


def test_a_match_that_fails_leads_to_the_people(walked: tuple[TestClient, str, Path]) -> None:
    """By name and link, with the decisions it did not follow; gone once one is taken back."""
    client, base, home = walked
    names = _names(home)
    mentor = next(r for found in _mentors(home).values() for r in found)
    mentees = [key for key, found in _mentors(home).items() if mentor not in found][:4]
    for mentee in mentees:
        client.post(f"{base}/mentee/{mentee}", data={"verb": "assign", "mentor": mentor})
    matched(client, base)
    page = client.get(f"{base}/match").text
    assert NOT_FINISHED in page
    assert f"{names[mentor]} chosen for {names[mentees[0]]}" in page
    assert f'href="{base}/mentee/{mentees[0]}"' in page
    assert "E_" not in shown_text(page)
    assert "Next: look at what stands in the way" in page
    for event in ledger.log_of(_run(home)).decisions():
        if event["decision"] == "assign":
            data = {"verb": "undo", "number": event["n"]}
            client.post(f"{base}/mentee/{event['mentee_id']}", data=data)
    assert NOT_FINISHED not in client.get(f"{base}/match").text


def test_a_pair_that_an_answer_forbids_since_is_named(walked: tuple[TestClient, str, Path]) -> None:
    """On Match, Review and Approve; nothing is called proved, and no folder is made of it."""
    client, base, home = walked
    names = _names(home)
    writer = next(key for key, name in names.items() if name == NAMES[2])
    mentor = min(_mentors(home)[writer])
    by = {"verb": "approve", "by": "Jo", "reason": "looked at"}
    client.post(f"{base}/approve", data=by)
    page = client.get(f"{base}/people?cause=nobody").text
    key = page.split('name="question" value="')[1].split('"')[0]
    data = {"verb": "answer", "question": key, "said": f"{names[mentor]}; {NAMES[15]}"}
    assert client.post(f"{base}/people", data=data).status_code == 200
    history = shown_text(client.get(f"{base}/history").text)
    assert f"({names[writer]}): {names[mentor]} and {NAMES[15]}" in history
    for where in ("match", "approve"):
        told = shown_text(client.get(f"{base}/{where}").text)
        assert f"{names[writer]} and {names[mentor]} : An answer or rule" in told, where
        assert "Proved" not in told, where
    assert "Not allowed any more" in client.get(f"{base}/review?view=look").text
    assert "Next: work out the match again" in client.get(f"{base}/approve").text
    refused = client.post(f"{base}/approve", data={"verb": "folder"})
    assert refused.status_code == 422
    assert not (_run(home) / "after").exists()
    matched(client, base)
    assert mentor not in _mentors(home).get(writer, set())
    assert "An answer or rule" not in client.get(f"{base}/match").text


def test_whose_places_are_held_comes_next_for_nobody() -> None:
    """Asked, under way or chosen, both sides; a place of a pair that is over is one to give."""
    names = SimpleNamespace(name=str.upper)
    full = PersonFacts("r", "Rae", "", is_mentor=True, places=2, used=2, with_=("a", "b"))
    view = cast(RunView, SimpleNamespace(names=names, mentors={"r": full}))
    going, chosen = frozenset({("a", "r"), ("c", "s")}), frozenset({("b", "r")})
    held = HeldPlaces(view, going, chosen, {"c": 1, "d": 2})
    assert "A and B" in held.no_room("d", full)
    assert "may have 1 mentor and keeps S" in held.no_room("c", replace(full, with_=("a",)))
    assert not held.no_room("b", full)
    assert not replace(held, decided=frozenset()).no_room("d", full)
    held.check_room([("a", "r"), ("b", "r"), ("d", "gone")])
    with pytest.raises(InputError, match="no free place"):  # given to others since it was over
        held.check_room([("d", "r")])
    two_for_one = {("d", "r"): True, ("e", "r"): True, ("a", "r"): False}  # of one sheet
    assert {*held.without_room(two_for_one)} == {("e", "r")}
