"""A first draft of a config for an unmapped export."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import pytest

from matcher.config import Config
from matcher.intake.suggest import suggest_config

DATA = Path(__file__).parent / "data"


def suggested(name: str) -> dict[str, object]:
    """Return the suggestion for an export of which nothing is mapped, parsed."""
    return tomllib.loads(suggest_config(DATA / name, Config()))


@pytest.mark.parametrize("tool", ["google-forms", "ms-forms", "qualtrics"])
def test_a_suggestion_is_a_valid_config(tool: str) -> None:
    """Whatever the export, the draft loads, and it names the form tool."""
    config = Config.model_validate(suggested(tool))
    assert config.input.preset == tool


def test_questions_are_recognised() -> None:
    """Common questions find their columns, protected ones go to groups."""
    columns = suggested("google-forms")["columns"]["signups"]
    assert columns["I want to sign up as"] == "role"
    assert columns["Your organisation"] == "organisation"
    assert columns["How many people could you mentor?"] == "capacity"
    assert columns["What would you most like help with?"] == "contexts"
    assert columns["Ethnicity"] == "groups.ethnicity"


def test_answers_find_their_words() -> None:
    """Recurring answers get the vocabulary word that they look like, or a comment."""
    draft = suggested("ms-forms")
    assert draft["input"]["id"] == "email"
    assert (
        draft["answers"]["contexts"]["Finding my way in organisational politics"]
        == "political_environment"
    )
    assert draft["numbers"]["max_mentors"] == {"One": 1, "Two": 2}


def test_free_text_is_never_repeated(folder) -> None:
    """Goals and other free text do not end up in the draft."""
    folder.write("mentees", "person_id,What are your goals?\ne1,a very private thing\n")
    assert "private" not in suggest_config(folder.path)


def test_date_format_from_the_dates(folder) -> None:
    """A day above 12 gives the format away."""
    folder.write("mentees", "person_id,joined\ne1,25/12/2020\ne2,03/04/2021\n")
    config = Config.model_validate(tomllib.loads(suggest_config(folder.path)))
    assert config.input.date_format == "%d/%m/%Y"
    assert folder.read(input={"date_format": "%d/%m/%Y"}).as_of == date(2021, 4, 3)
