"""Why people are left out: conflicts are smallest, remedies work, and nothing cheaper does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.explain.brute_conflicts import (
    can_all_hold,
    helps,
    is_irreducible,
    single_changes,
    smallest_size,
)
from tests.support import make_cohort

from matcher.config import Config
from matcher.errors import InfeasibleError
from matcher.explain.unplaced.obstacles import Conflict, Element, ElementKind, read_obstacles
from matcher.explain.unplaced.placing import Placing
from matcher.explain.unplaced.unplaced import irreducible
from matcher.pipeline import build, solve_instance
from matcher.publish.matching import Matching

MENU = ["developmental", "sponsorship"]

DRAWN = 40


def drawn(seed: int):
    """Return a drawn cohort of four mentees and three mentors with scarce places, and a config."""
    draw = np.random.default_rng(seed)
    mentees = [
        {
            "person_id": f"e{k}",
            "max_mentors": int(draw.integers(1, 3)),
            "approaches": [str(draw.choice(MENU))] if draw.random() < 0.3 else [],
        }
        for k in range(4)
    ]
    mentors = [
        {
            "person_id": f"r{k}",
            "capacity": int(draw.integers(0, 3)),
            "pool": str(draw.choice(["north", "south"])) if draw.random() < 0.5 else None,
            "max_sponsorship": int(draw.integers(0, 2)) if draw.random() < 0.4 else None,
            "approaches": [str(draw.choice(MENU))] if draw.random() < 0.3 else [],
            "ready": "no" if draw.random() < 0.15 else "yes",
        }
        for k in range(3)
    ]
    pairs = [(i, j) for i in range(4) for j in range(3)]
    ruled = draw.permutation(len(pairs))[: int(draw.integers(0, 6))]
    words = draw.choice(["never", "never", "never", "must"], size=len(ruled))
    rules = [
        {"mentee_id": f"e{pairs[k][0]}", "mentor_id": f"r{pairs[k][1]}", "rule": str(word)}
        for k, word in zip(ruled, words, strict=True)
    ]
    settings = {
        "programme": {"approaches": MENU},
        "eligibility": {"require_ready": True},
        "capacity": {"pools": {"north": 1, "south": 2}},
    }
    if draw.random() < 0.3:
        settings["capacity"]["max_matches"] = int(draw.integers(1, 4))
    return make_cohort(mentees, mentors, rules=rules), Config.model_validate(settings)


def answered(seed: int) -> Matching | None:
    """Return the answer of a drawn cohort; None where its rules contradict each other."""
    try:
        instance = build(*drawn(seed))
    except InfeasibleError:
        return None
    return Matching(instance, solve_instance(instance))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(DRAWN))
def test_against_trying_everything(seed):
    """Each conflict is as small as any; each remedy helps; no single change is cheaper."""
    answer = answered(seed)
    if answer is None:
        return
    problem, obstacles = answer.instance.problem, read_obstacles(answer.instance)
    served = np.unique(answer.pairs.mentee).tolist()
    for i, found in answer.unplaced.items():
        assert found.proved
        assert found.conflict is not None
        assert Element(ElementKind.MENTEE, i) in found.conflict.elements
        assert is_irreducible(problem, obstacles, found.conflict.elements)
        if found.conflict.smallest and i == answer.pairs.waiting[0]:
            size = len(found.conflict.elements)
            assert smallest_size(problem, obstacles, i, size) == size
        works = [
            cost
            for cost, change in single_changes(problem, obstacles)
            if helps(problem, obstacles, [*served, i], [change])
        ]
        if works:
            assert found.remedies[0].cost <= min(works)
        for remedy in found.remedies:
            assert any(
                helps(problem, obstacles, [*served, k], remedy.changes)
                for k in answer.pairs.waiting
                if Element(ElementKind.MENTEE, k) in found.conflict.elements
            )


@pytest.mark.slow
def test_the_drawn_cohorts_show_every_kind():
    """Nothing above is tested by cohorts that lack it."""
    found = [a for seed in range(DRAWN) if (a := answered(seed)) is not None]
    told = [u for answer in found for u in answer.unplaced.values()]
    kinds = {e.kind for u in told if u.conflict for e in u.conflict.elements}
    changes = {change.kind for u in told for remedy in u.remedies for change in remedy.changes}
    assert kinds == {*ElementKind, "place", "pool", "programme", "sponsorship"}
    assert changes >= {"place", "pool", "programme", ElementKind.PAIR, ElementKind.CLOSED}
    assert all(u.conflict.smallest for u in told)


def test_a_conflict_of_thousands_is_small():
    """A thousand people may have one each: elements are positions, by kind and in order."""
    elements = [Element(ElementKind.MENTEE, i) for i in range(4_000, 0, -1)]
    elements += [Element("place", j=j) for j in range(2_000)]
    conflict = Conflict.made_of([*elements, Element(ElementKind.PAIR, 7, 3)])
    assert sum(rows.nbytes for rows in conflict.positions.values()) < 50_000
    assert conflict.elements == {*elements, Element(ElementKind.PAIR, 7, 3)}
    assert len(conflict) == 6_001
    assert conflict.mentees.tolist() == list(range(1, 4_001))
    assert conflict.rows("place") == list(range(2_000))
    assert conflict.rows("pool") == []


def test_irreducible_keeps_what_is_needed():
    """Of twelve numbers, those that sum past a limit: every one that is kept is needed."""
    numbers = [1, 9, 2, 8, 1, 1, 7, 3, 1, 1, 6, 1]
    kept = irreducible(lambda chosen: sum(chosen) > 20, numbers)
    assert sum(kept) > 20
    assert all(sum(kept) - one <= 20 for one in kept)


def mixed(seed: int):
    """Return a cohort that no flow describes: hours, reciprocal pairs or people in one role."""
    draw = np.random.default_rng(seed)
    roles = [
        {"person_id": f"b{k}", "capacity": 1, "max_mentors": 1, "approaches": ["reciprocal"]}
        for k in range(3)
    ]
    for person in roles:
        person["approaches"] = [] if draw.random() < 0.5 else ["reciprocal"]
    hours = seed % 3 == 0
    people = [
        {
            "person_id": f"e{k}",
            "max_mentors": 1,
            "hours_per_month": float(draw.choice([1.0, 2.0, 3.0])) if hours else None,
        }
        for k in range(4 if hours else 2)
    ]
    mentors = [
        {"person_id": f"r{k}", "capacity": int(draw.integers(1, 5 if hours else 2))}
        for k in range(2 if hours else 1)
    ]
    never = [
        {"mentee_id": f"e{draw.integers(0, 2)}", "mentor_id": m["person_id"], "rule": "never"}
        for m in mentors
    ]
    if not hours:
        people, mentors = people + roles, mentors + roles
    settings = {
        "programme": {"approaches": ["developmental", "reciprocal"]},
        "capacity": {"unit": "hours"} if hours else {},
    }
    cohort = make_cohort(people, mentors, rules=never)
    if seed % 3 == 2:
        object.__setattr__(cohort, "either", frozenset({"b0", "b1"}))
    return cohort, Config.model_validate(settings)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(18))
def test_where_no_flow_tells(seed):
    """With loads, reciprocal pairs and single roles, conflicts stay true and remedies work."""
    instance = build(*mixed(seed))
    answer = Matching(instance, solve_instance(instance))
    problem, obstacles = instance.problem, read_obstacles(instance)
    served = [Element(ElementKind.MENTEE, i) for i in np.unique(answer.pairs.mentee).tolist()]
    program = Placing(instance, obstacles, room=1.0)
    limits = [e for e in program.elements if e.kind is not ElementKind.MENTEE]
    stay = [e for e in limits if e.kind is ElementKind.PAIR and not obstacles.ruled[e.i, e.j]]
    for i, found in answer.unplaced.items():
        if found.conflict is None:
            everything = [*limits, *served, Element(ElementKind.MENTEE, i)]
            assert can_all_hold(problem, obstacles, everything, ())
            continue
        whole = [*stay, *found.conflict.elements]
        assert not can_all_hold(problem, obstacles, whole, ())
        for element in found.conflict.elements:
            rest = [e for e in whole if e != element]
            assert can_all_hold(problem, obstacles, rest, ())
        members = [Element(ElementKind.MENTEE, k) for k in answer.pairs.waiting]
        for remedy in found.remedies:
            assert any(
                can_all_hold(problem, obstacles, [*limits, *served, one], remedy.changes)
                for one in members
                if one in found.conflict.elements
            )


@pytest.mark.slow
def test_a_cohort_too_large_for_the_program_shares_what_is_alike():
    """Beyond the exact search people in one conflict are told it once, each named in it."""
    mentees = [{"person_id": f"e{k:03d}"} for k in range(90)]
    mentors = [{"person_id": f"r{k:02d}"} for k in range(60)]
    instance = build(make_cohort(mentees, mentors), Config())
    answer = Matching(instance, solve_instance(instance, method="greedy"))
    table = answer.unmatched.set_index("person_id")
    assert len(table) == 30
    for person, detail in table["detail"].items():
        assert detail.startswith("61 mentees (")
        assert "60 eligible mentors" in detail
        assert "1 more place with " in detail
        assert answer.unplaced[int(person[1:])].conflict.smallest is False


@pytest.mark.slow
def test_a_place_within_reach_is_no_conflict():
    """An answer cut short leaves people out whom nothing hinders: no conflict is made up."""
    mentees = [{"person_id": f"e{k:03d}", "organisation": "One"} for k in range(70)]
    mentors = [{"person_id": f"r{k:02d}", "organisation": "Two"} for k in range(65)]
    settings = Config.model_validate(
        {"portfolio": {"seats": [{"name": "o", "external": True, "min": 1}], "limit": 1}}
    )
    instance = build(make_cohort(mentees, mentors), settings)
    solution = solve_instance(instance, method="greedy")
    cut = replace(solution, pairs=solution.pairs[1:], reciprocal=solution.reciprocal[1:])
    left = Matching(instance, cut).unmatched.query("role == 'mentee'")
    assert len(left) == 6
    assert set(left["reason"]) == {"no_gain"}
    assert left["detail"].str.contains("1 with a place left: a load, a role, a rule").all()


@pytest.mark.slow
@pytest.mark.parametrize("size", [2, 90])
def test_a_lifted_pair_takes_a_sponsorship(size):
    """Lifting a ban does not help where the pair would be one sponsorship too many."""
    mentees = [{"person_id": f"e{k:03d}", "max_mentors": 1} for k in range(size)]
    only = {"approaches": ["sponsorship"], "max_sponsorship": 1, "capacity": 3}
    mentors = [{"person_id": f"r{k:03d}", **only} for k in range(size - 1)]
    never = [
        {"mentee_id": "e000", "mentor_id": m["person_id"], "rule": "never", "confidential": "no"}
        for m in mentors
    ]
    instance = build(
        make_cohort(mentees, mentors, rules=never),
        Config.model_validate({"programme": {"approaches": MENU}}),
    )
    answer = Matching(instance, solve_instance(instance, method="greedy"))
    lifted = [{change.kind for change in r.changes} for r in answer.unplaced[0].remedies]
    assert {ElementKind.PAIR, "sponsorship"} in lifted
    assert {ElementKind.PAIR} not in lifted


@pytest.mark.slow
def test_who_is_matched_both_ways_only_counts_twice():
    """Two places for two people are too few where one of them takes a match each way."""
    both = [{"person_id": p, "approaches": ["reciprocal"]} for p in ("a", "b")]
    mentees = [*both, {"person_id": "c", "priority": 1}]
    settings = {
        "programme": {"approaches": ["developmental", "reciprocal"]},
        "capacity": {"max_matches": 2},
    }
    cohort = make_cohort(mentees, [*both, {"person_id": "x", "approaches": ["developmental"]}])
    instance = build(cohort, Config.model_validate(settings))
    answer = Matching(instance, solve_instance(instance))
    table = answer.unmatched.set_index("person_id")
    mentee = table[table["role"] == "mentee"]["detail"]
    assert mentee["a"].startswith(
        "2 mentees (a without a mentor) ask for 4 places and need 2 at least; the programme "
        "makes at most 2 matches; both ways, as a must be, makes 2 matches; cheapest ways"
    )
    (told,) = answer.summary["conflicts"]
    assert set(told["left_out"]) == set(mentee.index), "one limit, one conflict"
    mentor = table[table["role"] == "mentor"]
    assert mentor.loc["a", "reason"] == "not_needed"
    assert mentor.loc["a", "detail"] == "1 mentee would be possible; others met their needs"


def test_a_seat_that_no_eligible_mentor_takes_is_what_is_told() -> None:
    """Eligible mentors are not said to be none where it is their portfolio that lacks somebody."""
    mentees = [{"person_id": name, "organisation": name} for name in ("Home", "Away")]
    mentors = [{"person_id": f"m{k}", "organisation": "Home", "capacity": 3} for k in range(2)]
    seat = {"name": "outside", "external": True, "min": 1}
    config = Config.model_validate({"portfolio": {"seats": [seat]}})
    instance = build(make_cohort(mentees, mentors), config)
    left_out = Matching(instance, solve_instance(instance)).unmatched.set_index("person_id")
    told = left_out.loc["Home", "detail"]
    assert "2 mentors are eligible, but each needs 1 from outside" in told


def test_part_of_a_place_is_told_with_what_would_make_it_enough() -> None:
    """A short, narrow match leaves two thirds: too little for who has not said how long."""
    brief = {"horizon": "short", "scope": "narrow"}
    people = [{"person_id": "has", **brief}, {"person_id": "waits", "scope": "narrow"}]
    held = {"mentee_id": "has", "mentor_id": "r", "status": "active"}
    cohort = make_cohort(people, [{"person_id": "r", "capacity": 1.0}], engagements=[held])
    instance = build(cohort, Config.model_validate({"programme": {"periods": 3}}))
    table = Matching(instance, solve_instance(instance)).unmatched.set_index("person_id")
    told = table.loc["waits", "detail"]
    assert "0.67 of 1 with r, and enough for a short, narrow one: ask for horizon" in told
