"""A first solution: a known one, by flow for the tiers, greedily and in rounds of assignment."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from matcher.problem.problem import Assignment, Problem
from matcher.problem.value import breaks_rules, forced_assignment, tier_values, welfare
from matcher.solver.baselines.baselines import sequential
from matcher.solver.baselines.greedy import complete
from matcher.solver.flow.flow_method import tier_targets
from matcher.solver.limits import Clock
from matcher.solver.model.column_pool import assignment_of, keeps_rows
from matcher.solver.model.linking_rows import Rows
from matcher.solver.pricing.scan import Scanner
from matcher.solver.rounding.tier_search import choose_tiers, listed_portfolios
from matcher.solver.solution import Solution

GREEDY_PAIRS = 100_000
"""Pairs up to which a greedy solution is worth its time as a first one."""

ROUNDS_PAIRS = 150_000
"""Pairs a second of the time limit up to which rounds of assignment are a first solution."""

MOST_ROUNDS_PAIRS = 2_000_000
"""Pairs up to which they are, however long the limit."""

COMPLETED_PAIRS = 1_000_000
"""Pairs up to which a solution that holds the tiers is completed greedily."""


@dataclass(frozen=True)
class Start:
    """A first solution, the targets its tiers are held at and what is known to bound them."""

    assignment: Assignment
    targets: Mapping[str, float]
    bounds: Mapping[str, float]


def first_solution(
    problem: Problem, pricer: Scanner, clock: Clock, known: Solution | None = None
) -> Start:
    """Find a first solution, and the targets at which the tiers are held.

    Parameters
    ----------
    problem
        The instance.
    pricer
        What lists the portfolios of a small problem.
    clock
        Clock of the solve.
    known
        Solution of a similar problem, which is taken where it still holds.
    """
    required = forced_assignment(problem)
    before = None if known is None else _still_allowed(problem, known, required)
    if problem.tiers is None:
        quick = _quick_solutions(problem, required, clock) if before is None else [before]
        return Start(_best(problem, [required, *quick]), {}, {})
    found = tier_targets(problem)
    bounds = dict(found.targets)
    if before is not None and dict(tier_values(problem, before)) == bounds:
        return Start(before, bounds, bounds)
    first = found.assignment
    # The flow gives one mentor each; if time runs out, the best of these is handed over.
    if not found.exact or problem.n_mentees * problem.n_mentors <= COMPLETED_PAIRS:
        first = complete(problem, first)
    first = _best(problem, [first, required, *_quick_solutions(problem, required, clock)])
    if found.exact:
        return Start(first, bounds, bounds)
    return _by_choice(problem, pricer, clock, first, bounds)


def _by_choice(
    problem: Problem,
    pricer: Scanner,
    clock: Clock,
    first: Assignment,
    bounds: Mapping[str, float],
) -> Start:
    """Raise the tiers of a first solution by exact choices where a flow only bounds them."""
    # What breaks a rule reaches no tier: forced pairs may lack whom the others took.
    broken = breaks_rules(problem, first).any()
    values = {} if broken else dict(tier_values(problem, first))
    reached = _reached(values, bounds)
    if len(reached) == len(bounds):
        return Start(first, values, bounds)
    pool, rows, everything = listed_portfolios(problem, pricer, first)
    choice = choose_tiers(problem, pool, rows, clock, complete=everything, reached=reached)
    if choice is None or tuple(choice.targets.values()) < tuple(values.values()):
        return Start(first, values, bounds)
    assignment = complete(problem, assignment_of(problem, choice.pool, choice.columns))
    proved = choice.targets if choice.proved else bounds
    return Start(assignment, dict(tier_values(problem, assignment)), proved)


def _still_allowed(problem: Problem, known: Solution, required: Assignment) -> Assignment | None:
    """Return the pairs of a known solution if they are a solution of this problem, else None."""
    assignment = Assignment.of(known.pairs, known.reciprocal)
    held = {(*pair, r) for *pair, r in np.column_stack([known.pairs, known.reciprocal]).tolist()}
    forced = np.column_stack([required.pairs, required.reciprocal]).tolist()
    rows = Rows(problem, problem.max_size)
    size = np.bincount(known.pairs[:, 0], minlength=problem.n_mentees)
    if np.any(size > problem.limit) or not all(tuple(item) in held for item in forced):
        return None
    return assignment if keeps_rows(problem, rows, assignment) else None


def _reached(values: Mapping[str, float], bounds: Mapping[str, float]) -> dict[str, float]:
    """Return the leading tiers whose values meet their bounds: these need no further proof."""
    reached: dict[str, float] = {}
    for name, value in values.items():
        if value < bounds[name] - 1e-9:
            break
        reached[name] = value
    return reached


def _quick_solutions(problem: Problem, required: Assignment, clock: Clock) -> list[Assignment]:
    """Return what greedy and rounds of assignment give beside the forced pairs, as size allows.

    Rounds are often within two per cent of the optimum, and what is handed over if time runs out.
    Without a time limit there is time to round what column generation found.
    """
    pairs = problem.n_mentees * problem.n_mentors
    found = []
    if pairs <= GREEDY_PAIRS:
        found.append(complete(problem, required))
    # With tiers each round fills one of them alone: 800 x 300 took ten times the whole solve.
    few = pairs <= min(MOST_ROUNDS_PAIRS, ROUNDS_PAIRS * (clock.time_limit or 0.0))
    if problem.tiers is None and few and clock.within(0.3):
        found.append(sequential(problem))
    return found


def _best(problem: Problem, found: list[Assignment]) -> Assignment:
    """Return the assignment of the highest tiers, then of most welfare; the first of equals.

    One that keeps the rules comes before all that do not.
    """

    def rank(assignment: Assignment) -> tuple[bool, tuple[float, ...], float]:
        tiers = tuple(value for _, value in tier_values(problem, assignment))
        keeps = not breaks_rules(problem, assignment).any()
        return keeps, tiers, welfare(problem, assignment)

    return max(found, key=rank)
