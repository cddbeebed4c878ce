"""Alternates: the certified cost of another pair is never more than what re-solving shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.support import make_cohort

from matcher.config import Config
from matcher.pipeline import build, solve_instance
from matcher.publish.alternates import alternates_table
from matcher.publish.matched_pairs import MatchedPairs
from matcher.solver.solution import Reason
from matcher.vocabulary import Context, Purpose

FACETS = {"purposes": list(Purpose), "contexts": list(Context)}


def random_instance(seed: int, **settings):
    """Return seven mentees and five mentors who ask for and offer some facets."""
    rng = np.random.default_rng(seed)

    def people(prefix: str, count: int, **more) -> list[dict[str, object]]:
        return [
            {
                "person_id": f"{prefix}{k}",
                "organisation": f"o{rng.integers(2)}",
                **{c: [v for v in words if rng.random() < 0.4] for c, words in FACETS.items()},
                **{name: int(draw(rng)) for name, draw in more.items()},
            }
            for k in range(count)
        ]

    mentees = people("e", 7, max_mentors=lambda r: r.integers(1, 4))
    mentors = people("r", 5, capacity=lambda r: r.integers(1, 4))
    return build(make_cohort(mentees, mentors), Config.model_validate(settings))


def forced(instance, mentee: str, mentor: str):
    """Return the instance in which a pair is required."""
    i = instance.cohort.mentee_index.positions([mentee])[0]
    j = instance.cohort.mentor_index.positions([mentor])[0]
    required = np.vstack([instance.problem.required, [[i, j]]])
    order = np.lexsort((required[:, 1], required[:, 0]))
    return replace(instance, problem=replace(instance.problem, required=required[order]))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("fairness", [0.0, 1.0])
def test_the_cost_is_a_lower_bound(seed, fairness):
    """Forcing the pair costs at least what is published (exact, by enumeration)."""
    instance = random_instance(
        seed, objective={"first_mentor": False, "fairness": fairness}, solver={"method": "cp-sat"}
    )
    solution = solve_instance(instance, method="portfolio")
    table = alternates_table(MatchedPairs.of(instance, solution))
    assert len(table)
    for row in table.itertuples():
        other = solve_instance(forced(instance, row.mentee_id, row.mentor_id))
        if other.termination.reason is Reason.INFEASIBLE:
            continue
        true = solution.objective - other.objective
        assert row.cost_to_cohort <= true + 1e-6, (row.mentee_id, row.mentor_id)


@pytest.mark.slow
def test_alternates_are_others_in_order_of_cost():
    """At most three a mentee, none of whom the mentee has, cheapest first."""
    instance = random_instance(1)
    pairs = MatchedPairs.of(instance, solve_instance(instance))
    table = alternates_table(pairs)
    matched = set(zip(pairs.mentee.tolist(), pairs.mentor.tolist(), strict=True))
    assert table.groupby("mentee_id")["rank"].max().max() <= 3
    for _, part in table.groupby("mentee_id"):
        assert part["rank"].tolist() == list(range(1, len(part) + 1))
        assert part["cost_to_cohort"].is_monotonic_increasing
    i = instance.cohort.mentee_index.positions(table["mentee_id"])
    j = instance.cohort.mentor_index.positions(table["mentor_id"])
    assert not matched & set(zip(i.tolist(), j.tolist(), strict=True))


@pytest.mark.slow
def test_who_is_held_by_forced_pairs_has_no_alternates():
    """Where forced pairs fill a portfolio, nobody else can be had at any price."""
    rules = [{"mentee_id": "a", "mentor_id": "x", "rule": "must"}]
    people = [{"person_id": p, "max_mentors": 1} for p in "ab"], [{"person_id": p} for p in "xyz"]
    instance = build(make_cohort(*people, rules=rules), Config())
    table = alternates_table(MatchedPairs.of(instance, solve_instance(instance)))
    assert set(table["mentee_id"]) == {"b"}


@pytest.mark.slow
def test_without_a_certificate_the_cost_is_unknown():
    """A baseline proves nothing, so nothing is claimed."""
    instance = random_instance(2)
    table = alternates_table(MatchedPairs.of(instance, solve_instance(instance, method="greedy")))
    assert table["cost_to_cohort"].isna().all()
