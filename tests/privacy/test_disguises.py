"""A person is found in running text whatever the disguise, and nobody else is."""

from __future__ import annotations

import re
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.privacy.named_cohort import ADDRESS, DISGUISES, NAME, OTHERS, PERSON, WRITING

from matcher.privacy.disguises import NOT_SURE, REMOVED, Disguises, Known
from matcher.privacy.names_as_words import plain_words

KNOWN = Known(
    ids=frozenset({PERSON}),
    addresses=frozenset({ADDRESS}),
    names=frozenset({NAME}),
    first_names=frozenset({"Zsófi"}),
    writings=frozenset({WRITING}),
)
FINDER = Disguises(KNOWN)


def named(name: str, text: str, first: str = "") -> list[str]:
    """Return what of a text surely means somebody of a name."""
    first_names = frozenset({first} if first else ())
    found = Disguises(Known(names=frozenset({name}), first_names=first_names)).find(text)
    return [text[place.start : place.end] for place in found if place.is_sure]


@pytest.mark.parametrize("text", DISGUISES)
def test_every_disguise_is_seen_through(text):
    """Accents, order, case, possessive, link, escapes, tag, initials, invisible characters."""
    assert any(place.is_sure for place in FINDER.find(text))
    left = FINDER.without(text, "removed-1")
    assert not any(place.is_sure for place in FINDER.find(left)), left
    assert REMOVED in left or "removed-1" in left


@pytest.mark.parametrize("text", OTHERS)
def test_others_stay(text):
    """A surname or first name alone may be somebody else; a longer word is."""
    assert not any(place.is_sure for place in FINDER.find(text))
    assert FINDER.without(text, "removed-1") == text


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("Jörg Müller", "joerg mueller came", ["joerg mueller"]),
        ("Joerg Mueller", "Jörg Müller came", ["Jörg Müller"]),
        ("Anna van der Berg", "Berg, Anna; A. van der Berg", ["Berg, Anna", "A. van der Berg"]),
        ("María José García Márquez", "Maria Garcia", ["Maria Garcia"]),
        ("Łukasz Wałęsa", "lukasz walesa's", ["lukasz walesa's"]),
        ("Sören Ødegård", "Soeren Odegaard", ["Soeren Odegaard"]),
        ("王小明", "我认识王小明老师", ["王小明"]),
        ("Li An", "brilliant lian", []),
        ("Li An", "An Li; Li An", ["An Li", "Li An"]),
        ("Ivan Smith", "when I met Smith, I smiled", []),
        ("Amara Smith", "find a smith", []),
        ("Cher", "cher and others", []),
        ("Amara Okafor", "Amara<b> Okafor</b>", ["Amara<b> Okafor"]),
        ("Amara Okafor", "Amara and Bo Okafor", []),
        ("Amara Okafor", "Tamara Okafors", []),
        ("Dr Amara Okafor", "Amara Okaf\u2026", ["Amara Okaf\u2026"]),
    ],
)
def test_names_of_many_kinds(name, text, found):
    """Umlauts written out, particles, two surnames, scripts without blanks, short names."""
    assert named(name, text) == found


