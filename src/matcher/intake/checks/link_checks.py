"""Checks of tables that name people: who must be known, and what contradicts itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from matcher.cohort.ids import id_key
from matcher.cohort.tables import TABLES
from matcher.errors import Finding
from matcher.intake.findings import at_rows, is_among
from matcher.text import shown_id
from matcher.vocabulary import Status

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from matcher.intake.identity import Members
    from matcher.intake.typed_table import TypedTable

LIVE = (Status.PROPOSED, Status.SENT, Status.ACCEPTED, Status.ACTIVE, Status.PAUSED)
"""Engagements that still hold a place or a promise."""

LOCKED = (Status.SENT, Status.ACCEPTED, Status.ACTIVE)
"""Engagements that the match must keep."""


def check_known(frame: pd.DataFrame, table: str, members: Members) -> list[Finding]:
    """Report each id that is nobody's in the cohort, with the id that looks like it."""
    findings = []
    for column, noun in TABLES[table].references.items():
        known = members.known(noun)
        unknown = frame[column].notna() & ~is_among(frame[column], known)
        if not unknown.any():
            continue
        twins = {id_key(name): name for name in sorted(known, reverse=True)}
        for name, row in frame.loc[unknown, [column, "source_row"]].itertuples(index=False):
            near = twins.get(id_key(name))
            hint = (
                f"write {shown_id(near)}, the id that looks the same" if near else "correct the id"
            )
            message = f"{shown_id(name)} is no {noun} of this cohort"
            findings.append(Finding("E_UNKNOWN_PERSON", message, hint).at(table, int(row), column))
    return findings


def check_clashes(table: TypedTable, *keys: str) -> list[Finding]:
    """Report rows that are about the same person or pair as an earlier one and differ."""
    frame = table.frame
    is_clash = frame.duplicated(list(keys)).to_numpy()
    first = frame.groupby(list(keys), dropna=False)["source_row"].transform("min")
    code, what = ("E_DUP_ID", "person") if len(keys) == 1 else ("E_DUP_ROW", "pair")
    findings = []
    for row, earlier in zip(frame.loc[is_clash, "source_row"], first[is_clash], strict=True):
        message = f"rows {earlier} and {row} are about the same {what} and differ"
        finding = Finding(code, message, "keep the one that is right")
        findings.append(finding.at(table.spec.name, int(row), keys[0]))
    return findings


def check_rules(frame: pd.DataFrame, members: Members) -> list[Finding]:
    """Rules must name a mentee and a mentor; contradictions between rules are found later.

    Somebody ruled to be their own mentor is left to the search for contradictions as well,
    whichever side they are on.
    """
    is_own = frame["mentee_id"].to_numpy(dtype=object) == frame["mentor_id"].to_numpy(dtype=object)
    others = frame[~(is_own & is_among(frame["mentee_id"], members.on_a_side))]
    return check_known(others, "rules", members)


def check_preferences(frame: pd.DataFrame, members: Members) -> list[Finding]:
    """Preferences must name two different people, one on each side, and say something."""
    everyone = members.on_a_side
    findings = check_known(frame, "preferences", replace(members, everyone=everyone))
    person, other = frame["person_id"], frame["other_id"]
    is_self = (person.notna() & (person == other)).fillna(False)
    message = "somebody states a preference about themselves"
    finding = Finding("E_SELF_PAIR", message, "correct other_id")
    findings += at_rows(frame, is_self, ("preferences", "other_id"), finding)
    says_nothing = frame["score"].isna() & frame["veto"].isna()
    remedy = "write a score from 0 to 5, or yes under veto"
    finding = Finding("E_MISSING_VALUE", "neither score nor veto is given", remedy)
    findings += at_rows(frame, says_nothing, ("preferences", "score"), finding)
    known = is_among(person, everyone) & is_among(other, everyone)
    strange = known & ~can_be_pair(frame, members) & (person != other).fillna(True)
    remedy = "a preference goes from a mentee to a mentor or the other way round"
    finding = Finding("E_ROLE", "the two people cannot be a pair in that role", remedy)
    findings += at_rows(frame, strange, ("preferences", "role"), finding)
    return findings + check_direction(frame)


def possible_roles(
    frame: pd.DataFrame, members: Members
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return where the first person can be the other's mentee, and where the mentor."""
    person, other = frame["person_id"], frame["other_id"]
    return (
        is_among(person, members.mentees) & is_among(other, members.mentors),
        is_among(person, members.mentors) & is_among(other, members.mentees),
    )


def can_be_pair(frame: pd.DataFrame, members: Members) -> NDArray[np.bool_]:
    """Return for each preference whether its people can be a pair in the role that is stated."""
    as_mentee, as_mentor = possible_roles(frame, members)
    role = frame["role"]
    return np.asarray(
        (as_mentee & (role != "mentor")) | (as_mentor & (role != "mentee")), dtype=bool
    )


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


def is_live(frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which engagements still hold a place or a promise."""
    return frame["status"].isin([status.value for status in LIVE]).to_numpy(dtype=bool)


def check_engagements(frame: pd.DataFrame, members: Members) -> list[Finding]:
    """Live engagements must name known people, none themselves, and lock a pair once."""
    findings = check_known(frame[is_live(frame)], "engagements", members)
    is_self = (frame["mentee_id"] == frame["mentor_id"]).fillna(False)
    finding = Finding(
        "E_SELF_PAIR", "somebody is engaged with themselves", "correct one of the ids"
    )
    findings += at_rows(frame, is_self, ("engagements", "mentor_id"), finding)
    locked = frame[frame["status"].isin([status.value for status in LOCKED])]
    message = "the pair is sent, accepted or active in two rows"
    finding = Finding("E_DUP_ROW", message, "keep the row that holds today")
    again = locked.duplicated(["mentee_id", "mentor_id"])
    return findings + at_rows(locked, again, ("engagements", "status"), finding)
