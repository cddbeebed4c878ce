"""What mentors get who leave their offers blank: ``python benchmarks/blank_offers.py``.

In 20 cohorts with more places than are needed, so that mentors may be left over, three in ten
mentors leave every question about what they offer blank; the same cohort with their answers stands
beside it. Counted are the matches of this group. Leaving answers blank must not raise them. Writes
``results/blank_offers.csv``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from scipy.stats import t as student

from matcher.config import load_config
from matcher.intake import read_cohort
from matcher.lab.synthetic import draw_cohort, write_cohort
from matcher.lab.synthetic.latent import Family, family_named
from matcher.pipeline import build, solve_instance

FAMILY = replace(family_named("plentiful"), mentees=50, mentors=60)
SEEDS = range(201, 221)
SHARE = 0.3
"""Share of the mentors who leave their offers blank."""
OFFERS = ("purposes", "benefits", "contexts", "knowing", "offer_why", "offer_how", "offer_whom")
BASE = 'text.method="tfidf"'  # as without extras, whatever is installed
NO_COVERAGE = (BASE, "portfolio.coverage=0.0")
CONFIGS = {
    "default": (BASE,),
    "coverage 0": NO_COVERAGE,
    "coverage 0, a blank as an offer that nobody needs": (
        *NO_COVERAGE,
        "features.need_fit.missing=0.0",
        "features.network_gain.missing=0.0",
    ),
}
TARGET = Path(__file__).parent / "results" / "blank_offers.csv"


def main() -> None:
    """Measure and write the table."""
    rows: list[dict[str, object]] = []
    for name in CONFIGS:
        rows += [{"config": name, "seed": seed} | counted(seed, name) for seed in SEEDS]
        table = pd.DataFrame(rows)
        table.to_csv(TARGET, index=False, lineterminator="\n")
        group = table[table["config"] == name]
        mean, low, high = interval(group["blank"] - group["answered"])
        print(f"{name}: {mean:+.2f} matches of the group [{low:+.2f}, {high:+.2f}]", flush=True)


def counted(seed: int, config: str, family: Family = FAMILY) -> dict[str, int]:
    """Return how many matches the group gets with its answers and without them."""
    tables = draw_cohort(family, seed).tables
    mentors = tables["mentors"]
    rng = np.random.default_rng(seed)
    group = rng.choice(len(mentors), round(SHARE * len(mentors)), replace=False)
    blank = mentors.copy()
    blank.loc[blank.index[group], list(OFFERS)] = ""
    ids = set(mentors["person_id"].iloc[group])
    return {
        "group": len(group),
        "answered": matches_of(ids, tables, config),
        "blank": matches_of(ids, {**tables, "mentors": blank}, config),
    }


def matches_of(ids: set[str], tables: dict[str, pd.DataFrame], config: str) -> int:
    """Return the matches of some mentors in the cohort of these tables."""
    settings = load_config(None, overrides=CONFIGS[config])
    with TemporaryDirectory() as folder:
        cohort = read_cohort(write_cohort(tables, folder), settings)
    solution = solve_instance(build(cohort, settings), seed=0, time_limit=20.0, gap=1e-3)
    return int(cohort.mentors["person_id"].iloc[solution.pairs[:, 1]].isin(ids).sum())


def interval(values: pd.Series[int]) -> tuple[float, float, float]:
    """Return mean and 95 % t-interval."""
    mean, n = float(values.mean()), len(values)
    half = float(student.ppf(0.975, n - 1)) * float(values.std(ddof=1)) / n**0.5
    return mean, mean - half, mean + half


if __name__ == "__main__":
    main()
