"""Cells that hold several lines are put right in the browser, and so is what was put right."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.app.sign_ups import DAYS, FILE, NAMES, export, started
from tests.app.test_site import shown_text

from matcher.app.causes import _in_our_words
from matcher.catalogue.catalogue import speaking
from matcher.errors import Finding
from matcher.intake.read import read_cohort

TIMES = ("Monday morning", "Saturday", "Friday evening", "Tuesday morning")


def _in_lines(answers: list[dict[str, str]]) -> None:
    """Answer as by a tool that puts each ticked time on a line of its own."""
    for k, answer in enumerate(answers):
        answer[DAYS] = "\n".join(TIMES[k % 3 : k % 3 + 2])


def test_what_is_found_of_a_row_is_said_in_the_language_of_the_pages() -> None:
    """What a language has no words for stays as commands say it, rather than unsaid."""
    found = [Finding(code, "as commands say it") for code in ("W_RESUBMISSION", "E_CONFLICT")]
    for language, same in (("en", [True, True]), ("de", [False, True])):
        with speaking(language):
            told = [_in_our_words(one, one.message) for one in found]
        assert [text == "As commands say it" for text in told] == same


@pytest.mark.slow
def test_what_stands_on_several_lines_is_put_right_and_back(tmp_path: Path) -> None:
    """As it is shown: on one line; taken back it is what the file says; a newer answer is asked."""
    client, base, home = started(tmp_path, export(_in_lines))
    cohort = read_cohort(home, set_aside=True)
    person = cohort.people.find(NAMES[0])
    data = {"person": person, "column": "availability", "cause": "x"}
    fix = {"verb": "fix", "before": "Monday morning; Saturday"}
    client.post(f"{base}/people", data=data | fix | {"after": "Monday evening; Wed morning"})

    def times() -> set[str]:
        people = read_cohort(home, set_aside=True).mentees.set_index("person_id")
        return {*people.loc[person, "availability"]}

    assert times() == {"mon-eve", "wed-am"}
    page = client.get(f"{base}/people?cause=corrected").text
    assert NAMES[0] in page
    client.post(f"{base}/people", data=data | {"verb": "unfix"})
    assert times() == {"mon-am", "sat-am", "sat-pm"}
    assert client.post(f"{base}/people", data=data | {"verb": "unfix"}).status_code == 422
    client.post(f"{base}/people", data=data | fix | {"after": "Wed morning"})

    def later(answers: list[dict[str, str]]) -> None:
        _in_lines(answers)
        answers[0][DAYS] = TIMES[3]

    files = [("files", (FILE, export(later)))]
    client.post(f"{base}/files", data={"verb": "replace", "at": FILE}, files=files)
    page = shown_text(client.get(f"{base}/people?cause=changed").text)
    assert "You wrote: Wed morning" in page
    assert "Does this still hold?" not in page
    settings = home / "matcher.toml"
    settings.write_text(settings.read_text("utf-8").replace('"availability"', '"ignore"'), "utf-8")
    page = shown_text(client.get(f"{base}/people?cause=corrected").text)
    assert "It has no effect now" in page, "told, and nobody is stopped"
