"""One form for both sides, and the frames that come of it."""

from __future__ import annotations

import pandas as pd
import pytest

from matcher.cohort.tables import SIGNUPS, TABLES, Kind
from matcher.errors import InputError


def sign_up(folder, text: str) -> None:
    """Replace the two tables of people by one."""
    (folder.path / "mentees.csv").unlink()
    (folder.path / "mentors.csv").unlink()
    folder.write("signups", text)


def test_the_four_roles(folder) -> None:
    """Both and either stand on both sides; either people are told apart."""
    sign_up(
        folder,
        "person_id,role,capacity,max_mentors\nd,either,1,\nc,BOTH,2,2\nb,mentor,3,\na,Mentee,,1\n",
    )
    cohort = folder.read()
    assert cohort.mentees["person_id"].tolist() == ["a", "c", "d"]
    assert cohort.mentors["person_id"].tolist() == ["b", "c", "d"]
    assert cohort.either == {"d"}
    assert "capacity" not in cohort.mentees
    assert "max_mentors" not in cohort.mentors
    assert cohort.mentors["source_row"].tolist() == [4, 3, 2]
    assert list(cohort.rows) == ["signups"]


def test_one_sided_answers(folder) -> None:
    """A question that the form asks once a role replaces the common one on its side."""
    sign_up(
        folder,
        "person_id,role,contexts,I could help with,My fields,goals\n"
        "a,both,confidence,managing_change,Maths,x\n"
        "b,both,confidence,,Physics;Maths,y\n",
    )
    columns = {"I could help with": "mentors.contexts", "My fields": "mentors.expertise"}
    cohort = folder.read(columns=columns)
    assert cohort.mentees["contexts"].tolist() == [("confidence",)] * 2
    assert cohort.mentors["contexts"].tolist() == [("managing_change",), ("confidence",)]
    assert cohort.mentors["expertise"].tolist() == [("Maths",), ("Maths", "Physics")]
    assert cohort.mentees["expertise"].tolist() == [(), ()]
    assert not any("." in column for column in cohort.mentees)


def test_a_role_is_needed(folder) -> None:
    """Without a role nobody knows on which side a person stands."""
    sign_up(folder, "person_id,role\na,mentee\nb,\nc,teacher\nd,mentor\n")
    assert folder.codes() == {"E_MISSING_VALUE", "E_ENUM"}
    cohort = folder.aside()
    assert [person for person, _ in cohort.set_aside] == ["b", "c"]


def test_a_side_on_which_nobody_stands(folder) -> None:
    """A form that only mentees answered cannot be matched."""
    sign_up(folder, "person_id,role\na,mentee\nb,mentee\n")
    with pytest.raises(InputError, match="E_NO_ROWS mentors"):
        folder.read()


def test_the_same_person_on_both_sides(folder) -> None:
    """One id in both tables is one person in two roles, with a row on each side."""
    folder.write("mentors", "person_id,capacity\ne1,1\nr1,1\n")
    cohort = folder.read()
    assert "e1" in set(cohort.mentees["person_id"])
    assert "e1" in set(cohort.mentors["person_id"])


DTYPES = {
    Kind.NUMBER: "float64",
    Kind.DATE: "datetime64[ns]",
    Kind.YES_NO: "boolean",
    Kind.LIST: "object",
    Kind.SLOTS: "object",
    Kind.ID: "str",
    Kind.TEXT: "str",
    Kind.CHOICE: "str",
}


def test_declared_kinds_are_what_the_frames_hold(folder) -> None:
    """Every canonical column of every table has the dtype of its kind, filled or empty."""
    cohort = folder.read()
    for name, spec in TABLES.items():
        frame = getattr(cohort, name)
        for column in spec.columns:
            assert str(frame[column.name].dtype) == DTYPES[column.kind], (name, column.name)


def test_every_column_is_explained() -> None:
    """The data dictionary has a sentence for every column, and words for what it may hold."""
    for spec in (*TABLES.values(), SIGNUPS):
        assert spec.description.endswith(".")
        for column in spec.columns:
            assert column.description.endswith(".")
            assert column.allowed


def test_values_items_are_found(folder) -> None:
    """As many volunteered items as the form has, each a number."""
    folder.write("mentees", "person_id,values_1,values_2,values_pace\ne1,1,5,3\n")
    mentees = folder.read().mentees
    assert mentees[["values_1", "values_2", "values_pace"]].to_numpy().tolist() == [[1, 5, 3]]


@pytest.mark.slow
def test_reading_changes_nothing_on_disk(folder) -> None:
    """A cohort is read, never written."""
    before = {path: path.read_bytes() for path in folder.path.iterdir()}
    cohort = folder.read()
    assert {path: path.read_bytes() for path in folder.path.iterdir()} == before
    pd.testing.assert_frame_equal(cohort.mentees, folder.read().mentees)


def test_attributes_that_wishes_name_are_kept(folder) -> None:
    """A column that somebody wishes to share stands in the frames; others are left out."""
    folder.write("mentees", "person_id,wish_same,first in family,hat\ne1,first in family,yes,4\n")
    folder.write("mentors", "person_id,shared_for_matching,First in family\nr1,,no\n")
    cohort = folder.read()
    assert cohort.mentees["first_in_family"].tolist() == ["yes"]
    assert cohort.mentors["first_in_family"].tolist() == ["no"]
    assert [finding.column for finding in cohort.findings] == ["hat"]


def test_a_place_has_one_spelling(folder) -> None:
    """Accents, hyphens and `St` make no other place, for whom to avoid as well; a sign does."""
    rows = ["1,Saint-Malo,Level -1,", "2,ST MALO,Level 1,anyone at St. Malo", "3,saint malo,,"]
    folder.write("mentees", "\n".join(["person_id,site,department,avoid", *rows]))
    folder.write(
        "mentors", "person_id,site,department\n4,Saint-Malo,Level -1\n5,St-Malo,\n6,Malo,\n"
    )
    cohort = folder.read()
    assert {*cohort.mentees["site"], *cohort.mentors["site"]} == {"Saint-Malo", "Malo"}
    assert cohort.mentees["department"].dropna().tolist() == ["Level -1", "Level 1"]
    assert [f.column for f in cohort.findings if f.code == "W_SPELLING"] == ["site"]
    assert [question.likely for question in cohort.questions] == [("4", "5")]
