"""From the typed tables of people to the two sides of a match."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from matcher.cohort.columns import ColumnSpec, Kind
from matcher.cohort.tables import SIGNUPS, TABLES
from matcher.intake.cells.answers import text_parser
from matcher.intake.cells.conversion import convert
from matcher.intake.declared import SIDES, extra_columns
from matcher.text import snake
from matcher.vocabulary import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matcher.cohort.columns import TableSpec
    from matcher.config import Config
    from matcher.intake.typed_table import TypedTable


def with_wished(people: Mapping[str, TypedTable]) -> dict[str, TypedTable]:
    """Return tables of people with the columns, as text, that wishes and offers to share name.

    They are no longer among the `unused` ones of their table.
    """
    wished = {
        snake(item.partition("=")[0])
        for table in people.values()
        for name in ("wish_same", "shared_for_matching")
        if name in table.frame
        for items in table.frame[name]
        for item in items
    }
    return {name: _with_wished(table, wished) for name, table in people.items()}


def _with_wished(table: TypedTable, wished: set[str]) -> TypedTable:
    kept = {}
    for name in sorted(wished & set(table.unused)):
        spec = ColumnSpec(name, Kind.TEXT, "An attribute that somebody wishes to share.")
        kept[name], _ = convert(table.unused[name], text_parser({}), spec)
    unused = {name: cells for name, cells in table.unused.items() if name not in kept}
    return replace(table, frame=table.frame.assign(**kept), unused=unused)


def split_signups(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, frozenset[str]]:
    """Return the mentees, the mentors, and the ids of those who take either role.

    People in both roles stand in both frames. A one-sided answer (``mentors.contexts``) replaces
    the plain one on its side where it is given.
    """
    role = frame["role"]
    sides = {}
    for table, own in (("mentees", Role.MENTEE), ("mentors", Role.MENTOR)):
        takes_part = role.isin([own.value, Role.BOTH.value, Role.EITHER.value]).to_numpy(dtype=bool)
        sides[table] = _one_side(frame[takes_part], table)
    either = frame.loc[role == Role.EITHER.value, "person_id"]
    return sides["mentees"], sides["mentors"], frozenset(either.dropna())


def _one_side(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    other = set(SIGNUPS.by_name) - set(TABLES[table].by_name)
    plain = [c for c in frame.columns if not c.startswith(SIDES) and c not in other]
    side = frame[plain].copy()
    for name in frame.columns:
        own, _, column = name.partition(".")
        if own == table and column:
            stated = frame[name]
            given = stated.map(len) > 0 if stated.dtype == object else stated.notna()
            side[column] = stated.where(given, frame[column]) if column in frame else stated
    return side


def sorted_people(frame: pd.DataFrame, config: Config) -> pd.DataFrame:
    """Return people by id, with every extra column that the config names, empty where not asked.

    The index is a RangeIndex: a person's row is their position in every array.
    """
    absent = [name for name in sorted(extra_columns(config)) if name not in frame]
    empty = {name: pd.array([None] * len(frame), dtype="str") for name in absent}
    kept = frame.loc[:, [not str(name).startswith(SIDES) for name in frame.columns]]
    return kept.assign(**empty).sort_values("person_id", kind="stable").reset_index(drop=True)


def sorted_links(frame: pd.DataFrame, spec: TableSpec) -> pd.DataFrame:
    """Return the rows in an order that does not depend on the order of the file."""
    names = [column.name for column in spec.columns]
    keys = frame[names].astype(str)
    return frame.loc[keys.sort_values(names, kind="stable").index].reset_index(drop=True)


def empty_frame(table: str) -> pd.DataFrame:
    """Return a table without rows but with every canonical column."""
    nothing = np.empty(0, dtype=object)
    columns = TABLES[table].columns
    values = {column.name: convert(nothing, str, column)[0] for column in columns}
    return pd.DataFrame(values | {"source_row": np.empty(0, dtype=np.int64)})
