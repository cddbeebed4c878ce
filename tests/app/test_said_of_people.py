"""What pages say of people: who is who, whether two can meet, and one answer for all alike."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pandas as pd
import pytest
from tests.app.sign_ups import AVOID, NAMES, export, mail, started
from tests.app.test_site import shown_text
from tests.support import make_cohort

from matcher.app.causes import Concern, Somebody, _apart_already, _with_known
from matcher.app.desk import ProgrammeFolder
from matcher.app.effects import together
from matcher.app.frame import initials
from matcher.app.match_page import _named_by
from matcher.app.names_shown import places_within
from matcher.app.people_page import _is_everybody
from matcher.app.run_view import (
    MenteeFacts,
    PersonFacts,
    _looks,
    remark_titles,
    says_something,
    ways_to_meet,
)
from matcher.app.what_changes import _better, _Had, in_balance, wishes_open
from matcher.app.who_else import band_of, meeting_of
from matcher.catalogue.catalogue import worded
from matcher.cohort.cohort import Cohort
from matcher.cohort.questions import AskedQuestion
from matcher.intake.read import read_cohort
from matcher.report.run_data import ShownNames, served_in_full


def _person(modes: str, slots: str = "") -> PersonFacts:
    return PersonFacts(
        "k", "N", "", is_mentor=False, modes=frozenset(modes.split()), slots=tuple(slots.split())
    )


@pytest.mark.parametrize(
    ("one", "other", "ways"),
    [
        ("virtual", "in_person", ()),
        ("virtual", "virtual in_person", ("virtual",)),
        ("virtual", "hybrid", ("virtual",)),
        ("hybrid", "hybrid", ("in_person", "virtual", "hybrid")),
        ("", "virtual", None),
    ],
)
def test_how_two_can_meet_follows_from_what_both_named(
    one: str, other: str, ways: tuple[str, ...] | None
) -> None:
    """The same for either side; who is silent keeps it open."""
    assert ways_to_meet(_person(one), _person(other)).modes == ways
    assert ways_to_meet(_person(other), _person(one)).modes == ways


def test_days_in_common_are_those_of_both() -> None:
    """None where one named none, which is not the same as never."""
    assert ways_to_meet(_person("", "mon-am"), _person("", "tue-am")).days == ()
    assert ways_to_meet(_person("", "mon-am"), _person("")).days is None
    assert ways_to_meet(_person("", "mon-am"), _person("", "mon-09 fri-09")).days


@pytest.mark.parametrize(
    ("one", "other", "can_talk"),
    [("Suomi", "Finnish", True), ("Suomi", "Swedish", False), ("Suomi", "", None)],
)
def test_two_without_a_common_language_want_a_look(
    one: str, other: str, can_talk: bool | None
) -> None:
    """First of all that is told of the two; who named none may speak any."""
    mentee, mentor = (
        replace(_person("", "mon-am"), languages=tuple(said.split())) for said in (one, other)
    )
    assert ways_to_meet(mentee, mentor).can_talk is can_talk
    told = meeting_of(mentee, mentor) == (False, worded("band.no_language", name="N"))
    assert told is (can_talk is False)
    looks = dict(_looks(mentee, [mentor], (), asks=True, is_weak=False))
    assert ("no_language" in looks) is told


def test_who_wrote_of_days_what_nothing_reads_named_some() -> None:
    """Neither side is said to be silent, or able to meet, where that is not known."""
    unread = replace(_person(""), unread="at ebb")
    for mentor, key in ((unread, "band.unread_days"), (_person(""), "band.no_days")):
        assert meeting_of(_person("", "mon-am"), mentor) == (False, worded(key, name="N"))


def test_one_of_two_mentors_who_cannot_be_met_wants_a_look() -> None:
    """By name, so that nobody is told that nothing else is open; of all it is said plainly."""
    mentee, free, never = (_person("", slots) for slots in ("mon-am", "mon-am", "tue-am"))
    never = replace(never, name="Ola")
    looks = partial(_looks, mentee, left=(), asks=True, is_weak=False)
    assert dict(looks([free, never])) == {"no_day": worded("band.no_day", name="Ola")}
    assert dict(looks([never])) == {"no_day": worded("looks.no_day")}
    assert dict(looks([free])) == {}


def test_what_was_asked_for_in_own_words_alone_is_told() -> None:
    """Nobody is said to have asked for nothing whose words nothing reads."""
    person = replace(_person("", "mon-am"), own_topic="Sailing")
    looks = _looks(person, [_person("", "mon-am")], (), asks=False, is_weak=False)
    assert dict(looks) == {"own_topic": worded("looks.own_topic", what="Sailing")}
    mentee = MenteeFacts(person, (_person("", "mon-am"),), (), (), looks=(), rank=0)
    assert band_of(mentee)[:2] == (False, worded("band.own_topic", what="Sailing"))


def test_a_day_in_common_is_a_gain_only_if_it_is_known() -> None:
    """Neither an answer that nothing reads nor a blank is a day that suits both."""
    mentee, never, open_, suits = (_person("", s) for s in ("wed-eve", "wed-am", "", "wed-18"))
    asked = ((never, suits), (never, open_), (open_, suits))
    had = [[_Had((mentor,), frozenset()) for mentor in pair] for pair in asked]
    assert [bool([*_better(mentee, *pair)]) for pair in had] == [True, False, False]
    near, far = _person("in_person"), _person("virtual")
    gains = [*_better(near, _Had((far,), frozenset()), _Had((near,), frozenset()))]
    assert gains == [worded("changed.way")], "as a way to meet is"


def test_counts_of_what_is_served_and_wished_for_are_told_as_they_are() -> None:
    """Who looks for nothing has not all of it; nobody loses only where nobody does; why no wish."""
    portfolios = pd.DataFrame({"mentee_id": ["a", "b", "c"], "needs_met": [1.0, np.nan, 0.5]})
    assert served_in_full(portfolios) == {"a"}
    told = [together(0.0, 1.0, is_anybody_less=less) for less in (False, True)]
    assert told == [worded(f"costs.together_{step}") for step in ("nobody", "nothing")]
    assert wishes_open({"named": 2, "possible": 2, "given": 2, "no_place": 0, "cost": 0}) == ""
    assert wishes_open({"no_place": 2, "cost": 1}).startswith("2 wishes by name are not met")


def test_whom_an_answer_about_a_manager_means_is_no_answer_about_whom_to_avoid() -> None:
    """Each is counted as what was asked, whoever said afterwards who is meant."""
    row = {"person_id": ["a", "b", "c"], "avoid": [("x",), ("y", "z"), ()]}
    side = pd.DataFrame(row | {"line_manager": [None, None, "w"]})
    asked = partial(AskedQuestion, "q", "mentees", 2, likely=("x",), message="")
    questions = [
        asked(column="line_manager", person="a", answer="yes"),
        asked(column="line_manager", person="b", answer="y"),
        asked(column="line_manager", person="c", answer="no"),
    ]
    cohort = SimpleNamespace(mentees=side, mentors=side[:0], questions=questions)
    assert _named_by(cast(Cohort, cohort)) == (1, 3)


def test_letters_in_a_face_are_those_of_the_name() -> None:
    """Not of what is told behind it; of a name that begins with the last one both are."""
    names = ("Olivier Singh, who is left out", "Singh, Olivier", "Bo")
    assert [initials(name) for name in names] == ["OS", "SO", "B"]


def test_who_swaps_one_topic_for_another_is_told_both() -> None:
    """A change that gains as much as it loses is no mere loss."""
    told = in_balance(["somebody for Quays"], ["somebody for Piers"])
    assert "Quays" in told
    assert "Piers" in told
    assert in_balance(["a mentor"], []) == "a mentor"


def _alike(answers: list[dict[str, str]]) -> None:
    """Two who wrote the same, and two of one name on one pier."""
    for k in (2, 6):
        answers[k][AVOID] = "the one from the tug"
    answers[9]["Your name"] = answers[1]["Your name"]


@pytest.mark.slow
def test_who_wrote_the_same_is_answered_together(tmp_path: Path) -> None:
    """One card, counted once; names and places with a semicolon; History says who is meant."""
    client, base, home = started(tmp_path, export(_alike))
    page = client.get(f"{base}/people?cause=nobody").text
    assert f"{NAMES[6]} wrote the same" in shown_text(page)
    assert "For 1 of the open questions about people nobody is kept apart" in page
    key = page.split('name="question" value="')[1].split('"')[0]
    said = f"{NAMES[3]} and {NAMES[5]}; Lighthouse"
    data = {"verb": "answer", "question": key, "said": said}
    assert client.post(f"{base}/people", data=data).status_code == 200
    cohort = read_cohort(home)
    ids = dict(zip(cohort.mentees["name"], cohort.mentees["person_id"], strict=True))
    others = dict(zip(cohort.mentors["name"], cohort.mentors["person_id"], strict=True))
    avoids = dict(zip(cohort.mentees["person_id"], cohort.mentees["avoid"], strict=True))
    for name in (NAMES[2], NAMES[6]):
        assert {others[NAMES[3]], others[NAMES[5]]} <= {*avoids[ids[name]]}, name
    history = shown_text(client.get(f"{base}/history").text)
    assert f"({NAMES[2]} and {NAMES[6]}): {NAMES[3]}, {NAMES[5]}" in history


def test_a_card_tells_who_is_kept_apart_already() -> None:
    """Managers and whom somebody named, on either side; a blank keeps nobody apart."""
    cohort = make_cohort(
        [{"person_id": "a", "avoid": ("x",), "line_manager": "y"}, {"person_id": "b"}],
        [{"person_id": "x"}, {"person_id": "y", "avoid": ("b",)}],
    )
    known, names = _apart_already(cohort), ShownNames({"x": "Xena", "y": "Yan"})
    assert {who: [*others] for who, others in known.items() if others} == {
        "a": ["y", "x"],
        "y": ["b"],
    }
    card = Concern(Somebody("a", "Ada", "", 2), "Whom?", "my aunt", "avoid", "mentees")
    assert "Yan and Xena" in _with_known(card, known["a"], names, None).note
    assert _with_known(card, known["b"], names, None) == card


@pytest.mark.slow
def test_of_two_with_one_name_neither_is_left_out_by_chance(tmp_path: Path) -> None:
    """Both are told with their addresses; by the address it is the one that is meant.

    So are they on the card of whom somebody named, with the role of each.
    """

    def named(answers: list[dict[str, str]]) -> None:
        _alike(answers)
        answers[10][AVOID] = NAMES[1]

    client, base, home = started(tmp_path, export(named))
    card = shown_text(client.get(f"{base}/people?cause=meant").text)
    for name in (NAMES[1], NAMES[9]):
        assert f"Mentor; Email address: {mail(name)}" in card
    leave = {"verb": "leave", "after": "moves away"}
    answer = client.post(f"{base}/people", data={**leave, "said": NAMES[1]})
    assert answer.status_code == 422
    address = f"{NAMES[9].lower().replace(' ', '.')}@harbour.example"
    assert address in shown_text(answer.text)
    assert client.post(f"{base}/people", data={**leave, "said": address}).status_code == 200
    assert len([1 for _, f in read_cohort(home).set_aside if f.code == "E_LEFT_OUT"]) == 1


def _with_notes(answers: list[dict[str, str]]) -> None:
    """Ask in two ways what people add, one of them like a box beside the options."""
    said = {1: "I retire in March", 4: "n/a", 5: "many thanks"}
    for k, row in enumerate(answers):
        row["Anything else?"], row["Sonst noch etwas?"] = said.get(k, ""), said.get(k - 1, "")


def test_what_people_add_is_shown_where_they_are_looked_at(tmp_path: Path) -> None:
    """However the form asks for it; of one who only thanks, or says nothing, there is none."""
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "form.csv").write_bytes(export(_with_notes))
    found = remark_titles(ProgrammeFolder("p", tmp_path / "p"))
    assert found == {"Anything else?", "Sonst noch etwas?"}
    assert [
        told for told in ("I retire in March", "n/a", "many thanks") if says_something(told)
    ] == ["I retire in March"]


def test_all_who_may_be_meant_are_a_rule_and_some_a_choice() -> None:
    """`Everybody at the harbour` holds for who comes later; two of three names do not."""
    assert _is_everybody(["p-1", "p-2"], {"p-1", "p-2"})
    assert not _is_everybody(["p-1", "p-2"], {"p-1", "p-2", "p-3"})
    assert not _is_everybody(["p-1"], {"p-1"})
    assert not _is_everybody("no", {"p-1", "p-2"})


def test_a_place_that_an_answer_names_can_be_meant_whole() -> None:
    """In any writing; not the part of its name that is another place, nor a part of a word."""
    places = ["North", "North Depot", "Depot", "Kantine Süd", "IT"]
    assert places_within("anybody from NORTH DEPOT", places) == ("North Depot",)
    assert places_within("alle aus der kantine süd, with Itta", places) == ("Kantine Süd",)


@pytest.mark.slow
def test_where_each_shows_one_person_one_press_says_that_they_are_meant(tmp_path: Path) -> None:
    """Whoever is shown, and nobody who is not; each answer is an act of its own."""

    def misspelt(answers: list[dict[str, str]]) -> None:
        for k, name in ((6, "Bo Quai"), (8, "Gus B."), (10, "Ada")):
            answers[k][AVOID] = name

    client, base, home = started(tmp_path, export(misspelt))
    page = client.get(f"{base}/people?cause=meant").text
    shown = re.findall(r'name="shown" value="([^"]+)"', page)
    assert len(shown) == 2
    before = client.get(f"{base}/history").text.count('id="act-')
    data = {"verb": "shown", "cause": "meant", "shown": shown, "seen": "99"}
    page = client.post(f"{base}/people", data=data).text
    assert 'name="shown"' not in page
    assert client.get(f"{base}/history").text.count('id="act-') == before + 2
    settled = (home / "matcher.toml").read_text("utf-8")
    assert all(f'{one.partition("=")[0]} = "{one.partition("=")[2]}"' in settled for one in shown)
    assert client.post(f"{base}/people", data=data | {"shown": ["q-0=x"]}).status_code == 422
