"""The scripts of ``benchmarks/``: instances as declared, comparisons that flag."""

from __future__ import annotations

import importlib
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the benchmarks are not beside us")


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> object:
    """Return a function that imports a script of the folder, and forgets it afterwards."""
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.syspath_prepend(str(FOLDER / "rivals"))

    def load(name: str) -> ModuleType:
        monkeypatch.delitem(sys.modules, name, raising=False)
        return importlib.import_module(name)

    return load


@pytest.mark.parametrize(("places", "per_mentee"), [("scarce", 1), ("plentiful", 3)])
def test_family_is_as_the_targets_say(script, places: str, per_mentee: int) -> None:  # type: ignore[no-untyped-def]
    """Needs, offers, limits, places and scores have the declared ranges, and blocks agree."""
    made = script("instances").family(120, 60, 3, places)
    assert made.capacity.sum() == per_mentee * 120
    assert set(made.limit) == {1, 2, 3}
    np.testing.assert_allclose(made.needs.sum(axis=1), 0.6)
    assert made.scores.min() >= 0
    assert made.scores.max() <= 0.4 / 3
    rows = np.array([5, 17, 90])
    np.testing.assert_allclose(made.relations.block(rows), made.scores[rows], atol=1e-7)


def test_contested_mentors_are_more_alike_to_all(script) -> None:  # type: ignore[no-untyped-def]
    """In the contested family mentees rank mentors more alike than in the scarce one."""
    family = script("instances").family

    def agreement(places: str) -> float:
        made = family(80, 40, 0, places)
        worth = made.scores + made.needs @ made.offers.T
        return float(np.corrcoef(worth)[np.triu_indices(80, 1)].mean())

    assert agreement("contested") > agreement("scarce") + 0.2


def test_comparison_flags_slower_phases_and_worse_gaps(script) -> None:  # type: ignore[no-untyped-def]
    """A phase is compared in units of the calibration kernel; noise is not flagged."""
    compare = script("compare")

    def results(calibration: float, seconds: dict[str, float], gap: float) -> dict:
        records = [
            {"instance": "x", "phase": name, "seconds": value, "figures": {"gap": gap}}
            for name, value in seconds.items()
        ]
        return {
            "calibration_seconds": calibration,
            "start_up_seconds": {"import": 0.5 * calibration},
            "records": records,
        }

    before = results(1.0, {"solve": 1.0, "read": 1.0, "tiny": 0.001}, 0.0)
    after = results(2.0, {"solve": 2.2, "read": 3.0, "tiny": 0.01}, 0.001)
    found = {change.phase: change for change in compare.changes(before, after)}
    assert not found["solve"].is_slower
    assert found["read"].is_slower
    assert not found["tiny"].is_slower
    assert not found["import"].is_slower
    assert found["solve"].is_worse
    assert "SLOWER" in found["read"].line()


def test_rivals_keep_the_constraints(script) -> None:  # type: ignore[no-untyped-def]
    """Greedy and assignment answers are valid, and rounds are at least as good as one round."""
    made = script("instances").family(30, 20, 1, "plentiful")
    inside = script("inside")
    values = {}
    for name in ("greedy spreadsheet", "scipy LSA, one mentor", "scipy LSA, rounds"):
        pairs = inside.RIVALS[name](made, 5.0)
        assert len(np.unique(pairs, axis=0)) == len(pairs)
        assert (np.bincount(pairs[:, 0], minlength=30) <= made.limit).all()
        assert (np.bincount(pairs[:, 1], minlength=20) <= made.capacity).all()
        values[name] = inside.objective(made, pairs)
    assert values["scipy LSA, rounds"] > values["scipy LSA, one mentor"]


def test_compact_models_agree_on_a_tiny_instance(script) -> None:  # type: ignore[no-untyped-def]
    """CP-SAT and HiGHS find the same optimum, which no heuristic exceeds."""
    made = script("instances").family(6, 4, 2, "scarce")
    inside = script("inside")
    exact = [
        inside.objective(made, inside.RIVALS[name](made, 20.0))
        for name in ("OR-Tools CP-SAT, compact", "scipy milp, compact")
    ]
    assert exact[0] == pytest.approx(exact[1], abs=1e-4)
    heuristic = inside.objective(made, inside.rounds(made, 1.0))
    assert heuristic <= max(exact) + 1e-6


def test_growth_finds_the_exponent(script) -> None:  # type: ignore[no-untyped-def]
    """Seconds that grow as n to the 1.5 are fitted as such, and the plot parses."""
    growth = script("growth")
    records = [
        {"instance": f"target-{n}x{n // 2}", "phase": phase, "seconds": n**1.5, "peak_mb": 1.0}
        for n in (60, 200, 1000, 5000)
        for phase in ("solve", "score")
    ]
    series = growth.solve_series(records)
    assert [n for n, _, _ in series["target"]] == [200, 1000, 5000]
    fits = {kind: growth.power_law(points) for kind, points in series.items()}
    assert fits["target"] == pytest.approx((1.0, 1.5))
    root = ET.fromstring(growth.as_svg(series, fits))
    assert len([element for element in root.iter() if element.tag.endswith("circle")]) == 3
    assert "n^1.50" in growth.as_markdown(series, fits)
