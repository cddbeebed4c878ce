"""From files and `--set` to one checked config, or to findings that name the line."""

import contextlib
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from matcher.config.config import Config, Fault, default_features
from matcher.config.layers import Layer, parse_overrides, read_layers
from matcher.config.locate import KeyPath, line_of
from matcher.config.problems import feature_name, model_in, problems_of
from matcher.errors import ConfigError, Finding
from matcher.text import nearest

COHORT_CONFIG = "matcher.toml"
"""The config that a cohort's folder may hold."""


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
    found = path if path is not None else _config_of(cohort)
    layers = [*([] if found is None else read_layers(found)), *parse_overrides(overrides)]
    try:
        return _validate(layers)
    except RecursionError:
        finding = Finding("E_CONFIG", "values are nested too deeply", "flatten them", str(found))
        raise ConfigError(finding) from None


def _config_of(cohort: str | Path | None) -> Path | None:
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
    problems += [
        Fault(path, "E_NOT_FINITE", "must be a finite number", "give a number")
        for path in _not_finite(values, ())
    ]
    try:
        text = json.dumps(_without_unset(values, Config), default=str)
        config = Config.model_validate_json(text, strict=True)
    except ValidationError as error:
        known = {problem.path for problem in problems}
        problems += [found for found in problems_of(error, values) if found.path not in known]
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
        below = model_in(field.annotation) if field is not None else None
        kept[key] = _without_unset(inner, below) if below else inner
    return kept


def _not_finite(value: object, path: KeyPath) -> Iterator[KeyPath]:
    """Yield the path of every nan and infinity."""
    if isinstance(value, float) and not math.isfinite(value):
        yield path
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _not_finite(inner, (*path, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _not_finite(inner, (*path, position))


def _place(problem: Fault, values: dict[str, Any], layers: Sequence[Layer]) -> Finding:
    """Return the problem as a finding of the last layer that says anything about its key."""
    name = feature_name(problem.path, values)
    paths = [problem.path]
    if name is not None:
        paths.append(("features", name, *problem.path[2:]))
    best, table, row = 0, "", None
    for layer in layers:
        for path in paths:
            depth, line = line_of(path, layer.lines) if layer.text else _depth(path, layer.values)
            if depth >= max(best, 1):
                best, table, row = depth, layer.name, line or None
    return Finding(
        problem.code, problem.message, problem.remedy, table, row, ".".join(map(str, paths[-1]))
    )


def _depth(path: KeyPath, values: object) -> tuple[int, int]:
    """Return how far down `path` exists in the values of a `--set`; it has no line."""
    for depth, key in enumerate(path):
        if not isinstance(values, dict) or key not in values:
            return depth, 0
        values = values[key]
    return len(path), 0
