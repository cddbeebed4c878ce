"""What making a pair would cost the cohort: a certified lower bound, or the exact figure.

With the published duals, the bound on the whole cohort is a sum over mentees of the worth of their
best sets. Forcing a pair into it replaces the terms of the mentees concerned by the worth of their
best sets that hold the pair, which bounds every answer with that pair. What the published answer is
above that bound is lost at least.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from matcher.checker.bound import best_of_mentee
from matcher.checker.charges import charges_of
from matcher.checker.figures import as_number
from matcher.checker.values import achieved_tiers

if TYPE_CHECKING:
    from matcher.explain.opened_run import Case
    from matcher.problem.problem import Problem


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


def cost_at_least(case: Case, i: int, j: int, number: int) -> float | None:
    """Return a certified lower bound on the welfare lost, None without a certificate.

    At equal tiers: an answer with the pair that reaches fewer people first is not counted. Infinite
    where the pair and the required pairs do not go together.
    """
    bound = as_number(case.files.summary.get("dual_bound"))
    objective = as_number(case.files.summary.get("objective"))
    if bound is None or objective is None or not case.certificate:
        return None
    problem = case.instance.problem
    charges, findings = charges_of(
        problem, case.certificate, achieved_tiers(problem, case.terms.size)
    )
    if findings:
        return None
    forced = with_pair(problem, i, j, number)
    concerned = [i]
    if number >= 0 and problem.reciprocal is not None:
        pairs = problem.reciprocal
        concerned = [int(pairs.mentee_a[number]), int(pairs.mentee_b[number])]
    free = sum(best_of_mentee(problem, charges, k).worth for k in concerned)
    held = sum(best_of_mentee(forced, charges, k).upper for k in concerned)
    return max(0.0, objective - (bound - free + held))


def cost_exactly(case: Case, i: int, j: int, number: int) -> Exact:
    """Solve the cohort again with the pair in it.

    Raises
    ------
    InfeasibleError
        Where the pair fits no answer.
    """
    from matcher.pipeline import solve_instance

    instance = case.instance
    forced = replace(instance, problem=with_pair(instance.problem, i, j, number))
    solution = solve_instance(forced)
    before = case.terms.size
    after = np.bincount(solution.pairs[:, 0], minlength=len(before))
    old, new = (dict(achieved_tiers(instance.problem, size)) for size in (before, after))
    published = as_number(case.files.summary.get("objective")) or 0.0
    return Exact(
        float(solution.objective),
        float(solution.bounds.dual),
        published - float(solution.objective),
        tuple((name, old[name], new[name]) for name in old if old[name] != new[name]),
        _moved(case, solution.pairs),
    )


def _moved(case: Case, pairs: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> tuple[str, ...]:
    old = {tuple(pair) for pair in case.assignment.pairs.tolist()}
    new = {tuple(pair) for pair in pairs.tolist()}
    ids = case.cohort.mentee_index.ids
    return tuple(ids[i] for i in sorted({i for i, _ in old ^ new}))
