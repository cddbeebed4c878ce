"""Writing a run folder: tables, documents for people, the checker's verdict, the manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matcher.errors import VerificationError
from matcher.publish.manifest import NAME, as_json, manifest_of, result_hash, with_verdict
from matcher.publish.run_summary import summary_of
from matcher.publish.table_bytes import config_bytes, csv_bytes, tables_of
from matcher.storage import write_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from matcher.cohort.cohort import Cohort
    from matcher.publish.answer import Answer


def write_run(
    folder: Path,
    answer: Answer,
    shown: Cohort,
    options: Mapping[str, Any],
    key: bytes | None = None,
) -> None:
    """Fill a folder with everything of a run and have it checked.

    Parameters
    ----------
    folder
        An empty folder.
    answer
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
    tables = tables_of(answer)
    for name, frame in tables.items():
        write_bytes(folder / name, csv_bytes(frame))
    write_bytes(folder / "config.toml", config_bytes(answer))
    write_bytes(folder / "summary.json", as_json(summary_of(answer)))
    write_documents(folder, answer, shown, tables)
    instance = answer.instance
    manifest = manifest_of(
        folder,
        instance.cohort,
        instance.config,
        answer.solution,
        result_hash(tables["matches.csv"]),
        options,
    )
    check_and_seal(folder, manifest, answer, key)


def write_documents(
    folder: Path, answer: Answer, shown: Cohort, tables: Mapping[str, pd.DataFrame]
) -> None:
    """Write what people read: the plans, the report and the workbook.

    Also whom the plans propose as mentors, if anybody: the report counts them.
    """
    from matcher.plans.plan_files import write_pages
    from matcher.plans.plan_page import plan_writer
    from matcher.plans.possible_mentors import FILE, possible_mentors
    from matcher.report.page import build_report
    from matcher.report.workbook import build_workbook

    writer = plan_writer(
        cohort=shown,
        config=answer.instance.config,
        audit=answer.instance.audit,
        matches=tables["matches.csv"],
        portfolios=tables["portfolios.csv"],
    )
    write_pages(folder / "plans", writer)
    asked = possible_mentors(writer)
    if len(asked):
        write_bytes(folder / FILE, csv_bytes(asked))
    write_bytes(folder / "report.html", build_report(folder, cohort=shown))
    write_bytes(folder / "matches.xlsx", build_workbook(folder, cohort=shown))


def check_and_seal(
    folder: Path, manifest: Mapping[str, Any], answer: Answer, key: bytes | None
) -> None:
    """Let the checker re-read the folder, then write the manifest with its verdict, last of all."""
    from matcher.checker import verify

    path = folder / NAME
    write_bytes(path, as_json(manifest))
    report = verify(folder, cohort=answer.instance.cohort, key=key)
    if not report.ok:
        raise VerificationError(report.problems)
    path.unlink()
    write_bytes(path, as_json(with_verdict(manifest, report)))
