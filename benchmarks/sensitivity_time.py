"""How long the re-solves of ``tune sensitivity`` take, from known duals and from nothing.

    python benchmarks/sensitivity_time.py

Cohorts of 200 mentees and 100 mentors, with few places and with many. Every value of the config
that is not 0 is multiplied by .5, .75, 1.25 and 1.5, and each problem is solved as
``tune sensitivity`` solves it, then without a start. Writes
``benchmarks/results/sensitivity_time.csv``; times depend on the machine, so the calibration kernel
stands beside them.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from calibration import calibrate
from matcher.config import Config
from matcher.intake.read import read_cohort
from matcher.lab.synthetic import FAMILIES, draw_cohort, write_cohort
from matcher.pipeline import Instance, build
from matcher.tune.sensitivity import solve_variant, variants, vary

if TYPE_CHECKING:
    from matcher.solver.solution import Solution

ROOT = Path(__file__).parents[1]
SIZE = {"mentees": 200, "mentors": 100}
PLACES = ("scarce", "plentiful")


def instance_of(places: str) -> Instance:
    """Return a cohort of the size asked for as a problem."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / places
        write_cohort(draw_cohort(replace(FAMILIES[places], **SIZE), 0).tables, home)
        config = Config()
        return build(read_cohort(home, config), config)


def resolve_all(instance: Instance, start: Solution | None) -> tuple[int, float, float, float]:
    """Return how many problems were solved, wall and processor seconds, and the largest gap."""
    changed = [v.config for v in variants(instance.config) if not v.is_same]
    wall, cpu, worst = time.perf_counter(), time.process_time(), 0.0
    for config in changed:
        worst = max(worst, solve_variant(vary(instance, config), start).gap)
    return len(changed), time.perf_counter() - wall, time.process_time() - cpu, worst


def main() -> None:
    """Measure and write the table."""
    rows = []
    unit = calibrate()
    for places in PLACES:
        instance = instance_of(places)
        base = solve_variant(instance)
        for name, start in (("warm", base), ("cold", None)):
            count, wall, cpu, gap = resolve_all(instance, start)
            rows.append((places, name, count, wall, cpu, 40 * wall / count, gap, unit))
    columns = ["places", "start", "solved", "seconds", "cpu_seconds", "seconds_for_40"]
    table = pd.DataFrame(rows, columns=[*columns, "largest_gap", "calibration_seconds"])
    path = ROOT / "benchmarks/results/sensitivity_time.csv"
    table.to_csv(path, index=False, lineterminator="\n", float_format="%.6g")
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()
