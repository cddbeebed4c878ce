"""Whether what was made after a run is as it was written: its own manifest, and the run's hash.

Files there are named by people, so they are counted and never named.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from matcher.errors import Finding
from matcher.text import count_of, parse_json, plural

AFTER_FOLDER, MANIFEST = "after", "manifest.json"
"""On purpose no part of what writes them: a copy."""


def changed_after(run: Path) -> Iterator[Finding]:
    """Yield what is wrong with the ``after/`` of a run, nothing where there is none.

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
    return stated if isinstance(stated, dict) and isinstance(stated.get("files"), dict) else None


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
