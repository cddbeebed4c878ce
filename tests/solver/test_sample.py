"""A sample gives the full problem a start, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from matcher.problem.problem import Tiers
from matcher.solver.columns import generation
from matcher.solver.columns.mentee_sample import ROWS_OF_PAIRS, Sample
from matcher.solver.columns.smoothed_dual import Schedule
from matcher.solver.dispatch import solve_problem
from matcher.solver.model.linking_rows import Rows, tier_rows
from matcher.solver.pricing.modular_bound import additive_cuts
from matcher.solver.settings import SolverSettings

from .instances import random_problem


def test_everything_shared_shrinks_in_proportion() -> None:
    """Half of the mentees find half of the places, and their own needs, limits and scores."""
    problem = replace(random_problem(1, 20, 6), required=np.empty((0, 2), dtype=np.int64))
    sample = Sample.of(Rows(problem, 3), 10)
    small = sample.problem
    assert len(sample.mentees) == small.n_mentees == 10
    assert np.all(np.diff(sample.mentees) > 0)
    assert small.capacity == pytest.approx(problem.capacity / 2)
    assert small.limit.tolist() == problem.limit[sample.mentees].tolist()
    rows = np.array([0, 7])
    expected = problem.scores.block(sample.mentees[rows]).score
    assert np.array_equal(small.scores.block(rows).score, expected)


def test_mentees_with_forced_items_and_their_places_stay_out() -> None:
    """What is promised is taken off the places before they shrink."""
    problem = random_problem(2, 12, 5)
    allowed = np.isfinite(problem.scores.block(np.arange(12)).score)
    mentee, mentor = (int(k) for k in np.argwhere(allowed)[0])
    problem = replace(problem, required=np.array([[mentee, mentor]]))
    sample = Sample.of(Rows(problem, 3), 6)
    assert mentee not in sample.mentees
    assert sample.problem.capacity[mentor] < problem.capacity[mentor] * 6 / 11
    assert not len(sample.problem.required)


def test_duals_come_back_row_by_row() -> None:
    """Each kind of row gets the sample's duals; rows of single people get none."""
    problem = random_problem(3, 20, 6, reciprocal=True)
    problem = replace(problem, tiers=Tiers(np.ones(20, dtype=np.int64)))
    rows = Rows(problem, 3, tier_rows(problem, 3, {"reached:1": 12.0}))
    sample = Sample.of(rows, 10)
    y = np.arange(1.0, sample.rows.count + 1)
    full = sample.duals(rows, y)
    for kind in rows.spans:
        if kind in ROWS_OF_PAIRS:
            assert not rows.part(full, kind).any()
        else:
            assert rows.part(full, kind).tolist() == sample.rows.part(y, kind).tolist()


def test_multipliers_come_from_the_likest_needs_of_the_same_limit() -> None:
    """Each mentee gets the multipliers of the nearest sampled one; a sampled one its own."""
    problem = replace(random_problem(2, 30, 6), limit=np.tile([1, 2, 3], 10))
    assert problem.needs is not None
    sample = Sample.of(Rows(problem, 3), 15)
    cuts = additive_cuts(sample.problem, np.arange(15))
    assert cuts is not None
    cuts = replace(cuts, first=np.arange(15.0)[:, None] + np.zeros_like(cuts.first))
    full = sample.cuts(problem, cuts)
    assert full is not None
    chosen = full.first[:, 0].astype(int)
    assert chosen[sample.mentees].tolist() == list(range(15))
    assert np.array_equal(problem.limit, problem.limit[sample.mentees][chosen])


@pytest.mark.slow
@pytest.mark.parametrize("reciprocal", [False, True])
@pytest.mark.parametrize("seed", range(15))
def test_the_answer_does_not_hang_on_the_sample(
    seed: int, reciprocal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With or without a start from a sample, the optimum and a bound that holds."""
    problem = random_problem(seed, 12, 6, reciprocal=reciprocal)
    plain = solve_problem(problem, SolverSettings(method="portfolio", gap=1e-6, threads=1))
    monkeypatch.setattr(generation, "Schedule", partial(Schedule, sampled=4, sample=0.5))
    started = solve_problem(problem, SolverSettings(method="portfolio", gap=1e-6, threads=1))
    assert started.objective == pytest.approx(plain.objective, rel=1e-5, abs=1e-7)
    assert started.bounds.dual >= plain.objective - 1e-7
