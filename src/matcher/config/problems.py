"""What pydantic refuses, said in the words of the config: key, choices, near match."""

import re
from collections.abc import Iterable
from itertools import groupby
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from matcher.config.config import Config, Fault
from matcher.config.locate import KeyPath
from matcher.text import nearest

_WORDS = (
    ("^(an? )?(object|dictionary)$", "a table"),
    ("^string$", "a text"),
    ("^(tuple|array|an array)$", "a list"),
    ("^integer", "a whole number"),
    ("^number", "a number"),
    ("^boolean", "true or false"),
    ("greater than or equal to", "at least"),
    ("less than or equal to", "at most"),
    ("greater than", "more than"),
)
"""Pydantic's words for a value and ours, as regular expressions in order."""


def problems_of(error: ValidationError, values: dict[str, Any]) -> list[Fault]:
    """Return one problem a key, whatever number of union members pydantic tried.

    A check of :mod:`matcher.config.config` that failed comes with its own problems.
    """
    found: list[Fault] = []
    details = [(_existing(item["loc"], values, item), item) for item in error.errors()]
    for path, group in groupby(details, key=lambda pair: pair[0]):
        items = [item for _, item in group]
        found += items[0].get("ctx", {}).get("problems") or [_problem(path, items)]
    paths = [problem.path for problem in found]
    return [problem for problem in found if not _is_inside(problem.path, paths)]


def _is_inside(path: KeyPath, paths: list[KeyPath]) -> bool:
    """Whether another problem lies deeper: then the outer one is only a union's other member."""
    return any(len(other) > len(path) and other[: len(path)] == path != () for other in paths)


def feature_name(path: KeyPath, values: dict[str, Any]) -> str | None:
    """Return the name of the feature that the path points into, None where it has none."""
    blocks = values.get("features")
    if len(path) < 2 or path[0] != "features" or not isinstance(path[1], int):
        return None
    block = blocks[path[1]] if isinstance(blocks, list) and path[1] < len(blocks) else None
    name = block.get("name") if isinstance(block, dict) else None
    return name if isinstance(name, str) else None


def _existing(loc: KeyPath, values: Any, item: ErrorDetails) -> KeyPath:
    """Cut from pydantic's location the parts that name union members, not keys."""
    path: list[str | int] = []
    for part in loc:
        is_table, is_list = isinstance(values, dict), isinstance(values, list)
        if (is_table and part in values) or (is_list and part in range(len(values))):
            values = values[part]
            path.append(part)
    return (*path, loc[-1]) if item["type"] == "missing" else tuple(path)


def _problem(path: KeyPath, items: list[ErrorDetails]) -> Fault:
    first = items[0]
    if first["type"] == "extra_forbidden":
        return Fault(path, "E_CONFIG", "unknown key", _suggest_key(path))
    if first["type"] == "missing":
        return Fault(path, "E_CONFIG", "this key is needed", f"add {path[-1]} = ...")
    is_weight = path[0] == "features" and path[-1] == "weight"
    code = "E_WEIGHTS" if is_weight and first["type"].startswith("greater") else "E_CONFIG"
    messages = dict.fromkeys(_in_words(item) for item in items)
    return Fault(path, code, f"must be {' or '.join(messages)}", _suggest_value(items))


def _in_words(item: ErrorDetails) -> str:
    """Return what the value must be."""
    if item["type"].startswith("date"):
        return "a date such as 2026-03-31"
    said = re.sub(r"^\w+ should (be|have|match) ", "", item["msg"]).removeprefix("a valid ")
    for pydantic_says, we_say in _WORDS:
        said = re.sub(pydantic_says, we_say, said)
    return said


def _suggest_value(items: Iterable[ErrorDetails]) -> str:
    """Return the near match among the choices of an enumeration, or what to do otherwise."""
    for item in items:
        choices = re.findall(r"'([^']*)'", str(item.get("ctx", {}).get("expected", "")))
        near = nearest(str(item["input"]), choices)
        if near:
            return f"did you mean {near}?"
    return "see docs/config.md"


def _suggest_key(path: KeyPath) -> str:
    """Return the keys that may stand here, with the near match or the section that has the key."""
    choices = _keys_at(path[:-1])
    key = str(path[-1])
    if near := nearest(key, choices):
        return f"did you mean {near}? choose from {', '.join(choices)}"
    homes = [f"{section}.{key}" for section in Config.model_fields if key in _keys_at((section,))]
    meant = f"did you mean {homes[0]}? " if homes else ""
    return f"{meant}choose from {', '.join(choices)}"


def _keys_at(path: KeyPath) -> list[str]:
    """Return the keys of the section at `path`, sorted; [] where keys are free."""
    model: type[BaseModel] = Config
    for part in path:
        if isinstance(part, str):
            field = model.model_fields.get(part)
            inner = model_in(field.annotation) if field else None
            if inner is None:
                return []
            model = inner
    keys = sorted(model.model_fields)
    return ["extends", *keys] if not path else keys


def model_in(annotation: object) -> type[BaseModel] | None:
    """Return the section that an annotation holds, alone or in a tuple."""
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None
