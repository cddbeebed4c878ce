"""Weights learned from outcomes: they converge, they are honest, and they repeat to the byte."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn_outcomes import DEFAULT, NAMES, TRUTH, draw
from sklearn.metrics import roc_auc_score

from matcher.cohort.cohort import RowCount
from matcher.config import Config, load_config
from matcher.errors import StorageError
from matcher.tune.gain import leaks
from matcher.tune.learn import learn_from, tuned_texts, write_texts


def quick(**changes):
    """Return the default config with few bootstrap samples."""
    config = Config()
    return config.model_copy(
        update={"tune": config.tune.model_copy(update={"bootstrap": 20, **changes})}
    )


def distance(weights):
    """Return how far weights are from the truth."""
    return float(np.abs(weights - TRUTH).sum())


@pytest.mark.slow
def test_weights_converge_to_the_truth():
    """The error falls as outcomes grow: few move little, two thousand decide."""
    errors = []
    for n in (20, 200, 2000):
        outcomes = draw(n, 3)
        once = np.ones(n, dtype=np.int64)
        errors.append(distance(outcomes.fit(once, quick())))
    assert errors[0] > errors[1] > errors[2]
    assert errors[0] > 0.5 * distance(DEFAULT)
    assert errors[2] < 0.15 * distance(DEFAULT)


@pytest.mark.slow
def test_better_weights_are_claimed_and_written():
    """With strong evidence the tuned weights are claimed and stand in the config."""
    found = learn_from(draw(1500, 1), quick())
    assert found.claimed
    assert found.figures["auc"]["tuned"] > found.figures["auc"]["default"]
    assert found.figures["log_loss"]["tuned"] < found.figures["log_loss"]["default"]
    written = {feature.name: feature.weight for feature in found.config.features}
    assert written == pytest.approx(dict(zip(NAMES, found.weight, strict=True)), abs=1e-4)
    assert (found.low <= found.estimate).all()
    assert (found.estimate <= found.high).all()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_shuffled_outcomes_claim_nothing(seed):
    """Where outcomes have nothing to do with features, the default is kept and the reason told."""
    outcomes = draw(400, seed, mentees=250)
    shuffled = np.random.default_rng(seed).permutation(outcomes.success)
    found = learn_from(replace(outcomes, success=shuffled), quick(), seed=seed)
    assert not found.claimed
    assert found.config == quick()
    assert "not better beyond noise" in found.reason or "no better than chance" in found.reason
    assert (found.weight == found.default).all()


@pytest.mark.slow
def test_auc_is_that_of_scikit_learn():
    """The AUC reported is scikit-learn's on the published predictions."""
    found = learn_from(draw(300, 2), quick())
    seen = found.predictions[found.predictions["fold"] >= 0]
    for name in ("default", "tuned"):
        expected = roc_auc_score(seen["success"], seen[f"{name}_score"])
        assert found.figures["auc"][name] == pytest.approx(expected, abs=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [1.0, 0.0])
def test_one_kind_of_outcome_teaches_nothing(kind):
    """Only successes, or only failures, leave the config as it is."""
    outcomes = draw(60, 0)
    found = learn_from(replace(outcomes, success=np.full(60, bool(kind))), quick())
    assert not found.claimed
    assert "both kinds" in found.reason


@pytest.mark.parametrize("n", [1, 2, 3, 9])
def test_few_outcomes_are_too_few(n):
    """A handful of outcomes ends in a sentence, not in weights or a traceback."""
    found = learn_from(draw(n, 0), quick())
    assert not found.claimed
    assert "too few" in found.reason


def test_outcomes_of_one_person_are_told_apart_from_those_of_one_kind():
    """Where every outcome shares a person with the others the reason says so."""
    found = learn_from(draw(60, 0, mentees=1, mentors=100), quick())
    assert not found.claimed
    assert "shares a person" in found.reason
    assert found.figures["n_predicted"] == 0


@pytest.mark.slow
def test_rows_left_out_by_the_reader_are_told():
    """What became of every row of the table stands in tuning.json and in a warning."""
    found = learn_from(replace(draw(60, 0), rows=RowCount(90, 60, rejected=30)), quick())
    assert found.figures["rows"]["rejected"] == 30
    assert any("30 rows of 90" in warning for warning in found.warnings)


