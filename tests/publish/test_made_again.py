"""A forged run is found whatever was touched, hashes in order or not; a true one passes."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from tests.checker.forger import FORGERIES, PAGE_FORGERIES, change_json, other, read, reseal

from matcher import verify
from matcher.checker import verify_answer
from matcher.cohort.cohort import Cohort
from matcher.config import load_config
from matcher.errors import Finding
from matcher.finished_run import RunFiles
from matcher.intake.read import read_cohort
from matcher.lab.synthetic import make_cohort, write_cohort
from matcher.problem.instance import Instance
from matcher.publish.made_again import (
    SAID_BY_MANIFEST,
    WITH_PAGES,
    _tables,
    _unasked,
    alike,
    differences,
    made_again,
    stated_here,
)
from matcher.run import run_match
from matcher.run_tables import RUN_TABLES, SUMMARY, RunTable

OF_A_RUN = [table for table in RUN_TABLES.values() if table.folder == "run"]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run of a cohort with groups, earlier pairs, audits and people who wait."""
    home = tmp_path_factory.mktemp("forged")
    write_cohort(make_cohort("scarce", 2), home / "cohort")
    return run_match(home / "cohort", output=home / "run")


@pytest.fixture(scope="module")
def people(published: Path) -> Cohort:
    """Return the cohort, read once."""
    return read_cohort(published.parent / "cohort", load_config(published / "config.toml"))


@pytest.fixture
def run(published: Path, tmp_path: Path) -> Path:
    """Return a copy of the run, beside its cohort."""
    return shutil.copytree(published, published.parent / tmp_path.name)


@pytest.mark.slow
def test_a_true_run_passes_with_all_its_pages(published: Path) -> None:
    """Made again every byte of it is the same; what nothing can derive is told."""
    report = verify(published, pages=True)
    assert report.ok, report.problems
    assert not report.problems
    assert "summary seconds" in report.stated
    assert report.checked[-1] == "tables"
    assert any("Stated by the run" in line for line in report.lines())


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(FORGERIES))
def test_a_consistent_forgery_is_found(run: Path, people: Cohort, name: str) -> None:
    """Hashes are in order, nothing in the folder contradicts, and still it is found."""
    FORGERIES[name](run)
    report = verify(run, cohort=people)
    assert not report.ok
    assert "C_HASH" not in {finding.code for finding in report.problems}


@pytest.mark.slow
def test_keys_of_a_config_that_nothing_gives_are_stated(run: Path, people: Cohort) -> None:
    """Each that is not the cohort's own is told; without that one all of them are."""
    path = run / "config.toml"
    path.write_text(re.sub(r"(?m)^gap = .*", "gap = 0.001", path.read_text()))
    reseal(run)
    told = [one for one in verify(run, cohort=people).stated if one.startswith("config.toml")]
    assert told == ["config.toml solver.gap (the cohort's own says otherwise)"]
    change_json(run, "manifest.json", lambda manifest: manifest["options"].update(own_config=False))
    path.write_text(f"{path.read_text()}# approved by the board\n")
    reseal(run)
    report = verify(run, cohort=people)
    assert [one.table for one in report.problems] == ["config.toml"]
    assert "config.toml where no table depends on it" in report.stated


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(PAGE_FORGERIES))
def test_a_forged_page_is_found_on_request(run: Path, people: Cohort, name: str) -> None:
    """Pages are made again where that is asked for."""
    PAGE_FORGERIES[name](run)
    report = verify(run, cohort=people)
    assert report.ok
    assert any(told.startswith("pages") for told in report.stated)
    assert {found.code for found in verify(run, cohort=people, pages=True).problems} == {
        "C_DERIVED"
    }


@pytest.mark.slow
def test_every_declared_column_is_compared_or_stated(run: Path, people: Cohort) -> None:
    """Of all columns forged at once, of tables that the run lacks too, each is found or stated."""
    held: list[tuple[RunFiles, Instance]] = []

    def keep(files: RunFiles, instance: Instance) -> tuple[list[Finding], list[str]]:
        held.append((files, instance))
        return [], []

    assert verify_answer(run, cohort=people, beyond=keep).ok
    ((files, instance),) = held
    again = made_again(files, instance)  # before any is forged: most hang on the matches
    tables = [table for table in OF_A_RUN if table.name not in WITH_PAGES]
    for table in tables:
        path = run / f"{table.name}.csv"
        names = [column.name for column in table.in_file]
        whole = read(run, table.name) if path.is_file() else pd.DataFrame(columns=names)
        first = whole.iloc[0].to_dict() if len(whole) else dict.fromkeys(whole.columns, "")
        forged = {c.name: other(first[c.name], c) for c in table.in_file if c.name in first}
        pd.concat([pd.DataFrame([first | forged]), whole[1:]]).to_csv(path, index=False)
    found = [*_tables(files, again), *_unasked(files, instance.config)]
    said = {(one.table, one.message.split(" ")[0]) for one in found}
    stated, columns = {*stated_here(run)}, [(t.name, c.name) for t in tables for c in t.in_file]
    for name, column in columns:
        by = {(name, column), (name, f"{name}.{column}"), (name, f"{name}.csv")} & said
        assert by or f"{name}.{column}" in stated or column not in read(run, name), (name, column)
    assert {"matches.robust", "decisions.earlier", "sensitivity.factor"} <= {
        word for _, word in said
    }


