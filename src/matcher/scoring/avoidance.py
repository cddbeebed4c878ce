"""Whom mentees ask not to be matched with: ids and addresses bind, other words are for a person."""

import numpy as np
import pandas as pd

from matcher.arrays import Positions
from matcher.cohort.cohort import Cohort
from matcher.errors import Finding
from matcher.text import fold


def avoided_pairs(cohort: Cohort) -> tuple[Positions, tuple[Finding, ...]]:
    """Return the pairs that mentees ask to avoid (k, 2), and warnings where nobody is named."""
    mentors = _who(cohort.mentors)
    anybody = mentors | _who(cohort.mentees)
    pairs: list[tuple[int, int]] = []
    findings = []
    place = {person: j for j, person in enumerate(cohort.mentor_index.ids)}
    for i, items in enumerate(cohort.mentees["avoid"]):
        named = [anybody.get(fold(item)) for item in _items(items)]
        pairs.extend((i, place[person]) for person in named if person in place)
        if None in named:
            findings.append(_unresolved(cohort.mentees, i))
    return np.array(sorted(set(pairs)), dtype=np.int64).reshape(-1, 2), tuple(findings)


def _who(frame: pd.DataFrame) -> dict[str, str]:
    """Return person ids by id and by e-mail address, folded."""
    known = {fold(person): person for person in frame["person_id"]}
    if "email" in frame.columns:
        addresses = zip(frame["email"], frame["person_id"], strict=True)
        known |= {fold(email): person for email, person in addresses if isinstance(email, str)}
    return known


def _items(cell: object) -> tuple[str, ...]:
    if isinstance(cell, str):
        return tuple(part for part in cell.split(";") if part.strip())
    return cell if isinstance(cell, tuple) else ()


def _unresolved(mentees: pd.DataFrame, i: int) -> Finding:
    row = int(mentees["source_row"].iloc[i]) if "source_row" in mentees.columns else None
    return Finding(
        "W_AVOID_UNRESOLVED",
        f"{mentees['person_id'].iloc[i]} asks not to be matched with somebody who is no id here",
        "read the answer and add a rule `never` where it names a mentor",
        table="mentees",
        row=row,
        column="avoid",
    )
