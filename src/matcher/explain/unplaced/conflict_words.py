"""Conflicts and remedies in words: people by id, confidential rules as 'not permitted'."""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Positions, present
from matcher.explain.unplaced.obstacles import Conflict, Element, ElementKind, Remedy
from matcher.explain.unplaced.unplaced import Unplaced
from matcher.problem.instance import Instance, names_of
from matcher.problem.rules.limit import Limit, Unit
from matcher.problem.rules.rule import NAMED, Names
from matcher.problem.rules.seats import SeatRule
from matcher.text import count_of, listed, plural, shortened


def conflict_words(
    instance: Instance, conflict: Conflict, people: Sequence[int], left: Container[int]
) -> str:
    """Return who asks for what, and what stands against it.

    Such as '3 mentees (a, b, c) ask for 5 places; 1 eligible mentor (x) holds 2'. The mentees
    `people` are told in place of those of the conflict; named are those who are `left` out alone.
    """
    return "; ".join(_conflict(instance, conflict, people, left))


def _conflict(
    instance: Instance, conflict: Conflict, people: Sequence[int], left: Container[int]
) -> Iterator[str]:
    problem, ids = instance.problem, instance.cohort.mentee_index.ids
    asked = int(problem.limit[people].sum())
    verb = plural(len(people), "asks", "ask")
    least = f" and need {len(people)} at least" if asked > len(people) > 1 else ""
    named = [i for i in people if i in left]
    who = _few(named, lambda i: ids[i]) + (" without a mentor" if len(named) < len(people) else "")
    yield f"{count_of(len(people), 'mentee')} ({who}) {verb} for {count_of(asked, 'place')}{least}"
    if all(limit.unit is Unit.SPONSORSHIP for limit in _limits_in(instance, conflict)):
        yield _who_is_eligible(instance, np.array(people, dtype=np.int64))
    if len(people) <= NAMED:
        yield from _against(instance, conflict, people)
        return
    if conflict not in _AGAINST_MANY:  # thousands of people may share it
        _AGAINST_MANY[conflict] = tuple(_against(instance, conflict, ()))
    yield from _AGAINST_MANY[conflict]


_AGAINST_MANY: WeakKeyDictionary[Conflict, tuple[str, ...]] = WeakKeyDictionary()


def _limits_in(instance: Instance, conflict: Conflict) -> list[Limit]:
    return [limit for limit in instance.problem.limits if limit.noun in conflict.positions]


def _against(instance: Instance, conflict: Conflict, people: Sequence[int]) -> Iterator[str]:
    """Yield what stands against people: limits, pairs, rules; `people` are told if they are few."""
    names = names_of(instance)
    for limit in _limits_in(instance, conflict):
        yield from limit.told(conflict.rows(limit.noun), names)
        both = _only_both_ways(instance, people) if limit.unit is Unit.MATCH else []
        if both:
            who = shortened([names.mentees[i] for i in both], NAMED)
            yield f"both ways, as {who} must be, makes 2 matches"
    if len(fixed := conflict.part(ElementKind.FIXED)):
        yield f"fixed already: {_few(fixed, lambda pair: _pair(names, *pair))}"
    if len(apart := conflict.part(ElementKind.PAIR)):
        yield _few(apart, lambda pair: f"{_pair(names, *pair)} {_why_not(instance, *pair)}")
    if len(closed := conflict.part(ElementKind.CLOSED)):
        yield _few(closed, lambda pair: _is_closed(instance, pair[1]))
    for rule in instance.problem.all_rules:
        if rule.noun and not isinstance(rule, Limit):
            yield from rule.told(conflict.rows(rule.noun), names)


def _who_is_eligible(instance: Instance, people: Positions) -> str:
    """Return that nobody is eligible, or what seats ask of those who are."""
    problem = instance.problem
    may = instance.candidates.block(people) >= 0
    lacking = [
        rule.asks
        for rule in problem.rules_of(SeatRule)
        if (
            (may & rule.can_be(people[:, None], np.arange(problem.n_mentors))).sum(axis=1)
            < rule.least
        ).any()
    ]
    if not may.any() or not lacking:
        return f"none of {count_of(problem.n_mentors, 'mentor')} is eligible"
    count = int(may.any(axis=0).sum())
    return f"{count_of(count, 'mentor is', 'mentors are')} eligible, but {listed(lacking)}"


