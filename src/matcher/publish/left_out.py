"""Who was left out and why, and in which order people wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from matcher.explain.unplaced.conflict_words import conflict_words, remedy_words
from matcher.problem.priorities import priority_classes, waiting_days
from matcher.scoring.gates import ASKS_NONE, GONE, HELD, NOT_READY, said_of
from matcher.text import count_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matcher.explain.unplaced import Unplaced
    from matcher.problem.problem import Ints
    from matcher.publish.answer import Answer

COLUMNS = ["person_id", "role", "reason", "detail"]
Row = tuple[str, str, str, str]

FREE = 1e-9
"""What counts as a place left over."""

GATE_REASONS = {
    ASKS_NONE: "asks_for_none",
    GONE: "not_available",
    NOT_READY: "not_ready",
    HELD: "held",
}
"""Codes of why a gate is closed."""

SERVES = "serves_as_mentor"
"""Reason of people in one role only who are matched as mentors."""

CLOSED = frozenset((*GATE_REASONS.values(), SERVES))
"""Reasons of people who do not wait for a place."""


def unmatched_table(answer: Answer) -> pd.DataFrame:
    """Return everybody without a match, mentees first, each with the reason."""
    rows = [*_mentees_left(answer), *_mentors_left(answer)]
    return pd.DataFrame(rows, columns=COLUMNS)


def waiting_list_table(answer: Answer) -> pd.DataFrame:
    """Return the unmatched mentees who wait for a place, first in line first.

    The order is that of the objective: priority class, then days waited, then id.
    """
    cohort = answer.instance.cohort
    rows = [row for row in _mentees_left(answer) if row[2] not in CLOSED]
    at = cohort.mentee_index.positions([row[0] for row in rows])
    level, days = priority_classes(cohort)[at], waiting_days(cohort)[at]
    order = np.lexsort((at, -days, level)).tolist()
    ranked = [
        (rows[k][0], rows[k][1], rows[k][2], _place(place, int(level[k]), int(days[k])))
        for place, k in enumerate(order, start=1)
    ]
    return pd.DataFrame(ranked, columns=COLUMNS)


def _place(place: int, level: int, days: int) -> str:
    waited = f"waiting for {count_of(days, 'day')}" if days else "waiting time not known"
    return f"number {place} on the list: priority class {level}, {waited}"


def _mentees_left(answer: Answer) -> Iterator[Row]:
    instance = answer.instance
    left = np.flatnonzero(answer.size == 0)
    served_as_mentor = answer.serves
    for i in left.tolist():
        person = instance.cohort.mentee_index.ids[i]
        closed = instance.candidates.eligibility.mentee_gate.reason[i]
        if served_as_mentor[i]:
            yield person, "mentee", SERVES, "the person plays their one role as a mentor"
        elif closed:
            yield person, "mentee", GATE_REASONS[closed], f"the person {said_of(closed)}"
        else:
            yield person, "mentee", *_waits(answer, i, answer.unplaced.get(i))


def _waits(answer: Answer, i: int, unplaced: Unplaced | None) -> tuple[str, str]:
    """Return the code and the words for a mentee who takes part and has no mentor."""
    instance = answer.instance
    one = np.array([i], dtype=np.int64)
    possible = int((instance.candidates.block(one) >= 0).sum()) + _both_ways(answer, i)
    if unplaced is None:
        return ("no_place" if possible else "no_eligible_mentor"), _possible(possible)
    if unplaced.conflict is None:
        return _movable(answer, one, possible, proved=unplaced.proved)
    code = "no_place" if possible else "no_eligible_mentor"
    why = conflict_words(instance, unplaced.conflict, i, unplaced.in_place_of)
    return code, f"{why}; {remedy_words(instance, unplaced.remedies)}"


def _movable(answer: Answer, one: Ints, possible: int, *, proved: bool) -> tuple[str, str]:
    """Return why somebody for whom room could be made has none: nobody else would be left out."""
    fits = answer.instance.candidates.block(one)[0] >= 0
    free = int((fits & (answer.instance.problem.capacity - answer.used > FREE)).sum())
    bound = "" if proved else "a load, a role, a rule on portfolios, "
    why = f"{bound}worth elsewhere, a priority or the solver's limit stood against it"
    if free:
        return "no_gain", f"{_possible(possible)}, {free} with a place left: {why}"
    return "no_place", (
        f"{_possible(possible)}; all of their places are taken, and others could move: {why}"
    )


def _both_ways(answer: Answer, i: int) -> int:
    """Return how many people could be matched with mentee `i` both ways."""
    pairs = answer.instance.problem.reciprocal
    return 0 if pairs is None else int((pairs.sides[0] == i).sum())


def _possible(number: int, noun: str = "mentor") -> str:
    return f"{count_of(number, noun)} would be possible"


def _mentors_left(answer: Answer) -> Iterator[Row]:
    instance = answer.instance
    gate = instance.candidates.eligibility.mentor_gate.reason
    wanted = _wanted(answer)
    own_role = _matched_as_mentee(answer)
    for j in np.flatnonzero(answer.used == 0).tolist():
        person = instance.cohort.mentor_index.ids[j]
        if j in own_role:
            continue
        if gate[j]:
            yield person, "mentor", GATE_REASONS[gate[j]], f"the person is {gate[j]}"
        elif instance.problem.capacity[j] <= 0:
            yield person, "mentor", "no_capacity", "no place to give in this round"
        elif not wanted[j]:
            yield person, "mentor", "no_eligible_mentee", "no mentee may be matched with them"
        else:
            detail = f"{_possible(int(wanted[j]), 'mentee')}; others met their needs"
            yield person, "mentor", "not_needed", detail


def _matched_as_mentee(answer: Answer) -> set[int]:
    """Return mentors, by position, who signed up for one role and are matched as mentees."""
    problem = answer.instance.problem
    if problem.either is None or problem.person_mentor is None:
        return set()
    return set(problem.person_mentor[problem.either & (answer.size > 0)].tolist())


def _wanted(answer: Answer) -> Ints:
    """Return how many mentees could be matched with each mentor, one way or both: (m,)."""
    problem = answer.instance.problem
    count = np.zeros(problem.n_mentors, dtype=np.int64)
    pairs = problem.reciprocal
    for rows in problem.blocks():
        possible = answer.instance.pair_scores.block(rows).approach >= 0
        if pairs is not None:
            here = (pairs.sides[0] >= rows[0]) & (pairs.sides[0] <= rows[-1])
            possible[pairs.sides[0][here] - rows[0], pairs.sides[1][here]] = True
        count += possible.sum(axis=0)
    return count
