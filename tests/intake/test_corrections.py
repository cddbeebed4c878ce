"""Corrections by hand are read beside the tables, hashed, and never put over a newer answer."""

from __future__ import annotations

import hashlib
import json

import pytest

from matcher.config import Config
from matcher.errors import InputError
from matcher.intake import read_cohort
from matcher.intake.corrections import NAME, Correction, append_correction

PEOPLE = "person_id,name,email,organisation,avoid\ne1,Ada Quine,ada@x.org,North,Cas\ne2,Bo Lin,,,\n"


def correct(folder, **changes: str) -> None:
    """Append a correction of one cell of Ada's."""
    held = {"person": "e1", "column": "organisation", "before": "North", "after": "South"}
    append_correction(str(folder.path), Correction(**held | changes, who="W", when="2026-05-01"))


@pytest.mark.parametrize("person", ["e1", "ADA@x.org", "Quine, Ada"])
def test_a_cell_is_corrected(folder, person: str) -> None:
    """Whoever the line names by id, address or name has what it says."""
    folder.write("mentees", PEOPLE)
    correct(folder, person=person)
    cohort = folder.read()
    assert cohort.mentees["organisation"].iloc[0] == "South"
    content = (folder.path / NAME).read_bytes()
    assert cohort.hashes[NAME] == hashlib.sha256(content).hexdigest()
    assert not [f for f in cohort.findings if f.code != "W_QUESTION"]


def test_a_list_that_each_side_is_asked_apart_is_corrected_where_it_stands(tmp_path) -> None:
    """The column is named as in the cohort; the cell that holds what it held is the one."""
    rows = "a,Ada,mentee,Kurage,\nb,Bo,mentor,,confidence\n"
    titles = "person_id,name,role,I want,I can\n"
    (tmp_path / "signups.csv").write_text(titles + rows, encoding="utf-8")
    line = Correction("a", "contexts", "Kurage", "confidence", who="W", when="2026-05-01")
    append_correction(str(tmp_path), line)
    columns = {"I want": "mentees.contexts", "I can": "mentors.contexts"}
    cohort = read_cohort(tmp_path, Config.model_validate({"columns": columns}))
    assert cohort.mentees["contexts"].tolist() == [("confidence",)]


def test_lines_hold_one_after_the_other_and_what_is_done_is_done(folder) -> None:
    """A second line starts from the first; a cell that is right already asks nothing."""
    folder.write("mentees", PEOPLE)
    correct(folder)
    correct(folder, before="South", after="East")
    correct(folder, before="West", after="East")
    cohort = folder.read()
    assert cohort.mentees["organisation"].iloc[0] == "East"
    assert [q.column for q in cohort.questions] == ["avoid"]


def test_a_safety_answer_by_hand_is_no_question_any_more(folder) -> None:
    """What was corrected is read like any answer."""
    folder.write("mentees", PEOPLE)
    correct(folder, column="avoid", before="Cas", after="r1")
    cohort = folder.read()
    assert cohort.mentees["avoid"].iloc[0] == ("r1",)
    assert not cohort.questions


def test_nobody_has_agreed_as_long_as_two_corrections_contradict(folder) -> None:
    """Of a yes and a no that both start from a blank cell nobody knows which came last."""
    folder.write("mentees", "person_id,consent\ne1,\ne2,yes\n")
    for after in ("yes", "no"):
        correct(folder, column="consent", before="", after=after)
    asked = Config.model_validate({"input": {"consent": "where asked"}})
    cohort = read_cohort(folder.path, asked, set_aside=True)
    assert "e1" in {person for person, _ in cohort.set_aside}
    assert [q.column for q in cohort.questions if q.is_open and q.column == "consent"]


