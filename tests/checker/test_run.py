"""A published run is re-read and recomputed: each injected corruption ends in a finding."""

from __future__ import annotations

import json
import shutil

import pandas as pd
import pytest
from tests.checker.forger import change, change_json

import matcher
from matcher import verify
from matcher.lab.synthetic import make_cohort, write_cohort
from matcher.run import run_match


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Return a small cohort that is matched and published once."""
    home = tmp_path_factory.mktemp("published")
    write_cohort(make_cohort("small", 1), home / "cohort")
    return run_match(home / "cohort", output=home / "run")


@pytest.fixture
def run(published, tmp_path):
    """Return a copy of the run that a test may damage, beside the cohort that it was made from."""
    return shutil.copytree(published, published.parent / tmp_path.name)


def change_summary(run, **values):
    """Change keys of the summary in place."""
    change_json(run, "summary.json", lambda summary: summary.update(values))


def codes(run, **options):
    """Return the codes of everything that the checker finds."""
    report = verify(run, **options)
    assert report.ok == (not report.problems)
    return {finding.code for finding in report.problems}


@pytest.mark.slow
def test_a_published_run_passes(run):
    """What `match` publishes the checker proves, with the published objective and bound."""
    report = matcher.verify(run)
    summary = json.loads((run / "summary.json").read_text())
    assert report.ok
    assert report.objective == pytest.approx(summary["objective"])
    assert report.bound <= summary["dual_bound"] + 1e-6
    assert report.gap >= -1e-9


@pytest.mark.slow
def test_an_edited_file_is_named(run):
    """A file changed by hand is found by its hash, and named."""
    change(run, "matches", lambda frame: frame.assign(role="friend"), forged=False)
    report = verify(run)
    assert [f.table for f in report.problems if f.code == "C_HASH"] == ["matches.csv", "matches"]


@pytest.mark.slow
def test_files_beside_the_published_ones_are_no_tampering(run):
    """Decisions and working copies may lie in the folder."""
    (run / "decisions.jsonl").write_text(
        '{"event": "decision", "decision": "note", "mentee_id": "e0"}\n'
    )
    assert codes(run) == set()


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "matches.csv",
        "portfolios.csv",
        "contributions.csv",
        "mentors.csv",
        "certificate.csv",
        "unmatched.csv",
        "summary.json",
        "config.toml",
        "manifest.json",
    ],
)
@pytest.mark.parametrize("damage", ["missing", "empty", "binary", "folder", "words"])
def test_damaged_files_end_in_findings(run, name, damage):
    """Whatever happens to a file, the checker names it and raises nothing."""
    path = run / name
    path.unlink()
    if damage == "folder":
        path.mkdir()
    elif damage != "missing":
        content = {"empty": b"", "binary": bytes(range(256)) * 9, "words": b'"never closed\n[[['}
        path.write_bytes(content[damage])
    assert codes(run) & {"C_FILES", "C_HASH"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("files", "told"),
    [
        ("none", ["the manifest lists no files"]),
        (
            {"../cohort/mentees.csv": "", "/matches.csv": ""},
            ["the manifest lists a file outside the run"] * 2
            + ["matches.csv is not listed in the manifest"],
        ),
    ],
)
def test_a_manifest_that_lists_other_files(run, files, told):
    """What a run must have is listed, and nothing that lies elsewhere."""
    path = run / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"files": files}))
    found = [finding.message for finding in verify(run).problems]
    assert found[: len(told)] == told


def forged_score(frame):
    """Forge a score."""
    frame.loc[0, "score"] = "0.999"
    return frame


def other_mentor(frame):
    """Give the first mentee the last mentor."""
    frame.loc[0, "mentor_id"] = frame.loc[len(frame) - 1, "mentor_id"]
    return frame


def unknown_person(frame):
    """Name nobody."""
    frame.loc[0, "mentee_id"] = "nobody"
    return frame


def one_contribution(frame):
    """Forge a contribution."""
    frame.loc[0, "contribution"] = "0.9"
    return frame


def other_value(column):
    """Return an edit that forges a figure."""

    def edit(frame):
        frame.loc[0, column] = "0.123456"
        return frame

    return edit


def not_a_number(column):
    """Return an edit that writes a word for a number."""

    def edit(frame):
        frame.loc[0, column] = "many"
        return frame

    return edit


def without_first(frame):
    """Drop the first row."""
    return frame.iloc[1:]


def twice(frame):
    """Repeat the first row."""
    return pd.concat([frame, frame.iloc[:1]])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "edit", "found"),
    [
        ("matches", forged_score, "C_VALUE"),
        ("matches", other_value("approach"), "C_VALUE"),
        ("matches", other_mentor, "C_OBJECTIVE"),
        ("matches", unknown_person, "C_FORBIDDEN"),
        ("matches", without_first, "C_OBJECTIVE"),
        ("matches", twice, "C_RULE"),
        ("matches", not_a_number("score"), "C_FILES"),
        ("contributions", one_contribution, "C_CONTRIBUTION"),
        ("contributions", without_first, "C_CONTRIBUTION"),
        ("portfolios", other_value("value"), "C_VALUE"),
        ("portfolios", other_value("coverage"), "C_VALUE"),
        ("portfolios", without_first, "C_FILES"),
        ("mentors", other_value("used"), "C_VALUE"),
        ("mentors", other_value("capacity"), "C_VALUE"),
        ("mentors", twice, "C_FILES"),
        ("certificate", not_a_number("dual"), "C_FILES"),
        ("certificate", not_a_number("rhs"), "C_FILES"),
    ],
)
def test_forged_tables_are_caught_behind_true_hashes(run, name, edit, found):
    """A table that is changed together with its hash does not agree with the rest."""
    change(run, name, edit)
    assert found in codes(run)


@pytest.mark.slow
def test_more_matches_than_places_are_caught(run):
    """A mentor who is given to everybody is over capacity."""

    def crowded(frame):
        frame["mentor_id"] = frame["mentor_id"].iloc[0]
        return frame.drop_duplicates(["mentee_id", "mentor_id"])

    change(run, "matches", crowded)
    assert "C_CAPACITY" in codes(run)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"objective": 99.0}, "C_OBJECTIVE"),
        ({"objective": None}, "C_OBJECTIVE"),
        ({"objective": "much"}, "C_OBJECTIVE"),
        ({"dual_bound": 0.5, "bound": 0.5}, "C_BOUND"),
        ({"dual_bound": "high"}, "C_BOUND"),
        ({"gap": 0.5}, "C_BOUND"),
        ({"status": "FEASIBLE"}, "C_BOUND"),
        ({"bound_source": "milp", "dual_bound": 1e6}, "C_BOUND"),
        ({"bound_source": "milp", "dual_bound": None}, "C_BOUND"),
        ({"status": "CLAIMED", "gap": 0.5}, "C_BOUND"),
        ({"tiers": [{"name": "reached:1", "value": 1e6}]}, "C_TIER"),
        ({"tiers": "all"}, "C_FILES"),
        ({"n_matches": 0}, "C_VALUE"),
        ({"n_matched_mentees": "30"}, "C_VALUE"),
    ],
)
def test_forged_summaries_are_caught(run, values, found):
    """Every figure of the summary is recomputed."""
    change_summary(run, **values)
    assert found in codes(run)


@pytest.mark.slow
@pytest.mark.parametrize("factor", ["-1", "1e9", "nan", "inf"])
def test_false_duals_prove_nothing_false(run, factor):
    """With other duals the bound is another one, never a wrong one that passes."""

    def scaled(frame):
        frame["dual"] = [repr(float(dual) * float(factor) - 1e-3) for dual in frame["dual"]]
        return frame

    change(run, "certificate", scaled)
    assert "C_BOUND" in codes(run)


@pytest.mark.slow
def test_a_tier_above_its_bound_is_caught(run):
    """What a tier reaches bounds it from below."""
    tiers = json.loads((run / "summary.json").read_text())["tiers"]
    change_summary(run, tiers=[{**tiers[0], "bound": tiers[0]["value"] - 1}, *tiers[1:]])
    assert "C_TIER" in codes(run)


@pytest.mark.slow
def test_a_false_right_hand_side_is_caught(run):
    """The certificate may state no other limits than the cohort's, and no tier out of reach."""

    def moved(frame):
        frame["rhs"] = [repr(float(rhs) + 1) for rhs in frame["rhs"]]
        return frame

    change(run, "certificate", moved)
    assert "C_BOUND" in codes(run)


