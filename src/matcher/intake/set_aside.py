"""Setting people or single audits aside, so that the rest of a cohort can go on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from matcher.errors import Finding
from matcher.intake.findings import is_among
from matcher.intake.typed_table import TypedTable

ALWAYS_STOP = ("rules", "engagements")
"""Tables of which no bad row is ever dropped: the coordinator wrote them, and a lost rule or lock
changes the match of people who did nothing wrong."""

_ROWS_ONLY = ("outcomes", "groups")
"""Tables of which a bad row concerns nobody's match: the row alone is set aside."""

CHASE_COLUMNS = ["person_id", "email", "preferred_name", "missing_questions"]


@dataclass(frozen=True)
class SetAside:
    """What was set aside and why."""

    people: tuple[tuple[str, Finding], ...] = ()
    """Person id (empty where there is none) and reason, one for each fault."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Rows set aside by table."""
    chase: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=CHASE_COLUMNS))
    """Whom to ask again: `person_id, email, preferred_name, missing_questions`."""

    @property
    def warnings(self) -> list[Finding]:
        """One warning a table, with its rows."""
        remedy = "see problems.csv and chase.csv"
        return [
            Finding("W_SET_ASIDE", f"rows set aside: {count}", remedy, table)
            for table, count in self.counts.items()
            if count
        ]


def set_faulty_aside(
    tables: Mapping[str, TypedTable], faults: Iterable[Finding]
) -> tuple[dict[str, TypedTable], SetAside]:
    """Take people and audits with faults out of tables, and all rows that refer to those people.

    Parameters
    ----------
    tables
        Typed tables by name.
    faults
        Faults of single rows, none of them in a table of `ALWAYS_STOP`.

    Returns
    -------
    tables
        The same tables, without the rows that were set aside.
    aside
        Whom that concerns, why, and how many rows of each table.
    """
    owners = {name: _owners(table) for name, table in tables.items()}
    reasons = [(owners.get(f.table, {}).get(f.row or 0, ""), f) for f in faults]
    concerned = {
        name: {owner for owner, fault in reasons if owner and fault.table == name}
        for name in tables
    }
    specs = {name: table.spec for name, table in tables.items()}
    audits = set().union(*(concerned[name] for name in tables if specs[name].is_audit))
    gone = set().union(
        *(concerned[n] for n in tables if not specs[n].is_audit and n not in _ROWS_ONLY)
    )
    kept: dict[str, TypedTable] = {}
    counts: dict[str, int] = {}
    for name, table in sorted(tables.items()):
        leaving = table.frame["source_row"].isin([f.row for _, f in reasons if f.table == name])
        for column in table.spec.references:
            leaving |= is_among(table.frame[column], gone)
        if table.spec.is_audit:
            leaving |= is_among(table.frame["person_id"], audits)
        if name == "groups":  # of two rows that differ neither is known to be right
            leaving |= is_among(table.frame["person_id"], concerned[name])
        counts[name] = int(leaving.sum())
        groups = table.groups
        if table.spec.is_people:
            groups = groups[~groups["person_id"].isin(gone)]
        frame = table.frame[~leaving].reset_index(drop=True)
        kept[name] = replace(table, frame=frame, groups=groups)
    return kept, SetAside(tuple(reasons), counts, _chase(tables, reasons, gone))


def _owners(table: TypedTable) -> dict[int, str]:
    """Return by row the id of the person whom the row is about; rows without one are left out."""
    if "person_id" not in table.frame:
        return {}
    known = table.frame[["source_row", "person_id"]].dropna()
    return dict(zip(known["source_row"].tolist(), known["person_id"].tolist(), strict=True))


def _chase(
    tables: Mapping[str, TypedTable], reasons: list[tuple[str, Finding]], gone: set[str]
) -> pd.DataFrame:
    """Return whom to ask again and about which columns."""
    asked: dict[str, set[str]] = {person: set() for person in gone}
    for person, fault in reasons:
        if person in gone and fault.column:
            asked[person].add(fault.column)
    frames = [table.frame[CHASE_COLUMNS[:3]] for table in tables.values() if table.spec.is_people]
    if not frames or not gone:
        return pd.DataFrame(columns=CHASE_COLUMNS)
    known = pd.concat(frames, ignore_index=True)
    chase = known[known["person_id"].isin(gone)].groupby("person_id").first().reset_index()
    chase["missing_questions"] = [";".join(sorted(asked[p])) for p in chase["person_id"]]
    return chase
