"""A solve that is cut is picked up from its folder, and never from that of another problem."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.solver.test_scarce_places import arguments

import matcher
from matcher.solver import scarce_places
from matcher.solver.pricing import kept_passes
from matcher.solver.pricing.scan import Scanner


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let few pairs count as many, in small markets and blocks."""
    monkeypatch.setattr(scarce_places, "PAIRS_HELD", 100)
    monkeypatch.setattr(scarce_places, "MARKET_PAIRS", 1_500)
    monkeypatch.setattr("matcher.solver.pricing.scan.SMALLEST", 500)
    monkeypatch.setattr(Scanner, "blocks", lambda self: np.array_split(np.arange(120), 24))


def solve(folder: Path, **changed: Any) -> matcher.Solution:
    """Solve a small problem with a folder."""
    return matcher.solve(**{**arguments(2, 120, 60), **changed}, gap=1e-2, resume=str(folder))


def test_a_solve_that_is_cut_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was found before the cut is read, the rest is made, and the answer is the same."""
    whole = solve(tmp_path / "whole")
    assert whole.statistics["parts_resumed"] == 0
    made = len(list((tmp_path / "whole").iterdir()))
    before, left = Scanner.scan_block, [30]

    def cut(self: Scanner, *asked: Any, **more: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return before(self, *asked, **more)

    monkeypatch.setattr(Scanner, "scan_block", cut)
    with pytest.raises(KeyboardInterrupt):
        solve(tmp_path / "cut")
    monkeypatch.setattr(Scanner, "scan_block", before)
    some = len(list((tmp_path / "cut").iterdir()))
    assert 0 < some < made
    found = solve(tmp_path / "cut")
    assert found.statistics["parts_resumed"] == some
    assert np.array_equal(found.pairs, whole.pairs)
    assert found.bounds == whole.bounds
    assert [row.dual for row in found.duals] == [row.dual for row in whole.duals]


@pytest.mark.parametrize(
    "what",
    [
        "scores",
        pytest.param("capacity", marks=pytest.mark.slow),
        pytest.param("needs", marks=pytest.mark.slow),
    ],
)
def test_another_problem_reads_nothing(what: str, tmp_path: Path) -> None:
    """One place, score or need that differs, and no part of a scan is taken over."""
    solve(tmp_path)
    other = arguments(2, 120, 60)[what].copy()
    other[7] = other[7] + 1 if what == "capacity" else other[7] * 0.5
    again = solve(tmp_path, **{what: other})
    fresh = solve(tmp_path / "fresh", **{what: other})
    assert again.bounds == fresh.bounds
    assert again.statistics["parts_resumed"] == 0


def test_a_file_that_is_broken_is_made_again(tmp_path: Path) -> None:
    """A part cut short on disk counts as none."""
    whole = solve(tmp_path)
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes()[:100])
    again = solve(tmp_path)
    assert again.statistics["parts_resumed"] == 0
    assert again.bounds == whole.bounds
    assert kept_passes.KEPT_PARTS > 1
