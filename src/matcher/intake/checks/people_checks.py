"""Checks of the tables of people, across cells and rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from matcher.cohort.ids import id_key, plain_address
from matcher.errors import Finding
from matcher.intake.checks.findings import at_rows
from matcher.text import fold_column, nearest, shown_id

if TYPE_CHECKING:
    from matcher.config import Config


def check_people(frame: pd.DataFrame, table: str, config: Config) -> list[Finding]:
    """Return everything that is wrong with people, row by row."""
    return [
        *check_limits(frame, table, config),
        *check_pools(frame, table, config),
        *check_addresses(frame, table),
    ]


def check_limits(frame: pd.DataFrame, table: str, config: Config) -> list[Finding]:
    """Report fewest above most: mentors of a mentee (error), mentees of a mentor (warning)."""
    findings: list[Finding] = []
    if "min_mentors" in frame:
        most = frame["max_mentors"].fillna(config.portfolio.limit)
        findings += at_rows(
            frame,
            frame["min_mentors"] > most,
            (table, "min_mentors"),
            "E_RANGE",
            "min_mentors is above max_mentors",
            f"raise max_mentors (empty counts as {config.portfolio.limit}) or lower min_mentors",
        )
        findings += _check_size(frame, table, config)
    if "min_mentees" in frame and config.capacity.unit == "places":
        places = frame["capacity"].fillna(config.capacity.default)
        findings += at_rows(
            frame,
            frame["min_mentees"] > places,
            (table, "min_mentees"),
            "W_MIN_MENTEES",
            "min_mentees is above capacity and cannot be reached",
            "raise capacity or lower min_mentees",
        )
    return findings


def _check_size(frame: pd.DataFrame, table: str, config: Config) -> list[Finding]:
    count = int((frame["max_mentors"] > config.portfolio.max_size).sum())
    if not count:
        return []
    message = f"people who want more mentors than portfolio.max_size allows: {count}"
    remedy = f"they get at most {config.portfolio.max_size}; raise [portfolio] max_size if wanted"
    return [Finding("W_MAX_MENTORS", message, remedy, table, None, "max_mentors")]


def check_pools(frame: pd.DataFrame, table: str, config: Config) -> list[Finding]:
    """Report pools that the config does not name: their places would be unlimited."""
    if "pool" not in frame:
        return []
    named = frame["pool"].dropna()
    if named.empty:
        return []
    if not config.capacity.pools:
        message = "pools are named, but [capacity.pools] gives none of them places"
        remedy = 'add [capacity.pools] with for instance "Physics" = 12'
        return [Finding("W_POOL_UNLIMITED", message, remedy, table, None, "pool")]
    findings: list[Finding] = []
    valid = ", ".join(config.capacity.pools)
    for name in sorted(set(named) - set(config.capacity.pools)):
        near = nearest(name, config.capacity.pools)
        hint = f"did you mean {near}? " if near else ""
        findings += at_rows(
            frame,
            (frame["pool"] == name).fillna(False),
            (table, "pool"),
            "E_ENUM",
            "the pool is not one of [capacity.pools]",
            f"{hint}valid: {valid}",
        )
    return findings


def check_addresses(frame: pd.DataFrame, table: str) -> list[Finding]:
    """Warn of e-mail addresses that are none, and of one address under two ids."""
    given = frame["email"].notna().to_numpy()
    wrong = given.copy()
    wrong[given] = [plain_address(text) is None for text in frame.loc[given, "email"].tolist()]
    findings = at_rows(
        frame,
        wrong,
        (table, "email"),
        "W_EMAIL",
        "the e-mail address looks wrong",
        "correct it; letters to this person will not arrive",
    )
    folded = fold_column(frame["email"])
    same = frame.assign(email=folded).dropna(subset=["email", "person_id"])
    same = same.drop_duplicates(["email", "person_id"])
    shared = np.isin(frame.index, same.index[same.duplicated("email", keep=False)])
    return findings + at_rows(
        frame,
        shared,
        (table, "email"),
        "W_DUP_EMAIL",
        "another id has the same e-mail address",
        "if both are one person, keep one row",
    )


def check_id_twins(ids: dict[str, pd.DataFrame]) -> list[Finding]:
    """Report ids that differ but look alike: case, spaces, or Unicode form.

    Parameters
    ----------
    ids
        By people table: frame with `person_id` and `source_row`.
    """
    parts = [frame[["person_id", "source_row"]].assign(table=name) for name, frame in ids.items()]
    everyone = pd.concat(parts, ignore_index=True).dropna(subset=["person_id"])
    distinct = everyone.drop_duplicates("person_id").sort_values("person_id")
    keys = distinct["person_id"].map(id_key)
    twins = keys[keys.duplicated(keep=False)]
    findings = []
    for _, group in distinct.loc[twins.index].groupby(keys, sort=True):
        people = list(zip(group["person_id"], group["table"], group["source_row"], strict=True))
        findings += [_twin(person, people[0]) for person in people[1:]]
    return findings


def _twin(person: tuple[str, str, int], first: tuple[str, str, int]) -> Finding:
    shown = f"{shown_id(person[0])} and {shown_id(first[0])} ({first[1]} row {first[2]})"
    message = f"ids {shown} look alike"
    remedy = "write one person's id the same way everywhere, or give two people two ids"
    return Finding("E_ID_COLLISION", message, remedy, person[1], int(person[2]), "person_id")
