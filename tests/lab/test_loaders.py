"""Classic instances: the files are understood, and the real data give the known optima."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import matcher
from matcher.errors import StorageError
from matcher.solver.solution import Reason

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))
KNOWN: Any = pytest.importorskip("known_instances", reason="the benchmarks are not beside us")
DATA = ROOT / "../shared/data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the classic data are not beside us")


def agree(instance: Any) -> None:
    """Solve and compare with everything that is known, which the duals prove."""
    solution = matcher.solve(**instance.arguments)
    assert instance.measures(solution.pairs) == instance.known
    assert solution.termination.reason is Reason.OPTIMAL


@needs_data
@pytest.mark.parametrize("session", ["07_08", "08_09", "09_10", "10_11", "11_12"])
def test_student_project_reaches_the_least_rank_sum(session: str) -> None:
    """Everybody is placed, at the least sum of ranks, supervisors' places kept."""
    agree(KNOWN.load_student_project(DATA / "student_project", session))


@pytest.mark.slow
@needs_data
@pytest.mark.parametrize("week", range(1, 9))
def test_newcomb_reaches_the_least_rank_sum(week: int) -> None:
    """Eight reciprocal pairs of seventeen men at the least sum of ranks."""
    agree(KNOWN.load_newcomb(DATA / "newcomb", week))


@needs_data
@pytest.mark.parametrize("number", range(1, 61, 12))
def test_kidney_pairs_reach_the_most_exchanges(number: int) -> None:
    """As many pairwise exchanges as the source states."""
    agree(KNOWN.load_kidney_pairs(DATA / "kidney_pairs", f"{number:08d}"))


@needs_data
def test_bids_have_their_size() -> None:
    """613 papers, 201 reviewers, places for three reviews a paper, a yes worth most."""
    instance = KNOWN.load_bids(DATA / "aamas_bids" / "aamas2015.npz")
    scores = instance.arguments["scores"]
    assert scores.shape == (613, 201)
    assert instance.arguments["capacity"].sum() >= 3 * 613
    assert scores.max() == 1.0
    assert np.isfinite(scores).all()


def test_student_project_layout(tmp_path: Path) -> None:
    """A small year by hand: scores fall with rank, pools are supervisors, absent is not allowed."""
    pd.DataFrame(
        {"student": [1, 1, 2], "rank": [1, 2, 1], "project": [10, 11, 10], "supervisor": [5, 5, 5]}
    ).to_csv(tmp_path / "prefs_x.csv", index=False)
    pd.DataFrame({"project": [10, 11], "supervisor": [5, 5], "project_capacity": [1, 1]}).to_csv(
        tmp_path / "projects_x.csv", index=False
    )
    pd.DataFrame({"supervisor": [5], "capacity": [2]}).to_csv(
        tmp_path / "supervisors_x.csv", index=False
    )
    pd.DataFrame(
        {"session": ["x"], "max_cardinality": [2], "min_rank_sum_at_max_card": [3]}
    ).to_csv(tmp_path / "optima.csv", index=False)
    instance = KNOWN.load_student_project(tmp_path, "x")
    np.testing.assert_array_equal(instance.arguments["scores"], [[2, 1], [2, -np.inf]])
    assert instance.arguments["pool_capacity"] == {5: 2}
    assert instance.measures(np.array([[0, 1], [1, 0]])) == instance.known


def test_missing_files_and_instances_are_findings(tmp_path: Path) -> None:
    """A folder without the data, or an instance that is not in it, ends in a StorageError."""
    with pytest.raises(StorageError, match="E_READ"):
        KNOWN.load_newcomb(tmp_path, 1)
    with pytest.raises(StorageError, match="E_READ"):
        KNOWN.load_bids(tmp_path / "none.npz")
    pd.DataFrame({"instance": ["1"], "source": [1], "target": [2], "weight": [1.0]}).to_csv(
        tmp_path / "edges.csv.gz", index=False
    )
    pd.DataFrame({"instance": ["1"], "n": [2], "max_pairwise_exchanges": [0]}).to_csv(
        tmp_path / "instances.csv", index=False
    )
    with pytest.raises(StorageError, match="choose one of: 1"):
        KNOWN.load_kidney_pairs(tmp_path, "2")