def test_a_nickname_with_the_surname_means_the_person():
    """A preferred name alone may be anybody's."""
    assert named("Elizabeth Okafor", "ask Lizzie Okafor", "Lizzie") == ["Lizzie Okafor"]
    assert named("Elizabeth Okafor", "ask Lizzie", "Lizzie") == []
    assert named("Szabó Csilla", "Szabó C. met C. Szabó", "Csilli") == ["Szabó C.", "C. Szabó"]
    assert named("Jo Jordan", "Jo J. and Jordan", "Jo") == []


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("Bríd Ó Néill-Mac'Cartaigh", "Brid Neill", ["Brid Neill"]),
        ("Inés Prat-Solà", "see Ines_Prat.docx, inesprat", ["Ines_Prat", "inesprat"]),
        ("Inés Prat-Solà", "Sola, Ines and I. Prat", ["Sola, Ines", "I. Prat"]),
        ("Inés Prat-Solà", "a prat and a sola", []),
        ("Zsombor Egri", "Egri Zs. and Zs. Egri", ["Egri Zs.", "Zs. Egri"]),
        ("Charlotte Brandt", "Brandt, Ch. sent it; Chr. Brandt", ["Brandt, Ch."]),
        ("Szabó Csilla", "Szabó Cs. and Csi. Szabó, Szabó C.", ["Szabó Cs.", "Csi. Szabó"]),
        ("Ida zu der Tann", "Tann, Ida zu der: no", ["Tann, Ida zu der"]),
        ("Ida zu der Tann", "zu der Tann, Ida", ["zu der Tann, Ida"]),
        ("Ana Reis Lobo", "Reis Lobo, Ana; A. Reis Lobo", ["Reis Lobo, Ana", "A. Reis Lobo"]),
        ("Amara Okafor", "Amara Grace Okafor", ["Amara Grace Okafor"]),
        ("Amara Okafor", "OKAFOR GRACE AMARA; amara-grace-okafor", None),
        ("Amara Okafor", "Amara met Okafor", []),
        ("Amara Okafor", "A m a r a  O k a f o r", ["A m a r a  O k a f o r"]),
        ("Amara Okafor", "O-K-A-F-O-R Amara; Amara O.k.a.f.o.r", None),
        ("Amara Okafor", "\u0410m\u0430r\u0430 \u039fk\u0430f\u03bfr", None),
        (
            "\u0410\u043d\u043d\u0430 \u041a\u043e\u0432\u0430\u043b\u044c",
            "\u0410\u041d\u041d\u0410 \u041a\u041e\u0412\u0410\u041b\u042c",
            None,
        ),
    ],
)
def test_halves_initials_and_letters_of_other_scripts(name, text, found):
    """Half of a surname, initials of two letters, untold middle names, spaced letters."""
    whole = re.split("; ", text) if found is None else found
    assert named(name, text) == whole


@pytest.mark.parametrize(
    ("person", "texts"),
    [
        ("K-0042", ["K\u20110042", "K\u22120042", "K 0042", "k.0042", "K0042", "\u041a-0042"]),
        ("T07", ["T07", "t 07", "T-07", "T\u201307"]),
        ("b7", ["B-7", "b7"]),
    ],
)
def test_an_id_with_other_signs_is_at_least_listed(person, texts):
    """Other dashes are the same id; blanks and nothing between may be another."""
    finder = Disguises(Known(ids=frozenset({person})))
    for text in texts:
        assert len(finder.find(f"row {text} here")) == 1
        assert finder.find(f"row {text}1 here") == []
    assert finder.find("grade b 7 or t 8") == []


def test_plain_numbers_and_words_are_no_ids_in_text():
    """They are looked for in cells alone."""
    finder = Disguises(Known(ids=frozenset({"12", "will", "a7"})))
    assert finder.find("12 of us will go") == []
    assert finder.without("as A7 said", "removed-1") == "as removed-1 said"


def test_tags_of_a_page_stay():
    """What is blacked out may run across them."""
    page = "<p>Z&#243;fia <b>Zs&oacute;fia</b> <i>O&#39;Dwyer-N&eacute;meth</i></p>"
    assert FINDER.without(page, "x") == f"<p>Z&#243;fia <b>{REMOVED}</b><i></i></p>"


@given(st.text(max_size=80), st.sampled_from(DISGUISES[:9]), st.text(max_size=80))
def test_whatever_stands_around(before, text, after):
    """A mention is found in any surroundings that do not run into it, which stay as they are."""
    whole = f"{before} | {text} | {after}"
    left = FINDER.without(whole, "removed-1")
    assert not any(place.is_sure for place in FINDER.find(left))
    if not FINDER.find(before) and not FINDER.find(after):
        assert left.startswith(before)
        assert left.endswith(after)


@pytest.mark.slow
def test_a_long_text_takes_its_length_in_time() -> None:
    """Twice as many mentions take about twice as long, not four times: a page holds thousands."""

    def seconds(count: int) -> float:
        text = "<td>Ann Németh</td> Zsófia Németh, Zsófia " * count
        started = process_time()
        assert len(disguises.find(text)) >= 2 * count
        return process_time() - started

    disguises = Disguises(Known(names=frozenset({"Zsófia Németh"})))
    seconds(500)
    assert seconds(16_000) < 24 * seconds(2_000)


