"""Writing a run folder: tables, documents for people, the checker's verdict, the manifest."""

import hashlib
import json
import platform
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime
from functools import partial
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd

from matcher._version import __version__
from matcher.arrays import present
from matcher.checker import VerifyReport, verify_answer
from matcher.checker.seal import sealed
from matcher.cohort.cohort import Cohort
from matcher.config import dump_config
from matcher.config.feature_kinds import foreign_sources
from matcher.errors import VerificationError
from matcher.features.kinds.text_fit import text_model
from matcher.finished_run import PLACE_OPTIONS
from matcher.observe import give_back
from matcher.plans.plan_files import write_plans
from matcher.plans.plan_source import PlanSource, matches_before
from matcher.privacy.input_hashes import told_hashes
from matcher.publish.matching import Matching, RunPart
from matcher.report.page import build_report
from matcher.report.workbook import build_workbook
from matcher.run_tables import RunFile, csv_bytes
from matcher.storage import file_hashes, write_bytes
from matcher.text import utf_8
from matcher.whereabouts import place_from

FORMAT = 5
"""Of a run folder: 2 hashed groups with the cohort, 3 has a manifest with a hash of its own, 4
draws the noise of group figures with what no run holds, 5 hashes the input under a key."""

LIBRARIES = ("numpy", "scipy", "pandas", "ortools", "scikit-learn", "pydantic")


def new_manifest(
    folder: Path,
    matching: Matching,
    matches: pd.DataFrame,
    options: Mapping[str, Any],
    made: datetime,
    *,
    inputs: Mapping[str, Any],
    files: Mapping[str, str],
) -> dict[str, Any]:
    """Return the manifest of the files in a folder, still without the checker's verdict.

    Everything but ``created`` is the same for the same input, config and versions.

    Parameters
    ----------
    folder, matching
        The run and what it was written from.
    matches
        Its table of matches.
    options
        How the run was asked for.
    made
        When the run was made.
    inputs
        Hashes of the cohort's files, as `told_hashes` returns them.
    files
        Hash of each file of the run.
    """
    cohort, config = matching.instance.cohort, matching.instance.config
    solution = matching.solution
    return {
        "format": FORMAT,
        "created": made.isoformat(timespec="seconds"),
        "versions": versions() | foreign_sources(block.kind for block in config.features),
        "cohort": {"source": place_from(folder, cohort.source), **inputs},
        "as_of": cohort.as_of.isoformat(),
        "options": {
            name: place_from(folder, str(value or "")) or None if name in PLACE_OPTIONS else value
            for name, value in options.items()
        },
        "text_model": text_model(config.text.method),
        "seed": config.solver.seed,
        "time_limit": config.solver.time_limit,
        "method": solution.method,
        "status": solution.termination.reason.name,
        "result_sha256": result_hash(matches),
        "rows": {table: asdict(count) for table, count in sorted(cohort.rows.items())},
        **({"left_out": sorted(matching.left_out)} if matching.left_out else {}),
        "files": files,
    }


def _with_verdict(manifest: Mapping[str, Any], report: VerifyReport) -> dict[str, Any]:
    """Return the manifest with what the checker said."""
    return {**manifest, "checker": report.verdict}


def result_hash(matches: pd.DataFrame) -> str:
    """Return the SHA-256 of ids, approach and role of every match, in the order of the ids."""
    columns = ["mentee_id", "mentor_id", "approach", "role"]
    rows = sorted(matches[columns].itertuples(index=False, name=None))
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()


def versions() -> dict[str, str]:
    """Return the versions that can change a result."""
    libraries = {library: metadata.version(library) for library in LIBRARIES}
    return {"matcher": __version__, "python": platform.python_version(), **libraries}


def json_bytes(content: Mapping[str, Any]) -> bytes:
    """Return readable JSON, keys in the order given, floats as `repr`.

    Parameters
    ----------
    content
        What is written.
    """
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    return utf_8(text)


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
    write_bytes(folder / RunFile.CONFIG, dump_config(matching.instance.config).encode())
    write_bytes(folder / RunFile.SUMMARY, json_bytes(matching.summary))
    made = datetime.now(tz=UTC)
    write_pages(folder, matching, shown, tables, matches_before(options), day=made.date())
    inputs = told_hashes(matching.instance.cohort.hashes, matching.instance.cohort.source)
    hashes = {"inputs": inputs, "files": file_hashes(folder)}
    manifest = new_manifest(folder, matching, tables["matches"], options, made, **hashes)
    tables.clear()  # the checker builds everything a second time
    give_back()
    _check_and_seal(folder, manifest, matching, key)


def write_pages(
    folder: Path,
    matching: Matching,
    shown: Cohort,
    tables: Mapping[str, pd.DataFrame],
    before: pd.DataFrame | None,
    *,
    day: date,
) -> None:
    """Write what people read: the plans, the report and the workbook, as far as there is time.

    Also whom the plans propose as mentors, if anybody: the report counts them.

    Parameters
    ----------
    folder
        With the tables of the run.
    matching, tables
        What was found, and its tables.
    shown
        The cohort whose names and texts pages may show.
    before
        The matches of the run before, if any.
    day
        On which the run was made; what `[programme] as_of` says goes before it.
    """
    source = PlanSource(
        shown,
        matching.instance.config,
        matching.instance.audit,
        tables["matches"],
        tables["portfolios"],
        unmatched=tables["unmatched"],
        before=before,
        day=matching.instance.config.programme.as_of or day,
    )
    plans = folder / "plans"
    asked = matching.in_time(RunPart.PLANS, lambda: write_plans(plans, source))
    if asked is None:
        shutil.rmtree(plans, ignore_errors=True)
    elif len(asked):
        write_bytes(folder / "possible_mentors.csv", csv_bytes("possible_mentors", asked))
    documents = {
        RunPart.REPORT: (RunFile.REPORT, build_report),
        RunPart.WORKBOOK: (RunFile.WORKBOOK, build_workbook),
    }
    for part, (name, build) in documents.items():
        made = matching.in_time(part, partial(build, folder, cohort=shown))
        if made is not None:
            write_bytes(folder / name, made)


def _check_and_seal(
    folder: Path, manifest: Mapping[str, Any], matching: Matching, key: bytes | None
) -> None:
    """Let the checker re-read the folder, then write the manifest with its verdict, last of all.

    Under a time limit the checker is given the problem that was solved, and the bound is proved
    again where there is time: `verify` builds and proves it anew.
    """
    path, limit = folder / RunFile.MANIFEST, matching.instance.config.solver.time_limit
    write_bytes(path, json_bytes(sealed(manifest)))
    is_limited = limit is not None and matching.clock.time_limit is not None
    over = is_limited and matching.clock.seconds > present(limit)
    report = verify_answer(
        folder,
        cohort=matching.instance.cohort,
        key=key,
        instance=matching.instance if is_limited else None,
        proves=not over,
    )
    if not report.ok:
        raise VerificationError(report.problems)
    if over:
        matching.left_out.append(RunPart.PROOF)
        manifest = {**manifest, "left_out": sorted(matching.left_out)}
    path.unlink()
    write_bytes(path, json_bytes(sealed(_with_verdict(manifest, report))))
