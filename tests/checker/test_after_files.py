"""What lies in `after/`: as its manifest says, and made from this run."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from matcher.checker.seal import changed_after

PAGES = {"send.xlsx": b"one", "letters/a.eml": b"two", "letters/b.eml": b"three"}


def sha(content: bytes) -> str:
    """Return a hash as a manifest holds it."""
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return a run with files that were made after it."""
    (tmp_path / "manifest.json").write_bytes(b"{}")
    for name, content in PAGES.items():
        path = tmp_path / "after" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    write(tmp_path)
    return tmp_path


def write(run: Path, **changed: Any) -> None:
    """Write the manifest of what came after, true but for what is changed."""
    stated = {
        "format": 1,
        "run_sha256": sha((run / "manifest.json").read_bytes()),
        "files": {name: sha(content) for name, content in PAGES.items()},
    }
    (run / "after" / "manifest.json").write_text(json.dumps({**stated, **changed}))


def told(run: Path) -> list[tuple[str, str]]:
    """Return code and message of what is found."""
    return [(finding.code, finding.message) for finding in changed_after(run)]


def test_what_was_sent_is_as_it_was_written(run: Path, tmp_path: Path) -> None:
    """No folder, or one as its manifest says, is no matter."""
    assert told(run) == []
    assert told(tmp_path / "letters") == []


@pytest.mark.parametrize(
    "manifest", [None, "[", "[]", '{"format": 1}', '{"format": 1, "files": []}']
)
def test_a_manifest_that_says_nothing(run: Path, manifest: str | None) -> None:
    """Without a list of files nothing can be said of them."""
    path = run / "after" / "manifest.json"
    path.unlink() if manifest is None else path.write_text(manifest)
    assert told(run) == [("C_FILES", "after/ has no manifest that can be read")]


def test_changed_lost_and_foreign_files_are_counted(run: Path) -> None:
    """Files are named by people: how many are meant is said, and no name."""
    (run / "after" / "letters" / "a.eml").write_bytes(b"other")
    assert told(run) == [("C_HASH", "1 file of after/ is not as it was written")]
    (run / "after" / "letters" / "b.eml").unlink()
    assert told(run) == [("C_HASH", "2 files of after/ are not as it was written")]
    (run / "after" / "letters" / "c.eml").write_bytes(b"more")
    assert told(run)[1] == ("W_FOREIGN", "1 file in after/ that its manifest does not list")


@pytest.mark.parametrize("name", ["../manifest.json", "/manifest.json", "letters/../../x"])
def test_a_manifest_lists_nothing_outside(run: Path, name: str) -> None:
    """Whatever its hash, a path that leads out of the folder is a fault."""
    files = {name: sha(b"{}")} | {known: sha(content) for known, content in PAGES.items()}
    write(run, files=files)
    assert told(run) == [("C_HASH", "1 file of after/ is not as it was written")]


def test_another_run_than_this(run: Path) -> None:
    """What was made from another match does not belong here."""
    write(run, run_sha256=sha(b"another"))
    assert told(run) == [("C_HASH", "after/ was made from another run than this one")]
