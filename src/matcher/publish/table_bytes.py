"""Every table of a run folder as bytes that are the same for the same answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.cohort.cells import neutralise_frame
from matcher.config import dump_config
from matcher.explain.recruitment import recruitment_table
from matcher.publish.alternates import alternates_table
from matcher.publish.chase import chase_table, problems_table
from matcher.publish.fairness_table import groups_table
from matcher.publish.left_out import unmatched_table, waiting_list_table
from matcher.publish.pair_tables import (
    certificate_table,
    contributions_table,
    matches_table,
    mentors_table,
    portfolios_table,
)

if TYPE_CHECKING:
    import pandas as pd

    from matcher.publish.answer import Answer


def tables_of(answer: Answer) -> dict[str, pd.DataFrame]:
    """Return the tables of a run folder by file name; those about nothing are left out."""
    optional = {"groups.csv": groups_table(answer), "sensitivity.csv": answer.sensitivity[0]}
    return {
        **{name: table for name, table in optional.items() if len(table)},
        "matches.csv": matches_table(answer),
        "portfolios.csv": portfolios_table(answer),
        "contributions.csv": contributions_table(answer),
        "unmatched.csv": unmatched_table(answer),
        "waiting_list.csv": waiting_list_table(answer),
        "alternates.csv": alternates_table(answer),
        "mentors.csv": mentors_table(answer),
        "certificate.csv": certificate_table(answer),
        "recruitment.csv": recruitment_table(answer.instance, answer.solution),
        "introductions.csv": answer.instance.audit.introductions,
        "chase.csv": chase_table(answer.instance),
        "problems.csv": problems_table(answer.instance.cohort, answer.all_findings),
    }


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """Return a table as UTF-8 CSV: floats as `repr`, missing empty, active cells neutralised."""
    text = neutralise_frame(frame).to_csv(index=False, lineterminator="\n")
    return str(text).encode()


def config_bytes(answer: Answer) -> bytes:
    """Return the full effective config as TOML."""
    return dump_config(answer.instance.config).encode()
