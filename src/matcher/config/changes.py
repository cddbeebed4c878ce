"""What differs between two configs, key by key, and a config that says no more than that."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import tomlkit

from matcher.config.config import Config
from matcher.config.dump import toml_value
from matcher.config.sections import Section


class ChangedKey(NamedTuple):
    """One key whose value differs; the path names a feature by its name."""

    path: tuple[str, ...]
    before: Any
    after: Any
    reason: str = ""
    """Why a feature's weight is what it is, as the later config says."""
    meaning: str = ""
    """What another key is, as its model says."""

    @property
    def key(self) -> str:
        """The path with dots."""
        return ".".join(self.path)


def changed_keys(before: Config, after: Config) -> Iterator[ChangedKey]:
    """Yield what differs between two configs, in the order of the keys.

    Parameters
    ----------
    before, after
        The configs; where features were added, taken out or put in another order, their whole list
        is one change.
    """
    for name, new in after:
        old = getattr(before, name)
        if name == "features":
            yield from _features(old, new)
        elif isinstance(new, Section):
            for key, value in new:
                if value != getattr(old, key):
                    meaning = " ".join((type(new).model_fields[key].description or "").split())
                    yield ChangedKey((name, key), getattr(old, key), value, meaning=meaning)
        elif new != old:
            yield ChangedKey((name,), old, new)


def _features(before: tuple[Any, ...], after: tuple[Any, ...]) -> Iterator[ChangedKey]:
    if [one.name for one in before] != [one.name for one in after]:
        yield ChangedKey(("features",), before, after)
        return
    for old, new in zip(before, after, strict=True):
        for key, value in new:
            if value != getattr(old, key):
                path = ("features", new.name, key)
                yield ChangedKey(path, getattr(old, key), value, new.reason)


def dump_changes(before: Config, after: Config, extends: str) -> str:
    """Return TOML that extends a config and sets what differs, each key with what it was.

    Parameters
    ----------
    before, after
        The config that is extended, and the one that the text loads as.
    extends
        Name or path of the first, as it stands in the file.
    """
    document = tomlkit.document()
    document.add("extends", tomlkit.item(extends))
    for change in changed_keys(before, after):
        table: Any = document
        for part in change.path[:-1]:
            if part not in table:
                table.add(part, tomlkit.table(is_super_table=part == "features"))
            table = table[part]
        value = toml_value(change.after, comments=False)
        value = tomlkit.item("") if value is None else value  # TOML has no null
        if not isinstance(change.before, tuple | dict):
            value.comment(f"was {change.before}")
        table.add(change.path[-1], value)
    return document.as_string()