@pytest.mark.slow
def test_a_run_without_its_certificate_proves_nothing(run):
    """Taking the rows away leaves a claim that does not hold."""
    change(run, "certificate", lambda frame: frame.iloc[:0])
    assert "C_BOUND" in codes(run)


@pytest.mark.slow
def test_another_cohort_is_noticed(run, published, tmp_path):
    """A table that changed since the run is named; the cohort may have moved."""
    cohort = shutil.copytree(published.parent / "cohort", tmp_path / "moved")
    assert codes(run, cohort=cohort) == set()
    groups = cohort / "groups.csv"
    kept = groups.read_bytes()
    groups.write_bytes(kept + b"\n")
    assert codes(run, cohort=cohort) == {"C_INPUT"}
    groups.write_bytes(kept)
    mentors = pd.read_csv(cohort / "mentors.csv", dtype=str, keep_default_na=False)
    mentors.loc[0, "capacity"] = "0"
    mentors.to_csv(cohort / "mentors.csv", index=False)
    assert "C_INPUT" in codes(run, cohort=cohort)


def test_nowhere_is_a_finding(tmp_path):
    """A folder that does not exist is a finding as well."""
    assert codes(tmp_path / "nowhere") == {"C_FILES"}
    assert codes(tmp_path) == {"C_FILES"}
