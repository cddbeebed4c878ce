"""Answers about whom not to meet are resolved or asked, and nobody is paired against them."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import make_cohort, table

from matcher.cli.main import run
from matcher.cohort import Cohort
from matcher.cohort.people import People
from matcher.cohort.questions import AskedQuestion
from matcher.cohort.tables import TABLES
from matcher.config import Config
from matcher.errors import InputError
from matcher.intake import safety
from matcher.intake.cells.form_words import names_nobody
from matcher.intake.members import Members
from matcher.intake.safety import read_safety
from matcher.intake.typed_table import TypedTable
from matcher.scoring.named_pairs import avoided_pairs, shared_bans, unsettled_pairs

MENTORS = """person_id,name,email,department,organisation,location
t1,Robert Quine,rob.quine@work.org,Logic,North College,
t2,Dr. Małgorzata Wójcik-Lis,mw@x.org,Statics,North College,
t3,José Luis Peña Ortiz,jl@x.org,Logic,South,
t4,佐藤 花子,sato@x.org,Optics,South,
t5,Will Park,wp@x.org,Optics,South,
t6,Seán O\u2019Dwyer,sean@x.org,Statics,West,Westport
t7,Gerda Vogel,gv@x.org,Statics,West,
t8,Gerd Vogel,gerd@x.org,HR,West,
t9,Ada van der Mey,avdm2@x.org,A&E / Urgences,Firth of Clyde North,
t10,Ugo Neri,ugo@x.org,Laundry (LDY),Firth of Clyde South,
"""


def asked(
    folder, text: str, column: str = "avoid", name: str = "Ina Asker"
) -> tuple[Cohort, tuple[str, ...] | None]:
    """Return the cohort of one mentee who writes `text`, and whom the question is about."""
    rows = pd.DataFrame(
        [["e1", name, "ina@x.org", "Logic", "South", "Gerda Vogel", text]],
        columns=["person_id", "name", "email", "department", "organisation", "boss", column],
    )
    if column == "avoid":
        rows = rows.rename(columns={"boss": "line_manager"})
    folder.write("mentees", rows.to_csv(index=False))
    folder.write("mentors", MENTORS)
    answers = {"department": {"Optik": "Optics"}}
    cohort = folder.read(columns={"boss": "ignore"} if column != "avoid" else {}, answers=answers)
    found = [q.likely for q in cohort.questions if q.column == column]
    return cohort, found[0] if found else None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("t3", "t3"),
        ("ROB.QUINE@WORK.ORG", "t1"),
        ("Quine, Robert", "t1"),
        ("Malgorzata Wojcik Lis", "t2"),
        ("prof. dr Wójcik-Lis Małgorzata", "t2"),
        ("Sean O'Dwyer", "t6"),
        ("Quine, Robert (rob.quine@work.org)", "t1"),
        ("mw@x.org (Wójcik-Lis)", "t2"),
        ("Boss [mailto:JL@x.org]", "t3"),
        ("佐藤花子", "t4"),
    ],
)
@pytest.mark.parametrize("column", ["avoid", "line_manager"])
def test_ids_addresses_and_full_names_are_people(folder, text, person, column) -> None:
    """Case, accents, quotes, titles and order do not hide whom somebody means."""
    cohort, question = asked(folder, text, column)
    held = cohort.mentees[column].iloc[0]
    assert held == ((person,) if column == "avoid" else person)
    assert question is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "likely"),
    [
        ("Please not Robert Quine, he is my manager", {"t1"}),
        ("Bob Quine", {"t1"}),
        ("quine", {"t1"}),
        ("Mr Quien", {"t1"}),
        ("Robert Quin", {"t1"}),
        ("Not Jose Pena", {"t3"}),
        ("佐藤さんはちょっと…", {"t4"}),
        ("bitte nicht mit Frau Vogel", {"t7", "t8"}),
        ("Gerda or Will", {"t5", "t7"}),
        ("No Will", {"t5"}),
        ("T1", {"t1"}),
        ("somebody wrote rob.quine@home.net", {"t1"}),
        ("anyone in my department", {"t1", "t3"}),
        ("jemand aus meiner Abteilung", {"t1", "t3"}),
        ("personne de mon entreprise", {"t3", "t4", "t5"}),
        ("nobody from Optics", {"t4", "t5"}),
        ("not HR", {"t8"}),
        ("not Team Leader Quine", {"t1"}),
        ("Nobody from Westport station, I worked there", {"t6"}),
        ("I'd not be happy with anyone of Statics", {"t2", "t6", "t7"}),
        ("Not all of them: Mr Prak", {"t5"}),
        ("the tall one", set()),
        ("Yes", set()),
        ("Zora Elsewhere", set()),
        ("Robert Quine <mw@x.org>", {"t1", "t2"}),
        ("Zora Elsewhere <jl@x.org>", {"t3"}),
        ("rob.quine@another.example", {"t1"}),
        ("nobody.known@another.example", set()),
        ("W.P.", {"t5"}),
        ("the Seáns", {"t6"}),
        ("Robert Quine or anyone of his department", {"t1", "t3"}),
        ("a.vandermey please not", {"t9"}),
        ("not VanderMey", {"t9"}),
        ("avdm2", {"t9"}),
        ("rquine", {"t1"}),
        ("anyone from the ldy", {"t10"}),
        ("personne des Urgences", {"t9"}),
        ("nobody from Clyde", {"t9", "t10"}),
        ("Keiner aus der Optik", {"t4", "t5"}),
        ("qualcuno dell'Optics", {"t4", "t5"}),
        ("Robert Quine and Gerda", {"t1", "t7"}),
        ("no t5, gracias", {"t5"}),
        ("c\u2019est Quine; l'Wójcik", {"t1", "t2"}),
        ("Nr.T4 (meine Chefin)", {"t4"}),
    ],
)
def test_what_is_not_sure_is_asked_and_who_may_be_meant_stays_apart(folder, text, likely) -> None:
    """A part of a name, a slip, a sentence, a department: a question each, without the words."""
    cohort, question = asked(folder, text)
    assert question is not None
    assert likely <= set(question)
    assert len(question) <= len(likely) + 1
    (finding,) = [f for f in cohort.findings if f.code == "W_QUESTION"]
    assert (finding.row, finding.column) == (2, "avoid")
    words = [word for word in text.split() if len(word) > 4]
    assert not any(word in finding.line() for word in words if word not in ("answer", "under"))


NO = """No;none;N/A;n.a.;-;\u2013;.;nobody;Nope;no one;Nein;keine;niemand;entfällt;aucun;Aucune;
personne;ninguno;nadie;nessuno;geen;niet van toepassing;ingen;nej;nikt;brak;nenhum;não;нет;никто;
なし;没有;yok;Nobody, thanks!;No - none that I know of;not applicable;prefer not to say;
không;prefiero no decir;No, happy with anyone;I'm fine with everybody;No. All good with anyone;
mir ist jeder recht;nein, alle sind ok;je suis ouvert à tous;mi trovo bene con tutti;
va bene chiunque;iedereen is prima;none known;ingen spesielle;nessuna preferenza;bez zastrzeżeń;
fine w/ all;det er greit med alle;x;me da igual;con cualquiera encantada"""


@pytest.mark.slow
@pytest.mark.parametrize("text", [word.strip() for word in NO.split(";")])
@pytest.mark.parametrize("column", ["avoid", "line_manager"])
def test_no_in_many_languages_asks_nothing(folder, text, column) -> None:
    """Who says that there is nobody is believed."""
    cohort, question = asked(folder, text, column)
    assert question is None
    assert not cohort.questions


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["my line manager please", "Avoid my boss", "mein Chef", "sjefen min"]
)
def test_my_manager_is_whoever_the_row_names(folder, text) -> None:
    """The manager stands in a column and is banned already; without one it is a question."""
    cohort, question = asked(folder, text)
    assert question is None
    assert cohort.mentees["line_manager"].tolist() == ["t7"]
    folder.write("mentees", f"person_id,avoid\ne1,{text}\n")
    assert [q.likely for q in folder.read().questions] == [()]


@pytest.mark.parametrize("text", ["t3 and Will Park", "José Luis Peña Ortiz, wp@x.org"])
def test_a_list_of_people_and_nothing_else_asks_nothing(folder, text) -> None:
    """Each is named in full: all are kept apart for good."""
    cohort, question = asked(folder, text)
    assert cohort.mentees["avoid"].iloc[0] == ("t3", "t5")
    assert question is None


def test_a_place_named_whole_is_no_other_that_shares_its_words(folder) -> None:
    """Nobody of another place is kept apart for a word that both have."""
    assert asked(folder, "nobody from Firth of Clyde South")[1] == ("t10",)


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["my ex-boss", "my former manager", "my boss and my husband", "my boss or anyone else"]
)
def test_somebody_else_beside_my_manager_is_asked(folder, text) -> None:
    """Who managed before, or is named beside the manager, is nobody whom the row names."""
    cohort, question = asked(folder, text)
    assert question == ()
    assert cohort.mentees["line_manager"].tolist() == ["t7"]


@pytest.mark.parametrize(
    ("text", "likely"),
    [
        ("Robert Quine; my ex-husband", None),
        ("Robert Quine; we worked together", None),
        ("Robert Quine; c'est mon ex-mari", None),
        ("Robert Quine; my other colleagues", ()),
        ("Robert Quine; someone from HR", ("t8",)),
        ("Robert Quine; his brother Park", ("t5",)),
    ],
)
def test_who_somebody_is_said_behind_the_name_asks_nothing(folder, text, likely) -> None:
    """What speaks of others too is asked, and who is named stays apart whatever it means."""
    cohort, question = asked(folder, text)
    assert "t1" in cohort.mentees["avoid"].iloc[0] or "t1" in (question or ())
    assert (question is None) == (likely is None)
    if likely is not None:
        assert set(likely) <= set(question)
        (finding,) = [f for f in cohort.findings if f.code == "W_QUESTION"]
        assert "so nobody" not in finding.message


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "likely"),
    [
        ("my ex-husband, should he join", ("t7", "t8")),
        ("mein Bruder macht vielleicht mit", ("t7", "t8")),
        ("mi prima", ("t7", "t8")),
        ("somebody from my choir", ()),
        ("my father, Will Park", ("t5",)),
    ],
)
def test_a_relative_without_a_name_may_bear_the_surname_of_the_writer(folder, text, likely) -> None:
    """Whoever does stays apart until somebody says who is meant; a name that is given is meant."""
    cohort, found = asked(folder, text, name="Ina Rook-Vogel")
    named = {*found} if found is not None else {*cohort.mentees["avoid"].iloc[0]}
    assert named == {*likely}


def test_not_the_manager_is_no_no(folder) -> None:
    """Without a manager in the row somebody is meant; as an answer about the manager it says no."""
    folder.write("mentees", "person_id,avoid,line_manager\ne1,not the line manager,\n")
    assert [q.column for q in folder.read().questions] == ["avoid"]
    folder.write("mentees", "person_id,avoid,line_manager\ne1,,no line manager\n")
    assert not folder.read().questions


def test_names_that_look_like_no_are_asked(folder) -> None:
    """Somebody may be called Van: two people are worth a question."""
    folder.write("mentees", "person_id,avoid\ne1,not Van\n")
    folder.write("mentors", "person_id,name\nr1,Van Le\nr2,None\n")
    (question,) = folder.read().questions
    assert question.likely == ("r1",)


@pytest.mark.slow
def test_an_answer_is_given_under_its_key(folder) -> None:
    """Yes bans the likely person, no nobody, an id whoever it is; another text needs another."""
    folder.write("mentees", "person_id,avoid\ne1,the one called Cas\n")
    (question,) = folder.read().questions
    assert question.likely == ("r1",)
    answers = ("yes", "no", "r2", "R2@x.org")
    folder.write("mentors", "person_id,name,email\nr1,Cas Invented,\nr2,Dee Invented,r2@x.org\n")
    said = {answer: folder.read(resolve={question.key: answer}) for answer in answers}
    avoided = {answer: cohort.mentees["avoid"].iloc[0] for answer, cohort in said.items()}
    assert avoided == {"yes": ("r1",), "no": (), "r2": ("r2",), "R2@x.org": ("r2",)}
    kept = [cohort.questions[0].answer for cohort in said.values()]
    assert kept == ["yes", "no", "r2", "r2"], "who is meant by an id, as everywhere in a run"
    assert not any(q.is_open for cohort in said.values() for q in cohort.questions)
    folder.write("mentees", "person_id,avoid\ne1,the one called Dee\n")
    codes = {f.code for f in folder.read(resolve={question.key: "no"}).findings}
    assert codes == {"W_QUESTION", "W_RESOLVE_UNUSED"}


@pytest.mark.slow
def test_an_answer_must_name_somebody(folder) -> None:
    """An id that nobody has would be a ban of nobody."""
    folder.write("mentees", "person_id,avoid\ne1,the one called Cas\n")
    (question,) = folder.read().questions
    with pytest.raises(InputError, match="E_RESOLVE"):
        folder.read(resolve={question.key: "r77"})


def test_a_manager_with_several_likely_people_is_kept_from_all(folder) -> None:
    """Two Vogels: both stay apart, also once it is said that both are meant."""
    _, likely = asked(folder, "Vogel", "line_manager")
    assert likely == ("t7", "t8")


@pytest.mark.parametrize(
    ("title", "text", "likely"),
    [
        ("avoid", "helst inte n\u00ba7110", ("07110",)),
        ("avoid", "07110/07112", ("07110", "07112")),
        ("line_manager", "chef 07112, Ask", ("07112",)),
        ("Other remarks", "tack, gärna inte 07112!", ("07112",)),
        ("Other remarks", "I have 3 cats since 2019", None),
    ],
)
def test_a_number_of_somebody_inside_words_means_them(folder, title, text, likely) -> None:
    """Staff numbers as people write them: with zeros or without, in brackets, joined to words."""
    folder.write("mentees", f'person_id,{title}\n07001,"{text}"\n')
    folder.write("mentors", "person_id\n07110\n07112\n3\n2019\n")
    questions = folder.read(columns={"Other remarks": "ignore"}).questions
    assert [question.likely for question in questions] == ([likely] if likely else [])


@pytest.mark.parametrize("text", ["Ingen från Drift", "nobody of the drift crew", "not DRIFT"])
def test_a_place_that_nothing_reads_is_where_people_work(folder, text) -> None:
    """A question that was left out still says who is of the department that somebody names."""
    rows = [
        f"r{k},{'Drift' if k < 3 else 'Kundtjänst'},{'ja' if k % 2 else 'nej'}" for k in range(8)
    ]
    folder.write("mentees", f"person_id,avoid,Område,Lunch\ne1,{text},Kundtjänst,ja\n")
    folder.write("mentors", "\n".join(["person_id,Område,Lunch", *rows]))
    (question,) = folder.read(columns={"Område": "ignore", "Lunch": "ignore"}).questions
    assert question.likely == ("r0", "r1", "r2")


@pytest.mark.parametrize("text", ["C\u2019est délicat", "il n'est plus là", "qu'importe"])
def test_what_is_elided_makes_a_word_no_name(folder, text) -> None:
    """`n'est` is nobody called Nest, nor `c'est` somebody called Best."""
    folder.write("mentees", f"person_id,avoid\ne1,{text}\n")
    folder.write("mentors", "person_id,name\nr1,Kai Nest\nr2,Lou Best\nr3,Jo Quimporte\n")
    (question,) = folder.read().questions
    assert question.likely == (("r3",) if "qu" in text else ())


def test_a_name_of_one_part_is_not_joined_to_the_next(folder) -> None:
    """`Lee; Ann` is Lee, who is here, and somebody called Ann: both stay apart."""
    folder.write("mentees", "person_id,avoid\ne1,Lee; Ann\n")
    folder.write("mentors", "person_id,name\nr1,Lee\nr2,Ann Lee\nr3,Bo Lin\n")
    cohort = folder.read()
    assert cohort.mentees["avoid"].iloc[0] == ("r1",)
    assert [q.likely for q in cohort.questions] == [("r2",)]


@pytest.mark.parametrize(("answer", "renamed"), [("yes", "yes"), ("", ""), ("e1, r1", "E1, R1")])
def test_questions_under_other_ids(answer: str, renamed: str) -> None:
    """Under pseudonyms ids change, what was said does not."""
    question = AskedQuestion("q-1", "mentees", 2, "avoid", "e1", ("r1",), "whom?", answer)
    other = question.renamed(str.upper)
    assert (other.key, other.person, other.likely) == ("Q-1", "E1", ("R1",))
    assert other.answer == renamed


def test_mentors_may_avoid_as_well(folder) -> None:
    """What a mentor writes under avoid holds like what a mentee writes."""
    folder.write("mentors", "person_id,avoid\nr1,e2\nr2,\n")
    cohort = folder.read()
    assert avoided_pairs(cohort)[0].tolist() == [[1, 0]]


@pytest.mark.slow
@given(st.text(max_size=30))
def test_any_text_is_no_or_is_asked_or_names_somebody(text: str) -> None:
    """Whatever is written, it is never lost: the three cases are all there are."""
    made = {
        "mentees": [{"person_id": "e1", "avoid": (text,)}],
        "mentors": [{"person_id": "r1", "name": "Ada Quine"}],
    }
    tables = {name: TypedTable(TABLES[name], table(name, rows)) for name, rows in made.items()}
    frames = {name: held.frame for name, held in tables.items()}
    members = Members.of(frames, People.of(frames.values()))
    safety = read_safety(tables, members, Config(), {("mentees", 2): "e1"})
    avoided = safety.tables["mentees"].frame["avoid"].iloc[0]
    assert names_nobody(text) or safety.questions or avoided == ("r1",)


@pytest.mark.slow
def test_check_and_the_run_list_the_questions(folder, capsys, tmp_path: Path) -> None:
    """One line a question in check, a row of questions.csv in the run, and no pair against it."""
    folder.write("mentees", "person_id,name,avoid,contexts\ne1,Ada,not Cas please,confidence\n")
    folder.write("mentors", "person_id,name,contexts\nr1,Cas Invented,confidence\n")
    assert run(["check", str(folder.path)]) == 0
    told = capsys.readouterr()
    (line,) = [x for x in (told.out + told.err).splitlines() if "W_QUESTION" in x]
    assert "mentees:2:avoid" in line
    assert run(["match", str(folder.path), "-o", str(tmp_path / "run")]) == 0
    questions = pd.read_csv(tmp_path / "run" / "questions.csv", keep_default_na=False)
    assert questions[["person_id", "likely", "answer"]].to_numpy().tolist() == [["e1", "r1", ""]]
    assert questions["key"].iloc[0] in line
    assert pd.read_csv(tmp_path / "run" / "matches.csv").empty


def test_questions_are_told_beside_faults(folder) -> None:
    """A check of a cohort with faults lists what is asked as well."""
    folder.write("mentees", "person_id,avoid,need_why\ne1,not Cas please,3\ne2,,99\n")
    codes = [finding.code for finding in folder.check()]
    assert codes == ["E_RANGE", "W_QUESTION"]


@pytest.mark.slow
def test_managers_from_elsewhere_are_one_line_behind_whom_to_avoid(folder) -> None:
    """However many they are, no question about avoiding somebody is cut off behind them."""
    rows = [f"e{k},Outside Boss{k}," for k in range(80)]
    rows += ["e80,Cas Invent,", "e81,,not Cas please"]
    folder.write("mentees", "\n".join(["person_id,line_manager,avoid", *rows, ""]))
    folder.write("mentors", "person_id,name\nr1,Cas Invented\n")
    told = [f for f in folder.check() if f.code == "W_QUESTION"]
    assert [(f.row, f.column) for f in told] == [
        (83, "avoid"),
        (82, "line_manager"),
        (2, "line_manager"),
    ]
    assert "80 answers" in told[2].message
    assert "questions.csv" in told[2].remedy
    assert len(folder.read().questions) == 82


def test_a_column_of_ids_is_no_column_of_names() -> None:
    """Where ids and addresses alone are meant, a name stays what it is."""
    rows = [{"person_id": "e1", "name": "Ada Quine", "email": "ada@x.org"}]
    people = make_cohort(rows, [{"person_id": "r1"}]).people
    texts = pd.Series(["Ada Quine", "e1", "ADA@x.org"])
    assert people.resolved(texts, by_name=False).tolist() == ["Ada Quine", "e1", "e1"]
    assert people.resolved(texts).tolist() == ["e1", "e1", "e1"]


def test_what_one_cell_says_again_and_again_is_said_once(folder) -> None:
    """A crowd of one name, named over and over by each beside words without end."""
    said = '"' + "; ".join(["ida moos", "x" * 999, "#" * 999, "石" * 999] * 9) + '"'
    rows = [f"{k},Ida Moos{chr(97 + k % 2)},{said}" for k in range(24)]
    for side, first in (("mentees", "e"), ("mentors", "r")):
        head = "person_id,name,avoid\n"
        folder.write(side, head + "".join(f"{first}{row}\n" for row in rows))
    cohort = folder.read()
    assert {len(q.likely) for q in cohort.questions if q.column == "avoid"} == {47}
    tracemalloc.start()
    assert len(shared_bans(cohort, 1, unsettled_pairs(cohort))) == 24 * 24
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()


def test_answers_that_may_mean_everybody_are_refused(folder, monkeypatch) -> None:
    """More people than could be kept apart: said where, before anything is worked out of it."""
    monkeypatch.setattr(safety, "MOST_CANDIDATES", 5)
    with pytest.raises(InputError, match="E_FORMAT mentees:2:avoid"):
        asked(folder, "anyone from North College, South or West")
