"""A finished run read again: its files, its cohort with the key, and its problem."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matcher.arrays import Floats
from matcher.cohort.cells import restore_frame
from matcher.cohort.cohort import Cohort
from matcher.config import Config, load_config
from matcher.config.feature_kinds import unknown_kinds
from matcher.decisions.decisions import read_decisions
from matcher.decisions.in_force import TABLE as DECISIONS
from matcher.errors import Finding, MatcherError, StorageError
from matcher.intake.read import read_cohort
from matcher.intake.so_far import reading_options, with_kept_pairs
from matcher.privacy import pseudonyms
from matcher.privacy.input_hashes import KEYED, ThenAndNow, before_and_now
from matcher.problem.instance import Instance, build
from matcher.problem.previous import Previous
from matcher.run_tables import RunFile, read_table
from matcher.text import listed, parse_json
from matcher.whereabouts import place_of

PLACE_OPTIONS = ("previous", "decisions")
"""Options of a run that say where something lies."""


@dataclass(frozen=True)
class TableColumns:
    """What a reader needs of a table."""

    text: tuple[str, ...]
    numbers: tuple[str, ...] = ()
    """All of them must be filled in."""


@dataclass
class RunFiles:
    """What was read, with all that was wrong; parts that could not be read are empty."""

    folder: Path
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    manifest: dict[str, Any] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)
    config: Config | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def options(self) -> Mapping[str, Any]:
        """How the run was called, as its manifest says."""
        options = self.manifest.get("options")
        return options if isinstance(options, dict) else {}

    @property
    def origin(self) -> Mapping[str, Any]:
        """Where the cohort came from and the digests of its files, as the manifest says."""
        told = self.manifest.get("cohort")
        return told if isinstance(told, dict) else {}

    def input_hashes(self, cohort: Cohort) -> ThenAndNow | None:
        """Digests of the cohort's files, then and now; None where they cannot be compared."""
        return before_and_now(self.origin, cohort.hashes, cohort.source)

    def read_the_same(self, name: str, cohort: Cohort) -> bool:
        """Whether it is known that a file of the cohort is still what the run read."""
        both = self.input_hashes(cohort)
        return both is not None and both[0].get(name) == both[1].get(name)

    @property
    def left_out(self) -> tuple[str, ...]:
        """What a time limit left out, as its manifest says."""
        told = self.manifest.get("left_out")
        return tuple(map(str, told)) if isinstance(told, list) else ()

    def figure(self, key: str) -> float | None:
        """Return a finite number of the summary, None for anything else."""
        value = self.summary.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return float(value) if np.isfinite(value) else None

    def whole(self) -> Config:
        """Return the config of a run of which everything could be read.

        Raises
        ------
        StorageError
            C_FILES with all that was wrong.
        """
        if self.findings or self.config is None:
            raise StorageError(self.findings)
        return self.config


def damaged(message: str, table: str = "", code: str = "C_FILES") -> Finding:
    """Return the finding for a file that is not what a run publishes."""
    return Finding(code, message, "restore the run as published, or run the match again", table)


def read_files(
    folder: Path, tables: Mapping[str, TableColumns], *, with_manifest: bool = True
) -> RunFiles:
    """Read a run folder; what is malformed becomes findings, never an exception.

    Parameters
    ----------
    folder
        What ``matcher match -o`` wrote.
    tables
        Tables that are read, by name, with the columns they must have.
    with_manifest
        Whether a missing manifest is a fault; the run that is about to be published has none yet.
    """
    run = RunFiles(folder)
    if not folder.is_dir():
        run.findings.append(damaged(f"there is no run folder {folder.name}"))
        return run
    if with_manifest or (folder / RunFile.MANIFEST).exists():
        run.manifest = with_places(folder, _read_json(run, RunFile.MANIFEST))
    run.summary = _read_json(run, RunFile.SUMMARY)
    run.tables = {name: _read_table(run, name, columns) for name, columns in tables.items()}
    run.config = _read_config(run)
    return run


