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
from matcher.cohort.cohort import Cohort
from matcher.config import load_config
from matcher.intake.read import read_cohort
from matcher.lab.synthetic import make_cohort, write_cohort
from matcher.publish.made_again import SAID_BY_MANIFEST, WITH_PAGES, alike, differences, stated_here
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
    assert "config.toml where no table depends on it" in verify(run, cohort=people).stated


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
def test_every_declared_column_is_compared_or_stated(published: Path) -> None:
    """A cell changed in any column that the declaration names is found, or it is stated."""
    lines = set(stated_here(published))
    looked_at = 0
    for table in OF_A_RUN:
        if not (published / f"{table.name}.csv").is_file():
            continue
        whole = read(published, table.name)
        for column in table.in_file:
            if column.name not in whole or not len(whole):
                continue
            cells = whole[column.name].tolist()
            forged = whole.assign(**{column.name: [other(cells[0], column), *cells[1:]]})
            found = [finding.message for finding in differences(table, forged, whole)]
            stated = bool(table.stated or column.stated)
            assert stated or [m for m in found if m.startswith(f"{column.name} is not")] == found
            assert found or stated, (table.name, column.name)
            assert not stated or f"{table.name}.{column.name}" in lines or set(cells) == {""}
            looked_at += 1
    assert looked_at > 70


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
    (run / "notes.txt").unlink()
    for name in ("sensitivity.csv", "plans/nobody.html"):
        (run / name).write_text("feature,factor\n")
        assert {finding.code for finding in verify(run, cohort=people).problems} == {"C_HASH"}
        (run / name).unlink()


@pytest.mark.slow
def test_another_version_is_told(run: Path, people: Cohort) -> None:
    """What another version made is not made again, and that is said; its answer is checked."""
    change_json(run, "manifest.json", lambda manifest: manifest["versions"].update(matcher="0.0.9"))
    report = verify(run, cohort=people)
    assert [finding.code for finding in report.problems] == ["W_VERSION"]
    assert report.ok
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
