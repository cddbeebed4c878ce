"""Conflicts and remedies in words: people by id, confidential rules as 'not permitted'."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from matcher.explain.unplaced.elements import Kind
from matcher.explain.unplaced.smallest import places_of
from matcher.text import count_of, plural, shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from matcher.explain.unplaced.elements import Conflict, Element, Remedy
    from matcher.problem.instance import Instance

T = TypeVar("T")

NAMED = 20
"""Names in one list; the rest is counted."""


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
    problem, mentees = instance.problem, instance.cohort.mentee_index.ids
    mentors = instance.cohort.mentor_index.ids
    people = sorted(
        person if element.i == in_place_of else element.i for element in conflict.of(Kind.MENTEE)
    )
    asked = int(problem.limit[people].sum())
    verb = plural(len(people), "asks", "ask")
    least = f" and need {len(people)} at least" if asked > len(people) > 1 else ""
    yield f"{_some(people, mentees, 'mentee')} {verb} for {count_of(asked, 'place')}{least}"
    limits = [kind for kind in (Kind.PLACE, Kind.POOL, Kind.PROGRAMME) if conflict.of(kind)]
    if not limits:
        yield f"none of {count_of(problem.n_mentors, 'mentor')} is eligible"
    if owners := conflict.of(Kind.PLACE):
        held = sum(places_of(problem, owner) for owner in owners)
        verb = plural(len(owners), "holds", "hold")
        named = _some([owner.j for owner in owners], mentors, "eligible mentor")
        yield f"{named} {verb} {held:g}"
    for pool in conflict.of(Kind.POOL):
        yield f"pool {_pool(instance, pool.j)} gives {places_of(problem, pool):g} in all"
    for limit in conflict.of(Kind.PROGRAMME):
        most = count_of(places_of(problem, limit), "match", "matches")
        yield f"the programme makes at most {most}"
        if both := _only_both_ways(instance, people):
            yield f"both ways, as {_listed(both, lambda k: mentees[k])} must be, makes 2 matches"
    for limit in conflict.of(Kind.SPONSORSHIP):
        yield f"{mentors[limit.j]} sponsors at most {places_of(problem, limit):g}"
    if fixed := conflict.of(Kind.FIXED):
        yield f"fixed already: {_listed(fixed, lambda e: _pair(instance, e))}"
    if apart := conflict.of(Kind.PAIR):
        yield _listed(apart, lambda e: f"{_pair(instance, e)} {_why_not(instance, e)}")
    if closed := conflict.of(Kind.CLOSED):
        yield _listed(closed, lambda e: _is_closed(instance, e))
    for role in conflict.of(Kind.OTHER_ROLE):
        yield f"{mentees[role.i]} plays one role only"


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
    told = [" and ".join(_change(instance, c) for c in r.changes) for r in remedies]
    return f"cheapest ways to place one more: {', or '.join(told)}"


def _change(instance: Instance, change: Element) -> str:
    mentees, mentors = (c.ids for c in (instance.cohort.mentee_index, instance.cohort.mentor_index))
    match change.kind:
        case Kind.PLACE:
            return f"1 more place with {mentors[change.j]}"
        case Kind.SPONSORSHIP:
            return f"1 more sponsorship by {mentors[change.j]}"
        case Kind.POOL:
            return f"1 more place in pool {_pool(instance, change.j)}"
        case Kind.PROGRAMME:
            return "capacity.max_matches higher by 1"
        case Kind.CLOSED:
            return f"{mentors[change.j]} takes part ({_is_closed(instance, change)})"
        case Kind.PAIR:
            return f"{_pair(instance, change)} allowed ({_why_not(instance, change)})"
        case Kind.FIXED:
            return f"{_pair(instance, change)} released"
        case _:
            return f"{mentees[change.i]} plays both roles"


def _pair(instance: Instance, element: Element) -> str:
    cohort = instance.cohort
    return f"{cohort.mentee_index.ids[element.i]} with {cohort.mentor_index.ids[element.j]}"


def _why_not(instance: Instance, element: Element) -> str:
    why = ", ".join(instance.candidates.why_not(element.i, element.j)) or "not possible"
    return f"today {why}" if why != "not permitted" else why


def _is_closed(instance: Instance, element: Element) -> str:
    reason = instance.candidates.eligibility.mentor_gate.reason[element.j]
    return f"{instance.cohort.mentor_index.ids[element.j]} is {reason}"


def _pool(instance: Instance, p: int) -> str:
    return sorted(instance.config.capacity.pools)[p]


def _some(at: Sequence[int], ids: Sequence[str], noun: str) -> str:
    return f"{count_of(len(at), noun)} ({_listed(at, lambda k: ids[k])})"


def _listed(items: Sequence[T], words: Callable[[T], str]) -> str:
    """Return the first items in words, and how many more there are."""
    return shortened([words(item) for item in items], NAMED)
