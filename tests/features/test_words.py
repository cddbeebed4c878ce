"""How text becomes words, and how rare each is."""

from __future__ import annotations

from pathlib import Path

import pytest

from matcher.features.terms import (
    IDF_FILE,
    STOP_WORDS,
    encode_both,
    idf,
    is_foreign,
    is_of_others,
    language_of,
    sentences_of,
    stem,
    stems_of,
    understood,
    weight_of,
)


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
    assert stems_of("I've been with the R-and-D, of X; don't!") == ()
    assert stems_of("Žofi's Statistik: наука") == ("zofi", "statistik", "наука")


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


def test_sentences_and_items_are_split():
    """Sentences, lines and items of lists are read one by one; empty talk is dropped."""
    text = "I study malaria. And you?\nHealth policy; economics"
    assert sentences_of(text) == ["I study malaria.", "Health policy", "economics"]
    assert len(sentences_of("我想学习领导。我喜欢数学。")) == 2


@pytest.mark.parametrize(
    "sentence",
    [
        "Ich suche jemanden, der mir beim Berufseinstieg hilft.",
        "Netzwerke aufbauen und pflegen",
        "Ich brauche Rat für meine Gehaltsverhandlung.",
        "J'aimerais apprendre à négocier mon salaire.",
        "Busco orientación para cambiar de sector.",
        "Mi piacerebbe capire come si scrive un bando.",
        "Zainteresowana rozwojem zespołu i finansami.",
        "Ik zoek hulp bij het schrijven van een subsidieaanvraag.",
        "Mesleki hedeflerim için tavsiye istiyorum.",
        "Hoffaf ddarllen barddoniaeth.",
        "Ninapenda kufundisha watoto.",
        "Ищу наставника по биоинформатике.",
        "我想提高演讲能力。",
        "プレゼンテーションが苦手です。",
        "أبحث عن مرشد في مجال الطاقة.",
    ],
)
def test_other_languages_are_told(sentence):
    """A sentence in another language is no English one, and a text keeps its English part."""
    assert is_foreign(sentence)
    assert understood(f"I study malaria.\n{sentence}") == ["I study malaria."]


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        ("Ik wil beter leren onderhandelen met onze klanten.", "nl"),
        ("Imkerei und Honig", "de"),
        ("Wissen weitergeben, bevor ich in Rente gehe", "de"),
        ("Savoir déléguer", "fr"),
        ("Gestire meglio il mio tempo", "it"),
        ("Durven delegeren", "nl"),
        ("Aprendre a dir que no", ""),
        ("Lære at sige nej", ""),
        ("Hledám někoho, kdo mi poradí s kariérou.", ""),
        ("Jag söker någon som kan hjälpa mig att leda en grupp.", ""),
        ("Jeg søger en, der kan hjælpe mig med at lede en gruppe.", ""),
        ("Keresek valakit, aki segít a csapatom vezetésében.", ""),
        ("Ψάχνω κάποιον να με βοηθήσει με την καριέρα μου.", ""),  # noqa: RUF001
        ("دنبال کسی هستم که در رهبری گروه کمکم کند.", ""),
        ("Saya mencari seseorang untuk membimbing karier saya.", ""),
        ("Soldering hides two faults.", ""),
        ("De novo enzyme design and coup de grâce", ""),
        ("Sourdough proves overnight in linen baskets.", ""),
    ],
)
def test_a_language_has_to_show_to_be_read(sentence, language):
    """Neither one that no model handles nor jargon in English goes to the model of many."""
    assert language_of(sentence) == language
    assert is_of_others(sentence) == bool(language)
    left = understood(f"I study malaria.\n{sentence}", in_english=False)
    assert left == ["I study malaria.", *[sentence] * (bool(language) or not is_foreign(sentence))]


@pytest.mark.parametrize(
    "sentence",
    [
        "kubernetes, terraform, aws, gcp and sql",
        "CRISPR/Cas9 in zebrafish",
        "Ex-McKinsey; fintech M&A, cap tables",
        "I was in São Paulo with Itaú and in Zürich with UBS.",
        "PhD viva prep",
        "NGO work in Ouagadougou, Niamey and N'Djamena",
        "tbh no idea yet lol",
        "Fluent in español and français",
    ],
)
def test_names_and_jargon_are_english(sentence):
    """Terms side by side, names and abbreviations make a sentence no foreign one."""
    assert not is_foreign(sentence)


def test_the_pairs_of_the_measurement_are_english():
    """No English text that we have is taken for a foreign one."""
    tools = Path(__file__).parents[2] / "tools"
    for name in (
        "text_pairs.txt",
        "text_unseen_en.txt",
        "text_topics.txt",
        "text_topics_unseen.txt",
        "text_fillers.txt",
    ):
        lines = (tools / name).read_text(encoding="utf-8").splitlines()
        assert [s for line in lines for s in sentences_of(line) if is_foreign(s)] == []
    for code, start in (("de", 1), ("fr", 2), ("es", 3)):
        goals = (tools / "text_unseen_goals.txt").read_text(encoding="utf-8").splitlines()
        goals = [line for line in goals if line][start::5]
        assert {language_of(goal) for goal in goals} == {code}
