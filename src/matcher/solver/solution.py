"""What a solver returns, whichever it was: no vendor object, status or exception leaks out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from matcher.problem.problem import Assignment, Floats, Ints, Problem
from matcher.problem.value import inverse_utility, tier_values, welfare
from matcher.solver.limits import Clock

PROVED_AGAIN = ("duals", "flow")
"""Sources of bounds that the published duals prove; what others say is a claim."""


class Reason(StrEnum):
    """How a solve ended."""

    OPTIMAL = "optimal"
    """The gap is within the tolerance."""
    CLAIMED = "claimed"
    """The gap is within the tolerance by what a solver says, and no duals prove it."""
    FEASIBLE = "feasible"
    """A solution with a bound, not proven optimal."""
    NO_SOLUTION = "no_solution"
    """The limit came first."""
    INFEASIBLE = "infeasible"
    """Forced pairs and hard rules contradict each other."""


@dataclass(frozen=True)
class Termination:
    """Why the solver stopped: the reason, the limit that was hit if any, and a detail in words."""

    reason: Reason
    limit: str = ""
    detail: str = ""

    @property
    def is_closed(self) -> bool:
        """Whether the gap is within the tolerance, by proof or by what a solver claims."""
        return self.reason in (Reason.OPTIMAL, Reason.CLAIMED)


@dataclass(frozen=True)
class Bounds:
    """Objective (`primal`) and upper bound (`dual`) on the optimum, in units of welfare."""

    primal: float
    dual: float

    @property
    def gap(self) -> float:
        """``(dual - primal) / max(|dual|, |primal|)``, 0 if equal, inf without a bound."""
        if self.dual == self.primal:
            return 0.0
        scale = max(abs(self.dual), abs(self.primal))
        return float((self.dual - self.primal) / scale) if np.isfinite(scale) else np.inf


@dataclass(frozen=True)
class Tier:
    """One lexicographic goal: what was achieved and the best that is known to be possible."""

    name: str
    value: float
    bound: float


@dataclass(frozen=True)
class DualRow:
    """One linking row of the certificate: ``sum_i a(i, S_i) <= rhs`` (or =, >=) and its dual.

    ``kind`` is one of capacity, pool, sponsorship, max_matches, reciprocal, opposite, cut,
    mentor_minimum, tier. ``id`` says which: a mentor's position, a pool's, a pair's or a tier's
    name.
    """

    kind: str
    id: str
    rhs: float
    dual: float


@dataclass(frozen=True)
class Solution:
    """Portfolios with their proof."""

    pairs: Ints
    """(k, 2) mentee and mentor positions, sorted."""
    reciprocal: Ints
    """(k,) reciprocal pair that the item is a side of, -1 for one-way items."""
    objective: float
    bounds: Bounds
    termination: Termination
    prices: Floats
    """(m,) >= 0: what one more place of each mentor adds at most, beside the absolute gap."""
    duals: tuple[DualRow, ...] = ()
    """Every row of the dual bound; ``dual_bound`` can be re-proved from them."""
    dual_bound: float = np.inf
    bound_source: str = ""
    """Where ``bounds.dual`` comes from: `duals`, `flow`, or `cp-sat` (claimed, not re-proved)."""
    gap: float = np.inf
    """The published gap: of welfare, or with fairness of equally distributed equivalents."""
    tiers: tuple[Tier, ...] = ()
    method: str = ""
    iterations: int = 0
    seconds: float = 0.0
    statistics: dict[str, float] = field(default_factory=dict)
    """What the solver counted on its way: columns, pricing passes, seconds by phase."""


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
    objective: float | None = None
    """Welfare of the assignment by definition, where it was known without another look at every
    pair; None: it is computed."""
    tiers_are_claimed: bool = False
    """Whether a bound of a tier is what a solver says, with no duals that prove it."""


NO_BOUND = 1e-6
"""Share of the objective by which a bound may lie below it: floats are rounded."""
BELOW = "the bound is below the solution, so it proves nothing: scores say two things of some pair"


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
    known = answer.objective
    objective = welfare(problem, answer.assignment) if known is None else known
    # The bound is a sum of many floats; it never says less than the solution in hand.
    rounding = 1e-9 * max(1.0, abs(objective))
    bound = max(answer.bound, objective) if answer.bound > objective - rounding else answer.bound
    is_none = bound < objective - NO_BOUND * max(1.0, abs(objective))
    bounds = Bounds(objective, np.inf if is_none else bound)
    measured = _published_gap(problem, bounds)
    tiers = _tiers(problem, answer.assignment, answer)
    proved = measured <= gap and all(tier.bound - tier.value <= 1e-6 for tier in tiers)
    ended = Termination(
        _reason(problem, answer, bounds, gap) if proved else Reason.FEASIBLE,
        "" if proved else clock.limit_hit,
        BELOW if is_none else answer.detail or ("" if proved else "not proven optimal"),
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


def _reason(problem: Problem, answer: MethodAnswer, bounds: Bounds, gap: float) -> Reason:
    """Return whether anybody can prove again that the gap is within the tolerance."""
    by_duals = answer.source in PROVED_AGAIN
    if not by_duals and np.isfinite(answer.dual_bound):
        by_duals = _published_gap(problem, Bounds(bounds.primal, answer.dual_bound)) <= gap
    return Reason.OPTIMAL if by_duals and not answer.tiers_are_claimed else Reason.CLAIMED


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
