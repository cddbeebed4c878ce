"""A published run made again from its matches and its certificate, and compared cell by cell.

The checker proves an answer by code of its own; what is derived from the answer (roles, covers,
reasons, alternates, metrics and so on) is made a second time by what made it first, and compared
with what lies in the folder. Every column that `run_tables.toml` declares is compared, but for
those of which it says that the run states them.
"""

from __future__ import annotations

import contextlib
import io
import json
import math
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matcher._version import __version__
from matcher.checker.seal import SEAL
from matcher.cohort.cells import restore_frame
from matcher.cohort.cohort import Cohort
from matcher.cohort.tables import PAIRS
from matcher.config import Config, dump_config
from matcher.config.edited import flat_values
from matcher.decisions.decisions import LOG_NAME, DecisionLog
from matcher.errors import Finding, MatcherError
from matcher.explain.opened_run import RowNames
from matcher.finished_run import RunFiles, damaged, own_config, reopen_cohort
from matcher.intake.so_far import read_so_far
from matcher.plans.plan_source import matches_before
from matcher.privacy.pseudonyms import hide_text
from matcher.problem.instance import Instance
from matcher.problem.problem import Floats
from matcher.publish.matching import Afresh, Matching, RunPart
from matcher.publish.people_tables import kept_pairs_table
from matcher.publish.published_run import run_made_at
from matcher.publish.write_run import FORMAT, new_manifest, write_pages
from matcher.run_tables import (
    AFTER,
    MADE_LATER,
    RUN_TABLES,
    SUMMARY,
    CellKind,
    RunFile,
    RunTable,
    csv_bytes,
    read_table,
)
from matcher.solver.columns.dual_scans import rows_and_duals
from matcher.solver.solution import Bounds, DualRow, Reason, Solution, Termination, Tier
from matcher.text import count_of, listed, shown_title

CLOSE = 1e-9
"""Relative difference at which a number counts as another."""

WITH_PAGES = ("claims", "possible_mentors")
"""Tables that come of making the pages."""

OF_THE_ANSWER = ("as_of", "text_model", "seed", "time_limit", "method", "status")
"""Keys of the manifest that are made again; files and result are hashes, the rest is stated."""

SINCE = ("engagements", "outcomes", "consents")
"""Tables in which people record after a run."""

SAID_ONCE = (
    *("W_CARRIED", "W_DECISION_UNKNOWN", "W_UNUSED_TABLE", "W_TABLE_FILE", "W_OLD_KEY"),
    "W_CONTACT",
)
"""Warnings about decisions that the run was given, about files that lie beside the tables, about
keys of 0.1, which the run keeps in their new form, and about what one under pseudonyms leaves out.
"""

SAID_BY_MANIFEST = ("created", "versions", "options")

CHECKED_APART = ("solver.seed", "solver.time_limit", "text.method", "resolve")
"""Keys of a config that are compared with the manifest, or lie under pseudonyms."""
UNSAID = ("programme.contact",)
"""Keys that a run under pseudonyms does not say."""

NUMBERS = (CellKind.NUMBER, CellKind.COUNT)


def compared(
    files: RunFiles, instance: Instance, *, pages: bool, key: bytes | str | Path | None = None
) -> tuple[list[Finding], list[str]]:
    """Return what differs from what is made again, and what the run merely states.

    Parameters
    ----------
    files, instance
        The run, and its problem built again.
    pages
        Whether its pages are made again too.
    key
        Key of a pseudonymised run, or the file that holds it.
    """
    try:
        again = made_again(files, instance)
        has_key = not files.origin or files.input_hashes(instance.cohort) is not None
        found = [*_tables(files, again), *_summary(files, again, has_key=has_key)]
        found = [f for f in (*found, *_manifest(files, again)) if has_key or f.table != "groups"]
        found += [*_kept_pairs(files, instance.cohort, key), *_broken_log(files.folder)]
        found += _unasked(files, instance.config)
        if pages:
            found += _pages(files, again)
    except (MatcherError, ValueError, KeyError, TypeError) as error:
        what = f"its tables cannot be made again: {type(error).__name__}"
        return _by_its_version(files.manifest, [damaged(what, RunFile.SUMMARY)]), []
    stated = [
        *stated_here(files.folder),
        *stated_config(files, instance),
        "problems of decisions, records and other files",
        *([] if has_key else ["groups, whose noise is drawn under the key"]),
        *(f"manifest {key}" for key in SAID_BY_MANIFEST),
        *(["manifest checker"] if RunPart.PROOF in files.left_out else []),
    ]
    stated += [] if pages else ["pages (compare them with --pages)"]
    return _by_its_version(files.manifest, found), stated


