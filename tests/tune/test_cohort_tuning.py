"""Tuning on whole cohorts: sensitivity, exploration, comparison and the written configs."""

from __future__ import annotations

import tomllib
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import matcher
from matcher.cohort.cohort import RowCount
from matcher.config import Config
from matcher.config.sections import ExploreRange, Solver, Tune
from matcher.errors import ConfigError
from matcher.intake.read import read_cohort
from matcher.lab.synthetic import make_cohort, write_cohort
from matcher.pipeline import build, solve_instance
from matcher.solver.api import problem_of
from matcher.tune.evidence import read_outcomes
from matcher.tune.explore import GOALS, explore, knee, pareto_front, scatter
from matcher.tune.past_choices import read_choices
from matcher.tune.run_comparison import Matched, compare, compare_matches
from matcher.tune.sensitivity import (
    QUARTER,
    SENSITIVITY_COLUMNS,
    _as_good,
    sensitivity,
    solve_variant,
    value_at,
    variants,
    vary,
    with_values,
)

GREEDY = Config(solver=Solver(method="greedy"))
"""Quick, and a method like any other for what is tested here."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a small synthetic cohort with past pairs."""
    home = tmp_path_factory.mktemp("tuned") / "cohort"
    write_cohort(make_cohort("small", 4), home)
    return home


@pytest.fixture(scope="module")
def cohort(folder):
    """Return the same in memory."""
    return read_cohort(folder, GREEDY)


@pytest.fixture(scope="module")
def instance(cohort):
    """Return its problem."""
    return build(cohort, GREEDY)


@pytest.mark.slow
def test_a_varied_problem_is_the_problem_built_anew(cohort, instance):
    """Reusing features gives the very numbers of building everything again."""
    changed = with_values(
        GREEDY,
        {
            "portfolio.coverage": 0.7,
            "portfolio.redundancy": 0.1,
            "portfolio.second_cover": 0.1,
            "objective.fairness": 1.0,
            "features.need_fit.weight": 0.9,
        },
    )
    quick, slow = vary(instance, changed).problem, build(cohort, changed).problem
    rows = np.arange(quick.n_mentees)
    assert np.array_equal(quick.scores.block(rows).score, slow.scores.block(rows).score)
    assert np.array_equal(quick.needs, slow.needs)
    for name in ("redundancy", "min_gain", "second_cover", "fairness"):
        assert getattr(quick, name) == getattr(slow, name)


@pytest.mark.slow
def test_sensitivity_covers_every_weight_and_factor(instance):
    """One row a value and factor; nothing changes where the value is the same."""
    found = sensitivity(instance)
    assert list(found.table.columns) == SENSITIVITY_COLUMNS
    wanted = [f.name for f in GREEDY.features]
    wanted += ["coverage", "second_cover", "redundancy", "fairness"]
    assert found.table["feature"].unique().tolist() == wanted
    assert sorted(found.table["factor"].unique()) == [0.5, 0.75, 1.25, 1.5]
    assert found.table["share_pairs_changed"].between(0, 1).all()
    fairness = found.table[found.table["feature"] == "fairness"]
    assert (fairness[SENSITIVITY_COLUMNS[2:]] == 0).all(axis=None)
    assert (found.table["share_pairs_changed"] > 0).any()


@pytest.mark.slow
def test_what_changes_nothing_is_told_with_its_reason(tmp_path):
    """Not asked, nobody answered, one side only, no weight, alike for all: each by its name."""
    both = ["person_id", "organisation", "contexts", "values_1", "availability", "career_years"]
    rows = [["a", "N", "confidence", "", "mon-am", 1], ["b", "N", "managing_change", "", "", 1]]
    mentees = pd.DataFrame(rows, columns=both)
    mentors = mentees.assign(person_id=["x", "y"], availability="", career_years=9)
    write_cohort({"mentees": mentees, "mentors": mentors}, tmp_path / "few")
    told = "\n".join(sensitivity(build(read_cohort(tmp_path / "few", GREEDY), GREEDY)).told)
    for name, reason in {
        "mutual_preference": "nobody was asked",
        "deep_similarity": "nobody answered",
        "contact_feasibility": "no mentor answered",
        "seniority_gap": "the same for every pair",
        "fairness": "set to 0",
    }.items():
        assert any(name in line and f"({reason})" in line for line in told.splitlines()), name


