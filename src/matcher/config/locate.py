"""Where a key stands in a TOML file: tomllib keeps no positions, and people need line numbers."""

import re
import tomllib
from collections.abc import Iterator

KeyPath = tuple[str | int, ...]
"""Keys from the root; a block of an array of tables is its index."""

_TOKEN = re.compile(
    r'''"""(?:\\.|[^\\])*?"""+|\'\'\'.*?\'\'\'+|"(?:\\.|[^"\\\n])*"|'[^'\n]*\'|\#[^\n]*|[^"'\#\n\[\]{}=]+|.''',
    re.DOTALL,
)  # strings of the four kinds, comments, plain runs, single signs


def key_lines(text: str) -> dict[KeyPath, int]:
    """Return the line (from 1) of every table header and key of a TOML text that tomllib accepts.

    Keys inside an inline table or array are not listed; their line is that of the key which holds
    them, see :func:`line_of`.
    """
    lines: dict[KeyPath, int] = {}
    counts: dict[KeyPath, int] = {}
    table: KeyPath = ()
    for line, statement in _statements(text):
        if statement.startswith("["):
            table = _open_table(statement, counts)
            path = table
        else:
            path = table + split_key(before_equals(statement))
        for end in range(1, len(path) + 1):
            lines.setdefault(path[:end], line)
    return lines


def line_of(path: KeyPath, lines: dict[KeyPath, int]) -> tuple[int, int]:
    """Return the depth down to which `path` is found and the line of that key; (0, 0) if nowhere.

    A depth of ``len(path)`` is an exact find; a smaller one is the nearest table around it.
    """
    for depth in range(len(path), 0, -1):
        if path[:depth] in lines:
            return depth, lines[path[:depth]]
    return 0, 0


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield the first line and the text of each header or key-value pair, comments left out."""
    line, first, depth = 1, 1, 0
    parts: list[str] = []
    for piece in _TOKEN.findall(text + "\n"):
        if piece == "\n" and depth == 0:
            if parts:
                yield first, "".join(parts).strip()
            parts = []
        elif not piece.startswith("#") and (parts or piece.strip()):
            first = first if parts else line
            depth += (piece in "[{") - (piece in "]}")
            parts.append(piece)
        line += piece.count("\n")


def _open_table(header: str, counts: dict[KeyPath, int]) -> KeyPath:
    """Return the path that a header opens; a double bracket starts the next block of its array."""
    is_array = header.startswith("[[")
    keys = split_key(header.strip("[] \t\r"))
    path: KeyPath = ()
    for position, key in enumerate(keys):
        path = (*path, key)
        if is_array and position == len(keys) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def before_equals(statement: str) -> str:
    """Return the key of a key-value pair: what stands before the first = outside quotes."""
    key: list[str] = []
    for piece in _TOKEN.findall(statement):
        if piece == "=":
            break
        key.append(piece)
    return "".join(key).strip()


def split_key(dotted: str) -> tuple[str, ...]:
    """Return the parts of a dotted TOML key, quotes resolved.

    Raises
    ------
    tomllib.TOMLDecodeError
        If `dotted` is no key.
    """
    if "\n" in dotted:
        raise tomllib.TOMLDecodeError("a key stands on one line")
    value: object = tomllib.loads(f"{dotted} = 0")
    path: list[str] = []
    while isinstance(value, dict):
        (key, value), *others = value.items()
        if others:
            raise tomllib.TOMLDecodeError("one key is expected")
        path.append(key)
    return tuple(path)
