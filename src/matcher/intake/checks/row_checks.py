"""Checks across cells and rows: of people, their ids and addresses, and of dates."""

from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np
import pandas as pd

from matcher.cohort.ids import id_key, plain_address
from matcher.cohort.tables import Kind, table_spec
from matcher.config import Config
from matcher.errors import Finding
from matcher.intake.findings import at_rows
from matcher.text import did_you_mean, fold_column, nearest, shown_id
from matcher.vocabulary import Status


def check_people(frame: pd.DataFrame, table: str, config: Config) -> list[Finding]:
    """Return everything that is wrong with people, row by row."""
    return [
        *_check_limits(frame, table, config),
        *_check_pools(frame, table, config),
        *_check_addresses(frame, table),
    ]


def _check_limits(frame: pd.DataFrame, table: str, config: Config) -> list[Finding]:
    """Report fewest above most: mentors of a mentee (error), mentees of a mentor (warning)."""
    findings: list[Finding] = []
    if "min_mentors" in frame:
        limit, largest = config.portfolio.limit, config.portfolio.max_size
        is_above = frame["min_mentors"] > frame["max_mentors"].fillna(limit)
        remedy = f"raise max_mentors (empty counts as {limit}) or lower min_mentors"
        finding = Finding("E_RANGE", "min_mentors is above max_mentors", remedy)
        findings += at_rows(frame, is_above, (table, "min_mentors"), finding)
        greedy = int((frame["max_mentors"] > largest).sum())
        if greedy:
            message = f"people who want more mentors than portfolio.max_size allows: {greedy}"
            remedy = f"they get at most {largest}; raise [portfolio] max_size if wanted"
            finding = Finding("W_MAX_MENTORS", message, remedy)
            findings.append(finding.at(table, column="max_mentors"))
    if "min_mentees" in frame and config.capacity.unit == "places":
        is_above = frame["min_mentees"] > frame["capacity"].fillna(config.capacity.default)
        message = "min_mentees is above capacity and cannot be reached"
        finding = Finding("W_MIN_MENTEES", message, "raise capacity or lower min_mentees")
        findings += at_rows(frame, is_above, (table, "min_mentees"), finding)
    return findings


def _check_pools(frame: pd.DataFrame, table: str, config: Config) -> list[Finding]:
    """Report pools that the config does not name: their places would be unlimited."""
    if "pool" not in frame or frame["pool"].isna().all():
        return []
    pools = config.capacity.pools
    if not pools:
        message = "pools are named, but [capacity.pools] gives none of them places"
        remedy = 'add [capacity.pools] with for instance "Physics" = 12'
        return [Finding("W_POOL_UNLIMITED", message, remedy).at(table, column="pool")]
    findings: list[Finding] = []
    for name in sorted(set(frame["pool"].dropna()) - set(pools)):
        hint = did_you_mean(nearest(name, pools))
        remedy = f"{hint}valid: {', '.join(pools)}"
        finding = Finding("E_ENUM", "the pool is not one of [capacity.pools]", remedy)
        findings += at_rows(frame, (frame["pool"] == name).fillna(False), (table, "pool"), finding)
    return findings


def _check_addresses(frame: pd.DataFrame, table: str) -> list[Finding]:
    """Warn of e-mail addresses that are none, and of one address under two ids."""
    place = (table, "email")
    wrong = [isinstance(text, str) and plain_address(text) is None for text in frame["email"]]
    remedy = "correct it; letters to this person will not arrive"
    finding = Finding("W_EMAIL", "the e-mail address looks wrong", remedy)
    findings = at_rows(frame, wrong, place, finding)
    same = frame.assign(email=fold_column(frame["email"])).dropna(subset=["email", "person_id"])
    same = same.drop_duplicates(["email", "person_id"])
    shared = np.isin(frame.index, same.index[same.duplicated("email", keep=False)])
    remedy = "if both are one person, keep one row"
    finding = Finding("W_DUP_EMAIL", "another id has the same e-mail address", remedy)
    return findings + at_rows(frame, shared, place, finding)


def check_id_twins(people: Mapping[str, pd.DataFrame]) -> list[Finding]:
    """Report ids that differ but look alike: case, spaces, or Unicode form.

    Parameters
    ----------
    people
        By table: frame with `person_id` and `source_row`.
    """
    columns = ["person_id", "source_row"]
    parts = [frame[columns].assign(table=name) for name, frame in people.items()]
    everyone = pd.concat(parts, ignore_index=True).dropna(subset=["person_id"])
    distinct = everyone.drop_duplicates("person_id").sort_values("person_id")
    keys = distinct["person_id"].map(id_key)
    twins = distinct[keys.duplicated(keep=False)]
    remedy = "write one person's id the same way everywhere, or give two people two ids"
    findings = []
    for _, group in twins.groupby(keys, sort=True):
        (first, row, table), *others = group[[*columns, "table"]].to_numpy().tolist()
        for twin, own_row, own in others:
            message = f"ids {shown_id(twin)} and {shown_id(first)} ({table} row {row}) look alike"
            finding = Finding("E_ID_COLLISION", message, remedy)
            findings.append(finding.at(own, own_row, "person_id"))
    return findings


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
    for table, column, dates in _past_dates(tables):
        rows, is_late = tables[table].loc[dates.index], dates > pd.Timestamp(latest)
        findings += at_rows(rows, is_late, (table, column), finding)
    return findings + _check_order(tables)


def _check_order(tables: dict[str, pd.DataFrame]) -> list[Finding]:
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


def _past_dates(tables: dict[str, pd.DataFrame]) -> Iterator[tuple[str, str, pd.Series]]:
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
    for _, _, dates in _past_dates(tables):
        happened = dates[dates <= pd.Timestamp(today)]
        if len(happened):
            newest = max(newest, happened.max().date())
    return newest
