"""What a million mentees by 400,000 mentors costs: ``python benchmarks/million.py [RESULT...]``.

Nothing of that size was run. Seconds and peak memory on one machine are carried on from the solves
in result files: ``a x^b`` through the two largest sizes, x the pairs for seconds, the mentees for
memory; and, since scans are exactly in proportion to pairs, in that proportion from the largest.
Traffic and the work of scans come from the largest size of a result of ``cluster.py``, in
proportion to mentees and pairs. Without arguments all results are read. Writes
``results/million-<date>.md``.
"""

from __future__ import annotations

import argparse
import datetime
import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np

RESULTS = Path(__file__).parent / "results"
MENTEES, MENTORS = 1_000_000, 400_000
SIZE = re.compile(r"^scarce-(?P<n>\d+)x(?P<m>\d+)-")
LARGEST = 2
"""Sizes that the curves go through: smaller ones are mostly fixed cost."""
WORKERS = (16, 128)
"""Threads of the clusters for which hours are told."""
PRICE_BYTES = 8
"""A price of each mentor, to each worker."""

Point = tuple[int, int, float, float]
"""Mentees, mentors, seconds, peak MB."""


def main() -> int:
    """Read, carry on, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, nargs="*")
    paths = parser.parse_args().results or sorted(RESULTS.glob("*.json"))
    records = [
        record
        for path in paths
        for record in json.loads(path.read_text("utf-8")).get("records", [])
    ]
    text = "\n".join(["# A million by 400,000, carried on", "", *one_machine(records)])
    text += "\n" + "\n".join(["", *cluster(records)]) + "\n"
    date = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    path = RESULTS / f"million-{date}.md"
    path.write_text(text, encoding="utf-8")
    print(text, end="")
    print(f"written to {path}")
    return 0


def solves(records: list[dict[str, Any]]) -> list[Point]:
    """Return the largest sizes solved on one machine; of a size measured twice, the faster."""
    best: dict[tuple[int, int], Point] = {}
    for record in records:
        match = SIZE.match(record["instance"])
        if match and record.get("phase") == "solve":
            n, m = int(match["n"]), int(match["m"])
            point = (n, m, record["seconds"], record["peak_mb"])
            best[n, m] = min(best.get((n, m), point), point, key=lambda one: one[2])
    return sorted(best.values())[-LARGEST:]


def power(x: list[float], y: list[float], at: float) -> tuple[float, float]:
    """Return the exponent of ``y = a x^b`` and its value at `at`."""
    slope, start = np.polyfit(np.log(x), np.log(y), 1)
    return float(slope), float(np.exp(start + slope * np.log(at)))


def one_machine(records: list[dict[str, Any]]) -> list[str]:
    """Return time and memory of one machine, with the points that they are carried on from."""
    points = solves(records)
    if len(points) < 2:
        return ["No two sizes were solved on one machine."]
    pairs = [float(n * m) for n, m, _, _ in points]
    by_pairs, seconds = power(pairs, [point[2] for point in points], float(MENTEES * MENTORS))
    most = points[-1][2] * MENTEES * MENTORS / pairs[-1]
    mentees = [float(point[0]) for point in points]
    by_mentees, peak = power(mentees, [point[3] for point in points], float(MENTEES))
    return [
        "| Mentees x mentors | Seconds | Peak MB |",
        "|---|---:|---:|",
        *(f"| {n} x {m} | {s:.1f} | {mb:.0f} |" for n, m, s, mb in points),
        "",
        f"- One machine of two cores: seconds grow as pairs^{by_pairs:.2f}, "
        f"that is {seconds / 3600:,.0f} hours; in proportion to pairs {most / 3600:,.0f} hours.",
        f"- Memory of the master grows as mentees^{by_mentees:.2f}, that is {peak / 1000:,.0f} GB.",
    ]


def cluster(records: list[dict[str, Any]]) -> list[str]:
    """Return traffic a scan and the work of scans."""
    found = [record for record in records if "received_mb" in record]
    if not found:
        return ["No cluster was measured."]
    last = max(found, key=lambda record: record["mentees"])
    n, m, scans = last["mentees"], last["mentors"], last["scans"]
    prices = PRICE_BYTES * m * last["workers"]
    out = (1e6 * last["sent_mb"] / scans - prices) / n
    back = 1e6 * last["received_mb"] / scans / n
    mentor = 1e6 * last["scattered_mb"] / last["workers"] / m
    mentee = 1e6 * last["partition_mb"] / n
    core = last["scan_seconds"] * last["workers"] / scans / (n * m)
    hours = core * MENTEES * MENTORS / 3600
    elsewhere = last["cluster_seconds"] - last["scan_seconds"]
    return [
        f"From {n} x {m} on {last['workers']} workers, {scans:.0f} scans:",
        "",
        f"- A scan sends {out:.0f} bytes a mentee and {PRICE_BYTES} a mentor to each worker, and "
        f"brings {back:.0f} bytes a mentee back: {out * MENTEES / 1e9:.2f} GB, "
        f"{PRICE_BYTES * MENTORS / 1e6:.1f} MB a worker, {back * MENTEES / 1e9:.2f} GB.",
        f"- Once: {mentor:.0f} bytes a mentor to each worker, {mentor * MENTORS / 1e6:.0f} MB; "
        f"{mentee:.0f} bytes a mentee in files, {mentee * MENTEES / 1e9:.2f} GB.",
        f"- A scan takes {1e9 * core:.0f} ns of a core a pair: {hours:,.0f} core hours, "
        + ", ".join(f"{hours / count:,.1f} hours on {count} threads" for count in WORKERS)
        + f", {scans:.0f} times.",
        f"- The master's own work took {elsewhere / last['cluster_seconds']:.0%} of the time; "
        "no worker shares in it.",
    ]


if __name__ == "__main__":
    sys.exit(main())
