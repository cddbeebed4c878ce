"""Tables as they stand: one that a command writes behind, and the pairs that a run keeps."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from pathlib import Path
from typing import Any

import pandas as pd

from matcher.cohort.cohort import Cohort
from matcher.cohort.people import People
from matcher.cohort.tables import PAIRS, Kind
from matcher.config import Config
from matcher.errors import Finding, InputError, raise_if_any
from matcher.intake.assembly import empty_frame, sorted_links
from matcher.intake.checks.row_checks import check_dates, newest_past_date, today_anywhere
from matcher.intake.files.grid import cell_text
from matcher.intake.files.recorded import plainly, recorded_file, recorded_grid
from matcher.intake.files.table_sources import open_source
from matcher.intake.findings import Findings
from matcher.intake.links import resolve_references
from matcher.intake.mapping import map_headings
from matcher.intake.presets import preset_of
from matcher.intake.typed_table import TypedTable, type_table
from matcher.intake.valued_tables import ReadTable, each_valued


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


def refuse_unreadable(
    table: str, content: bytes, config: Config, today: date | None = None
) -> None:
    """Refuse to write what no later command would read: days to come, an end before its start.

    `today` is the day that is taken for today, where it is another than the clock's.

    Raises
    ------
    InputError
        E_DATE, E_DATE_FUTURE, E_DATE_ORDER and the like, by the row that it would be.
    """
    typed, clock = _typed(table, content, config), today_anywhere()
    last = config.programme.as_of or max(clock, today or clock)
    found = [f for f in typed.findings if not f.is_warning]
    raise_if_any([*found, *check_dates({table: typed.frame}, last)], InputError)


def _typed(table: str, content: bytes, config: Config) -> TypedTable:
    grid, plain = recorded_grid(table, content), plainly(config)
    return type_table(grid, map_headings(grid, preset_of(grid, plain), plain), plain)


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


def reading_options(run: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a run read its cohort, as keywords of `read_cohort`, from its manifest.

    The pairs are those that it keeps, not those recorded since; under pseudonyms nobody's: whoever
    gives the cohort its pseudonyms puts them in.
    """
    kept = run / f"{PAIRS}.csv"
    return {
        "set_aside": bool(options.get("set_aside")),
        "previous": options.get("previous") or None,
        "engagements": _kept(kept, options) if kept.is_file() else None,
    }


def _kept(path: Path, options: Mapping[str, Any]) -> bytes:
    content = path.read_bytes()
    return b"" if options.get("pseudonymise") or content.count(b"\n") < 2 else content


def recorded_pairs(cohort: Cohort, config: Config) -> pd.DataFrame:
    """Return all that was recorded of pairs, typed and in its order, also of people who are gone.

    The cohort itself holds the last word about pairs of people who are there.
    """
    path = recorded_file(cohort.source, PAIRS)
    if not (cohort.source and path.is_file()):
        return empty_frame(PAIRS)
    return _typed(PAIRS, path.read_bytes(), config).frame


def with_kept_pairs(cohort: Cohort, run: Path, config: Config) -> Cohort:
    """Return a cohort with the pairs that a run keeps, whose people it calls as the cohort does.

    A run that keeps none, being older, leaves the cohort as it is.
    """
    kept = run / f"{PAIRS}.csv"
    if not kept.is_file():
        return cohort
    table = _typed(PAIRS, kept.read_bytes(), config)
    frame = sorted_links(table.frame, table.spec)
    newest = newest_past_date({PAIRS: frame}, today_anywhere())
    as_of = config.programme.as_of or max(cohort.as_of, newest)
    return replace(cohort, engagements=frame, as_of=as_of)
