"""The study of the defaults: its rule, and that page and table say the same."""

from __future__ import annotations

import importlib
import sys
from itertools import product
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "benchmarks"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the benchmarks are not beside us")


@pytest.fixture
def study(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the script."""
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.delitem(sys.modules, "defaults", raising=False)
    return importlib.import_module("defaults")


def made_up(study: ModuleType, worst_in: dict[float, tuple[str, float]]) -> pd.DataFrame:
    """Return a table in which less coverage is better in the mean, with worst tenths as given."""
    rows = []
    for one, family, seed in product(study.candidates(), study.FAMILIES, study.CHOOSING):
        place, worst = worst_in.get(one.coverage, ("", 0.0))
        row = {"family": family, "seed": seed, "setting": one.changed(study.TODAY)}
        for model in study.MODELS:
            row[f"{model}_mean"] = 1.0 - one.coverage - 0.01 * one.fairness
            row[f"{model}_worst"] = 0.1 + (worst if family == place else 0.0)
        rows.append(row)
    return pd.DataFrame(rows)


@pytest.mark.slow
def test_the_best_mean_is_taken_of_those_that_no_family_pays_for(study: ModuleType) -> None:
    """A worst tenth that falls in one family alone bars a setting, whatever its mean."""
    rule = study.chosen
    assert rule(made_up(study, {}), study.candidates()).coverage == 0.0
    paid = made_up(study, {0.0: ("small", -0.01), 0.1: ("nihr", -0.001)})
    assert rule(paid, study.candidates()) == study.Setting(coverage=0.25)
    level = made_up(study, {0.0: ("small", -0.01), 0.1: ("nihr", -0.0004)})
    assert rule(level, study.candidates()) == study.Setting(coverage=0.1)
    everywhere = {g: ("scarce", -0.01) for g in study.COVERAGES if g < 0.5}
    assert rule(made_up(study, everywhere), study.candidates()) == study.TODAY


@pytest.mark.slow
def test_the_page_is_what_the_table_says(study: ModuleType) -> None:
    """Whoever reads the page reads the committed solves."""
    written = (ROOT / "docs" / "defaults.md").read_text(encoding="utf-8")
    assert study.page(study.read_table()) == written


@pytest.mark.slow
def test_the_defaults_are_those_that_the_rule_takes(study: ModuleType) -> None:
    """The config says what the study chose."""
    from matcher.config import Config

    table, config = study.read_table(), Config()
    best = study.chosen(table, study.everything(table))
    weight = {feature.name: feature.weight for feature in config.features}
    found = study.Setting(
        coverage=config.portfolio.coverage,
        fairness=config.objective.fairness,
        need_fit=weight["need_fit"],
        min_gain=config.portfolio.min_gain,
        combine=config.reciprocal.combine,
        preference=weight["mutual_preference"],
    )
    assert found == best


@pytest.mark.slow
def test_every_cohort_of_the_study_is_solved_once(study: ModuleType) -> None:
    """No row is missing for a table of the page, and none stands twice."""
    table = study.read_table()
    assert not table.duplicated(["family", "seed", "setting"]).any()
    best = study.chosen(table, study.everything(table))
    for settings, seeds in (
        (study.everything(table), study.CHOOSING),
        (study.further(study.QUARTER), study.SCREENING),
        ([*study.further(), *study.one_to_one()], study.FIRST),
        (study.reported(best), study.REPORTING),
    ):
        assert all(study.is_there(table, one, seeds) for one in settings)
    assert not set(study.REPORTING) & set(study.CHOOSING)
