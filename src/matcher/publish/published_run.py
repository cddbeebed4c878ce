"""What is made from a published run: its pages again, without harming its hashes, or with people.

Whoever holds the key and the cohort joins a run under pseudonyms back to people.
"""

import csv
import hashlib
import io
import shutil
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from matcher import storage
from matcher.cohort.cells import neutralise, neutralise_frame, restore
from matcher.cohort.cohort import Cohort
from matcher.config import load_config
from matcher.decisions.decisions import LOG_NAME, DecisionLog
from matcher.errors import Finding, MatcherError, StorageError
from matcher.finished_run import with_places
from matcher.intake.read import read_cohort
from matcher.intake.so_far import reading_options
from matcher.network import audit_cohort
from matcher.plans.plan_files import write_plans
from matcher.plans.plan_source import PlanSource, matches_before
from matcher.privacy.pseudonyms import PATTERN, pseudonyms_of, revealed
from matcher.report.page import build_report
from matcher.report.workbook import build_workbook
from matcher.run_tables import RunFile, read_table
from matcher.text import parse_json
from matcher.vocabulary import Audience

REBUILT = "rebuilt"
"""Folder inside the run for files whose bytes are not those that were published."""

PEOPLE_FILE = "people.csv"
"""Table of pseudonyms, ids and names in a folder of revealed tables."""


def write_again(
    run: Path,
    audience: Audience = Audience.COORDINATOR,
    *,
    cohort: Cohort | None = None,
    output: Path | None = None,
    sensitivity: Path | None = None,
) -> list[Path]:
    """Write the report for an audience again, for the coordinator also the workbook.

    The coordinator's files go where they were published if their bytes are the published ones, else
    into ``rebuilt/``: a file that the manifest vouches for is never replaced by another. Once the
    run is approved the plans are written too, there or into `output`, no longer as drafts. Other
    audiences get ``report-<audience>.html``. `output` names a folder for all of them instead.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    StorageError
        E_NOT_FOUND, E_FORMAT or E_WRITE.
    """
    whole = audience is Audience.COORDINATOR
    # Only a page that is not one with a hash says who approved the run.
    approval = approval_sentence(run) if output is not None or not whole else ""
    page = build_report(run, audience, cohort=cohort, approval=approval, sensitivity=sensitivity)
    if not whole:
        return [storage.write_file((output or run) / f"report-{audience.value}.html", page)]
    files = {RunFile.REPORT: page, RunFile.WORKBOOK: build_workbook(run, cohort=cohort)}
    vouched = read_manifest(run).get("files", {})
    written = storage.write_files(
        {
            output / name if output else _place(run, name, content, vouched): content
            for name, content in files.items()
        }
    )
    return [*written, *_agreed_plans(run, (output or run / REBUILT) / "plans", cohort)]


def _agreed_plans(run: Path, folder: Path, cohort: Cohort | None) -> list[Path]:
    """Write the plans without the mark of a draft once the run is approved; return the folder."""
    if cohort is None or not approval_sentence(run):
        return []
    write_plans(folder, plan_source_of(run, cohort))
    return [folder]


def plan_source_of(run: Path, cohort: Cohort, day: date | None = None) -> PlanSource:
    """Return what the plans of a published run are made from, approved or not.

    Parameters
    ----------
    run
        The run folder.
    cohort
        Its people as they are now: somebody may have been taken out since.
    day
        Day on which they are written; None: when the run was made, or `[programme] as_of`.
    """
    config, manifest = load_config(run / RunFile.CONFIG), read_manifest(run)
    matches = read_table(run, "matches")
    known = matches["mentee_id"].isin(cohort.mentee_index.ids)
    known &= matches["mentor_id"].isin(cohort.mentor_index.ids)
    return PlanSource(
        cohort,
        config,
        audit_cohort(cohort, config),
        matches[known],
        read_table(run, "portfolios"),
        parted=frozenset(
            zip(matches["mentee_id"][~known], matches["mentor_id"][~known], strict=True)
        ),
        is_approved=bool(approval_sentence(run)),
        unmatched=read_table(run, "unmatched"),
        before=matches_before(manifest.get("options") or {}),
        day=day or config.programme.as_of or run_made_at(manifest).date(),
    )


