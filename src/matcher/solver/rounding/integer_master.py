"""The integer master over some columns: one portfolio a mentee, within what rows have left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from matcher.problem.problem import Floats, Ints
from matcher.solver.model.column_pool import ColumnPool
from matcher.solver.model.linking_rows import Rows

FEASIBLE = 1e-6
"""Slack that a row may lack through rounding in the solver; re-checked with exact use."""


@dataclass(frozen=True)
class ColumnChoice:
    """A choice of columns by the integer master."""

    columns: Ints
    """One column a mentee, in the order of mentees."""
    bound: float
    """Upper bound on the objective over these columns."""
    proved: bool


@dataclass(frozen=True)
class _Model:
    """The master over some columns as a linear program: minimise cost, lower <= A x <= upper."""

    cost: Floats
    """Minus each column's worth, then the penalty of each soft row's shortfall."""
    matrix: sparse.csr_array
    """First one row a mentee, which chooses one column; then the linking rows they touch."""
    lower: Floats
    upper: Floats
    mentees: int
    columns: int

    @classmethod
    def of(
        cls, pool: ColumnPool, rows: Rows, columns: Ints, left: Floats, objective: Floats | None
    ) -> _Model:
        """Build the master; see `IntegerMaster.choose` for the parameters."""
        worth = pool.worth[columns] if objective is None else objective
        use, count = pool.use[columns], len(columns)
        mentee, group = np.unique(pool.mentee[columns], return_inverse=True)
        shape = (len(mentee), count)
        one = sparse.csr_array((np.ones(count), (group, np.arange(count))), shape=shape)
        touched = np.zeros(rows.count, dtype=bool)
        touched[use.indices] = True
        soft = np.flatnonzero(rows.penalty)
        # Rows without any of these columns still bind tiers; others cannot be broken by them.
        touched |= rows.high == 0
        # Half a pair that is held already needs its other half among these columns.
        touched |= rows.is_equal & (left != 0)
        touched[soft] = False
        hard = np.flatnonzero(touched)
        low = np.where(rows.low[hard] < 0, left[hard], -np.inf)
        high = np.where(rows.high[hard] > 0, left[hard], np.inf)
        matrix: list[list[Any]] = [[one, sparse.csr_array((len(mentee), len(soft)))]]
        matrix.append([use[:, hard].T, sparse.csr_array((len(hard), len(soft)))])
        if len(soft):
            matrix.append([use[:, soft].T, sparse.eye_array(len(soft))])
        ones = np.ones(len(mentee))
        return cls(
            np.concatenate([-worth, rows.penalty[soft]]),
            sparse.csr_array(sparse.block_array(matrix, format="csr")),
            np.concatenate([ones, low - FEASIBLE, left[soft]]),
            np.concatenate([ones, high + FEASIBLE, np.full(len(soft), np.inf)]),
            len(mentee),
            count,
        )

    @property
    def slacks(self) -> int:
        """Number of soft rows."""
        return len(self.cost) - self.columns


@dataclass(frozen=True)
class IntegerMaster:
    """The choice of one column a mentee from a pool, within the rows."""

    pool: ColumnPool
    rows: Rows

    def worth(self, columns: Ints) -> float:
        """Return the welfare of chosen columns, shortfall penalties included."""
        total, rows = float(self.pool.worth[columns].sum()), self.rows
        soft = np.flatnonzero(rows.penalty)
        if len(soft):
            missing = np.maximum(0.0, rows.rhs[soft] - self.pool.use_of(columns)[soft])
            total -= float(rows.penalty[soft] @ missing)
        return total

    def keeps_rows(self, columns: Ints) -> bool:
        """Whether chosen columns keep every row."""
        return self.rows.keeps(self.pool.use_of(columns))

    def choose(
        self,
        columns: Ints,
        left: Floats | None = None,
        *,
        objective: Floats | None = None,
        seconds: float = 10.0,
        gap: float = 1e-6,
    ) -> ColumnChoice | None:
        """Choose one of `columns` for each mentee that has any; None where none is found.

        Parameters
        ----------
        columns
            (c,) positions in the pool, sorted by mentee.
        left
            (R,) right-hand sides less the use of mentees who are not part of the choice; None: all.
        objective
            (c,) value of each column; its worth by default. Shortfall of a mentor's minimum is
            charged.
        seconds
            Most time it may take.
        gap
            Relative gap at which the choice is good enough.
        """
        left = self.rows.rhs if left is None else left
        model = _Model.of(self.pool, self.rows, columns, left, objective)
        binary, soft = np.ones(model.columns), np.zeros(model.slacks)
        result = milp(
            model.cost,
            constraints=LinearConstraint(model.matrix, model.lower, model.upper),
            integrality=np.concatenate([binary, soft]),
            bounds=Bounds(np.zeros(len(model.cost)), np.concatenate([binary, soft + np.inf])),
            options={"time_limit": max(seconds, 0.05), "mip_rel_gap": gap},
        )
        if result.x is None:
            return None
        chosen = np.flatnonzero(result.x[: model.columns] > 0.5)
        if len(chosen) != model.mentees:
            return None
        dual = result.mip_dual_bound
        bound = np.inf if dual is None else -float(dual)
        return ColumnChoice(columns[chosen], bound, result.status == 0)

    def shares(self, columns: Ints, left: Floats, *, seconds: float) -> Floats | None:
        """Return the share of each column in a vertex of the linear master: (c,).

        None where there is none in time; parameters as in `choose`. By the interior-point method
        with crossover, which is many times faster here than the simplex method. Crossover matters:
        a vertex has few columns that are not whole, an interior point has hardly any that are.
        """
        model = _Model.of(self.pool, self.rows, columns, left, None)
        equal = model.lower == model.upper
        below, above = np.isfinite(model.upper) & ~equal, np.isfinite(model.lower) & ~equal
        matrix = model.matrix
        result = linprog(
            model.cost,
            A_ub=sparse.vstack([matrix[below], -matrix[above]], format="csr"),
            b_ub=np.concatenate([model.upper[below], -model.lower[above]]),
            A_eq=matrix[equal],
            b_eq=model.upper[equal],
            method="highs-ipm",
            options={"time_limit": max(seconds, 0.05)},
        )
        # Some ends without an optimum hand a point over all the same.
        if result.status != 0 or result.x is None:
            return None
        return np.asarray(result.x[: model.columns])
