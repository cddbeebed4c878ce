"""From tables to a published run: files, figures, failures, and the same bytes again."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.folders import MENTEES, MENTORS, write_cohort

import matcher
from matcher.errors import (
    ConfigError,
    InfeasibleError,
    InputError,
    StorageError,
    VerificationError,
)
from matcher.intake.read import read_cohort
from matcher.run import match, run_match
from matcher.whereabouts import home_of

FILES = {
    "matches.csv",
    "portfolios.csv",
    "contributions.csv",
    "unmatched.csv",
    "waiting_list.csv",
    "alternates.csv",
    "mentors.csv",
    "certificate.csv",
    "introductions.csv",
    "chase.csv",
    "engagements.csv",
    "problems.csv",
    "summary.json",
    "manifest.json",
    "config.toml",
    "report.html",
    "matches.xlsx",
    "plans",
}
MUST = {"mentee_id": "e0", "mentor_id": "r2", "rule": "must"}


@pytest.fixture
def cohort(tmp_path):
    """Return a small cohort folder."""
    return write_cohort(tmp_path / "cohort")


@pytest.fixture
def run(cohort, tmp_path):
    """Return a published run of it."""
    return run_match(cohort, output=tmp_path / "run")


def read(run: Path, name: str) -> pd.DataFrame:
    """Return a table of a run as text and numbers."""
    return pd.read_csv(run / name, keep_default_na=False, na_values={"score": ""})


def pairs_of(run: Path) -> set[tuple[str, str]]:
    """Return the matched pairs of a run."""
    table = read(run, "matches.csv")
    return set(zip(table["mentee_id"], table["mentor_id"], strict=True))


def codes(error) -> list[str]:
    """Return the codes of an error."""
    return [finding.code for finding in error.value.findings]


@pytest.mark.slow
def test_a_run_folder_holds_its_files(run):
    """Everything of the contract is there, and nothing temporary beside it."""
    assert {path.name for path in run.iterdir()} >= FILES
    assert {path.name for path in run.parent.iterdir()} == {"cohort", "run"}


@pytest.mark.slow
def test_the_run_verifies(run):
    """The independent checker agrees after publishing too."""
    assert matcher.verify(run).ok


@pytest.mark.slow
def test_scores_are_sums_of_contributions(run):
    """The published contributions of a match add up to its score exactly."""
    total = read(run, "contributions.csv").groupby(["mentee_id", "mentor_id"])["contribution"].sum()
    matches = read(run, "matches.csv").set_index(["mentee_id", "mentor_id"])
    assert total.to_dict() == matches["score"].to_dict()


@pytest.mark.slow
def test_values_follow_from_their_terms(run):
    """V is relation plus coverage less redundancy and the price of further mentors."""
    table = read(run, "portfolios.csv")
    terms = table["relation"] + table["coverage"] - table["redundancy"]
    terms -= 0.02 * np.maximum(table["n_mentors"] - 1, 0)
    assert np.allclose(table["value"], terms, atol=1e-12)
    score = read(run, "matches.csv").groupby("mentee_id")["score"].sum()
    relation = (0.5 / 3) * score.reindex(table["mentee_id"]).fillna(0.0).to_numpy()
    assert np.allclose(table["relation"], relation, atol=1e-12)


@pytest.mark.slow
def test_capacity_is_kept_and_summary_counts(run):
    """No mentor has more than they can give; the summary says what the tables say."""
    mentors, matches = read(run, "mentors.csv"), read(run, "matches.csv")
    assert (mentors["used"] <= mentors["capacity"]).all()
    summary = json.loads((run / "summary.json").read_text())
    assert summary["n_matches"] == len(matches)
    assert summary["n_matched_mentees"] == matches["mentee_id"].nunique()
    left = read(run, "unmatched.csv")
    mentees_left = int((left["role"] == "mentee").sum())
    assert summary["n_mentees"] == summary["n_matched_mentees"] + mentees_left


@pytest.mark.slow
def test_the_manifest_hashes_every_file(run):
    """Each published file stands in the manifest, with the verdict of the checker."""
    manifest = json.loads((run / "manifest.json").read_text())
    files = {p.relative_to(run).as_posix() for p in run.rglob("*") if p.is_file()}
    assert set(manifest["files"]) == files - {"manifest.json"}
    assert manifest["checker"]["ok"] is True
    assert manifest["rows"]["mentees"] == {"read": 6, "used": 6, "set_aside": 0, "rejected": 0}


@pytest.mark.slow
def test_an_edited_file_is_found(run):
    """Whoever edits a published file by hand is told so."""
    with (run / "matches.csv").open("a") as file:
        file.write("\n")
    assert "C_HASH" in {problem.code for problem in matcher.verify(run).problems}


@pytest.mark.slow
def test_shuffled_rows_give_the_same_files(tmp_path, run):
    """Row order changes nothing but where the input's hashes and the clock stand."""
    shuffled = [list(rows) for rows in (MENTEES, MENTORS)]
    for rows in shuffled:
        random.Random(7).shuffle(rows)  # noqa: S311 a seed is wanted
    other = write_cohort(tmp_path / "other", {"mentees": shuffled[0], "mentors": shuffled[1]})
    again = run_match(other, output=tmp_path / "again")
    for name in sorted(FILES - {"manifest.json", "summary.json", "plans", "report.html"}):
        assert (run / name).read_bytes() == (again / name).read_bytes(), name
    manifests = [json.loads((r / "manifest.json").read_text()) for r in (run, again)]
    assert manifests[0]["result_sha256"] == manifests[1]["result_sha256"]


