"""What one more mentor would add is bounded by the duals and found exactly by solving again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.solver.instances import random_problem, without
from tests.support import make_cohort

from matcher.config import Config
from matcher.explain.recruitment import mentor_gains, recruitment_table, with_mentor, with_price
from matcher.pipeline import Instance, build, solve_instance
from matcher.problem.rules.max_matches import MaxMatches
from matcher.solver.dispatch import solve_problem
from matcher.solver.settings import SolverSettings


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_bound_holds(seed: int) -> None:
    """The largest gain and the absolute gap together are at least what the mentor really adds.

    Solved from the solution without, it is the same.
    """
    problem = without(replace(random_problem(seed, 5, 4), tiers=None), MaxMatches)
    solution = solve_problem(problem, SolverSettings(method="portfolio", threads=1))
    facets = problem.offers.shape[1]
    offer = np.random.default_rng(seed).random(facets)
    wider = with_mentor(problem, offer, 0.2, np.ones(5, dtype=bool))
    again = solve_problem(wider, SolverSettings(method="portfolio", threads=1))
    gain = mentor_gains(problem, solution, 0.2, offer[None]).max()
    start = with_price(solution, float(gain))
    sooner = solve_problem(wider, SolverSettings(method="portfolio", threads=1), start=start)
    assert sooner.objective == pytest.approx(again.objective, abs=1e-7)
    bound = gain + solution.dual_bound
    assert bound >= again.objective - 1e-7
    assert again.objective >= solution.objective - 1e-6


PURPOSES = ["operational", "personal", "strategic"]


def scarce(seed: int) -> Instance:
    """Return a cohort of nine mentees in classes, and four mentors with five places or so."""
    draw = np.random.default_rng(seed)
    mentees = [
        {
            "person_id": f"e{k}",
            "purposes": [str(p) for p in draw.choice(PURPOSES, 2, replace=False)],
            "approaches": ["sponsorship"] if draw.random() < 0.6 else [],
            "priority": int(draw.integers(1, 3)) if seed % 2 else None,
            "waiting_since": "2026-05-01" if draw.random() < 0.4 else None,
            "ready": "no" if draw.random() < 0.2 else "yes",
        }
        for k in range(9)
    ]
    mentors = [
        {
            "person_id": f"r{k}",
            "purposes": [str(draw.choice(PURPOSES))],
            "capacity": int(draw.integers(1, 3)),
        }
        for k in range(4)
    ]
    settings = {
        "programme": {"approaches": ["developmental", "sponsorship"]},
        "eligibility": {"require_ready": True},
        "report": {"recruitment": 5},
    }
    return build(make_cohort(mentees, mentors), Config.model_validate(settings))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_the_exact_gain_keeps_within_its_bound(seed: int) -> None:
    """Solved again, no profile adds more than its bound; one more is reached if any is left."""
    instance = scarce(seed)
    solution = solve_instance(instance)
    table = recruitment_table(instance, solution)
    could = np.isfinite(instance.problem.scores.block(np.arange(9)).score).any(axis=1)
    left = could.sum() - len(np.unique(solution.pairs[:, 0]))
    solved = table[table["gain"].notna()]
    assert len(solved) == min(5, len(table))
    assert (solved["gain"] <= solved["gain_bound"] + 1e-7).all()
    assert (solved["reached"] == min(left, 1)).all()
    few = recruitment_table(instance, solution, solves=False)
    assert few["gain"].isna().all()
    assert few["gain_bound"].equals(table["gain_bound"])


@pytest.mark.slow
def test_nobody_who_takes_no_part_is_matched_with_a_recruit() -> None:
    """Where all who are left out are not ready, a further mentor reaches nobody more."""
    mentees = [{"person_id": "a"}, *({"person_id": p, "ready": "no"} for p in "bc")]
    settings = Config.model_validate({"eligibility": {"require_ready": True}})
    instance = build(make_cohort(mentees, [{"person_id": "x"}]), settings)
    table = recruitment_table(instance, solve_instance(instance))
    assert table["reached"].dropna().tolist() == [0.0] * int(table["reached"].notna().sum())
    assert table["reached"].notna().any()
