"""Ids: twins, invisible characters, and ids made from e-mail addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.cohort.ids import id_of_address, parse_reference, plain_address


def test_the_same_id_twice_names_both_rows(folder) -> None:
    """A person who stands twice is told with both rows."""
    folder.write("mentees", "person_id\ne1\ne2\ne1\n")
    (finding,) = folder.check()
    assert (finding.code, finding.row) == ("E_DUP_ID", 4)
    assert "rows 2 and 4" in finding.message


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("A1", " a1"),
        ("A1", "a1"),
        ("a 1", "a1"),
        ("Zo\u00eb", "Zoe\u0308"),
        ("\uff21 1", "A1"),
        ("\u041a\u0422-7", "KT-7"),
        ("\u03a1\u039f4", "PO4"),
    ],
    ids=["space-case", "case", "inner-space", "nfc-nfd", "full-width", "cyrillic", "greek"],
)
def test_ids_that_look_alike(folder, first: str, second: str) -> None:
    """Two ids that a person cannot tell apart are probably one person."""
    folder.write("mentees", f"person_id\n{first}\n{second}\n")
    assert folder.codes() == {"E_ID_COLLISION"}


def test_twins_across_the_two_sides(folder) -> None:
    """A1 among mentees and a1 among mentors is caught; the very same id is one person."""
    folder.write("mentors", "person_id\nE1\n")
    assert folder.codes() == {"E_ID_COLLISION"}
    folder.write("mentors", "person_id\ne1\nr1\n")
    assert folder.codes() == set()


@pytest.mark.parametrize("mark", ["\u200b", "\u202e", "\u2066", "\x07", "\ufeff", "\u2028"])
def test_invisible_characters_in_ids(folder, mark: str) -> None:
    """Zero-width, bidi and control characters in an id are refused and shown escaped."""
    folder.write("mentees", f'person_id\n"e{mark}1"\ne2\n')
    (finding,) = folder.check()
    assert finding.code == "E_ID_CHARS"
    assert finding.line().isascii()


def test_needed_ids_that_are_empty(folder) -> None:
    """A row without an id is told by its row."""
    folder.write("mentees", "person_id,name\n,Ada\ne2,Ben\n")
    (finding,) = folder.only("E_MISSING_VALUE")
    assert (finding.row, finding.column) == (2, "person_id")


def test_ids_of_unlikely_length(folder) -> None:
    """A text of hundreds of characters is no id."""
    folder.write("mentees", f"person_id\n{'x' * 201}\n")
    assert folder.codes() == {"E_ID_CHARS"}


BY_ADDRESS = {"input": {"id": "email"}}


def test_addresses_become_the_same_id_everywhere(folder) -> None:
    """One address is one person in every table, whatever its case, and appears in no message."""
    folder.write("mentees", "email,line_manager\nAda@Example.org,Boss@example.org\nben@x.org,\n")
    folder.write("mentors", "email\nada@example.org\nboss@example.org\n")
    folder.write("rules", "mentee_id,mentor_id,rule\nBEN@x.org,ada@example.org,must\n")
    cohort = folder.read(**BY_ADDRESS)
    ada = id_of_address("ada@example.org")
    assert ada in set(cohort.mentees["person_id"])
    assert ada in set(cohort.mentors["person_id"])
    assert cohort.rules["mentor_id"].tolist() == [ada]
    mentees = cohort.mentees.set_index("person_id")
    assert mentees.loc[ada, "line_manager"] == id_of_address("boss@example.org")
    assert not any("@" in finding.line() for finding in cohort.findings)


def test_addresses_never_reach_messages(folder) -> None:
    """Findings about people known by address name the derived id."""
    folder.write("mentees", "email,need_why\nada@example.org,9\nno address,2\n")
    folder.write("mentors", "email\nboss@example.org\n")
    folder.write("rules", "mentee_id,mentor_id,rule\nghost@x.org,boss@example.org,must\n")
    lines = [finding.line() for finding in folder.check(**BY_ADDRESS)]
    assert {line.split()[1] for line in lines} >= {"E_RANGE", "E_EMAIL", "E_UNKNOWN_PERSON"}
    assert not any("@" in line for line in lines)


def test_another_column_may_identify_people(folder) -> None:
    """`id` may name the title of any column."""
    folder.write("mentees", "Staff number,name\n0042,Ada\n")
    folder.write("mentors", "Staff number,name\n0043,Ben\n")
    assert folder.read(input={"id": "Staff number"}).mentees["person_id"].tolist() == ["0042"]


def test_references_by_address_meet_ids(folder) -> None:
    """Where people have ids, a rule may still name somebody by address."""
    folder.write("mentees", "person_id,email\ne1,Ada@x.org\n")
    folder.write("rules", "mentee_id,mentor_id,rule\nada@X.org,r1,must\n")
    assert folder.read().rules["mentee_id"].tolist() == ["e1"]


@pytest.mark.slow
@given(st.emails())
def test_derived_ids_are_stable_and_hide_the_address(address: str) -> None:
    """The id of an address does not depend on case or padding and holds none of it."""
    plain = plain_address(address)
    if plain is None:
        return
    derived = parse_reference(f"  {address.upper()} ")
    assert parse_reference(address) == id_of_address(plain)
    assert isinstance(derived, str)
    assert "@" not in derived
    assert len(derived) == len("p-") + 12


@pytest.mark.parametrize("mentee", ["Quine, Ada", "ADA@x.org", "Ada <ada@x.org>"])
def test_rules_by_name_and_address_where_addresses_are_ids(folder, mentee: str) -> None:
    """Where ids are made from addresses, names still name people, and strangers stay texts."""
    folder.write("mentees", "name,email\nAda Quine,ada@x.org\nBo Lin,bo@x.org\n")
    folder.write("mentors", "name,email\nCas Thorn,cas@x.org\n")
    folder.write("rules", f'mentee_id,mentor_id,rule\n"{mentee}",Cas Thorn,never\n')
    folder.write("contacts", "person_id,contact_id\nBo Lin,A.Q.\nbo@x.org,else@y.org\n")
    cohort = folder.read(input={"id": "email"})
    ids = dict(zip(cohort.mentees["name"], cohort.mentees["person_id"], strict=True))
    rule = cohort.rules[["mentee_id", "mentor_id"]].iloc[0].tolist()
    assert rule == [ids["Ada Quine"], *cohort.mentors["person_id"]]
    assert set(cohort.contacts["person_id"]) == {ids["Bo Lin"]}
    assert cohort.contacts["contact_id"].str.contains("@").sum() == 0
    assert "A.Q." in set(cohort.contacts["contact_id"])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("cas@x.org", "did you mean r1"),
        ("Thorn", "did you mean r1"),
        ("e2", "e2 is in this cohort, but is no mentor"),
        ("ada@x.org", "e2 is in this cohort, but is no mentor"),
    ],
)
def test_a_rule_that_names_nobody_says_who_may_be_meant(folder, text: str, told: str) -> None:
    """The box of a tagged address, a surname, somebody of the other side."""
    folder.write("mentees", "person_id,name,email\ne1,Gus,gus@y.org\ne2,Ada Quine,ada@x.org\n")
    folder.write(
        "mentors",
        "person_id,name,email\nr1,Cas Thorn,cas+m@x.org\nr2,Bo Lindqvist,bl@elsewhere.net\n",
    )
    folder.write("rules", f"mentee_id,mentor_id,rule\ne1,{text},never\n")
    (finding,) = folder.only("E_UNKNOWN_PERSON")
    assert told in finding.line()
    assert "r2" not in finding.line()
