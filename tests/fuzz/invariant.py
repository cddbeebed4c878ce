"""What holds whatever the input: a code of the contract, one line a fault, nothing left behind."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import pandas as pd
from tests.fuzz.mutated_exports import mutated_export
from tests.fuzz.mutated_tables import mutated_tables
from tests.fuzz.mutated_workbooks import mutated_workbook

from matcher.cli.main import run
from matcher.cohort.cohort import Cohort
from matcher.intake import read_cohort
from matcher.privacy.input_hashes import INPUT_KEY

CODES = {0, 2, 3, 4, 5, 7}
_LINE = re.compile(r"(ERROR|WARNING) [A-Z]{1,2}_[A-Z_]+[ :].*")
_COUNT = re.compile(r"(\d+) rows? read = (\d+) used \+ (\d+) set aside \+ (\d+) rejected")

KINDS = ("workbooks", "tables", "exports")
MATCH_EVERY = 25
"""Every how many inputs the whole way is gone, to a run folder; the others are checked."""
STRICT_EVERY = 4
"""Every how many inputs a bad row stops all; with the others it is set aside."""


def write_input(kind: str, seed: int, number: int, folder: Path) -> Path:
    """Write input `number` of a seed into an empty folder and return the cohort's path."""
    random = Random(f"{kind} {seed} {number}")  # noqa: S311 drawn inputs
    if kind == "workbooks":
        path = folder / "cohort.xlsx"
        path.write_bytes(mutated_workbook(random))
        return path
    if kind == "exports":
        name, content = mutated_export(random)
        (folder / name).write_bytes(content)
        code, _, err = run_quietly(["map", str(folder)])
        if code not in CODES:
            raise AssertionError(err)
        return folder
    for name, content in mutated_tables(random).items():
        (folder / name).write_bytes(content)
    return folder


def broken(cohort: Path, number: int) -> list[str]:
    """Return what does not hold when a cohort is checked or matched; nothing is wrong with []."""
    home = cohort if cohort.is_dir() else cohort.parent
    before = {path: path.read_bytes() for path in home.iterdir()}
    is_matched = number % MATCH_EVERY == 0
    arguments = ["match", str(cohort), "-o", str(home / "run")] if is_matched else []
    arguments = arguments or ["check", str(cohort)]
    arguments += ["--set-aside"] if number % STRICT_EVERY else []
    with _remembered_reading() as read:
        code, out, err = run_quietly(arguments)
    return [
        *(wrong for people in read for wrong in _lost_rows(people)),
        *_wrong_lines(code, out, err),
        *_wrong_files(home, before, is_published=code == 0),
        *(_unnamed_rows(read[0], home / "run") if is_matched and code == 0 else ()),
    ]


@contextlib.contextmanager
def _remembered_reading() -> Iterator[list[Cohort]]:
    """Yield the list of cohorts that the command reads, so that they are not read again."""
    read: list[Cohort] = []

    def remembering(*arguments: Any, **options: Any) -> Cohort:
        read.append(read_cohort(*arguments, **options))
        return read[-1]

    with (
        patch("matcher.cli.check.read_cohort", remembering),
        patch("matcher.run.read_cohort", remembering),
    ):
        yield read


def _lost_rows(people: Cohort) -> Iterator[str]:
    """Yield tables of people of which a row is neither used nor told by name with its reason."""
    counts = people.rows.values()
    if any(one.read != one.used + one.set_aside + one.rejected for one in counts):
        yield f"rows were lost: {people.rows}"
    aside, rejected = sum(one.set_aside for one in counts), sum(one.rejected for one in counts)
    if aside and not {finding.row for _, finding in people.set_aside}:
        yield f"{aside} rows set aside, none by name"
    told = {(f.table, f.row) for f in people.findings if f.code in _REJECTING}
    if rejected > len(told) + _counted(people):
        yield f"{rejected} rows rejected, {len(told)} of them by row"


def _unnamed_rows(people: Cohort, run: Path) -> Iterator[str]:
    """Yield what `problems.csv` does not name of the rows that a run does not use."""
    counts = people.rows.values()
    gone = sum(one.set_aside + one.rejected for one in counts) - _counted(people)
    named: set[tuple[str, str]] = set()
    if (run / "problems.csv").is_file():
        table = pd.read_csv(run / "problems.csv", dtype=str, keep_default_na=False)
        named = set(zip(table["table"], table["row"], strict=True))
    if gone > len(named):
        yield f"{gone} rows are not used, problems.csv names {sorted(named)}"


def _counted(people: Cohort) -> int:
    """Return how many rows are told by table and number, as they name nobody of the cohort."""
    gone = [f.message for f in people.findings if f.code == "W_UNKNOWN_PERSON"]
    return sum(int(found[1]) for text in gone if (found := re.search(r"cohort: (\d+)", text)))


_REJECTING = {
    "W_RESUBMISSION",
    "W_NOTE",
    "W_TEST_ANSWER",
    "W_UNFINISHED",
    "W_REPEATED",
    "W_DUP_ROW",
    "W_SAME_PERSON",
    "W_DEPARTED",
}


def run_quietly(arguments: list[str]) -> tuple[int, str, str]:
    """Run the command in this process and return its code and what it printed."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(arguments)
    return code, out.getvalue(), err.getvalue()


def _wrong_lines(code: int, out: str, err: str) -> Iterator[str]:
    lines = err.split("\n")[:-1]
    if code not in CODES:
        yield f"exit code {code}: {err[:500]}"
    if (code != 0) != any(line.startswith("ERROR") for line in lines):
        yield f"exit code {code} and these lines: {err[:500]}"
    yield from (f"no line of ours: {line[:200]!r}" for line in lines if not _LINE.fullmatch(line))
    if "E_INTERNAL" in err or "Traceback" in err + out:
        yield err[:500]
    for read, *parts in _COUNT.findall(out):
        if int(read) != sum(map(int, parts)):
            yield f"rows were lost: {read} read, {parts}"


def _wrong_files(home: Path, before: dict[Path, bytes], *, is_published: bool) -> Iterator[str]:
    after = {path: path for path in home.iterdir()}
    run_folder = home / "run"
    ours = {run_folder, home / INPUT_KEY} if is_published else set()
    more = set(after) - set(before) - ours
    if more:
        yield f"left behind: {sorted(path.name for path in more)}"
    if any(not path.is_file() or path.read_bytes() != held for path, held in before.items()):
        yield "the input was changed"
    if run_folder.exists() and not (run_folder / "manifest.json").is_file():
        yield "a run without a manifest"
