"""Every input table and its canonical columns: the one declaration that all readers share.

The data dictionary, the checks, the reader and the form templates are made from ``TABLES``.
"""

from __future__ import annotations

from dataclasses import replace

from matcher.cohort.columns import VALUES_PREFIX, ColumnSpec, Kind, TableSpec
from matcher.cohort.people_columns import (
    MENTEE_COLUMNS,
    MENTOR_COLUMNS,
    MENTOR_ONLY,
    PERSON_ID,
    TOP_SCORE,
)
from matcher.vocabulary import Era, Frequency, Purpose, Role, Rule, ShareWith, Status

__all__ = ["MAX_CONTACTS", "MAX_NOTES", "SIGNUPS", "TABLES", "TOP_SCORE", "VALUES_PREFIX"]

MAX_CONTACTS = 10
"""Most contacts of one audit (source text, step 1)."""

MAX_NOTES = 3
"""Most strengths and most weaknesses of one audit (source text, step 2)."""

_MENTEE_REF = ColumnSpec("mentee_id", Kind.ID, "Id of the mentee.", required=True)
_MENTOR_REF = ColumnSpec("mentor_id", Kind.ID, "Id of the mentor.", required=True)
_CONFIDENTIAL = ColumnSpec(
    "confidential",
    Kind.YES_NO,
    "Whether it is kept out of everything but the match itself; yes unless it says no.",
    default=True,
)
_EGO = replace(PERSON_ID, description="Id of the person whose audit it is.")

_PREFERENCES = (
    replace(PERSON_ID, description="Id of the person who states the preference."),
    ColumnSpec("other_id", Kind.ID, "Id of the person it is about.", required=True),
    ColumnSpec(
        "role",
        Kind.CHOICE,
        "Role in which the first person speaks; needed only where both play both roles.",
        choices=(Role.MENTEE.value, Role.MENTOR.value),
    ),
    ColumnSpec(
        "score",
        Kind.NUMBER,
        "How welcome the other is, 0 to 5; 5 is the most welcome.",
        low=0,
        high=TOP_SCORE,
    ),
    ColumnSpec("veto", Kind.YES_NO, "Whether the pair must not be made."),
    _CONFIDENTIAL,
)

_RULES = (
    _MENTEE_REF,
    _MENTOR_REF,
    ColumnSpec(
        "rule",
        Kind.CHOICE,
        "Whether the pair must or must never be made.",
        choices=tuple(Rule),
        required=True,
    ),
    ColumnSpec("reason", Kind.TEXT, "Why.", private=True),
    _CONFIDENTIAL,
)

_ENGAGEMENTS = (
    _MENTEE_REF,
    _MENTOR_REF,
    ColumnSpec(
        "status",
        Kind.CHOICE,
        "Where the pair stands; sent, accepted and active pairs keep their place.",
        choices=tuple(Status),
        required=True,
    ),
    ColumnSpec("start", Kind.DATE, "First day."),
    ColumnSpec("end", Kind.DATE, "Last day, or the planned one."),
    ColumnSpec("reason_code", Kind.TEXT, "Short code for why it ended."),
)

_CONTACTS = (
    _EGO,
    ColumnSpec(
        "contact_id",
        Kind.ID,
        "Initials or another mark for the contact; no full name is needed.",
        required=True,
        private=True,
    ),
    ColumnSpec("organisation", Kind.TEXT, "Where the contact works."),
    ColumnSpec("internal", Kind.YES_NO, "Whether the contact works in the person's organisation."),
    ColumnSpec("known_since", Kind.DATE, "Known since; a year is enough.", past=True, coarse=True),
    ColumnSpec("last_contact", Kind.DATE, "When they last talked.", past=True),
    ColumnSpec("frequency", Kind.CHOICE, "How often they talk.", choices=tuple(Frequency)),
    ColumnSpec("purposes", Kind.LIST, "What the person turns to them for.", choices=tuple(Purpose)),
    ColumnSpec("reasons", Kind.TEXT, "Why they talk, in the person's words.", private=True),
    ColumnSpec("era", Kind.CHOICE, "Part of working life they belong to.", choices=tuple(Era)),
    ColumnSpec(
        "sees_me_as",
        Kind.YES_NO,
        "Whether the contact could see the person doing something different.",
        private=True,
    ),
    ColumnSpec("knows", Kind.LIST, "Whom the contact knows.", private=True),
    ColumnSpec(
        "wave",
        Kind.NUMBER,
        "1 for the first audit, 2 and up for later ones.",
        low=1,
        high=100,
        whole=True,
        default=1.0,
    ),
    ColumnSpec("may_introduce", Kind.YES_NO, "Whether the contact may be asked to introduce."),
    ColumnSpec("is_person_id", Kind.YES_NO, "Whether contact_id is the id of a cohort member."),
    ColumnSpec(
        "share_with",
        Kind.CHOICE,
        "Who may read what is said about the contact.",
        choices=tuple(ShareWith),
        default=ShareWith.ME.value,
    ),
)

