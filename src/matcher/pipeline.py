"""From a cohort to portfolios: features, problem, solver; what `match`, `tune` and `bench` call."""

import math
import time
from typing import Any

from matcher.observe import SILENT, Observer, OutOfTimeError, give_back, go_on, over_at
from matcher.problem.instance import Instance, build
from matcher.solver.solution import Solution

__all__ = ["Instance", "build", "solve_instance"]


def solve_instance(
    instance: Instance,
    observer: Observer = SILENT,
    *,
    start: Solution | None = None,
    **changes: Any,
) -> Solution:
    """Solve an instance as its config says.

    Parameters
    ----------
    instance
        What `build` returned.
    observer
        Told of the solver's progress.
    start
        Solution of a similar instance to start from.
    **changes
        Settings of `solver` that differ from the config's, such as ``method="greedy"``.

    Returns
    -------
    Solution
        Portfolios by position, with their proof.

    Raises
    ------
    OutOfTimeError
        Inside ``observe.until``, where its moment came before the end of the solve: the answer
        would depend on the clock.
    """
    from matcher.solver.dispatch import solve_problem
    from matcher.solver.settings import SolverSettings

    if math.isfinite(over_at()):
        go_on()
        changes["time_limit"] = over_at() - time.perf_counter()
    settings = SolverSettings(**{**dict(instance.config.solver), **changes})
    solution = solve_problem(instance.problem, settings, start=start, observer=observer)
    give_back()
    if math.isfinite(over_at()) and solution.termination.limit == "time":
        raise OutOfTimeError
    return solution
