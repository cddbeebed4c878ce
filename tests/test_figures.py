"""Figures in README and docs are those of the committed results, whatever these are."""

from __future__ import annotations

import importlib
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

ROOT = Path(__file__).parents[1]
TOOLS = ROOT / "tools"
pytestmark = pytest.mark.skipif(
    not (TOOLS / "figures.py").is_file() or not (ROOT / "benchmarks").is_dir(),
    reason="tools and results are not beside the tests",
)
NUMBER = re.compile(r"\d*\.\d+|\d+ ?(?:%|s\b|MB|GB)")
STATED = {"95 %", "0.15"}
"""Numbers that are no results: the level of intervals, an assumption of a scenario."""


@pytest.fixture
def tool() -> Iterator[Any]:
    """Return a function that imports a module of tools/, and forget it afterwards."""
    before = set(sys.modules)
    sys.path.insert(0, str(TOOLS))

    def load(name: str) -> ModuleType:
        return importlib.import_module(name)

    yield load
    sys.path.remove(str(TOOLS))
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(TOOLS)):
            del sys.modules[name]


@pytest.fixture
def results(tool: Any) -> Any:
    """Return the committed results."""
    return tool("results").Results(ROOT / "benchmarks" / "results")


def test_figure_that_differs_is_written_anew(tool: Any, results: Any) -> None:
    """A stale figure is replaced by that of the results, and a right one stays."""
    filled = tool("figures").filled
    right = filled("takes <!-- figure: start-up import matcher --><!-- end -->.", results)
    assert re.search(r"-->0\.\d+ s<!--", right)
    stale = re.sub(r"0\.\d+ s", "9.999 s", right)
    assert filled(stale, results) == right == filled(right, results)


def test_new_results_change_the_pages(tool: Any, tmp_path: Path) -> None:
    """A later file of another outcome is what the pages are compared with."""
    folder = shutil.copytree(ROOT / "benchmarks" / "results", tmp_path / "results")
    source = tool("results").Results(folder)
    table = pd.read_csv(source.latest("realised", "csv"))
    table.loc[table["policy"] == "joint portfolios", "outcome"] += 0.5
    table.to_csv(folder / "realised-2099-01-01.csv", index=False)
    page = (ROOT / "docs" / "benchmarks.md").read_text("utf-8")
    assert tool("figures").filled(page, tool("results").Results(folder)) != page


def test_unknown_figure_and_mark_that_breaks_a_paragraph_are_refused(
    tool: Any, results: Any
) -> None:
    """A misspelt name lists the choices; a mark that opens a line would be a block of its own."""
    with pytest.raises(ValueError, match="choose from"):
        tool("figures").filled("a <!-- figure: sped --><!-- end -->", results)
    with pytest.raises(ValueError, match="opens a line"):
        tool("figures").filled("a\n<!-- figure: cohorts --><!-- end -->", results)


def test_no_result_stands_unmarked(tool: Any) -> None:
    """Outside marks the page of the benchmarks and README's comparison hold no measured number."""
    readme = (ROOT / "README.md").read_text("utf-8")
    beside = readme.split("## Beside other tools")[1].split("\n## ")[0]
    for page in (beside, (ROOT / "docs" / "benchmarks.md").read_text("utf-8")):
        assert set(NUMBER.findall(tool("figures").unmarked(page))) <= STATED


def test_scale_and_weight_are_those_of_the_results(tool: Any, results: Any) -> None:
    """docs/scale.md holds no size but those of the latest files; the README says what it weighs."""
    figures = tool("figures")
    page = (ROOT / "docs" / "scale.md").read_text("utf-8")
    assert not re.findall(r"\d+(?:\.\d+)? (?:MB|GB|hours|bytes)", figures.unmarked(page))
    weights = (ROOT / "benchmarks" / "results" / "install_size.md").read_text("utf-8")
    assert f"| sum | {tool('figures_scale').weight(results, 'sum')} |" in weights
    assert re.search(r"weight sum -->\d+ MB", (ROOT / "README.md").read_text("utf-8"))


def test_how_titles_are_understood_is_as_the_benchmark_printed_it() -> None:
    """The table of decision 28 holds the last line of `results/asked.txt`."""
    printed = (ROOT / "benchmarks" / "results" / "asked.txt").read_text("utf-8")
    right, asked, nothing, other, wrong = re.findall(r"\d+", printed.rsplit("| all |", 1)[1])
    page = (ROOT / "docs" / "decisions" / "0028-titles-by-sentences.md").read_text("utf-8")
    stated = re.findall(r"^\| .* \| (\d+) \|$", page, re.MULTILINE)
    assert stated == [right, wrong, asked, other, nothing]