def _by_its_version(manifest: Mapping[str, Any], found: list[Finding]) -> list[Finding]:
    """Return what differs, in one finding where another version may have made it otherwise."""
    versions, form = manifest.get("versions"), manifest.get("format")
    by = versions.get("matcher") if isinstance(versions, dict) else None
    if not manifest or (form, by) == (FORMAT, __version__):
        return found
    if by == __version__:
        return [_differs(f"format {form} is none that matcher {by} writes", RunFile.MANIFEST)]
    message = f"the run is of matcher {by}, format {form}; this is {__version__}, format {FORMAT}"
    code, remedy = "W_VERSION", "its answer is checked, its tables are as this version makes them"
    if found:
        message += f", which makes otherwise: {', '.join(sorted({one.table for one in found}))}"
        code, remedy = "C_VERSION", "its own version alone can tell whether they were changed"
    return [Finding(code, message, remedy, RunFile.MANIFEST)]


def made_again(files: RunFiles, instance: Instance) -> Matching:
    """Return the matching that the files of a run tell of, without any solve.

    Parameters
    ----------
    files
        The run.
    instance
        Its problem, built again.

    Raises
    ------
    ValueError, KeyError, TypeError
        Where the files are not those of a run.
    """
    summary = files.summary
    duals = RowNames(instance).rows(read_table(files.folder, "certificate"))
    chosen = instance.assignment_of(read_table(files.folder, "matches"))
    objective = _number(summary["objective"], -math.inf)
    solution = Solution(
        pairs=chosen.pairs,
        reciprocal=chosen.reciprocal,
        objective=objective,
        bounds=Bounds(objective, _number(summary["bound"], math.inf)),
        termination=Termination(Reason[summary["status"]], detail=summary["detail"]),
        prices=_prices(instance, duals),
        duals=duals,
        dual_bound=_number(summary["dual_bound"], math.inf),
        bound_source=summary["bound_source"],
        gap=_number(summary["gap"], math.inf),
        tiers=tuple(
            Tier(one["name"], _number(one["value"], math.nan), _number(one["bound"], math.inf))
            for one in summary["tiers"]
        ),
        method=summary["method"],
        seconds=summary["seconds"],
    )
    left_out = [RunPart(part) for part in files.left_out]
    return Matching(instance, solution, _afresh(summary), solves=False, left_out=left_out)


def _number(value: float | None, missing: float) -> float:
    return missing if value is None else float(value)


def _afresh(summary: Mapping[str, Any]) -> Afresh | None:
    """Return what a rerun would change, as the run states it: it takes a solve."""
    told = summary.get("previous") or {}
    if told.get("cost") is None:
        return None
    return Afresh(told["cost"], told["rerun_reaches"], told["rerun_moves"])


def _prices(instance: Instance, duals: tuple[DualRow, ...]) -> Floats:
    problem = instance.problem
    if not duals:
        return np.zeros(problem.n_mentors)
    rows, y = rows_and_duals(problem, duals)
    return rows.prices(np.maximum(y, 0.0)).load[: problem.n_mentors]


