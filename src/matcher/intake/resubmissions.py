"""Several answers of one person: which of them counts."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.config import Config
from matcher.errors import Finding
from matcher.intake.files.grid import Grid
from matcher.intake.findings import about_record
from matcher.intake.mapping import Mapping
from matcher.intake.presets import SUBMITTED, unfinished_in
from matcher.intake.submission_times import possible_times
from matcher.intake.typed_table import TypedTable
from matcher.text import count_of, listed, shortened, shown_id
from matcher.vocabulary import Role


@dataclass(frozen=True)
class Counted:
    """Which rows of a table of people count."""

    keep: NDArray[np.bool_]
    findings: tuple[Finding, ...] = ()


def one_answer_each(
    grid: Grid, mapping: Mapping, table: TypedTable, config: Config, *, joined: Collection[str] = ()
) -> Counted:
    """Say which answers count of everybody who answered several times.

    Somebody who signed up once as a mentee and once as a mentor plays both roles, so both answers
    count. Ties and missing times of submission go by the order of rows.

    Parameters
    ----------
    grid, mapping
        The raw table and what its columns are.
    table
        The same rows with values and with one id a person.
    config
        Which answer counts, and how times are written.
    joined
        Ids of those of whom somebody has said that two rows are theirs: the latest counts.

    Returns
    -------
    Counted
        With E_DUP_ID, E_DATE_AMBIGUOUS, W_TWO_ROLES, or W_RESUBMISSION with the number of people.
    """
    ids = table.frame["person_id"].to_numpy(dtype=object)
    everything = np.ones(len(ids), dtype=bool)
    is_twin = pd.Series(ids).duplicated(keep=False).to_numpy() & pd.notna(ids)
    if not is_twin.any():
        return Counted(everything)
    policy = config.input.duplicates or mapping.preset.duplicates
    sides = _sides(table, is_twin)
    is_said = pd.Series(ids).isin([] if config.input.duplicates else joined).to_numpy()
    if policy == "error":
        faults = _duplicates(ids, sides, grid, is_twin & ~is_said)
        if faults or not (is_twin & is_said).any():
            return Counted(everything, (*faults, *([] if faults else _told(ids, everything, grid))))
        policy = "latest"
    date_format = config.table_input(mapping.spec.name).date_format_of(SUBMITTED)
    times = _possible_times(grid, mapping, is_twin, date_format)
    is_open = unfinished_in(grid, mapping.preset) | _never_agreed(grid, mapping, config)
    choices = [_choose(ids, sides, time, policy, is_open) for time in times]
    if any((choice != choices[0]).any() for choice in choices[1:]):
        message = "it cannot be told which answer came last: day and month are ambiguous"
        remedy = 'set [input] date_format, such as "%d/%m/%Y"'
        fault = Finding("E_DATE_AMBIGUOUS", message, remedy, grid.table)
        return Counted(everything, (fault,))
    return Counted(choices[0], tuple(_told(ids, choices[0], grid, policy, is_open)))


def _never_agreed(grid: Grid, mapping: Mapping, config: Config) -> NDArray[np.bool_]:
    """Return which answers stop before the consent that is required: nobody counts by them."""
    columns = [grid.columns[k] for k in mapping.of("consent")] if config.input.consent else []
    none = np.zeros(len(grid.rows), dtype=bool)
    return np.logical_and.reduce([column == "" for column in columns]) if columns else none


_ONE_SIDED = (Role.MENTEE.value, Role.MENTOR.value)


def _sides(table: TypedTable, is_twin: NDArray[np.bool_]) -> NDArray[np.object_]:
    """Return the one role that each answer is for, empty where it is for both or either."""
    sides = np.full(len(is_twin), "", dtype=object)
    if "role" in table.frame:
        role = table.frame["role"].to_numpy(dtype=object)
        sides = np.where(np.isin(role.astype(str), _ONE_SIDED), role, sides)
    return sides


def check_unfinished(grid: Grid, mapping: Mapping, keep: NDArray[np.bool_]) -> list[Finding]:
    """Tell which answers that count were broken off.

    Parameters
    ----------
    grid, mapping
        The raw table and what its columns are.
    keep
        Rows that count.
    """
    rows = [str(row) for row in grid.rows[keep & unfinished_in(grid, mapping.preset)]]
    if not rows:
        return []
    one, many = "was broken off and counts as far as it goes", "were broken off and count as far"
    told = count_of(len(rows), f"answer {one}", f"answers {many} as they go")
    message = f"{told}, in {count_of(len(rows), 'row')} ({shortened(rows)})"
    remedy = '[input] unfinished = "set aside" leaves out who did not reach the last question'
    return [Finding("W_UNFINISHED", message, remedy, grid.table)]


def _told(
    ids: NDArray[np.object_],
    keep: NDArray[np.bool_],
    grid: Grid,
    policy: str = "",
    is_open: NDArray[np.bool_] | None = None,
) -> Iterator[Finding]:
    """Yield who answered again, and whose two answers count as two roles, with the first rows."""
    columns = {"id": ids, "row": grid.rows, "keep": keep}
    rows = pd.DataFrame(columns | {"open": False if is_open is None else is_open})
    rows = rows.dropna(subset=["id"])
    rows = rows[rows["id"].duplicated(keep=False)]
    counts = rows[rows["keep"]].groupby("id", sort=False)["row"].max()
    for own, row, was_open in rows.loc[~rows["keep"], ["id", "row", "open"]].itertuples(
        index=False
    ):
        which = "finished" if was_open else policy
        message = f"the person answered several times: the {which} answer counts, row {counts[own]}"
        remedy = "set [input] duplicates to change that"
        finding = about_record(Finding("W_RESUBMISSION", message, remedy), own)
        yield finding.at(grid.table, int(row), "person_id")
    both = rows[rows["keep"]]
    both = both[both["id"].duplicated(keep=False)]
    if len(both):
        first = both.loc[both["id"] == both["id"].iloc[0], "row"]
        message = (
            f"people who signed up once for each role: {both['id'].nunique()}, the first of them "
            f"({shown_id(both['id'].iloc[0])}) in rows {listed([str(row) for row in first])}"
        )
        finding = Finding("W_TWO_ROLES", message, "both sign-ups count")
        yield finding.at(grid.table, int(first.iloc[-1]), "role")


def _duplicates(
    ids: NDArray[np.object_], sides: NDArray[np.object_], grid: Grid, is_twin: NDArray[np.bool_]
) -> list[Finding]:
    """Return a fault for each further answer of somebody, unless it is for the other role."""
    frame = pd.DataFrame({"id": ids, "side": sides, "row": grid.rows})[is_twin]
    sole = frame["side"] == ""
    frame["first"] = frame.groupby("id", sort=False)["row"].transform("min")
    is_other = ~frame.duplicated(["id", "side"]) & ~sole
    is_other &= ~frame["id"].isin(frame.loc[sole, "id"])
    remedy = (
        'delete one, set [input] duplicates = "latest", or, where each row is one answer of a '
        f'person, [tables.{grid.table}] rows = "answers", which joins their lists'
    )
    return [
        Finding("E_DUP_ID", f"id {shown_id(person)} stands in rows {first} and {row}", remedy).at(
            grid.table, int(row), "person_id"
        )
        for person, _, row, first in frame[~is_other].itertuples(index=False)
        if row != first
    ]


def _choose(
    ids: NDArray[np.object_],
    sides: NDArray[np.object_],
    times: NDArray[np.float64],
    policy: str,
    is_open: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Return which rows count: of everybody the first or last, and that for the other role.

    An answer for both roles, or for either, leaves no room for answers before it, and one that was
    broken off counts where there is no other.
    """
    frame = pd.DataFrame({"id": ids, "side": sides, "time": times, "open": is_open})
    is_timed = frame["time"].notna() | frame["open"]
    is_timed = is_timed.groupby(frame["id"], dropna=False).transform("all")
    frame["time"] = frame["time"].where(is_timed)  # one without a time leaves the order of rows
    frame = frame.sort_values("time", na_position="first", kind="stable")
    if policy == "latest":
        frame = frame[::-1]
    frame = frame.sort_values("open", kind="stable")
    is_first = ~frame["id"].duplicated() | frame["id"].isna()
    closed = (frame["side"] == "").groupby(frame["id"]).cumsum().fillna(0) > 0
    has_finished = (~frame["open"]).groupby(frame["id"], dropna=False).transform("any")
    is_other = ~frame.duplicated(["id", "side"]) & ~closed & frame["id"].notna()
    is_other &= ~(frame["open"] & has_finished)
    return np.asarray((is_first | is_other).sort_index(), dtype=bool)


def _possible_times(
    grid: Grid, mapping: Mapping, is_twin: NDArray[np.bool_], date_format: str
) -> list[NDArray[np.float64]]:
    """Return the possible readings of the times as seconds, NaN where there is none."""
    if SUBMITTED not in mapping.columns:
        return [np.full(len(grid.rows), np.nan)]
    submitted = np.where(is_twin, grid.columns[mapping.columns[SUBMITTED][0]], "")
    return possible_times(submitted, date_format)
