"""Words around names: wishes with a tail count in order or are asked, remarks keep people apart."""

from __future__ import annotations

import pytest

from matcher.scoring.named_pairs import unsettled_pairs

PEOPLE = {
    "e1": ("Ida Quist", "Dye"),
    "e2": ("Piet Zwart", "Dye"),
    "t1": ("Sunniva Rao", "Dye"),
    "t2": ("Ingrid Solberg-Lund", "Dye"),
    "t3": ("Björn O\u2019Hara", "Ink"),
    "t4": ("王小明", "Ink"),
    "t5": ("May Dell", "Ink"),
    "t6": ("Mai Tran", "Oak"),
}


def cohort_of(folder, text: str, column: str, title: str = "said"):
    """Return the cohort in which the first mentee answers `text` to one question."""
    head = f"person_id,name,department,{title}\n"
    for side in ("mentees", "mentors"):
        rows = [
            f'{person},{name},{place},"{text if person == "e1" else ""}"\n'
            for person, (name, place) in PEOPLE.items()
            if (person[0] == "e") == (side == "mentees")
        ]
        folder.write(side, "".join([head, *rows]))
    return folder.read(columns={title: column})


@pytest.mark.parametrize(
    ("text", "chosen", "asked"),
    [
        ("Sunniva Rao, I heard her talk", {"t1": 5.0}, ()),
        ("Ingrid Solberg-Lund or Sunniva Rao", {"t2": 5.0, "t1": 4.0}, ()),
        ("Rao, Sunniva se possibile", {"t1": 5.0}, ()),
        ("egal, aber am liebsten Björn O'Hara", {"t3": 5.0}, ()),
        ("anyone but preferably Sunniva Rao", {"t1": 5.0}, ()),
        ("Sunniva Rao; if not Björn O'Hara", {"t1": 5.0, "t3": 4.0}, ()),
        ("Sunniva Rao or Ingrid", {"t1": 5.0}, ("t2",)),
        ("Sunniva", {}, ("t1",)),
        ("Ingrid S.", {}, ("t2",)),
        ("王小明さん", {"t4": 5.0}, ()),
        ("Mai Tran e Sunniva Rao", {"t6": 5.0, "t1": 4.0}, ()),  # a `never` is somebody here
        ("no, surprise me", {}, None),
        ("Zelda Nowhere", {}, None),
        ("Piet Zwart", {}, None),
        ("Wie im letzten Jahr", {}, None),
    ],
)
def test_a_wish_counts_in_order_or_is_asked(folder, text, chosen, asked) -> None:
    """Full names count whatever stands around them; parts of names are asked, and part nobody."""
    cohort = cohort_of(folder, text, "preferences.1")
    said = cohort.preferences
    assert dict(zip(said["other_id"], said["score"], strict=True)) == chosen
    found = [question.likely for question in cohort.questions if question.is_wish]
    assert found == ([asked] if asked else [])
    assert not len(unsettled_pairs(cohort))
    told = [f.message for f in cohort.findings if f.code == "W_CHOICE"]
    assert bool(told) == (text in ("Zelda Nowhere", "Piet Zwart", "Wie im letzten Jahr"))
    assert ["no name" in message for message in told] == [len(text.split()) > 2] * len(told)


def test_an_answer_says_whom_a_wish_means(folder) -> None:
    """What [resolve] says of a wish counts as one."""
    key = cohort_of(folder, "Ingrid, the dyer", "preferences.1").questions[0].key
    cohort = folder.read(columns={"said": "preferences.1"}, resolve={key: "yes"})
    assert cohort.preferences["other_id"].tolist() == ["t2"]


