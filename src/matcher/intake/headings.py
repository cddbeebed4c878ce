"""Which column of a raw table is which canonical one, and what is wrong with the titles."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from matcher.cohort.tables import table_spec
from matcher.errors import Finding
from matcher.intake.checks.titles import (
    EVERY_NAME,
    form_tool,
    judge_title,
    missing_column,
    protected_title,
    same_title,
)
from matcher.intake.declared import GROUPS_PREFIX, extra_columns, find_spec
from matcher.intake.presets import IGNORE, SUBMITTED, Preset
from matcher.text import fold_heading, listed, misspelt, shown_title, snake
from matcher.vocabulary import is_protected

if TYPE_CHECKING:
    from matcher.cohort.columns import ColumnSpec, TableSpec
    from matcher.config import Config
    from matcher.intake.files.grid import Grid

EMAIL_ID = "email"
"""Value of ``[input] id`` that derives ids from e-mail addresses."""


@dataclass
class Mapping:
    """Positions of a grid's columns by what they are."""

    columns: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """By canonical, extra or special name; several positions where a form splits a question."""
    groups: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """By attribute: columns mapped to ``groups.x``."""
    specs: dict[str, ColumnSpec] = field(default_factory=dict)
    contested: set[str] = field(default_factory=set)
    """Targets that the config, or the titles, give to several columns: their cells must agree."""
    unused: dict[str, int] = field(default_factory=dict)
    """Positions of columns that nothing maps, by their name in canonical form."""
    findings: list[Finding] = field(default_factory=list)


def map_headings(grid: Grid, config: Config, preset: Preset) -> Mapping:
    """Map the titles of `grid` by the config first, then the form tool, then by name.

    Returns
    -------
    Mapping
        With E_DUP_COLUMN, E_MISSING_COLUMN, E_UNKNOWN_COLUMN, E_PROTECTED_COLUMN and
        W_UNUSED_COLUMN as findings.
    """
    table = table_spec(grid.table)
    stated = _stated_targets(table, config)
    ranked: dict[str, list[tuple[int, int]]] = {}
    unmapped: list[int] = []
    for position in range(len(grid.titles)):
        target, rank = _target(grid, position, table, config, preset, stated)
        if target is None:
            unmapped.append(position)
        elif target != IGNORE:
            ranked.setdefault(target, []).append((rank, position))
    mapping = Mapping()
    for target, places in ranked.items():
        _place(mapping, grid, table, config, preset, target, sorted(places))
    if _is_headless(mapping, grid, table):
        mapping.findings.append(_headless(grid.table))
        unmapped = []  # the first row is somebody's answers: repeat none of them
    _judge_unmapped(mapping, grid, table, config, unmapped)
    _judge_missing(mapping, grid, table, config, unmapped)
    return mapping


def _is_headless(mapping: Mapping, grid: Grid, table: TableSpec) -> bool:
    """Whether the first row looks like answers: no title is known, or nearly, or protected."""
    if mapping.columns or mapping.groups:
        return False
    names = [snake(title) for title in grid.titles]
    return not any(
        name in EVERY_NAME or is_protected(name) or misspelt(name, table.by_name) for name in names
    )


def _headless(table: str) -> Finding:
    message = "no title of the first row is known"
    remedy = "add the header row, or map the titles in [columns] (matcher check --suggest)"
    return Finding("E_HEADER", message, remedy, table, 1)


def _stated_targets(table: TableSpec, config: Config) -> dict[str, str]:
    """Return the targets of the config by folded title; a table's own part wins."""
    shared = {
        fold_heading(title): target
        for title, target in config.columns.items()
        if isinstance(target, str)
    }
    own = config.columns.get(table.name)
    if isinstance(own, dict):
        shared |= {fold_heading(title): target for title, target in own.items()}
    if table.is_people and config.input.id not in ("person_id", EMAIL_ID):
        shared.setdefault(fold_heading(config.input.id), "person_id")
    return shared