def _tables(files: RunFiles, again: Matching) -> Iterator[Finding]:
    tables = again.tables()
    later = [name for name in MADE_LATER if (files.folder / AFTER / f"{name}.csv").is_file()]
    whole = replace(again, left_out=[]).tables() if later else {}
    for name in (one for one in later if one in whole):
        both = (files.folder / AFTER / f"{name}.csv").read_bytes(), csv_bytes(name, whole[name])
        yield from differences(RUN_TABLES[name], *map(_cells, both))
    for name, table in RUN_TABLES.items():
        if table.folder != "run" or name in WITH_PAGES:
            continue
        there = (files.folder / f"{name}.csv").is_file()
        if there != (name in tables) and not (there and table.stated):
            what = "is missing" if name in tables else "is there, and nothing gives it"
            yield _differs(f"{name}.csv {what}", name)
        elif there and not table.stated:
            both = (files.folder / f"{name}.csv").read_bytes(), csv_bytes(name, tables[name])
            cells = map(_lasting_problems if name == "problems" else _cells, both)
            yield from differences(table, *cells)


def _cells(content: bytes) -> pd.DataFrame:
    table = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
    return restore_frame(table.astype(object))


def _lasting_problems(content: bytes) -> pd.DataFrame:
    """Return the warnings that hold as long as the input is the same.

    What was said of decisions, records, files beside the tables and old keys was said once.
    """
    cells = _cells(content)
    once = cells["code"].isin(SAID_ONCE) | cells["table"].isin(SINCE)
    return cells[~once].reset_index(drop=True)


def differences(table: RunTable, published: pd.DataFrame, again: pd.DataFrame) -> Iterator[Finding]:
    """Yield what differs between a published table and the same made again, a line a column.

    Parameters
    ----------
    table
        Its declaration.
    published, again
        Texts of the cells.
    """
    if list(published.columns) != list(again.columns):
        names = sorted(set(published.columns) ^ set(again.columns))
        what = f"its columns are others: {listed(names)}" if names else "its columns are moved"
        yield _differs(f"{table.name}.csv: {what}", table.name)
        return
    if len(published) != len(again):
        message = f"{table.name}.csv has {count_of(len(published), 'row')}, not {len(again)}"
        yield _differs(message, table.name)
        return
    for name in published.columns:
        column = table.columns.get(name)
        if column is not None and column.stated:
            continue
        is_number = column is None or column.kind in NUMBERS
        wrong = np.flatnonzero(~_same(published[name], again[name], is_number=is_number))
        if len(wrong):
            row = f"row {int(wrong[0]) + 2}" + f" and {len(wrong) - 1} more" * (len(wrong) > 1)
            yield _differs(f"{name} is not what the matches give in {row}", table.name)


def _same(published: pd.Series[str], again: pd.Series[str], *, is_number: bool) -> Any:
    same = (published == again).to_numpy(dtype=bool)
    if is_number and not same.all():
        a, b = (
            pd.to_numeric(cells, errors="coerce").to_numpy(float) for cells in (published, again)
        )
        same = same | np.isclose(a, b, rtol=CLOSE, atol=CLOSE)
    return same


def _summary(files: RunFiles, again: Matching, *, has_key: bool) -> Iterator[Finding]:
    made = json.loads(json.dumps(again.summary))
    said = files.summary.get("metrics")
    if not has_key and isinstance(said, dict):
        made["metrics"]["groups"] = said.get("groups")
    for key in sorted(made.keys() | files.summary.keys()):
        column = SUMMARY.columns.get(key)
        if column is not None and column.stated:
            continue
        if key not in made or not alike(files.summary.get(key), made[key]):
            yield _differs(f"{key} is not what the matches give", RunFile.SUMMARY)


def alike(published: Any, again: Any) -> bool:
    """Return whether two values of JSON are the same, numbers within rounding.

    Parameters
    ----------
    published, again
        What was read, and what is made.
    """
    if isinstance(again, Mapping) and isinstance(published, Mapping):
        return list(published) == list(again) and all(
            alike(published[key], value) for key, value in again.items()
        )
    if isinstance(again, list | tuple) and isinstance(published, list):
        return len(published) == len(again) and all(map(alike, published, again))
    if isinstance(again, float) and isinstance(published, float):
        return math.isclose(published, again, rel_tol=CLOSE, abs_tol=CLOSE)
    return type(published) is type(again) and bool(published == again)


