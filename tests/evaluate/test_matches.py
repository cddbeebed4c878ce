"""Metrics of a cohort's instance: the arrays are taken from the right places."""

from __future__ import annotations

import numpy as np
import pytest

from matcher.config import load_config
from matcher.evaluate import instance_group_gaps, instance_metrics
from matcher.evaluate.instance_metrics import mentee_preferences, organisation_codes
from matcher.intake import read_cohort
from matcher.lab.synthetic import make_cohort, write_cohort
from matcher.pipeline import Instance, build
from matcher.problem.problem import Assignment
from matcher.problem.value import evaluate


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    """Return a problem of 120 mentees and 60 mentors."""
    folder = write_cohort(make_cohort("scarce", 5), tmp_path_factory.mktemp("cohort"))
    config = load_config()
    return build(read_cohort(folder, config), config)


@pytest.fixture(scope="module")
def assignment(instance: Instance) -> Assignment:
    """Return the best allowed mentor of 40 mentees who have one."""
    score = instance.problem.scores.block(np.arange(instance.problem.n_mentees)).score
    rows = np.flatnonzero(score.max(axis=1) > -np.inf)[:40]
    return Assignment.of(np.column_stack([rows, score[rows].argmax(axis=1)]))


@pytest.mark.slow
def test_metrics_agree_with_the_problem(instance: Instance, assignment: Assignment) -> None:
    """Values are those of the objective, cover that of needs, and pair scores unscaled."""
    found = instance_metrics(instance, assignment)
    values = evaluate(instance.problem, assignment)
    assert found["mean_value"] == pytest.approx(values.value.mean())
    assert found["matched_share"] == pytest.approx(1 / 3)
    cover = (instance.needs * values.facet_cover).sum(axis=1).mean()
    assert found["coverage"] == pytest.approx(cover)
    assert 0.3 < found["mean_pair_score"] <= 1


@pytest.mark.slow
def test_codes_and_preferences_follow_the_tables(instance: Instance) -> None:
    """Equal organisations have equal codes across roles, preferences point at the people named."""
    cohort = instance.cohort
    mentee, mentor = organisation_codes(cohort)
    same = mentee[:, None] == mentor
    names = cohort.mentees["organisation"].to_numpy()[:, None] == (
        cohort.mentors["organisation"].to_numpy()
    )
    np.testing.assert_array_equal(same, names)
    sayer, other, score = mentee_preferences(cohort)
    said = cohort.preferences[cohort.preferences["score"].notna()]
    said = said[said["role"] == "mentee"]
    assert cohort.mentees["person_id"].iloc[sayer].tolist() == said["person_id"].tolist()
    assert cohort.mentors["person_id"].iloc[other].tolist() == said["other_id"].tolist()
    assert score.tolist() == said["score"].tolist()


@pytest.mark.slow
def test_group_gaps_are_of_mentees_alone(instance: Instance, assignment: Assignment) -> None:
    """The audit counts each mentee once and compares the attributes of the groups table."""
    table = instance_group_gaps(instance, assignment)
    assert set(table["attribute"]) == {"disability", "ethnicity", "gender"}
    assert set(table["metric"]) == {"value", "matched", "mentors", "coverage"}
    overall = table[table["statistic"] == "overall"]
    assert set(overall["n"]) == {"120"}
    matched = overall.loc[overall["metric"] == "matched", "value"]
    assert matched.tolist() == pytest.approx([1 / 3] * 3, abs=0.005)