@pytest.mark.parametrize(
    ("column", "text", "likely"),
    [
        ("ignore", "Sunniva Rao is my aunt, please don't put us together", {"t1"}),
        ("ignore", "Thanks! By the way, Ingrid Solberg-Lund and I share a flat.", {"t2"}),
        ("ignore", "lieber nicht mit Björn, lange Geschichte", {"t3"}),
        ("ignore", "和王小明不合适 谢谢", {"t4"}),
        ("ignore", "Nobody from Ink please", {"t3", "t4", "t5"}),
        ("ignore", "Not on Fridays. In May I travel.", set()),
        ("ignore", "Happy with anything", set()),
        ("ignore", "Piet Zwart told me of it", set()),
        ("goals", "To write as well as Sunniva Rao does", set()),
        ("goals", "To write. Sunniva Rao is my sister, so not her", {"t1"}),
        ("preferences.1", "anyone but Sunniva Rao", {"t1"}),
        ("preferences.1", "tutti tranne Björn O'Hara", {"t3"}),
        ("preferences.1", "Ingrid Solberg-Lund, but never Sunniva Rao", {"t1"}),
        ("preferences.1", "Sunniva Rao bitte nicht", {"t1"}),
        ("preferences.1", "Sunniva Rao - definitely not", {"t1"}),
        ("preferences.1", "I'd hate to be with Sunniva Rao", {"t1"}),
        ("preferences.1", "anyone but Sunniva", {"t1"}),
        ("preferences.1", "Sunniva Rao, otherwise no preference", set()),
    ],
)
def test_a_remark_that_names_somebody_is_asked_and_parts(folder, column, text, likely) -> None:
    """Wherever it stands in the form; until it is answered those who may be meant stay apart."""
    cohort = cohort_of(folder, text, column, "Anything else?")
    found = {p for q in cohort.questions if q.bears_on_safety for p in q.likely}
    assert found == likely
    assert len(unsettled_pairs(cohort)) == len(likely)
    assert not {"t1", "t3"} & likely & {*cohort.preferences["other_id"]}


def test_an_answer_to_a_remark_counts(folder) -> None:
    """Yes keeps apart for good, no lets the two meet; a column of names alone is no remark."""
    cohort = cohort_of(folder, "Sunniva Rao is my aunt", "ignore")
    key = cohort.questions[0].key
    yes = folder.read(columns={"said": "ignore"}, resolve={key: "yes"})
    no = folder.read(columns={"said": "ignore"}, resolve={key: "no"})
    assert (yes.mentees["avoid"].iloc[0], no.mentees["avoid"].iloc[0]) == (("t1",), ())
    assert not len(unsettled_pairs(no))
    assert not cohort_of(folder, "Sunniva Rao", "ignore").questions


def test_a_column_of_peoples_own_names_asks_about_nobody(folder) -> None:
    """Two have one name, and a staff list says it of each; a warning beside it is asked about."""
    head = "person_id,name,Personne\n"
    mentees = f"{head}e1,Olu Ade,Olu Ade\ne2,Kim Yi,Kim Yi\ne3,Lo Fa,Fa\ne4,Bea Roth,"
    folder.write("mentors", f"{head}t1,Olu Ade,Olu Ade\n")
    for said, likely in (("Bea Roth", []), ("not Olu Ade", [("t1",)])):
        folder.write("mentees", f"{mentees}{said}\n")
        asked = [q for q in folder.read().questions if q.column == "Personne"]
        assert [q.likely for q in asked] == likely


def test_options_of_a_question_keep_nobody_apart_who_chose_them(folder) -> None:
    """`No faith` is an answer about oneself; that others gave it, or `Faith`, is none of people."""
    said = ("Kein Glaube", "Kein Glaube", "Glaube", "Glaube", "Jüdisch, nicht Glaube")
    for side, letter in (("mentees", "e"), ("mentors", "t")):
        rows = [f'{letter}{k},Ann P{k},"{text}"\n' for k, text in enumerate(said * 2)]
        folder.write(side, "".join(["person_id,name,Wie siehst du dich?\n", *rows]))
    assert not [asked for asked in folder.read().questions if asked.column.startswith("Wie")]