def _manifest(files: RunFiles, again: Matching) -> Iterator[Finding]:
    if not files.manifest:
        return
    if again.left_out and files.manifest.get("time_limit") is None:
        yield _differs("parts are left out, and nothing limited the time", RunFile.MANIFEST)
    when = run_made_at(files.manifest)
    anew = new_manifest(files.folder, again, again.matches, {}, when, inputs={}, files={})
    made = json.loads(json.dumps(anew))
    tables = (f"{one.name}.csv" for one in RUN_TABLES.values() if one.folder == "run")
    if others := sum(
        not n.startswith("plans/") for n in {*files.manifest["files"]} - {*RunFile, *tables}
    ):
        what = f"{count_of(others, 'file')} that the manifest lists and no run holds"
        yield _differs(what, RunFile.MANIFEST)
    known = {*made, "checker", "left_out", SEAL}
    for key in sorted(files.manifest.keys() - known):
        yield _differs(f"{shown_title(key)} is no key of a manifest", RunFile.MANIFEST)
    for key in (*OF_THE_ANSWER, "rows"):
        told = files.manifest.get(key), made[key]
        if key == "rows":  # what was recorded since is no part of the run
            told = tuple(_lasting(rows) for rows in told)
        if not alike(*told):
            yield _differs(f"{key} is not what the run's files give", RunFile.MANIFEST)


def _kept_pairs(
    files: RunFiles, cohort: Cohort, key: bytes | str | Path | None
) -> Iterator[Finding]:
    """Yield what the run keeps of earlier pairs that the cohort's own record does not say.

    What was recorded since, and what it hides of before, is no part of the run.
    """
    if files.config is None or not files.manifest or not (files.folder / f"{PAIRS}.csv").is_file():
        return
    is_later = not files.read_the_same(f"{PAIRS}.csv", cohort)
    wrong: set[tuple[str, ...]] = set()
    for now in _as_recorded(files, files.config, cohort, key):
        recorded, kept = (
            set(kept_pairs_table(one).itertuples(index=False, name=None)) for one in (now, cohort)
        )
        since = {row[:2] for row in recorded if is_later and row[-1]}
        wrong = {row for row in recorded ^ kept if row[:2] not in since}
        if not wrong:
            break
    if wrong:
        message = f"{count_of(len(wrong), 'pair')} of {PAIRS}.csv: not as the cohort records it"
        yield _differs(message, PAIRS)


def _as_recorded(
    files: RunFiles, config: Config, cohort: Cohort, key: bytes | str | Path | None
) -> Iterator[Cohort]:
    """Yield the cohort with the pairs of its own record: that table alone read, then everything."""
    if not files.options.get("pseudonymise"):
        with contextlib.suppress(MatcherError):
            record = read_so_far(cohort.source, PAIRS, config, cohort.people)
            yield replace(cohort, engagements=record.frame)
    yield reopen_cohort(files, config, cohort.source, key, kept=False)[0]


def _lasting(rows: Any) -> Any:
    return {name: count for name, count in rows.items() if name not in SINCE}


