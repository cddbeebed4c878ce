"""What keeps people out, or keeps nobody apart: said where the next step stands, mended at once."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from httpx import Response
from tests.app.sign_ups import (
    AVOID,
    NAMES,
    NOBODY_APART,
    NOT_FINISHED,
    ROLE,
    export,
    started,
)
from tests.app.test_site import matched

from matcher.app.next_step import Facts, next_step
from matcher.intake.read import read_cohort

pytestmark = pytest.mark.slow
AGREE = "I agree to be matched on my answers"


def owls(answers: list[dict[str, str]]) -> None:
    """Let three mentors say their role in words of their own."""
    for k in (3, 5, 7):
        answers[k][ROLE] = "Wise owl"


def foot(page: str) -> str:
    """Return what the bar at the foot says."""
    return re.sub(r"<[^>]+>", " ", page[page.index('<footer class="next"') :])


def test_an_answer_gets_its_meaning_once_for_everybody(tmp_path: Path) -> None:
    """One choice among what the question can mean, not a box a person; nothing else is taken."""
    client, base, home = started(tmp_path, export(owls))
    page = client.get(f"{base}/people?cause=left-role").text
    assert "What does “Wise owl” mean? 3 people wrote it." in page
    said = {"verb": "mean", "cause": "left-role", "column": "role", "before": "Wise owl"}
    assert client.post(f"{base}/people", data=said | {"after": "owl"}).status_code == 422
    assert len(read_cohort(home, set_aside=True).mentors) == 8
    client.post(f"{base}/people", data=said | {"after": "mentor"})
    assert len(read_cohort(home, set_aside=True).mentors) == 11
    assert "What does “Wise owl”" not in client.get(f"{base}/people").text


def test_who_said_no_is_not_asked_again(tmp_path: Path) -> None:
    """The mail goes to those who left it blank, with a subject and what is asked."""

    def refuse(answers: list[dict[str, str]]) -> None:
        answers[20][AGREE] = "No"

    client, base, _ = started(tmp_path, export(refuse))
    page = client.get(f"{base}/people?cause=left-consent").text
    mail = re.search(r'href="(mailto:[^"]+)"', page)
    assert mail
    told = unquote(mail[1])
    assert "hal.beacon@" in told
    assert "eli.beacon@" not in told
    assert AGREE in told
    assert "subject=Harbour mentoring" in told
    assert "it is no yes" in page


def test_going_on_without_an_answer_says_what_that_means(tmp_path: Path) -> None:
    """On People the bar counts what is open; at the match, whom nobody is kept apart from."""
    client, base, _ = started(tmp_path)
    assert "question about people, or go on without" in foot(client.get(f"{base}/people").text)
    assert NOBODY_APART in foot(client.get(f"{base}/people").text)
    assert NOBODY_APART in foot(client.get(f"{base}/match").text)


def test_people_who_are_left_out_have_names(tmp_path: Path) -> None:
    """Whoever may be meant and did not agree is named, and called left out."""

    def name_one(answers: list[dict[str, str]]) -> None:
        answers[2][AVOID] = NAMES[23].split()[0] + " B."

    client, base, _ = started(tmp_path, export(name_one))
    page = client.get(f"{base}/people?cause=meant").text
    assert "Somebody who is left out" not in page
    if "Who is meant?" in page:
        assert f"{NAMES[23]}, who is left out" in page


def hidden(page: str, name: str) -> str:
    """Return what a page posts along under a name."""
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found
    return found[1]


@pytest.mark.parametrize("side", ["mentees", "mentors"])
def test_a_side_without_anybody_comes_before_the_match(side: str) -> None:
    """Whatever page asks, and however many are read on the other side."""
    facts = Facts(has_files=True, people=40, lacks=side, unread=36)
    for page in ("", "people", "match", "priorities"):
        step = next_step(facts, page)
        assert step.page == "people"
        assert f"nobody is read as a {side[:-1]}" in step.sentence
        assert "36 people are left out" in step.note


def test_priorities_come_before_the_first_match() -> None:
    """From wherever one goes on; once there is a match they are not asked for again."""
    facts = Facts(has_files=True, people=40)
    assert [next_step(facts, page).page for page in ("", "files", "people")] == ["priorities"] * 3
    assert [next_step(facts, page).page for page in ("priorities", "match")] == ["match"] * 2
    assert next_step(replace(facts, is_matched=True), "people").page != "priorities"


def test_a_decision_takes_the_place_of_one_that_the_match_obeys(tmp_path: Path) -> None:
    """Chosen, worked out again, then held back: told before and after, and the match finishes."""
    client, base, _ = started(tmp_path)
    matched(client, base)
    page = client.get(f"{base}/review?view=all").text
    key = re.search(r'/mentee/([^"]+)"', page)
    assert key
    mentee = f"{base}/mentee/{key[1]}"
    other = re.search(r'\?attempt=([^#"]+)#', client.get(mentee).text)
    assert other
    client.post(mentee, data={"verb": "assign", "mentor": other[1]})
    matched(client, base)
    effect = client.get(f"{mentee}?say=hold").text
    assert "This takes the place of “" in effect
    page = client.post(mentee, data={"verb": "hold"}).text
    assert "It took the place of: " in page
    assert NOT_FINISHED not in matched(client, base)


def test_two_tabs_on_one_person_show_both_and_let_the_person_choose(tmp_path: Path) -> None:
    """A press on a page that did not know what another tab decided is shown beside it first."""
    client, base, _ = started(tmp_path)
    matched(client, base)
    keys = list(
        dict.fromkeys(re.findall(r'/mentee/([^"]+)"', client.get(f"{base}/review?view=all").text))
    )
    pages = {key: client.get(f"{base}/mentee/{key}").text for key in keys[:2]}
    knows = {key: hidden(page, "knows") for key, page in pages.items()}
    mentor = {key: re.findall(r'/mentor/([^"]+)"', page)[0] for key, page in pages.items()}
    one, other = pages

    def press(key: str, verb: str) -> Response:
        data = {"verb": verb, "mentor": mentor[key], "knows": knows[key]}
        return client.post(f"{base}/mentee/{key}", data=data)

    assert press(one, "lock").status_code == 200
    assert press(other, "lock").status_code == 200  # about somebody else: both are kept
    late = press(one, "ban")
    assert late.status_code == 409
    assert "Meanwhile in another tab" in late.text
    assert 'name="verb" value="undo"' in late.text
    knows[one] = hidden(late.text, "knows")
    assert press(one, "ban").status_code == 200
    assert "Never " in client.get(f"{base}/mentee/{one}").text