@pytest.mark.slow
def test_an_existing_folder_is_refused_untouched(cohort, run):
    """A finished run is never overwritten, to the byte."""
    before = {p: p.read_bytes() for p in run.rglob("*") if p.is_file()}
    with pytest.raises(StorageError) as error:
        run_match(cohort, output=run)
    assert codes(error) == ["E_EXISTS"]
    assert {p: p.read_bytes() for p in run.rglob("*") if p.is_file()} == before


@pytest.mark.slow
def test_a_failing_checker_publishes_nothing(cohort, tmp_path, monkeypatch):
    """A corrupted answer never reaches a run folder."""
    import dataclasses

    import matcher.run as module

    honest = module.solve_instance

    def corrupted(*arguments, **options):
        solution = honest(*arguments, **options)
        return dataclasses.replace(solution, objective=solution.objective + 1.0)

    monkeypatch.setattr(module, "solve_instance", corrupted)
    with pytest.raises(VerificationError) as error:
        run_match(cohort, output=tmp_path / "run")
    assert "C_OBJECTIVE" in codes(error)
    assert [path.name for path in tmp_path.iterdir()] == ["cohort"]


@pytest.mark.parametrize(
    ("strange", "code"),
    [
        ({"pairs": np.array([[0, 99]]), "reciprocal": np.array([-1])}, "C_FORBIDDEN"),
        ({"reciprocal": np.array([-1])}, "C_FILES"),
        ({"prices": np.zeros(1)}, "C_FILES"),
    ],
)
def test_an_answer_that_names_nobody_ends_in_its_code(cohort, monkeypatch, strange, code):
    """Nothing is made of an answer of which no table could be made."""
    import dataclasses

    import matcher.run as module

    honest = module.solve_instance

    def corrupted(*arguments, **options):
        solution = honest(*arguments, **options)
        return dataclasses.replace(solution, **strange)

    monkeypatch.setattr(module, "solve_instance", corrupted)
    with pytest.raises(VerificationError) as error:
        match(read_cohort(cohort))
    assert codes(error) == [code]


def test_bad_input_publishes_nothing(tmp_path):
    """A fault of the tables ends the run before a folder is made."""
    bad = write_cohort(tmp_path / "bad", {"mentors": [{"person_id": "r0", "capacity": -1}]})
    with pytest.raises(InputError) as error:
        run_match(bad)
    assert "E_CAPACITY" in codes(error)
    assert not (bad / "runs").exists()


@pytest.mark.slow
def test_infeasible_publishes_nothing(tmp_path):
    """Every contradiction is named, and no empty `runs` folder stays behind."""
    nobody = [{"person_id": "r2", "capacity": 0}]
    bad = write_cohort(tmp_path / "bad", {"mentors": nobody, "rules": [MUST]})
    with pytest.raises(InfeasibleError) as error:
        run_match(bad)
    assert sorted(codes(error)) == ["I_FORCED_CAPACITY", "I_NO_CAPACITY"]
    assert not (bad / "runs").exists()


