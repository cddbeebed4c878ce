"""What a run states and nothing can derive: told by `verify`, and only where the run may say it."""

import contextlib
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from matcher.cohort.cells import restore_frame
from matcher.config import Config, dump_config
from matcher.config.edited import flat_values
from matcher.decisions.decisions import LOG_NAME, DecisionLog
from matcher.errors import Finding, MatcherError
from matcher.finished_run import RunFiles, own_config
from matcher.problem.instance import Instance
from matcher.run_tables import AFTER, RUN_TABLES, SUMMARY, RunColumn, RunFile, RunTable
from matcher.text import count_of

CHECKED_APART = ("solver.seed", "solver.time_limit", "text.method", "resolve")
"""Keys of a config that are compared with the manifest, or lie under pseudonyms."""
UNSAID = ("programme.contact",)
"""Keys that a run under pseudonyms does not say."""


def not_derived(message: str, table: str) -> Finding:
    """Return the finding for what is not as the run's own matches give it."""
    return Finding("C_DERIVED", message, "do not use this run; run the match again", table)


def cells_of(content: bytes) -> pd.DataFrame:
    """Return the cells of a published table as texts."""
    frame = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
    return restore_frame(frame.astype(object))


def _stated_columns(folder: Path) -> Iterator[tuple[RunTable, RunColumn]]:
    """Yield the columns, of the run and of what was made later, that are stated and not empty."""
    for name, table in RUN_TABLES.items():
        told = [column for column in table.in_file if table.stated or column.stated]
        paths = (folder / f"{name}.csv", folder / AFTER / f"{name}.csv")
        for path in (one for one in paths if told and table.folder == "run" and one.is_file()):
            cells = cells_of(path.read_bytes())
            yield from ((table, c) for c in told if c.name in cells and (cells[c.name] != "").any())


def unasked(files: RunFiles, config: Config) -> Iterator[Finding]:
    """Yield what a run states though neither its config nor how it was called asked for it.

    Parameters
    ----------
    files, config
        The run, and its config.
    """
    if not files.manifest:  # how it was called is not known
        return
    asked = {".".join(path) for path, value in flat_values(dump_config(config)).items() if value}
    asked |= {f"options.{name}" for name, value in files.options.items() if value}
    for table, column in _stated_columns(files.folder):
        keys = {*(column.asked_by or table.asked_by)}
        if keys and not keys & asked:
            message = f"{column.name} is stated, and the run was not asked for it"
            yield not_derived(message, table.name)


def config_text(files: RunFiles, config: Config) -> Iterator[Finding]:
    """Yield a finding where the file of a run's config says more than its keys do.

    Parameters
    ----------
    files, config
        The run, and its config.
    """
    if (files.folder / RunFile.CONFIG).read_bytes() != dump_config(config).encode():
        yield not_derived(f"{RunFile.CONFIG} is not as its keys are written", RunFile.CONFIG)


def stated_here(folder: Path) -> Iterator[str]:
    """Yield what a run states and nothing can derive, where it says anything.

    Parameters
    ----------
    folder
        The run.
    """
    yield from (f"{table.name}.{column.name}" for table, column in _stated_columns(folder))
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
