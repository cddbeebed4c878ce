"""What a method hands back, and the one form in which every answer comes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from matcher.problem.problem import Assignment, Floats, Problem
from matcher.problem.value import inverse_utility, tier_values, welfare
from matcher.solver.limits import Clock
from matcher.solver.solution import Bounds, DualRow, Reason, Solution, Termination, Tier


@dataclass(frozen=True)
class MethodAnswer:
    """What a method found, before it is put into a `Solution`."""

    assignment: Assignment | None
    bound: float = np.inf
    source: str = ""
    duals: tuple[DualRow, ...] = ()
    dual_bound: float = np.inf
    prices: Floats | None = None
    tier_bounds: Mapping[str, float] = field(default_factory=dict)
    iterations: int = 0
    detail: str = ""
    statistics: Mapping[str, float] = field(default_factory=dict)
    extra_tiers: tuple[Tier, ...] = ()
    """Tiers of the method's own, such as the least value of max-min."""
    is_proof: bool = True
    """Whether no assignment means that there is none."""


def as_solution(
    problem: Problem, answer: MethodAnswer, *, method: str, gap: float, clock: Clock
) -> Solution:
    """Return the solution that an answer makes, valued by definition and with its gap.

    Parameters
    ----------
    problem
        The instance.
    answer
        What the method found.
    method
        Name of the method.
    gap
        Relative gap at which the answer counts as optimal.
    clock
        Clock of the solve, which knows the limit that was hit.
    """
    if answer.assignment is None:
        return _without_assignment(problem, answer, method, clock)
    objective = welfare(problem, answer.assignment)
    # The bound is a sum of many floats; it never says less than the solution in hand.
    rounding = 1e-9 * max(1.0, abs(objective))
    bound = max(answer.bound, objective) if answer.bound > objective - rounding else answer.bound
    bounds = Bounds(objective, bound)
    measured = _published_gap(problem, bounds)
    tiers = _tiers(problem, answer.assignment, answer)
    proved = measured <= gap and all(tier.bound - tier.value <= 1e-6 for tier in tiers)
    ended = Termination(
        Reason.OPTIMAL if proved else Reason.FEASIBLE,
        "" if proved else clock.limit_hit,
        answer.detail or ("" if proved else "not proven optimal"),
    )
    return Solution(
        pairs=answer.assignment.pairs,
        reciprocal=answer.assignment.reciprocal,
        objective=objective,
        bounds=bounds,
        termination=ended,
        prices=np.zeros(problem.n_mentors) if answer.prices is None else answer.prices,
        duals=answer.duals,
        dual_bound=answer.dual_bound,
        bound_source=answer.source,
        gap=measured,
        tiers=tiers,
        method=method,
        iterations=answer.iterations,
        seconds=clock.seconds,
        statistics=dict(answer.statistics),
    )


def _without_assignment(
    problem: Problem, answer: MethodAnswer, method: str, clock: Clock
) -> Solution:
    """Return the solution in which nobody is matched: nothing fits, or time was short."""
    nothing = Assignment.empty()
    limit = "" if np.isneginf(answer.bound) else clock.limit_hit
    reason = Reason.INFEASIBLE if answer.is_proof and not limit else Reason.NO_SOLUTION
    return Solution(
        pairs=nothing.pairs,
        reciprocal=nothing.reciprocal,
        objective=-np.inf,
        bounds=Bounds(-np.inf, answer.bound),
        termination=Termination(reason, limit, answer.detail or "no solution was found"),
        prices=np.zeros(problem.n_mentors),
        method=method,
        seconds=clock.seconds,
    )


def _tiers(problem: Problem, assignment: Assignment, answer: MethodAnswer) -> tuple[Tier, ...]:
    named = tuple(
        Tier(name, value, max(value, answer.tier_bounds.get(name, np.inf)))
        for name, value in tier_values(problem, assignment)
    )
    return named + answer.extra_tiers


def _published_gap(problem: Problem, bounds: Bounds) -> float:
    """Return the gap; with fairness that of equally distributed equivalents (DESIGN section 6)."""
    if problem.fairness in (0.0, "max-min") or not np.isfinite(bounds.dual):
        return bounds.gap
    n = max(1, problem.n_mentees)
    level = inverse_utility(np.array([bounds.primal, bounds.dual]) / n, problem.fairness)
    return 0.0 if level[1] <= 0 else float(max(0.0, 1.0 - level[0] / level[1]))