@pytest.mark.slow
def test_a_newer_answer_is_a_question(folder) -> None:
    """The person has answered anew: only people can say whether the correction holds."""
    folder.write("mentees", PEOPLE)
    correct(folder, before="Nord")
    cohort = folder.read()
    question = next(q for q in cohort.questions if q.column == "organisation")
    assert question.finding.remedy.endswith('= "yes", "no"'), "an id would be no answer"
    assert cohort.mentees["organisation"].iloc[0] == "North"
    assert (question.table, question.row) == ("mentees", 2)
    said = {answer: folder.read(resolve={question.key: answer}) for answer in ("yes", "no")}
    held = {answer: cohort.mentees["organisation"].iloc[0] for answer, cohort in said.items()}
    assert held == {"yes": "South", "no": "North"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "line", ["{", "[]", '{"person": "e1"}', json.dumps(dict.fromkeys("abcdef", 1)), "\\x00"]
)
def test_a_line_that_is_no_correction_stops_with_its_number(folder, line: str) -> None:
    """Half a line is never skipped, with or without --set-aside."""
    correct(folder)
    with (folder.path / NAME).open("a") as file:
        file.write(line + "\n")
    for read in (folder.read, folder.aside):
        with pytest.raises(InputError) as caught:
            read()
        (finding,) = caught.value.findings
        assert (finding.code, finding.table, finding.row) == ("E_FORMAT", NAME, 2)


@pytest.mark.slow
def test_unknown_columns_and_people_are_told(folder) -> None:
    """A slip is a fault; who left, and a question that is used no more, are told and set aside."""
    correct(folder, column="organsation")
    with pytest.raises(InputError, match="did you mean organisation"):
        folder.read()
    (folder.path / NAME).unlink()
    correct(folder, person="e77")
    correct(folder, column="career_years", before="3", after="5")
    told = [(f.code, f.row) for f in folder.read().findings]
    assert told == [("W_CORRECTION_UNUSED", 1), ("W_CORRECTION_UNUSED", 2)]


def test_the_answer_that_counts_is_corrected(folder) -> None:
    """Of two answers the later one is corrected, by the form's own title."""
    folder.write(
        "mentees",
        "Timestamp,Email,Full name,Employer\n"
        "2026-03-01 10:00,ada@x.org,Ada Quine,North\n"
        "2026-03-02 10:00,ada@x.org,Ada Quine,Est\n",
    )
    folder.write("mentors", "Email,Full name\nbo@x.org,Bo Lin\n")
    config = {
        "input": {"id": "email", "duplicates": "latest"},
        "columns": {"Employer": "organisation", "Full name": "name", "Timestamp": "submitted"},
    }
    correct(folder, person="ada@x.org", column="Employer", before="Est", after="East")
    cohort = folder.read(**config)
    assert cohort.mentees["organisation"].tolist() == ["East"]
    assert not cohort.questions


@pytest.mark.slow
@pytest.mark.parametrize("person", ["Bo Lin", "lin, bo", "bo(at)x.org", "mentees row 3"])
@pytest.mark.parametrize("column", ["email", "person_id"])
def test_an_address_that_cannot_be_read_is_corrected(folder, person: str, column: str) -> None:
    """Whose id is no address is found by name, by what is written, or by table and row."""
    folder.write("mentees", "name,email\nAda Quine,ada@x.org\nBo Lin,bo(at)x.org\n")
    folder.write("mentors", "name,email\nCas Thorn,cas@x.org\n")
    (finding,) = [f for f in folder.check(input={"id": "email"}) if not f.is_warning]
    assert "corrections.jsonl" in finding.remedy
    correct(folder, person=person, column=column, before="bo(at)x.org", after="bo@x.org")
    cohort = folder.read(input={"id": "email"})
    assert set(cohort.mentees["email"]) == {"ada@x.org", "bo@x.org"}


def test_a_misspelt_person_of_a_correction_stops(folder) -> None:
    """A correction of somebody who is nearly in the cohort is not dropped with a warning."""
    folder.write("mentees", PEOPLE)
    correct(folder, person="Ada Quin")
    with pytest.raises(InputError, match="did you mean e1"):
        folder.read()


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ("e1,31.02.2026,2", "corrections.jsonl"),
        ("e1,2026-01-01,-2", "corrections.jsonl"),
        ("e1,2026-01-01,2-3", "matcher map"),
        ("e1,2026-01-01,a few", "matcher map"),
    ],
)
def test_an_error_names_what_mends_it(folder, row: str, named: str) -> None:
    """No config makes a day of 31 February or a place of -2: only words and formats are mapped."""
    folder.write("mentors", f"person_id,joined,capacity\n{row}\n")
    (finding,) = [f for f in folder.check() if not f.is_warning]
    hints = ("corrections.jsonl", "matcher map")
    assert [hint for hint in hints if hint in finding.remedy] == [named]
