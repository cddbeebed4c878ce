"""The scripts of ``benchmarks/``: instances as declared, comparisons that flag."""

from __future__ import annotations

import argparse
import importlib
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import matcher

FOLDER = Path(__file__).parents[2] / "benchmarks"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the benchmarks are not beside us")


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> object:
    """Return a function that imports a script of the folder, and forgets it afterwards."""
    monkeypatch.syspath_prepend(str(FOLDER / "rivals"))
    monkeypatch.syspath_prepend(str(FOLDER))  # first, since both hold a run.py

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


def test_each_instance_has_its_own_kernel(script) -> None:  # type: ignore[no-untyped-def]
    """What was slow while the machine was is not flagged, what was slow alone is."""
    compare = script("compare")

    def results(calibration: float, seconds: float) -> dict:
        record = {"instance": "x", "phase": "solve", "seconds": seconds, "figures": {}}
        record["calibration_seconds"] = calibration
        return {"calibration_seconds": 1.0, "start_up_seconds": {}, "records": [record]}

    assert not compare.changes(results(1.0, 1.0), results(2.0, 2.2))[0].is_slower
    assert compare.changes(results(2.0, 1.0), results(1.0, 1.0))[0].is_slower


def test_short_phases_are_flagged_and_noise_is_marked(script) -> None:  # type: ignore[no-untyped-def]
    """An import that takes 14 ms more is slower; a tenth of a millisecond is told, not flagged."""
    compare = script("compare")

    def results(start: float, score: float) -> dict:
        record = {"instance": "x", "phase": "score", "seconds": score, "figures": {}}
        return {
            "calibration_seconds": 1.0,
            "start_up_seconds": {"import": start},
            "records": [record],
        }

    found = {
        change.phase: change
        for change in compare.changes(results(0.055, 0.0002), results(0.055 * 1.25, 0.0003))
    }
    assert found["import"].is_slower
    assert not found["score"].is_slower
    assert found["score"].line().startswith("within ms")
    assert not compare.changes(results(0.055, 1.0), results(0.055 * 1.1, 1.1))[0].is_slower


def test_phase_measured_often_counts_with_its_median(script) -> None:  # type: ignore[no-untyped-def]
    """Every instance begins with a cold start; neither the last nor a stray one stands for all."""
    compare = script("compare")

    def results(*seconds: float) -> dict:
        records = [
            {"instance": "tiny", "phase": "cold start", "seconds": value, "figures": {}}
            for value in seconds
        ]
        return {"calibration_seconds": 1.0, "start_up_seconds": {}, "records": records}

    assert not compare.changes(results(0.4, 0.4, 0.4), results(0.4, 0.4, 0.9))[0].is_slower
    assert compare.changes(results(0.4, 0.4, 0.4), results(0.5, 0.5, 0.4))[0].is_slower


@pytest.mark.parametrize("text", [None, "no JSON", "[]", '{"records": 3}'])
def test_file_that_is_no_result_is_said(  # type: ignore[no-untyped-def]
    script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys, text: str | None
) -> None:
    """One line with the name of the file, no traceback."""
    path = tmp_path / "new.json"
    if text is not None:
        path.write_text(text)
    monkeypatch.setattr(sys, "argv", ["compare.py", str(path), str(path)])
    with pytest.raises(SystemExit) as left:
        script("compare").main()
    assert left.value.code == 2
    assert "new.json is no file" in capsys.readouterr().err


def test_what_a_run_lacks_is_missing(script) -> None:  # type: ignore[no-untyped-def]
    """An instance that failed in the new run is told, not left out."""
    compare = script("compare")
    record = {"instance": "x", "phase": "solve", "seconds": 1.0, "figures": {}}
    before = {"calibration_seconds": 1.0, "start_up_seconds": {}, "records": [record]}
    assert compare.missing(before, before | {"records": []}) == [("x", "solve")]
    assert compare.missing(before, before) == []


def test_baseline_is_the_latest_of_its_kind(script, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """Usual, large and huge runs are compared among themselves, never with themselves."""
    compare = script("compare")
    for name in ("2026-01-01", "2026-02-01", "large-2026-03-01", "rivals-2026-04-01"):
        (tmp_path / f"{name}.json").write_text("{}")
    assert compare.baseline_of(tmp_path / "2026-02-01.json", tmp_path).stem == "2026-01-01"
    assert compare.baseline_of(Path("2026-05-05.json"), tmp_path).stem == "2026-02-01"
    assert compare.baseline_of(Path("mine.json"), tmp_path).stem == "2026-02-01"
    assert compare.baseline_of(Path("large-2026-05-05.json"), tmp_path).stem == "large-2026-03-01"
    assert compare.baseline_of(Path("huge-2026-05-05.json"), tmp_path) is None


def test_part_of_a_run_is_not_written_as_a_whole_one(script) -> None:  # type: ignore[no-untyped-def]
    """Each kind of run has a file of its own, a part of one or a smoke run has none."""
    run = script("run")

    def path_of(**changes: object) -> str | None:
        usual = {"smoke": False, "large": False, "huge": False, "only": ""}
        found = run._path(argparse.Namespace(**usual | changes))
        return None if found is None else found.name

    assert path_of() == f"{run._today()}.json"
    assert path_of(large=True) == f"large-{run._today()}.json"
    assert path_of(huge=True) == f"huge-{run._today()}.json"
    assert path_of(only="target") is path_of(smoke=True) is None


def test_missed_optimum_and_failed_command_fail_a_run(script) -> None:  # type: ignore[no-untyped-def]
    """Known values and exit codes count; an instance without known values cannot agree."""
    run = script("run")
    assert run._is_wrong({"figures": {"agrees": False}})
    assert run._is_wrong({"figures": {"exit_code": 6}})
    assert not run._is_wrong({"figures": {"agrees": True, "exit_code": 0}})
    assert not run._is_wrong({"figures": {"reviews": 3.0}})


@pytest.mark.slow
def test_phases_of_a_solve_add_up(script) -> None:  # type: ignore[no-untyped-def]
    """Every phase is found in the solver and takes time, and none is counted twice."""
    made = script("instances").family(40, 20, 0, "middling")
    watch = script("timers").stopwatch
    start = time.perf_counter()
    with watch() as found:
        matcher.solve(**made.arguments())
    assert all(found.seconds[phase] > 0 for phase in ("price", "dual", "round", "tiers"))
    assert sum(found.seconds.values()) <= time.perf_counter() - start


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
    root = ET.fromstring(growth.as_svg(series, fits))  # noqa: S314 our own figure
    assert len([element for element in root.iter() if element.tag.endswith("circle")]) == 3
    assert "n^1.50" in growth.as_markdown(series, fits)
