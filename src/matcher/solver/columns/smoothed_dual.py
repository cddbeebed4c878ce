"""The smoothed dual: prices from the columns known so far.

Each mentee's maximum over columns is replaced by a soft maximum with temperature eps; the smooth
convex function of the duals is minimised by L-BFGS-B. Its gradient is the right-hand side less
the expected use, and the soft choice is nearly a solution of the linear master problem.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, OptimizeResult, minimize

from matcher.problem.problem import Floats, Ints, Problem
from matcher.problem.rules.rule import SLACK
from matcher.problem.value import forced_assignment, gather_items, summed
from matcher.solver.limits import one_blas_thread
from matcher.solver.model.column_pool import ColumnPool
from matcher.solver.model.linking_rows import LARGEST_DUAL, Rows


@dataclass(frozen=True)
class Schedule:
    """Temperatures of the smoothed dual, in units of the mean worth of a mentee's portfolio."""

    first: float = 0.05
    last: float = 2e-5
    tight: float = 4.0
    """Multiple of `last` that is low enough once the bound is tight."""
    factor: float = 0.3
    settled: float = 0.3
    """The temperature falls once fewer new columns than this share of the mentees come,"""
    still: float = 1.0
    """or once a round moves the dual value by less than this share of a temperature a mentee."""
    roughly: float = 1e-6
    """Share that a step of the fit must gain before the exact rounds."""
    warm_last: float = 0.001
    """The temperature falls to below this before the first exact round: at a higher one that finds
    no bound worth having, and takes longer."""
    warm_rounds: int = 24
    inner_rounds: int = 1
    """Further pricing rounds among the same candidates while many new columns come."""
    exact_rounds: int = 40
    sampled: int = 2000
    """Mentees from which a sample is solved first."""
    sample: float = 0.125
    """Share of the mentees that a sample holds."""
    sample_last: float = 0.01
    """Temperature at which a sample ends."""
    after_sample: float = 0.015
    """Temperature at which the full problem starts after one."""
    steps: int = 6
    """Subgradient steps that tighten the multipliers of the screen in a round."""
    first_steps: int = 30
    """The same before the first exact scan, whose cost hangs on them."""
    keep: float = 4.0
    """Columns within this many temperatures of the best are kept,"""
    most: int = 12
    """and of those of one round so many a mentee."""


@dataclass(frozen=True)
class Fit:
    """Duals fitted to a pool at one temperature."""

    y: Floats
    share: Floats
    """(q,) soft choice of each column, summing to 1 a mentee."""
    is_unbounded: bool
    """Whether the dual fell below what any choice of known columns is worth: none keeps the rows,
    and `y` is along a direction in which the dual over them falls without end."""


def fit(
    pool: ColumnPool,
    rows: Rows,
    y: Floats,
    eps: float,
    *,
    left: Floats | None = None,
    iterations: int = 60,
    tolerance: float = 1e-12,
) -> Fit:
    """Minimise the smoothed dual from `y` on, until a step gains less than a share `tolerance`.

    The pool may be of some mentees only, for whom the others have `left` so much of each row (R,).
    No choice of columns is worth less than the sum of each mentee's least less all penalties, so
    that by weak duality there is none once the dual is lower, here by a temperature a mentee.
    Without this test the method would walk on until numbers overflow.
    """
    starts = np.flatnonzero(np.diff(pool.mentee, prepend=-1))
    lengths = np.diff(np.append(starts, len(pool)))
    transposed = pool.use.T.tocsr()
    rhs = rows.rhs if left is None else left
    scale = max(1.0, float(len(starts)))
    penalties = float(rows.penalty @ np.maximum(rhs, 0.0))
    lowest = float(np.minimum.reduceat(pool.worth, starts).sum() - penalties) - eps * scale

    def soft(y: Floats) -> tuple[float, Floats]:
        reduced = pool.reduced(y)
        highest = np.maximum.reduceat(reduced, starts)
        weight = np.exp((reduced - np.repeat(highest, lengths)) / eps)
        total = np.add.reduceat(weight, starts)
        return float((highest + eps * np.log(total)).sum()), weight / np.repeat(total, lengths)

    def objective(y: Floats) -> tuple[float, Floats]:
        value, share = soft(y)
        return (float(rhs @ y) + value) / scale, (rhs - transposed @ share) / scale

    def stop_below(intermediate_result: OptimizeResult) -> None:
        far = np.abs(intermediate_result.x).max(initial=0.0) > LARGEST_DUAL
        if far or intermediate_result.fun * scale < lowest:
            raise StopIteration

    start = rows.within_range(y)
    # Few iterations are enough while columns are missing: the next ones move the minimum more than
    # a closer fit would. `gtol` is left to be so small that `tolerance` ends the fit.
    # Its matrices are a few dozen wide: waking BLAS threads for each costs 20 times the work.
    with one_blas_thread():
        result = minimize(
            objective,
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=Bounds(rows.low, rows.high),
            options={"maxiter": iterations, "maxcor": 20, "ftol": tolerance, "gtol": 1e-9},
            callback=stop_below,
        )
    y, value = result.x, float(result.fun) * scale
    enough = lowest - eps * scale
    if value < enough:
        # The last step may have been far too long: the dual is convex, so a part of it will do.
        before = objective(start)[0] * scale
        part = (before - enough) / (before - value) if before > enough else 0.0
        y = start + part * (y - start)
    y = rows.within_range(y)
    return Fit(y, soft(y)[1], value < lowest)


@dataclass(frozen=True)
class ForcedPlaces:
    """Mentors without a place that is not forced, and what the forced pairs take of each."""

    mentor: Ints
    """(k,)"""
    taken: sparse.csr_array
    """(n, k) load of each mentee's forced items."""

    @classmethod
    def of(cls, problem: Problem) -> Self:
        """Find the mentors whose capacity the forced pairs take."""
        forced = forced_assignment(problem)
        load = gather_items(problem, forced).load
        mentee, mentor = forced.pairs[:, 0], forced.pairs[:, 1]
        use = summed(mentor, load, problem.n_mentors)
        full = np.flatnonzero((use > 0) & (problem.capacity - use <= SLACK))
        inside = np.isin(mentor, full)
        at = (mentee[inside], np.searchsorted(full, mentor[inside]))
        shape = (problem.n_mentees, len(full))
        return cls(full, sparse.csr_array((load[inside], at), shape=shape))

    def lowered(self, y: Floats, pool: ColumnPool, rows: Rows) -> Floats:
        """Return duals at which no column that takes more of these mentors is anybody's best.

        They are lowered only, each as if it alone kept a column away.
        """
        if not len(self.mentor):
            return y
        at = rows.spans["capacity"].start + self.mentor
        use = pool.use[:, at]
        extra = sparse.coo_array(use - self.taken[pool.mentee])
        free = pool.reduced(y) + use @ y[at]
        is_more = np.zeros(len(pool), dtype=bool)
        is_more[extra.row[extra.data > SLACK]] = True
        best = np.full(rows.problem.n_mentees, -np.inf)
        np.maximum.at(best, pool.mentee[~is_more], free[~is_more])
        known = (extra.data > SLACK) & np.isfinite(best[pool.mentee[extra.row]])
        column, which = extra.row[known], extra.col[known]
        least = np.zeros(len(at))
        wanted = (free[column] - best[pool.mentee[column]]) / extra.data[known]
        np.maximum.at(least, which, wanted)
        lower = y.copy()
        lower[at] = np.minimum(y[at], least)
        return lower
