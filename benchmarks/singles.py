"""One mentor each with coverage, beside exact assignment and linear programs, in one run.

    python benchmarks/singles.py [--largest 5000]

CPU seconds of ``matcher.solve`` with limit 1, which ends with a proof, and of its rivals on the
ready matrix of what each mentor alone is worth, one column a place: scipy's assignment, lapx's
``lapjvr`` (where ``pip install lapx`` did), LEMON's network simplex (where Debian's
``liblemon-utils`` put ``dimacs-solver``; its own time, without reading) and OR-Tools' PDLP on the
linear program, to a relative 1e-6. They take turns, the least time of each counts, and whoever is
exact finds the same optimum. Empty: not installed, not tried at that size, or not there in time.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_matrix

import matcher
from instances import Places, family

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

SIZES = ((200, 100, 15), (1000, 500, 7), (5000, 2500, 2))
"""Mentees, mentors and how often each is run."""
PLACES: tuple[Places, ...] = ("scarce", "contested", "plentiful")
MOST_ARCS = 1_000_000
"""Pairs up to which the text that LEMON reads is written, and PDLP is tried."""
UNIT = 1e-7
"""Of the whole numbers that LEMON counts in."""
TARGET = Path(__file__).parent / "results" / "singles.csv"


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--largest", type=int, default=5000, help="most mentees")
    largest = parser.parse_args().largest
    rows = [measured(*size, places) for size in SIZES if size[0] <= largest for places in PLACES]
    found = pd.DataFrame(rows)
    found.to_csv(TARGET, index=False, lineterminator="\n")
    print(found.to_string(index=False))


def measured(n: int, m: int, times: int, places: Places) -> dict[str, object]:
    """Return the CPU seconds of everybody on one instance, and that the exact ones agree."""
    instance = family(n, m, 0, places)
    arguments = {**instance.arguments(), "limit": np.ones(n, dtype=np.int64)}
    worth = arguments["scores"] + instance.needs @ instance.offers.T
    capacity = np.minimum(instance.capacity, n)
    wide = np.repeat(worth, capacity, axis=1)
    least = {"ours": np.inf, "scipy": np.inf, "lapjvr": np.inf}
    for _ in range(times):
        seconds, solution = timed(lambda: matcher.solve(**arguments))
        least["ours"] = min(least["ours"], seconds)
        for name, rival in (("scipy", _assigned), ("lapjvr", _lapjvr)):
            seconds, optimum = timed(lambda rival=rival: rival(wide))
            _same(name, optimum, solution.objective)
            least[name] = min(least[name], seconds) if optimum is not None else np.nan
    few = worth.size <= MOST_ARCS
    for name, alone in (("lemon", _lemon), ("pdlp", _pdlp)):
        seconds, optimum = alone(worth, capacity) if few else (np.nan, None)
        _same(name, optimum, solution.objective, 1e-4)
        least[name] = seconds
    return {
        "mentees": n,
        "mentors": m,
        "places": places,
        **{name: round(seconds, 4) for name, seconds in least.items()},
        "ratio": round(least["ours"] / least["scipy"], 3),
        "gap": f"{solution.gap:.1e}",
    }


def _same(name: str, optimum: float | None, ours: float, within: float = 1e-6) -> None:
    if optimum is not None and abs(ours - optimum) > within * max(1.0, abs(ours)):
        raise RuntimeError(f"{ours} is not what {name} finds: {optimum}")


def _assigned(wide: Floats) -> float:
    """Return scipy's optimum; everything here is worth more than nothing."""
    return float(wide[linear_sum_assignment(wide, maximize=True)].sum())


def _lapjvr(wide: Floats) -> float | None:
    if find_spec("lap") is None:
        return None
    import lap

    # Its rows are to be no more than its columns.
    lying = wide.shape[0] > wide.shape[1]
    cost = np.ascontiguousarray(-wide.T if lying else -wide)
    rows, columns = lap.lapjvr(cost, extend_cost=True, return_cost=False)
    return float(-cost[rows, columns].sum())


def _lemon(worth: Floats, capacity: Ints) -> tuple[float, float | None]:
    """Return LEMON's CPU seconds and optimum of the flow in which somebody may stay without."""
    solver = shutil.which("dimacs-solver")
    if solver is None:
        return np.nan, None
    (n, m), sink = worth.shape, sum(worth.shape) + 1
    i, j = (part.ravel() for part in np.indices(worth.shape))
    cost = -np.rint(worth / UNIT).astype(np.int64).ravel()
    with tempfile.TemporaryDirectory() as work:
        file = Path(work) / "flow.min"
        with file.open("w") as out:
            out.write(f"p min {sink} {n * m + n + m}\n")
            out.writelines(f"n {k + 1} 1\n" for k in range(n))
            out.write(f"n {sink} {-n}\n")
            arcs = zip(i.tolist(), j.tolist(), cost.tolist(), strict=True)
            out.writelines(f"a {a + 1} {n + b + 1} 0 1 {c}\n" for a, b, c in arcs)
            out.writelines(f"a {a + 1} {sink} 0 1 0\n" for a in range(n))
            places = enumerate(capacity.tolist())
            out.writelines(f"a {n + b + 1} {sink} 0 {room} 0\n" for b, room in places)
        command = [solver, "-long", str(file), str(Path(work) / "answer")]
        said = subprocess.run(command, capture_output=True, text=True, check=True)
    text = said.stdout + said.stderr
    seconds = re.search(r"Run NetworkSimplex: u: ([\d.]+)s", text)
    value = re.search(r"Min flow cost: (-?\d+)", text)
    if seconds is None or value is None:
        raise RuntimeError(f"LEMON says something else: {text[:400]}")
    return float(seconds[1]), -float(value[1]) * UNIT


def _pdlp(worth: Floats, capacity: Ints) -> tuple[float, float]:
    """Return PDLP's CPU seconds and the value of the linear program; no pairs, no proof."""
    from ortools.pdlp import solve_log_pb2, solvers_pb2
    from ortools.pdlp.python import pdlp

    (n, m), pairs = worth.shape, worth.size
    pair, one = np.arange(pairs), np.ones(2 * pairs)
    row = np.concatenate([pair // m, n + pair % m])
    program = pdlp.QuadraticProgram()
    program.objective_vector = -worth.ravel()
    program.constraint_matrix = csr_matrix((one, (row, np.tile(pair, 2))), (n + m, pairs))
    program.constraint_lower_bounds = np.full(n + m, -np.inf)
    program.constraint_upper_bounds = np.concatenate([np.ones(n), capacity.astype(np.float64)])
    program.variable_lower_bounds = np.zeros(pairs)
    program.variable_upper_bounds = np.ones(pairs)
    asked = solvers_pb2.PrimalDualHybridGradientParams()
    goal = asked.termination_criteria.simple_optimality_criteria
    goal.eps_optimal_relative, goal.eps_optimal_absolute = 1e-6, 1e-6
    asked.termination_criteria.time_sec_limit = 120
    seconds, found = timed(lambda: pdlp.primal_dual_hybrid_gradient(program, asked))
    reached = found.solve_log.termination_reason == solve_log_pb2.TERMINATION_REASON_OPTIMAL
    return (seconds if reached else np.nan), float(found.primal_solution @ worth.ravel())


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the CPU seconds that work took, and its answer."""
    start = time.process_time()
    answer = work()
    return time.process_time() - start, answer


if __name__ == "__main__":
    main()
