"""Who was left out and why, in which order people wait, and whom to ask again."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, get_args

import numpy as np
import pandas as pd

from matcher.arrays import Ints
from matcher.cohort.cohort import Cohort
from matcher.errors import Finding
from matcher.explain.unplaced import Unplaced, explain_unplaced
from matcher.explain.unplaced.conflict_words import conflict_words, remedy_words
from matcher.features.stated_answers import answer_columns, asked_groups
from matcher.features.suggested_needs import suggested_needs
from matcher.pipeline import Instance
from matcher.problem.stated_amounts import places_in_line, priority_classes, waiting_days
from matcher.problem.value import in_other_role
from matcher.publish.matched_pairs import LEAST_LEFT, MatchedPairs
from matcher.run_tables import RUN_TABLES, SERVES_AS_MENTOR, frame_of
from matcher.scoring.eligibility import said_of
from matcher.text import count_of, listed, shortened

LeftRow = tuple[str, str, str, str]

BLOCK = 1_000_000
"""Pairs looked at together."""

NOT_EXPLAINED = "not_explained"
"""Reason of mentees who could have a mentor, where there was no time to say why they have none."""


def unplaced_people(pairs: MatchedPairs) -> dict[int, Unplaced]:
    """Return why each of those who wait has no mentor, and what would help, by position."""
    prices = np.asarray(pairs.solution.prices, dtype=np.float64)
    return explain_unplaced(
        pairs.instance, pairs.assignment, pairs.is_forced, prices, pairs.waiting
    )


def unmatched_table(pairs: MatchedPairs, unplaced: Mapping[int, Unplaced] | None) -> pd.DataFrame:
    """Return everybody without a match, mentees first, each with the reason.

    `unplaced` is what `unplaced_people` returned; None where there was no time to ask it.
    """
    return frame_of("unmatched", [*_mentees_left(pairs, unplaced), *_mentors_left(pairs)])


def waiting_list_table(
    pairs: MatchedPairs, unplaced: Mapping[int, Unplaced] | None
) -> pd.DataFrame:
    """Return the unmatched mentees who wait for a place, first in line first.

    The order is that of the objective: priority class, then days waited, then id.
    """
    cohort = pairs.instance.cohort
    level, days = priority_classes(cohort), waiting_days(cohort)
    possible = _possible_mentors(pairs)
    since = pd.to_datetime(cohort.mentees["waiting_since"])
    places = places_in_line((int(level[i]), int(days[i])) for i in pairs.waiting)
    shared = Counter(places)
    return frame_of(
        "waiting_list",
        (
            (
                cohort.mentee_index.ids[i],
                "mentee",
                _reason(pairs, i, possible[i], unplaced),
                _place(place, shared[place], int(level[i]), since.iloc[i]),
            )
            for place, i in zip(places, pairs.waiting, strict=True)
        ),
    )


def _place(place: int, sharing: int, level: int, since: pd.Timestamp) -> str:
    beside = f", shared with {count_of(sharing - 1, 'other')}" if sharing > 1 else ""
    waited = "waiting time not known" if pd.isna(since) else f"waiting since {since:%Y-%m-%d}"
    return f"number {place} in line{beside}: priority class {level}, {waited}"


def _mentees_left(
    pairs: MatchedPairs, unplaced: Mapping[int, Unplaced] | None
) -> Iterator[LeftRow]:
    instance = pairs.instance
    serves, possible = pairs.serves, _possible_mentors(pairs)
    for i in np.flatnonzero(pairs.size == 0).tolist():
        person = instance.cohort.mentee_index.ids[i]
        closed = instance.candidates.eligibility.mentee_gate.reason[i]
        if serves[i]:
            yield person, "mentee", SERVES_AS_MENTOR, "the person plays their one role as a mentor"
        elif closed:
            yield person, "mentee", closed.code, f"the person {said_of(closed)}"
        else:
            reason = _reason(pairs, i, possible[i], unplaced)
            why = _why_left(pairs, i, possible[i], unplaced or {})
            yield person, "mentee", reason, "; ".join(filter(None, (why, _part_left(pairs, i))))


def _reason(
    pairs: MatchedPairs, i: int, possible: int, explained: Mapping[int, Unplaced] | None
) -> str:
    """Return the code for a mentee who takes part and has no mentor."""
    if explained is None and possible:
        return NOT_EXPLAINED
    unplaced = (explained or {}).get(i)
    if unplaced is not None and unplaced.conflict is None:
        return "no_gain" if _with_room(pairs, i) else "no_place"
    return "no_place" if possible else "no_eligible_mentor"


def _why_left(pairs: MatchedPairs, i: int, possible: int, explained: Mapping[int, Unplaced]) -> str:
    """Return the words for a mentee who takes part and has no mentor."""
    instance, unplaced = pairs.instance, explained.get(i)
    if unplaced is None:
        return _possible(possible)
    if unplaced.conflict is not None:
        why = conflict_words(instance, unplaced.conflict, unplaced.mentees_told(i), explained)
        return f"{why}; {remedy_words(instance, unplaced.remedies)}"
    bound = "" if unplaced.proved else "a load, a role, a rule on portfolios, "
    why = f"{bound}worth elsewhere, a priority or the solver's limit stood against it"
    if free := _with_room(pairs, i):
        return f"{_possible(possible)}, {free} with a place left: {why}"
    return f"{_possible(possible)}; all of their places are taken, and others could move: {why}"


def _with_room(pairs: MatchedPairs, i: int) -> int:
    """Return how many mentors with a place left could be matched with mentee `i`."""
    return len(pairs.left_for(i)[0])


def _part_left(pairs: MatchedPairs, i: int) -> str:
    """Return which mentors have too little left for a mentee, and what would make it enough."""
    instance, mentors = pairs.instance, pairs.left_for(i)[1]
    if not len(mentors):
        return ""
    load, left, ids = pairs.loads_of(i), pairs.left, instance.cohort.mentor_index.ids
    few = shortened([f"{left[j]:.2g} of {load[j]:.2g} with {ids[j]}" for j in mentors])
    told = f"what is left is less than this match would take: {few}"
    mentee, periods = instance.cohort.mentees.iloc[i], instance.config.programme.periods
    unsaid = [column for column in ("horizon", "scope") if pd.isna(mentee[column])]
    would_fit = (left[mentors] >= load[mentors] / periods - LEAST_LEFT).any()
    if not unsaid or periods == 1 or not would_fit:
        return told
    return f"{told}, and enough for a short, narrow one: ask for {listed(unsaid)}, not answered yet"


def _possible_mentors(pairs: MatchedPairs) -> dict[int, int]:
    """Return how many could be matched with each who waits, one way or both, by position."""
    waiting, both = np.array(pairs.waiting, dtype=np.int64), pairs.instance.problem.reciprocal
    if not len(waiting):
        return {}
    step = max(1, BLOCK // max(1, pairs.instance.problem.n_mentors))
    parts = [waiting[start : start + step] for start in range(0, len(waiting), step)]
    one_way = [(pairs.instance.candidates.block(part) >= 0).sum(axis=1) for part in parts]
    sides = np.zeros(len(pairs.size), dtype=np.int64)
    if both is not None:
        sides = np.bincount(both.sides[0], minlength=len(sides))
    count = np.concatenate(one_way) + sides[waiting]
    return dict(zip(waiting.tolist(), count.tolist(), strict=True))


def _possible(number: int, noun: str = "mentor") -> str:
    return f"{count_of(number, noun)} would be possible"


def _mentors_left(pairs: MatchedPairs) -> Iterator[LeftRow]:
    instance = pairs.instance
    gate = instance.candidates.eligibility.mentor_gate.reason
    wanted = _wanted(pairs)
    own_role = in_other_role(instance.problem, pairs.assignment)[1]
    for j in np.flatnonzero(pairs.used == 0).tolist():
        person = instance.cohort.mentor_index.ids[j]
        if own_role[j]:
            continue
        if gate[j]:
            yield person, "mentor", gate[j].code, f"the person is {gate[j]}"
        elif instance.problem.capacity[j] <= 0:
            yield person, "mentor", "no_capacity", "no place to give in this round"
        elif not wanted[j]:
            yield person, "mentor", "no_eligible_mentee", "no mentee may be matched with them"
        else:
            detail = f"{_possible(int(wanted[j]), 'mentee')}; others met their needs"
            yield person, "mentor", "not_needed", detail


def _wanted(pairs: MatchedPairs) -> Ints:
    """Return how many mentees could be matched with each mentor, one way or both: (m,)."""
    problem = pairs.instance.problem
    count = np.zeros(problem.n_mentors, dtype=np.int64)
    both = problem.reciprocal
    for rows in problem.blocks():
        possible = pairs.instance.pair_scores.block(rows).approach >= 0
        if both is not None:
            here = (both.sides[0] >= rows[0]) & (both.sides[0] <= rows[-1])
            possible[both.sides[0][here] - rows[0], both.sides[1][here]] = True
        count += possible.sum(axis=0)
    return count


ChaseRow = tuple[str, str, tuple[str, ...], str, str]
PersonSide = Literal["mentee", "mentor"]


def chase_table(instance: Instance) -> pd.DataFrame:
    """Return one row a person to ask again; the id stands in for a missing address."""
    cohort = instance.cohort
    missing: dict[str, list[str]] = {}
    asked = _asked_of_needs(instance)
    for person, stated in zip(cohort.mentee_index.ids, instance.needs_stated, strict=True):
        if asked and not stated:
            missing.setdefault(person, []).extend(asked)
    for side in get_args(PersonSide):
        for person, questions in _unanswered(instance, side):
            missing.setdefault(person, []).extend(questions)
    aside = _aside(cohort)
    for person in missing.keys() & aside.keys():  # matched without the audit
        missing[person].extend(aside.pop(person)[2])
    known, suggested = _addresses(cohort), _suggested(instance)
    rows = {
        person: (
            *known.get(person, (person, "")),
            tuple(dict.fromkeys(questions)),
            *suggested.get(person, ("", "")),
        )
        for person, questions in missing.items()
    }
    return _by_person(rows | aside)


def _asked_of_needs(instance: Instance) -> list[str]:
    """Return the columns in which this programme asks mentees what they need."""
    cohort, config = instance.cohort, instance.config
    groups = asked_groups(cohort, config)
    columns = (name for group in groups for name in answer_columns(group, "need", config))
    return [name for name in columns if cohort.asks("mentees", [name])]


def _suggested(instance: Instance) -> dict[str, tuple[str, str]]:
    """Return what the goals of mentees who stated no need speak of, and the sentence, by id."""
    mentees = instance.cohort.mentees
    if "goals" not in mentees:
        return {}
    ids = instance.cohort.mentee_index.ids
    asked = {one for one, stated in zip(ids, instance.needs_stated, strict=True) if not stated}
    rows = mentees[mentees["person_id"].isin(asked)]
    goals = [_text(text) for text in rows["goals"]]
    needs = suggested_needs(goals, instance.config.text.method)
    found = zip(rows["person_id"], needs, strict=True)
    return {person: (need.context.value, need.sentence) for person, need in found if need}


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
            finding.told,
            finding.remedy,
        )
        for person, finding in told
    )
    return frame_of("problems", rows).astype("str")


def kept_pairs_table(cohort: Cohort) -> pd.DataFrame:
    """Return the pairs past and present that a run was made from, as texts."""
    frame = cohort.engagements
    columns = [column.name for column in RUN_TABLES["engagements"].in_file]
    days = {name: frame[name].dt.strftime("%Y-%m-%d") for name in ("start", "end")}
    return frame.assign(**days)[columns].fillna("").astype("str")


def questions_table(cohort: Cohort, *, is_open: bool = False) -> pd.DataFrame:
    """Return what only people can say, one row a question; on request the open ones alone."""
    rows = (
        (q.key, q.table, q.row or "", q.column, q.person, q.likely, q.message, q.answer)
        for q in cohort.questions
        if q.is_open or not is_open
    )
    return frame_of("questions", rows)


def _by_person(rows: dict[str, ChaseRow]) -> pd.DataFrame:
    return frame_of("chase", (rows[person] for person in sorted(rows)))


def _aside(cohort: Cohort) -> dict[str, ChaseRow]:
    """Return the row of each person set aside, by id."""
    return {
        row["person_id"]: (
            _text(row["email"]) or row["person_id"],
            _text(row["preferred_name"]),
            tuple(filter(None, _text(row["missing_questions"]).split(";"))),
            "",
            "",
        )
        for row in cohort.chase.to_dict("records")
    }


def _unanswered(instance: Instance, role: PersonSide) -> Iterator[tuple[str, list[str]]]:
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
