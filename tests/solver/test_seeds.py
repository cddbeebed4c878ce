"""What a generation never forgets: the portfolios of the solution it was given."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from matcher.problem.problem import Assignment, Tiers
from matcher.solver.api import problem_of
from matcher.solver.columns.generation import Generation
from matcher.solver.columns.smoothed_dual import Schedule
from matcher.solver.model.column_pool import allowed_portfolios, columns_of, keys_of
from matcher.solver.model.linking_rows import Rows, tier_rows
from matcher.solver.pricing.scan import Scanner
from matcher.solver.settings import SolveRun


def test_poor_portfolios_of_a_first_solution_stay() -> None:
    """Each mentee's worst mentor stays in the pool, so that the tiers it reaches can be kept."""
    rng = np.random.default_rng(0)
    n, m = 10, 60
    scores = rng.random((n, m)) / 3
    problem = problem_of(
        scores, 1, 3, needs=rng.dirichlet(np.ones(4), n) / 2, offers=rng.random((m, 4))
    )
    problem = replace(problem, tiers=Tiers(np.ones(n, dtype=np.int64)))
    rows = Rows(problem, 3, tier_rows(problem, 3, {"reached:1": float(n)}))
    first = Assignment.of(np.column_stack([np.arange(n), np.argsort(scores.sum(axis=0))[:n]]))
    scanner = Scanner(problem, threads=1, block_pairs=4_000_000)
    generation = Generation(rows, scanner, SolveRun(), Schedule(keep=40.0))
    generation.seed(first)
    generated = generation.generate()
    wanted = keys_of(allowed_portfolios(problem, first, 3))
    assert np.isin(wanted, generated.pool.key).all()
    assert columns_of(problem, generated.pool, first) is not None
