"""Whom to ask again: people set aside, without stated needs, or with too few answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from matcher.cohort.cohort import Cohort
    from matcher.errors import Finding
    from matcher.pipeline import Instance

COLUMNS = ["email", "preferred_name", "missing_questions"]
PROBLEM_COLUMNS = ["person_id", "code", "table", "row", "column", "problem", "what_to_do"]

NEEDS = "purposes;benefits;contexts;knowing"
"""Columns to ask for where no need is known."""


def chase_table(instance: Instance) -> pd.DataFrame:
    """Return one row a person to ask again; the id stands in for a missing address."""
    cohort = instance.cohort
    missing: dict[str, list[str]] = {}
    for i, stated in enumerate(instance.needs_stated):
        if not stated:
            missing.setdefault(cohort.mentee_index.ids[i], []).append(NEEDS)
    for side in ("mentee", "mentor"):
        for person, questions in _unanswered(instance, side):
            missing.setdefault(person, []).extend(questions)
    known = _addresses(cohort)
    rows = {
        person: (*known.get(person, (person, "")), ";".join(dict.fromkeys(questions)))
        for person, questions in missing.items()
    }
    return _sorted(rows | _aside(cohort))


def aside_tables(cohort: Cohort) -> dict[str, pd.DataFrame]:
    """Return `problems.csv` and `chase.csv` of who was set aside; nothing where nobody was."""
    if not cohort.set_aside:
        return {}
    problems = problems_table(cohort, tuple(cohort.findings))
    return {"problems.csv": problems, "chase.csv": _sorted(_aside(cohort))}


def _aside(cohort: Cohort) -> dict[str, tuple[str, str, str]]:
    """Return the row of each person set aside, by id."""
    rows = {}
    for row in cohort.chase.to_dict("records"):
        person = str(row["person_id"])
        email, name = _text(row["email"]) or person, _text(row["preferred_name"])
        rows[person] = (email, name, _text(row["missing_questions"]))
    return rows


def _sorted(rows: dict[str, tuple[str, str, str]]) -> pd.DataFrame:
    return pd.DataFrame([rows[person] for person in sorted(rows)], columns=COLUMNS)


def _unanswered(
    instance: Instance, side: Literal["mentee", "mentor"] | str
) -> list[tuple[str, list[str]]]:
    """Return who of a side left more unanswered than `min_answered` allows, and which features."""
    role: Literal["mentee", "mentor"] = "mentee" if side == "mentee" else "mentor"
    index = instance.cohort.mentee_index if role == "mentee" else instance.cohort.mentor_index
    features = instance.features
    given = features.stated(role)
    short = features.stated_share(role) < instance.config.scoring.min_answered
    counts = features.weights > 0
    return [
        (index.ids[k], [features.names[f] for f in np.flatnonzero(counts & ~given[:, k])])
        for k in np.flatnonzero(short).tolist()
    ]


def _addresses(cohort: Cohort) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for frame in (cohort.mentors, cohort.mentees):
        columns = zip(frame["person_id"], frame["email"], frame["preferred_name"], strict=True)
        for person, email, name in columns:
            found[person] = (_text(email) or person, _text(name))
    return found


def _text(cell: object) -> str:
    return cell if isinstance(cell, str) else ""


def problems_table(cohort: Cohort, warnings: tuple[Finding, ...]) -> pd.DataFrame:
    """Return what was set aside, and every warning, one row each."""
    aside = list(cohort.set_aside)
    warned = [("", finding) for finding in warnings]
    rows = [
        (
            person,
            finding.code,
            finding.table,
            "" if finding.row is None else str(finding.row),
            finding.column,
            finding.message,
            finding.remedy,
        )
        for person, finding in aside + warned
    ]
    return pd.DataFrame(rows, columns=PROBLEM_COLUMNS, dtype="str")
