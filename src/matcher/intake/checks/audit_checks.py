"""Checks of the network audit: how many contacts and notes, and ties between listed contacts."""

from __future__ import annotations

from datetime import date

import pandas as pd

from matcher.cohort.tables import MAX_CONTACTS, MAX_NOTES
from matcher.errors import Finding
from matcher.intake.checks.findings import at_rows, is_among
from matcher.text import count_of, fold_each, shown_id


def check_contacts(frame: pd.DataFrame) -> list[Finding]:
    """At most ten different contacts an audit, none of them the person."""
    place = ("contacts", "contact_id")
    known = frame.dropna(subset=["person_id", "contact_id"])
    findings = at_rows(
        known,
        known.groupby(["person_id", "wave"]).cumcount() == MAX_CONTACTS,
        place,
        "E_AUDIT_CONTACTS_MAX",
        f"the audit lists more than {MAX_CONTACTS} contacts",
        f"keep the {MAX_CONTACTS} that matter most",
    )
    # Like everywhere in an audit, KT and kt are the same initials.
    folded = known.assign(contact_id=fold_each(known["contact_id"]))
    findings += at_rows(
        known,
        folded.duplicated(["person_id", "wave", "contact_id"]),
        place,
        "E_DUP_ROW",
        "the contact is listed twice in one audit",
        "keep one row, or tell two people with the same initials apart",
    )
    return findings + at_rows(
        known,
        folded["contact_id"] == fold_each(known["person_id"]),
        place,
        "E_SELF_TIE",
        "the person lists themselves as a contact",
        "delete the row",
    )


def check_contact_members(frame: pd.DataFrame, everyone: set[str]) -> list[Finding]:
    """Warn of contacts who are said to be cohort members and are not."""
    is_said = frame["is_person_id"].fillna(False).to_numpy(dtype=bool)
    return at_rows(
        frame,
        is_said & ~is_among(frame["contact_id"], everyone),
        ("contacts", "is_person_id"),
        "W_CONTACT_UNRESOLVED",
        "the contact is said to be a member of the cohort, but no member has that id",
        "write the member's id as contact_id; as it stands the contact counts as an outsider",
    )


def check_stale_contacts(frame: pd.DataFrame, as_of: date, days: int) -> list[Finding]:
    """Warn, once a person, of contacts last talked to more than `days` before `as_of`.

    Only of the latest audit: in an earlier one it is no wonder.
    """
    age = pd.Timestamp(as_of) - frame["last_contact"]
    wave = frame["wave"].fillna(1)
    is_latest = wave == wave.groupby(frame["person_id"]).transform("max")
    stale = frame[is_latest & (age > pd.Timedelta(days=days))]
    counts = stale.groupby("person_id", sort=True)["source_row"].agg(["size", "min"])
    past = count_of(days, "day")
    remedy = "the audit is about people recently turned to: ask whether they still belong to it"
    return [
        Finding(
            "W_STALE_CONTACT",
            f"{shown_id(person)} last talked to {count_of(size, 'contact')} over {past} ago",
            remedy,
            "contacts",
            int(row),
            "last_contact",
        )
        for person, size, row in zip(counts.index, counts["size"], counts["min"], strict=True)
    ]


def check_ties(ties: pd.DataFrame, contacts: pd.DataFrame) -> list[Finding]:
    """Ties join two different contacts that the person listed."""
    place = ("contact_ties", "other_contact_id")
    ends = ties.dropna(subset=["person_id", "contact_id", "other_contact_id"])
    is_self = (
        (ends["contact_id"] == ends["other_contact_id"])
        | (ends["contact_id"] == ends["person_id"])
        | (ends["other_contact_id"] == ends["person_id"])
    )
    findings = at_rows(
        ends,
        is_self,
        place,
        "E_SELF_TIE",
        "the tie joins somebody with themselves, or with the person whose audit it is",
        "delete it: ties join two different contacts; the person is tied to all of them anyway",
    )
    listed = pd.MultiIndex.from_frame(contacts[["person_id", "contact_id"]].astype(object))
    for column in ("contact_id", "other_contact_id"):
        end = pd.MultiIndex.from_frame(ends[["person_id", column]].astype(object))
        findings += at_rows(
            ends,
            ~end.isin(listed) & ~is_self.to_numpy(dtype=bool),
            ("contact_ties", column),
            "E_TIE_UNKNOWN",
            "the tie names a contact that the person did not list",
            "write the contact as in contacts",
        )
    return findings


def check_notes(frame: pd.DataFrame) -> list[Finding]:
    """At most three strengths and three weaknesses an audit."""
    findings: list[Finding] = []
    for kind, code in (
        ("strength", "E_AUDIT_STRENGTHS_MAX"),
        ("weakness", "E_AUDIT_WEAKNESSES_MAX"),
    ):
        notes = frame[(frame["kind"] == kind).fillna(False)].dropna(subset=["person_id"])
        findings += at_rows(
            notes,
            notes.groupby("person_id").cumcount() == MAX_NOTES,
            ("audit_notes", "kind"),
            code,
            f"the audit lists more than {MAX_NOTES} of the kind {kind}",
            f"keep the {MAX_NOTES} that matter most",
        )
    return findings
