"""The JSON schema of a config file, for editors that check and complete TOML."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from matcher.config import Config


def schema_text(ready: Iterable[str]) -> str:
    """Return docs/config.schema.json."""
    return json.dumps(config_schema(ready), indent=2, ensure_ascii=False) + "\n"


def config_schema(ready: Iterable[str]) -> dict[str, Any]:
    """Return the models' schema with what only files can hold: `extends` and `[features.NAME]`."""
    schema: dict[str, Any] = _flat(Config.model_json_schema())
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "matcher config"
    properties = schema["properties"]
    names = ", ".join(ready)
    properties["extends"] = {
        "type": "string",
        "description": f"Config that this file changes: a path, or one of {names}.",
    }
    blocks = properties["features"]
    description = blocks.pop("description")
    properties["features"] = {
        "description": description,
        "anyOf": [blocks, {"type": "object", "additionalProperties": _change(schema)}],
    }
    return schema


def _change(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a table that changes some keys of an inherited feature."""
    feature = schema["$defs"]["FeatureConfig"]
    return {key: value for key, value in feature.items() if key != "required"}


def _flat(node: Any) -> Any:
    """Return the schema with descriptions on one line each."""
    if isinstance(node, list):
        return [_flat(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: " ".join(value.split())
        if key == "description" and isinstance(value, str)
        else _flat(value)
        for key, value in node.items()
    }