def test_a_published_run_is_never_written_into(tmp_path):
    """Tables of tuning go beside a run, not into it, and not through a link."""
    run, link = tmp_path / "run", tmp_path / "link"
    run.mkdir()
    (run / "manifest.json").write_text("{}")
    link.symlink_to(tmp_path)
    for folder in (run, link):
        with pytest.raises(StorageError):
            write_texts({"sensitivity.csv": "x"}, folder)
    assert [path.name for path in run.iterdir()] == ["manifest.json"]


@pytest.mark.slow
def test_features_that_are_off_stay_off():
    """A feature of weight 0 is the programme's policy: no outcome switches it on."""
    found = learn_from(draw(800, 4, truth=np.eye(len(NAMES))[-1]), quick())
    assert (found.estimate[DEFAULT == 0] == 0).all()
    assert (found.high[DEFAULT == 0] == 0).all()


@pytest.mark.slow
def test_weights_are_never_negative():
    """A feature that goes with failure gets no weight, not a negative one."""
    outcomes = draw(1500, 5)
    harmful = replace(outcomes, success=outcomes.table.values[:, 0] < 0.4)
    found = learn_from(harmful, quick())
    assert (found.estimate >= 0).all()
    assert found.estimate[0] < 0.05


@pytest.mark.slow
def test_missing_answers_that_predict_are_warned_about():
    """Outcomes that depend on who answered are told apart from outcomes that depend on fit."""
    outcomes = draw(600, 6, missing=0.4)
    leak = replace(outcomes, success=outcomes.table.answered[:, 1].copy())
    found = learn_from(leak, quick())
    assert found.figures["auc"]["missing_flags"] > 0.95
    assert any("missing answers alone" in warning for warning in found.warnings)


@pytest.mark.slow
def test_auc_within_mentees_is_reported_beside_the_pooled_one():
    """Telling easy mentees from hard ones does not count within a mentee."""
    outcomes = draw(600, 7, mentees=60, mentors=200)
    easy = {person: k % 2 == 0 for k, person in enumerate(sorted(set(outcomes.mentee)))}
    by_mentee = np.array([easy[person] for person in outcomes.mentee])
    noise = np.random.default_rng(0).random(len(by_mentee)) < 0.1
    values = outcomes.table.values.copy()
    values[:, 1] = 0.5 + 0.4 * np.where(by_mentee, 1, -1)
    answered = outcomes.table.answered.copy()
    answered[:, 1] = True
    table = replace(outcomes.table, values=values, answered=answered)
    found = learn_from(replace(outcomes, table=table, success=by_mentee ^ noise), quick())
    assert found.figures["auc"]["tuned"] > 0.7
    assert found.figures["auc"]["within_mentee"]["tuned"] < 0.6
    assert any("within one mentee" in warning for warning in found.warnings)
    assert not found.claimed
    assert "do not help to choose between mentors" in found.reason


@pytest.mark.slow
def test_same_seed_same_files(tmp_path):
    """Two runs write the same bytes, and the config they write loads as it was."""
    for name in ("a", "b"):
        write_texts(tuned_texts(learn_from(draw(300, 8), quick(), seed=5)), tmp_path / name)
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == ["learned.csv", "predictions.csv", "tuned.toml", "tuning.json"]
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    found = learn_from(draw(300, 8), quick(), seed=5)
    assert load_config(tmp_path / "a" / "tuned.toml") == found.config


@pytest.mark.slow
def test_a_gain_from_missing_answers_is_not_claimed():
    """Where only who answered predicts the outcome, nobody is told whom to choose."""
    outcomes = draw(1500, 11, mentees=150, mentors=300)
    answers = {person: k % 3 > 0 for k, person in enumerate(sorted(set(outcomes.mentee)))}
    told = np.array([answers[person] for person in outcomes.mentee])
    answered, values = outcomes.table.answered.copy(), outcomes.table.values.copy()
    answered[:, 1], values[:, 1] = told, np.where(told, 0.6 + 0.4 * values[:, 1], 0.0)
    noise = np.random.default_rng(0).random(len(told)) < 0.1
    table = replace(outcomes.table, values=values, answered=answered)
    found = learn_from(replace(outcomes, table=table, success=told ^ noise), quick())
    assert found.figures["auc"]["tuned"] > found.figures["auc"]["default"]
    assert found.figures["log_loss"]["saved"]["low"] > 0
    assert not found.claimed
    assert "do not help to choose between mentors" in found.reason


def test_few_outcomes_are_no_leak_by_chance():
    """An AUC that a handful of failures gives by chance is reported, not warned about."""
    assert leaks(0.66, 300, 300)
    assert not leaks(0.66, 30, 6)
    assert not leaks(0.55, 3000, 3000)
    assert not leaks(None, 0, 10)
