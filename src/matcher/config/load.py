"""From files and `--set` to one checked config, or to findings that name the line."""

import contextlib
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from matcher.config.config import Config, Fault, default_features
from matcher.config.layers import Layer, parse_overrides, read_layers
from matcher.config.locate import KeyPath, line_of
from matcher.errors import ConfigError, Finding, InputError
from matcher.text import nearest

COHORT_CONFIG = "matcher.toml"
"""The config that a cohort's folder may hold."""

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


def load_config(
    path: str | Path | None = None,
    *,
    overrides: Sequence[str] = (),
    cohort: str | Path | None = None,
) -> Config:
    """Load a config, with what it extends and what overrides it.

    Parameters
    ----------
    path
        A TOML file, or the name of a packaged config such as ``one-to-one``. None: the
        ``matcher.toml`` of the cohort's folder where there is one, else the defaults.
    overrides
        Texts ``key=value`` with dotted keys; a feature is addressed by its name, as in
        ``features.need_fit.weight=0.4``. Values are TOML; a bare word is a text.
    cohort
        Where the cohort lies, to look for its ``matcher.toml``.

    Returns
    -------
    Config
        Frozen and checked.

    Raises
    ------
    ConfigError
        With every problem of the pass: E_CONFIG, E_NOT_FOUND, E_WEIGHTS, E_NOT_FINITE or
        E_PROTECTED_COLUMN, each with file, line and key.
    """
    found = path if path is not None else config_beside(cohort)
    layers = [*([] if found is None else read_layers(found)), *parse_overrides(overrides)]
    try:
        return _validate(layers)
    except RecursionError:
        finding = Finding("E_CONFIG", "values are nested too deeply", "flatten them", str(found))
        raise ConfigError(finding) from None


def place_of_config(cohort: str) -> Path:
    """Return where the config of a cohort lies, or will: in its folder, or beside its file.

    Raises
    ------
    InputError
        E_NOT_FOUND where the cohort is a database, which has no folder.
    """
    if "://" in cohort:
        message = "a database has no folder for its config"
        raise InputError(Finding("E_NOT_FOUND", message, "name its file: -o for map, -c elsewhere"))
    path = Path(cohort)
    return (path if path.is_dir() else path.parent) / COHORT_CONFIG


def config_beside(cohort: str | Path | None) -> Path | None:
    """Return the ``matcher.toml`` of a cohort's folder, None where there is none.

    Parameters
    ----------
    cohort
        Where the cohort lies.
    """
    if cohort is not None:
        with contextlib.suppress(OSError, ValueError):
            own = Path(cohort) / COHORT_CONFIG
            if own.exists() or own.is_symlink():
                return own
    return None


def _validate(layers: Sequence[Layer]) -> Config:
    """Merge the layers and return the config, or raise with what is wrong and where."""
    values: dict[str, Any] = {}
    problems: list[Fault] = []
    for layer in layers:
        values = _merge(values, layer.values)
        problems += _apply_feature_table(values)
    notices = tuple(renew(values))
    problems += [
        Fault(path, "E_NOT_FINITE", "must be a finite number", "give a number")
        for path in _not_finite(values, ())
    ]
    try:
        text = json.dumps(_without_unset(values, Config), default=str)
        config = Config.model_validate_json(text, strict=True, context={"notices": notices})
    except ValidationError as error:
        if error.errors()[0]["type"] == "json_invalid":
            raise RecursionError from None
        known = {problem.path for problem in problems}
        problems += [found for found in _problems_of(error, values) if found.path not in known]
    except ValueError:  # a number that cannot be written, which is among the problems
        pass
    if problems:
        raise ConfigError([_place(problem, values, layers) for problem in problems])
    return config


