"""A run's ``decisions.jsonl``: append-only, every line on the disk before anybody is told.

Each line is one JSON object with ``n`` (1, 2, ...), ``event`` and ``at``. Events: ``decision``
(with mentee_id, mentor_id, decision, note, by), ``undo`` (``of``: the n that is taken back),
``rerun`` and ``approve``. A line torn by a crash is dropped when the next one is written; nothing
else is ever changed.
"""

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from matcher.errors import Finding, InputError, StorageError

Event = dict[str, Any]


@dataclass(frozen=True)
class DecisionLog:
    """The log at `path`, which need not exist yet."""

    path: Path

    def events(self) -> list[Event]:
        """Return every whole line, oldest first.

        Raises
        ------
        InputError
            E_FORMAT with the line, where a line before the last is no JSON object.
        """
        lines = self._whole_lines()
        return [_parse(line, number) for number, line in enumerate(lines, start=1)]

    def decisions(self) -> list[dict[str, str]]:
        """Return the decisions that were not undone, in order."""
        events = self.events()
        undone = {event.get("of") for event in events if event["event"] == "undo"}
        return [e for e in events if e["event"] == "decision" and e["n"] not in undone]

    def last_undoable(self) -> Event | None:
        """Return the newest decision that stands, or None."""
        standing = self.decisions()
        return standing[-1] if standing else None

    def append(self, event: str, at: str, **fields: object) -> Event:
        """Write one event, wait until the disk has it, and return it with its number.

        Raises
        ------
        StorageError
            E_WRITE where the disk is full or the folder read-only.
        """
        try:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            with os.fdopen(handle, "r+b", buffering=0) as file, _alone(file):
                return _append(file, event, at, fields)
        except OSError as error:
            raise StorageError(
                Finding("E_WRITE", f"{self.path.name} cannot be written", "free the disk")
            ) from error

    def _whole_lines(self) -> list[bytes]:
        try:
            return _whole(self.path.read_bytes())
        except FileNotFoundError:
            return []


def _append(file: IO[bytes], event: str, at: str, fields: dict[str, object]) -> Event:
    """Write one event behind the whole lines of `file`; only a torn end is written over."""
    data = file.read()
    lines = _whole(data)
    entry: Event = {"n": len(lines) + 1, "event": event, "at": at, **fields}
    kept = b"".join(line + b"\n" for line in lines)
    start = min(len(kept), len(data))
    rest = kept[start:] + json.dumps(entry, ensure_ascii=False, sort_keys=True).encode() + b"\n"
    file.truncate(start)
    file.seek(start)
    while rest:
        rest = rest[file.write(rest) :]
    os.fsync(file.fileno())
    return entry


@contextlib.contextmanager
def _alone(file: IO[bytes]) -> Iterator[None]:
    """Keep other writers of the same log out, in this process and in others."""
    try:
        import fcntl
    except ImportError:  # not on Windows, where one review at a time is assumed
        yield
        return
    fcntl.flock(file.fileno(), fcntl.LOCK_EX)
    yield


def _whole(data: bytes) -> list[bytes]:
    """Return the lines that were written whole; the last may lack its line feed."""
    *lines, tail = data.split(b"\n")
    return [*lines, tail] if _is_event(tail) else lines


def _is_event(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _parse(line: bytes, number: int) -> Event:
    try:
        event = json.loads(line)
    except ValueError as error:
        raise InputError(_broken(number)) from error
    if not isinstance(event, dict) or not isinstance(event.get("event"), str):
        raise InputError(_broken(number))
    return {**event, "n": number}


def _broken(number: int) -> Finding:
    return Finding(
        "E_FORMAT",
        "this line is no event of a decision log",
        "restore the file from a copy",
        "decisions.jsonl",
        number,
    )
