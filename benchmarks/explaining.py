"""What explaining costs beside the solve: ``python benchmarks/explaining.py [--sizes 200 1000]``.

Draws a civil service of each number of mentees with half as many mentors, matches it with the
default config, and prints CPU seconds by phase: the solve, each table that explains, proving the
answer again (scores, rules, values, tiers and bound, by the checker's own code) and, counted
apart, scoring, the other tables, the pages and the whole of `verify`, which reads all files, builds
the problem and makes every table a second time.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from matcher import verify
from matcher.checker import verify_answer
from matcher.config import load_config
from matcher.explain.recruitment import recruitment_table
from matcher.intake.read import read_cohort
from matcher.lab.synthetic import draw_cohort, write_cohort
from matcher.lab.synthetic.latent import family_named
from matcher.pipeline import build, solve_instance
from matcher.publish import people_tables
from matcher.publish.alternates import alternates_table
from matcher.publish.matching import Matching
from matcher.publish.write_run import write_run
from matcher.storage import new_run_folder

EXPLAINING = ("why left out", "unmatched", "waiting list", "alternates", "recruitment", "groups")


def main() -> int:
    """Measure every size and print a table each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[200, 1000])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--set", action="append", default=[], dest="overrides")
    asked = parser.parse_args()
    for size in asked.sizes:
        with tempfile.TemporaryDirectory() as folder:
            spent = measured(Path(folder), size, asked.seed, asked.overrides)
        explaining = sum(spent[name] for name in EXPLAINING)
        for name, seconds in spent.items():
            print(f"{size:>6} {name:<14} {seconds:8.2f}")
        print(f"{size:>6} explaining / solve: {explaining / spent['solve']:.2f}")
        proving = spent["proving again"] / spent["solve"]
        print(f"{size:>6} proving again / solve: {proving:.2f}", flush=True)
    return 0


def measured(folder: Path, size: int, seed: int, overrides: list[str]) -> dict[str, float]:
    """Return the CPU seconds of each phase of a drawn cohort."""
    spent: dict[str, float] = {}

    def timed(name: str, run: Callable[[], Any]) -> Any:
        before = cpu()
        made = run()
        spent[name] = cpu() - before
        return made

    whole = family_named("civil_service")
    both = whole.both * size // whole.mentees
    family = replace(whole, mentees=size, mentors=size // 2, both=both)
    write_cohort(draw_cohort(family, seed).tables, folder / "cohort")
    config = load_config(None, overrides=overrides)
    cohort = timed("read", lambda: read_cohort(folder / "cohort", config))
    instance = timed("build", lambda: build(cohort, config))
    solution = timed("solve", lambda: solve_instance(instance))
    matching = Matching(instance, solution)
    pairs = matching.pairs
    timed("why left out", lambda: matching.unplaced)
    timed("unmatched", lambda: people_tables.unmatched_table(pairs, matching.unplaced))
    timed("waiting list", lambda: people_tables.waiting_list_table(pairs, matching.unplaced))
    timed("alternates", lambda: alternates_table(pairs))
    timed("recruitment", lambda: recruitment_table(instance, solution))
    timed("groups", lambda: json.dumps(matching.summary["metrics"]))
    with new_run_folder(folder / "run") as run:
        timed("all files", lambda: write_run(run, matching, cohort, {}))
    again = timed("build, warm", lambda: build(cohort, config))
    asked = {"instance": again, "check_hashes": False}
    timed("proving again", lambda: verify_answer(folder / "run", cohort=cohort, **asked))
    timed("verify", lambda: verify(folder / "run", cohort=cohort))
    return spent


def cpu() -> float:
    """Return the CPU seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
