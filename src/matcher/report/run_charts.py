"""The charts and tables of the report, made from a run's tables."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matcher.report import plain_words as words
from matcher.report.charts import (
    Chart,
    axis_limit,
    bars,
    histogram,
)
from matcher.report.portfolio_views import coverage_weight
from matcher.report.run_data import rows_of
from matcher.text import count_of, printable
from matcher.vocabulary import FACET_GROUPS, FACETS, facet_label

if TYPE_CHECKING:
    from matcher.report.run_data import RunData
    from matcher.report.shown_names import ShownNames

WORST_OFF = 10
"""Mentees in the list of the worst off."""


@dataclass(frozen=True)
class MentorView:
    """One row of the mentor table."""

    id: str
    name: str
    organisation: str
    capacity: float
    used: float
    price: float


def coverage_chart(data: RunData) -> Chart | None:
    """Return need met by facet, before and after the match; None where nothing tells."""
    rows = _facet_rows(data)
    if not rows:
        return None
    before = any(math.isfinite(row[1]) and row[1] > 0 for row in rows)
    title = _coverage_title(rows)
    cells = [(facet_label(name), words.share(b), words.share(a)) for name, b, a in rows]
    return Chart(
        "coverage",
        title,
        ("Mentees ask for", "Before", "After") if before else ("Mentees ask for", "Met"),
        tuple(row if before else (row[0], row[2]) for row in cells),
        bars(title, [a for _, _, a in rows], 1.0, marks=[b for _, b, _ in rows] if before else ()),
        ("0%", "100%"),
        (("a", "met by the match and held before"), ("m", "held before, from the network audit"))
        if before
        else (("a", "share of the need that is met"),),
    )


def _coverage_title(rows: Sequence[tuple[str, float, float]]) -> str:
    known = [row for row in rows if math.isfinite(row[2])]
    best = max(known, key=lambda row: row[2])
    worst = min(known, key=lambda row: row[2])
    return (
        f"Best met: {facet_label(best[0])} ({words.share(best[2])}); "
        f"least met: {facet_label(worst[0])} ({words.share(worst[2])})"
    )


def _facet_rows(data: RunData) -> list[tuple[str, float, float]]:
    """Return (facet, before, after) from the metrics, else group means of the portfolios."""
    found = data.metrics.get("coverage_by_facet")
    if isinstance(found, dict):
        shares = {name: cell for name, cell in found.items() if isinstance(cell, dict)}
        names = [*(f for f in FACETS if f in shares), *sorted(set(shares) - set(FACETS))]
        rows = [(n, _float(shares[n].get("before")), _float(shares[n].get("after"))) for n in names]
    else:
        frame = data["portfolios"]
        groups = [g for g in FACET_GROUPS if g in frame.columns]
        rows = [(g, math.nan, float(frame[g].mean())) for g in groups]
    return [row for row in rows if math.isfinite(row[2])]


def _float(value: object) -> float:
    return float(value) if isinstance(value, int | float) else math.nan


def met_chart(data: RunData) -> Chart | None:
    """Return how many mentees have how much of their need met."""
    frame, factor = data["portfolios"], coverage_weight(data)
    matched = frame[frame["n_mentors"] > 0]
    if not len(matched) or not factor:
        return None
    counts = histogram((matched["coverage"] / factor).tolist(), 10, 0.0, 1.0)
    half = sum(counts[5:])
    title = f"{half} of {len(matched)} matched mentees have at least half of their need met"
    names = [f"{10 * k} to {10 * (k + 1)}%" for k in range(10)]
    return _counts_chart("met", title, "Need met by the mentors", "Mentees", names, counts)


def load_chart(data: RunData) -> Chart | None:
    """Return how many mentors carry how many matches."""
    frame = data["mentors"]
    if not len(frame):
        return None
    used = Counter(frame["used"].tolist())
    loads = sorted(used)
    idle = sum(n for load, n in used.items() if load == 0)
    full = int(((frame["used"] >= frame["capacity"]) & (frame["used"] > 0)).sum())
    title = f"{full} of {count_of(len(frame), 'mentor')} are full and {idle} have nobody yet"
    if len(loads) > 12:
        width = max(loads) / 10
        counts = histogram(frame["used"].tolist(), 10, 0.0, max(loads))
        names = [
            f"{words.number(k * width, 1)} to {words.number((k + 1) * width, 1)}" for k in range(10)
        ]
    else:
        counts, names = [used[load] for load in loads], [words.whole(load) for load in loads]
    return _counts_chart("load", title, "Places taken", "Mentors", names, counts)


def _counts_chart(
    key: str, title: str, what: str, whom: str, names: Sequence[str], counts: Sequence[int]
) -> Chart:
    limit = axis_limit(counts)
    rows = tuple(zip(names, map(str, counts), strict=True))
    return Chart(
        key, title, (what, whom), rows, bars(title, counts, limit), ("0", words.whole(limit))
    )


def price_chart(data: RunData, people: ShownNames) -> Chart | None:
    """Return the mentors whose next place would add most."""
    frame = data["mentors"]
    frame = frame[~frame["mentor_id"].isin(fully_locked(data))]
    top = frame[frame["price"] > 0].sort_values(
        ["price", "mentor_id"], ascending=[False, True], kind="stable"
    )
    if not len(top):
        return None
    shown = top.head(12)
    title = f"One more place would help most with {people.name(shown['mentor_id'].iloc[0])}"
    limit = axis_limit(shown["price"].tolist())
    rows = tuple(
        (
            people.name(row.mentor_id),
            f"{words.whole(row.used)} of {words.whole(row.capacity)}",
            words.number(row.price, 4),
        )
        for row in rows_of(shown)
    )
    note = (
        "A price is the most that one more place with this mentor could add to the worth of the "
        f"whole match. {count_of(len(top), 'mentor')} have a price above zero."
    )
    plot = bars(title, shown["price"].tolist(), limit)
    headings = ("Mentor", "Places taken", "Price of a place")
    return Chart("price", title, headings, rows, plot, ("0", words.number(limit, 3)), note=note)


def fully_locked(data: RunData) -> set[str]:
    """Return mentors whose every place is held by a locked pair.

    Nobody competes for such a place, so any price above a certain one proves the same bound, and
    the published one says nothing about what a further place is worth.
    """
    matches, mentors = data["matches"], data["mentors"]
    free = set(matches.loc[~matches["locked"], "mentor_id"])
    full = mentors.loc[(mentors["used"] > 0) & (mentors["used"] >= mentors["capacity"])]
    return set(full["mentor_id"]) - free


def mentor_views(data: RunData, people: ShownNames) -> list[MentorView]:
    """Return the mentor table in the order of ``mentors.csv``; see `fully_locked` on prices."""
    locked = fully_locked(data)
    return [
        MentorView(
            printable(r.mentor_id),
            people.name(r.mentor_id),
            people.organisation(r.mentor_id),
            r.capacity,
            r.used,
            math.nan if r.mentor_id in locked else r.price,
        )
        for r in rows_of(data["mentors"])
    ]


def sensitivity_chart(data: RunData) -> Chart | None:
    """Return the share of pairs that change with each weight, per factor."""
    frame = data["sensitivity"].dropna(subset=["share_pairs_changed"])
    if not len(frame):
        return None
    frame = frame.sort_values(["feature", "factor"], kind="stable")
    top = max(rows_of(frame), key=lambda r: r.share_pairs_changed)
    title = (
        f"Most sensitive: {words.feature(top.feature).lower()} times "
        f"{words.number(top.factor)} changes "
        f"{words.share(top.share_pairs_changed)} of the pairs"
    )
    rows = tuple(
        (
            words.feature(r.feature),
            words.number(r.factor),
            words.number(r.d_objective, 4),
            words.number(r.d_min_value, 4),
            words.share(r.share_pairs_changed, 1),
        )
        for r in rows_of(frame)
    )
    headings = ("Weight", "Times", "Change of total", "Change of least value", "Pairs changed")
    shares = frame["share_pairs_changed"].tolist()
    limit = min(1.0, axis_limit(shares))
    axis = ("0%", words.share(limit))
    plot = bars(title, shares, limit)
    return Chart("sensitivity", title, headings, rows, plot, axis, note=_fragile(data))


def _fragile(data: RunData) -> str:
    """Return how many matches a single change of a weight undoes; empty where nobody asked."""
    robust = data["matches"]["robust"]
    told = int(robust.notna().sum())
    if not told:
        return ""
    return (
        f"{int(robust.eq(False).sum())} of {count_of(told, 'match', 'matches')} would not be "
        "made if some single weight were a quarter lower or higher; they are marked 'fragile'."
    )


def method_rows(data: RunData) -> list[tuple[str, str]]:
    """Return what somebody needs to check the claim."""
    summary = data.summary
    shown = {
        "Method": "method",
        "Status": "status",
        "Worth of the whole match": "objective",
        "No match can be worth more than": "bound",
        "Where that comes from": "bound_source",
        "Bound that anybody can prove again": "dual_bound",
    }
    rows = [(label, _fact(summary.get(key))) for label, key in shown.items()]
    return [(label, text) for label, text in rows if text]


def _fact(value: object) -> str:
    if isinstance(value, float):
        return words.number(value, 6)
    return printable(value)
