"""Tables in which a person has several rows: one for each answer, or for each question."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.arrays import Cells
from matcher.config import Config
from matcher.errors import Finding
from matcher.intake.cells.lists import PART
from matcher.intake.files.grid import Grid, make_grid
from matcher.intake.mapping import EMAIL_ID, map_headings
from matcher.intake.presets import SUBMITTED, Preset
from matcher.text import ID_PADDING, count_of, fold, fold_heading, shown_title


def one_row_each(grid: Grid, preset: Preset, config: Config) -> tuple[Grid, list[Finding]]:
    """Return a table with one row a person where the config says that a row is an answer.

    Parameters
    ----------
    grid
        The table with its titles.
    preset, config
        The form tool, and what says how the table is read.

    Returns
    -------
    grid
        Lists are joined; of other columns the first answer counts. Where a column says which
        question a row answers, each question is a column.
    findings
        E_MISSING_COLUMN where no column tells people apart or a stated one is not there, E_CONFLICT
        where two rows answer differently what has one answer, W_LONG_TABLE.
    """
    how = config.table_input(grid.table)
    if how.rows == "people" and not how.question:
        return grid, []
    mapping = map_headings(grid, preset, config)
    stated = [title for title in (how.question, how.answer) if title]
    absent = [title for title in stated if grid.column(title) is None]
    if absent or not mapping.has_ids or bool(how.question) != bool(how.answer):
        return grid, [_absent(grid, absent)]
    cells = grid.columns[mapping.of("person_id")[0]]
    ids = [
        fold(text) if mapping.identifier == EMAIL_ID else text.strip(ID_PADDING) for text in cells
    ]
    keys = [text or f"\0{k}" for k, text in enumerate(ids)]
    people = _People(*pd.factorize(np.array(keys, dtype=object)))
    joined, faults = _single_answers(_joined(grid, people, stated), preset, config)
    whose = count_of(people.count, "person", "people")
    message = f"{count_of(len(keys), 'row')} are answers of {whose}"
    told = Finding("W_LONG_TABLE", message, "lists are joined, a person is one record", grid.table)
    return joined, [*faults, told]


@dataclass(frozen=True)
class _People:
    """Whose row is whose."""

    codes: NDArray[np.int64]
    """By row: the person's number."""
    keys: NDArray[np.object_]

    @property
    def count(self) -> int:
        """How many people there are."""
        return len(self.keys)

    def gathered(self, column: Cells) -> Cells:
        """Return of each person the different answers in a column, joined."""
        found: list[dict[str, None]] = [{} for _ in range(self.count)]
        for person, text in zip(self.codes, column, strict=True):
            if text:
                found[person][str(text)] = None
        return np.array([PART.join(answers) for answers in found], dtype=object)


def _joined(grid: Grid, people: _People, stated: Sequence[str]) -> Grid:
    """Return the table with the rows of each person joined, and each question as a column."""
    spent = {fold_heading(title) for title in stated}
    kept = [k for k, title in enumerate(grid.folded_titles) if title not in spent]
    titles = [grid.titles[k] for k in kept]
    columns = [people.gathered(grid.columns[k]) for k in kept]
    if stated:
        asked, answered = (grid.columns[grid.folded_titles.index(fold_heading(t))] for t in stated)
        texts = np.array([str(text).strip() for text in asked], dtype=object)
        for question in dict.fromkeys(filter(None, texts)):
            titles.append(question)
            columns.append(people.gathered(np.where(texts == question, answered, "")))
    _, firsts = np.unique(people.codes, return_index=True)
    rows = grid.rows[firsts]
    return replace(make_grid(grid.table, grid.origin, titles, columns, rows), shown=grid.shown)


def _single_answers(grid: Grid, preset: Preset, config: Config) -> tuple[Grid, list[Finding]]:
    """Return the table with one answer in each cell that holds no list, and where two differ."""
    mapping = map_headings(grid, preset, config)
    lists = {k for name, spec in mapping.specs.items() if spec.is_list for k in mapping.of(name)}
    told = mapping.positions - {*mapping.columns.get(SUBMITTED, ()), *mapping.of("person_id")}
    columns, faults = [], []
    for position, column in enumerate(grid.columns):
        several = np.array([PART in text for text in column], dtype=bool)
        is_list = position in lists
        columns.append(column if is_list else np.array([t.split(PART)[0] for t in column], object))
        if position in told and not is_list:
            title = shown_title(grid.titles[position])
            faults += [_CONFLICT.at(grid.table, int(row), title) for row in grid.rows[several]]
    return replace(grid, columns=tuple(columns)), faults


_CONFLICT = Finding(
    "E_CONFLICT",
    "two rows of one person answer this differently",
    "correct one of them, or map it to a list",
)


def _absent(grid: Grid, absent: list[str]) -> Finding:
    message = "rows are answers of people, and no column tells whose"
    if absent:
        message = f"[tables.{grid.table}] names a column that is not there"
    remedy = "map a column to person_id, and state question and answer together, by their titles"
    return Finding("E_MISSING_COLUMN", message, remedy).at(grid.table, 1, "".join(absent[:1]))
