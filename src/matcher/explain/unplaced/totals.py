"""What everybody who is left out comes to: the conflicts that a summary tells."""

from collections.abc import Mapping
from typing import Any

from matcher.explain.unplaced.conflict_words import conflict_words, remedy_words
from matcher.explain.unplaced.elements import ElementKind
from matcher.explain.unplaced.unplaced import Unplaced
from matcher.problem.instance import Instance

SHOWN = 3
"""Conflicts that a summary tells; every person's own stands in `unmatched.csv`."""


def conflicts_of(instance: Instance, unplaced: Mapping[int, Unplaced]) -> list[dict[str, Any]]:
    """Return the conflicts of those left out, those that concern most first.

    Each has ``left_out`` (ids of those left out whose conflict it is), ``n_elements``, ``smallest``
    (whether no smaller one concerns them), ``conflict`` and ``remedies`` in words.
    """
    ids = instance.cohort.mentee_index.ids
    groups: dict[frozenset[Any], list[int]] = {}
    for i, found in unplaced.items():
        if found.conflict is not None:
            groups.setdefault(found.conflict.elements, []).append(i)
    ordered = sorted(groups.values(), key=lambda people: (-len(people), people))
    return [
        _conflict(instance, [ids[i] for i in people], unplaced[people[0]])
        for people in ordered[:SHOWN]
    ]


def _conflict(instance: Instance, people: list[str], found: Unplaced) -> dict[str, Any]:
    assert found.conflict is not None
    return {
        "left_out": sorted(people),
        "n_elements": len(found.conflict.elements),
        "n_people": len(found.conflict.of(ElementKind.MENTEE)),
        "smallest": found.conflict.smallest,
        "conflict": conflict_words(instance, found.conflict),
        "remedies": remedy_words(instance, found.remedies),
    }
