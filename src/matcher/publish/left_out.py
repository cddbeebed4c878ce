"""Who was left out and why, and in which order people wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from matcher.features.base import Block
from matcher.portfolio.priorities import priority_classes, waiting_days
from matcher.scoring.gates import ASKS_NONE, GONE, HELD, NOT_READY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matcher.portfolio.problem import Bools, Ints
    from matcher.publish.answer import Answer

COLUMNS = ["person_id", "role", "reason", "detail"]
Row = tuple[str, str, str, str]

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
    waited = f"waiting for {days} days" if days else "waiting time not known"
    return f"number {place} on the list: priority class {level}, {waited}"


def _mentees_left(answer: Answer) -> Iterator[Row]:
    instance = answer.instance
    left = np.flatnonzero(answer.size == 0)
    served_as_mentor = serves_as_mentor(answer)
    reach = _Reach(answer, left)
    for k, i in enumerate(left.tolist()):
        person = instance.cohort.mentee_index.ids[i]
        closed = instance.candidates.eligibility.mentee_gate.reason[i]
        if served_as_mentor[i]:
            yield person, "mentee", SERVES, "the person plays their one role as a mentor"
        elif closed:
            yield person, "mentee", GATE_REASONS[closed], f"the person is {closed}"
        else:
            yield person, "mentee", *reach.reason(k)


def serves_as_mentor(answer: Answer) -> Bools:
    """Return which unmatched mentees play their one role as a mentor instead: (n,)."""
    problem = answer.instance.problem
    if problem.either is None or problem.person_mentor is None:
        return np.zeros(problem.n_mentees, dtype=bool)
    serving = (problem.person_mentor >= 0) & (answer.used[problem.person_mentor] > 0)
    return np.asarray(problem.either & serving & (answer.size == 0))


class _Reach:
    """What the unmatched mentees could have had: counts of allowed and of free mentors."""

    def __init__(self, answer: Answer, left: Ints) -> None:
        problem, candidates = answer.instance.problem, answer.instance.candidates
        self.mentors = problem.n_mentors
        free = problem.capacity - answer.used > 1e-9
        self.allowed = np.zeros(len(left), dtype=np.int64)
        self.free, self.barred = self.allowed.copy(), self.allowed.copy()
        step = max(1, 4_000_000 // max(1, problem.n_mentors))
        for start in range(0, len(left), step):
            part = slice(start, start + step)
            fits = candidates.block(left[part]) >= 0
            able = candidates.eligibility.allowed(Block(left[part], problem.n_mentors))
            self.allowed[part] = fits.sum(axis=1)
            self.free[part] = (fits & free).sum(axis=1)
            self.barred[part] = (~able).sum(axis=1)

    def reason(self, k: int) -> tuple[str, str]:
        """Return the code and the words for the k-th unmatched mentee."""
        if self.allowed[k] == 0:
            return "no_eligible_mentor", self._nobody(k)
        if self.free[k] == 0:
            return "no_place", (
                f"{self.allowed[k]} mentors would be possible; all of their places are taken"
            )
        return "no_gain", (
            f"{self.allowed[k]} mentors would be possible, {self.free[k]} with a place left; a "
            "pool, a limit of the programme or a rule on portfolios stands against it, or no "
            "match is worth more than none"
        )

    def _nobody(self, k: int) -> str:
        barred, fitting = int(self.barred[k]), self.mentors - int(self.barred[k])
        parts = [f"{barred} of {self.mentors} mentors are not permitted or not available"]
        if fitting:
            parts.append(f"with {fitting} no approach is in common, or seniority does not fit it")
        return "; ".join(parts if barred else parts[1:])


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
            detail = f"{wanted[j]} mentees would be possible; others met their needs"
            yield person, "mentor", "not_needed", detail


def _matched_as_mentee(answer: Answer) -> set[int]:
    """Return mentors, by position, who signed up for one role and are matched as mentees."""
    problem = answer.instance.problem
    if problem.either is None or problem.person_mentor is None:
        return set()
    return set(problem.person_mentor[problem.either & (answer.size > 0)].tolist())


def _wanted(answer: Answer) -> Ints:
    """Return how many mentees could be matched with each mentor: (m,)."""
    problem = answer.instance.problem
    count = np.zeros(problem.n_mentors, dtype=np.int64)
    for rows in problem.blocks():
        count += (answer.instance.pair_scores.block(rows).approach >= 0).sum(axis=0)
    return count
