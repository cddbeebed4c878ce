"""The audit's limits and ties, and dates across tables."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from matcher.intake.checks.row_checks import NO_DATES


def contacts(count: int, wave: str = "") -> str:
    """Return rows of that many contacts of one person."""
    return "".join(f"e1,C{k},{wave}\n" for k in range(count))


@pytest.mark.slow
def test_ten_contacts_pass_and_eleven_do_not(folder) -> None:
    """Ten contacts an audit, each wave an audit of its own."""
    head = "person_id,contact_id,wave\n"
    folder.write("contacts", head + contacts(10) + contacts(10, "2"))
    assert folder.codes() == set()
    folder.write("contacts", head + contacts(11))
    (finding,) = folder.check()
    assert (finding.code, finding.row) == ("E_AUDIT_CONTACTS_MAX", 12)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["strength", "weakness"])
def test_three_notes_of_a_kind(folder, kind: str) -> None:
    """Three strengths and three weaknesses, not four."""
    folder.write("audit_notes", "person_id,kind,text\n" + f"e1,{kind},x\n" * 3)
    assert folder.codes() == set()
    folder.write("audit_notes", "person_id,kind,text\n" + f"e1,{kind},x\n" * 4)
    code = "E_AUDIT_STRENGTHS_MAX" if kind == "strength" else "E_AUDIT_WEAKNESSES_MAX"
    assert folder.codes() == {code}


@pytest.mark.parametrize(
    ("tie", "code"),
    [("AB,AB", "E_SELF_TIE"), ("AB,ZZ", "E_TIE_UNKNOWN"), ("AB,e1", "E_SELF_TIE")],
)
def test_ties_join_two_listed_contacts(folder, tie: str, code: str) -> None:
    """A tie to oneself or to somebody unlisted is refused."""
    folder.write("contacts", "person_id,contact_id\ne1,AB\ne1,CD\ne2,ZZ\n")
    folder.write("contact_ties", f"person_id,contact_id,other_contact_id\ne1,{tie}\n")
    assert folder.codes() == {code}


def test_ties_without_contacts(folder) -> None:
    """Ties whose contacts table is not there name nobody."""
    folder.write("contact_ties", "person_id,contact_id,other_contact_id\ne1,AB,CD\n")
    assert folder.codes() == {"E_TIE_UNKNOWN"}


def test_listing_oneself(folder) -> None:
    """Nobody is their own contact, and no contact is listed twice."""
    folder.write("contacts", "person_id,contact_id\ne1,e1\ne1,AB\ne1,AB\n")
    assert folder.codes() == {"E_SELF_TIE", "E_DUP_ROW"}


def test_an_empty_audit_is_fine(folder) -> None:
    """A contacts table with a header and no rows is an audit that nobody filled in yet."""
    folder.write("contacts", "person_id,contact_id\n")
    cohort = folder.read()
    assert len(cohort.contacts) == 0
    assert cohort.rows["contacts"].read == 0


def test_defaults_of_the_audit(folder) -> None:
    """Contacts are private to the person and belong to the first audit unless stated."""
    folder.write("contacts", "person_id,contact_id,sees_me_as\ne1,AB,\n")
    row = folder.read().contacts.iloc[0]
    assert (row["share_with"], row["wave"]) == ("me", 1.0)
    assert pd.isna(row["sees_me_as"])


@pytest.mark.parametrize(
    ("table", "text", "code"),
    [
        ("contacts", "person_id,contact_id,last_contact\ne1,AB,2026-06-02\n", "E_DATE_FUTURE"),
        (
            "contacts",
            "person_id,contact_id,known_since,last_contact\ne1,AB,2026-02-01,2026-01-01\n",
            "E_DATE_ORDER",
        ),
        (
            "engagements",
            "mentee_id,mentor_id,status,start,end\ne1,r1,completed,2026-02-01,2026-01-01\n",
            "E_DATE_ORDER",
        ),
        (
            "engagements",
            "mentee_id,mentor_id,status,end\ne1,r1,completed,2027-01-01\n",
            "E_DATE_FUTURE",
        ),
    ],
)
def test_dates_across_cells(folder, table: str, text: str, code: str) -> None:
    """Ends lie after starts and past events in the past."""
    folder.write(table, text)
    assert folder.codes() == {code}


def test_planned_ends_may_lie_ahead(folder) -> None:
    """An active engagement ends some day."""
    folder.write("engagements", "mentee_id,mentor_id,status,end\ne1,r1,active,2027-01-01\n")
    assert folder.codes() == set()


@pytest.mark.parametrize(
    ("zone", "more", "told"),
    [
        ("Asia/Tokyo", {}, ["W_CLOCKS"]),
        ("Europe/Madrid", {}, []),
        ("Asia/Tokyo", {"start": "2027-02-01"}, []),
    ],
)
def test_clocks_of_no_known_day_are_told(folder, zone: str, more, told: list[str]) -> None:
    """Where people's clocks differ, and no day says which count."""
    folder.write("mentees", f"person_id,timezone\ne1,{zone}\n")
    cohort = folder.read(programme={"timezone": "Europe/Berlin", **more})
    assert [finding.code for finding in cohort.findings] == told


@pytest.mark.slow
def test_as_of_is_the_newest_past_event(folder) -> None:
    """Ages are measured from the data, never from the clock."""
    assert folder.read().as_of == NO_DATES
    folder.write("mentees", "person_id,consent_date,available_until\ne1,2026-03-01,2027-01-01\n")
    folder.write("contacts", "person_id,contact_id,last_contact\ne1,AB,2026-04-05\n")
    assert folder.read().as_of == date(2026, 4, 5)
    stated = {"programme": {"as_of": "2026-05-01"}}
    assert folder.read(**stated).as_of == date(2026, 5, 1)
    early = {"programme": {"as_of": "2026-04-01"}}
    assert folder.codes(**early) == {"E_DATE_FUTURE"}


def test_stale_contacts_are_told_once_a_person(folder) -> None:
    """The audit is about recent contacts: older ones are warned about, counted by person."""
    folder.write(
        "contacts",
        "person_id,contact_id,last_contact\n"
        "e1,AB,2026-05-01\ne1,CD,2025-01-01\ne1,EF,2025-02-01\ne2,AB,2026-04-01\n",
    )
    (finding,) = folder.check()
    assert (finding.code, finding.row) == ("W_STALE_CONTACT", 3)
    assert "e1" in finding.message
    assert "2 contacts" in finding.message


def test_an_earlier_audit_is_not_stale(folder) -> None:
    """Contacts of a first audit were talked to before it; only the latest audit is judged."""
    rows = "e1,AB,2024-01-01,1\ne1,AB,2026-05-01,2\ne1,CD,2024-02-01,2\ne2,AB,2026-04-01,\n"
    folder.write("contacts", f"person_id,contact_id,last_contact,wave\n{rows}")
    (finding,) = folder.check()
    assert (finding.code, finding.row) == ("W_STALE_CONTACT", 4)
    assert "1 contact " in finding.message


def test_contacts_said_to_be_members(folder) -> None:
    """A contact marked as a cohort member whose id nobody has is told."""
    folder.write("contacts", "person_id,contact_id,is_person_id\ne1,r1,yes\ne1,r9,yes\n")
    (finding,) = folder.check()
    assert (finding.code, finding.row) == ("W_CONTACT_UNRESOLVED", 3)
