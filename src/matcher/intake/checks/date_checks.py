"""Dates: the day from which ages are measured, what cannot have happened yet, what ends early."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pandas as pd

from matcher.cohort.columns import Kind
from matcher.cohort.tables import table_spec
from matcher.errors import Finding
from matcher.intake.findings import at_rows
from matcher.vocabulary import Status

NO_DATES = date(1970, 1, 1)
"""`as_of` of a cohort without a single past event: nothing is measured from it."""

_ENDED = (
    Status.COMPLETED,
    Status.WITHDREW_MENTEE,
    Status.WITHDREW_MENTOR,
    Status.MISMATCH,
    Status.NO_SHOW,
    Status.DECLINED,
)
_BEGUN = (*_ENDED, Status.ACTIVE, Status.PAUSED)


def check_dates(tables: dict[str, pd.DataFrame], latest: date) -> list[Finding]:
    """Report past events after `latest` and pairs of dates in the wrong order."""
    findings: list[Finding] = []
    remedy = f"correct it: it must not be after {latest.isoformat()}"
    finding = Finding("E_DATE_FUTURE", "the date of a past event lies in the future", remedy)
    for table, column, dates in past_dates(tables):
        rows, is_late = tables[table].loc[dates.index], dates > pd.Timestamp(latest)
        findings += at_rows(rows, is_late, (table, column), finding)
    return findings + check_order(tables)


def check_order(tables: dict[str, pd.DataFrame]) -> list[Finding]:
    """Report ends before starts."""
    findings: list[Finding] = []
    for table, frame in tables.items():
        for column in table_spec(table).columns:
            for first in column.not_before:
                message = f"{column.name} lies before {first}"
                finding = Finding("E_DATE_ORDER", message, "correct one of the two dates")
                is_before = frame[column.name] < frame[first]
                findings += at_rows(frame, is_before, (table, column.name), finding)
    return findings


def past_dates(tables: dict[str, pd.DataFrame]) -> Iterator[tuple[str, str, pd.Series]]:
    """Yield table, column and dates of all past events."""
    for table, frame in tables.items():
        for column in table_spec(table).columns:
            if column.kind is Kind.DATE and column.past:
                yield table, column.name, frame[column.name].dropna()
    if "engagements" in tables:
        frame = tables["engagements"]
        for name, states in (("start", _BEGUN), ("end", _ENDED)):
            has_happened = frame["status"].isin([status.value for status in states])
            yield "engagements", name, frame.loc[has_happened, name].dropna()


def newest_past_date(tables: dict[str, pd.DataFrame], today: date) -> date:
    """Return the newest past event that is not after `today`; `NO_DATES` where there is none."""
    newest = NO_DATES
    for _, _, dates in past_dates(tables):
        happened = dates[dates <= pd.Timestamp(today)]
        if len(happened):
            newest = max(newest, happened.max().date())
    return newest
