"""What people decided about proposed pairs: read from a workbook, a table or a run's own log.

``lock`` keeps a proposed pair; ``assign`` makes a pair, proposed or not; ``ban`` never makes it;
``hold`` leaves the pair out of the next run (or, without a second person, the whole person);
``release`` takes earlier decisions about the same pair or person back; ``note`` changes nothing.
A line of the log that makes a pair may name the mentors in whose place it is (`IN_PLACE_OF`).
"""

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import pandas as pd

from matcher.decisions.working_copy import DECIDED_CELLS, TableRow, read_working_copy
from matcher.errors import Finding, InputError, StorageError, raise_if_any, unreadable
from matcher.observe import PUBLISHED
from matcher.text import did_you_mean, nearest, parse_json, utf_8
from matcher.vocabulary import Decision

Event = dict[str, Any]
IN_PLACE_OF = "in_place_of"
"""Field of a decision that makes a pair: ids of the mentors whom the mentee has no more by it."""


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

    def decisions(self, among: list[Event] | None = None) -> list[Event]:
        """Return the decisions that were not undone, in order; of all events, or of some."""
        events = self.events() if among is None else among
        undone = {event.get("of") for event in events if event["event"] == "undo"}
        return [e for e in events if e["event"] == "decision" and e["n"] not in undone]

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
                entry = _append(file, event, at, fields)
        except OSError as error:
            raise StorageError(
                Finding("E_WRITE", f"{self.path.name} cannot be written", "free the disk")
            ) from error
        PUBLISHED.append(str(self.path))
        return entry

    def _whole_lines(self) -> list[bytes]:
        try:
            return _whole(self.path.read_bytes())
        except FileNotFoundError:
            return []
        except OSError as error:
            finding = Finding("E_READ", f"{self.path.name} cannot be read", "restore the file")
            raise StorageError(finding) from error


def _append(file: IO[bytes], event: str, at: str, fields: dict[str, object]) -> Event:
    """Write one event behind the whole lines of `file`; only a torn end is written over."""
    data = file.read()
    lines = _whole(data)
    entry: Event = {"n": len(lines) + 1, "event": event, "at": at, **fields}
    kept = b"".join(line + b"\n" for line in lines)
    start = min(len(kept), len(data))
    rest = kept[start:] + utf_8(json.dumps(entry, ensure_ascii=False, sort_keys=True)) + b"\n"
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
        return isinstance(parse_json(line), dict)
    except ValueError:
        return False


def _parse(line: bytes, number: int) -> Event:
    try:
        event = parse_json(line)
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


LOG_NAME = "decisions.jsonl"
"""Name of the log inside a run folder."""

_PAIR_ONLY = (Decision.LOCK, Decision.ASSIGN, Decision.BAN)


def read_decisions(source: str | Path) -> pd.DataFrame:
    """Return the decisions in `source`, in the order in which they were taken.

    Parameters
    ----------
    source
        A working copy of ``matches.xlsx``, a CSV table with its columns, a ``decisions.jsonl``, or
        a run folder that holds one.

    Returns
    -------
    pandas.DataFrame
        Columns ``mentee_id, mentor_id, decision, note, by, at`` and the place, ``table, row``, all
        text. Rows of the log that were undone are left out.

    Raises
    ------
    InputError
        With every fault found: E_NOT_FOUND, E_FORMAT, E_MISSING_COLUMN, E_ENUM, E_DECISION_PERSON,
        E_DECISION_CONFLICT.
    StorageError
        E_READ where the file is there and cannot be read.
    """
    path = Path(source)
    if path.is_dir():
        path = path / LOG_NAME
    if not path.exists():
        message = f"there is no {path.name} to read"
        raise InputError(Finding("E_NOT_FOUND", message, "name a file that exists"))
    rows = _from_log(path) if path.suffix == ".jsonl" else _from_copy(path)
    return decision_table(rows)


def decision_table(rows: Iterable[TableRow] = ()) -> pd.DataFrame:
    """Return decisions as a frame, all text: `DECIDED_CELLS`, and the `table` and `row` of each."""
    columns = [*DECIDED_CELLS, "table", "row"]
    return pd.DataFrame([asdict(row) for row in rows], columns=columns).astype("str")


def _from_copy(path: Path) -> list[TableRow]:
    try:
        rows = read_working_copy(path)
    except OSError as error:
        raise unreadable(path) from error
    faults = [*_check_words(rows), *_check_people_named(rows), *check_conflicts(rows)]
    raise_if_any(faults, InputError)
    return rows


def current_decisions(decisions: pd.DataFrame) -> pd.DataFrame:
    """Return the last word about each pair or person; notes stay out, releases stay in.

    A release that stands alone is kept because it may free a pair that an engagement locked.
    """
    words = decisions[decisions["decision"] != Decision.NOTE.value]
    last = words.drop_duplicates(["mentee_id", "mentor_id"], keep="last")
    return last.sort_values(["mentee_id", "mentor_id"], kind="stable").reset_index(drop=True)


def _from_log(path: Path) -> list[TableRow]:
    """Return the standing decisions of a log, checked like any others but in order of time.

    Whom an exchange parts goes before: what else is said of such a pair counts.
    """
    events = DecisionLog(path).decisions()
    parted = [
        {**event, "mentor_id": mentor, "decision": Decision.HOLD.value}
        for event in events
        for mentor in event.get(IN_PLACE_OF) or ()
    ]
    rows = [
        TableRow(
            path.name, int(record["n"]), **{c: str(record.get(c) or "") for c in DECIDED_CELLS}
        )
        for record in (*parted, *events)
    ]
    raise_if_any([*_check_words(rows), *_check_people_named(rows)], InputError)
    return rows


def _check_words(rows: list[TableRow]) -> list[Finding]:
    choices = [word.value for word in Decision]
    findings = []
    for row in rows:
        if row.decision not in choices:
            hint = did_you_mean(nearest(row.decision, choices))
            remedy = f"{hint}choose from {', '.join(choices)}"
            finding = Finding("E_ENUM", f"{row.decision[:40]!r} is no decision", remedy)
            findings.append(finding.at(row.table, row.row, "decision"))
    return findings


def _check_people_named(rows: list[TableRow]) -> list[Finding]:
    findings = []
    for row in rows:
        if row.decision in _PAIR_ONLY and not (row.mentee_id and row.mentor_id):
            column = "mentor_id" if row.mentee_id else "mentee_id"
            message = f"{row.decision} needs both a mentee and a mentor"
            finding = Finding("E_DECISION_PERSON", message, "fill in the missing id")
            findings.append(finding.at(row.table, row.row, column))
        elif not (row.mentee_id or row.mentor_id):
            finding = Finding("E_DECISION_PERSON", "nobody is named", "fill in whom it is about")
            findings.append(finding.at(row.table, row.row, "mentee_id"))
    return findings


def check_conflicts(rows: list[TableRow]) -> list[Finding]:
    """Return a fault for each row that decides otherwise than an earlier one about a pair."""
    first: dict[tuple[str, str], TableRow] = {}
    findings = []
    for row in rows:
        if row.decision == Decision.NOTE:
            continue
        earlier = first.setdefault((row.mentee_id, row.mentor_id), row)
        if earlier.decision != row.decision:
            place = f"{earlier.table} row {earlier.row}"
            what = f"{row.decision} here and {earlier.decision} in {place} for the same pair"
            finding = Finding("E_DECISION_CONFLICT", what, "keep one of them")
            findings.append(finding.at(row.table, row.row, "decision"))
    return findings
