"""Whom to ask again: people set aside, without stated needs, or with too few answers."""

from collections.abc import Iterable, Iterator
from typing import Literal, get_args

import numpy as np
import pandas as pd

from matcher.cohort.cohort import Cohort
from matcher.errors import Finding
from matcher.pipeline import Instance
from matcher.run_tables import frame_of

Row = tuple[str, str, tuple[str, ...]]
Side = Literal["mentee", "mentor"]

NEEDS = ("purposes", "benefits", "contexts", "knowing")
"""Columns to ask for where no need is known."""


def chase_table(instance: Instance) -> pd.DataFrame:
    """Return one row a person to ask again; the id stands in for a missing address."""
    cohort = instance.cohort
    missing: dict[str, list[str]] = {}
    for i, stated in enumerate(instance.needs_stated):
        if not stated:
            missing.setdefault(cohort.mentee_index.ids[i], []).extend(NEEDS)
    for side in get_args(Side):
        for person, questions in _unanswered(instance, side):
            missing.setdefault(person, []).extend(questions)
    known = _addresses(cohort)
    rows = {
        person: (*known.get(person, (person, "")), tuple(dict.fromkeys(questions)))
        for person, questions in missing.items()
    }
    return _by_person(rows | _aside(cohort))


def aside_tables(cohort: Cohort) -> dict[str, pd.DataFrame]:
    """Return `problems` and `chase` of who was set aside; nothing where nobody was."""
    if not cohort.set_aside:
        return {}
    return {
        "problems": problems_table(cohort, tuple(cohort.findings)),
        "chase": _by_person(_aside(cohort)),
    }


def problems_table(cohort: Cohort, warnings: Iterable[Finding]) -> pd.DataFrame:
    """Return what was set aside, and every warning, one row each."""
    told = [*cohort.set_aside, *(("", warning) for warning in warnings)]
    rows = (
        (
            person,
            finding.code,
            finding.table,
            "" if finding.row is None else str(finding.row),
            finding.column,
            finding.message,
            finding.remedy,
        )
        for person, finding in told
    )
    return frame_of("problems", rows).astype("str")


def _by_person(rows: dict[str, Row]) -> pd.DataFrame:
    return frame_of("chase", (rows[person] for person in sorted(rows)))


def _aside(cohort: Cohort) -> dict[str, Row]:
    """Return the row of each person set aside, by id."""
    return {
        row["person_id"]: (
            _text(row["email"]) or row["person_id"],
            _text(row["preferred_name"]),
            tuple(filter(None, _text(row["missing_questions"]).split(";"))),
        )
        for row in cohort.chase.to_dict("records")
    }


def _unanswered(instance: Instance, role: Side) -> Iterator[tuple[str, list[str]]]:
    """Yield who of a side left more unanswered than `min_answered` allows, and which features."""
    index = instance.cohort.mentee_index if role == "mentee" else instance.cohort.mentor_index
    features = instance.features
    given = features.stated(role)
    short = features.stated_share(role) < instance.config.scoring.min_answered
    counts = features.weights > 0
    for k in np.flatnonzero(short).tolist():
        yield index.ids[k], [features.names[f] for f in np.flatnonzero(counts & ~given[:, k])]


def _addresses(cohort: Cohort) -> dict[str, tuple[str, str]]:
    return {
        person: (_text(email) or person, _text(name))
        for frame in (cohort.mentors, cohort.mentees)
        for person, email, name in zip(
            frame["person_id"], frame["email"], frame["preferred_name"], strict=True
        )
    }


def _text(cell: object) -> str:
    return cell if isinstance(cell, str) else ""
