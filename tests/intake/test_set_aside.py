"""Setting people aside: rows in = used + set aside + rejected, always."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.errors import InputError


def add_links(folder) -> None:
    """Add tables that name the people of the valid cohort."""
    folder.write("preferences", "person_id,other_id,score\ne1,r1,3\ne2,r1,4\n")
    folder.write("rules", "mentee_id,mentor_id,rule\ne1,r2,never\n")
    folder.write("contacts", "person_id,contact_id\ne1,AB\ne2,CD\n")
    folder.write("groups", "person_id,gender\ne1,w\nr1,m\n")


def assert_adds_up(cohort) -> None:
    """Hold every row of every table to be used, set aside or rejected."""
    for name, count in cohort.rows.items():
        assert count.read == count.used + count.set_aside + count.rejected, name


@pytest.mark.slow
def test_a_bad_person_leaves_with_everything_that_names_them(folder) -> None:
    """Rows of other tables about somebody set aside are set aside too, and counted."""
    add_links(folder)
    folder.write("mentees", "person_id,email,need_why\ne1,ada@x.org,9\ne2,,1\n")
    with pytest.raises(InputError, match="E_RANGE"):
        folder.read()
    cohort = folder.aside()
    assert cohort.mentees["person_id"].tolist() == ["e2"]
    assert cohort.preferences["person_id"].tolist() == ["e2"]
    assert len(cohort.rules) == 0
    assert cohort.contacts["person_id"].tolist() == ["e2"]
    assert [(person, finding.code) for person, finding in cohort.set_aside] == [("e1", "E_RANGE")]
    assert {name: count.set_aside for name, count in cohort.rows.items()} == {
        "mentees": 1,
        "mentors": 0,
        "preferences": 1,
        "rules": 1,
        "contacts": 1,
        "groups": 1,
    }
    assert_adds_up(cohort)


def test_whom_to_ask_again(folder) -> None:
    """The address and the questions of those set aside are kept for chase.csv."""
    folder.write("mentees", "person_id,email,need_why,scope\ne1,ada@x.org,9,wide\ne2,,1,\n")
    chase = folder.aside().chase
    assert chase.to_dict("records") == [
        {
            "person_id": "e1",
            "email": "ada@x.org",
            "preferred_name": chase["preferred_name"].iloc[0],
            "missing_questions": "need_why;scope",
        }
    ]


@pytest.mark.slow
def test_only_the_audit_leaves_where_only_the_audit_is_bad(folder) -> None:
    """A person with a broken audit is still matched."""
    folder.write("contacts", "person_id,contact_id,era\ne1,AB,later\ne1,CD,past\ne2,EF,past\n")
    folder.write("contact_ties", "person_id,contact_id,other_contact_id\ne1,AB,CD\n")
    cohort = folder.aside()
    assert cohort.mentees["person_id"].tolist() == ["e1", "e2"]
    assert cohort.contacts["person_id"].tolist() == ["e2"]
    assert len(cohort.contact_ties) == 0
    asked = cohort.chase[["person_id", "missing_questions"]].to_numpy().tolist()
    assert asked == [["e1", "era"]]
    assert cohort.rows["contacts"].set_aside == 2
    assert_adds_up(cohort)


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("rules", "mentee_id,mentor_id,rule\ne1,ghost,never\n"),
        ("engagements", "mentee_id,mentor_id,status\ne1,r1,actve\n"),
        ("mentees", "person_id,nmae\ne1,x\n"),
        ("mentees", "person_id,name\ne1\n"),
    ],
)
def test_what_still_stops(folder, table: str, text: str) -> None:
    """Rules, engagements and faults of structure stop the run with or without setting aside."""
    folder.write(table, text)
    with pytest.raises(InputError):
        folder.aside()


def test_nobody_left(folder) -> None:
    """A side on which everybody is set aside ends in E_NO_ROWS."""
    folder.write("mentees", "person_id,need_why\ne1,9\n")
    with pytest.raises(InputError, match="E_NO_ROWS"):
        folder.aside()


def test_duplicates_and_rows_without_id(folder) -> None:
    """Both rows of a duplicate leave; a row without an id leaves alone."""
    folder.write("mentees", "person_id,name\ne1,A\ne1,B\n,C\ne2,D\n")
    cohort = folder.aside()
    assert cohort.mentees["person_id"].tolist() == ["e2"]
    assert cohort.rows["mentees"].set_aside == 3
    assert_adds_up(cohort)


CELLS = st.sampled_from(["", "e1", "e2", "r1", "x", "3", "9", "nan", "yes", "must", "never"])


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(["e1", "e2", "e3", ""]), CELLS), min_size=1, max_size=5),
    st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=4),
    st.lists(st.tuples(CELLS, CELLS), max_size=4),
)
def test_rows_always_add_up(folder, people, preferences, contacts) -> None:
    """Whatever is set aside, no row is lost and every reference left is known."""
    folder.write("mentees", "person_id,need_why\n" + "".join(f"{a},{b}\n" for a, b in people))
    folder.write(
        "preferences",
        "person_id,other_id,score\n" + "".join(f"{a},{b},{c}\n" for a, b, c in preferences),
    )
    folder.write("contacts", "person_id,contact_id\n" + "".join(f"{a},{b}\n" for a, b in contacts))
    caught = None
    try:
        cohort = folder.aside()
    except InputError as error:
        caught = error
    if caught is not None:
        assert {finding.code for finding in caught.findings} <= {"E_NO_ROWS"}
        return
    assert_adds_up(cohort)
    everyone = {*cohort.mentees["person_id"], *cohort.mentors["person_id"]}
    assert set(cohort.preferences["person_id"]) <= everyone
    assert set(cohort.preferences["other_id"]) <= everyone
    assert set(cohort.contacts["person_id"]) <= everyone
