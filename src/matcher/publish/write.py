"""Writing a run folder: tables, documents for people, the checker's verdict, the manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matcher.errors import VerificationError
from matcher.publish.files import config_bytes, csv_bytes, tables_of
from matcher.publish.folder import write_bytes
from matcher.publish.manifest import NAME, as_json, manifest_of, result_hash, with_verdict
from matcher.publish.summary import summary_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from matcher.cohort.cohort import Cohort
    from matcher.publish.answer import Answer


def write_run(folder: Path, answer: Answer, shown: Cohort, options: Mapping[str, Any]) -> None:
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
    write_documents(folder, answer, shown)
    instance = answer.instance
    manifest = manifest_of(
        folder,
        instance.cohort,
        instance.config,
        answer.solution,
        result_hash(tables["matches.csv"]),
        options,
    )
    check_and_seal(folder, manifest, answer)


def write_documents(folder: Path, answer: Answer, shown: Cohort) -> None:
    """Write what people read: the report, the workbook and the plans."""
    from matcher.report.build import build_report
    from matcher.report.workbook import build_workbook

    write_bytes(folder / "report.html", build_report(folder, cohort=shown))
    write_bytes(folder / "matches.xlsx", build_workbook(folder, cohort=shown))


def check_and_seal(folder: Path, manifest: Mapping[str, Any], answer: Answer) -> None:
    """Let the checker re-read the folder, then write the manifest with its verdict, last of all."""
    from matcher.verify import verify

    path = folder / NAME
    write_bytes(path, as_json(manifest))
    report = verify(folder, cohort=answer.instance.cohort)
    if not report.ok:
        raise VerificationError(report.problems)
    path.unlink()
    write_bytes(path, as_json(with_verdict(manifest, report)))