def _pages(files: RunFiles, again: Matching) -> Iterator[Finding]:
    """Yield the pages, and the tables that come of making them, whose bytes are others."""
    cohort = again.instance.cohort
    shown = hide_text(cohort) if files.options.get("pseudonymise") else cohort
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for path in files.folder.iterdir():
            if path.suffix in (".csv", ".json", ".toml") and path.stem not in WITH_PAGES:
                (folder / path.name).write_bytes(path.read_bytes())
        (folder / RunFile.MANIFEST).unlink(missing_ok=True)
        before = {path.name for path in folder.iterdir()}
        day = run_made_at(files.manifest).date()
        write_pages(folder, again, shown, again.tables(), matches_before(files.options), day=day)
        made = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file() and path.name not in before
        }
    there = {str(RunFile.REPORT), str(RunFile.WORKBOOK), "possible_mentors.csv"}
    plans = (files.folder / "plans").rglob("*")
    there |= {path.relative_to(files.folder).as_posix() for path in plans}
    wrong = [name for name in sorted(made) if _bytes(files.folder / name) != made[name]]
    wrong += [n for n in sorted(there - set(made)) if (files.folder / n).is_file()]
    for name in (one for one in wrong if "/" not in one):
        yield _differs(f"{name} is not what the tables give", name)
    if count := sum("/" in name for name in wrong):
        what = f"{count_of(count, 'page')} of plans/: not what the tables give"
        yield _differs(what, "plans")


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _broken_log(folder: Path) -> Iterator[Finding]:
    """Yield what is wrong with the log of decisions, which nothing else can derive."""
    try:
        DecisionLog(folder / LOG_NAME).events()
    except MatcherError as error:
        row = error.findings[0].row
        yield damaged(f"line {row} of {LOG_NAME} is no event of a decision log", LOG_NAME)


def _stated_columns(folder: Path) -> Iterator[tuple[str, Collection[str]]]:
    """Yield columns, also of what was made later, that are stated and not empty, and `asked_by`."""
    for name, table in RUN_TABLES.items():
        told = [column for column in table.in_file if table.stated or column.stated]
        for path in (folder / f"{name}.csv", folder / AFTER / f"{name}.csv"):
            if told and table.folder == "run" and path.is_file():
                cells = _cells(path.read_bytes()).replace("", None).dropna(axis=1, how="all")
                found = (column for column in told if column.name in cells)
                yield from ((f"{name}.{c.name}", c.asked_by or table.asked_by) for c in found)


def _unasked(files: RunFiles, config: Config) -> Iterator[Finding]:
    """Yield what a run states though neither its config nor how it was called asked for it."""
    if (files.folder / RunFile.CONFIG).read_bytes() != dump_config(config).encode():
        yield _differs(f"{RunFile.CONFIG} is not as its keys are written", RunFile.CONFIG)
    asked = {".".join(path) for path, value in flat_values(dump_config(config)).items() if value}
    asked |= {f"options.{name}" for name, value in files.options.items() if value}
    for told, keys in _stated_columns(files.folder):
        if files.manifest and keys and asked.isdisjoint(keys):
            yield _differs(f"{told} is stated, and nobody asked for it", told.partition(".")[0])


def stated_here(folder: Path) -> Iterator[str]:
    """Yield what a run states and nothing can derive, where it says anything.

    Parameters
    ----------
    folder
        The run.
    """
    yield from (told for told, _ in _stated_columns(folder))
    with contextlib.suppress(MatcherError):
        events = Counter(str(one["event"]) for one in DecisionLog(folder / LOG_NAME).events())
        yield from (f"{LOG_NAME}: {count_of(n, 'event')} '{what}'" for what, n in events.items())
    yield from (f"summary {c.name}" for c in SUMMARY.columns.values() if c.stated)
    yield "what keeping earlier pairs cost, where the summary says so"


def stated_config(files: RunFiles, instance: Instance) -> Iterator[str]:
    """Yield of which keys of its config no more is known than that the run states them.

    Parameters
    ----------
    files, instance
        The run, and its problem built again.
    """
    own, used = own_config(files, instance.cohort), instance.config
    if own is None:
        yield "config.toml where no table depends on it"
        return
    now, then = (flat_values(dump_config(config)) for config in (own, used))
    other = (path for path in sorted(now.keys() | then.keys()) if now.get(path) != then.get(path))
    apart = CHECKED_APART + (UNSAID if files.options.get("pseudonymise") else ())
    for key in map(".".join, other):
        if not key.startswith(apart):
            yield f"config.toml {key} (the cohort's own says otherwise)"


def _differs(message: str, table: str) -> Finding:
    return Finding("C_DERIVED", message, "do not use this run; run the match again", table)
