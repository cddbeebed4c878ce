"""From typed and checked tables to the cohort."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from matcher.cohort.cohort import Cohort, RowCount
from matcher.cohort.tables import SIGNUPS, TABLES
from matcher.errors import Finding, InputError
from matcher.intake.checks.audit_checks import check_stale_contacts
from matcher.intake.checks.date_checks import newest_past_date
from matcher.intake.findings import in_order
from matcher.intake.sides import empty_frame, sorted_links, sorted_people, split_signups

if TYPE_CHECKING:
    from matcher.config import Config
    from matcher.intake.files.table_sources import Source
    from matcher.intake.set_aside import SetAside
    from matcher.intake.typed_table import TypedTable


def assemble(
    source: Source,
    tables: Mapping[str, TypedTable],
    aside: SetAside,
    warnings: list[Finding],
    *,
    config: Config,
    today: date,
) -> Cohort:
    """Return the cohort of typed tables that have no fault.

    Raises
    ------
    InputError
        E_NO_ROWS where a side is empty.
    """
    mentees, mentors, either = _sides(tables)
    for side, frame in (("mentees", mentees), ("mentors", mentors)):
        if not len(frame):
            message = "nobody is left on this side" if aside.people else "nobody is on this side"
            raise InputError(Finding("E_NO_ROWS", message, "add people", side))
    links = {name: _links(tables, name) for name, spec in TABLES.items() if not spec.is_people}
    dated = links | {n: table.frame for n, table in tables.items() if table.spec.is_people}
    as_of = config.programme.as_of or newest_past_date(dated, today)
    stale = check_stale_contacts(links["contacts"], as_of, config.audit.half_life_days)
    return Cohort(
        mentees=sorted_people(mentees, config),
        mentors=sorted_people(mentors, config),
        **links,
        as_of=as_of,
        either=either,
        findings=tuple(in_order([*warnings, *aside.warnings, *stale])),
        rows={name: _row_count(table, aside) for name, table in sorted(tables.items())},
        set_aside=aside.people,
        chase=aside.chase,
        source=source.label,
        hashes=dict(sorted(source.hashes.items())),
    )


def _sides(
    tables: Mapping[str, TypedTable],
) -> tuple[pd.DataFrame, pd.DataFrame, frozenset[str]]:
    if SIGNUPS.name in tables:
        return split_signups(tables[SIGNUPS.name].frame)
    return tables["mentees"].frame, tables["mentors"].frame, frozenset()


def _links(tables: Mapping[str, TypedTable], name: str) -> pd.DataFrame:
    if name == "groups":
        return _groups(tables)
    if name not in tables:
        return empty_frame(name)
    return sorted_links(tables[name].frame, TABLES[name])


def _groups(tables: Mapping[str, TypedTable]) -> pd.DataFrame:
    """Return the protected attributes of the table and of the forms, one row a person."""
    people = [table.groups for _, table in sorted(tables.items()) if table.spec.is_people]
    own = [tables["groups"].frame] if "groups" in tables else []
    parts = [part for part in [*own, *people] if len(part) and len(part.columns) > 2]
    if not parts:
        return empty_frame("groups")
    everyone = pd.concat(parts, ignore_index=True).dropna(subset=["person_id"])
    return everyone.groupby("person_id", sort=True).first().reset_index()


def _row_count(table: TypedTable, aside: SetAside) -> RowCount:
    return RowCount(
        read=table.read,
        used=len(table.frame),
        set_aside=aside.counts.get(table.spec.name, 0),
        rejected=table.rejected,
    )
