"""What the pages show of people: portfolios and their scores, who is left out, whom to recruit."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from matcher.observe import go_on
from matcher.report import plain_words as words
from matcher.report.charts import Plot, round_parts, waterfall
from matcher.report.run_data import RunData, ShownNames, named_rows
from matcher.run_tables import SERVES_AS_MENTOR
from matcher.text import count_of, plural, printable, shortened

MOST_WATERFALLS = 6000
"""Matches up to which each has a waterfall in the report: beyond, the file would be too large."""

_PROFILE = words.PLAIN_WORDS["recruitment"]

_SOLVED = (
    "What each adds comes from matching everybody again with that mentor, who has one place. "
    "recruitment.csv lists further kinds of mentor with the most that each can add."
)
_BOUNDED = (
    "What each adds at most follows from the prices of places; the mentor has one. Where mentees "
    "are left out, it also counts what reaching one more of them is worth to the rules."
)


@dataclass(frozen=True)
class Step:
    """One line of a waterfall; `part` as it is shown, `weight` as a share of those that count."""

    feature: str
    value: str
    weight: str
    part: str


@dataclass(frozen=True)
class Waterfall:
    """How a pair's score adds up; the parts shown add up to the score shown."""

    steps: tuple[Step, ...]
    score: str
    plot: Plot
    unanswered: tuple[str, ...]


@dataclass(frozen=True)
class PersonView:
    """Somebody on a page; `key` is the id as it stands in the files."""

    key: str
    id: str
    name: str
    organisation: str


@dataclass(frozen=True)
class PairView(PersonView):
    """One mentor in a portfolio."""

    approach: str
    role: str
    covers: tuple[str, ...]
    score: float
    marks: tuple[str, ...]
    waterfall: Waterfall | None


@dataclass(frozen=True)
class AlternateView(PersonView):
    """A mentor who could take a place instead, and what that costs everybody together."""

    score: str
    cost: str


@dataclass(frozen=True)
class PortfolioView(PersonView):
    """One row of the portfolio table."""

    pairs: tuple[PairView, ...]
    value: float
    met: float
    partly: tuple[str, ...]
    uncovered: tuple[str, ...]
    alternates: tuple[AlternateView, ...]


@dataclass(frozen=True)
class MentorView(PersonView):
    """One row of the mentor table."""

    capacity: float
    used: float
    price: float


@dataclass(frozen=True)
class LeftOut(PersonView):
    """Somebody without a match, why, and what would help."""

    role: str
    code: str
    reason: str
    detail: str
    remedy: str


def portfolio_views(
    data: RunData, people: ShownNames, *, drawn: bool = True
) -> list[PortfolioView]:
    """Return the portfolios in the order of ``portfolios.csv``; empty ones are left out.

    `drawn` says whether pairs have waterfalls.
    """
    pairs, alternates = _by_mentee(data["matches"]), _by_mentee(data["alternates"])
    return [
        PortfolioView(
            **people.fields(row.mentee_id),
            pairs=tuple(_pair(data, people, match, drawn=drawn) for match in pairs[row.mentee_id]),
            value=row.value,
            met=row.needs_met,
            partly=tuple(words.facet_labels(row.partly)),
            uncovered=tuple(words.facet_labels(row.uncovered)),
            alternates=tuple(
                AlternateView(
                    **people.fields(other.mentor_id),
                    score=words.number(other.score),
                    cost=words.at_least(other.cost_to_cohort),
                )
                for other in alternates.get(row.mentee_id, [])
            ),
        )
        for row in named_rows(data["portfolios"])
        if row.mentee_id in pairs
    ]


def _by_mentee(frame: pd.DataFrame) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for row in named_rows(frame):
        groups.setdefault(row.mentee_id, []).append(row)
    return groups


def _pair(data: RunData, people: ShownNames, match: Any, *, drawn: bool) -> PairView:
    """Return one row of ``matches.csv`` in words, with its waterfall."""
    go_on()
    part = data.pairs.get((match.mentee_id, match.mentor_id)) if drawn else None
    marks = {
        "both ways": match.reciprocal,
        "locked": match.locked,
        "kept from last run": match.previous,
        "fragile: look twice": match.robust is False,
    }
    return PairView(
        **people.fields(match.mentor_id),
        approach=words.approach(match.approach),
        role=printable(match.role),
        covers=tuple(words.facet_labels(match.covers)),
        score=match.score,
        marks=tuple(mark for mark, holds in marks.items() if holds),
        waterfall=None if part is None else waterfall_of(part),
    )


