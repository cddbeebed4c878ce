"""The manifest's hash of itself, and files in a run that its manifest does not list.

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
from matcher.checker.after_files import AFTER_FOLDER
from matcher.errors import Finding
from matcher.privacy.black_out import BLACKED_OUT, blacked_out
from matcher.text import count_of, parse_json

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