def with_places(folder: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    """Return the manifest of a run with paths that can be opened from here."""
    out = dict(manifest)
    for part, names in (("cohort", ("source",)), ("options", PLACE_OPTIONS)):
        told = manifest.get(part)
        if isinstance(told, dict):
            here = {n: place_of(folder, told[n]) for n in names if isinstance(told.get(n), str)}
            out[part] = told | here
    return out


def _read_json(run: RunFiles, name: str) -> dict[str, Any]:
    why = "holds no keys"
    try:
        content = parse_json((run.folder / name).read_text(encoding="utf-8"))
        if isinstance(content, dict):
            return content
    except OSError:
        why = "is missing or cannot be read"
    except ValueError:
        why = "is not JSON"
    run.findings.append(damaged(f"{name} {why}", name))
    return {}


def _read_config(run: RunFiles) -> Config | None:
    path = run.folder / RunFile.CONFIG
    if not path.is_file():
        run.findings.append(damaged(f"{RunFile.CONFIG} is missing", RunFile.CONFIG))
        return None
    try:
        text = path.read_text(encoding="utf-8")
        if kinds := unknown_kinds(tomllib.loads(text)):
            run.findings.append(_lacking_kind(run, kinds))
            return None
        return load_config(path)
    except (MatcherError, OSError, ValueError) as error:
        first = str(error).split("\n", maxsplit=1)[0]
        run.findings.append(damaged(f"{RunFile.CONFIG} is not a config: {first}", RunFile.CONFIG))
        return None


def _lacking_kind(run: RunFiles, kinds: Sequence[str]) -> Finding:
    """Return the finding for a run with features of kinds that are not installed here."""
    versions = run.manifest.get("versions")
    told = versions if isinstance(versions, dict) else {}
    named = listed(f"{kind} ({told.get(kind, 'of unknown origin')})" for kind in kinds)
    message = f"the run compares by feature kinds that are not installed here: {named}"
    remedy = "install what declares them; nothing else is said of this run"
    return Finding("C_KIND", message, remedy, RunFile.CONFIG)


def _read_table(run: RunFiles, name: str, columns: TableColumns) -> pd.DataFrame:
    """Return a table with its texts restored and its numbers as floats, empty if malformed."""
    needed, path = (*columns.text, *columns.numbers), run.folder / f"{name}.csv"
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
        missing = [column for column in needed if column not in frame.columns]
        why = f"has no column {missing[0]}" if missing else ""
    except OSError:
        why = "is missing or cannot be read"
    except (ValueError, csv.Error):
        why = "is not a table"
    if why:
        run.findings.append(damaged(f"{path.name} {why}", name))
        return pd.DataFrame({column: pd.Series(dtype=object) for column in needed})
    frame = restore_frame(frame.astype(object))
    for column in columns.numbers:
        frame[column] = _numbers(run, name, frame[column])
    return frame


def _numbers(run: RunFiles, name: str, cells: pd.Series[Any]) -> Floats:
    """Return a column as floats that round-trip; what is no number is a finding and NaN."""
    values = np.full(len(cells), np.nan)
    for row, cell in enumerate(cells):
        try:
            values[row] = float(cell)
        except (TypeError, ValueError):
            message = f"{cells.name} is not a number in row {row + 2}"
            run.findings.append(damaged(message, name))
            break
    return values


def reopen_cohort(
    files: RunFiles,
    config: Config,
    cohort: Cohort | str | Path | None = None,
    key: bytes | str | Path | None = None,
    *,
    kept: bool = True,
) -> tuple[Cohort, bytes | None]:
    """Read the cohort of a run again, under pseudonyms where the run was.

    Parameters
    ----------
    files, config
        The run and how its cohort is read.
    cohort
        Where the cohort lies now, or the cohort itself; None: where the manifest says, else around
        a run inside its folder.
    key
        Key of a pseudonymised run, or the file that holds it; None: the file beside the cohort.
    kept
        Whether its pairs past and present are those that the run keeps, else as recorded today.

    Returns
    -------
    tuple
        The cohort, and the key of its pseudonyms where there are any and it is known.

    Raises
    ------
    MatcherError
        Where it cannot be read, or the key is missing or wrong.
    """
    is_hidden = bool(files.options.get("pseudonymise"))
    if not isinstance(cohort, Cohort):
        source = cohort if cohort is not None else _source(files)
        with pseudonyms.untold_faults(hidden=is_hidden):
            read = _read_again(source, files, config, key, kept=kept)
        cohort = _on_its_day(read, files, config)
    if not is_hidden:
        return cohort, None
    if all(pseudonyms.PATTERN.fullmatch(person) for person in cohort.mentee_index.ids):
        return cohort, None
    secret = key if isinstance(key, bytes) else pseudonyms.read_key(_key_path(key, cohort))
    hidden = pseudonyms.pseudonymise(cohort, secret)
    return with_kept_pairs(hidden, files.folder, config) if kept else hidden, secret


def own_config(files: RunFiles, cohort: Cohort) -> Config | None:
    """Return the config beside the tables as it is now, where a run says that it was made by it.

    None where the run was given another, and where that of the cohort cannot be read: what the
    run's `config.toml` says is then no more than stated.
    """
    if not (files.options.get("own_config") and cohort.source):
        return None
    try:
        return load_config(None, cohort=cohort.source)
    except (MatcherError, OSError, ValueError):
        return None


def _on_its_day(cohort: Cohort, files: RunFiles, config: Config) -> Cohort:
    """Return a cohort with the day of the run where answers were taken in since: they are newer."""
    day = files.manifest.get("as_of")
    if config.programme.as_of is not None or day is None:
        return cohort
    if files.read_the_same("outcomes.csv", cohort):
        return cohort
    try:
        return replace(cohort, as_of=date.fromisoformat(str(day)))
    except ValueError:  # not what a run writes: the figures will not agree
        return cohort


def _read_again(
    source: str | Path,
    files: RunFiles,
    config: Config,
    key: bytes | str | Path | None,
    *,
    kept: bool,
) -> Cohort:
    """Read the cohort as the run did; answers under pseudonyms are told from who is there."""
    options = reading_options(files.folder, files.options)
    options["engagements"] = options["engagements"] if kept else None
    options["until"] = str(files.manifest.get("created") or "") if kept else ""
    if not (files.options.get("pseudonymise") and config.resolve):
        return read_cohort(source, config, **options)
    cohort = read_cohort(source, config.model_copy(update={"resolve": {}}), **options)
    secret = key if isinstance(key, bytes) else pseudonyms.read_key(_key_path(key, cohort))
    return read_cohort(source, pseudonyms.reveal_answers(config, cohort, secret), **options)


def _key_path(key: str | Path | None, cohort: Cohort) -> Path:
    path = pseudonyms.default_key_path(cohort.source) if key is None else Path(key)
    if not path.is_file():
        remedy = "give the key file with --key"
        raise StorageError(Finding("C_FILES", "the key of a pseudonymised run is needed", remedy))
    return path


def _source(files: RunFiles) -> str | Path:
    source, around = files.origin.get("source"), files.folder.absolute().parent
    if isinstance(source, str) and source and _may_be(source, files.origin.get(KEYED)):
        return source
    if around.name == "runs":
        return around.parent
    remedy = "give --cohort PATH"
    raise StorageError(Finding("C_FILES", "the cohort of the run is not found", remedy))


def _may_be(source: str, names: object) -> bool:
    """Return whether a place is there and, if a folder, holds any file of the cohort."""
    path = Path(source)
    if "://" in source or not path.is_dir():
        return "://" in source or path.exists()
    return not isinstance(names, dict) or any((path / str(name)).exists() for name in names)


def rebuild_problem(
    files: RunFiles, config: Config, cohort: Cohort, secret: bytes | None
) -> Instance:
    """Build the problem of a run again, with its previous run and decisions.

    Raises
    ------
    MatcherError
        Where tables, decisions or the previous run do not allow it.
    """
    options = files.options
    previous = options.get("previous")
    earlier = None if not previous else Previous.read(Path(str(previous)))
    return build(
        cohort,
        config,
        previous=None if earlier is None else replace(earlier, decisions=None),
        decisions=_decisions_of(files, secret),
        add=bool(options.get("add")),
    )


def _decisions_of(files: RunFiles, secret: bytes | None) -> pd.DataFrame | None:
    """Return what the run obeyed: its own table, or in older runs the file that it was given."""
    source = files.options.get("decisions")
    if (files.folder / f"{DECISIONS}.csv").is_file():
        obeyed: pd.DataFrame = read_table(files.folder, DECISIONS)
        return obeyed.assign(note="", by="", at="")
    if not source:
        return None
    decisions = read_decisions(str(source))
    hidden = {
        column: [_hidden(person, secret) for person in decisions[column]]
        for column in ("mentee_id", "mentor_id")
    }
    return decisions.assign(**hidden)


def _hidden(person: str, secret: bytes | None) -> str:
    """Return an id under its pseudonym; no id, and what is a pseudonym already, stay."""
    if not person or secret is None or pseudonyms.PATTERN.fullmatch(person):
        return person
    return pseudonyms.pseudonym(person, secret)
