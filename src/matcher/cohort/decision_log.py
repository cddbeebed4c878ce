"""A run's ``decisions.jsonl``: append-only, every line on the disk before anybody is told.

Each line is one JSON object with ``n`` (1, 2, ...), ``event`` and ``at``. Events: ``decision``
(with mentee_id, mentor_id, decision, note, by), ``undo`` (``of``: the n that is taken back),
``rerun`` and ``approve``. A line torn by a crash is dropped when the next one is written; nothing
else is ever changed.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matcher.errors import Finding, InputError, StorageError

if TYPE_CHECKING:
    from pathlib import Path

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
        number = len(self._whole_lines()) + 1
        entry: Event = {"n": number, "event": event, "at": at, **fields}
        line = json.dumps(entry, ensure_ascii=False, sort_keys=True) + "\n"
        try:
            self._write(line.encode())
        except OSError as error:
            raise StorageError(
                Finding("E_WRITE", f"{self.path.name} cannot be written", "free the disk")
            ) from error
        return entry

    def _write(self, line: bytes) -> None:
        kept = b"".join(text + b"\n" for text in self._whole_lines())
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            # Every whole line is already there byte for byte; only a torn end is written over.
            os.ftruncate(handle, min(len(kept), os.fstat(handle).st_size))
            start = os.lseek(handle, 0, os.SEEK_END)
            os.write(handle, kept[start:] + line)
            os.fsync(handle)
        finally:
            os.close(handle)

    def _whole_lines(self) -> list[bytes]:
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return []
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
    return {"n": number, **event}


def _broken(number: int) -> Finding:
    return Finding(
        "E_FORMAT",
        "this line is no event of a decision log",
        "restore the file from a copy",
        "decisions.jsonl",
        number,
    )
