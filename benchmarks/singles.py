"""One mentor each with coverage, beside scipy's assignment of the same values, in one run.

    python benchmarks/singles.py

CPU seconds of ``matcher.solve`` with limit 1, which ends with a proof, and of
``scipy.optimize.linear_sum_assignment`` on the ready matrix of what each mentor alone is worth, one
column a place; the two take turns, and the least time of each counts. Both find the same optimum.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

import matcher
from instances import Places, family

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZES = ((200, 100, 15), (1000, 500, 7), (5000, 2500, 2))
"""Mentees, mentors and how often each is run."""
PLACES: tuple[Places, ...] = ("scarce", "contested", "plentiful")
TARGET = Path(__file__).parent / "results" / "singles.csv"


def main() -> None:
    """Measure and write the table."""
    rows = [measured(*size, places) for size in SIZES for places in PLACES]
    found = pd.DataFrame(rows)
    found.to_csv(TARGET, index=False, lineterminator="\n")
    print(found.to_string(index=False))


def measured(n: int, m: int, times: int, places: Places) -> dict[str, object]:
    """Return the CPU seconds of both on one instance, and that they agree."""
    instance = family(n, m, 0, places)
    arguments = {**instance.arguments(), "limit": np.ones(n, dtype=np.int64)}
    worth = arguments["scores"] + instance.needs @ instance.offers.T
    wide = np.repeat(worth, np.minimum(instance.capacity, n), axis=1)
    ours, theirs = [], []
    for _ in range(times):
        seconds, solution = timed(lambda: matcher.solve(**arguments))
        ours.append(seconds)
        seconds, optimum = timed(lambda: _assigned(wide))
        theirs.append(seconds)
    if abs(solution.objective - optimum) > 1e-6:
        raise RuntimeError(f"{solution.objective} is not scipy's {optimum}")
    return {
        "mentees": n,
        "mentors": m,
        "places": places,
        "ours": round(min(ours), 4),
        "scipy": round(min(theirs), 4),
        "ratio": round(min(ours) / min(theirs), 3),
        "gap": f"{solution.gap:.1e}",
    }


def _assigned(wide: NDArray[np.float64]) -> float:
    """Return scipy's optimum; everything here is worth more than nothing."""
    return float(wide[linear_sum_assignment(wide, maximize=True)].sum())


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the CPU seconds that work took, and its answer."""
    start = time.process_time()
    answer = work()
    return time.process_time() - start, answer


if __name__ == "__main__":
    main()
