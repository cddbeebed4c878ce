"""Single pairs that somebody or something names: rules, vetoes, the line, past engagements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Positions
from matcher.cohort.cohort import Cohort
from matcher.cohort.tables import MANAGERS
from matcher.errors import Finding
from matcher.text import fold
from matcher.vocabulary import COOLING, ENDED_BADLY, LOCKED, Decision, Role, Rule, Status


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


def line_pairs(cohort: Cohort, levels: int) -> tuple[Positions, Positions]:
    """Return mentee and mentor of every pair in which one is above the other in the line.

    The first level is the line manager and the second supervisor; each further level is the line
    manager of the level below, as far as that person is in the cohort. Both directions are
    returned: nobody mentors, or is mentored by, a manager of theirs.
    """
    person, manager = _direct(cohort, MANAGERS)
    upper_person, upper_manager = _direct(cohort, MANAGERS[:1])
    above = pd.DataFrame({"manager": upper_person, "next": upper_manager})
    level = pd.DataFrame({"person": person, "manager": manager})
    found = []
    for _ in range(levels):
        found.append(level)
        level = level.merge(above, on="manager")[["person", "next"]]
        level = level.rename(columns={"next": "manager"}).drop_duplicates()
    if not found:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    pairs = pd.concat(found).drop_duplicates()
    return _both_ways(cohort, pairs["person"].to_numpy(), pairs["manager"].to_numpy())


def _direct(cohort: Cohort, columns: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return people and their managers as the rows of both tables state them, without repeats."""
    stated = [
        frame[["person_id", column]].set_axis(["person", "manager"], axis=1).dropna()
        for frame in (cohort.mentees, cohort.mentors)
        for column in columns
        if column in frame.columns
    ]
    pairs = pd.concat(stated).drop_duplicates()
    return list(pairs["person"]), list(pairs["manager"])


def _both_ways(
    cohort: Cohort, person: np.ndarray, manager: np.ndarray
) -> tuple[Positions, Positions]:
    mentee = cohort.mentee_index.positions(np.concatenate([person, manager]))
    mentor = cohort.mentor_index.positions(np.concatenate([manager, person]))
    known = (mentee >= 0) & (mentor >= 0)
    return mentee[known], mentor[known]


@dataclass(frozen=True)
class History:
    """Pairs by what their engagements mean; each array (k, 2) of mentee and mentor.

    ========================================  =====================================================
    status                                    effect on the same pair
    ========================================  =====================================================
    sent, accepted, active, paused            locked: the pair stays and keeps its place
    declined, mismatch                        banned for good
    completed, withdrew_*, no_show            banned for the cooldown from `end`; undated: banned
    proposed                                  none
    ========================================  =====================================================

    A paused pair has not ended, so its place is kept. Who withdrew or did not come may be tried
    again after the cooldown: unlike a mismatch it says little about the pair.
    """

    locked: Positions
    failed: Positions
    cooling: Positions
    places_elsewhere: Positions
    """(m,) places that mentors give to locked mentees outside this cohort."""


def read_history(cohort: Cohort, cooldown_days: int) -> History:
    """Sort the engagements of a cohort by their effect."""
    table = cohort.engagements
    status = table["status"].astype(object)
    mentee = cohort.mentee_index.positions(table["mentee_id"])
    mentor = cohort.mentor_index.positions(table["mentor_id"])
    both = (mentee >= 0) & (mentor >= 0)
    locked = _among(status, LOCKED)
    cooling = _among(status, COOLING) & _is_recent(table["end"], cohort.as_of, cooldown_days)
    pairs = np.column_stack([mentee, mentor])
    outside = mentor[locked & (mentee < 0) & (mentor >= 0)]
    return History(
        locked=_distinct(pairs[both & locked]),
        failed=_distinct(pairs[both & _among(status, ENDED_BADLY)]),
        cooling=_distinct(pairs[both & cooling]),
        places_elsewhere=np.bincount(outside, minlength=len(cohort.mentors)),
    )


def _among(status: pd.Series[str], wanted: tuple[Status, ...]) -> Bools:
    return status.isin(wanted).to_numpy(dtype=bool)


def _is_recent(end: pd.Series[pd.Timestamp], as_of: date, days: int) -> Bools:
    """Return which ends are less than `days` before `as_of`; unknown ends are."""
    age = (pd.Timestamp(as_of) - pd.to_datetime(end)).dt.days
    since = age.to_numpy(np.float64, na_value=-np.inf)
    return np.asarray(since < days)


def _distinct(pairs: Positions) -> Positions:
    return np.unique(pairs.reshape(-1, 2), axis=0).astype(np.int64)


def own_pairs(cohort: Cohort) -> Positions:
    """Return mentee and mentor position of everybody who is both: (k, 2)."""
    mentor = cohort.mentor_index.positions(cohort.mentee_index.ids)
    mentee = np.flatnonzero(mentor >= 0)
    return np.column_stack([mentee, mentor[mentee]])


def veto_pairs(cohort: Cohort) -> Positions:
    """Return pairs that one side vetoes; without a role the veto holds in both directions."""
    table = cohort.preferences
    vetoes = table[table["veto"].fillna(value=False).astype(bool)]
    role = vetoes["role"].astype(object)
    as_mentee, as_mentor = role != Role.MENTOR.value, role != Role.MENTEE.value
    return np.concatenate(
        [
            _pair_positions(cohort, *_columns(vetoes[as_mentee], "person_id", "other_id")),
            _pair_positions(cohort, *_columns(vetoes[as_mentor], "other_id", "person_id")),
        ]
    )


def rule_pairs(cohort: Cohort, rule: Rule) -> Positions:
    """Return the pairs of one kind of rule whose people are in the cohort: (k, 2)."""
    chosen = cohort.rules[cohort.rules["rule"].astype(object) == rule.value]
    return _pair_positions(cohort, *_columns(chosen, "mentee_id", "mentor_id"))


def decided_pairs(cohort: Cohort, decisions: pd.DataFrame, *words: Decision) -> Positions:
    """Return the pairs on which one of `words` was decided: (k, 2)."""
    chosen = decisions[decisions["decision"].isin([word.value for word in words])]
    return _pair_positions(cohort, *_columns(chosen, "mentee_id", "mentor_id"))


def _pair_positions(cohort: Cohort, mentees: object, mentors: object) -> Positions:
    """Return distinct pairs of positions; pairs with somebody outside the cohort are left out."""
    i, j = cohort.mentee_index.positions(mentees), cohort.mentor_index.positions(mentors)
    known = (i >= 0) & (j >= 0)
    return np.unique(np.column_stack([i[known], j[known]]), axis=0).astype(np.int64)


def _columns(table: pd.DataFrame, *names: str) -> list[list[str]]:
    return [list(table[name]) for name in names]
