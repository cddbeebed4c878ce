"""The solver's inner models by SciPy and by OR-Tools, on the same models in one run.

    python benchmarks/vendors.py

The first linear master of each instance and the small integer program that took SciPy longest are
kept as they are built, and solved again: SciPy by HiGHS, OR-Tools by GLOP, PDLP, SCIP and CP-SAT,
on one thread and, where whole, to the same relative gap. The last model is the assignment of one
mentor each, by SciPy's shortest paths and by OR-Tools' cost scaling. CPU seconds without building.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
import pandas as pd
from ortools.graph.python.linear_sum_assignment import SimpleLinearSumAssignment
from ortools.linear_solver import pywraplp
from scipy.optimize import linear_sum_assignment

import matcher
from instances import family, ticks
from matcher.solver.rounding.integer_master import IntegerMaster
from singles import timed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from instances import Instance

TARGET = Path(__file__).parent / "results" / "vendors.csv"
LINEAR, WHOLE = ("GLOP", "PDLP"), ("SCIP", "SAT")
GAP, MINUTE = 1e-4, 60_000
BITS = 30


def main() -> None:
    """Measure and write the table."""
    made = family(1000, 500, 0, "plentiful"), family(1000, 500, 0, "contested"), ticks(420, 260)
    rows = [row for instance in made for row in compared(instance)]
    found = pd.DataFrame(rows).round({"seconds": 4, "worth": 5})
    found.to_csv(TARGET, index=False, lineterminator="\n")
    print(found.to_string(index=False))


def compared(instance: Instance) -> list[dict[str, Any]]:
    """Return a row for each solver of each model of an instance."""
    rows: list[dict[str, Any]] = []
    for model, asked in _models(instance).items():
        whole = model == "integer program"
        rows.append(
            {"model": model, "solver": "scipy", "seconds": asked.seconds, "worth": asked.worth}
        )
        for name in WHOLE if whole else LINEAR:
            rows.append({"model": model, **_by_ortools(name, asked, whole=whole)})
    return [{"instance": instance.name, **row} for row in rows + _assignments(instance)]


@dataclass(frozen=True)
class Asked:
    """A model as the solver asked SciPy for it, and what that took."""

    master: IntegerMaster
    columns: NDArray[np.int64]
    left: NDArray[np.float64]
    seconds: float
    worth: float


def _models(instance: Instance) -> dict[str, Asked]:
    """Return the first linear master of a solve, and the slowest of its integer programs."""
    kept: dict[str, Asked] = {}
    shares, choose = IntegerMaster.shares, IntegerMaster.choose

    def linear(self: IntegerMaster, columns: Any, left: Any, **more: Any) -> Any:
        seconds, share = timed(lambda: shares(self, columns, left, **more))
        if share is not None:
            worth = float(self.pool.worth[columns] @ share)
            kept.setdefault("linear master", Asked(self, columns, left, seconds, worth))
        return share

    def whole(self: IntegerMaster, columns: Any, left: Any = None, **more: Any) -> Any:
        seconds, found = timed(lambda: choose(self, columns, left, **more | {"gap": GAP}))
        before = kept.get("integer program")
        if found is not None and left is not None and (not before or seconds > before.seconds):
            worth = float(self.pool.worth[found.columns].sum())
            kept["integer program"] = Asked(self, columns, left, seconds, worth)
        return found

    with (
        patch.object(IntegerMaster, "shares", linear),
        patch.object(IntegerMaster, "choose", whole),
    ):
        matcher.solve(**instance.arguments(), method="portfolio", gap=1e-5)
    return kept


def _by_ortools(name: str, asked: Asked, *, whole: bool) -> dict[str, Any]:
    """Return seconds and worth of the same model by one of OR-Tools' solvers."""
    model = asked.master.model(asked.columns, asked.left)
    solver = pywraplp.Solver.CreateSolver(name)
    make = solver.BoolVar if whole else (lambda text: solver.NumVar(0.0, 1.0, text))
    variables = [make("") for _ in range(model.columns)]
    matrix = model.matrix
    for r in range(matrix.shape[0]):
        row = solver.RowConstraint(float(model.lower[r]), float(model.upper[r]), "")
        for k in range(matrix.indptr[r], matrix.indptr[r + 1]):
            row.SetCoefficient(variables[matrix.indices[k]], float(matrix.data[k]))
    for variable, cost in zip(variables, model.cost.tolist(), strict=False):
        solver.Objective().SetCoefficient(variable, -cost)
    solver.Objective().SetMaximization()
    solver.SetTimeLimit(MINUTE)
    solver.SetNumThreads(1)
    parameters = pywraplp.MPSolverParameters()
    parameters.SetDoubleParam(pywraplp.MPSolverParameters.RELATIVE_MIP_GAP, GAP)
    seconds, status = timed(lambda: solver.Solve(parameters))
    found = status in (pywraplp.Solver.OPTIMAL, pywraplp.Solver.FEASIBLE)
    worth = solver.Objective().Value() if found else float("nan")
    return {"solver": f"ortools {name}", "seconds": seconds, "worth": worth}


def _assignments(instance: Instance) -> list[dict[str, Any]]:
    """Return the assignment of one mentor each by both, one column a place."""
    worth = instance.scores + instance.needs @ instance.offers.T
    wide = np.repeat(worth, np.minimum(instance.capacity, len(worth)), axis=1)
    # As many columns as rows at least: OR-Tools assigns squares.
    size = max(wide.shape)
    square = np.zeros((size, size))
    square[: wide.shape[0], : wide.shape[1]] = wide
    seconds, (row, column) = timed(lambda: linear_sum_assignment(square, maximize=True))
    rows = [{"solver": "scipy", "seconds": seconds, "worth": float(square[row, column].sum())}]
    cost = -np.rint(square / square.max() * 2**BITS).astype(np.int64)
    solver = SimpleLinearSumAssignment()
    left, right = np.divmod(np.arange(size * size), size)
    solver.add_arcs_with_cost(left.astype(np.int32), right.astype(np.int32), cost.ravel())
    seconds, _ = timed(solver.solve)
    mates = np.array([solver.right_mate(i) for i in range(size)])
    total = float(square[np.arange(size), mates].sum())
    rows.append({"solver": "ortools assignment", "seconds": seconds, "worth": total})
    return [{"model": "assignment", **row} for row in rows]


if __name__ == "__main__":
    main()
