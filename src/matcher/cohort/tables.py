"""Every input table and its canonical columns, as ``tables.toml`` declares them."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import Any

from matcher import vocabulary
from matcher.cohort.columns import ColumnSpec, Kind, TableSpec

__all__ = ["MAX_CONTACTS", "MAX_NOTES", "SIGNUPS", "TABLES", "declared_tables", "table_spec"]

MAX_CONTACTS = 10
"""Most contacts of one audit (source text, step 1)."""

MAX_NOTES = 3
"""Most strengths and most weaknesses of one audit (source text, step 2)."""

DECLARATIONS = resources.files("matcher.cohort").joinpath("tables.toml").read_text("utf-8")


def declared_tables(text: str) -> dict[str, TableSpec]:
    """Return the tables that a text like ``tables.toml`` declares, by name.

    Raises
    ------
    tomllib.TOMLDecodeError, TypeError, ValueError, AttributeError
        Where the text is no TOML, or a key, a kind or an enumeration does not exist.
    """
    parts = tomllib.loads(text)
    people = parts.pop("people")
    return {name: _table(name, part, people) for name, part in parts.items()}


def _table(name: str, part: dict[str, Any], people: dict[str, Any]) -> TableSpec:
    own = {key: value for key, value in part.items() if isinstance(value, dict)}
    about = {key: value for key, value in part.items() if key not in own}
    if about.get("is_people"):
        own = {key: value for key, value in people.items() if _is_of(name, value.get("of"))}
    columns = [_column(key, value) for key, value in own.items()]
    return TableSpec(
        name,
        columns=tuple(column for column in columns if "*" not in column.name),
        patterns=tuple(column for column in columns if "*" in column.name),
        any_of=tuple(about.pop("any_of", ())),
        **about,
    )


def _is_of(table: str, side: str | None) -> bool:
    return side in (None, table) or table == "signups"


def _column(name: str, declared: dict[str, Any]) -> ColumnSpec:
    values: dict[str, Any] = {
        key: tuple(v) if isinstance(v, list) else v for key, v in declared.items()
    }
    values.pop("of", None)
    choices = values.pop("choices", ())
    if isinstance(choices, str):
        choices = tuple(getattr(vocabulary, choices))
    return ColumnSpec(name, Kind(values.pop("kind")), choices=choices, **values)


TABLES = declared_tables(DECLARATIONS)
"""Every table that a cohort may hold, by name; `mentees` and `mentors` are needed."""

SIGNUPS = TABLES.pop("signups")
"""The table that replaces `mentees` and `mentors`; ``mentees.contexts`` and ``mentors.contexts``
name one side's answer where the form asks both."""


def table_spec(table: str) -> TableSpec:
    """Return the declaration of a table, `signups` included."""
    return SIGNUPS if table == SIGNUPS.name else TABLES[table]
