from __future__ import annotations

from pathlib import Path

import pytest

from matcher.config import Config
from matcher.config.input_sections import Input
from matcher.errors import InputError
from matcher.intake import read_cohort

ONLY_IF = Config(
    input=Input(only_if={"wish_same": "May we use this?"}),
    columns={"May we use this?": "ignore"},
)


def write(folder: Path, header: str, *rows: str) -> Path:
    """Write a cohort with one mentor and the mentees given."""
    (folder / "mentees.csv").write_text("\n".join([header, *rows]), "utf-8")
    (folder / "mentors.csv").write_text("person_id\nm1\n", "utf-8")
    return folder


def test_an_answer_without_its_yes_is_left_out(tmp_path: Path) -> None:
    """No, blank and anything else than yes withhold the answer of that person alone."""
    rows = ("a,pets,yes", "b,pets,no", "c,pets,", "d,pets,perhaps", "e,,Yes", "f,pets, YES ")
    folder = write(tmp_path, "person_id,wish_same,May we use this?", *rows)
    mentees = read_cohort(folder, ONLY_IF).mentees
    assert list(mentees["wish_same"]) == [("pets",), (), (), (), (), ("pets",)]


def test_without_the_question_nobody_has_agreed(tmp_path: Path) -> None:
    """A form that dropped the question must not open the answers to use."""
    folder = write(tmp_path, "person_id,wish_same", "a,x")
    with pytest.raises(InputError) as caught:
        read_cohort(folder, ONLY_IF)
    assert [finding.code for finding in caught.value.findings] == ["E_MISSING_COLUMN"]


AGREED = "person_id,consent\na,Yes\nb,no\nc,\nd,yes\n"


def test_required_consent_sets_aside_who_did_not_give_it(tmp_path: Path) -> None:
    """No and blank leave by row, without --set-aside; what others say of them goes with them.

    Who said no is not asked again.
    """
    (tmp_path / "mentees.csv").write_text(AGREED, "utf-8")
    (tmp_path / "mentors.csv").write_text("person_id,consent\nm1,yes\n", "utf-8")
    (tmp_path / "preferences.csv").write_text("person_id,other_id,score\nb,m1,5\n", "utf-8")
    cohort = read_cohort(tmp_path, Config(input=Input(consent="required")))
    assert cohort.mentees["person_id"].tolist() == ["a", "d"]
    gone = [(person, finding.code, finding.row) for person, finding in cohort.set_aside]
    assert gone == [("b", "E_CONSENT", 3), ("c", "E_CONSENT_UNSAID", 4)]
    assert [*cohort.chase["person_id"]] == ["c"]
    assert cohort.preferences.empty


def test_who_has_withdrawn_is_left_out_whatever_is_asked_of_consent(tmp_path: Path) -> None:
    """A blank and a no stay; who withdrew is not asked again, unless they agreed since."""
    (tmp_path / "mentees.csv").write_text("person_id,withdrew\na,no\nb,yes\nc,\nd,yes\n", "utf-8")
    (tmp_path / "mentors.csv").write_text("person_id\nm1\n", "utf-8")
    (tmp_path / "consents.csv").write_text("person_id,consent\nd,yes\n", "utf-8")
    cohort = read_cohort(tmp_path)
    assert cohort.mentees["person_id"].tolist() == ["a", "c", "d"]
    assert [(person, f.code) for person, f in cohort.set_aside] == [("b", "E_CONSENT")]
    assert cohort.chase.empty


def test_a_no_is_told_where_consent_is_not_required(tmp_path: Path) -> None:
    """Everybody stays; a blank is no refusal."""
    (tmp_path / "mentees.csv").write_text(AGREED, "utf-8")
    (tmp_path / "mentors.csv").write_text("person_id\nm1\n", "utf-8")
    cohort = read_cohort(tmp_path)
    assert len(cohort.mentees) == 4
    (finding,) = cohort.findings
    assert (finding.code, finding.row) == ("W_CONSENT", 3)
    assert ": 1" in finding.message


@pytest.mark.parametrize(
    ("table", "code"),
    [("person_id,consent\na,perhaps\nb,yes\n", "E_ENUM"), ("person_id\na\n", "E_MISSING_COLUMN")],
)
def test_consent_is_never_guessed(tmp_path: Path, table: str, code: str) -> None:
    """An unreadable word, and a question that was not asked, are faults."""
    (tmp_path / "mentees.csv").write_text(table, "utf-8")
    (tmp_path / "mentors.csv").write_text("person_id,consent\nm1,yes\n", "utf-8")
    with pytest.raises(InputError) as caught:
        read_cohort(tmp_path, Config(input=Input(consent="required")))
    assert [finding.code for finding in caught.value.findings] == [code]
