"""Leaving offers blank gives a group of mentors no more matches."""

from __future__ import annotations

import importlib
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the benchmarks are not beside us")


@pytest.fixture
def blanks(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the script."""
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.delitem(sys.modules, "blank_offers", raising=False)
    return importlib.import_module("blank_offers")


def test_the_committed_result_raises_nowhere(blanks: ModuleType) -> None:
    """Over 20 cohorts the mean difference is not above 0, at the default and at coverage 0."""
    table = pd.read_csv(blanks.TARGET)
    assert set(table["config"]) == set(blanks.CONFIGS)
    for _, rows in table.groupby("config"):
        assert sorted(rows["seed"]) == list(blanks.SEEDS)
        mean, low, high = blanks.interval(rows["blank"] - rows["answered"])
        assert low <= mean <= 0.0 < high - low


@pytest.mark.slow
@pytest.mark.parametrize("config", ["default", "coverage 0"])
def test_cohorts_drawn_now_say_the_same(blanks: ModuleType, config: str) -> None:
    """In smaller cohorts of other seeds the group's matches do not grow by more than chance."""
    family = replace(blanks.FAMILY, mentees=20, mentors=24)
    found = [blanks.counted(seed, config, family) for seed in range(301, 304)]
    answered, blank = (sum(one[key] for one in found) for key in ("answered", "blank"))
    assert answered > 0
    assert blank <= 1.1 * answered
