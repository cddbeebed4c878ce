"""Every language says everything, with the same places; a programme's own words are checked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from matcher.catalogue.catalogue import LANGUAGES, for_pages, leaves, ours, places, speaking, spoken
from matcher.config import Config, load_config
from matcher.errors import ConfigError
from matcher.send.letters import our_templates
from matcher.vocabulary import FACET_GROUPS

TOLD = {
    "letters": lambda language: dict(leaves(ours(language).words)),
    "pages": lambda language: dict(leaves(for_pages(language).words)),
}
"""The two parts of the catalogue: what mentees and mentors read, and what coordinators read."""
FITS_ANYWHERE = {"you", "your", "n", "home", "field", "english"}
"""Places that another grammar may do without: pronouns, a one that is said in the noun, and the
reader's own workplace and field, which may be said as `yours`; what only English says."""


@pytest.mark.parametrize("part", TOLD)
@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_word_is_there_in_every_language(language: str, part: str) -> None:
    """The keys are the same in the same order of sections, and no text is left out."""
    first, other = TOLD[part](LANGUAGES[0]), TOLD[part](language)
    assert first.keys() == other.keys()
    for keys, text in first.items():
        assert isinstance(other[keys], type(text)), keys
        assert bool(other[keys]) is bool(text), keys
        if isinstance(text, list):
            assert len(other[keys]) == len(text), keys


@pytest.mark.parametrize("part", TOLD)
@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_places_agree(language: str, part: str) -> None:
    """A sentence of another language has the places of ours: nobody's name gets lost."""
    first, other = TOLD[part](LANGUAGES[0]), TOLD[part](language)
    for keys, text in first.items():
        assert places(other[keys]) <= places(text), keys
        assert places(text) - places(other[keys]) <= FITS_ANYWHERE, keys


@pytest.mark.parametrize("part", TOLD)
@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_whole(language: str, part: str) -> None:
    """No double blanks, no sentence copied from another language, no stray brace."""
    for keys, text in TOLD[part](language).items():
        for line in text if isinstance(text, list) else [text]:
            assert "  " not in line, keys
            assert not re.search(r"\{\s|\s\}", line), keys


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_no_sentence_is_left_in_english(language: str) -> None:
    """What is not translated yet is found."""
    english = {t for _, t in leaves(ours(LANGUAGES[0]).words) if isinstance(t, str) and " " in t}
    shared = [
        keys
        for keys, text in leaves(ours(language).words)
        if isinstance(text, str) and text in english and not text.startswith(("{", ", {"))
    ]
    assert shared == []


def test_every_word_of_the_vocabulary_that_plans_say_is_there() -> None:
    """What somebody ticked by itself is never said in the words of the files."""
    values = {value.split(".")[-1] for value in FACET_GROUPS["knowing"]}
    assert {*ours("en")["knowing"]} == values


def test_templates_are_the_same_in_every_language() -> None:
    """Every letter is there, and names the same things."""
    first = our_templates(LANGUAGES[0])
    for language in LANGUAGES[1:]:
        other = our_templates(language)
        assert first.keys() == other.keys()
        for name, text in first.items():
            said = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)
            assert sorted(said.findall(other[name])) == sorted(said.findall(text)), name


def test_nobody_speaks_on_after_the_block() -> None:
    """The language is that of the block, and English outside."""
    with speaking("de"):
        assert spoken()["joins"]["and"] == "und"
    assert spoken()["joins"]["and"] == "and"


def test_a_programme_says_single_words_otherwise() -> None:
    """Its words stand in for ours, all others stay."""
    with speaking("en", {"letter": {"dear": "Hello {name}!"}}):
        assert spoken()["letter"]["dear"] == "Hello {name}!"
        assert spoken()["letter"]["field"] == ours("en")["letter"]["field"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ('[words.letter]\ndeer = "x"', "did you mean letter.dear"),
        ('[words.letter]\ndear = "Hello {nam}"', "{name}"),
        ('[words.letter]\ndear = "Hello {name.__class__}"', "{name}"),
        ('[words.letter]\ndear = "Hello {name"', "{name}"),
        ("[words.letter]\ndear = 3", "not a text"),
        ('[words]\nletter = "x"', "no such word"),
        ('[words.sheet]\ngood_mentee = "one"', "list of texts"),
    ],
)
def test_a_word_that_cannot_stand_is_told(tmp_path: Path, words: str, told: str) -> None:
    """The key, what is wrong, and the places that there are."""
    path = tmp_path / "matcher.toml"
    path.write_text(words + "\n")
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert told in str(caught.value)
    assert "E_CONFIG" in str(caught.value)


def test_a_programmes_own_options_are_called_as_in_its_form() -> None:
    """Nothing is made small or cut: the label is what people ticked."""
    config = Config.model_validate(
        {"facets": {"topic": {"columns": ["topics"], "options": ["R & D, GDPR", "iPhone skills"]}}}
    )
    assert config.facet_labels == {
        "topic.r_d_gdpr": "R & D, GDPR",
        "topic.iphone_skills": "iPhone skills",
    }


def test_the_same_words_are_one_catalogue() -> None:
    """Whatever is kept by catalogue, templates above all, is found again and does not pile up."""
    said = {"letter": {"greeting": "Ahoy"}}
    with speaking("en", said, {"topic.a": "Alpha"}) as one:
        pass
    with speaking("en", dict(said), {"topic.a": "Alpha"}) as other:
        pass
    with speaking("en", said, {"topic.a": "Beta"}) as third:
        pass
    assert one is other
    assert third is not one
    assert third.labels == {"topic.a": "Beta"}
