"""The charts of the report, made from a run's tables: each a table whose last column is drawn."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pandas as pd

from matcher.report import plain_words as words
from matcher.report.charts import Chart, axis_limit, bar_chart, bars, histogram, intervals
from matcher.report.run_data import RunData, ShownNames, named_rows
from matcher.report.views import fully_locked, unmatched
from matcher.text import count_of, listed, printable
from matcher.vocabulary import FACET_GROUPS, TOLD_FACETS

BEFORE_AND_AFTER = (
    ("a", "met by the match and held before"),
    ("m", "held before, from the network audit"),
)


def coverage_chart(data: RunData) -> Chart | None:
    """Return need met by facet, before and after the match; None where nothing tells."""
    rows = _facet_rows(data)
    if not rows:
        return None
    best, worst = max(rows, key=lambda row: row[2]), min(rows, key=lambda row: row[2])
    title = (
        f"Best met: {words.facet_named(best[0])} ({words.share(best[2])}); "
        f"least met: {words.facet_named(worst[0])} ({words.share(worst[2])})"
    )
    after = [row[2] for row in rows]
    cells = [(words.facet_named(name), words.share(b), words.share(a)) for name, b, a in rows]
    both = any(math.isfinite(before) and before > 0 for _, before, _ in rows)
    return Chart(
        key="coverage",
        title=title,
        headings=("Mentees ask for", "Before", "After") if both else ("Mentees ask for", "Met"),
        rows=tuple(cells if both else ((name, met) for name, _, met in cells)),
        plot=bars(title, after, 1.0, marks=[row[1] for row in rows] if both else ()),
        axis=("0%", "100%"),
        legend=BEFORE_AND_AFTER if both else (("a", "share of the need that is met"),),
    )


def _facet_rows(data: RunData) -> list[tuple[str, float, float]]:
    """Return (facet, before, after) from the metrics, else group means of the portfolios."""
    found = data.metrics.get("coverage_by_facet")
    if isinstance(found, dict):
        shares = {name: cell for name, cell in found.items() if isinstance(cell, dict)}
        names = [*(f for f in TOLD_FACETS if f in shares), *sorted(set(shares) - set(TOLD_FACETS))]
        rows = [(n, _float(shares[n].get("before")), _float(shares[n].get("after"))) for n in names]
    else:
        frame = data.counted["portfolios"]
        groups = [g for g in FACET_GROUPS if g in frame.columns]
        rows = [(g, math.nan, float(frame[g].mean())) for g in groups]
    return [row for row in rows if math.isfinite(row[2])]


def _float(value: object) -> float:
    return float(value) if isinstance(value, int | float) else math.nan


def met_chart(data: RunData) -> Chart | None:
    """Return how many mentees have how much of their need met."""
    met = data.counted["portfolios"]["needs_met"].dropna()
    if not len(met):
        return None
    counts = histogram(met.tolist(), 10, 0.0, 1.0)
    title = (
        f"{sum(counts[5:])} of {count_of(len(met), 'mentee')} whose needs are known have at least "
        "half of them met"
    )
    names = [f"{10 * k} to {10 * (k + 1)}%" for k in range(10)]
    _, unknown = data.needs_known
    if unknown:
        names, counts = [*names, "not known"], [*counts, unknown]
    return _counts_chart("met", title, ("Need met", "Mentees"), names, counts)


def load_chart(data: RunData) -> Chart | None:
    """Return how many mentors carry how many matches."""
    frame = data.counted["mentors"]
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
        counts, names = [used[load] for load in loads], [words.count(load) for load in loads]
    return _counts_chart("load", title, ("Places taken", "Mentors"), names, counts)


def _counts_chart(
    key: str, title: str, headings: tuple[str, str], names: Sequence[str], counts: Sequence[int]
) -> Chart:
    rows = zip(names, map(str, counts), strict=True)
    return bar_chart(key, title, headings, rows, counts, shown=words.count)


def reason_chart(data: RunData) -> Chart | None:
    """Return why people have no match, by reason and role."""
    frame = unmatched(data)
    if not len(frame):
        return None
    counts = Counter(zip(frame["role"], frame["reason"], strict=True))
    ordered = sorted(counts.items(), key=lambda item: (item[0][0], -item[1], item[0][1]))
    mentors = int((frame["role"] == "mentor").sum())
    mentees = len(frame) - mentors
    return bar_chart(
        "reasons",
        f"{count_of(mentees, 'mentee')} and {count_of(mentors, 'mentor')} have no match",
        ("Role", "Reason", "People"),
        ((words.sentence(role), words.sentence(why), str(n)) for (role, why), n in ordered),
        [n for _, n in ordered],
        shown=words.count,
        texts=2,
    )


def price_chart(data: RunData, people: ShownNames) -> Chart | None:
    """Return the mentors whose next place would add most."""
    frame = data.counted["mentors"]
    frame = frame[~frame["mentor_id"].isin(fully_locked(data))]
    top = frame[frame["price"] > 0].sort_values(
        ["price", "mentor_id"], ascending=[False, True], kind="stable"
    )
    if not len(top):
        return None
    shown = top.head(12)
    return bar_chart(
        "price",
        f"One more place would help most with {people.name(shown['mentor_id'].iloc[0])}",
        ("Mentor", "Places taken", "Price of a place"),
        (
            (
                people.name(row.mentor_id),
                f"{words.count(row.used)} of {words.count(row.capacity)}",
                words.number(row.price, 2),
            )
            for row in named_rows(shown)
        ),
        shown["price"].tolist(),
        shown=lambda value: words.number(value, 2),
        note="A price is the most that one more place with this mentor could add to the worth of "
        f"the whole match. {count_of(len(top), 'mentor')} have a price above zero.",
    )


def sensitivity_chart(data: RunData) -> Chart | None:
    """Return the share of pairs that change with each weight, per factor."""
    frame = data["sensitivity"].dropna(subset=["share_pairs_changed"])
    if not len(frame):
        return None
    frame = frame.sort_values(["feature", "factor"], kind="stable")
    top = max(named_rows(frame), key=lambda row: row.share_pairs_changed)
    return bar_chart(
        "sensitivity",
        f"Most sensitive: {words.feature(top.feature).lower()} times {words.number(top.factor)} "
        f"changes {words.share(top.share_pairs_changed)} of the pairs",
        ("Weight", "Times", "Change of total", "Change of least value", "Pairs changed"),
        (
            (
                words.feature(row.feature),
                words.number(row.factor),
                words.number(row.d_objective, 4),
                words.number(row.d_min_value, 4),
                words.share(row.share_pairs_changed, 1),
            )
            for row in named_rows(frame)
        ),
        frame["share_pairs_changed"].tolist(),
        shown=words.share,
        most=1.0,
        zero="0%",
        note=_fragile(data),
    )


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


def fairness_charts(data: RunData) -> list[Chart]:
    """Return one chart for each attribute and metric of which groups differ beyond chance."""
    return [_fairness(*part) for part in fairness_parts(data) if differs(part[2])]


def fairness_parts(data: RunData) -> list[tuple[str, str, pd.DataFrame]]:
    """Return attribute, metric and figures of each comparison; none where no groups are known.

    The frame is that of :func:`matcher.evaluate.groups.group_gaps`, which hides cells under the
    smallest size and those that would give them away: these have no figures here.
    """
    frame = data["groups"]
    if not len(frame):
        frame = pd.DataFrame(data.metrics.get("groups") or [], columns=list(frame.columns))
    keys = ["attribute", "metric"]
    return [(str(a), str(m), part) for (a, m), part in frame.groupby(keys, sort=False)]


def differs(part: pd.DataFrame) -> bool:
    """Return whether the groups of one attribute and metric differ beyond chance."""
    return bool((part[part["statistic"] == "difference"]["low"].fillna(0.0) > 0).any())


def fairness_alike(data: RunData) -> str:
    """Return in a line what was compared and does not differ beyond chance; else nothing."""
    alike: dict[str, list[str]] = {}
    for attribute, metric, part in fairness_parts(data):
        if not differs(part):
            alike.setdefault(metric, []).append(words.sentence(attribute).lower())
    told = "; ".join(f"{_metric(m)} by {listed(names)}" for m, names in alike.items())
    return f"No difference beyond chance, or too few people to tell: {told}." if told else ""


def _metric(metric: str) -> str:
    return str(words.PLAIN_WORDS["metrics"].get(metric, words.sentence(metric).lower()))


def _fairness(attribute: str, metric: str, part: pd.DataFrame) -> Chart:
    groups = [row for row in named_rows(part) if row.statistic in {"overall", "by_group"}]
    gaps = {row.statistic: row for row in named_rows(part) if row not in groups}
    title = f"{words.sentence(attribute)}, {_metric(metric)}: {_finding(gaps)}"
    limit = axis_limit([x for row in groups for x in (row.value, row.high)])
    return Chart(
        key=f"group-{words.slug(f'{attribute}-{metric}')}",
        title=title,
        headings=("Group", "People", "Mean"),
        rows=tuple(
            (printable(row.group) or "Everybody", printable(row.n), words.number(row.value, 3))
            for row in groups
        ),
        plot=intervals(title, [(row.value, row.low, row.high) for row in groups], 0.0, limit),
        axis=("0", words.number(limit)),
        legend=(("m", "mean"), ("i", "95% interval")),
        note=_gaps_note(gaps),
    )


def _finding(gaps: dict[str, Any]) -> str:
    gap = gaps.get("difference")
    if gap is None or not math.isfinite(gap.value):
        return "too few groups can be shown to compare"
    if not math.isfinite(gap.low) or gap.low <= 0:
        return "no difference beyond chance"
    return f"groups differ by {words.number(gap.value, 3)}, beyond chance"


def _gaps_note(gaps: dict[str, Any]) -> str:
    parts = []
    for name, label in (("difference", "Largest difference"), ("ratio", "Smallest ratio")):
        gap = gaps.get(name)
        if gap is not None and math.isfinite(gap.value):
            interval = f"{words.number(gap.low, 3)} to {words.number(gap.high, 3)}"
            parts.append(f"{label} between groups {words.number(gap.value, 3)} ({interval}).")
    return " ".join(parts)
