"""What the checker reads of a run, and whether the files are those that were published."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from matcher.cohort.cohort import Cohort
from matcher.errors import Finding
from matcher.finished_run import CONFIG, MANIFEST, SUMMARY, RunFiles, TableColumns, damaged

TABLES = {
    "matches": TableColumns(
        ("mentee_id", "mentor_id", "approach", "reciprocal", "role"), ("score",)
    ),
    "portfolios": TableColumns(
        ("mentee_id",), ("n_mentors", "value", "relation", "coverage", "redundancy")
    ),
    "contributions": TableColumns(("mentee_id", "mentor_id", "feature"), ("contribution",)),
    "mentors": TableColumns(("mentor_id",), ("capacity", "used", "price")),
    "certificate": TableColumns(("kind", "id"), ("rhs", "dual")),
    "unmatched": TableColumns(("person_id", "role")),
}
"""Tables that are checked. On purpose no part of what declares a run's tables: a copy."""


def changed_files(run: RunFiles) -> Iterator[Finding]:
    """Yield a finding for every published file that is not as the manifest says."""
    files = run.manifest.get("files")
    if not isinstance(files, dict):
        yield damaged("the manifest lists no files", MANIFEST)
        return
    for name, expected in files.items():
        parts = PurePosixPath(str(name))
        if parts.is_absolute() or ".." in parts.parts:
            yield damaged("the manifest lists a file outside the run", MANIFEST)
            continue
        found = _hash_of(run.folder / parts)
        if found is None:
            yield damaged(f"{name} is missing or cannot be read", str(name), "C_HASH")
        elif found != expected:
            yield damaged(f"{name} is not as it was published", str(name), "C_HASH")
    for name in (*(f"{table}.csv" for table in TABLES), SUMMARY, CONFIG):
        if name not in files:
            yield damaged(f"{name} is not listed in the manifest", MANIFEST)


def _hash_of(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def check_result_hash(run: RunFiles) -> Iterator[Finding]:
    """Yield a finding if ids, approaches and roles do not hash to what the manifest says."""
    expected = run.manifest.get("result_sha256")
    if expected is None:
        return
    columns = ["mentee_id", "mentor_id", "approach", "role"]
    rows = sorted(run.tables["matches"][columns].itertuples(index=False, name=None))
    found = hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()
    if found != expected:
        message = "the matches do not have the result hash of the manifest"
        yield damaged(message, "matches", "C_HASH")


def check_source(run: RunFiles, cohort: Cohort) -> Iterator[Finding]:
    """Yield a finding for every input file that is not that of the run."""
    before = run.origin.get("sha256")
    if isinstance(before, dict):
        changed = [name for name in sorted(before) if cohort.hashes.get(name) != before[name]]
        for name in (*changed, *sorted(set(cohort.hashes) - set(before))):
            message, remedy = f"{name} is not what the run read", "run the match again"
            yield Finding("C_INPUT", message, remedy, "cohort")
