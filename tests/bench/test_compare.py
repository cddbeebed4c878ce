"""`matcher bench`: every method on the same problem, judged by the same objective."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from matcher.bench import METHODS, Plan, compare_methods, run_bench
from matcher.bench.compare import LEADING
from matcher.errors import ConfigError, StorageError

TINY = Plan(sources=("family:small",), time_limit=4.0)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """Return all methods on the small family."""
    return compare_methods(TINY).table


def test_every_method_has_a_row_in_the_contract_columns(table: pd.DataFrame) -> None:
    """One row a method, the contract's columns first."""
    assert table["method"].tolist() == list(METHODS)
    assert tuple(table.columns[: len(LEADING)]) == LEADING


def test_certified_method_is_best_and_within_its_bound(table: pd.DataFrame) -> None:
    """At equal tiers nothing beats the portfolio solver by more than its gap."""
    rows = table.set_index("method")
    best = rows.loc["portfolio"]
    assert best["bound"] >= best["objective"] - 1e-9
    same = rows[rows["tier"] == best["tier"]]
    assert (same["objective"] <= best["bound"] + 1e-9).all()


def test_flow_maximises_what_is_a_sum(table: pd.DataFrame) -> None:
    """The flow answers although there is coverage, and its bound is not passed off as one."""
    row = table.set_index("method").loc["flow"]
    assert row["note"] == ""
    assert np.isnan(row["bound"])
    assert row["gap"] >= 0


def test_answers_are_valid(table: pd.DataFrame) -> None:
    """No method overloads a mentor, and all reach somebody."""
    ran = table[table["note"] == ""]
    assert (ran["overload"] == 0).all()
    assert (ran["matched_share"] > 0).all()


def test_truth_judges_the_families(table: pd.DataFrame) -> None:
    """Realised outcome is there, and better for the portfolio than for random pairs."""
    outcome = table.set_index("method")["realised_mean"]
    assert np.isfinite(outcome["portfolio"])
    assert outcome["portfolio"] > outcome["random"]


def test_files_are_written_once(tmp_path: Path) -> None:
    """Four files appear together, and a folder that holds them is refused."""
    plan = Plan(sources=("family:small",), methods=("greedy", "random"), seeds=(0, 1))
    run_bench(plan, tmp_path / "out")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "bench.csv",
        "bench.md",
        "bench.svg",
        "bench_groups.csv",
    ]
    assert len(pd.read_csv(tmp_path / "out" / "bench.csv")) == 4
    with pytest.raises(StorageError, match="E_EXISTS"):
        run_bench(plan, tmp_path / "out")


def test_unknown_method_lists_the_choices() -> None:
    """A misspelt method is a config error before anything is read."""
    with pytest.raises(ConfigError, match="sequential"):
        compare_methods(Plan(sources=("nowhere",), methods=("gredy",)))
