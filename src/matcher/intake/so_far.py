"""A table as it stands, for a command that writes further rows behind it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import pandas as pd

from matcher.cohort.people import People
from matcher.cohort.tables import Kind
from matcher.config import Config
from matcher.errors import Finding, InputError, raise_if_any
from matcher.intake.assembly import empty_frame
from matcher.intake.files.grid import cell_text
from matcher.intake.files.recorded import plainly, recorded_file
from matcher.intake.files.table_sources import open_source
from matcher.intake.findings import Findings
from matcher.intake.links import resolve_references
from matcher.intake.sheets import ReadTable, each_valued
from matcher.intake.typed_table import TypedTable


@dataclass(frozen=True)
class TableSoFar:
    """A table that a command is about to write behind."""

    frame: pd.DataFrame
    """All its rows, typed, in their order, with ids of people who are known."""
    cells: pd.DataFrame
    """Texts of the rows that stand in the recorded file, by canonical name, then by title."""


def read_so_far(place: str, table: str, config: Config, people: People) -> TableSoFar:
    """Read one table that names people, to write further rows behind it.

    Raises
    ------
    InputError
        With all that is wrong with it; E_EXISTS where a file of that name is none of the cohort's.
    StorageError
        E_READ.
    """
    source, found, file = open_source(place, config), Findings(), recorded_file(place, table)
    found.add(finding for finding in source.findings if finding.table == table)
    own = [*each_valued([g for g in source.grids.values() if g.table == table], config, found)]
    plain = [g for g in source.recorded if g.table == table]
    recorded = [*each_valued(plain, plainly(config), found)]
    for sheet in (*own, *recorded):
        found.add(sheet.table.findings)
    raise_if_any(found.faults, InputError)
    here = recorded or [s for s in own if Path(place).is_dir() and s.grid.origin == file.name]
    if not here and file.exists():
        what, remedy = "is there and is none of the cohort's tables", "give it another name"
        raise InputError(Finding("E_EXISTS", f"{file.name} {what}", remedy, table))
    tables = [sheet.table for sheet in (*own, *recorded)]
    if not tables:
        return TableSoFar(empty_frame(table), pd.DataFrame())
    joined = {table: reduce(TypedTable.followed_by, tables)}
    return TableSoFar(resolve_references(joined, people)[table].frame, _plain_cells(here))


def _plain_cells(sheets: Iterable[ReadTable]) -> pd.DataFrame:
    """Return the cells of a table in the one way that recorded files are written."""
    parts: dict[str, Any] = {}
    for sheet in sheets:
        grid, mapping, frame = sheet.grid, sheet.mapping, sheet.table.frame
        for column in mapping.spec.columns:
            places = mapping.of(column.name)
            if places and column.kind in (Kind.ID, Kind.TEXT):
                parts[column.name] = grid.columns[places[0]]
            elif places:
                parts[column.name] = [told(cell) for cell in frame[column.name]]
        rest = sorted(set(range(len(grid.titles))) - mapping.positions)
        parts |= {grid.titles[k]: grid.columns[k] for k in rest if grid.titles[k]}
    return pd.DataFrame(parts, dtype=object)


def told(value: Any) -> str:
    """Return the text of a typed cell, as a canonical table holds it."""
    if isinstance(value, tuple):
        return ";".join(value)
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return ""
    return cell_text(value.to_pydatetime() if isinstance(value, pd.Timestamp) else value)
