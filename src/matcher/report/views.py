"""What the pages show of people: portfolios and how scores add up, mentors, who is left out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matcher.report import plain_words as words
from matcher.report.charts import Plot, round_parts, waterfall
from matcher.report.run_data import named_rows
from matcher.text import printable

if TYPE_CHECKING:
    import pandas as pd

    from matcher.report.run_data import RunData, ShownNames

MOST_WATERFALLS = 6000
"""Matches up to which each has a waterfall in the report: beyond, the file would be too large."""


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
    factor = data.coverage_weight
    return [
        PortfolioView(
            **people.fields(row.mentee_id),
            pairs=tuple(_pair(data, people, match, drawn=drawn) for match in pairs[row.mentee_id]),
            value=row.value,
            met=row.coverage / factor if factor else math.nan,
            uncovered=tuple(words.facet_labels(row.uncovered)),
            alternates=tuple(
                AlternateView(
                    **people.fields(other.mentor_id),
                    score=words.number(other.score),
                    cost=words.number(other.cost_to_cohort, 4),
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


def waterfall_of(contributions: pd.DataFrame) -> Waterfall:
    """Return the waterfall of one pair from its rows of ``contributions.csv``."""
    rows = named_rows(contributions)
    shown = [row for row in rows if row.contribution or (row.answered and row.weight)]
    parts = round_parts([row.contribution for row in shown])
    total = sum(parts)
    weight = sum(row.weight for row in shown)
    score = words.number(total / 1000, 3)
    steps = tuple(
        Step(
            words.feature(row.feature),
            words.number(row.value),
            words.share(row.weight / weight) if row.weight else "",
            words.number(part / 1000, 3),
        )
        for row, part in zip(shown, parts, strict=True)
    )
    gaps = [row for row in rows if not row.answered and row.weight and not row.contribution]
    plot = waterfall(f"{score} adds up from {len(steps)} parts", parts, max(1000, total))
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
        for row in named_rows(data["mentors"])
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
    help_ = words.WORDS["help"]
    return [
        LeftOut(
            **people.fields(row.person_id),
            role=printable(row.role),
            reason=words.sentence(row.reason),
            detail=printable(row.detail),
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
    return frame[frame["reason"] != "serves_as_mentor"]
