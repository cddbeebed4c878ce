"""The folder that ``matcher audit`` writes: figures for the analyst, plans for the people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from matcher.plans.plan_files import write_pages
from matcher.plans.plan_page import plan_writer
from matcher.plans.possible_mentors import possible_mentors
from matcher.run_tables import csv_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from matcher.cohort.cohort import Cohort
    from matcher.config import Config
    from matcher.network import Audit

MATCH_COLUMNS = ("mentee_id", "mentor_id", "approach", "covers", "hours_per_month", "period")


def audit_tables(audit: Audit) -> dict[str, pd.DataFrame]:
    """Return the tables of an audit by name; contacts only as far as shared."""
    return {
        "audit": audit.metrics,
        "detectors": audit.detectors,
        "introductions": audit.introductions,
        "profiles": audit.profiles,
    }


def write_audit(
    folder: Path, cohort: Cohort, config: Config, audit: Audit, *, only: str | None = None
) -> None:
    """Write the tables of an audit and the plans into an existing folder.

    Parameters
    ----------
    folder
        Where ``audit.csv``, ``detectors.csv``, ``introductions.csv``, ``profiles.csv``,
        ``possible_mentors.csv`` and ``plans/`` go.
    cohort, config, audit
        What was audited.
    only
        One mentee's id; everybody if None.
    """
    writer = plan_writer(
        cohort=cohort,
        config=config,
        audit=audit,
        matches=pd.DataFrame(columns=list(MATCH_COLUMNS)),
        portfolios=pd.DataFrame(columns=["mentee_id", "uncovered"]),
    )
    write_pages(folder / "plans", writer, only=only)
    tables = {**audit_tables(audit), "possible_mentors": possible_mentors(writer, only)}
    for name, table in tables.items():
        key = "mentee_id" if "mentee_id" in table.columns else "person_id"
        kept = table if only is None else table[table[key] == only]
        (folder / f"{name}.csv").write_bytes(csv_bytes(name, kept))
