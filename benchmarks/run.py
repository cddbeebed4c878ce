"""Measure the instances of the registry: ``python benchmarks/run.py [--large | --huge | --smoke]``.

Each instance runs in a process of its own, so that its peak memory is its own. The results go to
``benchmarks/results/<date>.json``; those of ``--large`` (what takes minutes) to
``large-<date>.json``, those of ``--huge`` (what takes hours) to ``huge-<date>.json``. ``--smoke``
runs the smallest instances and writes nothing, and so does ``--only`` without ``--output``: part of
the instances is not to pass for all of them.
"""

from __future__ import annotations

import argparse
import datetime
import json
import math
import os
import platform
import statistics
import subprocess
import sys
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

import clock
from calibration import calibrate
from registry import Entry, entries
from startup import start_up_seconds

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("mentor-matcher", "numpy", "scipy", "pandas", "scikit-learn", "ortools")
MARK = "RECORDS "
"""Start of the line on which a process of one instance hands its records over."""


def main() -> int:
    """Run what was asked for and return the exit code: 1 where an instance failed."""
    options = _options()
    chosen = _chosen(options)
    if options.instance:
        return _run_here(chosen[0])
    records: list[dict[str, Any]] = []
    failed: list[str] = []
    kernels = [calibrate()]
    for entry in chosen:
        found = _run_apart(entry)
        kernels.append(calibrate())
        if found is None:
            failed.append(entry.name)
            continue
        # A shared machine is not equally fast for long: each instance has the kernel beside it.
        calibration = math.sqrt(kernels[-1] * kernels[-2])
        records += [{**record, "calibration_seconds": calibration} for record in found]
        failed += [f"{entry.name}, {record['phase']}" for record in found if _is_wrong(record)]
        for record in found:
            print(_line(record, calibration), flush=True)
    start_up = start_up_seconds(1 if options.smoke else 5)
    for name, seconds in start_up.items():
        print(f"{name}: {seconds:.3f} s")
    path = options.output or _path(options)
    if path is not None:
        _write(records, start_up, statistics.median(kernels), path)
        print(f"written to {path}")
    for name in failed:
        print(f"FAILED: {name}", file=sys.stderr)
    return 1 if failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--smoke", action="store_true", help="smallest instances only")
    kind.add_argument("--large", action="store_true", help="only what takes minutes")
    kind.add_argument("--huge", action="store_true", help="only what takes hours")
    parser.add_argument("--only", default="", help="instances whose name contains this")
    parser.add_argument("--output", type=Path, default=None, help="JSON file to write")
    parser.add_argument("--instance", default="", help=argparse.SUPPRESS)
    return parser.parse_args()


def _chosen(options: argparse.Namespace) -> list[Entry]:
    if options.instance:
        return [entry for entry in entries() if entry.name == options.instance]
    wanted = "huge" if options.huge else "large" if options.large else "usual"
    return [
        entry
        for entry in entries()
        if options.only in entry.name and (entry.smoke if options.smoke else entry.size == wanted)
    ]


def _path(options: argparse.Namespace) -> Path | None:
    """Return the file to write by default; None for a part of a run."""
    if options.smoke or options.only:
        return None
    prefix = "huge-" if options.huge else "large-" if options.large else ""
    return RESULTS / f"{prefix}{_today()}.json"


def _today() -> str:
    return datetime.datetime.now(tz=datetime.UTC).date().isoformat()


def _is_wrong(record: dict[str, Any]) -> bool:
    """Tell whether a phase missed a known value, or a command of it failed."""
    figures = record["figures"]
    return figures.get("agrees") is False or bool(figures.get("exit_code"))


def _run_here(entry: Entry) -> int:
    print(MARK + json.dumps([_plain(asdict(record)) for record in entry.phases()]))
    return 0


def _plain(value: Any) -> Any:
    """Return a record without what JSON has no word for: nan, infinities, numpy's numbers."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _run_apart(entry: Entry) -> list[dict[str, Any]] | None:
    command = [sys.executable, __file__, "--instance", entry.name]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    handed = [line for line in done.stdout.splitlines() if line.startswith(MARK)]
    if done.returncode or not handed:
        return None
    records: list[dict[str, Any]] = json.loads(handed[-1].removeprefix(MARK))
    return records


def _line(record: dict[str, Any], calibration: float) -> str:
    figures = record["figures"]
    told = "".join(
        f", {name} {_short(figures[name])}"
        for name in ("gap", "agrees", "exit_code")
        if name in figures
    )
    ratio = record["seconds"] / calibration
    return (
        f"{record['instance']}, {record['phase']}: {record['seconds']:.3f} s "
        f"({ratio:.2f} x calibration), {record['peak_mb']:.0f} MB{told}"
    )


def _short(value: object) -> str:
    return f"{value:.6f}" if isinstance(value, float) else str(value)


def _write(
    records: list[dict[str, Any]],
    start_up: dict[str, float],
    calibration: float,
    path: Path,
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "date": _today(),
        "clock": clock.NAME,
        "machine": {
            "cores": os.cpu_count(),
            "load_average": os.getloadavg() if hasattr(os, "getloadavg") else None,
            "processor": platform.machine(),
            "python": platform.python_version(),
            "packages": {name: version(name) for name in PACKAGES},
        },
        "calibration_seconds": calibration,
        "start_up_seconds": start_up,
        "records": records,
    }
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
