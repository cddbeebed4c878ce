"""Who has waited since an earlier run: whom it left out, and who still has whom it gave them."""

from __future__ import annotations

from datetime import date

import pandas as pd
from tests.support import make_cohort

from matcher.problem.previous import Previous, with_waiting

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
