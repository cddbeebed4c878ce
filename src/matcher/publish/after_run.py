"""``after/`` in a run folder: what is made once the run is published, with a manifest of its own.

No hashed file of the run changes. The manifest here names the run's own by its hash, who approved
it, and what the letters were made from. What was final before stays, under ``earlier/``.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from matcher.publish.published_run import approval_sentence
from matcher.run_tables import AFTER, RunFile
from matcher.storage import file_hashes, folder_anew, put_back, sha256_of, write_bytes
from matcher.text import parse_json, utf_8

SENT_BEFORE = "earlier"
"""Folder inside `after/` for what was final before."""
OF_ALL = ("format", "run_sha256", "approval", "files")
"""Keys of the manifest that are made anew each time; others stay where nothing else is said."""
MADE_AFTER = "made_later"
"""Key of what the time was over for, and is there now."""


def write_after(
    run: Path, files: Mapping[str, bytes], made_from: Mapping[str, Any], parts: Collection[str] = ()
) -> Path:
    """Write files into ``after/`` of a run, whole or not at all; return the folder.

    Parameters
    ----------
    run
        A published run; only one that is approved makes anything final.
    files
        By name below `after/`; each first part of a name is replaced as a whole, so that nothing of
        what was made before mixes with it. Other parts stay.
    parts
        First parts of names that are replaced even where no file of theirs is made now.
    made_from
        What else the manifest says they were made from, such as the word catalogue; what it says of
        other parts stays.

    Raises
    ------
    StorageError
        E_WRITE or E_LOCKED; then everything is as it was.
    """
    target = run / AFTER
    replaced = {*parts, *(PurePosixPath(name).parts[0] for name in files)}
    before = read_after(run)
    with folder_anew(target) as folder:
        if target.is_dir():
            _keep(target, folder, replaced, was_final=bool(before.get("approval")))
        for name, content in files.items():
            place = folder.joinpath(*PurePosixPath(name).parts)
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_bytes(place, content)
        said = {key: value for key, value in before.items() if key not in OF_ALL}
        write_bytes(folder / RunFile.MANIFEST, _manifest(run, folder, said | {**made_from}))
    return target


def read_after(run: Path) -> dict[str, Any]:
    """Return the manifest of ``after/``, empty where nothing was made or it cannot be read."""
    return _content(put_back(run / AFTER))


def _content(folder: Path) -> dict[str, Any]:
    try:
        content = parse_json((folder / RunFile.MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def earlier_manifests(run: Path) -> list[dict[str, Any]]:
    """Return the manifests of what was final in ``after/`` before, each that can be read."""
    kept = put_back(run / AFTER) / SENT_BEFORE
    return [_content(place) for place in sorted(kept.iterdir())] if kept.is_dir() else []


def _keep(old: Path, folder: Path, replaced: set[str], *, was_final: bool) -> None:
    """Copy what stays, and what is replaced and was final into the next folder of `earlier/`."""
    for path in sorted(old.iterdir()):
        if path.name == RunFile.MANIFEST and not was_final:
            continue
        if path.name not in replaced and path.name != RunFile.MANIFEST:
            _copy(path, folder / path.name)
    if not was_final:
        return
    kept = folder / SENT_BEFORE
    number = len(list(kept.iterdir())) + 1 if kept.is_dir() else 1
    for name in sorted({*replaced, str(RunFile.MANIFEST)}):
        if (old / name).exists():
            (kept / str(number)).mkdir(parents=True, exist_ok=True, mode=0o700)
            _copy(old / name, kept / str(number) / name)


def _copy(old: Path, new: Path) -> None:
    if old.is_dir():
        shutil.copytree(old, new)
    else:
        shutil.copyfile(old, new)


def _manifest(run: Path, folder: Path, made_from: Mapping[str, Any]) -> bytes:
    content = {
        "format": 1,
        "run_sha256": sha256_of(run / RunFile.MANIFEST),
        "approval": approval_sentence(run),
        **made_from,
        "files": file_hashes(folder),
    }
    return utf_8(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
