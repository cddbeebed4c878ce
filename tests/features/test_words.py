"""How text becomes words, and how rare each is."""

from __future__ import annotations

import pytest

from matcher.features.terms import IDF_FILE, STOP_WORDS, encode_both, idf, stem, stems_of, weight_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("networks", "network"),
        ("studies", "study"),
        ("organization", "organisation"),
        ("organizes", "organises"),
        ("behaviour", "behavior"),
    ],
)
def test_forms_of_a_word_meet(one, other):
    """Plurals and both spellings have one stem."""
    assert stem(one) == stem(other)


@pytest.mark.parametrize("word", ["analysis", "virus", "process", "gas", "size"])
def test_stems_stay_apart(word):
    """Words that only look like plurals keep their end."""
    assert stem(word)[:3] == word[:3].replace("iz", "is")
    assert stem("analysis") == "analysis"
    assert stem("process") == "process"


def test_words_of_grammar_say_nothing():
    """Stop words, single letters and signs leave the text; other scripts stay."""
    assert stems_of("I've been with the R-and-D, of X; don't!") == []
    assert stems_of("Žofi's Statistik: наука") == ["zofi", "statistik", "наука"]


def test_pairs_of_neighbours_are_terms():
    """Two words that stand together are a term of their own."""
    ours, (one, two) = (
        "public health policy",
        ("policy of public health", "public policy on health"),
    )
    left, right = encode_both([ours, ours], [one, two])
    together, apart = (left @ right.T).toarray()[0]
    assert together > apart


def test_rarity_is_ordered_as_in_english():
    """What everybody writes in a form weighs least, what no table holds weighs most."""
    assert idf("mentor") < idf("committee") < idf("chromatography") <= idf("zzyzx")
    assert weight_of("career help") < weight_of("cancer") < weight_of("malaria zzyzx")


def test_the_table_is_small_and_has_no_stop_words():
    """The shipped table stays under 200 kB."""
    assert IDF_FILE.stat().st_size < 200_000
    lines = IDF_FILE.read_text(encoding="ascii").splitlines()[1:]
    words = {word for line in lines for word in line.split()}
    assert not words & {stem(word) for word in STOP_WORDS if len(word) > 2}