def test_a_new_column_cannot_be_forgotten() -> None:
    """A column that is declared tomorrow is compared without a word anywhere else."""
    table = RUN_TABLES["mentors"]
    new = table.columns["price"]
    tomorrow = RunTable("mentors", "", {**table.columns, "mood": new})
    frame = pd.DataFrame({"mentor_id": ["x"], "mood": ["0.5"]})
    assert list(differences(tomorrow, frame.assign(mood="0.6"), frame))
    assert not list(differences(tomorrow, frame, frame))


@pytest.mark.slow
@pytest.mark.parametrize("key", sorted(SUMMARY.columns))
def test_every_key_of_the_summary_is_compared_or_stated(
    run: Path, people: Cohort, key: str
) -> None:
    """A key that says something else is found, unless it is one that nothing gives."""
    if key not in json.loads((run / "summary.json").read_text()):
        pytest.skip("a run without an earlier one does not say it")
    change_json(run, "summary.json", lambda summary: summary.update({key: "forged"}))
    assert SUMMARY.columns[key].stated or not verify(run, cohort=people).ok


@pytest.mark.slow
def test_an_edited_manifest_and_foreign_files_are_found(run: Path, people: Cohort) -> None:
    """An edit by hand breaks the manifest's own hash; what nobody listed is told, or refused."""
    path = run / "manifest.json"
    kept = path.read_text()
    for key in SAID_BY_MANIFEST:
        path.write_text(json.dumps(json.loads(kept) | {key: {}}))
        assert "C_HASH" in {finding.code for finding in verify(run, cohort=people).problems}
    path.write_text(kept)
    (run / "notes.txt").write_text("mine")
    report = verify(run, cohort=people)
    assert report.ok
    assert [finding.code for finding in report.problems] == ["W_FOREIGN"]
    change_json(run, "manifest.json", lambda manifest: manifest["files"].update({"notes.txt": ""}))
    assert [one.code for one in verify(run, cohort=people).problems] == ["C_DERIVED"]
    path.write_text(kept)
    (run / "notes.txt").unlink()
    for name in ("sensitivity.csv", "plans/nobody.html"):
        (run / name).write_text("feature,factor\n")
        assert {finding.code for finding in verify(run, cohort=people).problems} == {"C_HASH"}
        (run / name).unlink()


@pytest.mark.slow
def test_another_version_is_told(run: Path, people: Cohort) -> None:
    """What this version makes alike is checked; what it does not may have been changed."""
    change_json(run, "manifest.json", lambda manifest: manifest["versions"].update(matcher="0.0.9"))
    report = verify(run, cohort=people)
    assert [finding.code for finding in report.problems] == ["W_VERSION"]
    assert report.ok
    FORGERIES["kinder_groups"](run)
    (fault,) = verify(run, cohort=people).problems
    assert (fault.code, fault.message.rsplit(" ", 1)[1]) == ("C_VERSION", "groups")
    change_json(run, "summary.json", lambda summary: summary.update(objective=1e3))
    assert not verify(run, cohort=people).ok


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        {"pseudonymise": True},
        {"previous": "run", "add": True},
        {"overrides": ["solver.method=greedy"]},
        {"overrides": ['capacity.unit="hours"']},
        {"overrides": ["objective.fairness=1.0", "portfolio.max_size=1"]},
        {"time_limit": 0.05},
    ],
    ids=lambda options: "-".join(options),
)
def test_true_runs_of_any_shape_pass(
    published: Path, tmp_path: Path, options: dict[str, object]
) -> None:
    """However a run was asked for, it is the same when it is made again, pages and all."""
    if "previous" in options:
        options = options | {"previous": published}
    made = run_match(published.parent / "cohort", output=tmp_path / "again", **options)
    assert not verify(made, pages=True).problems


def test_values_of_json_are_alike_within_rounding() -> None:
    """Numbers within rounding, all else to the letter; a truth is no number."""
    assert alike({"a": [1, 0.1 + 0.2, None]}, {"a": [1, 0.3, None]})
    assert not alike({"a": 1.0}, {"a": 1.1})
    assert not alike([1], [1, 2])
    assert not alike(True, 1)
    assert not alike({"a": 1, "b": 2}, {"b": 2, "a": 1})
    assert set(WITH_PAGES) <= RUN_TABLES.keys()
    assert reseal is not None
