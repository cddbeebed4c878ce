"""One machine beside a Dask cluster: ``python benchmarks/cluster.py [--sizes 2000x1000 ...]``.

Starts two worker processes of one thread each on this machine and solves the same instances by two
threads and by the workers, in blocks of the same size. What matters is that the answers are the
same and what travels; on one machine both share the same cores. The traffic of a scan goes to
``benchmarks/results/cluster-<date>.json`` with the times.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from calibration import calibrate
from instances import Instance, family
from matcher.problem.problem import Problem
from matcher.solver.dispatch import solve_problem
from matcher.solver.score_sources import ArrayScores, Bans, ComputedMatrix
from matcher.solver.settings import SolverSettings

RESULTS = Path(__file__).parent / "results"
SIZES = ("1000x500", "2000x1000", "5000x2500")
WORKERS = 2
BLOCKS = 16
"""Blocks that the mentees are cut into, so that two workers have enough of them."""
GAP = 5e-4
LONGEST = 2400.0


def main() -> int:
    """Solve every size both ways and write what was measured; 1 if any answer differs."""
    from distributed import LocalCluster

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", nargs="+", default=SIZES, metavar="NxM")
    parser.add_argument("--output", type=Path, default=None, help="JSON file to write")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    records, calibration = [], calibrate()
    with LocalCluster(
        n_workers=WORKERS, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        address = cluster.scheduler_address
        _solve(family(200, 100), executor="dask", scheduler=address)  # imports of the workers
        for size in options.sizes:
            n, m = map(int, size.split("x"))
            records.append(compare(family(n, m), address))
            print(_line(records[-1]), flush=True)
    path = _write(records, calibration, options.output)
    print(f"written to {path}")
    return 0 if all(record["same_pairs"] for record in records) else 1


def compare(instance: Instance, scheduler: str) -> dict[str, Any]:
    """Solve an instance by threads and by workers; return times, traffic and whether they agree."""
    alone, alone_seconds = _solve(instance, threads=WORKERS)
    apart, seconds = _solve(instance, threads=WORKERS, executor="dask", scheduler=scheduler)
    moved = {name: apart.statistics[name] for name in apart.statistics if name != "columns"}
    return {
        "instance": instance.name,
        "mentees": len(instance.needs),
        "mentors": len(instance.offers),
        "workers": WORKERS,
        "blocks": BLOCKS,
        "threads_seconds": alone_seconds,
        "cluster_seconds": seconds,
        "same_pairs": bool(np.array_equal(alone.pairs, apart.pairs)),
        "same_bound": alone.bounds.dual == apart.bounds.dual,
        "gap": apart.gap,
        **moved,
    }


def _solve(instance: Instance, **how: Any) -> tuple[Any, float]:
    n, m = instance.relations.shape
    bans = Bans.of(np.empty((0, 2), dtype=np.int64), n)
    scores = ArrayScores(ComputedMatrix(instance.relations, "scores", -np.inf), None, bans)
    problem = Problem(
        scores,
        instance.capacity.astype(np.float64),
        instance.limit,
        needs=instance.needs,
        offers=instance.offers,
    )
    start = time.perf_counter()
    # The scores come from BLAS, whose last bit depends on its threads; Dask's workers have one.
    with threadpool_limits(1, user_api="blas"):
        settings = SolverSettings(
            gap=GAP, time_limit=LONGEST, block_pairs=-(-n // BLOCKS) * m, **how
        )
        found = solve_problem(problem, settings)
    return found, time.perf_counter() - start


def _line(record: dict[str, Any]) -> str:
    scans = max(1.0, record["scans"])
    return (
        f"{record['instance']}: {record['threads_seconds']:.1f} s by threads, "
        f"{record['cluster_seconds']:.1f} s by workers, same pairs: {record['same_pairs']}; "
        f"{record['scans']:.0f} scans, a scan {record['sent_mb'] / scans:.2f} MB out and "
        f"{record['received_mb'] / scans:.2f} MB back; once {record['scattered_mb']:.2f} MB of "
        f"mentors, {record['partition_mb']:.2f} MB of mentees in files"
    )


def _write(records: list[dict[str, Any]], calibration: Any, output: Path | None) -> Path:
    date = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    path = output or RESULTS / f"cluster-{date}.json"
    content = {
        "date": date,
        "machine": {
            "cores": os.cpu_count(),
            "load_average": os.getloadavg() if hasattr(os, "getloadavg") else None,
            "python": platform.python_version(),
        },
        "calibration_seconds": calibration,
        "records": records,
    }
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return path


if __name__ == "__main__":
    sys.exit(main())
