"""What plans cost: ``python benchmarks/plans.py [--mentees 5000] [--language de]``.

Draws a cohort of which half have audited their network, pairs every mentee with two mentors by
turns (how they were chosen makes no difference to what a plan costs), writes all plans, mentors'
pages and claims, and prints the CPU seconds of this process and of those that it starts.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd

from matcher.cohort.cohort import Cohort
from matcher.config import Config, load_config
from matcher.features.stated_answers import stated_facets
from matcher.intake.read import read_cohort
from matcher.lab.synthetic import draw_cohort, write_cohort
from matcher.lab.synthetic.latent import family_named
from matcher.network import audit_cohort
from matcher.plans.plan_files import write_plans
from matcher.plans.plan_source import PlanSource

MENTORS_EACH = 2
AUDITED = 0.5


def main() -> int:
    """Draw, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mentees", type=int, default=5_000)
    parser.add_argument("--language", default="en")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = made(Path(folder) / "cohort", asked.mentees, asked.language)
        before, begin = cpu(), time.perf_counter()
        write_plans(Path(folder) / "plans", source)
        seconds, wall = cpu() - before, time.perf_counter() - begin
        files = sum(1 for path in (Path(folder) / "plans").rglob("*") if path.is_file())
    print(f"{len(source.mentees)} mentees, {files} files: {seconds:.1f} CPU s, {wall:.1f} s")
    return 0


def made(folder: Path, mentees: int, language: str) -> PlanSource:
    """Return what the plans of a drawn cohort are made from."""
    family = replace(
        family_named("civil_service"), mentees=mentees, mentors=mentees // 2, audited=AUDITED
    )
    write_cohort(draw_cohort(family, 0).tables, folder)
    config = load_config(None, overrides=[f"programme.language={language}"])
    cohort = read_cohort(folder, config)
    return PlanSource(cohort, config, audit_cohort(cohort, config), *frames(cohort, config))


def frames(cohort: Cohort, config: Config) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return matches and portfolios: two mentors each by turns, what is open for a third."""
    needs = stated_facets(cohort.mentees, "need", config)
    ids, mentors = cohort.mentee_index.ids, cohort.mentor_index.ids
    asked = [sorted(needs.facets_of(row)) for row in range(len(ids))]
    rows = [
        (ids[i], mentors[(2 * i + k) % len(mentors)], "developmental", tuple(asked[i][k::3]), 1.5)
        for i in range(len(ids))
        for k in range(MENTORS_EACH)
    ]
    columns = ["mentee_id", "mentor_id", "approach", "covers", "hours_per_month"]
    open_needs = [(person, 2, tuple(asked[i][2::3])) for i, person in enumerate(ids)]
    return (
        pd.DataFrame(rows, columns=columns).assign(period=1),
        pd.DataFrame(open_needs, columns=["mentee_id", "n_mentors", "uncovered"]),
    )


def cpu() -> float:
    """Return the CPU seconds of this process and of its children so far."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


if __name__ == "__main__":
    sys.exit(main())