def test_another_person_s_whole_name_is_no_part_of_somebody_s() -> None:
    """`Anna Meier` is here herself: what names her stays, be it in `Anna Schmidt-Meier`."""
    others = frozenset({"Anna Meier", "Ana Schmidt", "Bo Tran"})
    disguises = Disguises(Known(names=frozenset({"Anna Schmidt-Meier"}), others=others))
    text = "Anna Meier met Anna Schmidt-Meier and A. Schmidt-Meier; not Anna Schmidt"
    assert disguises.without(text, "x") == "Anna Meier met [removed] and [removed]; not [removed]"
    assert disguises.find("Anna Meier")[0].how in NOT_SURE


@pytest.mark.parametrize("name", ["Noor bint Yusuf", "Ana dos Reis e Lima", "علي عبد الكريم"])
def test_a_name_as_it_stands_goes_whole(name: str) -> None:
    """However many words it has, and whichever of them are particles."""
    assert Disguises(Known(names=frozenset({name}))).without(f"So {name} said", "x") == (
        "So [removed] said"
    )


def test_somebody_of_one_name_is_met_where_it_is_a_name() -> None:
    """Unless somebody else here has it too: then it is only perhaps the person."""
    name = frozenset({"Sudarmi"})
    text = "Ibu Sudarmi knows sudarmi cloth"
    assert Disguises(Known(names=name)).without(text, "x") == "Ibu [removed] knows sudarmi cloth"
    assert (
        Disguises(Known(names=name, others=frozenset({"Sri Sudarmi"}))).without(text, "x") == text
    )


@pytest.mark.parametrize(
    ("text", "left", "listed"),
    [
        ("Will Chase told me; chase, will", "- told me; -", []),
        ("they will chase it", "they will chase it", ["plain words"]),
        ("THEY WILL CHASE IT", "THEY WILL CHASE IT", ["plain words"]),
        ("we will see", "we will see", []),
        ("Will you? Ask Will! Chase Street", "Will you? Ask -! Chase Street", ["plain words"] * 2),
        ("will chase", "-", []),
        ("to W. Chase; will.chase and will-chase", "to -; - and -", []),
    ],
)
def test_a_name_that_is_a_word_is_met_where_it_is_a_name(
    text: str, left: str, listed: list[str]
) -> None:
    """On pages about the person; in lower case amid a sentence it is the word, or told."""
    told = ["Will Chase", "I chase papers", "to chase"]
    known = Known(names=frozenset({told[0]}), plain=plain_words(told[:1], told))
    disguises = Disguises(known)
    assert disguises.without(text, "x", also_possible=True).replace(REMOVED, "-") == left
    assert [p.how for p in disguises.find(text) if p.how == "plain words"] == listed


def test_which_names_are_words() -> None:
    """What our pages hold, in German with its capital, single letters, and what people write so."""
    told = ["Rosa Blume", "Rosa, eine Blume", "rosa Papier", "ein rosa Hut", "anna blume"]
    assert plain_words(["Anna Blume", "A. Grund", "Rosa"], told) == {"a", "Grund", "rosa"}


@pytest.mark.parametrize(
    ("address", "text", "left"),
    [
        ("lang@uni.example", "so lang; Ada Lang, lang@uni.example", "so lang; -, -"),
        ("ada.lang@uni.example", "ada [dot] lang {at} uni [dot] example", "-"),
        ("alang@uni.example", "alang, lang _at_ uni dot example", "-, lang _at_ uni dot example"),
    ],
)
def test_an_address_is_more_than_a_surname(address: str, text: str, left: str) -> None:
    """Where the surname alone stands before the @ it means nobody by itself."""
    disguises = Disguises(Known(names=frozenset({"Ada Lang"}), addresses=frozenset({address})))
    assert disguises.without(text, "x").replace(REMOVED, "-") == left