def waterfall_of(rows: Sequence[Any]) -> Waterfall:
    """Return the waterfall of one pair from its rows of ``contributions.csv``."""
    shown = [row for row in rows if row.contribution or (row.answered and row.weight)]
    parts = round_parts([row.contribution for row in shown], unit=0.01)
    total = sum(parts)
    weight = sum(row.weight for row in shown)
    score = words.number(total / 100)
    steps = tuple(
        Step(
            words.feature(row.feature),
            words.number(row.value) + (" (neutral)" if row.weight and not row.answered else ""),
            words.share(row.weight / weight) if row.weight else "",
            words.number(part / 100),
        )
        for row, part in zip(shown, parts, strict=True)
    )
    gaps = [row for row in rows if not row.answered and row.weight]
    plot = waterfall(f"{score} adds up from {len(steps)} parts", parts, max(100, total))
    return Waterfall(steps, score, plot, tuple(words.feature(row.feature) for row in gaps))


def mentor_views(data: RunData, people: ShownNames) -> list[MentorView]:
    """Return the mentor table in the order of ``mentors.csv``; see `fully_locked` on prices."""
    locked = fully_locked(data)
    return [
        MentorView(
            **people.fields(row.mentor_id),
            capacity=row.capacity,
            used=row.used,
            price=math.nan if row.mentor_id in locked else row.price,
        )
        for row in named_rows(data.counted["mentors"])
    ]


def fully_locked(data: RunData) -> set[str]:
    """Return mentors whose every place is held by a locked pair.

    Nobody competes for such a place, so any price above a certain one proves the same bound, and
    the published one says nothing about what a further place is worth.
    """
    matches, mentors = data["matches"], data["mentors"]
    free = set(matches.loc[~matches["locked"], "mentor_id"])
    full = mentors.loc[(mentors["used"] > 0) & (mentors["used"] >= mentors["capacity"])]
    return set(full["mentor_id"]) - free


def left_out(data: RunData, people: ShownNames) -> list[LeftOut]:
    """Return everybody without a match, mentees first in waiting-list order."""
    place = {person: k for k, person in enumerate(data["waiting_list"]["person_id"])}
    help_ = words.PLAIN_WORDS["help"]
    return [
        LeftOut(
            **people.fields(row.person_id),
            role=printable(row.role),
            code=str(row.reason),
            reason=words.sentence(row.reason),
            detail=people.in_text(printable(row.detail)),
            remedy={**help_["either"], **help_.get(row.role, {})}.get(row.reason, ""),
        )
        for row in sorted(
            named_rows(unmatched(data)),
            key=lambda r: (r.role == "mentor", place.get(r.person_id, len(place)), r.person_id),
        )
    ]


def unmatched(data: RunData) -> pd.DataFrame:
    """Return who is left out: nobody left out those in one role only who serve as mentors."""
    frame = data["unmatched"]
    return frame[frame["reason"] != SERVES_AS_MENTOR]


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
    columns = [column for column in _PROFILE if column in frame.columns]
    if not len(frame) or not columns:
        return None
    # Where it is known exactly, a bound beside it only confuses, and so do unsolved rows.
    solved = "gain" in columns and bool(frame["gain"].notna().any())
    hidden = ("gain_bound",) if solved else ("gain", "reached")
    columns = [column for column in columns if column not in hidden]
    shown = named_rows(frame[frame["gain"].notna()] if solved else frame)
    return TextTable(
        _best_profile(data),
        tuple(_PROFILE[column] for column in columns),
        tuple(tuple(_of_profile(c, getattr(row, c)) for c in columns) for row in shown),
        _SOLVED if solved else _BOUNDED,
    )


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


def _best_profile(data: RunData) -> str:
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


def _of_profile(column: str, cell: Any) -> str:
    if isinstance(cell, float):
        return words.count(cell) if column == "reached" else words.number(cell, 2)
    if column == "facets":
        return ", ".join(words.facet_labels(cell))
    return words.approach(cell) if column == "approach" else ", ".join(map(_slot, cell))


def _slot(slot: str) -> str:
    """Return a weekly slot such as ``mon-am`` in words."""
    day, _, time = slot.partition("-")
    return printable(
        f"{words.PLAIN_WORDS['days'].get(day, day)} {words.PLAIN_WORDS['times'].get(time, time)}"
    )
