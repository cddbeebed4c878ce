"""Seats without coverage: one flow, in which every portfolio has all places that its seats ask for.

A portfolio is empty or has all of them, which a flow cannot say by itself. So the places asked for
are filled first, of everybody; what is best beside them is a flow again. That nobody is better left
empty is read off the prices: where tiers count who has a mentor, the dual of theirs sees to it.
"""

from dataclasses import replace

import numpy as np

from matcher.problem.problem import Assignment, Floats, Problem
from matcher.problem.rules.rule import PortfolioRule
from matcher.problem.value import tier_values
from matcher.solver.flow.flow_method import bound_at, duals_of, is_flow, values_at
from matcher.solver.flow.flow_model import FlowModel
from matcher.solver.model.linking_rows import Rows
from matcher.solver.model.seat_classes import SeatClasses
from matcher.solver.settings import SolveRun
from matcher.solver.solution import MethodAnswer

HAIR = 1e-9
"""Share by which a dual is more than needed, so that rounding never tips a portfolio over."""


def solve_seats(problem: Problem, run: SolveRun) -> MethodAnswer | None:
    """Return the best answer in which everybody has all that the seats ask for, with its bound.

    None where welfare is no sum over pairs beside the seats, a mentor may sit in several of them,
    or not everybody can have all.

    Parameters
    ----------
    problem
        The instance.
    run
        Its clock and observer.
    """
    if not _may_flow(problem):
        return None
    model = FlowModel(problem)
    run.observer.on_phase("flow: seats")
    if not model.fill_seats(run.clock):
        return None
    for stage in [*model.tier_stages(), model.welfare_stage()]:
        run.observer.on_phase(f"flow: {stage.name}")
        model.run(stage, run.clock)
    if model.stopped:
        return None
    assignment = model.assignment()
    rows, y = duals_of(model, assignment)
    _keep_everybody(model, rows, y)
    bound = bound_at(model, rows, y)
    return MethodAnswer(
        assignment,
        bound=bound,
        source="duals",
        duals=rows.named(y),
        dual_bound=bound,
        prices=rows.prices(np.maximum(y, 0.0)).load,
        tier_bounds=dict(tier_values(problem, assignment)),
        iterations=model.solves,
        statistics={"arcs": float(len(model.network.tail))},
    )


def seated(problem: Problem, run: SolveRun) -> Assignment | None:
    """Return a good assignment in which everybody has all that the seats ask for, None without.

    Parameters
    ----------
    problem
        The instance; what its sets are worth beside the sum of their pairs is left out.
    run
        Its clock and observer.
    """
    plain = replace(
        problem, needs=None, offers=None, held_best=None, held_second=None, like=None, fairness=0.0
    )
    found = solve_seats(plain, run)
    return None if found is None else found.assignment


def _may_flow(problem: Problem) -> bool:
    others = tuple(rule for rule in problem.rules if not isinstance(rule, PortfolioRule))
    bare = replace(problem, rules=others)
    may = bare.is_separable and not problem.soft_rules and not len(problem.required)
    return may and SeatClasses.of(problem) is not None and is_flow(bare)


def _keep_everybody(model: FlowModel, rows: Rows, y: Floats) -> None:
    """Raise the duals of tiers until nobody who counts there is better left empty."""
    at = rows.part(y, "tier")
    if model.seats is None or not len(at):
        return
    values = values_at(model, rows, y)
    regret = np.concatenate([v[:, 0] - v[:, 1:].max(axis=1, initial=-np.inf) for v in values])
    regret[~np.isfinite(regret)] = 0.0
    for number, tier in enumerate(rows.tiers):
        by_size = tier.amount.by_size
        counts = by_size[:, min(model.seats.size, by_size.shape[1] - 1)] - by_size[:, 0]
        counted = np.flatnonzero((counts > 0) & (regret > 0))
        factor = float((regret[counted] / counts[counted]).max(initial=0.0)) * (1 + HAIR)
        at[number] -= factor
        regret = regret - factor * counts