def _target(
    grid: Grid,
    position: int,
    table: TableSpec,
    config: Config,
    preset: Preset,
    stated: dict[str, str],
) -> tuple[str | None, int]:
    """Return what a column is and how surely: 0 the config says so, 1 the form tool, 2 its name."""
    titles = [fold_heading(grid.titles[position])]
    if grid.questions:
        titles.append(fold_heading(grid.questions[position]))
    for title in titles:
        if title in stated and _fits(table, stated[title], config):
            return stated[title], 0
    if titles[0] in preset.own:
        return preset.own[titles[0]], 1
    name = snake(grid.titles[position])
    if _is_group(table, name) or name in (IGNORE, SUBMITTED):
        return None, 2
    if table.is_open and _is_slip(name, grid, table):
        return None, 2
    if find_spec(table, name, config) is not None and not (table.is_people and is_protected(name)):
        return name, 2
    return None, 2


def _is_slip(name: str, grid: Grid, table: TableSpec) -> bool:
    """Whether a further column of an open table is probably a declared one, misspelt."""
    if table.find(name) is not None or name in EVERY_NAME:
        return False
    absent = set(table.by_name) - {snake(title) for title in grid.titles}
    return misspelt(name, absent) is not None


def _is_group(table: TableSpec, name: str) -> bool:
    return table.is_people and name.startswith("groups_")


def _fits(table: TableSpec, target: str, config: Config) -> bool:
    if target in (IGNORE, SUBMITTED):
        return True
    if target.startswith(GROUPS_PREFIX):
        return table.is_people
    return find_spec(table, target, config) is not None


def _place(
    mapping: Mapping,
    grid: Grid,
    table: TableSpec,
    config: Config,
    preset: Preset,
    target: str,
    places: list[tuple[int, int]],
) -> None:
    positions = tuple(position for _, position in places)
    again = _same_title(grid, positions)
    if again and preset.name == "plain":
        titles = listed(shown_title(grid.titles[k]) for k in again)
        message = f"columns {_ordinals(again)} ({titles}) are the same one twice"
        mapping.findings.append(
            Finding("E_DUP_COLUMN", message, "keep one of them", grid.table, 1, target)
        )
    if target.startswith(GROUPS_PREFIX):
        mapping.groups[snake(target.removeprefix(GROUPS_PREFIX))] = positions
        return
    mapping.columns[target] = positions
    ranks = [rank for rank, _ in places]
    if ranks.count(ranks[0]) > 1 and not (again and preset.name == "plain"):
        mapping.contested.add(target)
    spec = find_spec(table, target, config)
    if spec is not None:
        mapping.specs[target] = spec
    if table.is_people and is_protected(target):
        mapping.findings.append(protected_title(grid.table, target))


def _same_title(grid: Grid, positions: tuple[int, ...]) -> list[int]:
    """Return the positions whose title another one shares (form tools allow it, people slip)."""
    names = [snake(grid.titles[position]) for position in positions]
    return [k for k, name in zip(positions, names, strict=True) if names.count(name) > 1]


def _ordinals(positions: list[int]) -> str:
    return listed(str(position + 1) for position in positions)


def _judge_unmapped(
    mapping: Mapping, grid: Grid, table: TableSpec, config: Config, unmapped: list[int]
) -> None:
    seen: dict[str, int] = {}
    absent = _absent_names(mapping, table, config)
    for position in unmapped:
        title = grid.titles[position]
        folded = fold_heading(title)
        if folded in seen:
            mapping.findings.append(same_title(grid, title, seen[folded], position))
            continue
        seen[folded] = position
        finding = judge_title(title, absent, grid.table, table)
        mapping.findings.append(finding)
        if finding.is_warning:
            mapping.unused[snake(title)] = position


def _absent_names(mapping: Mapping, table: TableSpec, config: Config) -> set[str]:
    names = set(table.by_name) | {f"values_{k}" for k in range(1, 10) if table.is_people}
    if table.is_people:
        names |= extra_columns(config)
    return names - set(mapping.columns)


def _judge_missing(
    mapping: Mapping, grid: Grid, table: TableSpec, config: Config, unmapped: list[int]
) -> None:
    needed = list(table.required)
    if table.is_people and config.input.id == EMAIL_ID:
        needed = [EMAIL_ID if name == "person_id" else name for name in needed]
    for name in needed:
        if name not in mapping.columns:
            titles = [grid.titles[position] for position in unmapped]
            mapping.findings.append(
                missing_column(grid.table, name, titles, form_tool(grid, config))
            )
    if table.any_of and not any(name in mapping.columns for name in table.any_of):
        mapping.findings.append(missing_column(grid.table, " or ".join(table.any_of), ()))
