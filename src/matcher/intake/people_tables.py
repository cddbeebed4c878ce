"""The tables of people: ids, resubmissions, protected attributes, and one form for both sides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from matcher.cohort.columns import ColumnSpec, Kind
from matcher.cohort.ids import parse_address_id, parse_id
from matcher.cohort.tables import SIGNUPS, TABLES, table_spec
from matcher.intake.cells.answer_words import AnswerWords, answer_words
from matcher.intake.cells.answers import parser_for
from matcher.intake.declared import SIDES
from matcher.intake.headings import EMAIL_ID, Mapping, map_headings
from matcher.intake.presets import SUBMITTED, drop_test_answers, preset_of
from matcher.intake.resubmissions import counted
from matcher.intake.typed_table import Typed, convert, merged_cells, type_table
from matcher.text import fold_each, snake
from matcher.vocabulary import Role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matcher.config import Config
    from matcher.intake.files.grid import Cells, Grid


@dataclass
class People:
    """One typed table of people, with the protected attributes that its form asked for."""

    typed: Typed
    groups: pd.DataFrame
    """`person_id`, `source_row` and one column an attribute."""
    is_readable: bool
    """Whether there are ids, so that other tables can be checked against them."""
    spare: dict[str, Cells] = field(default_factory=dict)
    """Cells of columns that nothing maps, by canonical name."""


def read_people(grid: Grid, config: Config) -> People:
    """Type a table of people: one row a person, the answer that counts."""
    preset = preset_of(grid, config.input.preset)
    read = len(grid.rows)
    grid, test_findings = drop_test_answers(grid, preset)
    mapping = map_headings(grid, config, preset)
    column, parse = _identifier(mapping, config)
    findings = test_findings + mapping.findings
    if column is not None:
        ids = _person_ids(grid, mapping, config, column, parse)
        submitted = mapping.columns.get(SUBMITTED)
        mask, again = counted(
            ids,
            grid.rows,
            grid.columns[submitted[0]] if submitted else None,
            config.input.duplicates or preset.duplicates,
            config.input.date_format,
            grid.table,
        )
        findings += again
        grid = grid.keep(mask)
        mapping.columns["person_id"] = mapping.columns[column]
    typed = type_table(grid, mapping, table_spec(grid.table), config, preset, parse)
    typed.findings = findings + typed.findings
    typed.read, typed.rejected = read, read - len(grid.rows)
    groups = _group_attributes(grid, mapping, config, typed)
    spare = {name: grid.columns[position] for name, position in mapping.unused.items()}
    return People(typed, groups, column is not None, spare)


def _identifier(mapping: Mapping, config: Config) -> tuple[str | None, Callable[[str], Any]]:
    """Return the column that identifies people, None if absent, and the parser of its cells."""
    if config.input.id == EMAIL_ID:
        return (EMAIL_ID if EMAIL_ID in mapping.columns else None), parse_address_id
    return ("person_id" if "person_id" in mapping.columns else None), parse_id


def _person_ids(
    grid: Grid, mapping: Mapping, config: Config, column: str, parse: Callable[[str], Any]
) -> pd.Series:
    preset = preset_of(grid, config.input.preset)
    spec = ColumnSpec("person_id", Kind.ID, "")
    cells, _ = merged_cells(grid, mapping.columns[column], spec, preset)
    values, _ = convert(cells, parse, spec, is_needed=False)
    return pd.Series(values)


def _group_attributes(grid: Grid, mapping: Mapping, config: Config, typed: Typed) -> pd.DataFrame:
    preset = preset_of(grid, config.input.preset)
    frame = typed.frame[["person_id", "source_row"]].copy()
    for name in sorted(mapping.groups):
        spec = ColumnSpec(name, Kind.TEXT, "A protected attribute, for the fairness audit only.")
        cells, _ = merged_cells(grid, mapping.groups[name], spec, preset)
        parse = parser_for(spec, answer_words(name, config, ""), "")
        frame[name], _ = convert(cells, parse, spec, is_needed=False)
    return frame


def keep_wished(tables: Iterable[People]) -> set[tuple[str, str]]:
    """Keep the columns, as text, that people's wishes and volunteered attributes name.

    Returns
    -------
    set
        Table and column of each that would have been left out otherwise.
    """
    everybody = list(tables)
    wished = {
        snake(item.partition("=")[0])
        for people in everybody
        for name in ("wish_same", "shared_for_matching")
        if name in people.typed.frame
        for items in people.typed.frame[name]
        for item in items
    }
    kept = set()
    for people in everybody:
        for name in sorted(wished & set(people.spare)):
            spec = ColumnSpec(name, Kind.TEXT, "An attribute that somebody wishes to share.")
            parse = parser_for(spec, AnswerWords({}, {}, "", is_ordered=False), "")
            people.typed.frame[name], _ = convert(people.spare[name], parse, spec, is_needed=False)
            kept.add((people.typed.spec.name, name))
    return kept


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


def people_ids(tables: dict[str, pd.DataFrame]) -> tuple[set[str], set[str]]:
    """Return the ids of all who can be mentees, and of all who can be mentors."""
    if SIGNUPS.name in tables:
        mentees, mentors, _ = split_signups(tables[SIGNUPS.name])
    else:
        mentees, mentors = tables["mentees"], tables["mentors"]
    sides = (mentees["person_id"].dropna().tolist(), mentors["person_id"].dropna().tolist())
    return set(sides[0]), set(sides[1])


def address_book(tables: dict[str, pd.DataFrame]) -> dict[str, str]:
    """Return the id of everybody whose e-mail address is known, by folded address."""
    book: dict[str, str] = {}
    for frame in tables.values():
        known = frame[["email", "person_id"]].dropna()
        addresses = fold_each(known["email"])
        book |= dict(zip(addresses, known["person_id"].tolist(), strict=True))
    return book


def sorted_people(frame: pd.DataFrame) -> pd.DataFrame:
    """Return people by id, with a RangeIndex: a person's row is their position in every array."""
    return frame.sort_values("person_id", kind="stable").reset_index(drop=True)


def empty_frame(table: str) -> pd.DataFrame:
    """Return a table without rows but with every canonical column."""
    spec = table_spec(table)
    values: dict[str, Any] = {}
    for column in spec.columns:
        nothing = np.empty(0, dtype=object)
        values[column.name], _ = convert(nothing, lambda text: text, column, is_needed=False)
    values["source_row"] = np.empty(0, dtype=np.int64)
    return pd.DataFrame(values)
