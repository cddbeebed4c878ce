"""What the config adds to the declared columns: extra columns, grades, ranges, and its targets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from matcher.cohort.columns import ColumnSpec, Kind, TableSpec
from matcher.cohort.tables import SIGNUPS, TABLES, table_spec
from matcher.errors import ConfigError, Finding
from matcher.intake.presets import IGNORE, PRESETS, SUBMITTED
from matcher.text import fold, fold_heading, misspelt, nearest, shown_title

if TYPE_CHECKING:
    from matcher.config import Config

GROUPS_PREFIX = "groups."
"""Start of the target of a protected attribute: ``groups.ethnicity``."""

SIDES = ("mentees.", "mentors.")
"""Starts of the targets of a question that a signup form asks once for each role."""


def extra_columns(config: Config) -> frozenset[str]:
    """Return the names of columns that the config uses and no table declares."""
    named = {name for feature in config.features for name in (*feature.mentee, *feature.mentor)}
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


def check_config_targets(config: Config) -> None:
    """Refuse a `[columns]` part that maps titles to columns that do not exist.

    Raises
    ------
    ConfigError
        E_CONFIG, all wrong targets together, each with the near match.
    """
    findings = []
    for title, target in config.columns.items():
        if isinstance(target, dict):
            if title not in (*TABLES, SIGNUPS.name):
                findings.append(_no_table(title))
                continue
            tables = [table_spec(title)]
            findings += [
                _no_target(key, goal, tables)
                for key, goal in target.items()
                if not _is_target(goal, tables, config)
            ]
        elif not _is_target(target, [*TABLES.values(), SIGNUPS], config):
            findings.append(_no_target(title, target, [*TABLES.values(), SIGNUPS]))
    findings += [*_check_words(config), *_check_date_format(config)]
    if findings:
        raise ConfigError(findings)


def _check_date_format(config: Config) -> list[Finding]:
    """Return a finding where `[input] date_format` cannot tell one day from another."""
    written = config.input.date_format
    day = datetime(2024, 3, 25)
    try:
        is_sound = not written or datetime.strptime(day.strftime(written), written) == day
    except ValueError:
        is_sound = False
    if is_sound:
        return []
    remedy = 'write day, month and year, such as "%d/%m/%Y"'
    return [Finding("E_CONFIG", "input.date_format names no day", remedy)]


def _check_words(config: Config) -> Iterator[Finding]:
    """Yield what is wrong with `[answers]`, `[scales]` and `[numbers]`: parts that map nothing."""
    known = {name for table in (*TABLES.values(), SIGNUPS) for name in table.by_name}
    parts: dict[str, Iterable[str]] = {
        "answers": config.answers,
        "scales": config.scales,
        "numbers": config.numbers,
    }
    for part, columns in parts.items():
        for name in columns:
            spec = _declared(name)
            near = None if spec or name in extra_columns(config) else misspelt(name, known)
            if near:
                yield Finding("E_CONFIG", f"{part}.{name} is no column", f"did you mean {near}?")
            elif spec and (spec.kind is Kind.NUMBER) == (part == "answers"):
                better = "scales or numbers" if part == "answers" else "answers"
                message = f"{part}.{name} does nothing: the column holds {spec.allowed}"
                yield Finding("E_CONFIG", message, f"move it to [{better}.{name}]")
    for name, words in config.answers.items():
        spec = _declared(name)
        for word, meant in words.items() if spec and spec.choices else ():
            yield from _check_meaning(spec, name, word, meant)


def _declared(name: str) -> ColumnSpec | None:
    plain = name.partition(".")[2] or name
    tables = (SIGNUPS, *TABLES.values())
    found = [spec for table in tables if (spec := table.find(plain)) is not None]
    return found[0] if found else None


def _check_meaning(spec: ColumnSpec | None, name: str, word: str, meant: str) -> Iterator[Finding]:
    """Yield words of the config that the vocabulary lacks."""
    choices = spec.choices if spec else ()
    for part in meant.split(";"):
        if part.strip() in ("", "missing") or fold(part).replace(" ", "_") in choices:
            continue
        near = nearest(part, choices)
        hint = f"did you mean {near}? " if near else ""
        message = f"answers.{name} maps {shown_title(word)!r} to a word that is not valid"
        yield Finding("E_CONFIG", message, f"{hint}valid: {', '.join(choices)}")


def _is_target(target: str, tables: list[TableSpec], config: Config) -> bool:
    if target in (IGNORE, SUBMITTED):
        return True
    if target.startswith(GROUPS_PREFIX):
        return len(target) > len(GROUPS_PREFIX)
    return any(
        find_spec(table, target, config) is not None
        and (table.find(target) is not None or not table.is_open or len(tables) == 1)
        for table in tables
    )


def _no_table(title: str) -> Finding:
    near = misspelt(title, (*TABLES, SIGNUPS.name))
    remedy = f"did you mean {near}?" if near else f"choose from {', '.join((*TABLES, 'signups'))}"
    return Finding("E_CONFIG", f"columns.{title} is no table", remedy)


def _no_target(title: str, target: str, tables: list[TableSpec]) -> Finding:
    known = {name for table in tables for name in table.by_name}
    near = misspelt(target, known)
    remedy = f"did you mean {near}?" if near else "write a canonical column, groups.x or ignore"
    message = f"columns maps {title!r} to {target!r}, which is no column"
    return Finding("E_CONFIG", message, remedy)