_TIES = (
    _EGO,
    ColumnSpec("contact_id", Kind.ID, "One contact of that person.", required=True, private=True),
    ColumnSpec(
        "other_contact_id",
        Kind.ID,
        "Another contact of that person, whom the first knows.",
        required=True,
        private=True,
    ),
)

_NOTES = (
    _EGO,
    ColumnSpec(
        "kind",
        Kind.CHOICE,
        "Strength or weakness of the network.",
        choices=("strength", "weakness"),
        required=True,
    ),
    ColumnSpec("text", Kind.TEXT, "The note.", required=True, private=True),
    ColumnSpec("co_reviewer", Kind.TEXT, "Who looked at it with the person.", private=True),
)

_OUTCOMES = (
    _MENTEE_REF,
    _MENTOR_REF,
    ColumnSpec("rater", Kind.TEXT, "Who rates: mentee, mentor or somebody else."),
    ColumnSpec("wave", Kind.NUMBER, "Which round of asking.", low=1, high=100, whole=True),
    ColumnSpec("date", Kind.DATE, "When it was asked.", past=True),
    ColumnSpec("meetings", Kind.NUMBER, "Meetings held.", low=0, high=10_000, whole=True),
    ColumnSpec("rating", Kind.NUMBER, "How good the relation is, 0 to 5.", low=0, high=TOP_SCORE),
    ColumnSpec("success", Kind.YES_NO, "Whether the relation was a success."),
    ColumnSpec("goal_progress", Kind.NUMBER, "Progress on goals, 0 to 5.", low=0, high=TOP_SCORE),
    ColumnSpec("ended_early", Kind.YES_NO, "Whether the relation ended before its time."),
)

_GROUPS = (replace(PERSON_ID, description="Id of the person."),)

TABLES: dict[str, TableSpec] = {
    table.name: table
    for table in (
        TableSpec("mentees", "People who look for mentors.", MENTEE_COLUMNS, is_people=True),
        TableSpec("mentors", "People who offer to mentor.", MENTOR_COLUMNS, is_people=True),
        TableSpec(
            "preferences",
            "Whom people would like, or must not be matched with.",
            _PREFERENCES,
            any_of=("score", "veto"),
        ),
        TableSpec("rules", "Pairs that the coordinator forces or forbids.", _RULES),
        TableSpec("engagements", "Pairs past and present.", _ENGAGEMENTS),
        TableSpec(
            "contacts",
            "Network audit, step 1: up to ten people recently turned to.",
            _CONTACTS,
            is_open=True,
            is_audit=True,
        ),
        TableSpec("contact_ties", "Which contacts know each other.", _TIES, is_audit=True),
        TableSpec(
            "audit_notes",
            "Network audit, step 2: up to three strengths and three weaknesses.",
            _NOTES,
            is_audit=True,
        ),
        TableSpec(
            "outcomes",
            "How earlier pairs went; what the weights are tuned on.",
            _OUTCOMES,
            any_of=("rating", "success"),
        ),
        TableSpec(
            "groups",
            "Protected attributes, for the fairness audit only.",
            _GROUPS,
            is_open=True,
        ),
    )
}
"""Every table that a cohort may hold, by name; `mentees` and `mentors` are needed."""

SIGNUPS = TableSpec(
    "signups",
    "One form for both sides, instead of mentees and mentors.",
    (
        PERSON_ID,
        ColumnSpec(
            "role",
            Kind.CHOICE,
            "Mentee, mentor, both, or either (one of the two, whichever helps more).",
            choices=tuple(Role),
            required=True,
            hints=("sign up as", "role", "mentee or mentor"),
        ),
        *MENTEE_COLUMNS[1:],
        *MENTOR_ONLY,
    ),
    is_people=True,
)
"""The table that replaces `mentees` and `mentors`; ``mentees.contexts`` and ``mentors.contexts``
name one side's answer where the form asks both."""
