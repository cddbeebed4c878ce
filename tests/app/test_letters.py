"""Letters in the app: read one by one, in words that the command line sends as well."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from tests.app.client import TestClient
from tests.app.sign_ups import site, started
from tests.app.test_site import NEVER_SHOWN, matched, shown_text

from matcher.app.approve_page import _say_where_it_waits
from matcher.cli.main import run
from matcher.send.letters_now import as_plain, as_template
from matcher.send.pdf import PlanPrinter

pytestmark = pytest.mark.slow
WORDS = {
    "greeting": "Hello {name},",
    "opening": "We met 40 of you {yesterday} in {programme}.\n\n100 {% of you %} {{ came }}.",
    "closing": "Yours, the team",
    "contact": "Jo <jo@harbour.example>",
    "start": "2027-03-01",
    "reply_before": "10",
    "ask": "mentor first",
    "language": "en",
}


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a matched programme."""
    client, base, home = started(tmp_path_factory.mktemp("once"))
    matched(client, base)
    return home


@pytest.fixture
def programme(once: Path, tmp_path: Path) -> tuple[TestClient, str, Path]:
    """Return a browser, the address of a matched programme, and its folder."""
    shutil.copytree(once, tmp_path / once.name)
    return site(tmp_path), f"/p/{once.name}", tmp_path / once.name


def _mentee(home: Path) -> tuple[str, str]:
    """Return a mentee of the match and one of their mentors."""
    (table,) = home.glob("runs/*/matches.csv")
    row = table.read_text("utf-8").splitlines()[1].split(",")
    return row[0], row[1]


def test_an_earlier_folder_says_where_its_waiting_mails_lie_now(tmp_path: Path) -> None:
    """Mail by mail, so that nobody is written to out of both."""
    for place in ("old/after/mails/later/Ada.eml", "old/after/mails/later/Bo.eml", "mails/Ada.eml"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text("")
    (tmp_path / "old/manifest.json").write_text("{}")
    _say_where_it_waits(tmp_path / "old", tmp_path)
    (note,) = (tmp_path / "old/after").glob("*.txt")
    assert note.read_text("utf-8").splitlines()[2:] == [
        "Ada.eml: now mails/Ada.eml",
        "Bo.eml: not needed any more",
    ]
    assert (tmp_path / "old/after/mails/later/Bo.eml").is_file()


def test_letters_are_read_drawn_by_lot_and_then_approved(programme) -> None:
    """The next step asks for three, each of them leads to the next, and then to approving."""
    client, base, _ = programme
    page = client.get(f"{base}/letters").text
    assert "23 letters" in page
    for at, left in enumerate(("three", "two", "one"), 1):
        client.post(f"{base}/mentee/x", data={"verb": "seen"})
        answer = client.post(f"{base}/letters", data={"verb": "read"})
        assert re.search(r"/letters/[^/?]+$", str(answer.url)), left
        assert f"does this letter look right? {at} of 3 drawn by lot" in answer.text
        found = [
            w for w in NEVER_SHOWN if re.search(rf"\b{re.escape(w)}\b", shown_text(answer.text))
        ]
        assert found == []
        answer = client.post(str(answer.url))
    assert str(answer.url).endswith("/letters")  # enough are read: the way on stands there
    page = client.get(f"{base}/letters").text
    assert "3 looked right" in page
    items = [one for one in page.split("<li>") if f"{base}/letters/" in one]
    unread = next(one for one in items if "Looks right" not in one).split('href="')[1]
    for _ in range(2):
        client.get(unread.split('"')[0])
    assert "opened" in client.get(f"{base}/letters").text
    assert "4 letters opened, 3 looked right" in client.get(f"{base}/approve").text
    assert "Letter opened" not in client.get(f"{base}/history").text


def test_words_change_for_everybody_and_the_command_line_sends_them(programme, capsys) -> None:
    """Greeting, first and last words, dates and order; each change can be taken back by itself."""
    client, base, home = programme
    mentee, mentor = _mentee(home)
    page = client.post(f"{base}/words", data=WORDS | {"person": mentee}).text
    letter = shown_text(page)
    for said in ("Hello ", "We met 40 of you {yesterday} in Harbour mentoring.", "{% of you %}"):
        assert said in letter
    assert "Wednesday 24 February 2027" in letter  # who comes second has later days
    assert "Goes out once" in letter
    assert "work out the match again" not in letter  # words move nobody
    (made,) = (home / "runs").iterdir()
    assert run(["send", str(made), "--to", mentor]) == 0
    told = capsys.readouterr().out
    assert "Hello " in told
    assert "{{ came }}" in told
    assert "Yours, the team" in told
    assert "Would you like that? " in told
    history = client.get(f"{base}/history").text
    greeting = re.search(r'id="act-(\d+)"[^§]{0,40}<b>Letters changed: Greeting', history)
    assert greeting
    client.post(f"{base}/history", data={"number": greeting[1]})
    letter = shown_text(client.get(f"{base}/letters/{mentee}").text)
    assert "Dear " in letter
    assert "Yours, the team" in letter


def test_a_plan_is_shown_as_it_is_sent_and_runs_nothing(programme) -> None:
    """Its own styles by their hash, framed by our pages alone."""
    client, base, home = programme
    mentee, _ = _mentee(home)
    answer = client.get(f"{base}/letters/{mentee}/plan")
    policy = answer.headers["content-security-policy"]
    assert "sha256-" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'self'" in policy
    assert "<h1>A plan for" in answer.text
    around = client.get(f"{base}/letters/{mentee}").headers["content-security-policy"]
    assert around.endswith("frame-src 'self'")
    if PlanPrinter.ready() is not None:
        assert client.get(f"{base}/letters/{mentee}/plan.pdf").content[:4] == b"%PDF"
    assert client.get(f"{base}/letters/nobody").status_code == 422
    assert client.get(f"{base}/letters/{mentee}/mentor").status_code == 422


def test_a_template_that_cannot_be_read_is_told_in_words(programme) -> None:
    """What a hand has spoilt stops the letter, not the page."""
    client, base, home = programme
    mentee, _ = _mentee(home)
    (home / "letters").mkdir()
    (home / "letters" / "mentee.txt").write_text("Subject: x\n{{ me.secret", "utf-8")
    (home / "letters" / "_greeting.txt").write_text("{% if ask %}Hi{% endif %}", "utf-8")
    answer = client.get(f"{base}/letters/{mentee}")
    assert answer.status_code == 422
    assert "cannot be read as a template" in answer.text
    assert "written by hand" in answer.text
    client.post(f"{base}/words", data=WORDS)
    assert (home / "letters" / "_greeting.txt").read_text("utf-8") == "{% if ask %}Hi{% endif %}"


@pytest.mark.parametrize(
    "text", ["Dear {name},", "{", "{{ me }}", "a {% raw %} b", "{# x #}{contact}", ""]
)
def test_plain_words_come_back_as_they_were_written(text: str) -> None:
    """Whatever somebody types is text: no template."""
    assert as_plain(as_template(text)) == text
