"""However a name is misspelt in an answer about safety, nobody is paired with whom it may mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tests.intake.conftest import Folder
from tests.support import table

from matcher.cohort import Cohort
from matcher.cohort.names import name_parts
from matcher.cohort.people import People
from matcher.cohort.tables import TABLES
from matcher.config import Config
from matcher.decisions.decisions import decision_table
from matcher.errors import InfeasibleError
from matcher.intake.members import Members
from matcher.intake.safety import read_safety
from matcher.intake.typed_table import TypedTable
from matcher.pipeline import build, solve_instance
from matcher.scoring.eligibility import read_eligibility

FIRST = """Ana,Anaïs,Bartłomiej,Chiara,Dimitrios,Đorđe,Eszter,Fatoumata,Gülşen,Håkon,Ingrid,Jürgen,
Kwabena,Ljubica,Małgorzata,Nguyễn,Ólafur,Paweł,Quentin,Ragnhild,Seán,Siddharth,Tomáš,Ümit,
Wilhelmina,Xiomara,Yevgeniya,Zdeněk"""
LAST = """Abernathy,Bjørnstad,Castellanos,Désiré,Echeverría,Featherstonehaugh,Grönlund,Hadžić,
Iwasaki,Jørgensen,Krzyżanowski,Lindqvist,Müller,Nakagawa,Öztürk,Papadopoulos,Quispe,Rasmussen,
Škvorecký,Thistlethwaite,Ünal,Villanueva,Wiśniewski,Xhaka,Yamamoto,Żeleński"""
TEMPLATES = """{}|not {}|NOT {} please|bitte nicht mit {}|Please not {}, we fell out|ikke {}|nie {}!
pas avec {}|{} (my ex-boss)|anyone but {}|no thanks - but not {}|I used to report to {}|{}?|- {}"""
ASCII = str.maketrans({"ü": "ue", "ö": "oe", "ø": "oe", "å": "aa", "ä": "ae", "Ö": "Oe", "Ü": "Ue"})


def words(text: str) -> list[str]:
    """Return the items of one of the lists above."""
    return [item for item in re.split(r"[,|]?\n|[|]" if "|" in text else r",\n?", text) if item]


def slip(word: str, at: int, how: int) -> str:
    """Return a word with one letter left out, doubled, turned with the next, or another one."""
    k = at % len(word)
    kept, rest = word[:k], word[k + 1 :]
    return (kept + rest, kept + 2 * word[k] + rest, kept + rest[:1] + word[k] + rest[1:],
            kept + "e" + rest)[how % 4]  # fmt: skip


WAYS: list[Callable[[str, str], str]] = [
    lambda first, last: f"{first} {last}",
    lambda first, last: f"{last}, {first}",
    lambda first, last: f"{last} {first}",
    lambda first, last: f"{first[0]}. {last}",
    lambda first, last: f"{first} {last[0]}.",
    lambda first, last: f"Dr {last}",
    lambda first, last: last,
    lambda first, last: first,
    lambda first, last: f"{first}-{last}",
]
CASES: list[Callable[[str], str]] = [str, str.lower, str.upper, str.title]
SPELT: list[Callable[[str], str]] = [str, lambda word: word.translate(ASCII)]


@pytest.mark.slow
@settings(phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(data=st.data(), column=st.sampled_from(["avoid", "line_manager"]))
def test_whoever_may_be_meant_is_kept_apart(data: st.DataObject, column: str) -> None:
    """A name with a slip in each long part, in any order, case, spelling and sentence."""
    names = data.draw(
        st.lists(
            st.tuples(st.sampled_from(words(FIRST)), st.sampled_from(words(LAST))),
            min_size=6,
            max_size=12,
            unique=True,
        )
    )
    first, last = names[data.draw(st.integers(0, len(names) - 1), label="meant")]
    spelt = data.draw(st.sampled_from(SPELT))
    parts = [spelt(first), spelt(last)]
    for k, part in enumerate(parts):
        if len(name_parts(part)[0]) >= 5 and data.draw(st.booleans(), label="slips"):
            parts[k] = slip(part, data.draw(st.integers(1, 20)), data.draw(st.integers(0, 3)))
    written = data.draw(st.sampled_from(WAYS))(*parts)
    text = data.draw(st.sampled_from(CASES))(written)
    if column == "avoid":
        template = data.draw(st.sampled_from(words(TEMPLATES)))
        text = template.format(text)
    assert apart(names, text, column)[f"{first} {last}"], text


def apart(names: Sequence[tuple[str, str]], text: str, column: str) -> dict[str, bool]:
    """Return by full name of the mentors whether an answer keeps them apart from who wrote it."""
    mentors = [{"person_id": f"r{k}", "name": f"{a} {b}"} for k, (a, b) in enumerate(names)]
    held = (text,) if column == "avoid" else text
    made = {"mentees": [{"person_id": "e1", column: held}], "mentors": mentors}
    tables = {name: TypedTable(TABLES[name], table(name, rows)) for name, rows in made.items()}
    frames = {name: found.frame for name, found in tables.items()}
    members = Members.of(frames, People.of(frames.values()))
    safety = read_safety(tables, members, Config(), {("mentees", 2): "e1"})
    row = safety.tables["mentees"].frame.iloc[0]
    met = {*row["avoid"], row["line_manager"]} | {p for q in safety.questions for p in q.likely}
    return {str(m["name"]): m["person_id"] in met for m in mentors}


@pytest.mark.parametrize(
    ("text", "column", "apart_from"),
    [
        ("Gosia Krzyżanowska", "line_manager", set()),
        ("Miecia Krzyżanowski", "line_manager", {"Małgorzata Krzyżanowski"}),
        ("Wim de Krzyżanowski", "line_manager", set()),
        ("Wim Krzyżanowski", "avoid", {"Małgorzata Krzyżanowski"}),
        ("Guelsen Oeztuerk", "line_manager", {"Gülşen Öztürk"}),
        ("gulsn", "avoid", {"Gülşen Öztürk"}),
    ],
)
def test_pet_names_and_spellings(text: str, column: str, apart_from: set[str]) -> None:
    """A pet name that no list knows: any part of whom to avoid, a manager's surname and initial."""
    found = apart([("Małgorzata", "Krzyżanowski"), ("Gülşen", "Öztürk")], text, column)
    assert {name for name, is_apart in found.items() if is_apart} == apart_from


