"""Checks of the network audit: how many contacts and notes, and ties between listed contacts."""

from collections.abc import Mapping
from datetime import date

import pandas as pd

from matcher.cohort.tables import MAX_CONTACTS, MAX_NOTES
from matcher.errors import Finding
from matcher.intake.findings import at_rows, is_among
from matcher.intake.identity import Members
from matcher.text import count_of, fold_each, shown_id


def check_audits(frames: Mapping[str, pd.DataFrame], *, has_contacts: bool) -> list[Finding]:
    """Return what is wrong with the tables of an audit, as far as they are there.

    Parameters
    ----------
    frames
        Typed tables by name.
    has_contacts
        Whether it is known which contacts people listed, so that ties can be held against them.
    """
    findings: list[Finding] = []
    if "contacts" in frames:
        findings += _check_contacts(frames["contacts"])
    if "contact_ties" in frames and has_contacts:
        nobody = pd.DataFrame({"person_id": [], "contact_id": []})
        findings += _check_ties(frames["contact_ties"], frames.get("contacts", nobody))
    if "audit_notes" in frames:
        findings += _check_notes(frames["audit_notes"])
    return findings


def _check_contacts(frame: pd.DataFrame) -> list[Finding]:
    """At most ten different contacts an audit, none of them the person."""
    place = ("contacts", "contact_id")
    known = frame.dropna(subset=["person_id", "contact_id"])
    is_over = known.groupby(["person_id", "wave"]).cumcount() == MAX_CONTACTS
    message = f"the audit lists more than {MAX_CONTACTS} contacts"
    remedy = f"keep the {MAX_CONTACTS} that matter most"
    findings = at_rows(known, is_over, place, Finding("E_AUDIT_CONTACTS_MAX", message, remedy))
    # Like everywhere in an audit, KT and kt are the same initials.
    folded = known.assign(contact_id=fold_each(known["contact_id"]))
    again = folded.duplicated(["person_id", "wave", "contact_id"])
    remedy = "keep one row, or tell two people with the same initials apart"
    finding = Finding("E_DUP_ROW", "the contact is listed twice in one audit", remedy)
    findings += at_rows(known, again, place, finding)
    is_self = folded["contact_id"] == fold_each(known["person_id"])
    finding = Finding("E_SELF_TIE", "the person lists themselves as a contact", "delete the row")
    return findings + at_rows(known, is_self, place, finding)


def check_contact_members(frame: pd.DataFrame, members: Members) -> list[Finding]:
    """Warn of contacts who are said to be cohort members and are not."""
    is_said = frame["is_person_id"].fillna(False).to_numpy(dtype=bool)
    strange = is_said & ~is_among(frame["contact_id"], members.everyone)
    message = "the contact is said to be a member of the cohort, but no member has that id"
    remedy = "write the member's id as contact_id; as it stands the contact counts as an outsider"
    finding = Finding("W_CONTACT_UNRESOLVED", message, remedy)
    return at_rows(frame, strange, ("contacts", "is_person_id"), finding)


def check_stale_contacts(frame: pd.DataFrame, as_of: date, days: int) -> list[Finding]:
    """Warn, once a person, of contacts last talked to more than `days` before `as_of`.

    Only of the latest audit: in an earlier one it is no wonder.
    """
    age = pd.Timestamp(as_of) - frame["last_contact"]
    wave = frame["wave"].fillna(1)
    is_latest = wave == wave.groupby(frame["person_id"]).transform("max")
    stale = frame[is_latest & (age > pd.Timedelta(days=days))]
    counts = stale.groupby("person_id", sort=True)["source_row"].agg(["size", "min"])
    remedy = "the audit is about people recently turned to: ask whether they still belong to it"
    past = count_of(days, "day")
    findings = []
    for person, size, row in counts.itertuples():
        message = f"{shown_id(person)} last talked to {count_of(size, 'contact')} over {past} ago"
        finding = Finding("W_STALE_CONTACT", message, remedy)
        findings.append(finding.at("contacts", int(row), "last_contact"))
    return findings


def _check_ties(ties: pd.DataFrame, contacts: pd.DataFrame) -> list[Finding]:
    """Ties join two different contacts that the person listed."""
    ends = ties.dropna(subset=["person_id", "contact_id", "other_contact_id"])
    person, one, other = (ends[c] for c in ("person_id", "contact_id", "other_contact_id"))
    is_self = (one == other) | (one == person) | (other == person)
    message = "the tie joins somebody with themselves, or with the person whose audit it is"
    remedy = "delete it: ties join two different contacts; the person is tied to all of them anyway"
    finding = Finding("E_SELF_TIE", message, remedy)
    findings = at_rows(ends, is_self, ("contact_ties", "other_contact_id"), finding)
    listed = pd.MultiIndex.from_frame(contacts[["person_id", "contact_id"]].astype(object))
    message = "the tie names a contact that the person did not list"
    finding = Finding("E_TIE_UNKNOWN", message, "write the contact as in contacts")
    for column in ("contact_id", "other_contact_id"):
        end = pd.MultiIndex.from_frame(ends[["person_id", column]].astype(object))
        unknown = ~end.isin(listed) & ~is_self.to_numpy(dtype=bool)
        findings += at_rows(ends, unknown, ("contact_ties", column), finding)
    return findings


def _check_notes(frame: pd.DataFrame) -> list[Finding]:
    """At most three strengths and three weaknesses an audit."""
    findings: list[Finding] = []
    remedy = f"keep the {MAX_NOTES} that matter most"
    codes = {"strength": "E_AUDIT_STRENGTHS_MAX", "weakness": "E_AUDIT_WEAKNESSES_MAX"}
    for kind, code in codes.items():
        notes = frame[(frame["kind"] == kind).fillna(False)].dropna(subset=["person_id"])
        is_over = notes.groupby("person_id").cumcount() == MAX_NOTES
        finding = Finding(code, f"the audit lists more than {MAX_NOTES} of the kind {kind}", remedy)
        findings += at_rows(notes, is_over, ("audit_notes", "kind"), finding)
    return findings
