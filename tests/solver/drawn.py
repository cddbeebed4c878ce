"""Drawn instances: the bound is no lower than the optimum, the answer no higher, and it repeats."""

from __future__ import annotations

import hashlib
import itertools

import numpy as np

from matcher.checker.check_solution import verify_solution
from matcher.problem.problem import Problem
from matcher.solver.dispatch import solve_problem
from matcher.solver.settings import SolverSettings
from matcher.solver.solution import Solution

from . import brute_force, tiny

CLOSE = 1e-6
KINDS = {"anything": tiny.anything, "separable": tiny.separable}


def broken(kind: str, seed: int) -> list[str]:
    """Return what is wrong with the answer to an instance: nothing where all holds.

    Brute force gives the optimum; the checker re-proves what is claimed; another number of threads,
    other blocks give the same answer, ties in welfare apart; so it is from the answer as a start.
    """
    problem = KINDS[kind](seed)
    best = brute_force.best(problem)
    gap = 1e-6 if seed % 2 else SolverSettings().gap
    found = solve_problem(problem, SolverSettings(gap=gap, threads=1))
    if best is None:
        return [] if not len(found.pairs) else ["an answer where there is none"]
    again = solve_problem(problem, SolverSettings(gap=gap, threads=2, block_pairs=1_000))
    wrong = [] if _hash(found) == _hash(again) else ["another answer with other threads and blocks"]
    warm = solve_problem(problem, SolverSettings(gap=gap, threads=1), start=found)
    for answer in (found, warm):
        report = verify_solution(problem, answer)
        wrong += [finding.line() for finding in report.problems if not finding.is_warning]
        if problem.fairness != "max-min":
            tiers = tuple(tier.value for tier in answer.tiers)
            wrong += _against(problem, answer, tiers, best)
    return wrong


def _against(
    problem: Problem, found: Solution, tiers: tuple[float, ...], best: brute_force.Best
) -> list[str]:
    """Return what brute force says against an answer."""
    wrong, slack = [], CLOSE * max(1.0, abs(best.welfare))
    higher = [a - b for a, b in itertools.zip_longest(tiers, best.tiers, fillvalue=np.nan)]
    first = next((step for step in higher if abs(step) > CLOSE), 0.0)
    if first > 0 or np.isnan(higher).any():
        wrong.append(f"tiers {tiers} above the best {best.tiers}")
    bounds = [tier.bound for tier in found.tiers]
    if bounds and best.tiers and bounds[0] < best.tiers[0] - CLOSE:
        wrong.append(f"the first tier's bound {bounds[0]} is below the best {best.tiers[0]}")
    if first == 0.0:
        if found.objective > best.welfare + slack:
            wrong.append(f"objective {found.objective} above the optimum {best.welfare}")
        if found.bounds.dual < best.welfare - slack:
            wrong.append(f"bound {found.bounds.dual} below the optimum {best.welfare}")
    return wrong


def _hash(found: Solution) -> str:
    order = np.lexsort((found.pairs[:, 1], found.pairs[:, 0]))
    rows = np.column_stack([found.pairs, found.reciprocal])[order].astype(np.int64)
    return hashlib.sha256(rows.tobytes()).hexdigest()
