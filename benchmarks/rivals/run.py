"""Measure matcher beside its rivals: ``python benchmarks/rivals/run.py``.

Writes ``benchmarks/results/rivals-<date>.json`` and ``.md``; ``make_environments.py`` is to be run
before. Quality is the objective of the family's instances; the gap is to the bound that matcher
proves in the same run. A rival that has no answer within the limit, or fails, is said to, and why.
Seconds are those of the processor, of all threads, and so are limits: where other programs take
their share, the two compact models, whose solvers know the wall alone, have as much longer.
"""

from __future__ import annotations

import argparse
import datetime
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import numpy as np  # noqa: E402
from inside import RIVALS, objective, single_worth, too_large  # noqa: E402
from make_environments import PACKAGES, python_of  # noqa: E402

import clock  # noqa: E402
from calibration import calibrate, kernel  # noqa: E402
from instances import Instance, family  # noqa: E402

RESULTS = HERE.parent / "results"
SIZES = ((200, 100), (1000, 500), (5000, 2500))
OUTSIDE = {
    "mentor-match": ["play_mentor_match.py"],
    "matching": ["play_stable.py", "matching"],
    "algmatch": ["play_stable.py", "algmatch"],
}
SKIPPED_AT = {"mentor-match": 5000, "matching": 5000, "algmatch": 5000}
"""Number of mentees from which a rival is not tried: at 1000 it needs the limit or much of it."""


def main() -> int:
    """Run everything and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit", type=float, default=30.0, help="seconds a rival and size")
    parser.add_argument("--largest", type=int, default=1000, help="most mentees")
    options = parser.parse_args()
    absent = [name for name in OUTSIDE if not python_of(name).exists()]
    if absent:
        parser.error(f"run make_environments.py first: there is none for {', '.join(absent)}")
    rows: list[dict[str, Any]] = []
    calibration = calibrate()
    for n, m in SIZES:
        for places in ("scarce", "plentiful", "contested"):
            if n <= options.largest:
                rows += _compare(family(n, m, 0, places), options.limit)
                target = _write(rows, options.limit, calibration)
    print(f"written to {target}")
    return 0


def _write(rows: list[dict[str, Any]], limit: float, calibration: float) -> Path:
    """Write what is known so far, so that a run that is stopped leaves its results."""
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    RESULTS.mkdir(exist_ok=True)
    content = {
        "date": today,
        "clock": clock.NAME,
        "limit": limit,
        "calibration_seconds": calibration,
        "versions": {name: packages[0] for name, packages in PACKAGES.items()}
        | {name: version(name) for name in ("mentor-matcher", "numpy", "scipy", "ortools")},
        "load_average": os.getloadavg() if hasattr(os, "getloadavg") else None,
        "rows": rows,
    }
    target = RESULTS / f"rivals-{today}.json"
    target.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    target.with_suffix(".md").write_text(_markdown(rows, limit), encoding="utf-8")
    return target


def _compare(instance: Instance, limit: float) -> list[dict[str, Any]]:
    import matcher

    matcher.solve(**family(20, 10).arguments())
    start = clock.now()
    solution = matcher.solve(**instance.arguments(), time_limit=limit)
    seconds = clock.now() - start
    bound = solution.bounds.dual
    by_the_wall = limit / _share()
    rows = [_row(instance, "matcher", solution.pairs, seconds, bound)]
    for name, rival in RIVALS.items():
        start = clock.now()
        pairs, why = rival(instance, by_the_wall), ""
        if pairs is None:
            why = too_large(instance) or f"no answer in {limit:g} s"
        rows.append(_row(instance, name, pairs, clock.now() - start, bound, why))
    for name in OUTSIDE:
        if len(instance.limit) < SKIPPED_AT[name]:
            pairs, seconds, why = _play(instance, name, limit)
            rows.append(_row(instance, name, pairs, seconds, bound, why))
    return rows


def _share() -> float:
    """Return which part of a processor this process has just now."""
    wall, start = time.perf_counter(), clock.now()
    while clock.now() - start < 1.0:
        kernel()
    return (clock.now() - start) / (time.perf_counter() - wall)


def _row(
    instance: Instance, name: str, pairs: Any, seconds: float, bound: float, why: str = ""
) -> dict[str, Any]:
    row = {"instance": instance.name, "method": name, "seconds": seconds, "bound": bound}
    if pairs is None:
        row |= {"objective": None, "gap": None, "why": why}
    else:
        _check(instance, pairs)
        value = objective(instance, pairs)
        row |= {"objective": value, "gap": (bound - value) / bound, "matches": len(pairs)}
    told = why if row["gap"] is None else f"gap {100 * row['gap']:.3f} %"
    print(f"{instance.name}, {name}: {seconds:.2f} s, {told}", flush=True)
    return row


def _check(instance: Instance, pairs: Any) -> None:
    """Refuse an answer that breaks a limit or a capacity, or holds a pair twice."""
    load = np.bincount(pairs[:, 1], minlength=len(instance.capacity))
    size = np.bincount(pairs[:, 0], minlength=len(instance.limit))
    twice = len(np.unique(pairs, axis=0)) < len(pairs)
    if twice or (load > instance.capacity).any() or (size > instance.limit).any():
        raise ValueError("the answer breaks a constraint")


def _play(instance: Instance, rival: str, limit: float) -> tuple[Any, float, str]:
    """Run a rival in its own environment; without pairs, but why, where it has no answer."""
    with tempfile.TemporaryDirectory() as work:
        given, answer = Path(work) / "instance.npz", Path(work) / "answer.json"
        np.savez(
            given,
            worth=single_worth(instance),
            capacity=instance.capacity,
            limit=instance.limit,
        )
        script, *words = OUTSIDE[rival]
        python = str(python_of(rival))
        command = [python, "-W", "ignore", str(HERE / script), *words, str(given), str(answer)]
        # A second more, for the interpreter's start, which is not counted.
        most = math.ceil(limit) + 1
        start = clock.now()
        done = subprocess.run(
            ["bash", "-c", f'ulimit -t {most} && exec "$@"', "bash", *command],
            capture_output=True,
            text=True,
            check=False,
        )
        if not answer.exists() and clock.now() - start >= limit:
            return None, clock.now() - start, f"no answer in {limit:g} s"
        if not answer.exists():
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            why = f"failed, code {done.returncode}: {last[:80]}"
            return None, clock.now() - start, why
        found = json.loads(answer.read_text("utf-8"))
    return np.array(found["pairs"], dtype=np.int64).reshape(-1, 2), float(found["seconds"]), ""


def _markdown(rows: list[dict[str, Any]], limit: float) -> str:
    lines = [
        "# matcher beside its rivals",
        "",
        f"Processor seconds, at most {limit:g} each; the gap is to the bound that matcher proves.",
        "The stable and assignment tools do not know coverage: they get what each mentor alone is",
        "worth. How each is run stands in `benchmarks/README.md`.",
        "",
        "| Instance | Method | Seconds | Objective | Gap |",
        "|---|---|---:|---:|---:|",
    ]
    for row in rows:
        quality = (
            f"{row['why']} |"
            if row["gap"] is None
            else f"{row['objective']:.4f} | {100 * row['gap']:.4f} %"
        )
        lines.append(f"| {row['instance']} | {row['method']} | {row['seconds']:.2f} | {quality} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
