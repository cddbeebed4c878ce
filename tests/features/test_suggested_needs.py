"""What a mentee who ticked nothing is asked about, where the extra [semantic] is installed."""

from __future__ import annotations

import tomllib

import pandas as pd
import pytest
from tests.folders import MENTEES, MENTORS, write_cohort

from matcher.cli.main import run
from matcher.features import suggested_needs
from matcher.features.sentence_models import ENGLISH, MULTILINGUAL
from matcher.features.suggested_needs import SENTENCES_FILE, SuggestedNeed
from matcher.vocabulary import Context

installed = pytest.mark.skipif(
    bool(ENGLISH.missing_parts), reason="the extra [semantic] is not installed"
)


def suggested(goals: str) -> str:
    """Return the suggested context of one text of goals, "" for none."""
    (need,) = suggested_needs.suggested_needs([goals], "auto")
    return need.context.value if need else ""


def test_without_the_model_nothing_is_suggested(monkeypatch):
    """Words alone are no ground for a suggestion."""
    monkeypatch.setattr("matcher.features.sentence_models.find_spec", lambda name: None)
    assert suggested_needs.suggested_needs(["I would like to be more confident."], "auto") == [None]


@installed
@pytest.mark.parametrize(
    ("sentence", "context"),
    [
        ("I want to understand how decisions are made in the ministry.", "political_environment"),
        ("I freeze whenever I have to talk in a big meeting.", "confidence"),
        ("Which post should I apply for after my fellowship ends?", "career_development"),
        ("I come back from two years of parental leave in March.", "managing_change"),
    ],
)
def test_a_sentence_leads_to_its_context(sentence, context):
    """The suggestion comes with the sentence, whatever stands around it."""
    (need,) = suggested_needs.suggested_needs([f"I live in Leeds. {sentence} Thank you!"], "auto")
    assert need == SuggestedNeed(Context(context), sentence)


@pytest.mark.skipif(
    bool(MULTILINGUAL.missing_parts), reason="the extra [multilingual] is not installed"
)
def test_other_languages_lead_to_a_context_where_they_are_read():
    """Who writes of a need in another language is asked too; small talk leads nowhere."""
    goals = [
        "Bonjour ! J'aimerais savoir qui prend les décisions au ministère.",
        "Me da miedo hablar ante un público grande.",
        "Ich habe zwei Kinder und einen Hund.",
    ]
    told = suggested_needs.suggested_needs(goals, "multilingual")
    assert [one and one.context.value for one in told] == [
        "political_environment",
        "confidence",
        None,
    ]


@installed
@pytest.mark.parametrize(
    "goals",
    [
        "",
        "-",
        "I like dogs.",
        "I study malaria in Kenya.",
        "Ich suche Rat beim Berufseinstieg.",
    ],
)
def test_what_speaks_of_no_need_suggests_none(goals):
    """A field, a joke, silence and what the model cannot read suggest nothing."""
    assert suggested(goals) == ""


@installed
def test_every_context_has_sentences_that_lead_to_it():
    """The bank speaks of all contexts, each sentence most of its own."""
    bank = tomllib.loads(SENTENCES_FILE.read_text(encoding="utf-8"))
    assert set(bank) == set(Context)
    for context, sentences in bank.items():
        assert {suggested(sentence) for sentence in sentences} <= {context, ""}


@installed
@pytest.mark.slow
def test_chase_asks_and_nothing_uses_it(tmp_path):
    """It stands in chase.csv beside the sentence; nobody's needs are known by it."""
    goals = "I want to understand how decisions are made in the ministry."
    silent = {"person_id": "silent", "email": "silent@example.org", "goals": goals}
    tables = {"mentees": [*MENTEES, silent], "mentors": MENTORS}
    cohort = write_cohort(tmp_path / "cohort", tables)
    assert run(["match", str(cohort), "-o", str(tmp_path / "run")]) == 0
    chase = pd.read_csv(tmp_path / "run" / "chase.csv", dtype=str).set_index("email")
    assert chase.loc["silent@example.org", "suggested_need"] == "political_environment"
    assert chase.loc["silent@example.org", "suggested_by"] == goals
    assert chase.loc["silent@example.org", "missing_questions"].startswith("purposes")
