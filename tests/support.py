"""Cohorts made in code, without a reader: rows as dicts, typed as the declared columns say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from matcher.cohort.cohort import Cohort
from matcher.cohort.tables import TABLES, Kind

Rows = Iterable[Mapping[str, Any]]


def table(name: str, rows: Rows) -> pd.DataFrame:
    """Return a table with all its canonical columns and whatever else the rows hold."""
    records = list(rows)
    specs = {spec.name: spec for spec in TABLES[name].columns}
    extra = sorted({key for record in records for key in record} - specs.keys())
    frame = pd.DataFrame(index=range(len(records)))
    for column in (*specs, *extra):
        spec = specs.get(column)
        cells = [record.get(column) for record in records]
        if spec is not None and spec.default is not None:
            cells = [spec.default if cell is None else cell for cell in cells]
        frame[column] = _typed(cells, spec.kind if spec else Kind.TEXT)
    frame["source_row"] = np.arange(len(records)) + 2
    return frame


def _typed(cells: list[Any], kind: Kind) -> Any:
    if kind in (Kind.LIST, Kind.SLOTS):
        return pd.Series([tuple(cell or ()) for cell in cells], dtype=object)
    if kind is Kind.NUMBER:
        return pd.Series(cells, dtype="float64")
    if kind is Kind.DATE:
        return pd.Series(pd.to_datetime(pd.Series(cells, dtype=object)), dtype="datetime64[ns]")
    if kind is Kind.YES_NO:
        words = {"yes": True, "no": False}
        return pd.Series(
            [words.get(c, c) if isinstance(c, str) else c for c in cells], dtype="boolean"
        )
    return pd.Series([None if c is None else str(c) for c in cells], dtype="str")


def make_cohort(
    mentees: Rows = (), mentors: Rows = (), *, as_of: date = date(2026, 6, 30), **tables: Rows
) -> Cohort:
    """Return a cohort of the rows given; tables that are not given are empty."""
    frames = {name: table(name, tables.get(name, ())) for name in TABLES}
    for name, rows in (("mentees", mentees), ("mentors", mentors)):
        frames[name] = table(name, sorted(rows, key=lambda row: str(row["person_id"])))
    return Cohort(**frames, as_of=as_of)
