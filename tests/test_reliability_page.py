"""Every row of docs/reliability.md names tests that are there and run, and codes with a remedy."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs" / "reliability.md").read_text("utf-8").splitlines()
    if re.match(r"\| \d", line)
]


def marks_of(path: Path) -> dict[str, list[str]]:
    """Return the decorators of every test of a file, as they are written."""
    return {
        node.name: [ast.unparse(each) for each in node.decorator_list]
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_every_row_is_there():
    """As many as the specification has."""
    assert [row[0] for row in ROWS] == ["1", "2", "3", "3a", *map(str, range(4, 51))]
    assert all(len(row) == 5 for row in ROWS)


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_row_is_held(row):
    """By tests that exist and are not skipped, or it says openly that nothing holds it."""
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", row[4])
    assert named or "*open*" in row[3]
    assert len(named) == row[4].count("::")
    for file, test in named:
        found = marks_of(ROOT / "tests" / file)
        assert test in found, f"{file} has no {test}"
        assert not [mark for mark in found[test] if re.match(r"pytest\.mark\.(skip|xfail)\b", mark)]


COMMAND = re.compile(r"matcher\.cli\.main|from matcher\.cli import main|\"-m\", \"matcher\"")


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_row_is_tried_through_the_command(row):
    """By one test at least, in a process of its own or not; what only the app has, by its pages."""
    files = {file for file, _ in re.findall(r"`([\w/]+\.py)::(\w+)`", row[4])}
    runs = [file for file in files if COMMAND.search((ROOT / "tests" / file).read_text("utf-8"))]
    assert runs or ("browser" in row[1] and any(file.startswith("app/") for file in files))


def test_every_code_is_listed():
    """With its meaning and remedy in docs/errors.md."""
    page = (ROOT / "docs" / "errors.md").read_text("utf-8")
    codes = {code for row in ROWS for code in re.findall(r"`([EWICS]_[A-Z_]+)`", row[3])}
    assert len(codes) > 40
    assert sorted(code for code in codes if f"`{code}`" not in page) == []
