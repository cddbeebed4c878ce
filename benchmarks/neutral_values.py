"""What a feature says of two people drawn at random: the neutral values of the default features.

    python benchmarks/neutral_values.py

Mean of each default feature, and of one of each further kind, over pairs of a mentee and a mentor
drawn at random who both answered, on the built-in families of synthetic cohorts, whose answers
follow from a known truth. The mean of the families counts, so that a large one decides no more than
a small one. The values stand in ``default_features.toml`` as `missing`, rounded to two places; the
kinds declare the same ones for blocks of a programme's own. Nothing reads them from a pool at hand.
Free text has one neutral value by whatever it is compared: what sentence models say of the same
people, where their extras are installed, stands beside.
Reach is told only where there is some: its value is how often a mentor has it.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from matcher.config import Config, FeatureConfig
from matcher.config.sections import Text, TextMethod
from matcher.features import build_features
from matcher.features.base import Listed
from matcher.features.kinds.reach import reach_of
from matcher.features.sentence_models import MODELS, lacking_for
from matcher.intake import read_cohort
from matcher.lab.synthetic import FAMILIES, draw_cohort, write_cohort
from matcher.network import audit_cohort
from matcher.scoring.approaches import CODES, NOT_ALLOWED, ApproachChoice
from matcher.vocabulary import Approach

SEEDS = (101, 102, 103)
PAIRS = 20_000
"""Pairs drawn from each cohort."""
FURTHER = tuple(
    FeatureConfig(name=f"kind_{kind}", kind=kind, weight=1.0)
    for kind in ("text", "same", "different")
)
"""A block of each kind that no default feature is of."""
BASE: TextMethod = "tfidf"
"""How free text is compared: as without extras, whatever is installed."""
OF_TEXT = ("experience_context", "kind_text")
"""Features that read free text."""
TARGET = Path(__file__).parent / "results" / "neutral_values.csv"


def main() -> None:
    """Measure and write the table."""
    rows = [row for name in sorted(FAMILIES) for seed in SEEDS for row in measured(name, seed)]
    models = [name for name in MODELS if not lacking_for(name)]
    rows += [
        (f"{feature} ({method})", *told)
        for method in models
        for name in sorted(FAMILIES)
        for feature, *told in measured(name, SEEDS[0], method)
        if feature in OF_TEXT
    ]
    table = pd.DataFrame(rows, columns=["feature", "family", "mean", "pairs"])
    families = table.groupby(["feature", "family"], sort=False)["mean"].mean().reset_index()
    found = families.groupby("feature", sort=False)["mean"].agg(["mean", "min", "max"])
    found["pairs"] = table.groupby("feature", sort=False)["pairs"].sum()
    found.round(4).to_csv(TARGET, lineterminator="\n")
    print(found.round(3).to_string())


def measured(
    family: str, seed: int, method: TextMethod = BASE
) -> list[tuple[str, str, float, int]]:
    """Return the mean of every default feature over random pairs of one cohort who answered it."""
    config = Config(features=(*Config().features, *FURTHER), text=Text(method=method))
    with TemporaryDirectory() as folder:
        write_cohort(draw_cohort(family, seed).tables, folder)
        cohort = read_cohort(folder, config)
    features = build_features(cohort, config, audit_cohort(cohort, config))
    rng = np.random.default_rng(seed)
    i = rng.integers(0, len(cohort.mentees), PAIRS)
    j = rng.integers(0, len(cohort.mentors), PAIRS)
    mentees = np.array(cohort.mentee_index.ids, dtype=object)[i]
    others = mentees != np.array(cohort.mentor_index.ids, dtype=object)[j]
    i, j = i[others], j[others]
    approach = ApproachChoice.of(cohort, config).choose(Listed(i, j))
    approach = np.where(approach == NOT_ALLOWED, CODES[Approach.DEVELOPMENTAL], approach)
    values, answered = features.pairs(i, j, approach.astype(np.int8))
    found = [
        (name, family, float(row[told].mean()), int(told.sum()))
        for name, row, told in zip(features.names, values, answered, strict=True)
        if told.any() and name != "sponsor_reach"
    ]
    reach = reach_of(cohort).organisations.shared(Listed(i, j)) > 0
    return [*found, ("sponsor_reach", family, float(reach.mean()), len(reach))]


if __name__ == "__main__":
    main()
