"""Checks of tables that name people: who must be known, and what contradicts itself.

What an unknown person means depends on what the row does. A rule, a preference or an open
engagement that reaches nobody would silently change the match, and an audit of nobody would be
lost: errors. Past engagements, outcomes and groups come from systems that also hold people who have
left or did not sign up: those rows are rejected and counted in one warning a table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matcher.cohort.ids import id_key
from matcher.errors import Finding
from matcher.intake.checks.findings import at_rows, is_among
from matcher.intake.links import drop_rows
from matcher.text import shown_id
from matcher.vocabulary import Status

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from matcher.intake.typed_table import Typed

LIVE = (Status.PROPOSED, Status.SENT, Status.ACCEPTED, Status.ACTIVE, Status.PAUSED)
"""Engagements that still hold a place or a promise."""

LOCKED = (Status.SENT, Status.ACCEPTED, Status.ACTIVE)
"""Engagements that the match must keep."""


def check_known(
    frame: pd.DataFrame, table: str, column: str, known: set[str], noun: str
) -> list[Finding]:
    """Report each row that names somebody who is not `known`, with the id that looks like it."""
    unknown = frame[column].notna() & ~is_among(frame[column], known)
    if not unknown.any():
        return []
    twins = {id_key(name): name for name in sorted(known, reverse=True)}
    findings = []
    chosen = frame.loc[unknown, [column, "source_row"]]
    for name, row in zip(chosen[column], chosen["source_row"], strict=True):
        near = twins.get(id_key(name))
        hint = f"write {shown_id(near)}, the id that looks the same" if near else "correct the id"
        message = f"{shown_id(name)} is no {noun} of this cohort"
        findings.append(Finding("E_UNKNOWN_PERSON", message, hint, table, int(row), column))
    return findings


def check_rules(frame: pd.DataFrame, mentees: set[str], mentors: set[str]) -> list[Finding]:
    """Rules must name a mentee and a mentor; contradictions between rules are found later.

    Somebody ruled to be their own mentor is left to the search for contradictions as well,
    whichever side they are on.
    """
    is_own = frame["mentee_id"].to_numpy(dtype=object) == frame["mentor_id"].to_numpy(dtype=object)
    others = frame[~(is_own & is_among(frame["mentee_id"], mentees | mentors))]
    return [
        *check_known(others, "rules", "mentee_id", mentees, "mentee"),
        *check_known(others, "rules", "mentor_id", mentors, "mentor"),
    ]


def check_preferences(frame: pd.DataFrame, mentees: set[str], mentors: set[str]) -> list[Finding]:
    """Preferences must name two different people, one on each side, and say something."""
    everyone = mentees | mentors
    findings = check_known(frame, "preferences", "person_id", everyone, "member")
    findings += check_known(frame, "preferences", "other_id", everyone, "member")
    is_self = frame["person_id"].notna() & (frame["person_id"] == frame["other_id"])
    findings += at_rows(
        frame,
        is_self.fillna(False),
        ("preferences", "other_id"),
        "E_SELF_PAIR",
        "somebody states a preference about themselves",
        "correct other_id",
    )
    says_nothing = frame["score"].isna() & frame["veto"].isna()
    findings += at_rows(
        frame,
        says_nothing,
        ("preferences", "score"),
        "E_MISSING_VALUE",
        "neither score nor veto is given",
        "write a score from 0 to 5, or yes under veto",
    )
    findings += _check_sides(frame, mentees, mentors)
    return findings + check_direction(frame)


def _check_sides(frame: pd.DataFrame, mentees: set[str], mentors: set[str]) -> list[Finding]:
    person, other = frame["person_id"], frame["other_id"]
    known = is_among(person, mentees | mentors) & is_among(other, mentees | mentors)
    return at_rows(
        frame,
        known & ~can_be_pair(frame, mentees, mentors) & (person != other).fillna(True),
        ("preferences", "role"),
        "E_ROLE",
        "the two people cannot be a pair in that role",
        "a preference goes from a mentee to a mentor or the other way round",
    )


def can_be_pair(frame: pd.DataFrame, mentees: set[str], mentors: set[str]) -> NDArray[np.bool_]:
    """Return for each preference whether its people can be a pair in the role that is stated."""
    person, other, role = frame["person_id"], frame["other_id"], frame["role"]
    as_mentee = is_among(person, mentees) & is_among(other, mentors)
    as_mentor = is_among(person, mentors) & is_among(other, mentees)
    fits = (as_mentee & (role != "mentor")) | (as_mentor & (role != "mentee"))
    return np.asarray(fits, dtype=bool)


def check_direction(frame: pd.DataFrame) -> list[Finding]:
    """Warn where scores look like ranks: 1, 2, 3, ... for everybody who scored several."""
    scored = frame.loc[frame["score"].notna(), ["person_id", "score"]]
    sizes = scored.groupby("person_id")["score"].agg(["size", "min", "max", "nunique"])
    several = sizes[sizes["size"] >= 3]
    if len(several) < 3:
        return []
    is_rank = (
        (several["min"] == 1)
        & (several["max"] == several["size"])
        & (several["nunique"] == several["size"])
    )
    if not is_rank.all():
        return []
    message = "every person's scores are 1, 2, 3, ... once each, like ranks"
    remedy = "5 is the most welcome; if 1 means first choice, turn the scores round"
    return [Finding("W_SCORE_DIRECTION", message, remedy, "preferences", None, "score")]


def check_engagements(
    typed: Typed, mentees: set[str], mentors: set[str]
) -> tuple[Typed, list[Finding]]:
    """Live engagements must name known people; past ones of people who left are rejected."""
    frame = typed.frame
    is_live = frame["status"].isin([status.value for status in LIVE])
    live = frame[is_live]
    findings = check_known(live, "engagements", "mentee_id", mentees, "mentee")
    findings += check_known(live, "engagements", "mentor_id", mentors, "mentor")
    is_self = (frame["mentee_id"] == frame["mentor_id"]).fillna(False)
    findings += at_rows(
        frame,
        is_self,
        ("engagements", "mentor_id"),
        "E_SELF_PAIR",
        "somebody is engaged with themselves",
        "correct one of the ids",
        "mentee_id",
    )
    findings += _check_locked_twice(frame)
    return drop_strangers(typed, mentees, mentors, ~is_live), findings


def _check_locked_twice(frame: pd.DataFrame) -> list[Finding]:
    locked = frame[frame["status"].isin([status.value for status in LOCKED])]
    return at_rows(
        locked,
        locked.duplicated(["mentee_id", "mentor_id"]),
        ("engagements", "status"),
        "E_DUP_ROW",
        "the pair is sent, accepted or active in two rows",
        "keep the row that holds today",
        "mentee_id",
    )


def drop_strangers(
    typed: Typed, mentees: set[str], mentors: set[str], where: pd.Series | None = None
) -> Typed:
    """Reject the rows of pairs whose mentee or mentor is not in the cohort."""
    frame = typed.frame
    here = True if where is None else where.to_numpy(dtype=bool)
    unknown = {
        "mentee_id": ~is_among(frame["mentee_id"], mentees) & here,
        "mentor_id": ~is_among(frame["mentor_id"], mentors) & here,
    }
    return _drop(typed, unknown)


def drop_unknown_members(typed: Typed, everyone: set[str]) -> Typed:
    """Reject the rows about people who are not in the cohort."""
    return _drop(typed, {"person_id": ~is_among(typed.frame["person_id"], everyone)})


def _drop(typed: Typed, unknown: dict[str, NDArray[np.bool_]]) -> Typed:
    """Reject the rows in which a column names a stranger; one finding points at the first."""
    strange = np.logical_or.reduce(list(unknown.values()))
    if not strange.any():
        return typed
    first = int(strange.argmax())
    column = next(column for column, mask in unknown.items() if mask[first])
    row = int(typed.frame["source_row"].iloc[first])
    message = f"rows about people who are not in the cohort: {int(strange.sum())}, this the first"
    remedy = "they are rejected; correct the id, or add the person, where that is not meant"
    finding = Finding("W_UNKNOWN_PERSON", message, remedy, typed.spec.name, row, column)
    return drop_rows(typed, strange, finding)
