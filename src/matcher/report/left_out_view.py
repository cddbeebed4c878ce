"""Who has no match, why, and what would help."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matcher.report import plain_words as words
from matcher.report.charts import Chart, axis_limit, bars
from matcher.report.run_data import rows_of
from matcher.text import count_of, printable

if TYPE_CHECKING:
    import pandas as pd

    from matcher.report.run_data import RunData
    from matcher.report.shown_names import ShownNames

_SERVES = "serves_as_mentor"
"""Reason of people in one role only who are matched, as mentors: nobody left them out."""

_HELP = {
    ("mentee", "no_place"): "One more place with any of these mentors, or one more "
    "mentor: see 'Whom to recruit next'.",
    ("mentee", "no_eligible_mentor"): "Ask whether another approach, mode or time would do, or "
    "recruit a mentor who fits. 'matcher explain' names for each mentor what stands against it.",
    ("mentee", "no_gain"): "Raise the limit that stands against it, or assign a mentor by hand.",
    ("mentor", "no_capacity"): "Ask for a place to give.",
    ("mentor", "no_eligible_mentee"): "Ask whether another approach, mode or time would do.",
    ("mentor", "not_needed"): "Nothing is wrong. Keep this mentor in mind for those who join "
    "later, or raise [portfolio] limit.",
    ("", "held"): "Release the person when they may be matched again.",
    ("", "not_ready"): "Prepare with the person, then note them as ready.",
    ("", "not_available"): "Ask whether the dates have changed.",
    ("", "asks_for_none"): "Nothing, if that is still what the person wants.",
}
"""What helps, by role and reason; the empty role is either."""


@dataclass(frozen=True)
class LeftOut:
    """Somebody without a match, why, and what would help."""

    key: str
    id: str
    name: str
    role: str
    reason: str
    detail: str
    remedy: str


def left_out(data: RunData, people: ShownNames) -> list[LeftOut]:
    """Return everybody without a match, mentees first in waiting-list order."""
    place = {str(p): k for k, p in enumerate(data["waiting_list"]["person_id"])}
    rows = sorted(
        rows_of(_unmatched(data)),
        key=lambda r: (r.role == "mentor", place.get(str(r.person_id), len(place)), r.person_id),
    )
    return [
        LeftOut(
            r.person_id,
            printable(r.person_id),
            people.name(r.person_id),
            printable(r.role),
            words.sentence(r.reason),
            printable(r.detail),
            _HELP.get((r.role, r.reason)) or _HELP.get(("", r.reason), ""),
        )
        for r in rows
    ]


def reason_chart(data: RunData) -> Chart | None:
    """Return why people have no match, by reason and role."""
    frame = _unmatched(data)
    if not len(frame):
        return None
    counts = Counter((str(r.role), str(r.reason)) for r in rows_of(frame))
    ordered = sorted(counts.items(), key=lambda item: (item[0][0], -item[1], item[0][1]))
    values = [n for _, n in ordered]
    mentees = sum(n for (role, _), n in ordered if role != "mentor")
    mentors = sum(values) - mentees
    title = f"{count_of(mentees, 'mentee')} and {count_of(mentors, 'mentor')} have no match"
    rows = tuple((words.sentence(role), words.sentence(why), str(n)) for (role, why), n in ordered)
    limit = axis_limit(values)
    return Chart(
        "reasons",
        title,
        ("Role", "Reason", "People"),
        rows,
        bars(title, values, limit),
        ("0", words.whole(limit)),
        texts=2,
    )


def _unmatched(data: RunData) -> pd.DataFrame:
    frame = data["unmatched"]
    return frame[frame["reason"] != _SERVES]
