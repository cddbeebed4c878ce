"""The pages speak the programme's language: nothing of another is left, and every word is used."""

from __future__ import annotations

import html
import re
import time
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.app.client import TestClient
from tests.app.sign_ups import FILE, export, site
from tests.app.test_site import NEVER_SHOWN, shown_text

from matcher.app.frame import templates
from matcher.catalogue.catalogue import LANGUAGES, browser_language, for_pages, speaking, worded
from matcher.run_tables import RUN_TABLES
from matcher.send.pdf import PlanPrinter

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2] / "src/matcher/app"
ASKED = {"en": "en-GB,en;q=0.9,de;q=0.5", "de": "de-AT,de;q=0.9,en;q=0.5"}
PAGES = (
    "", "/files", "/questions", "/people", "/priorities", "/match", "/review?view=all", "/letters",
    "/approve", "/year", "/board", "/compare", "/history", "/survey/mid", "/match?by=topic",
    "/priorities?need_fit=4&way=anew", "/year?show=waiting",
)  # fmt: skip


@cache
def read_aloud(page: str) -> str:
    """Return what somebody reads or hears of a page: its text, and what is said of pictures."""
    said = re.findall(r'(?:aria-label|title|placeholder|aria-valuetext|data-words)="([^"]*)"', page)
    return " ".join(html.unescape(" ".join([shown_text(page), *said])).split())


@cache
def told_only_in(language: str, other: str) -> tuple[str, ...]:
    """Return what texts say between their places that no text of the other language says."""
    there = "\n".join(map(_text, for_pages(other).flat.values()))
    texts = (
        _text(value) for key, value in for_pages(language).flat.items() if not key.startswith("did")
    )
    parts = {part.strip(" .:,;?!") for text in texts for part in re.split(r"\{+\w*\}+|\n", text)}
    return tuple(part for part in parts if " " in part and len(part) > 9 and part not in there)


def _text(value: object) -> str:
    return re.sub(r"<[^>]+>", "\n", "\n".join(value) if isinstance(value, list) else str(value))


def waited(client: TestClient, base: str) -> None:
    """Wait for what goes on in the background."""
    for _ in range(400):
        if "HX-Redirect" in client.get(f"{base}/progress").headers:
            return
        time.sleep(0.05)
    raise AssertionError("it did not end")


@pytest.fixture(scope="module", params=LANGUAGES)
def walked(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, dict[str, str]]:
    """Return every page of a programme begun in a browser of that language, in its year."""
    language, folder = request.param, tmp_path_factory.mktemp(request.param)
    client = site(folder)
    client.headers["accept-language"] = ASKED[language]
    pages = {"start": client.get("/").text}
    pages["pdf"] = client.post("/", files=[("files", ("list.pdf", b"x"))]).text
    pages["open"] = client.post("/", files=[("files", (FILE, export()))]).text
    base = f"/p/{next(path for path in folder.iterdir() if path.is_dir()).name}"
    pages |= {f"before {page}": client.get(base + page).text for page in ("/files", "/match")}
    causes = re.findall(r"\?cause=([^#\"]+)", client.get(f"{base}/people").text)
    pages |= {cause: client.get(f"{base}/people?cause={cause}").text for cause in {*causes}}
    client.post(f"{base}/match", data={"verb": "work"})
    pages["working"] = client.get(f"{base}/match").text
    waited(client, base)
    persons = re.findall(r'href="([^"]+/mentee/[^"]+)"', client.get(f"{base}/review").text)
    pages["mentee"] = client.get(persons[0]).text
    pages["effect"] = client.get(f"{persons[0]}?say=hold").text
    mentors = re.findall(r'href="([^"]+/mentor/[^"]+)"', pages["mentee"])
    pages["mentor"] = client.get(mentors[0]).text
    client.post(persons[0], data={"verb": "note", "note": "-"})
    letters = re.findall(r'href="([^"]+/letters/[^"]+)"', client.get(f"{base}/letters").text)
    pages["letter"] = client.get(letters[0]).text
    pages["approve"] = client.get(f"{base}/approve").text
    client.post(f"{base}/approve", data={"verb": "approve", "by": "Jo", "reason": "-"})
    with pytest.MonkeyPatch.context() as patch:  # plans are not printed here: that is slow
        patch.setattr(PlanPrinter, "ready", classmethod(lambda _: None))
        client.post(f"{base}/approve", data={"verb": "folder"})
        waited(client, base)
    client.post(f"{base}/year", data={"verb": "sent"})
    pairs = re.findall(r'href="([^"]*mentee=[^"]+)"', client.get(f"{base}/year").text)
    pages["record"] = client.get(html.unescape(pairs[0])).text
    for pair, status in zip(pairs, ("no_mentee", "active"), strict=False):
        whose = dict(re.findall(r"(mentee|mentor)=([^&]+)", html.unescape(pair)))
        client.post(f"{base}/year", data={"verb": "record", "status": status, **whose})
    pages |= {page: client.get(base + page).text for page in PAGES}
    pages["wrong"] = client.get(f"{base}/mentee/nobody").text
    client.cookies.clear()
    pages["stranger"] = client.get("/").text
    return language, pages


