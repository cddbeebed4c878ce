"""One table on the way in: titles, the rows that count, what its columns are, and values."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from matcher.cohort.tables import table_spec
from matcher.config import Config
from matcher.errors import InputError
from matcher.intake.extracts import Extracts
from matcher.intake.files.grid import Grid, check_row_limit
from matcher.intake.findings import Findings
from matcher.intake.headers import with_titles
from matcher.intake.long_tables import one_row_each
from matcher.intake.mapping import Mapping, map_headings
from matcher.intake.presets import drop_notes, drop_test_answers, drop_unfinished, preset_of
from matcher.intake.typed_table import TypedTable, type_table
from matcher.text import tidy


@dataclass(frozen=True)
class ReadTable:
    """A table as it was written and with values, row by row the same."""

    grid: Grid
    mapping: Mapping
    table: TypedTable

    def written(self, row: int, column: str) -> str:
        """Return the one cell of a row under a column as it stands; empty where there are more."""
        at, places = np.flatnonzero(self.grid.rows == row), self.mapping.of(column)
        is_cell = len(at) == 1 == len(places) and places[0] not in self.mapping.options
        return tidy(str(self.grid.columns[places[0]][at[0]])) if is_cell else ""

    def with_grid(self, grid: Grid, config: Config) -> Self:
        """Return the table with other texts in its cells."""
        table = type_table(grid, self.mapping, config)
        table = replace(table, read=self.table.read, rejected=self.table.rejected)
        return replace(self, grid=grid, table=table)


def titled(grid: Grid, config: Config, found: Findings) -> Iterator[Grid]:
    """Yield the table with all its header rows in its titles, if that can be done."""
    found.add([*grid.findings, *check_row_limit(grid)])
    try:
        yield with_titles(grid, config)
    except InputError as error:
        found.add(error.findings)


def valued(
    grid: Grid, config: Config, found: Findings, extracts: Extracts | None = None
) -> Iterator[ReadTable]:
    """Yield the table with values for texts; one of people without rows is a fault.

    A table of people with what extracts beside it say of them.
    """
    preset = preset_of(grid, config)
    is_people = table_spec(grid.table).is_people
    if is_people and not len(grid.rows):
        return
    answers, tests = drop_test_answers(grid, preset) if is_people else (grid, [])
    answers, notes = drop_notes(answers) if is_people else (answers, [])
    if is_people and config.input.unfinished == "set aside":
        answers, broken_off = drop_unfinished(answers, preset)
        notes += broken_off
    rejected = len(grid.rows) - len(answers.rows)
    answers, joined = one_row_each(answers, preset, config)
    mapping = map_headings(answers, preset, config)
    if is_people and extracts and extracts.grids:
        answers = extracts.joined_to(answers, mapping)
        mapping = map_headings(answers, preset, config)
    table = type_table(answers, mapping, config)
    found.add([*tests, *notes, *joined, *mapping.findings])
    read = rejected + len(answers.rows)  # rows that were joined are one sign-up, and told as such
    yield ReadTable(answers, mapping, replace(table, read=read, rejected=rejected))


def each_valued(grids: Iterable[Grid], config: Config, found: Findings) -> Iterator[ReadTable]:
    """Yield every table with titles and values."""
    for raw in grids:
        for grid in titled(raw, config, found):
            yield from valued(grid, config, found)
