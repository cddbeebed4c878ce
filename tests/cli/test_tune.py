"""`matcher tune` and `matcher compare` on the command line, from tables to a run."""

from __future__ import annotations

import shutil
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.folders import write_table

from matcher.cli.main import run
from matcher.config import Config, load_config
from matcher.intake.read import read_cohort
from matcher.lab.synthetic import FAMILIES, draw_cohort, write_cohort
from matcher.tune.weight_model import feature_table

TRUTH = {"deep_similarity": 0.7, "seniority_gap": 0.3}
"""Weights behind the outcomes; the other features count for nothing."""
QUICK = ("--set", "tune.bootstrap=20")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cohort with outcomes that follow the score under `TRUTH`."""
    home = tmp_path_factory.mktemp("tuned") / "cohort"
    tables = draw_cohort(replace(FAMILIES["small"], mentees=120, mentors=80), 3).tables
    del tables["engagements"]
    write_cohort(tables, home)
    cohort, rng = read_cohort(home, Config()), np.random.default_rng(0)
    i, j = np.divmod(rng.choice(120 * 80, 900, replace=False), 80)
    known = feature_table(cohort, Config(), i, j)
    score = known.score(np.array([TRUTH.get(name, 0.0) for name in known.names]))
    good = rng.random(len(i)) < 1 / (1 + np.exp(-25 * (score - np.median(score))))
    ids = cohort.mentee_index.ids, cohort.mentor_index.ids
    pairs = {"mentee_id": [ids[0][k] for k in i], "mentor_id": [ids[1][k] for k in j]}
    rows = pd.DataFrame(pairs).assign(success=np.where(good, "yes", "no"))
    rows.to_csv(home / "outcomes.csv", index=False)
    return home


@pytest.mark.slow
def test_learned_weights_go_straight_into_a_match(folder: Path, tmp_path: Path) -> None:
    """Weights near the truth are written, matched with, and the run is verified."""
    tuned = tmp_path / "tuned"
    assert run(["tune", "learn", str(folder), "-o", str(tuned), *QUICK]) == 0
    config = load_config(tuned / "tuned.toml")
    weight = {feature.name: feature.weight for feature in config.features}
    assert weight["deep_similarity"] > 0.4
    assert weight["need_fit"] < 0.15
    match = ["match", str(folder), "-c", str(tuned / "tuned.toml"), "-o", str(tmp_path / "run")]
    assert run([*match, "--set", "solver.method=greedy"]) == 0
    assert run(["verify", str(tmp_path / "run")]) == 0
    assert load_config(tmp_path / "run" / "config.toml").features == config.features
    assert run(["tune", "learn", str(folder), "-o", str(tmp_path / "again"), *QUICK]) == 0
    for path in tuned.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


@pytest.mark.slow
def test_shuffled_outcomes_write_the_default_and_say_why(folder: Path, tmp_path: Path) -> None:
    """The config written is the one given, and its first line tells the reason."""
    home = Path(shutil.copytree(folder, tmp_path / "cohort"))
    rows = pd.read_csv(home / "outcomes.csv")
    rows["success"] = np.random.default_rng(1).permutation(rows["success"])
    rows.to_csv(home / "outcomes.csv", index=False)
    assert run(["tune", "learn", str(home), "-o", str(tmp_path / "tuned"), *QUICK]) == 0
    written = tmp_path / "tuned" / "tuned.toml"
    assert load_config(written) == load_config(overrides=["tune.bootstrap=20"])
    first = written.read_text("utf-8").partition("\n")[0]
    assert first.startswith("# Weights not tuned on outcomes: ")
    assert "the config's weights are kept" in first


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "rows", "said"),
    [
        ("learn", None, "E_NO_ROWS outcomes::: there is no table"),
        ("learn", [("gone", "away", "yes")], "E_NO_ROWS outcomes::mentee_id: no outcome of a pair"),
        ("learn", [("", "", "maybe")], "E_ENUM outcomes:2:success"),
        ("imitate", None, "E_NO_ROWS engagements::: there is no table"),
    ],
)
def test_what_is_wrong_with_the_table_is_said_in_one_line(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str, rows, said: str
) -> None:
    """Table, row and column are named, and nothing is written."""
    home = Path(shutil.copytree(folder, tmp_path / "cohort"))
    first = pd.read_csv(home / "outcomes.csv").iloc[0]
    (home / "outcomes.csv").unlink()
    if rows is not None:
        known = first["mentee_id"], first["mentor_id"]
        names = [(a or known[0], b or known[1], c) for a, b, c in rows]
        columns = ("mentee_id", "mentor_id", "success")
        write_table(home, "outcomes", [dict(zip(columns, row, strict=True)) for row in names])
    assert run(["tune", what, str(home), "-o", str(tmp_path / "out")]) == 3
    errors = [s for s in capsys.readouterr().err.splitlines() if s.startswith("ERROR")]
    assert len(errors) == 1
    assert said in errors[0]
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_what_is_set_aside_is_written_beside(folder: Path, tmp_path: Path) -> None:
    """The tables that the warning points at are there."""
    home = Path(shutil.copytree(folder, tmp_path / "cohort"))
    rows = pd.read_csv(home / "outcomes.csv").head(30)
    rows.loc[2, "success"] = "maybe"
    rows.to_csv(home / "outcomes.csv", index=False)
    out = tmp_path / "out"
    assert run(["tune", "learn", str(home), "-o", str(out), "--set-aside", *QUICK]) == 0
    problems = pd.read_csv(out / "problems.csv", dtype=str)
    assert problems[["code", "table", "row"]].to_numpy().tolist()[0] == ["E_ENUM", "outcomes", "4"]
    assert (out / "chase.csv").exists()


@pytest.mark.slow
def test_packaged_configs_are_compared_by_name(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a run, `--cohort` says where the people are; who changed is named."""
    quick = tmp_path / "quick.toml"
    quick.write_text('[solver]\nmethod = "greedy"\n', encoding="utf-8")
    assert run(["compare", str(quick), "one-to-one", "--cohort", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "one-to-one: " in said
    assert "  worse off: P" in said
    assert "  lost: P" in said
    assert run(["compare", str(quick), "one-to-on", "--cohort", str(folder)]) == 2
    assert "E_NOT_FOUND: there is no run or config one-to-on; give" in capsys.readouterr().err


@pytest.mark.slow
def test_the_page_for_a_panel_names_nobody(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What changed and why, in numbers and by evidence; each metric has its words."""
    changed = tmp_path / "asked.toml"
    changed.write_text(
        "# The board asked for <fields> first.\n"
        'extends = "default"\n[solver]\nmethod = "greedy"\n[features.experience_context]\n'
        'weight = 0.6\nreason = "Asked by the board."\n[tune]\ntrials = 7\n',
        encoding="utf-8",
    )
    page = tmp_path / "panel.html"
    command = ["compare", "one-to-one", str(changed), "--cohort", str(folder)]
    assert run([*command, "--page", str(page)]) == 0
    assert "worst_decile_value: the same as a mean over the worst-off" in capsys.readouterr().out
    text = page.read_text(encoding="utf-8")
    assert "The board asked for &lt;fields&gt; first." in text
    assert "Shared field: weight" in text
    assert "Asked by the board." in text
    assert "mentees with other mentors" in text
    assert "trials" not in text, "what moves no pair is no change to a panel"
    ids = pd.read_csv(folder / "mentees.csv", dtype=str)["person_id"]
    assert not [one for one in ids if one in text]
    assert "http://" not in text
    assert "https://" not in text


@pytest.mark.slow
def test_explored_changes_stand_over_the_file_that_was_given(folder: Path, tmp_path: Path) -> None:
    """`chosen.toml` extends the cohort's own config and holds explored key and seed."""
    home = Path(shutil.copytree(folder, tmp_path / "cohort"))
    (home / "matcher.toml").write_text(
        '[solver]\nmethod = "greedy"\n[tune]\ntrials = 4\n[[tune.explore]]\n'
        'key = "portfolio.coverage"\nlow = 0.6\nhigh = 0.9\n',
        encoding="utf-8",
    )
    assert run(["tune", "explore", str(home), "-o", str(tmp_path / "out"), "--seed", "3"]) == 0
    chosen = tmp_path / "out" / "chosen.toml"
    written = tomllib.loads(chosen.read_text(encoding="utf-8"))
    told = {"extends": "../cohort/matcher.toml", "solver": {"seed": 3}}
    assert written == {**told, "portfolio": written["portfolio"]}
    assert list(written["portfolio"]) == ["coverage"]
    assert load_config(chosen).solver.method == "greedy"