@pytest.mark.slow
def test_the_default_folder_is_beside_the_tables(cohort):
    """Without an output the run lies in the cohort's own `runs`."""
    run = run_match(cohort)
    assert run.parent == cohort / "runs"
    assert home_of("sqlite:///x.db") == Path()


@pytest.mark.slow
def test_must_pairs_are_made_and_marked(tmp_path):
    """A forced pair is matched and stands as locked."""
    made = write_cohort(tmp_path / "c", {"rules": [MUST]})
    table = read(run_match(made, output=tmp_path / "run"), "matches.csv")
    forced = table[(table["mentee_id"] == "e0") & (table["mentor_id"] == "r2")]
    assert forced["locked"].astype(str).str.lower().tolist() == ["true"]


@pytest.mark.slow
def test_add_places_newcomers_and_moves_nobody(tmp_path, run):
    """With --add the earlier pairs stand, and a new mentee is placed on a new place."""
    more = {
        "mentees": [*MENTEES, {"person_id": "e9", "purposes": "personal"}],
        "mentors": [*MENTORS, {"person_id": "r9", "purposes": "personal", "capacity": 1}],
    }
    grown = write_cohort(tmp_path / "grown", more)
    after = run_match(grown, output=tmp_path / "after", previous=run, add=True)
    before, now = pairs_of(run), pairs_of(after)
    assert before <= now
    assert ("e9", "r9") in now
    summary = json.loads((after / "summary.json").read_text())
    assert summary["previous"]["changed"] == 0
    assert summary["previous"]["cost"] >= 0


@pytest.mark.slow
def test_stickiness_keeps_pairs_and_tells_the_cost(tmp_path, cohort, run):
    """A large bonus keeps what can be kept; a verified run says what that gave up."""
    banned = write_cohort(
        tmp_path / "banned", {"rules": [{"mentee_id": "e1", "mentor_id": "r1", "rule": "never"}]}
    )
    sticky = run_match(
        banned, output=tmp_path / "sticky", previous=run, overrides=["objective.stickiness=1.0"]
    )
    told = json.loads((sticky / "summary.json").read_text())["previous"]
    kept = pairs_of(run) & pairs_of(sticky)
    assert told["kept"] == len(kept) > 0
    assert told["cost"] >= 0.0
    assert matcher.verify(sticky).ok


@pytest.mark.slow
def test_a_rerun_keeps_near_ties_by_default(tmp_path):
    """Where two mentors are alike nobody moves for a hair; with stickiness 0 they may, and do."""
    mentees = [{"person_id": f"e{k}", "purposes": "personal"} for k in range(2)]
    mentors = [{"person_id": f"r{k}", "purposes": "personal", "capacity": 1} for k in range(2)]
    people = {"mentees": mentees, "mentors": mentors}
    wish = {"other_id": "r1", "role": "mentee", "score": 2.6}
    liked = [{"person_id": "e0", **wish}]
    first = run_match(write_cohort(tmp_path / "c", people), output=tmp_path / "first")
    held = dict(pairs_of(first))
    liked[0]["other_id"] = {"r0": "r1", "r1": "r0"}[held["e0"]]
    changed = write_cohort(tmp_path / "liked", {**people, "preferences": liked})
    free = ["objective.stickiness=0.0"]
    moved = run_match(changed, output=tmp_path / "free", previous=first, overrides=free)
    kept = run_match(changed, output=tmp_path / "kept", previous=first)
    assert dict(pairs_of(moved)) != held
    assert dict(pairs_of(kept)) == held
    told = json.loads((kept / "summary.json").read_text())["previous"]
    assert (told["kept"], told["changed"], told["rerun_moves"]) == (2, 0, 2)
    assert told["cost"] > 0
    assert matcher.verify(kept).ok


