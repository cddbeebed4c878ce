"""Outcomes drawn from known weights."""

from __future__ import annotations

import numpy as np

from matcher.cohort.cohort import RowCount
from matcher.config import Config
from matcher.tune.evidence import Outcomes
from matcher.tune.weight_model import FeatureTable

NAMES = tuple(feature.name for feature in Config().features)
DEFAULT = np.array([feature.weight for feature in Config().features])
DEFAULT = DEFAULT / DEFAULT.sum()
NEUTRAL = np.array([feature.neutral for feature in Config().features])
FIRST = (0.05, 0.05, 0.3, 0.3, 0.05, 0.2, 0.05)
TRUTH = np.pad(FIRST, (0, len(NAMES) - len(FIRST)))
"""Weights behind the outcomes: later features mean nothing."""


def draw(n, seed, truth=TRUTH, *, mentees=None, mentors=None, missing=0.1, strength=12.0):
    """Draw n distinct pairs whose success follows a logistic curve of the score under `truth`."""
    rng = np.random.default_rng(seed)
    mentees, mentors = mentees or n, mentors or max(2, n // 2)
    cells = np.sort(rng.permutation(mentees * mentors)[:n])
    values = rng.uniform(0, 1, (n, len(NAMES)))
    answered = rng.random(values.shape) >= missing
    table = FeatureTable(NAMES, DEFAULT, np.where(answered, values, NEUTRAL), answered, NEUTRAL)
    chance = 1 / (1 + np.exp(-strength * (table.score(truth) - 0.5)))
    return Outcomes(
        table=table,
        success=rng.random(n) < chance,
        mentee=tuple(f"e{cell // mentors:05d}" for cell in cells),
        mentor=tuple(f"o{cell % mentors:05d}" for cell in cells),
        dropped=0,
        rows=RowCount(n, n),
    )