def test_every_page_speaks_one_language(walked: tuple[str, dict[str, str]]) -> None:
    """No sentence of the other catalogue stands on it, and its language is named to readers."""
    language, pages = walked
    other = next(code for code in LANGUAGES if code != language)
    found = [
        (name, part)
        for name, page in pages.items()
        for part in told_only_in(other, language)
        if part in read_aloud(page)
        and re.search(rf"(?<!\w){re.escape(part)}(?!\w)", read_aloud(page))
    ]
    assert found == []
    assert [name for name, page in pages.items() if f'<html lang="{language}">' not in page] == []


def test_no_page_shows_a_word_of_the_code(walked: tuple[str, dict[str, str]]) -> None:
    """None of the words that stand for the program's own things, in any language."""
    _, pages = walked
    found = [
        (name, word)
        for name, page in pages.items()
        for word in NEVER_SHOWN
        if re.search(rf"(?<![\w.]){re.escape(word)}(?![\w.])", shown_text(page))
    ]
    assert found == []


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.j2")), ids=lambda path: path.name)
def test_no_template_has_words_of_its_own(path: Path) -> None:
    """What is read or heard comes from the catalogue: templates hold names and keys alone."""
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", path.read_text("utf-8"), flags=re.S)
    heard = re.findall(r'(?:aria-label|placeholder|title|alt)="([^"]*)"', text)
    read = re.sub(r"<(?:[^<>\"]|\"[^\"]*\")*>|&#?\w+;|\S*\?\S*=\S*", " ", text)
    words = re.findall(r"[A-Za-z]{2,}", " ".join([read, *heard]))
    assert {*words} <= {"matcher", "PDF"}


def test_every_word_of_the_catalogue_is_asked_for() -> None:
    """A key that no page and no module names is dead; one that is named is there."""
    sources = [*ROOT.rglob("*.py"), *ROOT.rglob("*.j2"), *ROOT.rglob("*.js")]
    code = "\n".join(path.read_text("utf-8") for path in sources)
    known = {key.removesuffix(".one").removesuffix(".many") for key in for_pages("en").flat}
    sections = {key.partition(".")[0] for key in known}
    named = set(re.findall(r"""["']([a-z_]+\.[a-z_0-9]+)["']""", code))
    begun = set(re.findall(r'"([a-z_]+\.[a-z_]*)(?:"\s*~|\{)', code))
    begun |= {f"next.{key}" for key in re.findall(r'_step\(\s*\S+, "?(\w+)', code)}
    begun |= {"numbers.", "dates.", "made.", "priorities.notches", "steps.", "next.approve"}
    begun.add("workbook.")  # which spreadsheets speak
    dead = [key for key in known - named if not any(key.startswith(one) for one in begun)]
    assert dead == []
    asked = {key for key in named if re.search(rf'(?:w|worded)\(\s*"{re.escape(key)}"[,)]', code)}
    assert {key for key in asked if key.partition(".")[0] in sections} <= known


def test_every_table_of_a_match_has_words() -> None:
    """A table that is published never stands on Files without what it is."""
    assert {*RUN_TABLES} <= {*for_pages("en")["made"]}


def test_numbers_and_languages_as_they_are_written() -> None:
    """Groups of digits, the one and the many, and the first language of a browser that we speak."""
    with speaking("de"):
        assert worded("letters.count", 1) == "1 Brief"
        assert worded("letters.count", 1234) == "1.234 Briefe"
        assert worded("priorities.by_hand", weight=0.13) == "von Hand gesetzt: 0,13"
    assert worded("letters.count", 1234) == "1,234 letters"
    assert browser_language("fr-CH, de;q=0.7, en;q=0.5") == "de"
    assert browser_language("") == "en"


def test_where_nobody_is_next_the_one_step_is_to_leave_it_so() -> None:
    """The bar of the page says what its text says: nothing is offered where there is nothing."""
    found = SimpleNamespace(places=(), left=())
    line = SimpleNamespace(job=SimpleNamespace(done=True), found=found)
    with speaking("en", {}, {}):
        page = templates().get_template("_in_line.html.j2")
        shown = page.render(line=line, base="/p/x", is_late=True)
    assert 'id="next-said" hx-swap-oob="true"' in shown
    assert shown.count('value="free"') == 2
    assert 'value="offer"' not in shown
