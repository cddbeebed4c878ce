"""Solve a cohort again and again, each time from the last known answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matcher.pipeline import raise_without_answer, solve_instance
from matcher.solver.solution import Reason

if TYPE_CHECKING:
    from matcher.problem.instance import Instance
    from matcher.solver.solution import Solution


SMALL = 200_000
"""Pairs up to which a match is solved to the end: what lies within the config's gap would look like
a change."""
CLOSE = 1e-6
"""Relative gap of such a solution."""


def solve(instance: Instance, start: Solution | None = None) -> Solution:
    """Solve an instance as its config says, small ones to the end.

    Parameters
    ----------
    instance
        A cohort under a config.
    start
        Solution of the same cohort under another config, whose prices are near.

    Raises
    ------
    NoSolutionError
        S_NO_SOLUTION where the time limit ends before the first match.
    InfeasibleError
        I_INFEASIBLE where forced pairs and hard rules contradict each other.
    """
    gap, shape = instance.config.solver.gap, instance.problem.scores.shape
    if shape[0] * shape[1] <= SMALL:
        gap = min(gap, CLOSE)
    found = solve_instance(instance, start=start, gap=gap)
    ended = found.termination
    is_open = ended.reason is Reason.FEASIBLE and not ended.limit and np.isfinite(found.gap)
    if start is not None and is_open and found.gap > instance.config.solver.gap:
        # Prices of another config can lead astray: what is not proved is sought anew.
        again = solve_instance(instance, gap=gap)
        found = max(found, again, key=lambda one: one.objective)
    raise_without_answer(found, "raise solver.time_limit")
    return found