@pytest.mark.slow
def test_groups_are_audited_with_small_ones_hidden(tmp_path):
    """Protected attributes reach the fairness audit and nothing else of the run."""
    groups = [{"person_id": f"e{k}", "gender": "wolpertinger"} for k in range(6)]
    run = run_match(write_cohort(tmp_path / "c", {"groups": groups}), output=tmp_path / "run")
    table = read(run, "groups.csv")
    assert set(table.loc[table["group"] == "wolpertinger", "n"]) == {"<10"}
    tables = [p for p in run.glob("*.csv") if p.name != "groups.csv"]
    assert not any("wolpertinger" in p.read_text() for p in tables)


def test_add_without_an_earlier_run_is_refused(cohort):
    """There is nothing to add to."""
    with pytest.raises(ConfigError):
        run_match(cohort, add=True)


@pytest.mark.slow
def test_decisions_are_kept_to(cohort, tmp_path):
    """A ban and an assignment from a table of decisions hold in the next run."""
    table = tmp_path / "decisions.csv"
    table.write_text("mentee_id,mentor_id,decision,note\ne1,r2,assign,\ne0,r0,ban,\n")
    pairs = pairs_of(run_match(cohort, output=tmp_path / "run", decisions=table))
    assert ("e1", "r2") in pairs
    assert ("e0", "r0") not in pairs


@pytest.mark.slow
def test_a_run_under_pseudonyms_names_nobody(tmp_path):
    """No id, name, address or own words of a person is anywhere in the run."""
    mentees = [
        {**row, "name": f"Zebedee{k}", "email": f"zeb{k}@example.org", "goals": "become quoxly"}
        for k, row in enumerate(MENTEES)
    ]
    made = write_cohort(tmp_path / "c", {"mentees": mentees})
    run = run_match(made, output=tmp_path / "run", pseudonymise=True)
    files = (p for p in run.rglob("*") if p.is_file() and p.suffix not in (".json", ".xlsx"))
    text = b"".join(path.read_bytes() for path in files)
    # A pseudonym may end in e0 by chance, and stand before a comma.
    for word in (rb"Zebedee", rb"example\.org", rb"quoxly", rb"\be0,", rb"\br0,"):
        assert not re.search(word, text), word
    assert matcher.verify(run, cohort=made, key=made / "pseudonyms.key").ok


@pytest.mark.slow
def test_match_in_memory(cohort):
    """The API returns the same tables without writing anything."""
    people = matcher.read_cohort(cohort)
    made = match(people)
    assert list(made.matches.columns)[:5] == [
        "mentee_id",
        "mentor_id",
        "approach",
        "reciprocal",
        "score",
    ]
    assert made.summary["n_matches"] == len(made.matches) == len(made.solution.pairs)
    assert len(made.portfolios) == 6
    assert sorted(path.name for path in cohort.iterdir()) == ["mentees.csv", "mentors.csv"]


@pytest.mark.slow
def test_the_config_dates_a_cohort_that_was_read_without_it(cohort):
    """`as_of` of the config counts in memory as it does in a run."""
    settings = matcher.Config.model_validate({"programme": {"as_of": "2026-01-31"}})
    made = match(matcher.read_cohort(cohort), settings)
    assert made.summary["as_of"] == "2026-01-31"
    assert match(matcher.read_cohort(cohort, settings), settings).summary["as_of"] == "2026-01-31"


@pytest.mark.slow
def test_reciprocal_pairs_are_two_rows(tmp_path):
    """A reciprocal pair counts twice, with the lower direction as its score and the bonus."""
    both = [
        {"person_id": p, "approaches": "reciprocal", "purposes": q, "career_years": 5}
        for p, q in (("a", "personal"), ("b", "strategic"))
    ]
    folder = write_cohort(tmp_path / "c", {"mentees": both, "mentors": both})
    made = match(matcher.read_cohort(folder))
    assert made.matches["reciprocal"].tolist() == ["true", "true"]
    assert made.matches["approach"].tolist() == ["reciprocal", "reciprocal"]
    own = made.contributions[~made.contributions["feature"].str.startswith("reciprocal")]
    directions = own.groupby("mentee_id")["contribution"].sum()
    assert np.allclose(made.matches["score"], directions.min() + 0.05, atol=1e-12)
    total = made.contributions.groupby("mentee_id")["contribution"].sum()
    assert total.tolist() == made.matches["score"].tolist()
