"""What people decided about proposed pairs: read from a workbook, a table or a run's own log.

``lock`` keeps a proposed pair; ``assign`` makes a pair, proposed or not; ``ban`` never makes it;
``hold`` leaves the pair out of the next run (or, without a second person, the whole person);
``release`` takes earlier decisions about the same pair or person back; ``note`` changes nothing.
"""

from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from matcher.decisions.decision_log import DecisionLog
from matcher.decisions.working_copy import TableRow, read_working_copy
from matcher.errors import Finding, InputError, StorageError, raise_if_any
from matcher.text import did_you_mean, nearest
from matcher.vocabulary import Decision

COLUMNS = ("mentee_id", "mentor_id", "decision", "note", "by", "at")
"""Columns of a frame of decisions; a missing person is the empty text."""

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
        Columns ``mentee_id, mentor_id, decision, note, by, at``, all text. Rows of the log that
        were undone are left out.

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
    return pd.DataFrame([asdict(row) for row in rows], columns=list(COLUMNS), dtype="str")


def _from_copy(path: Path) -> list[TableRow]:
    try:
        rows = read_working_copy(path)
    except OSError as error:
        finding = Finding("E_READ", f"{path.name} cannot be read", "check its permissions")
        raise StorageError(finding) from error
    faults = [*_check_words(rows), *_check_people_named(rows), *_check_conflicts(rows)]
    raise_if_any(faults, InputError)
    return rows


def check_in_cohort(
    decisions: pd.DataFrame, mentees: Collection[str], mentors: Collection[str]
) -> list[Finding]:
    """Return a W_DECISION_UNKNOWN for each decision about somebody who is not in the cohort."""
    known = {"mentee_id": set(mentees), "mentor_id": set(mentors)}
    findings = []
    for row in decisions.to_dict("records"):
        for column, ids in known.items():
            person = row[column]
            if person and person not in ids:
                what = f"the decision {row['decision']} names {person!r}, who is not in this cohort"
                finding = Finding("W_DECISION_UNKNOWN", what, "it is left out")
                findings.append(finding.at("decisions", column=column))
    return findings


def current_decisions(decisions: pd.DataFrame) -> pd.DataFrame:
    """Return the last word about each pair or person; notes stay out, releases stay in.

    A release that stands alone is kept because it may free a pair that an engagement locked.
    """
    words = decisions[decisions["decision"] != Decision.NOTE.value]
    last = words.drop_duplicates(["mentee_id", "mentor_id"], keep="last")
    return last.sort_values(["mentee_id", "mentor_id"], kind="stable").reset_index(drop=True)


def _from_log(path: Path) -> list[TableRow]:
    """Return the standing decisions of a log, checked like any others but in order of time."""
    rows = [
        TableRow(path.name, int(record["n"]), **{c: str(record.get(c) or "") for c in COLUMNS})
        for record in DecisionLog(path).decisions()
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


def _check_conflicts(rows: list[TableRow]) -> list[Finding]:
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
