from __future__ import annotations

from pathlib import Path

import pytest

from matcher.config import Config
from matcher.config.sections import Input
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
