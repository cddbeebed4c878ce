"""Tables that name people: repetitions, people who are gone or unknown, and roles left open."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from matcher.errors import Finding
from matcher.intake.checks.audit_checks import check_contact_members
from matcher.intake.checks.link_checks import (
    check_clashes,
    check_engagements,
    check_known,
    check_preferences,
    check_rules,
    is_live,
    possible_roles,
)
from matcher.intake.findings import is_among
from matcher.text import shown_id
from matcher.vocabulary import Role

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matcher.intake.departed import Departed
    from matcher.intake.findings import Findings
    from matcher.intake.identity import Members
    from matcher.intake.typed_table import TypedTable


def judged_links(
    table: TypedTable, members: Members, departed: Departed, found: Findings
) -> TypedTable:
    """Return a table that names people without the rows that do not count; tell what is wrong.

    What an unknown person means depends on what the row does. A rule, a preference or an open
    engagement that reaches nobody would silently change the match, and an audit of nobody would be
    lost: errors. Past engagements, outcomes and groups come from systems that also hold people who
    have left or did not sign up: those rows are rejected and counted in one warning a table.
    """
    table = drop_departed(table, members, departed, found)
    match table.spec.name:
        case "preferences":
            table = drop_repetitions(table, found)
            found.add_derived(check_preferences(table.frame, members))
            found.add(check_clashes(table, "person_id", "other_id", "role"))
            return fill_roles(table, members, found)
        case "rules":
            found.add(check_rules(table.frame, members))
            table = drop_repetitions(table, found)
            found.add(check_clashes(table, "mentee_id", "mentor_id", "rule"))
        case "engagements":
            table = drop_repetitions(table, found)
            found.add(check_engagements(table.frame, members))
            return drop_strangers(table, members, found, where=~is_live(table.frame))
        case "outcomes":
            return drop_strangers(table, members, found)
        case "groups":
            table = drop_repetitions(table, found)
            found.add(check_clashes(table, "person_id"))
            return drop_strangers(table, members, found)
        case audit:
            found.add(check_known(table.frame, audit, members))
            if audit == "contacts":
                found.add(check_contact_members(table.frame, members))
    return table


def drop_repetitions(table: TypedTable, found: Findings) -> TypedTable:
    """Reject rows that say exactly what an earlier row says."""
    is_same = table.frame.drop(columns="source_row").astype(str).duplicated().to_numpy()
    if is_same.any():
        message = f"rows that say what another row says: {int(is_same.sum())}"
        found.add([Finding("W_DUP_ROW", message, "they count once", table.spec.name)])
    return table.without(is_same)


def drop_departed(
    table: TypedTable, members: Members, departed: Departed, found: Findings
) -> TypedTable:
    """Reject the rows that name somebody of an earlier run who is gone."""
    named = departed.named(table.frame, members)
    message = (
        "rows that name people of the earlier run who are gone: {count}, this the first ({who})"
    )
    remedy = "they are left out; add the person again where that is not meant"
    return _drop(table, named, Finding("W_DEPARTED", message, remedy), found)


def drop_strangers(
    table: TypedTable, members: Members, found: Findings, where: NDArray[np.bool_] | None = None
) -> TypedTable:
    """Reject the rows, of those of `where`, that name somebody who is not in the cohort."""
    here = np.ones(len(table.frame), dtype=bool) if where is None else where
    unknown = {
        column: ~is_among(table.frame[column], members.known(noun)) & here
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


def fill_roles(table: TypedTable, members: Members, found: Findings) -> TypedTable:
    """Fill the role in which a preference is stated where only one is possible.

    Where both people play both roles and none is stated, the row is an error.
    """
    frame = table.frame.copy()
    is_open = frame["role"].isna()
    as_mentee, as_mentor = possible_roles(frame, members)
    frame.loc[is_open & as_mentee & ~as_mentor, "role"] = Role.MENTEE.value
    frame.loc[is_open & as_mentor & ~as_mentee, "role"] = Role.MENTOR.value
    message = "both people play both roles, so the role must be stated"
    remedy = "write mentee or mentor: the role of person_id in this pair"
    unclear = Finding("E_MISSING_VALUE", message, remedy)
    rows = frame.loc[is_open & as_mentee & as_mentor, "source_row"]
    found.add([unclear.at("preferences", int(row), "role") for row in rows])
    return replace(table, frame=frame)
