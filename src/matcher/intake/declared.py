"""What the config adds to the declared columns: extra columns, grades, ranges, and its targets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from matcher.cohort.tables import SIGNUPS, TABLES, ColumnSpec, Kind, TableSpec
from matcher.intake.presets import PRESETS
from matcher.text import fold_heading

if TYPE_CHECKING:
    from matcher.config import Config

GROUPS_PREFIX = "groups."
"""Start of the target of a protected attribute: ``groups.ethnicity``."""

SIDES = ("mentees.", "mentors.")
"""Starts of the targets of a question that a signup form asks once for each role."""


def extra_columns(config: Config) -> frozenset[str]:
    """Return the names of columns that the config uses and no table declares."""
    named = {name for feature in config.features for side in feature.columns for name in side}
    named |= {*config.portfolio.alike, *config.portfolio.max_same, *config.eligibility.different}
    return frozenset(
        name
        for name in named
        if "*" not in name and SIGNUPS.find(name.strip()) is None and name.strip()
    )


def find_spec(table: TableSpec, name: str, config: Config) -> ColumnSpec | None:
    """Return how the cells of a target are read, with the ranges of the config, or None."""
    side, _, rest = name.partition(".")
    if table.name == SIGNUPS.name and f"{side}." in SIDES:
        found = TABLES[side].find(rest) if rest != "person_id" else None
        return replace(_fitted(found, config), name=name) if found else None
    found = table.find(name)
    if found is not None:
        return _fitted(found, config)
    is_kept = table.is_people and name in extra_columns(config)
    if is_kept or (table.is_open and "." not in name):
        kind = Kind.NUMBER if name in config.scales or name in config.numbers else Kind.TEXT
        return ColumnSpec(name, kind, "A further column that the programme asks for.")
    return None


def _fitted(spec: ColumnSpec, config: Config) -> ColumnSpec:
    if spec.name == "seniority" and config.programme.grades:
        return replace(spec, kind=Kind.CHOICE, choices=config.programme.grades)
    if spec.name == "capacity":
        is_whole = config.capacity.unit == "places"
        return replace(spec, high=config.capacity.largest, whole=is_whole)
    if spec.name.startswith("values_"):
        low, high = _values_range(config)
        return replace(spec, low=low, high=high)
    return spec


def _values_range(config: Config) -> tuple[float, float]:
    for feature in config.features:
        if feature.kind == "closeness" and feature.scale and "values_*" in feature.mentee:
            return feature.scale
    return 1.0, 5.0


def known_titles(config: Config) -> frozenset[str]:
    """Return every folded title that means something in some table under this config."""
    known = {name for table in (*TABLES.values(), SIGNUPS) for name in table.by_name}
    known |= set(PRESETS[config.input.preset].own) | extra_columns(config)
    for title, target in config.columns.items():
        known |= {fold_heading(key) for key in target} if isinstance(target, dict) else set()
        known.add(fold_heading(title))
    known.add(fold_heading(config.input.id))
    return frozenset(known)
