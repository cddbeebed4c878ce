"""Ranges and choices of keys in words, read off the JSON schema of the models."""

from functools import cache
from typing import Any

from matcher.config.sections import Section

_TYPES = {
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "boolean": "true or false",
    "object": "table",
}


def describe_range(model: type[Section], key: str) -> str:
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
        return _describe_list(node, definitions)
    if node.get("type") == "object":
        inner = node.get("additionalProperties")
        return f"table of {_describe(inner, definitions)}" if isinstance(inner, dict) else "block"
    if node.get("format") == "date":
        return "date"
    return _describe_span(node)


def _describe_list(node: dict[str, Any], definitions: dict[str, Any]) -> str:
    if "prefixItems" in node:
        parts = [_describe(item, definitions) for item in node["prefixItems"]]
        return f"[{', '.join(parts)}]"
    return f"list of {_describe(node.get('items', {}), definitions)}"


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
