"""Why a pair was not made, in the words of the pages."""

import math
from collections.abc import Callable
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

import pandas as pd

from matcher.app.session import Explain, Why
from matcher.explain.opened_run import OpenedRun
from matcher.explain.why_not_pair import PairExplanation, explain_pair
from matcher.report import plain_words as words
from matcher.report.run_data import ShownNames
from matcher.report.views import Waterfall, waterfall_of
from matcher.text import count_of, listed, printable

_COLUMNS = ["feature", "answered", "value", "weight", "contribution"]


def explainer(cohort: str | None, key: Path | None = None) -> Explain:
    """Return the function that explains pairs of runs of `cohort`; the last run stays open."""

    @lru_cache(maxsize=1)
    def opened(run: Path) -> OpenedRun:
        return OpenedRun.open(run, cohort=cohort, key=key)

    def explain(run: Path, mentee: str, mentor: str, people: ShownNames, exact: bool) -> Why:
        return why(explain_pair(opened(run), mentee, mentor, exact=exact), people)

    return explain


def why(found: PairExplanation, people: ShownNames) -> Why:
    """Return an explanation in sentences, with the waterfall of the pair's score."""
    if not found.permitted:
        reasons = printable("; ".join(found.reasons)) or "not permitted"
        return Why((f"Not possible: {reasons}.",), None)
    return Why(tuple(_sentences(found, people.name)), _waterfall(found))


def _sentences(found: PairExplanation, name: Callable[[str], str]) -> list[str]:
    mentor = name(found.mentor_id)
    places = f"{words.count(found.used)} of {count_of(found.capacity, 'place')}"
    holders = listed(name(person) for person in found.holders)
    lines = [f"It would be {words.approach(found.approach)}."]
    lines.append(f"{mentor} has {places} taken" + (f", by {holders}." if holders else "."))
    if found.matched:
        lines.append("They are matched in this run.")
    elif found.conflict:
        lines.append(
            "This cannot be made: pairs that are required hold the places. Release one first."
        )
    elif found.exact is not None:
        moved = count_of(len(found.exact.moved), "mentee")
        cost = words.number(found.exact.cost, 4)
        lines.append(f"Making this pair costs the whole match {cost}; {moved} would move.")
        lines += [
            f"Tier {printable(name)} goes from {words.count(old)} to {words.count(new)}."
            for name, old, new in found.exact.tiers
        ]
    elif found.cost_at_least is not None:
        cost = words.number(found.cost_at_least, 4)
        lines.append(f"Making this pair costs the whole match at least {cost} (certified).")
    return lines


def _waterfall(found: PairExplanation) -> Waterfall | None:
    parts = sorted(found.contributions, key=lambda part: -part.weight)
    rows = [asdict(part) for part in parts]
    if not rows:
        return None
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    frame["value"] = [math.nan if value is None else float(value) for value in frame["value"]]
    left = 0.0 if found.score is None else found.score - float(frame["contribution"].sum())
    if abs(left) > 1e-9:  # what combining two directions, or a bonus, changes
        extra = [("reciprocal", False, math.nan, 0.0, left)]
        frame = pd.concat([frame, pd.DataFrame(extra, columns=_COLUMNS)], ignore_index=True)
    return waterfall_of(frame)
