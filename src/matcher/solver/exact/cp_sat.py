"""CP-SAT over enumerated portfolios: exact on small instances, a yardstick on others.

The model chooses one column a mentee under every linking row. Tiers are maximised one after the
other and then held. Values are scaled to integers by a power of two so that the largest is about
2**30; with n mentees the optimum of the scaled problem is within ``n / scale`` of the true one. The
answer is valued in floats.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from ortools.sat.python import cp_model
from scipy import sparse

from matcher.problem.problem import Floats, Ints, Problem, Tiers
from matcher.problem.value import tier_values
from matcher.solver.baselines.greedy import complete
from matcher.solver.exact.enumeration import EnumeratedPortfolios, enumerate_portfolios
from matcher.solver.model.column_pool import assignment_of, columns_of, opposite_row
from matcher.solver.model.linking_rows import PairRow, Rows, tier_worth
from matcher.solver.settings import SolveRun
from matcher.solver.solution import MethodAnswer, Tier

BITS = 30
"""Bits of the largest scaled value."""

COLUMNS_A_SECOND = 15_000
"""Portfolios that are listed for each second of a time limit: building the model takes its time."""

COLUMNS_AT_MOST = 150_000
"""Most portfolios listed."""

LOAD_BITS = 30
"""Bits after the binary point of loads and places that are no whole numbers."""

LEAST_SECONDS = 0.05
"""CP-SAT gets no further in less, so that a shorter limit is one without a solution."""

_weighted = cp_model.LinearExpr.weighted_sum


def solve_exact(problem: Problem, run: SolveRun) -> MethodAnswer:
    """Return the optimum over all portfolios, or among the best ones if there are too many.

    Parameters
    ----------
    problem
        The instance.
    run
        Its clock holds for all goals together, its seed for CP-SAT's search.
    """
    seconds = run.settings.time_limit
    if seconds is not None and seconds < LEAST_SECONDS:
        detail = f"cp-sat needs {LEAST_SECONDS} s at least"
        return MethodAnswer(None, np.inf, detail=detail, is_proof=False)
    first = complete(problem)
    most = (
        COLUMNS_AT_MOST
        if seconds is None
        else min(COLUMNS_AT_MOST, int(COLUMNS_A_SECOND * seconds))
    )
    columns = enumerate_portfolios(problem, most, keep=first)
    model = _Model(problem, columns, run, columns_of(problem, columns, first))
    if problem.fairness == "max-min" and problem.tiers is None:
        # The least value counts among those who have a mentor, so they must be as many as can be.
        problem = replace(problem, tiers=Tiers(np.ones(problem.n_mentees, dtype=np.int64)))
    bounds: dict[str, float] = {}
    max_size = columns.members.shape[1]
    amounts = problem.tiers.amounts(max(2, max_size)) if problem.tiers is not None else ()
    for tier in amounts:
        counts = tier_worth(problem, tier, columns.mentee, columns.members)
        bounds[tier.name] = model.maximise_tier(counts)
    least = (model.maximise_least(),) if problem.fairness == "max-min" else ()
    bound = model.maximise(columns.worth)
    if model.chosen is None:
        return MethodAnswer(None, bound if columns.complete else np.inf, detail=model.status)
    assignment = assignment_of(problem, columns, model.chosen)
    if not columns.complete:
        detail = "only each mentee's best items were tried"
        return MethodAnswer(assignment, extra_tiers=least, detail=detail)
    # Later bounds hold where the tiers before them are proved optimal.
    proved = all(value >= bounds[name] - 0.5 for name, value in tier_values(problem, assignment))
    source = "cp-sat: claimed by the solver, not re-proved"
    return MethodAnswer(
        assignment,
        bound if proved else np.inf,
        source,
        tier_bounds=bounds,
        extra_tiers=least,
        tiers_are_claimed=True,
    )


def _opposite_rows(problem: Problem) -> tuple[PairRow, ...]:
    """Return a row for every two people who could be matched one way in both directions."""
    if problem.person_mentor is None:
        return ()
    dual = np.flatnonzero(problem.person_mentor >= 0)
    allowed = np.isfinite(problem.scores.block(dual).score[:, problem.person_mentor[dual]])
    first, second = np.nonzero(np.triu(allowed & allowed.T, 1))
    return tuple(
        opposite_row(problem, int(dual[a]), int(dual[b]))
        for a, b in zip(first.tolist(), second.tolist(), strict=True)
    )


@dataclass
class _Model:
    """The choice of columns as a CP-SAT model that is solved for one goal after the other."""

    problem: Problem
    columns: EnumeratedPortfolios
    run: SolveRun
    chosen: Ints | None = None
    status: str = ""
    model: Any = field(init=False)
    pick: list[Any] = field(init=False)
    short: list[tuple[Any, int, int, float]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.model = cp_model.CpModel()
        self.pick = [self.model.new_bool_var("") for _ in range(len(self.columns.mentee))]
        start = np.searchsorted(self.columns.mentee, np.arange(self.problem.n_mentees + 1))
        for a, b in zip(start[:-1].tolist(), start[1:].tolist(), strict=True):
            self.model.add_exactly_one(self.pick[a:b])
        self._add_rows()

    def _add_rows(self) -> None:
        """Add every linking row."""
        rows = Rows(
            self.problem, self.columns.members.shape[1], opposite=_opposite_rows(self.problem)
        )
        columns = self.columns
        use = rows.incidence(columns.mentee, columns.members, columns.load, columns.sponsored)
        by_row = use.T.tocsr()
        for row in range(rows.count):
            self._add_row(rows, by_row, row)

    def _add_row(self, rows: Rows, use: sparse.csr_array, row: int) -> None:
        rhs, penalty = float(rows.rhs[row]), float(rows.penalty[row])
        part = slice(use.indptr[row], use.indptr[row + 1])
        amount = use.data[part]
        scale = 1 if np.all(amount == np.round(amount)) else 2**LOAD_BITS
        weights = np.rint(amount * scale).astype(np.int64).tolist()
        total = _weighted([self.pick[k] for k in use.indices[part].tolist()], weights)
        # Half a unit a term is what rounding may have added.
        slack = 0.0 if scale == 1 else 0.5 * len(weights)
        if rows.is_equal[row]:
            self.model.add(total == round(rhs * scale))
        elif penalty:
            self._add_shortfall(total, rhs, scale, penalty)
        else:
            self.model.add(total <= int(np.floor(rhs * scale + 1e-6 + slack)))

    def _add_shortfall(self, total: Any, minimum: float, scale: int, penalty: float) -> None:
        """Let the load missing to a minimum be paid for, in whole units or in steps of 1/1024."""
        if scale == 1 and minimum == round(minimum):
            missing = self.model.new_int_var(0, round(minimum), "")
            self.short.append((missing, round(minimum), 1, penalty))
            self.model.add(total + missing >= round(minimum))
            return
        step, unit = 2**10, 2**LOAD_BITS
        most = int(np.ceil(minimum * step))
        missing = self.model.new_int_var(0, most, "")
        self.short.append((missing, most, step, penalty))
        steps = missing * (unit // step)
        self.model.add(total * (unit // scale) + steps >= int(np.rint(minimum * unit)))

    def maximise_tier(self, amount: Floats) -> float:
        """Maximise a sum of whole amounts (q,) and hold it; return its bound."""
        whole = np.rint(amount).astype(np.int64).tolist()
        total = _weighted(self.pick, whole)
        highest = np.zeros(self.problem.n_mentees)
        np.maximum.at(highest, self.columns.mentee, amount)
        reached = -np.inf if self.chosen is None else amount[self.chosen].sum()
        # Nothing is left to search for where everybody already counts in full.
        bound = highest.sum()
        if reached < bound:
            bound = min(bound, self._solve(total))
        if self.chosen is not None:
            self.model.add(total >= sum(whole[k] for k in self.chosen.tolist()))
        return float(np.floor(bound + 1e-6))

    def maximise_least(self) -> Tier:
        """Maximise the least worth of a portfolio that is not empty, and hold it."""
        scaled, scale = _scaled(self.columns.value)
        top = max(scaled, default=0)
        empty = self.columns.size == 0
        scaled = np.where(empty, top, scaled).tolist()
        least = self.model.new_int_var(min(scaled, default=0), top, "")
        start = np.searchsorted(self.columns.mentee, np.arange(self.problem.n_mentees + 1))
        for a, b in zip(start[:-1].tolist(), start[1:].tolist(), strict=True):
            self.model.add(_weighted(self.pick[a:b], scaled[a:b]) >= least)
        bound = self._solve(least) / scale
        if self.chosen is None:
            return Tier("least", -np.inf, bound)
        worst = min((scaled[k] for k in self.chosen.tolist()), default=0)
        self.model.add(least >= worst)
        held = self.chosen[~empty[self.chosen]]
        level = float(self.columns.value[held].min()) if len(held) else 0.0
        return Tier("least", level, max(level, bound))

    def maximise(self, worth: Floats) -> float:
        """Maximise welfare; return its bound in units of welfare."""
        scaled, scale = _scaled(worth, max((one[3] for one in self.short), default=0.0))
        total = _weighted(self.pick, scaled)
        terms = self.problem.n_mentees
        for missing, most, step, penalty in self.short:
            total = total - missing * round(penalty * scale / step)
            terms += most
        return (self._solve(total) + 0.5 * terms) / scale

    def _solve(self, total: Any) -> float:
        """Maximise a linear expression from the last choice on; return the solver's bound."""
        if self.status and self.chosen is None:
            return np.inf
        if self.chosen is not None and self.run.clock.left == 0:
            self.status = "feasible"
            return np.inf
        self.model.maximize(total)
        self.model.clear_hints()
        if self.chosen is not None:
            for k in self.chosen.tolist():
                self.model.add_hint(self.pick[k], True)
        solver = cp_model.CpSolver()
        # One worker, so that the same input gives the same answer.
        solver.parameters.num_workers = 1
        # The model is all clauses and sums already: presolve takes minutes and finds nothing.
        solver.parameters.cp_model_presolve = False
        solver.parameters.linearization_level = 2
        solver.parameters.random_seed = self.run.settings.seed
        if np.isfinite(self.run.clock.left):
            solver.parameters.max_time_in_seconds = max(LEAST_SECONDS, self.run.clock.left)
        status = solver.solve(self.model)
        self.status = str(solver.status_name(status)).lower()
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            self.chosen = np.flatnonzero([solver.value(pick) for pick in self.pick])
            return float(solver.best_objective_bound)
        return np.inf


def _scaled(worth: Floats, penalty: float = 0.0) -> tuple[list[int], float]:
    """Return integers and the power of two that they and a penalty are to be scaled by."""
    largest = max(penalty, float(np.abs(worth).max(initial=0.0)))
    scale = 2.0 ** (BITS - int(np.ceil(np.log2(largest)))) if largest > 0 else 2.0**BITS
    return np.rint(worth * scale).astype(np.int64).tolist(), scale
