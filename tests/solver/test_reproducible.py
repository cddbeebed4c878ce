"""Without a time limit nothing is decided by the clock, by threads or by BLAS."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
from tests.solver.tiny import ticks
from threadpoolctl import threadpool_limits

from matcher.problem.problem import Problem, Tiers
from matcher.solver.dispatch import solve_problem
from matcher.solver.settings import SolverSettings
from matcher.solver.solution import Solution

pytestmark = pytest.mark.slow


def tiered(n: int, m: int, seed: int) -> Problem:
    """Draw tick-box answers with two classes, waits and a minimum: what took the clock's turns."""
    rng = np.random.default_rng(seed)
    problem = ticks(n, m, seed)
    minimum = np.minimum(rng.integers(1, 3, n), problem.limit)
    tiers = Tiers(rng.integers(1, 3, n), rng.integers(0, 40, n), minimum)
    return replace(problem, tiers=tiers)


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """Keep processors busy meanwhile."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


@pytest.fixture(scope="module")
def quiet() -> tuple[Problem, Solution]:
    """Return a problem whose gap stays open for a while, and its answer."""
    problem = tiered(90, 55, 5)
    return problem, solve_problem(problem, SolverSettings(gap=1e-6, threads=1))


@pytest.mark.parametrize(("threads", "loops"), [(1, 3), (2, 0)])
def test_the_same_under_load_and_with_other_threads(
    quiet: tuple[Problem, Solution], threads: int, loops: int
) -> None:
    """Pairs, objective, bound and duals are the same to the last bit."""
    problem, first = quiet
    with busy(loops), threadpool_limits(threads):
        again = solve_problem(problem, SolverSettings(gap=1e-6, threads=threads))
    assert np.array_equal(again.pairs, first.pairs)
    assert (again.objective, again.bounds.dual) == (first.objective, first.bounds.dual)
    assert again.duals == first.duals