@pytest.mark.slow
def test_what_pairs_hang_on_is_named_largest_first(instance):
    """The first line names the values that move pairs, with the largest share of each."""
    found = sensitivity(instance)
    most = found.table.groupby("feature")["share_pairs_changed"].max()
    first = found.told[0]
    assert first.startswith(f"Pairs hang on {most.idxmax()} (up to {most.max():.0%} change)")
    assert ", each by itself times 0.5 to 1.5." in first
    named = first + " ".join(found.told[1:])
    assert all(name in named for name in most[most == 0].index)


@pytest.mark.slow
def test_fragile_pairs_are_those_that_a_quarter_changes(instance):
    """A robust pair has nothing that changes it, and the marks are in the order of the pairs."""
    base = solve_instance(instance)
    found = sensitivity(instance, solution=base)
    assert len(found.fragile) == len(base.pairs)
    assert (found.fragile["robust"] == (found.fragile["changed_by"] == "")).all()
    quarter = sensitivity(instance, factors=QUARTER, solution=base)
    assert found.fragile.equals(quarter.fragile)


@pytest.mark.slow
def test_a_warm_start_finds_the_optimum_of_a_cold_one(cohort):
    """Prices of the given match save rounds but change no optimum, however far the values are."""
    config = Config()
    given = build(replace(cohort, mentors=cohort.mentors.assign(capacity=4.0)), config)
    base = solve_instance(given)  # with scarce places a flow answers in one round
    for key, value in (("portfolio.coverage", 0.9), ("features.need_fit.weight", 0.02)):
        changed = vary(given, with_values(config, {key: value}))
        warm, cold = solve_variant(changed, base), solve_variant(changed)
        assert warm.objective == pytest.approx(cold.objective, rel=2e-6)
        assert warm.gap <= config.solver.gap
        assert warm.iterations < cold.iterations


def test_with_max_min_a_match_is_kept_only_if_its_least_value_is_as_high():
    """A variant whose worst-off fares better is a change, though the sum of values is lower."""
    scores = [[0.9, 0.3], [0.6, 0.1]]
    by_sum = matcher.solve(scores, [1, 1], 1)
    by_least = matcher.solve(scores, [1, 1], 1, fairness="max-min")
    assert by_sum.pairs.tolist() == [[0, 0], [1, 1]]
    assert by_least.pairs.tolist() == [[0, 1], [1, 0]]
    fair = problem_of(scores, [1, 1], 1, fairness="max-min")
    assert not _as_good(fair, by_sum, by_least)
    assert _as_good(fair, by_least, by_sum)
    assert _as_good(replace(fair, fairness=0.0), by_sum, by_least)


def test_values_stay_within_their_ranges():
    """No variant leaves the range that the config allows."""
    config = with_values(Config(), {"portfolio.coverage": 0.9, "objective.fairness": 3.0})
    for variant in variants(config):
        assert 0 <= variant.config.portfolio.coverage <= 1
        assert variant.config.objective.fairness <= 3
    assert all(isinstance(v.config, Config) for v in variants(replace_fairness("max-min")))


def replace_fairness(value):
    """Return the default config with another fairness."""
    config = Config()
    return config.model_copy(
        update={"objective": config.objective.model_copy(update={"fairness": value})}
    )


@pytest.mark.parametrize(
    "key", ["portfolio.nothing", "features.none.weight", "programme.name", "x", "features", "a.b.c"]
)
def test_unknown_keys_are_refused(key):
    """A key that is no number of the config is a usage error."""
    with pytest.raises(ConfigError):
        value_at(Config(), key)


def ranged(*ranges, **tune):
    """Return a config that explores some ranges."""
    return GREEDY.model_copy(update={"tune": Tune(explore=ranges, **tune)})


RANGES = (
    ExploreRange(key="portfolio.coverage", low=0.2, high=0.8),
    ExploreRange(key="features.need_fit.weight", low=0.1, high=0.6),
)


@pytest.mark.slow
@pytest.mark.parametrize("sampler", ["nsga2", "tpe"])
def test_exploring_repeats_and_chooses_from_the_front(instance, sampler):
    """Same seed, same trials; the chosen config is on the front and within the ranges."""
    there = replace(instance, config=ranged(*RANGES, trials=8, sampler=sampler))
    found, again = explore(there, seed=3), explore(there, seed=3)
    pd.testing.assert_frame_equal(found.trials, again.trials)
    assert found.trials["chosen"].sum() == 1
    assert found.trials.loc[found.trials["chosen"], "on_front"].all()
    assert set(GOALS) <= set(found.trials.columns)
    assert 0.2 <= found.config.portfolio.coverage <= 0.8
    text = found.toml(there.config, "default")
    assert text.startswith("# Trial ")
    assert set(tomllib.loads(text)) <= {"extends", "portfolio", "features"}


