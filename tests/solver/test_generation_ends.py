"""When column generation ends: not while pricing among candidates still moves the duals."""

from __future__ import annotations

import numpy as np
import pytest

from matcher.solver.api import problem_of
from matcher.solver.columns.generation import Generation
from matcher.solver.columns.smoothed_dual import Schedule
from matcher.solver.model.linking_rows import Rows
from matcher.solver.pricing.scan import Scanner
from matcher.solver.settings import SolverSettings, SolveRun


@pytest.mark.parametrize("seed", range(3))
def test_a_cold_start_ends_with_as_tight_a_bound(seed: int) -> None:
    """Without a warm-up the scan may add nothing while candidates do; it goes on until neither."""
    rng = np.random.default_rng(seed)
    offers = (rng.random((40, 4)) < 0.4).astype(float)
    needs = rng.dirichlet(np.ones(4), 30)
    problem = problem_of(rng.random((30, 40)) / 3, 1, 2, needs=needs, offers=offers)
    bounds = [
        Generation(Rows(problem, 2), Scanner(problem, threads=1), run, schedule).generate().bound
        for run in [SolveRun(SolverSettings(gap=5e-4))]
        for schedule in (Schedule(), Schedule(warm_rounds=0, first=1e-6))
    ]
    assert bounds[1] <= bounds[0] * (1 + 1e-3)
