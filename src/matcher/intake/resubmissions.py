"""Several answers of one person: which of them counts."""

import re
from datetime import datetime
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.cohort.tables import ColumnSpec, Kind
from matcher.config import Config
from matcher.errors import Finding
from matcher.intake.cells.answers import convert
from matcher.intake.files.grid import Grid
from matcher.intake.mapping import Mapping
from matcher.intake.presets import SUBMITTED
from matcher.intake.typed_table import column_parser, merged_cells
from matcher.text import fold, shown_id

_ISO = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})")
_SLASHED = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{2,4})")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*(am|pm)?")


def one_answer_each(grid: Grid, mapping: Mapping, config: Config) -> tuple[Grid, list[Finding]]:
    """Keep of a table of people the answer that counts of everybody who answered several times.

    Who has no id is kept; ties and missing times of submission go by the order of rows.

    Parameters
    ----------
    grid, mapping
        The raw table and what its columns are.
    config
        Which answer counts, and how times are written.

    Returns
    -------
    grid
        Without the other answers; whole where the policy is `error`.
    findings
        E_DUP_ID, E_DATE_AMBIGUOUS, or W_RESUBMISSION with the number of people.
    """
    if not mapping.spec.is_people or not mapping.has_ids:
        return grid, []
    ids = _ids(grid, mapping, config)
    is_twin = ids.duplicated(keep=False).to_numpy() & ids.notna().to_numpy()
    if not is_twin.any():
        return grid, []
    policy = config.input.duplicates or mapping.preset.duplicates
    if policy == "error":
        return grid, _duplicates(ids, grid, is_twin)
    times = _possible_times(grid, mapping, is_twin, config.input.date_format)
    choices = [_choose(ids, time, policy) for time in times]
    if any((choice != choices[0]).any() for choice in choices[1:]):
        message = "it cannot be told which answer came last: day and month are ambiguous"
        remedy = 'set [input] date_format, such as "%d/%m/%Y"'
        return grid, [Finding("E_DATE_AMBIGUOUS", message, remedy, grid.table)]
    people = ids[is_twin].nunique()
    message = f"people who answered several times: {people}; the {policy} answer counts"
    remedy = "set [input] duplicates to change that"
    return grid.keep(choices[0]), [Finding("W_RESUBMISSION", message, remedy, grid.table)]


def _ids(grid: Grid, mapping: Mapping, config: Config) -> pd.Series:
    spec = ColumnSpec("person_id", Kind.ID, "")
    cells, _ = merged_cells(grid, mapping.of("person_id"), spec, mapping.preset.blanks)
    ids, _ = convert(cells, column_parser(spec, mapping, config), spec)
    return pd.Series(ids)


def _duplicates(ids: pd.Series, grid: Grid, is_twin: NDArray[np.bool_]) -> list[Finding]:
    frame = pd.DataFrame({"id": ids[is_twin].to_numpy(), "row": grid.rows[is_twin]})
    frame["first"] = frame.groupby("id", sort=False)["row"].transform("min")
    remedy = 'delete one, or set [input] duplicates = "latest"'
    return [
        Finding("E_DUP_ID", f"id {shown_id(person)} stands in rows {first} and {row}", remedy).at(
            grid.table, int(row), "person_id"
        )
        for person, row, first in frame[frame["row"] != frame["first"]].itertuples(index=False)
    ]


def _choose(ids: pd.Series, times: NDArray[np.float64], policy: str) -> NDArray[np.bool_]:
    frame = pd.DataFrame({"id": ids.to_numpy(), "time": times})
    frame = frame.sort_values("time", na_position="first", kind="stable")
    keep: Literal["last", "first"] = "last" if policy == "latest" else "first"
    is_spare = frame["id"].duplicated(keep=keep) & frame["id"].notna()
    return (~is_spare).sort_index().to_numpy()


def _possible_times(
    grid: Grid, mapping: Mapping, is_twin: NDArray[np.bool_], date_format: str
) -> list[NDArray[np.float64]]:
    """Return the possible readings of the times as seconds, NaN where there is none."""
    readings = []
    if SUBMITTED in mapping.columns:
        submitted = grid.columns[mapping.columns[SUBMITTED][0]]
        for day_first in _day_orders(date_format):
            times = [
                _seconds(str(text), day_first=day_first) if twin else np.nan
                for text, twin in zip(submitted, is_twin, strict=True)
            ]
            if all(time is not None for time in times):
                readings.append(np.array(times, dtype=float))
    return readings or [np.full(len(grid.rows), np.nan)]


def _day_orders(date_format: str) -> tuple[bool, ...]:
    if "%d" in date_format and "%m" in date_format:
        return (date_format.index("%d") < date_format.index("%m"),)
    return (True, False)


def _seconds(text: str, *, day_first: bool) -> float | None:
    """Return a time as seconds, NaN where empty, None where this day order cannot be meant."""
    plain = fold(text)
    if not plain:
        return float("nan")
    iso, slashed = _ISO.match(plain), _SLASHED.match(plain)
    if iso:
        year, month, day = (int(part) for part in iso.groups())
    elif slashed:
        first, second, year = (int(part) for part in slashed.groups())
        day, month = (first, second) if day_first else (second, first)
        year += 2000 if year < 100 else 0
    else:
        return None
    clock = _CLOCK.search(plain)
    hour, minute, second_ = (int(part or 0) for part in clock.groups()[:3]) if clock else (0, 0, 0)
    if clock and clock.group(4):
        hour = hour % 12 + (12 if clock.group(4) == "pm" else 0)
    try:
        moment = datetime(year, month, day, hour, minute, second_)
    except ValueError:
        return None
    return (moment - datetime(1970, 1, 1)).total_seconds()