def _few(things: Sequence[Any] | NDArray[Any], say: Callable[[Any], str]) -> str:
    """Return the first of many things in words, and how many more there are: no more are told."""
    more = f" and {len(things) - NAMED} more" if len(things) > NAMED else ""
    return ", ".join(say(one) for one in things[:NAMED]) + more


def _only_both_ways(instance: Instance, people: Sequence[int]) -> list[int]:
    """Return who can be matched in reciprocal pairs only, where few enough are named."""
    pairs = instance.problem.reciprocal
    if pairs is None or not (both := sorted(set(people) & set(pairs.sides[0].tolist()))):
        return []
    possible = instance.candidates.block(np.array(both, dtype=np.int64)) >= 0
    return [person for person, row in zip(both, possible, strict=True) if not row.any()]


def remedy_words(instance: Instance, remedies: Sequence[Remedy]) -> str:
    """Return the remedies, cheapest first, as one phrase."""
    if not remedies:
        return "no single change would help"
    told = [listed(_change(instance, c) for c in r.changes) for r in remedies]
    return f"cheapest ways to place one more: {', or '.join(told)}"


def _change(instance: Instance, change: Element) -> str:
    names = names_of(instance)
    i, j = change.i, change.j
    match change.kind:
        case ElementKind.CLOSED:
            return f"{names.mentors[j]} takes part ({_is_closed(instance, j)})"
        case ElementKind.PAIR:
            return f"{_pair(names, i, j)} allowed ({_why_not(instance, i, j)})"
        case ElementKind.FIXED:
            return f"{_pair(names, i, j)} released"
    rule = next(rule for rule in instance.problem.all_rules if rule.noun == change.kind)
    return rule.relief(change.at, names)


def _pair(names: Names, i: int, j: int) -> str:
    return f"{names.mentees[i]} with {names.mentors[j]}"


def _why_not(instance: Instance, i: int, j: int) -> str:
    why = ", ".join(instance.candidates.why_not(int(i), int(j))) or "not possible"
    return f"today {why}" if why != "not permitted" else why


def _is_closed(instance: Instance, j: int) -> str:
    reason = instance.candidates.eligibility.mentor_gate.reason[j]
    return f"{instance.cohort.mentor_index.ids[j]} is {reason}"


CONFLICTS_SHOWN = 3
"""Conflicts that a summary tells; every person's own stands in `unmatched.csv`."""


def conflicts_of(instance: Instance, unplaced: Mapping[int, Unplaced]) -> list[dict[str, Any]]:
    """Return the conflicts of those left out, those that concern most first.

    People who meet the same limits are in one. Each has ``left_out`` (ids of those left out whose
    conflict it is), ``n_elements``, ``smallest`` (whether no smaller one concerns any of them),
    ``conflict`` and ``remedies`` in words.
    """
    groups: dict[tuple[tuple[str, bytes], ...], list[int]] = {}
    for i, found in unplaced.items():
        if found.conflict is not None:
            groups.setdefault(found.conflict.against, []).append(i)
    ordered = sorted(groups.values(), key=lambda people: (-len(people), people))
    return [_summed_up(instance, left, unplaced) for left in ordered[:CONFLICTS_SHOWN]]


def _summed_up(
    instance: Instance, left: list[int], unplaced: Mapping[int, Unplaced]
) -> dict[str, Any]:
    first = unplaced[left[0]]
    conflict = present(first.conflict)
    conflicts = {present(unplaced[i].conflict) for i in left}
    people = np.unique(np.concatenate([left, *(found.mentees for found in conflicts)])).tolist()
    return {
        "left_out": sorted(instance.cohort.mentee_index.ids[i] for i in left),
        "n_elements": len(conflict) - len(conflict.mentees) + len(people),
        "n_people": len(people),
        "smallest": conflict.smallest and len(people) == len(conflict.mentees),
        "conflict": conflict_words(instance, conflict, people, unplaced),
        "remedies": remedy_words(instance, first.remedies),
    }