def _merge(parent: dict[str, Any], child: dict[str, Any]) -> dict[str, Any]:
    """Return the tables merged at every depth; any other value of the child replaces."""
    merged = dict(parent)
    for key, value in child.items():
        below = merged.get(key)
        both_tables = isinstance(below, dict) and isinstance(value, dict)
        if key == "features" and isinstance(value, dict):
            merged[key] = {"": below} | value
        else:
            merged[key] = _merge(below, value) if both_tables else value  # type: ignore[arg-type]
    return merged


def _apply_feature_table(values: dict[str, Any]) -> list[Fault]:
    """Resolve `features.NAME.key` against the blocks below it, in place."""
    changes = values.get("features")
    if not isinstance(changes, dict):
        return []
    blocks = changes.pop("")
    if blocks is None:
        blocks = [f.model_dump(mode="json", exclude_none=True) for f in default_features()]
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        values["features"] = blocks
        return []
    names = [str(block.get("name")) for block in blocks]
    tables = {name: change for name, change in changes.items() if isinstance(change, dict)}
    values["features"] = [
        _merge(block, tables.get(name, {})) for name, block in zip(names, blocks, strict=True)
    ]
    return [
        _feature_problem(name, names) for name in changes if name not in names or name not in tables
    ]


def _feature_problem(name: str, names: list[str]) -> Fault:
    """Say what is wrong with a change to a feature that does not exist or is no table."""
    if name in names:
        remedy = f"such as features.{name}.weight = 0.2"
        return Fault(("features", name), "E_CONFIG", "must be a table of keys", remedy)
    near = nearest(name, names)
    remedy = f"did you mean {near}? " if near else ""
    remedy += f"choose from {', '.join(names)}; a new feature is a [[features]] block"
    return Fault(("features", name), "E_CONFIG", f"there is no feature {name}", remedy)