@pytest.mark.slow
def test_whole_numbers_are_explored_as_such(instance):
    """A key that counts something is tried at whole numbers, and the table says which."""
    limits = ExploreRange(key="portfolio.limit", low=1, high=3)
    found = explore(replace(instance, config=ranged(limits, trials=5)))
    assert set(found.trials["portfolio.limit"]) <= {1, 2, 3}
    assert found.config.portfolio.limit == int(
        found.trials.loc[found.trials["chosen"], "portfolio.limit"].iloc[0]
    )


@pytest.mark.slow
def test_the_published_front_holds_no_trial_that_another_beats(instance):
    """One row for trials alike in every goal, the chosen one among them, none dominated."""
    found = explore(replace(instance, config=ranged(*RANGES, trials=12)))
    ways = np.array([1.0 if way == "maximize" else -1.0 for way in GOALS.values()])
    assert pareto_front(found.front[list(GOALS)].to_numpy() * ways).all()
    assert not found.front.duplicated(list(GOALS)).any()
    assert found.front["chosen"].sum() == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "ranges",
    [
        (),
        (ExploreRange(key="portfolio.limit", low=1.2, high=1.8),),
        (RANGES[0], RANGES[0]),
        (ExploreRange(key="portfolio.coverage", low=0.5, high=0.5),),
        (ExploreRange(key="portfolio.coverage", low=0.5, high=1.5),),
        (ExploreRange(key="portfolio.cover", low=0.5, high=0.6),),
    ],
)
def test_ranges_that_make_no_sense_are_refused(instance, ranges):
    """No range, an empty one, one beyond its key, and one of no key are usage errors."""
    with pytest.raises(ConfigError):
        explore(replace(instance, config=ranged(*ranges)))


def test_front_and_knee_of_a_known_set():
    """Dominated points are off the front; the knee is nearest to the ideal corner."""
    gain = np.array([[0.0, 1.0], [1.0, 0.0], [0.8, 0.8], [0.5, 0.5], [0.8, 0.8]])
    front = pareto_front(gain)
    assert front.tolist() == [True, True, True, False, True]
    assert knee(gain, front) == 2


@pytest.mark.slow
def test_comparing_a_match_with_itself_finds_no_difference(instance):
    """The same pairs are neither gained nor lost, and nobody is better or worse off."""
    solved = solve_instance(instance)
    ids = instance.cohort.mentee_index.ids, instance.cohort.mentor_index.ids
    pairs = pd.DataFrame(
        {
            "mentee_id": [ids[0][i] for i in solved.pairs[:, 0]],
            "mentor_id": [ids[1][j] for j in solved.pairs[:, 1]],
            "reciprocal": solved.reciprocal >= 0,
        }
    )
    less = pairs.iloc[1:]
    found = compare_matches(
        instance, [Matched("a", pairs), Matched("b", pairs), Matched("less", less)]
    )
    assert found.metrics["a"].equals(found.metrics["b"])
    assert found.metrics.loc["objective", "a"] == pytest.approx(solved.objective)
    assert set(found.pairs["match"]) == {"less"}
    assert found.pairs[["change", "mentee_id"]].to_numpy().tolist() == [
        ["lost", pairs["mentee_id"].iloc[0]]
    ]
    assert found.people["match"].unique().tolist() == ["less"]
    assert "less: 0 pairs gained, 1 lost" in found.text()
    assert f"  lost: {pairs['mentee_id'].iloc[0]} with {pairs['mentor_id'].iloc[0]}" in found.text()
    assert "b: 0 pairs gained, 0 lost; 0 mentees better off, 0 worse off" in found.text()
    same = compare_matches(instance, [Matched("a", pairs), Matched("b", pairs)])
    assert "b: 0 pairs gained, 0 lost" in same.text()


@pytest.mark.slow
def test_configs_and_human_pairs_are_compared(folder, tmp_path):
    """A config is matched on the spot and last year's pairs are read from the cohort."""
    (tmp_path / "greedy.toml").write_text('[solver]\nmethod = "greedy"\n')
    found = compare([str(tmp_path / "greedy.toml"), "engagements"], cohort=str(folder))
    assert found.metrics.columns.tolist() == ["greedy.toml", "engagements"]
    assert np.isfinite(found.metrics.loc[["objective", "n_matches"]]).all(axis=None)


