"""From a cohort to portfolios: features, problem, solver; what `match`, `tune` and `bench` call."""

from typing import Any

from matcher.errors import Finding, InfeasibleError, NoSolutionError
from matcher.observe import SILENT, Observer
from matcher.problem.instance import Instance, build
from matcher.solver.solution import Solution

__all__ = ["Instance", "build", "raise_without_answer", "solve_instance"]


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
    """
    from matcher.solver.dispatch import solve_problem
    from matcher.solver.settings import SolverSettings

    settings = SolverSettings(**{**dict(instance.config.solver), **changes})
    return solve_problem(instance.problem, settings, start=start, observer=observer)


def raise_without_answer(solution: Solution, remedy: str) -> None:
    """Raise where a solve ended without a match.

    Parameters
    ----------
    solution
        What a solve returned.
    remedy
        What gives it more time, in words for the user.

    Raises
    ------
    NoSolutionError
        S_NO_SOLUTION where the time limit ended before the first match.
    InfeasibleError
        I_INFEASIBLE where forced pairs and hard rules contradict each other.
    """
    from matcher.solver.solution import Reason

    ended = solution.termination
    if ended.reason is Reason.NO_SOLUTION:
        message = f"no solution within the limit ({ended.limit})"
        if not ended.limit:
            message = "no solution was found, nor a proof that forced pairs and rules leave none"
            remedy = "relax a rule of [portfolio], or solve with solver.method = 'cp-sat'"
        raise NoSolutionError(Finding("S_NO_SOLUTION", message, remedy))
    if ended.reason is Reason.INFEASIBLE:
        why = ended.detail or "the forced pairs and the hard rules cannot all hold"
        raise InfeasibleError(Finding("I_INFEASIBLE", why, "withdraw a rule or raise a limit"))
