"""Tables that name people: who must be known, what contradicts itself, which rows do not count."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.cohort.people import People
from matcher.cohort.tables import PAIRS, TABLES, Kind
from matcher.errors import Finding
from matcher.intake.checks.row_checks import check_contact_members
from matcher.intake.files.recorded import MARK
from matcher.intake.findings import Findings, at_rows, is_among
from matcher.intake.members import Departed, Members
from matcher.intake.typed_table import TypedTable
from matcher.text import listed, shown_id
from matcher.vocabulary import LIVE, LOCKED, Role


def resolve_references(tables: Mapping[str, TypedTable], people: People) -> dict[str, TypedTable]:
    """Return the tables that name people, with ids where one person is named.

    Contacts are initials more often than names, so a contact is a name only where the row says
    that it is somebody of the cohort; the ties of that audit mean the same contact.
    """
    linked = {}
    for name, table in tables.items():
        columns = [c.name for c in table.spec.columns if c.kind is Kind.ID]
        plain = {c: people.resolved(table.frame[c], by_name=c not in _CONTACTS) for c in columns}
        linked[name] = table.with_frame(table.frame.assign(**plain))
    if "contacts" not in linked:
        return linked
    frame = linked["contacts"].frame
    said = frame["is_person_id"].fillna(value=False).to_numpy(dtype=bool)
    named = frame["contact_id"].where(~said, people.resolved(frame["contact_id"]))
    known = zip(frame["person_id"], frame["contact_id"], named, strict=True)
    ids = {(person, text): contact for person, text, contact in known if text != contact}
    linked["contacts"] = linked["contacts"].with_frame(frame.assign(contact_id=named))
    if ids and "contact_ties" in linked:
        ties = linked["contact_ties"].frame
        ends = {
            end: [ids.get(pair, pair[1]) for pair in zip(ties["person_id"], ties[end], strict=True)]
            for end in _CONTACTS
        }
        frame = ties.assign(**{end: pd.array(ends[end], dtype="str") for end in ends})
        linked["contact_ties"] = linked["contact_ties"].with_frame(frame)
    return linked


_CONTACTS = ("contact_id", "other_contact_id")


def judged_links(
    table: TypedTable, members: Members, departed: Departed, found: Findings
) -> TypedTable:
    """Return a table that names people without the rows that do not count; tell what is wrong.

    What an unknown person means depends on what the row does. A rule, a preference or an open
    engagement that reaches nobody would silently change the match, and an audit of nobody would be
    lost: errors. Past engagements, outcomes and groups come from systems that also hold people who
    have left or did not sign up: those rows are rejected and counted in one warning a table.

    Parameters
    ----------
    table
        With ids in place of addresses.
    members, departed
        Who is in the cohort, and who took part in an earlier run.
    found
        Takes what is wrong.
    """
    table = _drop_departed(table, members, departed, found)
    match table.spec.name:
        case "preferences":
            table = _drop_repetitions(table, found)
            found.add_derived(_check_preferences(table.frame, members))
            found.add(_check_clashes(table, "person_id", "other_id", "role"))
            return _fill_roles(table, members, found)
        case "rules":
            found.add(_check_rules(table.frame, members))
            table = _drop_repetitions(table, found)
            found.add(_check_clashes(table, "mentee_id", "mentor_id", "rule"))
        case "engagements":
            table = _drop_repetitions(table, found)
            table = table.without(is_superseded(table.frame, ("mentee_id", "mentor_id")))
            found.add(_check_engagements(table.frame, members))
            return _without_gone_pairs(table, members, found)
        case "consents":
            table = table.without(is_superseded(table.frame, ("person_id",)))
            return _drop_strangers(table, members, found)
        case "outcomes":
            keys = ("mentee_id", "mentor_id", "rater", "wave")
            table = table.without(is_superseded(table.frame, keys))
            return _drop_strangers(table, members, found)
        case "groups":
            table = _drop_repetitions(table, found)
            found.add(_check_clashes(table, "person_id"))
            return _drop_strangers(table, members, found)
        case audit:
            found.add(_check_known(table.frame, audit, members))
            if audit == "contacts":
                found.add(check_contact_members(table.frame, members))
    return table


def _drop_repetitions(table: TypedTable, found: Findings) -> TypedTable:
    """Reject rows that say exactly what an earlier row says."""
    is_same = table.frame.drop(columns="source_row").astype(str).duplicated().to_numpy()
    if is_same.any():
        message = f"rows that say what another row says: {int(is_same.sum())}"
        found.add([Finding("W_DUP_ROW", message, "they count once", table.spec.name)])
    return table.without(is_same)


def is_superseded(frame: pd.DataFrame, keys: Sequence[str]) -> NDArray[np.bool_]:
    """Return which rows a later row of the same pair or person has replaced: shape (rows,).

    From the first recorded row on the last one counts, over all rows before it as well: so a line
    that was added by hand at the end counts too. Of rows that no command wrote each counts: they
    may be in any order.
    """
    at = pd.Series(np.arange(len(frame)), index=frame.index)
    is_log = frame[MARK].notna().cummax()
    owner = frame.groupby([*keys], dropna=False).ngroup()
    return np.asarray(at < at.where(is_log, -1).groupby(owner).transform("max"))


def _drop_departed(
    table: TypedTable, members: Members, departed: Departed, found: Findings
) -> TypedTable:
    """Reject the rows that name somebody of an earlier run who is gone."""
    named = departed.named(table.frame, members)
    message = (
        "rows that name people of the earlier run who are gone: {count}, this the first ({who})"
    )
    remedy = "they are left out; add the person again where that is not meant"
    return _drop(table, named, Finding("W_DEPARTED", message, remedy), found)


def _without_gone_pairs(table: TypedTable, members: Members, found: Findings) -> TypedTable:
    """Reject the pairs that are over of somebody who is not in the cohort; each is told."""
    frame, past = table.frame, ~_is_live(table.frame)
    leaving = np.zeros(len(frame), dtype=bool)
    remedy = "where somebody here is meant, write their id or full name"
    for column, noun in table.spec.references.items():
        gone = ~is_among(frame[column], members.known(noun)) & past & ~leaving
        leaving |= gone
        for text, row in frame.loc[gone, [column, "source_row"]].itertuples(index=False):
            what = f"is here, and is no {noun}" if text in members.everyone else "is nobody here"
            message = f"an earlier pair does not count: its {noun} {what}"
            found.add([Finding("W_UNKNOWN_PERSON", message, remedy).at(PAIRS, int(row), column)])
    return table.without(leaving)


def _drop_strangers(table: TypedTable, members: Members, found: Findings) -> TypedTable:
    """Reject the rows that name somebody who is not in the cohort."""
    unknown = {
        column: ~is_among(table.frame[column], members.known(noun))
        for column, noun in table.spec.references.items()
    }
    message = "rows about people who are not in the cohort: {count}, this the first"
    remedy = "they are rejected; correct the id, or add the person, where that is not meant"
    return _drop(table, unknown, Finding("W_UNKNOWN_PERSON", message, remedy), found)


def _drop(
    table: TypedTable, masks: dict[str, NDArray[np.bool_]], finding: Finding, found: Findings
) -> TypedTable:
    """Reject rows by the column for which they go; one finding counts them, at the first."""
    leaving = np.logical_or.reduce([np.zeros(len(table.frame), dtype=bool), *masks.values()])
    if leaving.any():
        first = int(leaving.argmax())
        column = next(column for column, mask in masks.items() if mask[first])
        row, person = int(table.frame["source_row"].iloc[first]), table.frame[column].iloc[first]
        message = finding.message.format(count=int(leaving.sum()), who=shown_id(person))
        found.add([replace(finding, message=message).at(table.spec.name, row, column)])
    return table.without(leaving)


def _fill_roles(table: TypedTable, members: Members, found: Findings) -> TypedTable:
    """Fill the role in which a preference is stated where only one is possible.

    Where both people play both roles and none is stated, as in a form, it is stated in each.
    """
    frame = table.frame.copy()
    is_open = frame["role"].isna()
    as_mentee, as_mentor = members.roles(frame)
    frame.loc[is_open & as_mentee & ~as_mentor, "role"] = Role.MENTEE.value
    frame.loc[is_open & as_mentor & ~as_mentee, "role"] = Role.MENTOR.value
    is_both = is_open & as_mentee & as_mentor
    if not is_both.any():
        return replace(table, frame=frame)
    rows = frame.loc[is_both]
    message = "both people play both roles and no role is stated, so it counts in each"
    told = Finding(
        "W_BOTH_ROLES", message, "write the role of person_id in preferences to narrow it"
    )
    found.add([told.at("preferences", int(row), "role") for row in rows["source_row"]])
    each = [rows.assign(role=role.value) for role in (Role.MENTEE, Role.MENTOR)]
    whole = pd.concat([frame[~is_both], *each])
    whole = whole[~whole.duplicated(["person_id", "other_id", "role"])]
    whole = whole.sort_values("source_row", kind="stable", ignore_index=True)
    return replace(table, frame=whole, read=table.read + len(whole) - len(frame))


def _check_known(frame: pd.DataFrame, table: str, members: Members) -> list[Finding]:
    """Report each reference that names nobody of the cohort for sure, with who may be meant."""
    findings = []
    for column, noun in TABLES[table].references.items():
        known = members.known(noun)
        unknown = frame[column].notna() & ~is_among(frame[column], known)
        for name, row in frame.loc[unknown, [column, "source_row"]].itertuples(index=False):
            finding = members.people.unresolved(name, noun, known)
            findings.append(finding.at(table, int(row), column))
    return findings


def _check_clashes(table: TypedTable, *keys: str) -> list[Finding]:
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


def _check_rules(frame: pd.DataFrame, members: Members) -> list[Finding]:
    """Rules must name a mentee and a mentor; contradictions between rules are found later.

    Somebody ruled to be their own mentor is left to the search for contradictions as well,
    whichever side they are on.
    """
    is_own = frame["mentee_id"].to_numpy(dtype=object) == frame["mentor_id"].to_numpy(dtype=object)
    others = frame[~(is_own & is_among(frame["mentee_id"], members.on_a_side))]
    return _check_known(others, "rules", members)


def _check_preferences(frame: pd.DataFrame, members: Members) -> list[Finding]:
    """Preferences must name two different people, one on each side, and say something."""
    everyone = members.on_a_side
    findings = _check_known(frame, "preferences", replace(members, everyone=everyone))
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
    strange = known & ~members.can_be_pair(frame) & (person != other).fillna(True)
    remedy = "a preference goes from a mentee to a mentor or the other way round"
    finding = Finding("E_ROLE", "the two people cannot be a pair in that role", remedy)
    findings += at_rows(frame, strange, ("preferences", "role"), finding)
    return findings + _check_direction(frame)


def _check_direction(frame: pd.DataFrame) -> list[Finding]:
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
    return [Finding("W_SCORE_DIRECTION", message, remedy).at("preferences", column="score")]


def _is_live(frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which engagements still hold a place or a promise."""
    return frame["status"].isin(LIVE).to_numpy(dtype=bool)


def _check_engagements(frame: pd.DataFrame, members: Members) -> list[Finding]:
    """Live engagements must name known people, none themselves, and lock a pair once."""
    findings = _check_known(frame[_is_live(frame)], "engagements", members)
    is_self = (frame["mentee_id"] == frame["mentor_id"]).fillna(False)
    finding = Finding(
        "E_SELF_PAIR", "somebody is engaged with themselves", "correct one of the ids"
    )
    findings += at_rows(frame, is_self, ("engagements", "mentor_id"), finding)
    locked = frame[frame["status"].isin(LOCKED)]
    message = f"the pair is {listed(LOCKED, 'or')} in two rows"
    finding = Finding("E_DUP_ROW", message, "keep the row that holds today")
    again = locked.duplicated(["mentee_id", "mentor_id"])
    return findings + at_rows(locked, again, ("engagements", "status"), finding)
