"""Open what a run was made from again: cohort, key, previous run and decisions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from matcher.cohort.cohort import Cohort
from matcher.decisions.decisions import read_decisions
from matcher.errors import Finding, StorageError
from matcher.intake.read import read_cohort, reading_options
from matcher.privacy.pseudonyms import (
    PATTERN,
    default_key_path,
    pseudonym,
    pseudonymise,
    read_key,
)
from matcher.problem.instance import Instance, build
from matcher.problem.previous import Previous

if TYPE_CHECKING:
    from matcher.checker.run_files import RunFiles
    from matcher.config import Config


def open_cohort(
    files: RunFiles,
    config: Config,
    cohort: Cohort | str | Path | None = None,
    key: bytes | str | Path | None = None,
) -> tuple[Cohort, bytes | None]:
    """Read the cohort of a run again, under pseudonyms where the run was.

    Returns
    -------
    tuple
        The cohort, and the key of its pseudonyms where there are any and it is known.

    Raises
    ------
    MatcherError
        Where it cannot be read, or the key is missing or wrong.
    """
    if not isinstance(cohort, Cohort):
        source = cohort if cohort is not None else source_of(files)
        cohort = read_cohort(source, config, **reading_options(files.options))
    if not files.options.get("pseudonymise"):
        return cohort, None
    hidden = all(PATTERN.fullmatch(person) for person in cohort.mentee_index.ids)
    if hidden and not files.options.get("decisions"):
        return cohort, None
    secret = key if isinstance(key, bytes) else read_key(_key_path(key, cohort))
    return (cohort if hidden else pseudonymise(cohort, secret)), secret


def _key_path(key: str | Path | None, cohort: Cohort) -> Path:
    path = default_key_path(cohort.source) if key is None else Path(key)
    if not path.is_file():
        remedy = "give the key file with --key"
        raise StorageError(Finding("C_FILES", "the key of a pseudonymised run is needed", remedy))
    return path


def source_of(files: RunFiles) -> str | Path:
    """Return where the cohort lies: as the manifest says, else around a run inside its folder."""
    told = files.manifest.get("cohort")
    source = told.get("source") if isinstance(told, dict) else None
    around = files.folder.absolute().parent
    if isinstance(source, str) and source and ("://" in source or Path(source).exists()):
        return source
    if around.name == "runs":
        return around.parent
    remedy = "say where it is with --cohort"
    raise StorageError(Finding("C_FILES", "the cohort of the run is not found", remedy))


def check_source(files: RunFiles, cohort: Cohort) -> list[Finding]:
    """Return findings on input files that are not those of the run."""
    told = files.manifest.get("cohort")
    before = told.get("sha256") if isinstance(told, dict) else None
    if not isinstance(before, dict):
        return []
    changed = [name for name in sorted(before) if cohort.hashes.get(name) != before[name]]
    changed += sorted(set(cohort.hashes) - set(before))
    return [
        Finding("C_INPUT", f"{name} is not what the run read", "run the match again", "cohort")
        for name in changed
    ]


def rebuild(files: RunFiles, config: Config, cohort: Cohort, secret: bytes | None) -> Instance:
    """Build the problem of a run again, with its previous run and decisions.

    Raises
    ------
    MatcherError
        Where tables, decisions or the previous run do not allow it.
    """
    options = files.options
    previous, source = options.get("previous"), options.get("decisions")
    decisions = None if not source else read_decisions(str(source))
    if decisions is not None and secret is not None:
        for column in ("mentee_id", "mentor_id"):
            decisions[column] = [_hidden(person, secret) for person in decisions[column]]
    return build(
        cohort,
        config,
        previous=None if not previous else Previous.read(Path(str(previous))),
        decisions=decisions,
        add=bool(options.get("add")),
    )


def _hidden(person: str, secret: bytes) -> str:
    """Return an id under its pseudonym; no id, and what is a pseudonym already, stay."""
    return person if not person or PATTERN.fullmatch(person) else pseudonym(person, secret)
