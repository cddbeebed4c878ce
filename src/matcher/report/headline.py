"""The result in sentences that can be quoted, and the figures beside them."""

import math
from dataclasses import dataclass

from matcher.report import plain_words as words
from matcher.report.run_data import RunData
from matcher.text import count_of, plural, printable

_NO_OTHER = "It is proved that no other matching that keeps the rules and reaches as many people is"


@dataclass(frozen=True)
class Figure:
    """A number and what it counts."""

    value: str
    label: str


def sentences(data: RunData) -> list[str]:
    """Return what was reached, how good it is and what is proved, a sentence each."""
    return [text for text in (_reached(data), _good(data), _proved(data)) if text]


def figures(data: RunData) -> list[Figure]:
    """Return the key figures of the run."""
    summary = data.summary
    n, matched = n_mentees(data), int(summary.get("n_matched_mentees", 0))
    places, used = data["mentors"]["capacity"].sum(), data["mentors"]["used"].sum()
    return [
        Figure(f"{matched} of {n}", "mentees have a mentor"),
        Figure(str(_several(data)), "of them have two or more"),
        Figure(str(summary.get("n_matches", len(data["matches"]))), "matches"),
        _met_figure(data),
        Figure(f"{words.count(used)} of {words.count(places)}", "places taken"),
    ]


def _met_figure(data: RunData) -> Figure:
    before, after = _cover(data)
    if not math.isfinite(after):
        return Figure(words.share(mean_met(data)), "of needs met by the mentors")
    return Figure(words.share(after), f"of needs met ({words.share(before)} before)")


def n_mentees(data: RunData) -> int:
    """Return the mentees of the match: who took either role and serves as a mentor is none."""
    summary = data.summary
    return int(summary.get("n_mentees", 0)) - int(summary.get("n_serve_as_mentor", 0))


def mean_met(data: RunData) -> float:
    """Return the mean share of stated needs that portfolios meet, over mentees with a mentor."""
    factor, frame = data.coverage_weight, data["portfolios"]
    matched = frame.loc[frame["n_mentors"] > 0, "coverage"]
    return float(matched.mean() / factor) if factor and len(matched) else math.nan


def _several(data: RunData) -> int:
    return int((data["portfolios"]["n_mentors"] >= 2).sum())


def _reached(data: RunData) -> str:
    n = n_mentees(data)
    matched = int(data.summary.get("n_matched_mentees", 0))
    both = int(data.summary.get("n_reciprocal_pairs", 0))
    share = f" ({words.share(matched / n)})" if n else ""
    have = plural(matched, "has", "have")
    text = f"{matched} of {count_of(n, 'mentee')}{share} {have} at least one mentor"
    several = _several(data)
    text += f", and {count_of(several, 'has', 'have')} two or more" if several else ""
    return text + (f"; {count_of(both, 'pair')} of people mentor each other." if both else ".")


def _good(data: RunData) -> str:
    before, after = _cover(data)
    if math.isfinite(after):
        held = f", against {words.share(before)} before the match" if before > 0 else ""
        return f"{words.share(after)} of what mentees need is met{held}."
    met = mean_met(data)
    if not math.isfinite(met):
        return ""
    return (
        f"On average the mentors of a portfolio meet {words.share(met)} of what the mentee needs."
    )


def _cover(data: RunData) -> tuple[float, float]:
    """Return the share of needs that is met before and after the match, nan where unknown."""
    found = [data.metrics.get(f"coverage_{when}") for when in ("before", "after")]
    before, after = (float(x) if isinstance(x, int | float) else math.nan for x in found)
    return before, after


def _proved(data: RunData) -> str:
    gap = data.summary.get("gap")
    if not isinstance(gap, int | float) or not math.isfinite(gap):
        return "How close this is to the best possible has not been proved."
    source = str(data.summary.get("bound_source") or "")
    if "claim" in source:
        return _claimed(data, float(gap))
    if gap <= 1e-12:
        return f"{_NO_OTHER} worth more."
    return _within(float(gap))


def _within(gap: float) -> str:
    return f"{_NO_OTHER} worth over {words.proven(gap)} more than this one."


def _claimed(data: RunData, gap: float) -> str:
    """Return what the solver claims beside what anybody can prove again."""
    more = "more" if gap <= 1e-12 else f"over {words.proven(gap)} more than this one"
    claim = f"The solver claims that no other matching is worth {more}"
    proved = _reproved_gap(data)
    if not math.isfinite(proved):
        return f"{claim}; this was not re-proved."
    return f"{_within(proved)} {claim}."


def _reproved_gap(data: RunData) -> float:
    """Return the gap of the bound that the certificate proves; nan with fairness, in units of U."""
    bound, worth = data.summary.get("dual_bound"), data.summary.get("objective")
    if not isinstance(bound, int | float) or not isinstance(worth, int | float):
        return math.nan
    if data.config.get("objective", {}).get("fairness", 0.0) != 0:
        return math.nan
    scale = max(abs(bound), abs(worth))
    return max(0.0, (bound - worth) / scale) if scale else 0.0


def method_rows(data: RunData) -> list[tuple[str, str]]:
    """Return what somebody needs to check the claim."""
    facts = ((label, data.summary.get(key)) for key, label in words.WORDS["method"].items())
    rows = [
        (label, words.number(fact, 6) if isinstance(fact, float) else printable(fact))
        for label, fact in facts
    ]
    return [(label, text) for label, text in rows if text]
