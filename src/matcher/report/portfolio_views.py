"""The portfolio table: each mentee with mentors, needs met, alternates, and how scores add up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matcher.report import plain_words as words
from matcher.report.charts import Plot, round_parts, waterfall
from matcher.report.run_data import rows_of
from matcher.text import printable

if TYPE_CHECKING:
    import pandas as pd

    from matcher.report.run_data import RunData
    from matcher.report.shown_names import ShownNames


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
class PairView:
    """One mentor in a portfolio; `key` is the id as it stands in the files."""

    key: str
    id: str
    name: str
    organisation: str
    approach: str
    role: str
    covers: tuple[str, ...]
    score: float
    marks: tuple[str, ...]
    waterfall: Waterfall | None


@dataclass(frozen=True)
class AlternateView:
    """A mentor who could take a place instead, and what that costs everybody together."""

    key: str
    id: str
    name: str
    score: str
    cost: str


@dataclass(frozen=True)
class PortfolioView:
    """One row of the portfolio table."""

    key: str
    id: str
    name: str
    organisation: str
    pairs: tuple[PairView, ...]
    value: float
    met: float
    uncovered: tuple[str, ...]
    alternates: tuple[AlternateView, ...]


def portfolio_views(
    data: RunData, people: ShownNames, *, drawn: bool = True
) -> list[PortfolioView]:
    """Return the portfolios in the order of ``portfolios.csv``; empty ones are left out.

    `drawn` says whether pairs have waterfalls.
    """
    pairs = _grouped(data["matches"])
    alternates = _grouped(data["alternates"])
    factor = coverage_weight(data)
    return [
        PortfolioView(
            key=row.mentee_id,
            id=printable(row.mentee_id),
            name=people.name(row.mentee_id),
            organisation=people.organisation(row.mentee_id),
            pairs=tuple(
                pair_view(data, people, match, drawn=drawn) for match in pairs[row.mentee_id]
            ),
            value=row.value,
            met=row.coverage / factor if factor else math.nan,
            uncovered=tuple(words.facet_labels(row.uncovered)),
            alternates=tuple(
                _alternate(people, other) for other in alternates.get(row.mentee_id, [])
            ),
        )
        for row in rows_of(data["portfolios"])
        if row.mentee_id in pairs
    ]


def coverage_weight(data: RunData) -> float:
    """Return g of the value formula: the `coverage` column divided by it is a share of needs."""
    return float(data.config.get("portfolio", {}).get("coverage", 0.5))


def pair_view(data: RunData, people: ShownNames, match: Any, *, drawn: bool = True) -> PairView:
    """Return one row of ``matches.csv`` in words, with its waterfall."""
    part = data.pairs.get((match.mentee_id, match.mentor_id)) if drawn else None
    return PairView(
        key=match.mentor_id,
        id=printable(match.mentor_id),
        name=people.name(match.mentor_id),
        organisation=people.organisation(match.mentor_id),
        approach=words.approach(match.approach),
        role=printable(match.role),
        covers=tuple(words.facet_labels(match.covers)),
        score=match.score,
        marks=tuple(_marks(match)),
        waterfall=None if part is None else waterfall_of(part),
    )


def waterfall_of(contributions: pd.DataFrame) -> Waterfall:
    """Return the waterfall of one pair from its rows of ``contributions.csv``."""
    rows = rows_of(contributions)
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


def _marks(match: Any) -> list[str]:
    marks = {
        "both ways": match.reciprocal,
        "locked": match.locked,
        "kept from last run": match.previous,
        "fragile: look twice": match.robust is False,
    }
    return [mark for mark, holds in marks.items() if holds]


def _alternate(people: ShownNames, row: Any) -> AlternateView:
    return AlternateView(
        row.mentor_id,
        printable(row.mentor_id),
        people.name(row.mentor_id),
        words.number(row.score),
        words.number(row.cost_to_cohort, 4),
    )


def _grouped(frame: pd.DataFrame) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for row in rows_of(frame):
        groups.setdefault(str(row.mentee_id), []).append(row)
    return groups
