"""The files of plans: two a mentee and one a mentor, in two processes where there are many."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from matcher.errors import Finding, StorageError
from matcher.plans.file_names import file_stem
from matcher.plans.plan_page import PlanWriter, plan_writer

if TYPE_CHECKING:
    import pandas as pd

    from matcher.cohort.cohort import Cohort
    from matcher.config import Config
    from matcher.network import Audit

MENTORS = "mentors"
"""Folder of the mentors' pages inside the folder of plans."""

PROCESSES = 2
"""Processes that make the pages of many mentees: threads would wait for the interpreter's lock, and
each further process would hold the people once more."""

MANY = 3_000
"""Mentees from which a process costs less than it saves: it takes two seconds to start."""


def write_plans(
    folder: Path,
    *,
    cohort: Cohort,
    config: Config,
    audit: Audit | None,
    matches: pd.DataFrame,
    portfolios: pd.DataFrame,
    introductions: pd.DataFrame | None = None,
    status: str = "PROPOSED",
    only: str | None = None,
) -> tuple[Path, ...]:
    """Write ``<person>.html`` and ``<person>.md`` a mentee and ``mentors/<person>.html`` a mentor.

    Parameters
    ----------
    folder
        Made if it is not there.
    cohort, config, audit
        As the run used them; without an audit every plan invites to one.
    matches, portfolios
        Frames with the columns of the run folder; ids as in the cohort.
    introductions
        Not needed: the way with the contact's name is taken from `audit`, for the mentee alone.
    status
        APPROVED, else every pair that has not accepted yet is marked as a draft.
    only
        One mentee's id; everybody if None.

    Returns
    -------
    tuple of Path
        The files, in the order of the cohort. The same input gives the same bytes.

    Raises
    ------
    StorageError
        E_WRITE if a file cannot be written.
    """
    del introductions
    writer = plan_writer(
        cohort=cohort,
        config=config,
        audit=audit,
        matches=matches,
        portfolios=portfolios,
        status=status,
    )
    return write_pages(folder, writer, only=only)


def write_pages(folder: Path, writer: PlanWriter, *, only: str | None = None) -> tuple[Path, ...]:
    """Write the pages of a writer; see `write_plans`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if only is not None:
            return tuple(_mentees(folder, writer, (only,)))
        return (*_all_mentees(folder, writer), *_mentors(folder, writer))
    except OSError as error:
        reason = error.strerror or "the folder cannot be written"
        finding = Finding("E_WRITE", f"plans: {reason}", "free space or choose another folder")
        raise StorageError(finding) from error


def _all_mentees(folder: Path, writer: PlanWriter) -> list[Path]:
    ids = list(writer.source.mentees)
    if len(ids) < MANY:
        return _mentees(folder, writer, ids)
    from joblib import Parallel, delayed

    parts = [part.tolist() for part in np.array_split(np.array(ids, dtype=object), PROCESSES)]
    plain = PlanWriter(writer.source)
    work = Parallel(n_jobs=PROCESSES)
    written: list[Path] = []
    for paths, newer in work(delayed(_elsewhere)(folder, plain, part) for part in parts):
        written += paths
        writer.newer.update(newer)
    return written


def _elsewhere(
    folder: Path, writer: PlanWriter, ids: Sequence[str]
) -> tuple[list[Path], dict[str, int | None]]:
    """Write the plans of some mentees in another process; return what the writer came to know."""
    return _mentees(folder, writer, ids), writer.newer


def _mentees(folder: Path, writer: PlanWriter, ids: Sequence[str]) -> list[Path]:
    """Write the plans of some mentees."""
    written = []
    for mentee_id in ids:
        page, stem = writer.page(mentee_id), file_stem(mentee_id)
        written.append(_write(folder / f"{stem}.html", writer.pages.plan_html(page)))
        written.append(_write(folder / f"{stem}.md", writer.pages.plan_markdown(page)))
    return written


def _mentors(folder: Path, writer: PlanWriter) -> list[Path]:
    """Write the pages of the mentors who are matched."""
    chosen = [mentor for mentor in writer.source.mentors if mentor in writer.source.matches_with]
    if chosen:
        (folder / MENTORS).mkdir(exist_ok=True)
    return [
        _write(
            folder / MENTORS / f"{file_stem(mentor)}.html",
            writer.pages.mentor_html(writer.mentor(mentor)),
        )
        for mentor in chosen
    ]


def _write(path: Path, text: str) -> Path:
    # One after the other: threads that make files in one folder wait for each other's lock.
    path.write_bytes(text.encode("utf-8"))
    return path
