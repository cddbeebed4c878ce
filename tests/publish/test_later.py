"""What a time limit leaves out of a run is named, and what is made later is as in an uncut run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from tests.checker.forger import change_json, reseal

from matcher import verify
from matcher.cohort.cohort import Cohort
from matcher.config import load_config
from matcher.errors import StorageError
from matcher.intake.read import read_cohort
from matcher.lab.synthetic import draw_cohort, write_cohort
from matcher.lab.synthetic.latent import family_named
from matcher.observe import OutOfTimeError, go_on, until
from matcher.pipeline import build, solve_instance
from matcher.privacy.input_hashes import input_key
from matcher.publish.later import complete_run
from matcher.publish.matching import Matching, RunPart
from matcher.publish.write_run import write_run
from matcher.run import publish_match
from matcher.run_tables import MADE_LATER, read_table
from matcher.solver.limits import Clock
from matcher.storage import new_run_folder

LIMIT = "solver.time_limit=9999"
LEFT_OUT = (
    RunPart.EXPLANATIONS,
    RunPart.ALTERNATES,
    RunPart.RECRUITMENT,
    RunPart.PLANS,
    RunPart.REPORT,
)


def _few() -> Mapping[str, pd.DataFrame]:
    """Return a programme in which some wait."""
    family = family_named("scarce")
    return draw_cohort(replace(family, mentees=14, mentors=7, both=0), seed=4).tables


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Matching:
    """Return a match under a time limit that nothing reaches; people wait in it."""
    home = tmp_path_factory.mktemp("limited")
    write_cohort(_few(), home / "cohort")
    input_key(str(home / "cohort"), is_made=True)  # as before every published run
    config = load_config(None, overrides=[LIMIT])
    instance = build(read_cohort(home / "cohort", config), config)
    return Matching(instance, solve_instance(instance))


def _published(
    solved: Matching, folder: Path, *left_out: RunPart, clock: Clock | None = None
) -> Path:
    """Write a run without some parts; plans take longest, and only few tests need them."""
    fresh = replace(solved, left_out=list(left_out), clock=clock or Clock())
    with new_run_folder(folder) as run:
        write_run(run, fresh, solved.instance.cohort, {})
    return folder


@pytest.fixture(scope="module")
def uncut(solved: Matching, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run of the match with everything in it."""
    return _published(solved, tmp_path_factory.mktemp("uncut") / "run")


def _people(solved: Matching) -> Cohort:
    return solved.instance.cohort


@pytest.mark.slow
def test_what_is_made_later_is_as_in_an_uncut_run(
    solved: Matching, uncut: Path, tmp_path: Path
) -> None:
    """Tables and pages byte by byte; no hashed file changes; verify compares the tables."""
    run = _published(solved, tmp_path / "run", *LEFT_OUT)
    before = verify(run, cohort=_people(solved))
    assert before.ok
    assert set(before.absent) == set(LEFT_OUT)
    assert any("Left out" in line for line in before.lines())
    assert complete_run(run, _people(solved)) == complete_run(run, _people(solved))
    after = verify(run, cohort=_people(solved))
    assert after.ok
    assert not after.problems
    for name in MADE_LATER:
        made, whole = run / "after" / f"{name}.csv", uncut / f"{name}.csv"
        assert made.is_file() == whole.is_file()
        assert not made.is_file() or made.read_bytes() == whole.read_bytes()
        assert read_table(run, name).equals(read_table(uncut, name))
    for name in ("report.html", "matches.xlsx", "summary.json"):
        assert (run / "after" / name).read_bytes() == (uncut / name).read_bytes()
    plans = {path.name for path in (uncut / "plans").iterdir()}
    assert plans == {path.name for path in (run / "after" / "plans").iterdir()}
    _forge(run / "after")
    assert {one.code for one in verify(run, cohort=_people(solved)).problems} == {"C_DERIVED"}


def _forge(after: Path) -> None:
    """Write another table there, with its hash in order."""
    path, manifest = after / "alternates.csv", after / "manifest.json"
    path.write_text(path.read_text().replace(",1,", ",2,", 1))
    told = json.loads(manifest.read_text())
    told["files"][path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(told))


@pytest.mark.slow
def test_time_that_is_over_leaves_out_all_that_may_be(solved: Matching, tmp_path: Path) -> None:
    """The answer, the prices and the places are there all the same; reasons say that none is."""
    run = _published(solved, tmp_path / "run", clock=Clock(time_limit=0.0))
    told = json.loads((run / "manifest.json").read_text())
    assert set(told["left_out"]) == set(RunPart) - {
        RunPart.RERUN,
        RunPart.SENSITIVITY,
        RunPart.PROOF,
    }
    assert not (run / "report.html").exists()
    assert not (run / "plans").exists()
    assert set(read_table(run, "unmatched")["reason"]) >= {"not_explained"}
    assert len(read_table(run, "mentors"))
    assert verify(run, cohort=_people(solved)).ok


@pytest.mark.slow
def test_nothing_is_left_out_where_nothing_limits(solved: Matching, tmp_path: Path) -> None:
    """A manifest that says so all the same is found."""
    run = _published(solved, tmp_path / "run", RunPart.ALTERNATES, RunPart.PLANS, RunPart.REPORT)
    config = run / "config.toml"
    config.write_text(config.read_text().replace("time_limit = 9999", "# time_limit ="))
    change_json(run, "manifest.json", lambda manifest: manifest.update(time_limit=None))
    reseal(run)
    assert not verify(run, cohort=_people(solved)).ok


@pytest.mark.slow
def test_the_limit_bounds_the_whole_run(tmp_path: Path) -> None:
    """No time at all gives a run that is checked, names what is missing and can be completed."""
    write_cohort(_few(), tmp_path / "cohort")
    made = publish_match(tmp_path / "cohort", output=tmp_path / "run", time_limit=1e-6)
    (told,) = made.left_out
    assert told.code == "W_LEFT_OUT"
    assert "matcher report RUN" in told.remedy
    assert "matcher verify RUN" in told.remedy
    assert verify(tmp_path / "run").ok
    assert [path.name for path in complete_run(tmp_path / "run")][-1] == "plans"


@pytest.mark.slow
def test_a_run_that_is_whole_has_nothing_to_make(uncut: Path) -> None:
    """Nothing is written beside it."""
    assert not complete_run(uncut)
    assert not (uncut / "after").exists()


def test_a_run_without_its_people_cannot_be_completed(solved: Matching, tmp_path: Path) -> None:
    """It says what to give."""
    run = _published(solved, tmp_path / "run", *RunPart)
    change_json(run, "manifest.json", lambda manifest: manifest["cohort"].update(source="gone"))
    with pytest.raises(StorageError, match="cohort"):
        complete_run(run)


def test_work_is_ended_when_its_time_is_over() -> None:
    """The inner of two limits holds, and none outside of them."""
    with pytest.raises(OutOfTimeError), until(0.0), until(1e300):
        go_on()
    with until(1e300):
        go_on()
    go_on()


def test_a_solve_that_the_clock_ends_is_no_answer(solved: Matching) -> None:
    """What a second solve finds would depend on the clock: it is left out instead."""
    with pytest.raises(OutOfTimeError), until(0.0):
        solve_instance(solved.instance)
