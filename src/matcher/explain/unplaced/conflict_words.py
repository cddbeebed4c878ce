"""Conflicts and remedies in words: people by id, confidential rules as 'not permitted'."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from matcher.arrays import present
from matcher.explain.unplaced.obstacles import Conflict, Element, ElementKind, Remedy
from matcher.explain.unplaced.unplaced import Unplaced
from matcher.problem.instance import Instance, names_of
from matcher.problem.rules.limit import Limit, Unit
from matcher.problem.rules.rule import NAMED, Names, numbered
from matcher.text import count_of, listed, plural, shortened


def conflict_words(
    instance: Instance, conflict: Conflict, person: int = -1, in_place_of: int = -1
) -> str:
    """Return who asks for what, and what stands against it.

    Such as '3 mentees (a, b, c) ask for 5 places; 1 eligible mentor (x) holds 2'. Mentee `person`
    is told instead of mentee `in_place_of`, where one is given.
    """
    return "; ".join(_conflict(instance, conflict, person, in_place_of))


def _conflict(
    instance: Instance, conflict: Conflict, person: int, in_place_of: int
) -> Iterator[str]:
    problem, names = instance.problem, names_of(instance)
    people = sorted(person if i == in_place_of else i for i in conflict.mentees.tolist())
    asked = int(problem.limit[people].sum())
    verb = plural(len(people), "asks", "ask")
    least = f" and need {len(people)} at least" if asked > len(people) > 1 else ""
    who = numbered([names.mentees[i] for i in people], "mentee")
    yield f"{who} {verb} for {count_of(asked, 'place')}{least}"
    limits = [limit for limit in problem.limits if limit.noun in conflict.positions]
    if not any(limit.unit is not Unit.SPONSORSHIP for limit in limits):
        yield f"none of {count_of(problem.n_mentors, 'mentor')} is eligible"
    for limit in limits:
        yield from limit.told(conflict.rows(limit.noun), names)
        both = _only_both_ways(instance, people) if limit.unit is Unit.MATCH else []
        if both:
            who = shortened([names.mentees[i] for i in both], NAMED)
            yield f"both ways, as {who} must be, makes 2 matches"
    if fixed := conflict.of(ElementKind.FIXED):
        yield f"fixed already: {shortened([_pair(names, e) for e in fixed], NAMED)}"
    if apart := conflict.of(ElementKind.PAIR):
        yield shortened([f"{_pair(names, e)} {_why_not(instance, e)}" for e in apart], NAMED)
    if closed := conflict.of(ElementKind.CLOSED):
        yield shortened([_is_closed(instance, element) for element in closed], NAMED)
    for rule in problem.all_rules:
        if rule.noun and not isinstance(rule, Limit):
            yield from rule.told(conflict.rows(rule.noun), names)


def _only_both_ways(instance: Instance, people: Sequence[int]) -> list[int]:
    """Return who can be matched in reciprocal pairs only, where few enough are named."""
    pairs = instance.problem.reciprocal
    if pairs is None or len(people) > NAMED:
        return []
    one_way = (instance.candidates.block(np.array(people, dtype=np.int64)) >= 0).any(axis=1)
    both = np.isin(people, pairs.sides[0]) & ~one_way
    return [person for person, only in zip(people, both.tolist(), strict=True) if only]


def remedy_words(instance: Instance, remedies: Sequence[Remedy]) -> str:
    """Return the remedies, cheapest first, as one phrase."""
    if not remedies:
        return "no single change would help"
    told = [listed(_change(instance, c) for c in r.changes) for r in remedies]
    return f"cheapest ways to place one more: {', or '.join(told)}"


def _change(instance: Instance, change: Element) -> str:
    names = names_of(instance)
    match change.kind:
        case ElementKind.CLOSED:
            return f"{names.mentors[change.j]} takes part ({_is_closed(instance, change)})"
        case ElementKind.PAIR:
            return f"{_pair(names, change)} allowed ({_why_not(instance, change)})"
        case ElementKind.FIXED:
            return f"{_pair(names, change)} released"
    rule = next(rule for rule in instance.problem.all_rules if rule.noun == change.kind)
    return rule.relief(change.at, names)


def _pair(names: Names, element: Element) -> str:
    return f"{names.mentees[element.i]} with {names.mentors[element.j]}"


def _why_not(instance: Instance, element: Element) -> str:
    why = ", ".join(instance.candidates.why_not(element.i, element.j)) or "not possible"
    return f"today {why}" if why != "not permitted" else why


def _is_closed(instance: Instance, element: Element) -> str:
    reason = instance.candidates.eligibility.mentor_gate.reason[element.j]
    return f"{instance.cohort.mentor_index.ids[element.j]} is {reason}"


CONFLICTS_SHOWN = 3
"""Conflicts that a summary tells; every person's own stands in `unmatched.csv`."""


def conflicts_of(instance: Instance, unplaced: Mapping[int, Unplaced]) -> list[dict[str, Any]]:
    """Return the conflicts of those left out, those that concern most first.

    Each has ``left_out`` (ids of those left out whose conflict it is), ``n_elements``, ``smallest``
    (whether no smaller one concerns them), ``conflict`` and ``remedies`` in words.
    """
    ids = instance.cohort.mentee_index.ids
    groups: dict[int, list[int]] = {}
    for i, found in unplaced.items():
        if found.conflict is not None:
            groups.setdefault(id(found.conflict), []).append(i)
    ordered = sorted(groups.values(), key=lambda people: (-len(people), people))
    return [
        _summed_up(instance, [ids[i] for i in people], unplaced[people[0]])
        for people in ordered[:CONFLICTS_SHOWN]
    ]


def _summed_up(instance: Instance, people: list[str], found: Unplaced) -> dict[str, Any]:
    conflict = present(found.conflict)
    return {
        "left_out": sorted(people),
        "n_elements": len(conflict),
        "n_people": len(conflict.mentees),
        "smallest": conflict.smallest,
        "conflict": conflict_words(instance, conflict),
        "remedies": remedy_words(instance, found.remedies),
    }
