"""Who has waited since an earlier run: whom it left out, and who still has whom it gave them."""

from __future__ import annotations

from datetime import date

import pandas as pd
from tests.support import make_cohort

from matcher.problem.previous import Previous, with_waiting
from matcher.problem.stated_amounts import waiting_days

MADE = pd.DataFrame(
    [(f"p{k}", f"q{k}", "developmental", False) for k in range(4)],
    columns=["mentee_id", "mentor_id", "approach", "reciprocal"],
)


def test_who_has_nobody_any_more_waits_alike_however_that_came() -> None:
    """A mentor who declined, left, or is gone from the tables: none comes before others."""
    rows = [
        {"mentee_id": f"p{k}", "mentor_id": f"q{k}", "status": status}
        for k, status in enumerate(["accepted", "withdrew_mentor", "declined"])
    ]
    cohort = make_cohort(
        [{"person_id": f"p{k}"} for k in range(6)],
        [{"person_id": f"q{k}"} for k in range(3)],
        engagements=rows,
        as_of=date(2026, 3, 1),
    )
    since = with_waiting(cohort, Previous(MADE, waiting={"p4": date(2026, 1, 5)}))
    days = dict(zip(since.mentees["person_id"], since.mentees["waiting_since"], strict=True))
    assert [p for p, day in days.items() if not pd.isna(day)] == ["p0", "p4"]


def test_days_waited_are_of_the_day_of_runs_not_of_the_newest_day_in_the_tables() -> None:
    """Whom runs left out waits since they were made; where the tables are older none goes lost."""
    cohort = make_cohort(
        [{"person_id": f"p{k}"} for k in range(3)],
        [{"person_id": "q0"}],
        as_of=date(2025, 11, 6),
    )
    waiting = {"p0": date(2026, 11, 30), "p1": date(2026, 12, 10)}
    since = with_waiting(cohort, Previous(MADE[:0], waiting=waiting))
    days = since.mentees["waiting_since"].dt.date.tolist()
    assert days[:2] == [*waiting.values()]
    assert waiting_days(since).tolist() == [11, 1, 0]
