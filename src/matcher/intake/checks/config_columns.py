"""Whether the columns that the config's features and rules name are in the tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from matcher.cohort.tables import SIGNUPS, TABLES
from matcher.errors import Finding
from matcher.intake.declared import SIDES, extra_columns
from matcher.text import misspelt

if TYPE_CHECKING:
    from matcher.config import Config


def check_feature_columns(frames: dict[str, pd.DataFrame], config: Config) -> list[Finding]:
    """Report columns that the config uses and the people's tables lack: they would do nothing."""
    findings = []
    for table, name, user in sorted(set(_used(config))):
        place = SIGNUPS.name if SIGNUPS.name in frames else table
        held = {column.removeprefix(f"{table}.") for column in frames[place].columns}
        if name in held or TABLES[table].find(name) is not None:
            continue
        near = misspelt(name, held)
        hint = f"; {near} looks like it" if near else ""
        message = f"{user} in the config uses a column that the table lacks{hint}"
        remedy = "add the column, map it in [columns], or correct the config"
        findings.append(Finding("E_MISSING_COLUMN", message, remedy, place, None, name))
    return findings


def _used(config: Config) -> Iterator[tuple[str, str, str]]:
    """Yield table, column and what uses it, for columns that no table declares."""
    extra = extra_columns(config)
    for feature in config.features:
        if feature.weight > 0:
            own = (("mentees", feature.mentee), ("mentors", feature.mentor or feature.mentee))
            for table, names in own:
                yield from ((table, n, f"features.{feature.name}") for n in names if n in extra)
    for name in {*config.portfolio.alike, *config.portfolio.max_same} & extra:
        yield "mentors", name, "portfolio"
    for name in set(config.eligibility.different) & extra:
        yield "mentees", name, "eligibility.different"
        yield "mentors", name, "eligibility.different"


def with_extras(frame: pd.DataFrame, config: Config) -> pd.DataFrame:
    """Return people with every extra column that the config names, empty where not asked."""
    absent = [name for name in sorted(extra_columns(config)) if name not in frame]
    empty = {name: pd.array([None] * len(frame), dtype="str") for name in absent}
    kept = frame.loc[:, [not str(name).startswith(SIDES) for name in frame.columns]]
    return kept.assign(**empty)
