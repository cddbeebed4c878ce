"""The solver's goals as they are met: ``python benchmarks/goals.py [--only NAME]``.

CPU seconds (`os.times`, all threads) and gap of ``matcher.solve`` on each case of the goals, the
least of as many runs as are worth it; where a case stands for several seeds, the worst of them.
Cases stand in ``results/goals.csv`` as they were measured; what is left out keeps its last figures.
Small ones beside scipy are ``singles.py``.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import matcher
from instances import Instance, family, ticks, typed

TARGET = Path(__file__).parent / "results" / "goals.csv"


@dataclass(frozen=True)
class Case:
    """One row of the goals."""

    name: str
    goal: float
    """CPU seconds."""
    mentees: int
    draw: Callable[[int], Instance]
    seeds: tuple[int, ...] = (0,)
    gap: float = 5e-4
    times: int = 3


def _family(n: int, places: Any) -> Callable[[int], Instance]:
    return lambda seed: family(n, n // 2, seed, places)


CASES = (
    Case("all mentors equal, 1000 x 500, two each", 1.5, 1000, lambda s: typed(1000, 500, 1, s)),
    Case("20 types of mentor, 1000 x 500, two each", 2.0, 1000, lambda s: typed(1000, 500, 20, s)),
    Case("scarce, 200 x 100", 0.1, 200, _family(200, "scarce"), times=5),
    Case("scarce, 1000 x 500", 0.5, 1000, _family(1000, "scarce")),
    Case("scarce, 5000 x 2500", 4.0, 5000, _family(5000, "scarce"), times=1),
    Case("plentiful, 1000 x 500", 1.0, 1000, _family(1000, "plentiful"), (0, 1, 2), times=1),
    Case("plentiful, 5000 x 2500", 7.0, 5000, _family(5000, "plentiful"), (0, 1, 2), times=1),
    Case("ticks, 420 x 260", 3.0, 420, lambda s: ticks(420, 260, s), tuple(range(10)), 2e-4, 1),
)


def main() -> int:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--largest", type=int, default=5000, help="most mentees")
    parser.add_argument("--only", default="", help="what the names of cases begin with")
    asked = parser.parse_args()
    known = pd.read_csv(TARGET).to_dict("records") if TARGET.is_file() else []
    rows = {row["case"]: row for row in known}
    matcher.solve(**family(20, 10).arguments())  # a warm process
    for case in CASES:
        if case.mentees <= asked.largest and case.name.startswith(asked.only):
            rows[case.name] = _measured(case)
            print(*rows[case.name].values(), sep="  ", flush=True)
            found = pd.DataFrame([rows[one.name] for one in CASES if one.name in rows])
            found.to_csv(TARGET, index=False, lineterminator="\n")
    return 0


def _measured(case: Case) -> dict[str, object]:
    """Return the worst seed's least CPU seconds, and the worst gap."""
    spent, gaps = [], []
    for seed in case.seeds:
        arguments, seconds = case.draw(seed).arguments(), []
        for _ in range(case.times):
            before = _cpu()
            solution = matcher.solve(**arguments, gap=case.gap)
            seconds.append(_cpu() - before)
        spent.append(min(seconds))
        gaps.append(solution.gap)
    return {
        "case": case.name,
        "cpu_seconds": round(max(spent), 3),
        "goal": case.goal,
        "gap": f"{100 * np.max(gaps):.4f} %",
        "gap_asked": f"{100 * case.gap:g} %",
        "seeds": len(case.seeds),
    }


def _cpu() -> float:
    used = os.times()
    return used.user + used.system


if __name__ == "__main__":
    sys.exit(main())
