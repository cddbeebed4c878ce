"""A config's text changed key by key: what else stands in it stays, comments and all."""

from collections.abc import Mapping, MutableMapping
from typing import Any

import tomlkit
from tomlkit.items import Item

from matcher.text import fold_heading

KeyOf = tuple[str, ...]
"""Where a value stands, from the top: ``("columns", "signups", "Your name")``."""


def flat_values(text: str) -> dict[KeyOf, Any]:
    """Return every value of a TOML text by its path; a list is one value."""
    return dict(_leaves((), tomlkit.parse(text).unwrap()))


def _leaves(path: KeyOf, value: Any) -> Any:
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _leaves((*path, key), below)
    else:
        yield path, value


def stated_path(text: str, path: KeyOf) -> KeyOf:
    """Return how the text itself writes a path: titles are the same whatever their case and space.

    A title that `columns` holds for all tables is found there.
    """
    written = {_folded(known): known for known in flat_values(text)}
    shared = (path[0], path[-1]) if path[0] == "columns" else path
    return written.get(_folded(path)) or written.get(_folded(shared)) or path


def _folded(path: KeyOf) -> KeyOf:
    return (*path[:-1], fold_heading(path[-1]))


def with_keys(text: str, values: Mapping[KeyOf, Any], why: str = "") -> str:
    """Return the text with values set, or taken out where they are None.

    Parameters
    ----------
    text
        TOML as it stands.
    values
        By path; tables that are not there are made.
    why
        Comment of the lines that are set; empty keeps none.
    """
    document = tomlkit.parse(text)
    for path, value in values.items():
        table = _table_of(document, path[:-1], make=value is not None)
        if table is None:
            continue
        if value is None:
            table.pop(path[-1], None)
            _prune(document, path[:-1])
        else:
            item: Item = tomlkit.item(value)
            if why:
                item.comment(why)
            table[path[-1]] = item
    return tomlkit.dumps(document)


def _table_of(document: Any, path: KeyOf, *, make: bool) -> Any:
    below: Any = document
    for depth, key in enumerate(path):
        if not isinstance(below.get(key), MutableMapping):
            if not make:
                return None
            below[key] = tomlkit.table(is_super_table=depth < len(path) - 1)
        below = below[key]
    return below


def _prune(document: Any, path: KeyOf) -> None:
    """Take out the tables along a path that hold nothing any more, not even a comment."""
    for depth in range(len(path), 0, -1):
        parent = _table_of(document, path[: depth - 1], make=False)
        table = parent[path[depth - 1]]
        if len(table) or "#" in table.as_string():
            return
        del parent[path[depth - 1]]
