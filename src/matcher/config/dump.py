"""A config as TOML: every key with its effective value, with or without the text of each key."""

from __future__ import annotations

import json
import re
import textwrap
from datetime import date
from typing import Any

from matcher.config.config import Config
from matcher.config.describe import describe_range
from matcher.config.sections import FeatureConfig, Section

WIDTH = 96


def dump_config(config: Config, *, comments: bool = False) -> str:
    """Return the full effective config as TOML that loads back to an equal config.

    Parameters
    ----------
    config
        What to write.
    comments
        Whether each key carries its meaning and range; keys that are not set then stand as
        comments. Without them such keys are left out.
    """
    lines: list[str] = []
    for name, field in Config.model_fields.items():
        value = getattr(config, name)
        text = _comment(field.description or "") if comments else []
        if isinstance(value, Section):
            lines += _table((name,), value, text, comments=comments)
        elif isinstance(value, dict):
            lines += _free_table((name,), value, text)
        else:
            lines += _blocks((name,), value, [*text, *_block_help(comments=comments)])
    return "\n".join(lines).strip("\n") + "\n"


def _table(
    path: tuple[str, ...], section: Section, above: list[str], *, comments: bool
) -> list[str]:
    """Return a section: its values first, then the tables inside it, as TOML wants."""
    lines, below = ["", *above, _header(path)], []
    for key, field in type(section).model_fields.items():
        value = getattr(section, key)
        text = _comment(_meaning(field.description, type(section), key)) if comments else []
        if isinstance(value, dict):
            below += _free_table((*path, key), value, text)
        elif isinstance(value, tuple) and value and isinstance(value[0], Section):
            below += _blocks((*path, key), value, text)
        elif value is not None:
            lines += [*text, f"{key} = {_value(value)}"]
        elif comments:
            lines += [*text, f"# {key} ="]
    return lines + below


def _blocks(path: tuple[str, ...], sections: tuple[Section, ...], above: list[str]) -> list[str]:
    """Return an array of tables; what a block does not set itself stays at its default."""
    lines = ["", *above]
    for section in sections:
        unset = {
            key
            for key, field in type(section).model_fields.items()
            if not field.is_required() and getattr(section, key) == field.default
        }
        lines += ["", f"[{_header(path)}]"] if lines[-1] else [f"[{_header(path)}]"]
        lines += [f"{key} = {_value(value)}" for key, value in section if key not in unset]
    return lines


def _free_table(path: tuple[str, ...], table: dict[str, Any], above: list[str]) -> list[str]:
    """Return a table whose keys are the user's own, for words, columns and pools."""
    lines = ["", *above, _header(path)]
    lines += [f"{_key(k)} = {_value(v)}" for k, v in table.items() if not isinstance(v, dict)]
    for key, inner in table.items():
        if isinstance(inner, dict):
            lines += _free_table((*path, key), inner, [])
    return lines


def _block_help(*, comments: bool) -> list[str]:
    """Return the meaning of each key of a feature block, told once above the blocks."""
    if not comments:
        return []
    return [
        line
        for key, field in FeatureConfig.model_fields.items()
        for line in _comment(f"{key}: {_meaning(field.description, FeatureConfig, key)}")
    ]


def _header(path: tuple[str, ...]) -> str:
    return f"[{'.'.join(map(_key, path))}]"


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _value(key)


def _value(value: object) -> str:
    """Return a TOML value; floats round-trip and texts are escaped as in JSON."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return f"[{', '.join(map(_value, value))}]"
    return repr(value)


def _meaning(description: str | None, model: type[Section], key: str) -> str:
    """Return the text of a key with the values it takes."""
    allowed = describe_range(model, key)
    return f"{description or ''} ({allowed})" if allowed else description or ""


def _comment(text: str) -> list[str]:
    return [
        f"# {line}" for line in textwrap.wrap(" ".join(text.split()), WIDTH, break_on_hyphens=False)
    ]