def _without_unset(value: Any, model: type[BaseModel]) -> Any:
    """Drop keys that are an empty text and may be unset: TOML has no null."""
    if isinstance(value, list):
        return [_without_unset(item, model) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for key, inner in value.items():
        field = model.model_fields.get(key)
        if inner == "" and field is not None and field.default is None:
            continue
        below = _model_in(field.annotation) if field is not None else None
        if below and field is not None and _is_named(field.annotation) and isinstance(inner, dict):
            kept[key] = {name: _without_unset(part, below) for name, part in inner.items()}
        else:
            kept[key] = _without_unset(inner, below) if below else inner
    return kept


def _not_finite(value: object, path: KeyPath) -> Iterator[KeyPath]:
    """Yield the path of every nan and infinity, and of whole numbers beyond all others."""
    if isinstance(value, int | float) and not abs(value) <= sys.float_info.max:
        yield path
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _not_finite(inner, (*path, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _not_finite(inner, (*path, position))


def _place(problem: Fault, values: dict[str, Any], layers: Sequence[Layer]) -> Finding:
    """Return the problem as a finding of the last layer that says anything about its key."""
    name = _feature_name(problem.path, values)
    paths = [problem.path]
    if name is not None:
        paths.append(("features", name, *problem.path[2:]))
    best, table, row = 0, "", None
    for layer in layers:
        for path in paths:
            depth, line = line_of(path, layer.lines) if layer.text else _depth(path, layer.values)
            if depth >= max(best, 1):
                best, table, row = depth, layer.name, line or None
    found = Finding(problem.code, problem.message, problem.remedy)
    return found.at(table, row, ".".join(map(str, paths[-1])))


def _depth(path: KeyPath, values: object) -> tuple[int, int]:
    """Return how far down `path` exists in the values of a `--set`; it has no line."""
    for depth, key in enumerate(path):
        if not isinstance(values, dict) or key not in values:
            return depth, 0
        values = values[key]
    return len(path), 0


def _problems_of(error: ValidationError, values: dict[str, Any]) -> list[Fault]:
    """Return one problem a key, whatever number of union members pydantic tried.

    A check of :mod:`matcher.config.config` that failed comes with its own problems.
    """
    found: list[Fault] = []
    details = [(_existing(item["loc"], values, item), item) for item in error.errors()]
    for path, group in groupby(details, key=lambda pair: pair[0]):
        items = [item for _, item in group]
        found += items[0].get("ctx", {}).get("problems") or [_problem(path, items)]
    # Where another problem lies deeper, the outer one is only a union's other member.
    around = {problem.path[:end] for problem in found for end in range(1, len(problem.path))}
    return [problem for problem in found if problem.path not in around]


def _feature_name(path: KeyPath, values: dict[str, Any]) -> str | None:
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
    return "correct the value"


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
    is_name = False
    for part in path:
        if isinstance(part, str) and not is_name:
            field = model.model_fields.get(part)
            inner = _model_in(field.annotation) if field else None
            if inner is None or field is None:
                return []
            model, is_name = inner, _is_named(field.annotation)
        else:
            is_name = False
    if is_name:
        return []
    keys = sorted(model.model_fields)
    return ["extends", *keys] if not path else keys


def _is_named(annotation: object) -> bool:
    """Whether an annotation is a table of sections by a name of the user's: `[tables.NAME]`."""
    return get_origin(annotation) is dict


def _model_in(annotation: object) -> type[BaseModel] | None:
    """Return the section that an annotation holds, alone, in a tuple or by name."""
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None


def renew(values: dict[str, Any]) -> Iterator[Finding]:
    """Put the keys of merged values into their new form, in place; yield what was changed.

    `extends = "v0.1"` keeps the weights and parameters of 0.1.
    """
    scoring, features = values.get("scoring"), values.get("features")
    if isinstance(scoring, dict) and scoring.pop("neutral", None) is not None:
        yield _told("scoring.neutral", "each feature has a neutral value of its own, `missing`")
    blocks = features if isinstance(features, list) else ()
    skipping = [one for one in blocks if isinstance(one, dict) and one.get("missing") == "skip"]
    for block in skipping:
        del block["missing"]
    if skipping:
        yield _told('missing = "skip"', "a blank counts with the feature's neutral value")
    portfolio = values.get("portfolio")
    if isinstance(portfolio, dict):
        seats = _as_seats(portfolio)
        values["portfolio"] = with_seats(portfolio)
        for key in (key for key in OLD_SEATS if seats[key]):
            blocks_of = "; ".join(map(_written, seats[key]))
            now = "it is a block of [[portfolio.seats]]"
            yield _told(f"portfolio.{key}", now, f"to keep it, put in its place {blocks_of}")


OLD_SEATS = ("min_external", "max_same")
"""Keys of `[portfolio]` that became seats."""


def with_seats(portfolio: dict[str, Any]) -> dict[str, Any]:
    """Return the values of `[portfolio]` with seats in place of the keys of 0.1."""
    if portfolio.keys().isdisjoint(OLD_SEATS):
        return portfolio
    renewed = _as_seats(portfolio)
    seats = [*portfolio.get("seats", ()), *(seat for key in OLD_SEATS for seat in renewed[key])]
    kept = {key: value for key, value in portfolio.items() if key not in OLD_SEATS}
    return {**kept, "seats": seats} if seats else kept


def _as_seats(portfolio: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return by key of 0.1 the seats that it is now."""
    least, same = portfolio.get("min_external"), portfolio.get("max_same") or {}
    return {
        "min_external": [{"name": "external", "external": True, "min": least}] if least else [],
        "max_same": [
            {"name": f"of one {column}", "each": column, "max": same[column]}
            for column in sorted(same)
        ],
    }


def _written(seat: dict[str, Any]) -> str:
    """Return a seat as it would stand in a config, in one line."""
    return "[[portfolio.seats]] " + ", ".join(f"{key} = {json.dumps(seat[key])}" for key in seat)


def _told(key: str, now: str, remedy: str = "take it out of the config") -> Finding:
    message = f"{key} is of version 0.1 and is read in its new form: {now}"
    return Finding("W_OLD_KEY", message, remedy, column=key)
