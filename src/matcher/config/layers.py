"""Config files as layers: reading one safely, following `extends`, taking `--set` as the last."""

import os
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from matcher.config.locate import KeyPath, before_equals, key_lines, split_key
from matcher.errors import ConfigError, Finding
from matcher.text import nearest, utf_8

LARGEST = 500_000
"""Bytes of a config file that are read; more is refused."""
MOST_DOTS = 200
"""Dots on one line; tomllib's memory grows with the square of a dotted key's length."""


@dataclass(frozen=True)
class Layer:
    """The values of one file or `--set`, and where they stand."""

    name: str
    """The file as the user wrote it, or `--set`."""
    values: dict[str, Any]
    text: str = ""

    @cached_property
    def lines(self) -> dict[KeyPath, int]:
        """Line of every key, for files."""
        return key_lines(self.text)


def packaged_names() -> tuple[str, ...]:
    """Return the names of the configs that come with the package, `default` first.

    Returns
    -------
    tuple[str, ...]
        What ``extends`` may name.
    """
    names = sorted(
        entry.name.removesuffix(".toml")
        for entry in (resources.files("matcher.config") / "ready").iterdir()
        if entry.name.endswith(".toml")
    )
    return ("default", *(name for name in names if name != "default"))


def packaged_text(name: str) -> str:
    """Return the text of a packaged config, comments included.

    Parameters
    ----------
    name
        One of `packaged_names`.

    Returns
    -------
    str
        TOML.
    """
    return (resources.files("matcher.config") / "ready").joinpath(f"{name}.toml").read_text("utf-8")


def read_layers(path: str | Path) -> list[Layer]:
    """Read a config and everything it extends, the most general first.

    Parameters
    ----------
    path
        A file, or the name of a packaged config. A bare name without a suffix means the packaged
        one; write ``./name`` for a file of that name.

    Raises
    ------
    ConfigError
        E_NOT_FOUND or E_CONFIG, with the line where the file is not TOML.
    """
    layers: list[Layer] = []
    chain: list[str] = []
    source, asked_by = str(path) or ".", ""
    folder = Path()
    while source:
        layer, key, folder = _read_one(source, folder, asked_by)
        chain.append(key)
        if key in chain[:-1]:
            raise _fault(asked_by, f"extends itself: {' -> '.join(chain)}", "break the circle")
        layers.insert(0, layer)
        source, asked_by = _parent(layer), layer.name
    return layers


def parse_overrides(overrides: Sequence[str]) -> list[Layer]:
    """Turn `key=value` texts into layers, one each, and report all that are malformed together."""
    layers, findings = [], []
    for text in overrides:
        key = before_equals(text)
        try:
            path = split_key(key)
        except (tomllib.TOMLDecodeError, RecursionError):
            path = ()
        if path[:1] == ("extends",):
            remedy = "give -c a config, or write extends into a file"
            findings.append(Finding("E_CONFIG", "a key cannot extend", remedy, "--set", column=key))
            continue
        is_text = utf_8(text).decode() == text
        if not path or "=" not in text or not is_text:
            remedy = "write --set key=value, such as --set portfolio.limit=1"
            what = f"{_short(text)} {'sets nothing' if is_text else 'is not UTF-8'}"
            findings.append(Finding("E_CONFIG", what, remedy, "--set"))
            continue
        values: Any = _toml_value(text[text.index(key) + len(key) :].partition("=")[2])
        for part in reversed(path):
            values = {part: values}
        layers.append(Layer("--set", values))
    if findings:
        raise ConfigError(findings)
    return layers


