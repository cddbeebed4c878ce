from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from matcher.config import load_config

EXAMPLE_RESULT = "77afa74d492a1fa40244eb1acce7c4119756ce362976b768beaa4ad30f3dc37b"
"""Hash of the example's matches: it changes where what a match means changes, and only there."""


def blocks(root: Path, language: str) -> list[str]:
    """Return the code blocks of one language in the README."""
    text = (root / "README.md").read_text("utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.mark.slow
def test_the_python_examples_run(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the README tells Python users works, in the order it is told."""
    monkeypatch.chdir(root)
    names: dict[str, object] = {}
    for block in blocks(root, "python"):
        exec(compile(block, "README.md", "exec"), names)  # noqa: S102 our own page
    assert names["solution"].pairs.tolist() == [[0, 1], [1, 0]]  # type: ignore[attr-defined]
    assert {"mentee_id", "mentor_id"} <= set(names["result"].matches)  # type: ignore[attr-defined]


def test_the_config_example_loads(root: Path, tmp_path: Path) -> None:
    """The short config of the README is valid and says what the text says."""
    (block,) = blocks(root, "toml")
    path = tmp_path / "own.toml"
    path.write_text(block, "utf-8")
    config = load_config(path)
    assert (config.portfolio.limit, config.programme.name) == (1, "Spring cohort")


def test_links_lead_somewhere(root: Path) -> None:
    """Pages link to files that exist."""
    pages = [root / "README.md", root / "CONTRIBUTING.md", *(root / "docs").rglob("*.md")]
    broken = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


def comparable(printed: str) -> list[str]:
    """Return the lines of a match without what differs from run to run."""
    printed = re.sub(r"[0-9.]+ s\)", "S)", printed)
    return re.sub(r"^Run: .*", "Run:", printed, flags=re.MULTILINE).strip().splitlines()


@pytest.mark.slow
def test_the_match_prints_what_the_readme_shows(root: Path, tmp_path: Path) -> None:
    """The example of the first command is real, and so are the files that the table lists."""
    run = tmp_path / "run"
    command = [sys.executable, "-m", "matcher", "match", "examples/cohort", "-o", str(run)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    shown = next(block for block in blocks(root, "") if "Run: " in block)
    assert comparable(done.stdout) == comparable(shown)
    table = (root / "README.md").read_text("utf-8").partition("| File | Holds |")[2]
    rows = [line for line in table.partition("\n\n")[0].splitlines() if line.startswith("| `")]
    files = [name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])]
    assert len(files) > 12
    assert [name for name in files if not (run / name).exists()] == []
    manifest = json.loads((run / "manifest.json").read_text("utf-8"))
    assert manifest["result_sha256"] == EXAMPLE_RESULT
