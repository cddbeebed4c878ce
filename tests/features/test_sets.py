"""Shared fields, equal answers and different answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.features.helpers import block, value

from matcher.cohort.languages import languages_of

OVERLAP = block(
    "overlap", mentee=("expertise", "goals"), mentor=("expertise", "bio"), multiplier=2.0
)
FIELDS = st.frozensets(st.sampled_from("abcdef"), min_size=1)


@given(FIELDS, FIELDS, st.sampled_from("abcdef"))
def test_experience_context_is_what_is_shared_of_what_was_asked(ours, theirs, more):
    """min(1, 2 * shared / listed by the mentee): a field more of the mentor's never lowers it."""
    mentee = {"expertise": sorted(ours)}
    found = value(OVERLAP, mentee, {"expertise": sorted(theirs)})
    assert found == pytest.approx(min(1.0, 2 * len(ours & theirs) / len(ours)))
    assert value(OVERLAP, mentee, {"expertise": sorted(theirs | {more})}) >= found


def test_case_and_spaces_do_not_matter():
    """The same field spelt twice is one field."""
    mentee, mentor = {"expertise": ("Health  Economics",)}, {"expertise": ("health economics",)}
    assert value(OVERLAP, mentee, mentor) == 1.0


def test_nothing_ticked_is_unanswered():
    """A side without fields leaves the feature out."""
    assert value(OVERLAP, {"expertise": ("a",)}, {}) is None


@pytest.mark.parametrize(
    ("said", "languages"),
    [
        (("Nederlands", "EN"), ("dutch", "english")),
        (("Deutsch (fließend) und etwas Polnisch",), ("german", "polish")),
        (("fr/es",), ("french", "spanish")),
        (("Twi + Englisch", "Gallego / DK"), ("twi", "english", "galician", "danish")),
        (("日本語", "Twi"), ("japanese", "twi")),
        (("anything but French",), ()),
        (("whatever suits",), ()),
    ],
)
def test_a_language_is_one_in_whatever_words(said, languages):
    """Names in many languages and codes; who names none that is known is unanswered."""
    assert languages_of(said) == languages
    feature = block("same", mentee=("languages",))
    found = value(
        feature, {"languages": said}, {"languages": ("Engels", "polski", "Español", "ja")}
    )
    assert found == (1.0 if languages else None)


def test_text_alone_answers():
    """Where nobody ticked fields, what they wrote is compared."""
    mentee = {"goals": "I want to learn about malaria and vaccines."}
    mentor = {"bio": "Vaccines against malaria are my field."}
    found = value(OVERLAP, mentee, mentor)
    assert found is not None
    assert found > 0.9


def test_writing_never_lowers_what_ticks_show():
    """A biography in other words does not cost a mentor the shared fields."""
    mentee = {"expertise": ("genomics",), "goals": "Learn about leadership of laboratories."}
    mentor = {"expertise": ("genomics",), "bio": "Sailing and gardening."}
    assert value(OVERLAP, mentee, mentor) == 1.0


@pytest.mark.parametrize(
    ("kind", "mentee", "mentor", "expected"),
    [
        ("same", "North", "north ", 1.0),
        ("same", "North", "South", 0.0),
        ("same", "North", None, None),
        ("different", "North", "South", 1.0),
        ("different", "North", "north", 0.0),
        ("different", None, "north", None),
    ],
)
def test_equality_of_one_column(kind, mentee, mentor, expected):
    """Same and different are each other's opposite where both answered."""
    feature = block(kind, mentee=("site",))
    assert value(feature, {"site": mentee}, {"site": mentor}) == expected


def test_several_columns_share():
    """The share of columns that agree, neutral where left open; lists agree where they meet."""
    feature = block("same", mentee=("site", "languages", "department"), missing=0.5)
    mentee = {"site": "x", "languages": ("en", "fr"), "department": "law"}
    assert value(feature, mentee, {"site": "y", "languages": ("fr",)}) == 0.5
