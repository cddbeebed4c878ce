"""Setting people or single audits aside, so that the rest of a cohort can go on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from matcher.cohort.columns import Kind, TableSpec
from matcher.errors import Finding
from matcher.intake.checks.findings import is_among
from matcher.intake.typed_cohort import AUDIT_TABLES, Draft

if TYPE_CHECKING:
    import numpy as np

    from matcher.intake.typed_table import Typed

ALWAYS_STOP = ("rules", "engagements")
"""Tables of which no bad row is ever dropped: the coordinator wrote them, and a lost rule or lock
changes the match of people who did nothing wrong."""

_ROWS_ONLY = ("outcomes", "groups")
"""Tables of which a bad row concerns nobody's match: the row alone is set aside."""

CHASE_COLUMNS = ["person_id", "email", "preferred_name", "missing_questions"]


@dataclass
class Aside:
    """What was set aside and why."""

    people: list[tuple[str, Finding]] = field(default_factory=list)
    """Person id (empty where there is none) and reason, one for each fault."""
    counts: Counter[str] = field(default_factory=Counter)
    """Rows set aside by table."""
    chase: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=CHASE_COLUMNS))
    """Whom to ask again: `person_id, email, preferred_name, missing_questions`."""
    warnings: list[Finding] = field(default_factory=list)


def take_aside(draft: Draft) -> Aside:
    """Take people and audits with faults out of `draft`, and all rows that refer to those people.

    Faults of structure, of rules and of engagements stay in the draft.
    """
    aside = Aside()
    concerned = [f for f in draft.row_faults if f.table not in ALWAYS_STOP]
    draft.row_faults = [f for f in draft.row_faults if f.table in ALWAYS_STOP]
    tables = _typed(draft)
    owners = {name: _owners(typed) for name, typed in tables.items()}
    gone: set[str] = set()
    audits: set[str] = set()
    grouped: set[str] = set()
    rows: dict[str, set[int]] = {name: set() for name in tables}
    for fault in concerned:
        owner = owners.get(fault.table, {}).get(fault.row or 0, "")
        aside.people.append((owner, fault))
        rows.setdefault(fault.table, set()).add(fault.row or 0)
        if owner and fault.table in AUDIT_TABLES:
            audits.add(owner)
        elif owner and fault.table == "groups":
            grouped.add(owner)
        elif owner and fault.table not in _ROWS_ONLY:
            gone.add(owner)
    aside.chase = _chase(draft, aside.people, gone)
    for name, typed in tables.items():
        leaving = _leaving(typed, name, rows[name], gone, audits)
        if name == "groups":  # of two rows that differ neither is known to be right
            leaving = leaving | is_among(typed.frame["person_id"], grouped)
        aside.counts[name] = int(leaving.sum())
        typed.frame = typed.frame[~leaving].reset_index(drop=True)
    for people in draft.people.values():
        people.groups = people.groups[~people.groups["person_id"].isin(gone)]
    aside.warnings = _warnings(aside.counts)
    return aside


def _typed(draft: Draft) -> dict[str, Typed]:
    return {name: people.typed for name, people in draft.people.items()} | draft.links


def _owners(typed: Typed) -> dict[int, str]:
    """Return by row the id of the person whom the row is about; rows without one are left out."""
    if "person_id" not in typed.frame:
        return {}
    known = typed.frame[["source_row", "person_id"]].dropna()
    return dict(zip(known["source_row"].tolist(), known["person_id"].tolist(), strict=True))


def _leaving(
    typed: Typed, name: str, rows: set[int], gone: set[str], audits: set[str]
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    frame = typed.frame
    leaving = frame["source_row"].isin(rows).to_numpy(dtype=bool)
    for column in _references(typed.spec):
        leaving = leaving | is_among(frame[column], gone)
    if name in AUDIT_TABLES:
        leaving = leaving | is_among(frame["person_id"], audits)
    return leaving


def _references(spec: TableSpec) -> list[str]:
    """Return the columns that name cohort members; contacts are not members."""
    named = [column.name for column in spec.columns if column.kind is Kind.ID]
    return [name for name in named if not name.endswith("contact_id")]


def _chase(draft: Draft, reasons: list[tuple[str, Finding]], gone: set[str]) -> pd.DataFrame:
    """Return whom to ask again and about which columns."""
    asked: dict[str, list[str]] = {}
    for person, fault in reasons:
        if person in gone and fault.column:
            asked.setdefault(person, []).append(fault.column)
    frames = [
        people.typed.frame[["person_id", "email", "preferred_name"]]
        for people in draft.people.values()
    ]
    if not frames or not gone:
        return pd.DataFrame(columns=CHASE_COLUMNS)
    known = pd.concat(frames, ignore_index=True)
    known = known[known["person_id"].isin(gone)]
    chase = known.groupby("person_id", sort=True).first().reset_index()
    chase["missing_questions"] = [
        ";".join(sorted(set(asked.get(person, [])))) for person in chase["person_id"]
    ]
    return chase[CHASE_COLUMNS]


def _warnings(counts: Counter[str]) -> list[Finding]:
    message = "rows set aside: {}"
    remedy = "see problems.csv and chase.csv"
    return [
        Finding("W_SET_ASIDE", message.format(count), remedy, table)
        for table, count in sorted(counts.items())
        if count
    ]
