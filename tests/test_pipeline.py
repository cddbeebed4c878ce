"""The way from a cohort to portfolios: the config's solver settings, and answers that hold."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from tests.support import make_cohort

from matcher.checker import verify_solution
from matcher.config import Config
from matcher.evaluate import match_data, quality
from matcher.observe import Observer
from matcher.pipeline import build, solve_instance
from matcher.problem.problem import Assignment
from matcher.problem.value import welfare
from matcher.solver import dispatch
from matcher.solver.settings import SolverSettings
from matcher.solver.solution import Reason

MENTEES = [
    {"person_id": f"e{k}", "purposes": purposes, "career_years": k}
    for k, purposes in enumerate([["personal"], ["strategic"], ["operational", "personal"], []])
]
MENTORS = [
    {"person_id": f"r{k}", "purposes": purposes, "career_years": 20, "capacity": 2}
    for k, purposes in enumerate([["personal"], ["strategic", "operational"]])
]


class Phases(Observer):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def on_phase(self, name: str) -> None:
        """Note a phase."""
        self.names.append(name)


@pytest.fixture
def instance():
    """Return four mentees and two mentors with two places each."""
    return build(make_cohort(MENTEES, MENTORS), Config())


@pytest.mark.slow
def test_the_answer_is_proved_and_worth_what_it_says(instance):
    """Objective, bound and tiers are those of the problem."""
    phases = Phases()
    solution = solve_instance(instance, phases)
    assert phases.names
    assert solution.termination.reason is Reason.OPTIMAL
    assert verify_solution(instance.problem, solution).ok
    chosen = Assignment.of(solution.pairs, solution.reciprocal)
    assert solution.objective == pytest.approx(welfare(instance.problem, chosen))


@pytest.mark.slow
@pytest.mark.parametrize("method", ["cp-sat", "sequential", "stable", "greedy", "random"])
def test_every_method_keeps_the_rules_and_none_beats_the_proof(instance, method):
    """Baselines are feasible, and the exact methods agree."""
    best = solve_instance(instance)
    other = solve_instance(instance, method=method)
    report = verify_solution(instance.problem, dataclasses.replace(other, duals=()))
    assert not [f for f in report.problems if f.code != "C_BOUND"]
    reached = [[tier.value for tier in each.tiers] for each in (other, best)]
    assert reached[0] < reached[1] or other.objective <= best.bounds.dual + 1e-9
    if method == "cp-sat":
        assert other.objective == pytest.approx(best.objective, abs=1e-6)


@pytest.mark.slow
def test_settings_come_from_the_config_unless_the_call_names_others(instance, monkeypatch):
    """Each solver setting has one place, the config."""
    seen = []
    monkeypatch.setattr(dispatch, "solve_problem", lambda _, settings, **__: seen.append(settings))
    changed = Config.model_validate({"solver": {"method": "greedy", "seed": 7, "gap": 0.01}})
    solve_instance(dataclasses.replace(instance, config=changed), method="random")
    assert seen == [SolverSettings(method="random", seed=7, gap=0.01)]


@pytest.mark.slow
def test_people_in_one_role_play_one_role():
    """Somebody who signed up as either is a mentee or a mentor, never both, and counts as that."""
    both = [{"person_id": p, "career_years": 5} for p in "abc"]
    cohort = dataclasses.replace(make_cohort(both, both), either=frozenset("abc"))
    instance = build(cohort, Config())
    solution = solve_instance(instance)
    mentees, mentors = (set(side.tolist()) for side in solution.pairs.T)
    assert mentees
    assert not mentees & mentors
    made = match_data(instance, Assignment.of(solution.pairs, solution.reciprocal))
    assert quality.matched_share(made.pairs, made.n) == len(mentees) / (3 - len(mentors))
    assert set(np.flatnonzero(made.capacity == 0).tolist()) == mentees


@pytest.mark.slow
def test_priority_classes_come_first():
    """One place goes to the first class, whoever fits better."""
    mentees = [
        {"person_id": "a", "purposes": ["personal"], "priority": 2},
        {"person_id": "b", "purposes": ["strategic"], "priority": 1},
    ]
    mentors = [{"person_id": "x", "purposes": ["personal"]}]
    solution = solve_instance(build(make_cohort(mentees, mentors), Config()))
    assert solution.pairs.tolist() == [[1, 0]]


@pytest.mark.slow
def test_who_waited_longest_comes_first():
    """Within a class days of waiting decide between equals."""
    mentees = [{"person_id": "a"}, {"person_id": "b", "waiting_since": "2026-01-01"}]
    solution = solve_instance(build(make_cohort(mentees, [{"person_id": "x"}]), Config()))
    assert solution.pairs.tolist() == [[1, 0]]


@pytest.mark.slow
def test_nobody_gets_a_second_mentor_before_others_have_one():
    """Reach comes before welfare."""
    mentees = [{"person_id": "a", "purposes": ["personal"], "max_mentors": 2}, {"person_id": "b"}]
    mentors = [{"person_id": p, "purposes": ["personal"]} for p in "xy"]
    solution = solve_instance(build(make_cohort(mentees, mentors), Config()))
    assert sorted(solution.pairs[:, 0].tolist()) == [0, 1]


@pytest.mark.slow
def test_the_reserve_stays_free():
    """Places kept back are not given out."""
    cohort = make_cohort(MENTEES, [{"person_id": "x", "capacity": 4}])
    half = Config.model_validate({"capacity": {"reserve": 0.5}})
    assert len(solve_instance(build(cohort, half)).pairs) == 2


@pytest.mark.slow
def test_same_answer_whatever_the_order_of_rows():
    """Shuffled people give the same pairs by id."""
    first = build(make_cohort(MENTEES, MENTORS), Config())
    second = build(make_cohort(MENTEES[::-1], MENTORS[::-1]), Config())
    pairs = [solve_instance(one).pairs for one in (first, second)]
    assert np.array_equal(*pairs)