@pytest.mark.parametrize("sources", [[], ["only.toml"], ["a.toml", "b.toml"]])
def test_comparing_too_little_is_refused(sources):
    """Fewer than two matches, or none that says where the people are, is a usage error."""
    with pytest.raises(ConfigError):
        compare(sources)


def test_outcomes_of_a_cohort_are_one_a_pair(cohort):
    """Several rows a pair are one outcome, by the majority of `success`, else by mean rating."""
    mentee, mentor = cohort.mentee_index.ids[0], cohort.mentor_index.ids[0]
    other = cohort.mentor_index.ids[1]
    rows = pd.DataFrame(
        {
            "mentee_id": [mentee, mentee, mentee, mentee, "gone"],
            "mentor_id": [mentor, mentor, other, other, other],
            "success": pd.array([None, None, True, False, True], dtype="boolean"),
            "rating": [5.0, 3.5, 5.0, 5.0, 1.0],
        }
    )
    counts = {"outcomes": RowCount(6, 5, rejected=1)}
    found = read_outcomes(replace(cohort, outcomes=rows, rows=counts), GREEDY)
    assert dict(zip(found.mentor, found.success.tolist(), strict=True)) == {
        mentor: True,
        other: False,
    }
    assert (found.rows, found.dropped) == (counts["outcomes"], 1)
    assert found.table.values.shape == (2, len(found.table.names))


def past_pairs(cohort, rows):
    """Return the cohort with one place a mentor and these pairs: mentee, mentor, status, dates."""
    mentees, mentors = cohort.mentee_index.ids, cohort.mentor_index.ids
    frame = pd.DataFrame(rows, columns=["mentee_id", "mentor_id", "status", "start", "end"])
    frame["mentee_id"] = [mentees[k] for k in frame["mentee_id"]]
    frame["mentor_id"] = [mentors[k] for k in frame["mentor_id"]]
    dates = {name: pd.to_datetime(frame[name]) for name in ("start", "end")}
    taken = cohort.mentors.assign(capacity=1.0)
    whole = frame.assign(**dates).reindex(columns=cohort.engagements.columns)
    return replace(cohort, engagements=whole, mentors=taken)


def options(cohort, rows):
    """Return for each past pair how many mentors there were to choose from."""
    found = read_choices(past_pairs(cohort, rows), GREEDY)
    size = np.diff(np.append(found.start, len(found.table.values)))
    return dict(zip(found.mentee, size.tolist(), strict=True))


@pytest.mark.slow
def test_free_mentors_have_a_place_on_the_first_day(cohort):
    """A mentor is no alternative while a place is taken, and one again after it was given back."""
    ids = cohort.mentee_index.ids
    later = (1, 1, "completed", "2024-06-01", None)
    alone = options(cohort, [(0, 0, "completed", "2025-01-01", None), later])[ids[1]]
    under_way = options(cohort, [(0, 0, "completed", "2024-01-01", None), later])[ids[1]]
    given_back = options(cohort, [(0, 0, "completed", "2024-01-01", "2024-05-01"), later])[ids[1]]
    assert (under_way, given_back) == (alone - 1, alone)


@pytest.mark.slow
def test_free_mentors_are_permitted_and_had_not_declined(cohort):
    """Mentors whom a rule bars or who said no were not there to be chosen."""
    ids = cohort.mentee_index.ids
    pair = (1, 1, "active", "2024-06-01", None)
    free = options(cohort, [pair])[ids[1]]
    assert options(cohort, [pair, (1, 0, "declined", None, None)])[ids[1]] == free - 1
    never = pd.DataFrame(
        {
            "mentee_id": [ids[1]],
            "mentor_id": [cohort.mentor_index.ids[0]],
            "rule": ["never"],
            "reason": [None],
            "confidential": [True],
            "source_row": [2],
        }
    )
    assert options(replace(cohort, rules=never), [pair])[ids[1]] == free - 1


def test_plots_hold_every_point_and_escape_words():
    """One circle a point beside the legend, and no markup from titles."""
    drawn = scatter(
        [0.0, 1.0, 1.0],
        [2.0, 2.0, 2.0],
        ["a", "b", "b"],
        title="<x> & y",
        labels=("x", "y"),
        colours={"a": "#000", "b": "#fff"},
    )
    assert drawn.count("<circle") == 3 + 2
    assert "<x>" not in drawn
