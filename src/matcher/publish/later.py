"""What a time limit left out of a run, made later into its ``after/`` without solving the match."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from matcher.cohort.cohort import Cohort
from matcher.errors import Finding
from matcher.finished_run import RunFiles, read_files, rebuild_problem, reopen_cohort
from matcher.plans.plan_source import matches_before
from matcher.privacy.pseudonyms import hide_text
from matcher.publish.after_run import MADE_AFTER, write_after
from matcher.publish.made_again import made_again
from matcher.publish.matching import Matching, RunPart
from matcher.publish.published_run import run_made_at
from matcher.publish.write_run import json_bytes, write_pages
from matcher.run_tables import AFTER, MADE_LATER, RunFile, csv_bytes
from matcher.storage import write_bytes
from matcher.text import listed

PAGES = (RunFile.SUMMARY, RunFile.REPORT, RunFile.WORKBOOK)

WORDS = {
    RunPart.EXPLANATIONS: "why people are left out",
    RunPart.RERUN: "what a rerun would change",
    RunPart.PROOF: "the bound, proved again",
}
"""What parts are called where their own name does not say it."""


def left_out_words(parts: list[str]) -> str:
    """Return parts in words, in the order in which they are made.

    Parameters
    ----------
    parts
        What a run left out.
    """
    return listed(WORDS.get(part, part.value) for part in RunPart if part in parts)


def left_out_finding(parts: list[RunPart]) -> Finding:
    """Return the warning that the time was over for some parts of a run.

    Parameters
    ----------
    parts
        What was left out.
    """
    what = f"the time limit left no time for {left_out_words(list(parts))}"
    later = [part for part in parts if part is not RunPart.PROOF]
    remedies = ["matcher report RUN makes the rest"] if later else []
    remedies += ["matcher verify RUN proves the bound"] if RunPart.PROOF in parts else []
    return Finding("W_LEFT_OUT", what, "; ".join(remedies))


def complete_run(
    run: Path, cohort: Cohort | str | Path | None = None, key: Any = None
) -> list[Path]:
    """Make what a run left out, and its pages with it, into ``after/``; no hashed file changes.

    Parameters
    ----------
    run
        A published run.
    cohort, key
        As of ``matcher.verify``.

    Returns
    -------
    list of Path
        What is there now, made once; nothing where the run left nothing out.

    Raises
    ------
    MatcherError
        Where run or cohort cannot be read.
    """
    files = read_files(run, {})
    if not set(files.left_out) - {RunPart.PROOF}:
        return []
    config = files.whole()
    if (run / AFTER / RunFile.SUMMARY).is_file():
        return _made(run)
    people, secret = reopen_cohort(files, config, cohort, key)
    instance = rebuild_problem(files, config, people, secret)
    unlimited = config.model_copy(
        update={"solver": config.solver.model_copy(update={"time_limit": None})}
    )
    told = made_again(files, replace(instance, config=unlimited))
    made = replace(told, solves=True, stated=None, left_out=[])
    write_after(run, _files(files, made), {MADE_AFTER: files.left_out})
    return _made(run)


def _made(run: Path) -> list[Path]:
    names = (*(f"{table}.csv" for table in MADE_LATER), *PAGES, "plans")
    return [run / AFTER / name for name in names if (run / AFTER / name).exists()]


def _files(files: RunFiles, made: Matching) -> Mapping[str, bytes]:
    """Return what lies in ``after/`` by name: the tables, the figures and the pages."""
    tables, cohort = made.tables(), made.instance.cohort
    shown = hide_text(cohort) if files.options.get("pseudonymise") else cohort
    found = {f"{name}.csv": csv_bytes(name, tables[name]) for name in MADE_LATER if name in tables}
    found[RunFile.SUMMARY] = json_bytes(made.summary)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name, table in tables.items():
            write_bytes(folder / f"{name}.csv", csv_bytes(name, table))
        shutil.copyfile(files.folder / RunFile.CONFIG, folder / RunFile.CONFIG)
        write_bytes(folder / RunFile.SUMMARY, found[RunFile.SUMMARY])
        before = {path.name for path in folder.iterdir()}
        day = run_made_at(files.manifest).date()
        write_pages(folder, made, shown, tables, matches_before(files.options), day=day)
        for path in folder.rglob("*"):
            if path.is_file() and path.name not in before:
                found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found
