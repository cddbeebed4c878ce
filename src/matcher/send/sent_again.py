"""What was sent for a run, made again and compared: as ``matcher verify --pages`` does it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

from matcher.checker import VerifyReport, verify_answer
from matcher.cohort.cohort import Cohort
from matcher.errors import Finding, MatcherError
from matcher.finished_run import RunFiles
from matcher.plans.plan_page import PlanPage
from matcher.problem.instance import Instance
from matcher.publish.after_run import MADE_AFTER, OF_ALL, read_after
from matcher.publish.made_again import compared
from matcher.publish.published_run import cohort_of
from matcher.run_tables import AFTER, MADE_LATER
from matcher.send.folder import (
    SENT_PARTS,
    TOLD_BY_LETTERS,
    LetterFiles,
    letter_files,
    post_of,
    templates_of,
)
from matcher.send.pdf import PlanPrinter
from matcher.text import count_of, listed


def verify(
    run: str | Path,
    *,
    cohort: Cohort | str | Path | None = None,
    key: bytes | str | Path | None = None,
    check_hashes: bool = True,
    pages: bool = False,
) -> VerifyReport:
    """Check a finished run without any solver: its answer, its proof and every table of it.

    Parameters
    ----------
    run
        Folder that ``matcher match`` published.
    cohort
        Where the cohort lies now, or the cohort itself; None: where the manifest says.
    key
        Key of a pseudonymised run, or the file that holds it.
    check_hashes
        Whether files are compared with the manifest; a run that is being written has none.
    pages
        Whether report, workbook, plans and what is sent are made again as well and compared byte
        by byte.

    Returns
    -------
    VerifyReport
        ``.ok``, ``.problems`` (codes ``C_``), the recomputed ``.objective`` and ``.bound``, what
        was ``.checked`` and what nothing can derive, ``.stated``. Malformed folders give findings,
        not exceptions.
    """

    def beyond(files: RunFiles, instance: Instance) -> tuple[list[Finding], list[str]]:
        found, stated = compared(files, instance, pages=pages, key=key)
        if found or not (after := read_after(files.folder)):
            return found, stated
        more, said = after_again(files.folder, after, instance.cohort.source, pages=pages)
        return more, [*stated, *said]

    return verify_answer(run, cohort=cohort, key=key, check_hashes=check_hashes, beyond=beyond)


def after_again(
    run: Path, after: Mapping[str, Any], source: str, *, pages: bool
) -> tuple[list[Finding], list[str]]:
    """Return what of ``after/`` differs from what is made again, and what it merely states.

    Parameters
    ----------
    run, after
        The run, and the manifest of what came after it.
    source
        Where its cohort lies; empty: where the run says.
    pages
        Whether anything is made again.
    """
    first = {name: PurePosixPath(name).parts[0] for name in after["files"]}
    sent = {name for name in first if first[name] in SENT_PARTS}
    other = Counter(first[name] for name in first.keys() - sent)
    stated = [
        f"{AFTER}/{part} ({count_of(count, 'file')})"
        for part, count in sorted(other.items())
        if part.removesuffix(".csv") not in MADE_LATER
    ]
    stated += [f"{MADE_AFTER} in the manifest of {AFTER}/"] if MADE_AFTER in after else []
    if not sent:
        return [], stated
    what = f"{count_of(len(sent), 'file')} to send in {AFTER}/"
    if not pages:
        return [], [*stated, f"{what} (compare them with --pages)"]
    try:
        made, other_prints = _made_then(run, after, source)
    except (MatcherError, ValueError, TypeError, KeyError) as error:
        return [], [*stated, f"{what} (not to be made again: {type(error).__name__})"]
    since = [
        key for key in made.told if key not in TOLD_BY_LETTERS and after.get(key) != made.told[key]
    ]
    if since:
        return [], [*stated, f"{what} (made from other {listed(since)} than there are now)"]
    stated.append(f"the day on which {AFTER}/ was made")
    if other_prints:  # by other fonts or another version of what prints
        stated.append(f"{count_of(len(other_prints), 'plan')} in {AFTER}/ as PDF")
    return list(_changed(run / AFTER, after, made, sent)), stated


def _made_then(run: Path, after: Mapping[str, Any], source: str) -> tuple[LetterFiles, set[str]]:
    """Make what was sent once more, as of its day; return it with the PDFs of other bytes here."""
    post = post_of(
        run, cohort_of(run, source or None, up_to_date=True), date.fromisoformat(after["day"])
    )
    printer, other = PlanPrinter.ready(), set[str]()

    def as_it_lies(page: PlanPage, name: str) -> bytes | None:
        path = run / AFTER / name
        lies = path.read_bytes() if path.is_file() else None
        if lies and (printer is None or printer.printed(page, post.source.day) != lies):
            other.add(name)
        return lies

    has_prints = any(name.endswith(".pdf") for name in after["files"])
    made = letter_files(
        run, post, templates_of(run, post, None), as_it_lies if has_prints else None
    )
    return replace(made, told=json.loads(json.dumps(made.told))), other


def _changed(
    folder: Path, after: Mapping[str, Any], made: LetterFiles, sent: set[str]
) -> Iterator[Finding]:
    """Yield how many files are others than those made again; their names are those of people."""
    wrong = sent ^ made.files.keys()
    wrong |= {n for n in sent - wrong if (folder / n).read_bytes() != made.files[n]}
    if wrong:
        parts = listed(sorted({PurePosixPath(name).parts[0] for name in wrong}))
        what = f"{count_of(len(wrong), 'file')} of {AFTER}/ ({parts})"
        yield _differs(f"{what}: not what the run, its record and its templates give")
    own = {*after, *made.told} - {*OF_ALL, MADE_AFTER}
    said = sorted(key for key in own if after.get(key) != made.told.get(key))
    if said:
        yield _differs(f"{listed(said)} in the manifest of {AFTER}/: not what its letters tell")


def _differs(message: str) -> Finding:
    return Finding("C_DERIVED", message, "restore it, or run matcher send again", AFTER)
