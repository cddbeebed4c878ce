"""Single pairs that somebody or something names: rules, vetoes, the line, past engagements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from matcher.arrays import Bools, Positions
from matcher.cohort.cohort import Cohort, Index
from matcher.cohort.tables import MANAGERS
from matcher.errors import Finding
from matcher.vocabulary import COOLING, ENDED_BADLY, LOCKED, Decision, Role, Rule, Status

IdPairs = list[tuple[str, str]]
"""Two people each, by id: who named somebody, and who is named."""


def avoided_pairs(cohort: Cohort) -> tuple[Positions, tuple[Finding, ...]]:
    """Return the pairs that one of the two asks to avoid (k, 2), and what names nobody.

    A cohort that was read has ids there alone: all else became questions.
    """
    stated, findings = _avoided(cohort)
    return _both_ways(cohort, stated), tuple(findings)


def _avoided(cohort: Cohort) -> tuple[IdPairs, list[Finding]]:
    stated, findings = [], []
    for table, frame in (("mentees", cohort.mentees), ("mentors", cohort.mentors)):
        rows = frame["source_row"] if "source_row" in frame else [None] * len(frame)
        cells = frame["avoid"] if "avoid" in frame else [()] * len(frame)
        for person, items, row in zip(frame["person_id"], cells, rows, strict=True):
            named = [cohort.people.find(item) for item in items]
            stated += [(person, other) for other in named if other]
            if None in named:
                findings.append(_unresolved(person).at(table, row, "avoid"))
    return stated, findings


def _unresolved(person: str) -> Finding:
    message = f"{person} asks not to be matched with somebody who is nobody here for sure"
    remedy = "write the id, or add a rule `never` where a mentor is meant"
    return Finding("W_AVOID_UNRESOLVED", message, remedy)


def unsettled_pairs(cohort: Cohort) -> Positions:
    """Return the pairs about whom a question is open: they stay apart until it is answered."""
    return _both_ways(cohort, _unsettled(cohort))


def _unsettled(cohort: Cohort) -> IdPairs:
    return [pair for question in cohort.questions for pair in question.pairs_apart]


def shared_bans(cohort: Cohort, levels: int, decreed: Positions) -> Positions:
    """Return the pairs that are banned if those who may be one person are (k, 2).

    While it is open whether two ids are one person's, whom the one must not meet the other must
    not either.

    Parameters
    ----------
    cohort
        With its questions.
    levels
        As in :func:`line_pairs`.
    decreed
        Pairs that rules, vetoes or decisions keep apart: shape (k, 2).
    """
    asked = [(q.person, q.likely[0]) for q in cohort.questions if q.is_open and q.is_of_ids]
    if not asked:
        return np.empty((0, 2), dtype=np.int64)
    mentees, mentors = cohort.mentee_index.ids, cohort.mentor_index.ids
    by_rule = [(mentees[i], mentors[j]) for i, j in decreed.tolist()]
    stated = [*_avoided(cohort)[0], *_line(cohort, levels), *_unsettled(cohort), *by_rule]
    ends = (person for pair in (*asked, *stated) for person in pair)
    everybody = Index(tuple(dict.fromkeys([*mentees, *mentors, *ends])))
    twins, said = _named_each_other(everybody, asked), _named_each_other(everybody, stated)
    met = twins @ said
    shared = met + (said + met) @ twins
    of_cohort = shared[everybody.positions(mentees)][:, everybody.positions(mentors)]
    return np.column_stack(of_cohort.nonzero()).astype(np.int64)


def _named_each_other(everybody: Index, pairs: IdPairs) -> csr_array:
    """Return who is in a pair with whom, in both directions: booleans, (people, people)."""
    one, two = (everybody.positions([pair[side] for pair in pairs]) for side in (0, 1))
    ends = np.concatenate([one, two]), np.concatenate([two, one])
    return csr_array((np.ones(len(ends[0]), dtype=bool), ends), shape=(len(everybody),) * 2)


def line_pairs(cohort: Cohort, levels: int) -> Positions:
    """Return mentee and mentor (k, 2) of every pair in which one is above the other in the line.

    The first level is the line manager and the second supervisor; each further level is the line
    manager of the level below, as far as that person is in the cohort. Both directions are
    returned: nobody mentors, or is mentored by, a manager of theirs.
    """
    return _both_ways(cohort, _line(cohort, levels))


def _line(cohort: Cohort, levels: int) -> IdPairs:
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
        return []
    pairs = pd.concat(found).drop_duplicates()
    return list(zip(pairs["person"], pairs["manager"], strict=True))


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


def _both_ways(cohort: Cohort, stated: Sequence[tuple[str, str]]) -> Positions:
    """Return two people as the pairs that they could be, whoever is the mentor: (k, 2)."""
    one, two = ([pair[side] for pair in stated] for side in (0, 1))
    return _pair_positions(cohort, [*one, *two], [*two, *one])


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


def last_words(engagements: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Return the status of each pair; of one that goes on and has a past, that it goes on."""
    last = engagements[engagements["status"].isin(LOCKED)]
    rows = pd.concat([engagements, last])[["mentee_id", "mentor_id", "status"]]
    return {(i, j): str(status) for i, j, status in rows.itertuples(index=False, name=None)}


def _among(status: pd.Series[str], wanted: tuple[Status, ...]) -> Bools:
    return status.isin(wanted).to_numpy(dtype=bool)


def _is_recent(end: pd.Series[pd.Timestamp], as_of: date, days: int) -> Bools:
    """Return which ends are less than `days` before `as_of`; unknown ends are."""
    age = (pd.Timestamp(as_of) - pd.to_datetime(end)).dt.days
    return np.asarray(age.to_numpy(np.float64, na_value=-np.inf) < days)


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
    """Return the pairs of one kind of rule whose people are in the cohort: (k, 2).

    A rule is older than what a command wrote of its pair since: none forces a pair that has ended.
    """
    chosen = cohort.rules[cohort.rules["rule"].astype(object) == rule.value]
    pairs = [*zip(*_columns(chosen, "mentee_id", "mentor_id"), strict=True)]
    over = cohort.over if rule is Rule.MUST else {}
    held = [pair for pair in pairs if pair not in over]
    return _pair_positions(cohort, *([pair[side] for pair in held] for side in (0, 1)))


def decided_pairs(cohort: Cohort, decisions: pd.DataFrame, *words: Decision) -> Positions:
    """Return the pairs on which one of `words` was decided: (k, 2)."""
    chosen = decisions[decisions["decision"].isin([word.value for word in words])]
    return _pair_positions(cohort, *_columns(chosen, "mentee_id", "mentor_id"))


def _pair_positions(cohort: Cohort, mentees: object, mentors: object) -> Positions:
    """Return distinct pairs of positions; pairs with somebody outside the cohort are left out."""
    i, j = cohort.mentee_index.positions(mentees), cohort.mentor_index.positions(mentors)
    known = (i >= 0) & (j >= 0)
    side = max(1, len(cohort.mentors))
    return np.column_stack(np.divmod(np.unique(i[known] * side + j[known]), side))


def _columns(table: pd.DataFrame, *names: str) -> list[list[str]]:
    return [list(table[name]) for name in names]
