"""The manifest's hash of itself, files that it does not list, and what was made after the run.

The hash tells an edit from what was written; whoever can write to the folder can write a new one,
so all that a manifest says and the files give is made again as well.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from matcher import finished_run
from matcher.errors import Finding
from matcher.privacy.black_out import BLACKED_OUT, blacked_out
from matcher.text import count_of, parse_json, plural

AFTER_FOLDER, MANIFEST = "after", "manifest.json"
"""On purpose no part of what writes them: a copy."""
AFTER_FORMAT = 1
SEAL = "sha256"
"""Key of the manifest that holds the hash of the others."""
SEALED_SINCE = 3
"""Format from which a manifest has one."""

NAMED_LATER = re.compile(
    r"(decisions(-\d+)?|history)\.jsonl|report-[a-z]+\.html|\..*\.lock|\.matcher-app.*"
)
"""Files that our own commands put beside the hashed ones."""
OURS_AFTER = (AFTER_FOLDER, "rebuilt")
"""Folders that our own commands make in a run."""
READ = re.compile(r"[a-z_]+\.(csv|json|toml|html|xlsx)|plans/.*")
"""Names as those of a run's own files, by which somebody would take them for such."""


def sealed(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return a manifest with the hash of all that it says.

    Parameters
    ----------
    manifest
        As it is written, with or without an earlier hash.
    """
    said = {key: value for key, value in manifest.items() if key != SEAL}
    text = json.dumps(said, sort_keys=True, ensure_ascii=True)
    return {**said, SEAL: hashlib.sha256(text.encode()).hexdigest()}


def changed_manifest(folder: Path) -> Iterator[Finding]:
    """Yield a finding if the manifest is not as it was written.

    Parameters
    ----------
    folder
        The run.
    """
    name = "manifest.json"
    if name in blacked_out(folder):
        return
    try:
        manifest = parse_json((folder / name).read_text("utf-8"))
    except (OSError, ValueError):
        return  # told by whoever read it
    form = manifest.get("format") if isinstance(manifest, dict) else None
    is_sealed = isinstance(form, int) and form >= SEALED_SINCE
    if is_sealed and sealed(manifest)[SEAL] != manifest.get(SEAL):
        yield finished_run.damaged("the manifest is not as it was written", name, "C_HASH")


def foreign_files(folder: Path) -> Iterator[Finding]:
    """Yield what is told of files that the manifest does not list and no command of ours makes.

    Parameters
    ----------
    folder
        The run.
    """
    try:
        known = parse_json((folder / "manifest.json").read_text("utf-8"))["files"].keys()
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir()}
    foreign = sorted(
        name
        for name in there - set(known) - {"manifest.json", BLACKED_OUT}
        if PurePosixPath(name).parts[0] not in OURS_AFTER and not NAMED_LATER.fullmatch(name)
    )
    taken = [name for name in foreign if READ.fullmatch(name)]
    for name in (one for one in taken if "/" not in one):
        yield finished_run.damaged(f"{name} is in no manifest", name, "C_HASH")
    if pages := sum("/" in name for name in taken):
        what = f"{count_of(pages, 'file')} of plans/ that no manifest lists"
        yield finished_run.damaged(what, "plans", "C_HASH")
    if rest := len(foreign) - len(taken):
        what = f"{count_of(rest, 'file')} in the run that its manifest does not list"
        yield Finding("W_FOREIGN", what, "nothing is said of them", "")


def changed_after(run: Path) -> Iterator[Finding]:
    """Yield what is wrong with the ``after/`` of a run, nothing where there is none.

    Files there are named by people, so they are counted and never named.

    Parameters
    ----------
    run
        The run folder.
    """
    folder = run / AFTER_FOLDER
    if not folder.is_dir():
        return
    stated = _stated(folder)
    if stated is None:
        yield _fault("C_FILES", f"{AFTER_FOLDER}/ has no manifest that can be read")
        return
    if stated.get("run_sha256") != hash_in(run / MANIFEST):
        yield _fault("C_HASH", f"{AFTER_FOLDER}/ was made from another run than this one")
    files = stated["files"]
    changed = sum(_is_changed(folder, str(name), files[name]) for name in files)
    if changed:
        verb = plural(changed, "is", "are")
        what = f"{count_of(changed, 'file')} of {AFTER_FOLDER}/ {verb} not as it was written"
        yield _fault("C_HASH", what)
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir()}
    foreign = len(there - set(files) - {MANIFEST})
    if foreign:
        what = f"{count_of(foreign, 'file')} in {AFTER_FOLDER}/ that its manifest does not list"
        yield Finding("W_FOREIGN", what, "nothing is said of them", AFTER_FOLDER)


def _stated(folder: Path) -> dict[str, Any] | None:
    try:
        stated = parse_json((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    is_ours = isinstance(stated, dict) and stated.get("format") == AFTER_FORMAT
    return stated if is_ours and isinstance(stated.get("files"), dict) else None


def _is_changed(folder: Path, name: str, expected: object) -> bool:
    parts = PurePosixPath(name)
    if parts.is_absolute() or ".." in parts.parts:
        return True
    return hash_in(folder / parts) != expected


def hash_in(path: Path) -> str | None:
    """Return the hash of a file, None where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _fault(code: str, message: str) -> Finding:
    return Finding(code, message, "restore it, or run matcher send again", AFTER_FOLDER)