def _read_one(source: str, folder: Path, asked_by: str) -> tuple[Layer, str, Path]:
    """Return the layer, a key that tells it from others, and the folder of its relative paths."""
    is_bare = re.fullmatch(r"[\w-]+", source) is not None
    if source in packaged_names():
        text = packaged_text(source)
        return Layer(source, _parse(text, source), text), source, Path()
    path = folder / source
    try:
        text = _decode(_read_bytes(path), str(path))
        return Layer(str(path), _parse(text, str(path)), text), str(path.resolve()), path.parent
    except FileNotFoundError:
        remedy = f"give a file or one of {', '.join(packaged_names())}"
        if is_bare and (near := nearest(source, packaged_names())):
            remedy = f"did you mean {near}? {remedy}"
        said = f"extends {source}: " if asked_by else ""
        message = f"{said}there is no such config: {_short(str(path))}"
        raise ConfigError(Finding("E_NOT_FOUND", message, remedy, asked_by)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _fault(_short(str(path)), f"cannot be read: {reason}", "give a TOML file") from None


def _read_bytes(path: Path) -> bytes:
    if not (path.is_file() or path.is_fifo() or not path.exists()):
        raise ValueError("it is not a file")
    with open(path, "rb", opener=_not_waiting) as file:
        content = file.read(LARGEST + 1)
    if not content and path.is_fifo():
        raise ValueError("it is a pipe to which nobody writes")
    if len(content) > LARGEST:
        raise ValueError(f"it is larger than {LARGEST} bytes")
    return content


def _not_waiting(path: str, flags: int) -> int:
    """Open a file; of a pipe that nobody writes to, nothing comes, instead of nothing for ever."""
    handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    os.set_blocking(handle, True)
    return handle


def _decode(content: bytes, name: str) -> str:
    """Return the text; a byte order mark and Windows line ends are accepted."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _fault(name, "the file is not UTF-8 text", "save it as UTF-8", line) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise _fault(name, "the file holds a NUL byte", "save it as UTF-8 text", line)
    return text.replace("\r\n", "\n")


def _parse(text: str, name: str) -> dict[str, Any]:
    if any(line.count(".") > MOST_DOTS for line in text.splitlines()):
        raise _fault(name, "a key has too many parts", "flatten it")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise _fault(name, "values are nested too deeply", "flatten them") from None
    except ValueError as error:
        message, remedy = _explain(str(error))
        raise _fault(name, f"not valid TOML: {message}", remedy, _line_in(error, text)) from None


def _explain(message: str) -> tuple[str, str]:
    """Return tomllib's message without its position, and what to do."""
    if "overwrite" in message or "twice" in message:
        return "a key or table is given twice", "keep one of them"
    if "digits" in message:
        return "a number has too many digits", "shorten it"
    remedy = "text stands in quotes, toml.io has the notation"
    return re.sub(r"\s*\(at [^)]*\)", "", message), remedy


def _line_in(error: ValueError, text: str) -> int | None:
    """Return the line that tomllib's message names, None where it names none."""
    if "end of document" in str(error):
        return text.count("\n") + 1
    match = re.search(r"\(at line (\d+), column \d+\)", str(error))
    return int(match[1]) if match else None


def _parent(layer: Layer) -> str:
    """Take `extends` out of the layer's values."""
    parent = layer.values.pop("extends", "")
    if not isinstance(parent, str):
        remedy = f"name one file or one of {', '.join(packaged_names())}"
        raise _fault(layer.name, "must be a text", remedy, layer.lines[("extends",)], "extends")
    return parent


def _toml_value(text: str) -> Any:
    """Return the TOML value that `text` spells; a bare word is a text."""
    try:
        parsed = tomllib.loads(f"v = {text.strip()}")
    except (ValueError, RecursionError):
        return text.strip()
    return parsed["v"] if list(parsed) == ["v"] else text.strip()


def _short(text: str, limit: int = 120) -> str:
    """Return the text in printable form, cut where it is long."""
    printable = "".join(char if char.isprintable() else "?" for char in text)
    return printable if len(printable) <= limit else printable[:limit] + "..."


def _fault(
    name: str, message: str, remedy: str, line: int | None = None, key: str = ""
) -> ConfigError:
    return ConfigError(Finding("E_CONFIG", message, remedy, name, line, column=key))