@pytest.mark.slow
def test_who_may_be_one_person_shares_whom_not_to_meet(folder: Folder) -> None:
    """A mistyped second sign-up leaves out what the first one said: it holds until answered."""
    folder.write(
        "mentees",
        "person_id,name,email,avoid,line_manager\n"
        "e1,Carla Nunes,carla@gmail.com,r1,r2\n"
        "e2,Carla Nunes,carla@gmial.com,,\n"
        "e3,Bo Lin,bo@x.org,,\n",
    )
    folder.write("mentors", "person_id,name,avoid\nr1,Rui,\nr2,Tom,\nr3,Ola,e1\nr4,Uma,\n")
    kept = eligible(folder.read())
    assert kept["e1"] == kept["e2"] == {"r4"}
    assert kept["e3"] == {"r1", "r2", "r3", "r4"}
    (key,) = {q.key for q in folder.read().questions}
    assert eligible(folder.read(resolve={key: "no"}))["e2"] == {"r1", "r2", "r3", "r4"}


def eligible(cohort: Cohort) -> dict[str, set[str]]:
    """Return by mentee the mentors from whom nothing keeps them apart."""
    rules = read_eligibility(cohort, Config(), decision_table())
    mentors = cohort.mentor_index.ids
    return {
        mentee: {mentors[j] for j in range(len(mentors)) if not rules.reasons(i, j)}
        for i, mentee in enumerate(cohort.mentee_index.ids)
    }


FORM = "Timestamp,person_id,role,avoid,line_manager\n"


@pytest.mark.slow
@pytest.mark.parametrize("answer", ["yes", "no", ""])
def test_what_an_earlier_answer_said_is_asked(folder: Folder, answer: str) -> None:
    """Who signs up again and leaves a safety answer out has not taken it back."""
    for side in ("mentees", "mentors"):
        (folder.path / f"{side}.csv").unlink()
    folder.write(
        "signups",
        FORM + "2026-01-01,e1,mentee,r1,r2\n2026-01-02,e1,mentee,,none\n"
        "2026-01-01,r1,mentor,,\n2026-01-01,r2,mentor,,\n",
    )
    how = {"input": {"preset": "google-forms", "duplicates": "latest"}}
    (question,) = folder.read(**how).questions
    assert (question.row, question.column, question.likely) == (2, "avoid", ("r1",))
    resolve = {"resolve": {question.key: answer}} if answer else {}
    kept = eligible(folder.read(**how, **resolve))
    assert kept == {"e1": {"r1", "r2"} if answer == "no" else {"r2"}}


@pytest.mark.slow
@pytest.mark.parametrize("column", ["avoid", "line_manager"])
@pytest.mark.parametrize("text", ["r1", "Cas T."])
def test_an_engaged_pair_against_an_answer_is_told(folder: Folder, column: str, text: str) -> None:
    """Who meets already goes on, never in silence; a forced pair names the open question."""
    folder.write("mentees", f"person_id,{column},contexts\ne1,{text},confidence\n")
    folder.write("mentors", "person_id,name,contexts\nr1,Cas Thorn,confidence\n")
    folder.write("engagements", "mentee_id,mentor_id,status\ne1,r1,active\n")
    told = [f for f in build(folder.read(), Config()).findings if f.code == "W_KEPT_AGAINST"]
    assert len(told) == 1
    assert "e1 and r1" in told[0].message
    (folder.path / "engagements.csv").unlink()
    folder.write("rules", "mentee_id,mentor_id,rule\ne1,r1,must\n")
    with pytest.raises(InfeasibleError) as raised:
        solve_instance(build(folder.read(), Config()))
    assert ("open question" in str(raised.value)) == (text != "r1")