def read_manifest(run: Path) -> dict[str, Any]:
    """Return the manifest of a run, empty where there is none that can be read."""
    try:
        content = parse_json((run / RunFile.MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return with_places(run, content) if isinstance(content, dict) else {}


def run_made_at(manifest: Mapping[str, Any]) -> datetime:
    """Return when a run was made, as its manifest says; a moment of old where it does not."""
    try:
        return datetime.fromisoformat(str(manifest.get("created")))
    except ValueError:
        return datetime(2000, 1, 1, tzinfo=UTC)


def cohort_of(run: Path, source: str | None, *, up_to_date: bool = False) -> Cohort | None:
    """Return the cohort of a run, for names; None under pseudonyms or where it is not to be found.

    Parameters
    ----------
    run
        The run folder.
    source
        Where the cohort is; None takes what the manifest says, if that can still be read.
    up_to_date
        Whether pairs stand as they were recorded since, not as the run keeps them; whoever asks
        for that needs the cohort, and is told what is wrong with it.
    """
    manifest = read_manifest(run)
    options = manifest.get("options", {})
    if is_pseudonymised(run):
        return None
    config = run / RunFile.CONFIG
    path, how = config if config.is_file() else None, reading_options(run, options)
    if up_to_date:
        how["engagements"] = None
    if source is not None:
        return read_cohort(source, path, **how)
    stated = str(manifest.get("cohort", {}).get("source", ""))
    try:
        return read_cohort(stated, path, **how) if stated else None
    except MatcherError:
        if up_to_date:
            raise
        return None


def is_pseudonymised(run: Path) -> bool:
    """Return whether a run names nobody on purpose."""
    return bool(read_manifest(run).get("options", {}).get("pseudonymise"))


def approval_sentence(run: Path) -> str:
    """Return who approved the run, empty where nobody did or something was decided since."""
    sentence = ""
    for event in DecisionLog(run / LOG_NAME).events():
        if event["event"] == "approve":
            sentence = f"Approved by {event['by']} on {str(event['at'])[:10]}: {event['reason']}"
        elif event["event"] in ("decision", "undo"):
            sentence = ""
    return sentence


def _place(run: Path, name: str, content: bytes, vouched: dict[str, str]) -> Path:
    known = vouched.get(name)
    same = not vouched or known == hashlib.sha256(content).hexdigest()
    return run / name if same else run / REBUILT / name


def write_revealed(run: Path, cohort: Cohort, key: bytes, output: Path) -> list[str]:
    """Write the tables of a run with ids instead of pseudonyms, and report and workbook with names.

    Parameters
    ----------
    run
        A run folder made with ``--pseudonymise``.
    cohort
        The cohort that it was made from.
    key
        The key that it was made with.
    output
        Folder to write; it must not exist, and it stays with the coordinator.

    Returns
    -------
    list of str
        Names of the files written.

    Raises
    ------
    StorageError
        E_KEY where key and cohort do not explain the run's pseudonyms; E_EXISTS, E_NOT_FOUND,
        E_LOCKED, E_WITHIN or E_WRITE.
    """
    storage.refuse_existing(output)
    storage.refuse_within(output, cohort.source)
    if not (run / "matches.csv").is_file():
        raise StorageError(Finding("E_NOT_FOUND", "that is no run folder", "name a finished run"))
    people = {alias: person for person, alias in pseudonyms_of(cohort, key).items()}
    _check_explained(run, people)
    with storage.new_run_folder(output.absolute()) as folder:
        for path in sorted(run.glob("*.csv")):
            storage.write_bytes(
                folder / path.name, _revealed_csv(path.read_text("utf-8"), people).encode()
            )
        for name in (RunFile.SUMMARY, RunFile.CONFIG):
            shutil.copyfile(run / name, folder / name)
        neutralise_frame(_people_table(cohort, people)).to_csv(folder / PEOPLE_FILE, index=False)
        storage.write_bytes(folder / RunFile.REPORT, build_report(folder, cohort=cohort))
        storage.write_bytes(folder / RunFile.WORKBOOK, build_workbook(folder, cohort=cohort))
    return sorted(path.name for path in output.iterdir())


def _people_table(cohort: Cohort, people: dict[str, str]) -> pd.DataFrame:
    """Return pseudonym, id and name of everybody in the cohort, by pseudonym."""
    both = pd.concat([cohort.mentees, cohort.mentors]).drop_duplicates("person_id")
    names = dict(zip(both["person_id"], both["name"].fillna(""), strict=True))
    rows = [(alias, person, names[person]) for alias, person in people.items() if person in names]
    return pd.DataFrame(sorted(rows), columns=["pseudonym", "person_id", "name"])


def _check_explained(run: Path, people: dict[str, str]) -> None:
    text = "".join((run / f"{name}.csv").read_text("utf-8") for name in ("mentors", "portfolios"))
    aliases = set(PATTERN.findall(text))
    if not aliases or not aliases <= people.keys():
        unknown = len(aliases - people.keys())
        what = f"{unknown} of {len(aliases)} pseudonyms are of nobody in this cohort with this key"
        if not aliases:
            what = "the run holds no pseudonyms"
        raise StorageError(Finding("E_KEY", what, "name the run's own cohort and key"))


def _revealed_csv(text: str, people: dict[str, str]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in csv.reader(io.StringIO(text, newline="")):
        writer.writerow([_revealed_cell(cell, people) for cell in row])
    return out.getvalue()


def _revealed_cell(cell: str, people: dict[str, str]) -> str:
    if not PATTERN.search(cell):
        return cell
    return neutralise(revealed(restore(cell), people))
