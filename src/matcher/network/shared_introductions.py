"""What a programme may read of warm introductions: contacts by name only where they are shared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from matcher.network.introductions import DISTANCE, IS, KNOWS, MAY_KNOW
from matcher.text import count_of
from matcher.vocabulary import ShareWith

if TYPE_CHECKING:
    from matcher.network.measure import IntArray

WAYS = (IS, KNOWS, MAY_KNOW)
"""The surest way first."""

SIDES = ("mentee_id", "mentor_id")


def introductions_table(introductions: pd.DataFrame) -> pd.DataFrame:
    """Return what the programme may read: `mentee_id, mentor_id, path, distance`.

    One row a mentee and mentor, the surest way. Contacts are named in `path` only where the mentee
    shares them with the programme, and counted otherwise.

    A contact who is the mentor and is not shared with the programme counts like one who knows the
    mentor, at distance 2: that the mentee turns to this very person is theirs to say.
    """
    shared = (introductions["share_with"] == ShareWith.PROGRAMME).to_numpy(dtype=bool)
    way = pd.Index(WAYS).get_indexer(pd.Index(introductions["how"]))
    way = np.where(shared, way, np.maximum(way, WAYS.index(KNOWS)))
    starts, group = _runs(*(introductions[side].tolist() for side in SIDES))
    surest = np.full(len(starts), len(WAYS), dtype=np.int64)
    np.minimum.at(surest, group, way)
    chosen = way == surest[group]
    hidden = np.bincount(group[chosen & ~shared], minlength=len(starts))
    named = _named(introductions["contact_id"].tolist(), group, np.flatnonzero(chosen & shared))
    ways = [WAYS[code] for code in surest.tolist()]
    ends = introductions[list(SIDES)].iloc[starts].reset_index(drop=True)
    told = zip(*(ends[side].tolist() for side in SIDES), ways, hidden.tolist(), strict=True)
    table = ends.assign(
        path=[
            _path(mentee, mentor, named.get(at, []), count, how)
            for at, (mentee, mentor, how, count) in enumerate(told)
        ],
        distance=[DISTANCE[how] for how in ways],
    )
    return table.astype({"distance": "int64"})


def _runs(mentees: list[Any], mentors: list[Any]) -> tuple[IntArray, IntArray]:
    """Return where each run of equal pairs starts, and the run of each row."""
    is_first = np.ones(len(mentees), dtype=bool)
    is_first[1:] = [
        mentee != before or mentor != last
        for mentee, before, mentor, last in zip(
            mentees[1:], mentees, mentors[1:], mentors, strict=False
        )
    ]
    return np.flatnonzero(is_first), np.cumsum(is_first) - 1


def _named(contacts: list[Any], group: IntArray, rows: IntArray) -> dict[int, list[str]]:
    """Return the contacts of the rows by run."""
    found: dict[int, list[str]] = {}
    for row, run in zip(rows.tolist(), group[rows].tolist(), strict=True):
        found.setdefault(run, []).append(str(contacts[row]))
    return found


def _path(mentee: str, mentor: str, names: list[str], hidden: int, how: str) -> str:
    """Return a path such as ``M1 > AB, 2 contacts (may know) > T7``."""
    if how == IS:
        return f"{mentee} > {mentor}"
    counted = [count_of(hidden, "contact")] if hidden else []
    likely = f" ({how})" if how == MAY_KNOW else ""
    return f"{mentee} > {', '.join([*names, *counted])}{likely} > {mentor}"
