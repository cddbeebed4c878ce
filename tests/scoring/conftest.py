"""Small normalised cohorts for tests of scoring, made from rows without a reader."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pandas as pd
import pytest

from matcher.cohort.cohort import Cohort
from matcher.cohort.tables import TABLES, Kind, TableSpec

Rows = list[dict[str, object]]


def table(spec: TableSpec, rows: Rows) -> pd.DataFrame:
    """Return a frame with all columns of `spec` in the conventions of `Cohort`."""
    columns = {}
    for column in spec.columns:
        cells = [row.get(column.name) for row in rows]
        if column.kind in (Kind.LIST, Kind.SLOTS):
            columns[column.name] = pd.Series([cell or () for cell in cells], dtype=object)
        elif column.kind is Kind.NUMBER:
            columns[column.name] = pd.Series(cells, dtype="float64")
        elif column.kind is Kind.DATE:
            columns[column.name] = pd.to_datetime(pd.Series(cells, dtype=object))
        elif column.kind is Kind.YES_NO:
            columns[column.name] = pd.Series(cells, dtype="boolean")
        else:
            columns[column.name] = pd.Series(cells, dtype="str")
    return pd.DataFrame(columns, index=pd.RangeIndex(len(rows)))


def build_cohort(mentees: Rows, mentors: Rows, **tables: object) -> Cohort:
    """Return a cohort of the given rows as of 2026-06-01; ids alone will do for people."""
    either = frozenset(tables.pop("either", ()))  # type: ignore[call-overload]
    frames = {name: table(spec, tables.get(name, [])) for name, spec in TABLES.items()}
    for name, rows in (("mentees", mentees), ("mentors", mentors)):
        frames[name] = table(TABLES[name], sorted(rows, key=lambda row: str(row["person_id"])))
    return Cohort(**frames, as_of=date(2026, 6, 1), either=either)


@pytest.fixture
def cohort() -> Callable[..., Cohort]:
    """Return the builder of small cohorts."""
    return build_cohort
