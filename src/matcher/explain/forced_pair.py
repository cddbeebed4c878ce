"""What making a pair would cost the cohort: a certified lower bound, or the exact figure.

With the published duals, the bound on the whole cohort is a sum over mentees of the worth of their
best sets. Forcing a pair into it replaces the terms of the mentees concerned by the worth of their
best sets that hold the pair, which bounds every answer with that pair. What the published answer is
above that bound is lost at least.
"""

from dataclasses import dataclass, replace

import numpy as np

from matcher.explain.opened_run import OpenedRun
from matcher.problem.problem import Assignment, Problem
from matcher.problem.value import tier_values
from matcher.solver.columns.finished_duals import best_worths


@dataclass(frozen=True)
class Exact:
    """The cohort solved again with the pair in it."""

    objective: float
    bound: float
    cost: float
    """Welfare lost against the published answer; negative where the new answer is better."""
    tiers: tuple[tuple[str, float, float], ...]
    """Name, published value and value with the pair of each tier that changes."""
    moved: tuple[str, ...]
    """Mentees whose mentors change, by id."""


def with_pair(problem: Problem, i: int, j: int, number: int) -> Problem:
    """Return the problem in which mentee `i` and mentor `j` are matched.

    Parameters
    ----------
    problem
        Stays as it is.
    i, j
        Positions.
    number
        Reciprocal pair that is forced instead of the one-way match, -1 for none.
    """
    if number >= 0:
        forced = np.union1d(problem.required_reciprocal, [number]).astype(np.int64)
        return replace(problem, required_reciprocal=forced)
    required = np.unique(np.vstack([problem.required, [[i, j]]]), axis=0)
    return replace(problem, required=required)


def cost_at_least(run: OpenedRun, i: int, j: int, number: int) -> float | None:
    """Return a certified lower bound on the welfare lost, None without a certificate.

    At equal tiers: an answer with the pair that reaches fewer people first is not counted. Infinite
    where the pair and the required pairs do not go together.
    """
    bound, objective = run.files.figure("dual_bound"), run.files.figure("objective")
    if bound is None or objective is None or not run.duals:
        return None
    concerned = [i]
    if number >= 0 and run.problem.reciprocal is not None:
        pairs = run.problem.reciprocal
        concerned = [int(pairs.mentee_a[number]), int(pairs.mentee_b[number])]
    free, held = (
        float(best_worths(problem, run.duals, concerned, run.assignment).sum())
        for problem in (run.problem, with_pair(run.problem, i, j, number))
    )
    return max(0.0, objective - (bound - free + held))


def cost_exactly(run: OpenedRun, i: int, j: int, number: int) -> Exact:
    """Solve the cohort again with the pair in it.

    Raises
    ------
    InfeasibleError
        Where the pair fits no answer.
    """
    from matcher.pipeline import solve_instance

    solution = solve_instance(replace(run.instance, problem=with_pair(run.problem, i, j, number)))
    again = Assignment.of(solution.pairs, solution.reciprocal)
    old, new = (dict(tier_values(run.problem, match)) for match in (run.assignment, again))
    published = run.files.figure("objective") or 0.0
    return Exact(
        float(solution.objective),
        float(solution.bounds.dual),
        published - float(solution.objective),
        tuple((name, old[name], new[name]) for name in old if old[name] != new[name]),
        _moved(run, again),
    )


def _moved(run: OpenedRun, again: Assignment) -> tuple[str, ...]:
    old, new = (set(map(tuple, match.pairs.tolist())) for match in (run.assignment, again))
    ids = run.cohort.mentee_index.ids
    return tuple(ids[i] for i in sorted({i for i, _ in old ^ new}))
