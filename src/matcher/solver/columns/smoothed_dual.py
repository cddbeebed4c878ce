"""The smoothed dual: prices from the columns known so far.

Each mentee's maximum over columns is replaced by a soft maximum with temperature eps; the smooth
convex function of the duals is minimised by L-BFGS-B. Its gradient is the right-hand side less
the expected use, and the soft choice is nearly a solution of the linear master problem.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, OptimizeResult, minimize

from matcher.problem.problem import Floats
from matcher.solver.limits import one_blas_thread
from matcher.solver.model.column_pool import ColumnPool
from matcher.solver.model.linking_rows import LARGEST_DUAL, Rows


@dataclass(frozen=True)
class Fit:
    """Duals fitted to a pool at one temperature."""

    y: Floats
    share: Floats
    """(q,) soft choice of each column, summing to 1 a mentee."""
    evaluations: int
    is_unbounded: bool
    """Whether the dual fell below what any choice of known columns is worth: none keeps the rows,
    and `y` is along a direction in which the dual over them falls without end."""


def fit(
    pool: ColumnPool,
    rows: Rows,
    y: Floats,
    eps: float,
    *,
    iterations: int = 60,
    tolerance: float = 1e-12,
) -> Fit:
    """Minimise the smoothed dual from `y` on, until a step gains less than a share `tolerance`.

    No choice of columns is worth less than the sum of each mentee's least less all penalties, so
    that by weak duality there is none once the dual is lower, here by a temperature a mentee.
    Without this test the method would walk on until numbers overflow.
    """
    starts = np.flatnonzero(np.diff(pool.mentee, prepend=-1))
    lengths = np.diff(np.append(starts, len(pool)))
    transposed = pool.use.T.tocsr()
    scale = max(1.0, float(len(starts)))
    penalties = float(rows.penalty @ rows.rhs)
    lowest = float(np.minimum.reduceat(pool.worth, starts).sum() - penalties) - eps * scale

    def soft(y: Floats) -> tuple[float, Floats]:
        reduced = pool.reduced(y)
        highest = np.maximum.reduceat(reduced, starts)
        weight = np.exp((reduced - np.repeat(highest, lengths)) / eps)
        total = np.add.reduceat(weight, starts)
        return float((highest + eps * np.log(total)).sum()), weight / np.repeat(total, lengths)

    def objective(y: Floats) -> tuple[float, Floats]:
        value, share = soft(y)
        gradient = rows.rhs - transposed @ share
        return (float(rows.rhs @ y) + value) / scale, gradient / scale

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
    return Fit(y, soft(y)[1], int(result.nfev), value < lowest)
