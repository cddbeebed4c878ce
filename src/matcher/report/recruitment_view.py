"""Whom to recruit next: what a further mentor should bring, and what that would add."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matcher.report import plain_words as words
from matcher.report.run_data import named_rows
from matcher.text import count_of, plural, printable, shortened

if TYPE_CHECKING:
    from matcher.report.run_data import RunData, ShownNames

_HEADINGS = words.WORDS["recruitment"]
_SOLVED = (
    "What each adds comes from matching everybody again with that mentor, who has one place. "
    "recruitment.csv lists further kinds of mentor with the most that each can add."
)
_BOUNDED = (
    "What each adds at most follows from the prices of places; the mentor has one. Where mentees "
    "are left out, it also counts what reaching one more of them is worth to the rules."
)


@dataclass(frozen=True)
class TextTable:
    """What a table of text says, its headings and its rows, and how to read it."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str


def whom_to_recruit(data: RunData) -> TextTable | None:
    """Return what a next mentor should bring, by what one such mentor would add.

    Only known columns are shown: none of them names a person, so every audience may see them.
    """
    frame = data["recruitment"]
    columns = [column for column in _HEADINGS if column in frame.columns]
    if not len(frame) or not columns:
        return None
    shown, note = named_rows(frame), _BOUNDED
    if "gain" in columns and frame["gain"].notna().any():
        # Where it is known exactly, a bound beside it only confuses, and so do unsolved rows.
        shown, note = named_rows(frame[frame["gain"].notna()]), _SOLVED
        columns = [column for column in columns if column != "gain_bound"]
    else:
        columns = [column for column in columns if column not in ("gain", "reached")]
    rows = tuple(tuple(_cell(column, getattr(row, column)) for column in columns) for row in shown)
    return TextTable(_title(data), tuple(_HEADINGS[column] for column in columns), rows, note)


def own_mentors(data: RunData, people: ShownNames, *, named: bool) -> str:
    """Return who of the mentees may be asked to mentor, as their plans propose; else nothing."""
    ids = [str(person) for person in data["possible_mentors"]["person_id"]]
    if not ids:
        return ""
    who = f": {shortened([people.name(person) for person in ids])}" if named else ""
    as_said = plural(len(ids), "as their own plan says", "as their own plans say")
    return (
        f"{count_of(len(ids), 'mentee')} may be asked to mentor somebody, {as_said}{who}. "
        "possible_mentors.csv lists them, with how many mentees are newer to their field."
    )


def _title(data: RunData) -> str:
    frame = data["recruitment"]
    if "facets" not in frame.columns:
        return "What a further mentor should bring"
    first = named_rows(frame)[0]
    strong = shortened(words.facet_labels(first.facets))
    gain, bound = getattr(first, "gain", math.nan), getattr(first, "gain_bound", math.nan)
    title = f"A mentor who is strong in {strong} would help most"
    if math.isfinite(gain):
        return f"{title}: {words.number(gain)} more for the whole match"
    return f"{title}: up to {words.number(bound)} more" if math.isfinite(bound) else title


def _cell(column: str, cell: Any) -> str:
    if isinstance(cell, float):
        return words.count(cell) if column == "reached" else words.number(cell, 3)
    if column == "facets":
        return ", ".join(words.facet_labels(cell))
    return words.approach(cell) if column == "approach" else ", ".join(map(_slot, cell))


def _slot(slot: str) -> str:
    """Return a weekly slot such as ``mon-am`` in words."""
    day, _, time = slot.partition("-")
    return printable(f"{words.WORDS['days'].get(day, day)} {words.WORDS['times'].get(time, time)}")
