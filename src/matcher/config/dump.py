"""A config as TOML: every key with its effective value, with or without the text of each key."""

import re
import textwrap
from collections.abc import Iterator
from functools import cache
from typing import Any

import tomlkit
from tomlkit.items import AoT, Table

from matcher.config.config import Config
from matcher.config.sections import FeatureConfig, Section

WIDTH = 96

_TYPES = {
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "boolean": "true or false",
    "object": "table",
}


def dump_config(config: Config, *, comments: bool = False) -> str:
    """Return the full effective config as TOML that loads back to an equal config.

    Parameters
    ----------
    config
        What to write.
    comments
        Whether each key carries its meaning and range; keys that are not set then stand as
        comments. Without them such keys are left out.

    Returns
    -------
    str
        Sections in the order of the reference, with a line feed at the end.
    """
    document = tomlkit.document()
    _fill(document, config, comments=comments)
    # tomlkit sets a table off from the comment that is about it, and not from an empty one.
    text = re.sub(r"^(# .*\n)\n(?=\[\w)", r"\1", document.as_string(), flags=re.MULTILINE)
    return text.replace("]\n[", "]\n\n[")


def _fill(container: Any, section: Section, *, comments: bool) -> None:
    """Put the values of a section into a container, then the tables inside it, as TOML wants."""
    model = type(section)
    items = {key: toml_value(value, comments=comments) for key, value in section}
    for key in sorted(items, key=lambda key: isinstance(items[key], Table | AoT)):
        item = items[key]
        if comments and isinstance(item, Table | AoT) and container:
            container.add(tomlkit.nl())
        for line in _told(model, key) if comments else ():
            container.add(tomlkit.comment(line))
        if item is not None:
            container.add(key, item)
        elif comments:
            container.add(tomlkit.comment(f"{key} ="))


def toml_value(value: Any, *, comments: bool) -> Any:
    """Return a value as tomlkit writes it, None where TOML has nothing for it.

    Parameters
    ----------
    value
        A value of a config.
    comments
        Whether the keys inside it carry their meaning.
    """
    if isinstance(value, Section):
        table = tomlkit.table()
        _fill(table, value, comments=comments)
        return table
    if isinstance(value, dict):
        table = tomlkit.table(is_super_table=False)  # a header of its own, whatever is in it
        for key in sorted(value, key=lambda key: isinstance(value[key], dict)):
            table.add(key, toml_value(value[key], comments=comments))
        return table
    if isinstance(value, tuple) and value and isinstance(value[0], Section):
        blocks = tomlkit.aot()
        for block in value:
            blocks.append(tomlkit.item(_stated(block)))
        return blocks
    return None if value is None else tomlkit.item(value)


def _stated(block: Section) -> dict[str, Any]:
    """Return what a block sets itself; the rest stays at its default."""
    fields = type(block).model_fields
    return {
        key: _inline(value) if isinstance(value, dict) else value
        for key, value in block
        if fields[key].is_required() or value != fields[key].default
    }


def _inline(table: dict[str, Any]) -> Any:
    inline = tomlkit.inline_table()
    inline.update(table)
    return inline


def _told(model: type[Section], key: str) -> Iterator[str]:
    """Yield the meaning of a key with the values it takes; that of a block's keys above it."""
    field = model.model_fields[key]
    allowed = "" if model is Config else _describe_range(model, key)
    text = " ".join((field.description or "").split()) + (f" ({allowed})" if allowed else "")
    yield from textwrap.wrap(text, WIDTH, break_on_hyphens=False)
    if model is Config and key == "features":
        for inner in FeatureConfig.model_fields:
            first, *rest = _told(FeatureConfig, inner)
            yield from textwrap.wrap(
                " ".join((f"{inner}:", first, *rest)), WIDTH, break_on_hyphens=False
            )


def _describe_range(model: type[Section], key: str) -> str:
    """Return what a key accepts, such as ``0 to 1`` or ``low, high``; texts have no range."""
    said = describe_values(model, key)
    return "" if said in ("text", "true or false") else said


def describe_values(model: type[Section], key: str) -> str:
    """Return what a key accepts, also where that is any text, or true and false."""
    schema = _schema(model)
    return _describe(schema["properties"][key], schema.get("$defs", {}))


@cache
def _schema(model: type[Section]) -> dict[str, Any]:
    return model.model_json_schema()


def _describe(node: dict[str, Any], definitions: dict[str, Any]) -> str:
    if "$ref" in node:
        node = definitions[node["$ref"].rpartition("/")[2]]
    if "enum" in node or "const" in node:
        return ", ".join(map(str, node.get("enum", [node.get("const")])))
    if "anyOf" in node:
        members = [_describe(member, definitions) for member in node["anyOf"]]
        return " or ".join(said for said in members if said)
    if node.get("type") == "array":
        if "prefixItems" in node:
            parts = [_describe(item, definitions) for item in node["prefixItems"]]
            return f"[{', '.join(parts)}]"
        return f"list of {_describe(node.get('items', {}), definitions)}"
    if node.get("type") == "object":
        inner = node.get("additionalProperties")
        return f"table of {_describe(inner, definitions)}" if isinstance(inner, dict) else "block"
    if node.get("format") == "date":
        return "date"
    return _describe_span(node)


def _describe_span(node: dict[str, Any]) -> str:
    """Return the range of a number, or the plain type; null says nothing."""
    low, high = node.get("minimum"), node.get("maximum")
    if low is not None and high is not None:
        return f"{low:g} to {high:g}"
    if low is not None:
        return f"{low:g} or more"
    if "exclusiveMinimum" in node:
        return f"more than {node['exclusiveMinimum']:g}"
    return _TYPES.get(node.get("type", ""), "")
