"""Writing a run folder: tables, documents for people, the checker's verdict, the manifest."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from matcher.checker import verify
from matcher.cohort.cohort import Cohort
from matcher.config import dump_config
from matcher.errors import VerificationError
from matcher.plans.plan_files import write_plans
from matcher.plans.plan_source import PlanSource
from matcher.publish.manifest import MANIFEST, json_bytes, new_manifest, with_verdict
from matcher.publish.matching import Matching
from matcher.report.page import build_report
from matcher.report.workbook import build_workbook
from matcher.run_tables import csv_bytes
from matcher.storage import write_bytes


def write_run(
    folder: Path,
    matching: Matching,
    shown: Cohort,
    options: Mapping[str, Any],
    key: bytes | None = None,
) -> None:
    """Fill a folder with everything of a run and have it checked.

    Parameters
    ----------
    folder
        An empty folder.
    matching
        What was found.
    shown
        The cohort whose names and texts documents may show.
    options
        How the run was asked for, for the manifest.
    key
        Key of the pseudonyms, where ids are pseudonyms.

    Raises
    ------
    VerificationError
        Where the independent checker finds a fault; the caller must not publish then.
    """
    tables = matching.tables()
    for name, frame in tables.items():
        write_bytes(folder / f"{name}.csv", csv_bytes(name, frame))
    write_bytes(folder / "config.toml", dump_config(matching.instance.config).encode())
    write_bytes(folder / "summary.json", json_bytes(matching.summary))
    write_documents(folder, matching, shown, tables)
    _check_and_seal(
        folder, new_manifest(folder, matching, tables["matches"], options), matching, key
    )


def write_documents(
    folder: Path, matching: Matching, shown: Cohort, tables: Mapping[str, pd.DataFrame]
) -> None:
    """Write what people read: the plans, the report and the workbook.

    Also whom the plans propose as mentors, if anybody: the report counts them.
    """
    source = PlanSource(
        shown,
        matching.instance.config,
        matching.instance.audit,
        tables["matches"],
        tables["portfolios"],
    )
    asked = write_plans(folder / "plans", source)
    if len(asked):
        write_bytes(folder / "possible_mentors.csv", csv_bytes("possible_mentors", asked))
    write_bytes(folder / "report.html", build_report(folder, cohort=shown))
    write_bytes(folder / "matches.xlsx", build_workbook(folder, cohort=shown))


def _check_and_seal(
    folder: Path, manifest: Mapping[str, Any], matching: Matching, key: bytes | None
) -> None:
    """Let the checker re-read the folder, then write the manifest with its verdict, last of all."""
    path = folder / MANIFEST
    write_bytes(path, json_bytes(manifest))
    report = verify(folder, cohort=matching.instance.cohort, key=key)
    if not report.ok:
        raise VerificationError(report.problems)
    path.unlink()
    write_bytes(path, json_bytes(with_verdict(manifest, report)))
