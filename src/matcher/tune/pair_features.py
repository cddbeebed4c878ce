"""Features of listed pairs, and what weights do to their scores: the formula of ``scoring.pairs``.

With coefficients ``b = scale * w``, ``eta = scale * (score - neutral)``: the weighted mean of what
is answered, less the neutral value. A feature that a pair left open leaves its average, so that
``eta`` is no linear function of b; leaving that out would pull weights towards features that
everybody answers, however many outcomes there are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Floats, Positions
from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.config.sections import Scoring
from matcher.features.base import Listed
from matcher.features.feature_set import build_features
from matcher.network.cohort_audit import audit_cohort
from matcher.scoring.approaches import CODES, NOT_ALLOWED, ApproachChoice
from matcher.vocabulary import Approach


@dataclass(frozen=True)
class FeatureTable:
    """Features of listed pairs: p pairs, k features."""

    names: tuple[str, ...]
    default: Floats
    """(k,) weights of the config, summing to 1."""
    values: Floats
    """(p, k) in [0, 1], 0 where unanswered."""
    answered: Bools
    """(p, k)."""
    scoring: Scoring

    def design(self) -> Design:
        """Return what coefficients do to the scores of these pairs."""
        centred = np.where(self.answered, self.values - self.scoring.neutral, 0.0)
        return Design(centred, self.answered.astype(np.float64), self.scoring.min_answered)

    def score(self, weights: Floats) -> Floats:
        """Return the pair score under other weights, by the formula of ``scoring.pairs``: (p,)."""
        asked = self.answered @ weights
        divisor = np.maximum(asked, self.scoring.min_answered)
        missing = divisor - asked
        nothing = divisor == 0.0
        total = (self.values * self.answered) @ weights + self.scoring.neutral * missing
        return np.where(nothing, self.scoring.neutral, total / np.where(nothing, 1.0, divisor))


@dataclass(frozen=True)
class Design:
    """Features of p pairs: k columns."""

    x: Floats
    """(p, k) values less the neutral value, 0 where unanswered."""
    answered: Floats | None = None
    """(p, k) 1 where answered; None: everything is, and `eta` is linear."""
    least: float = 0.0
    """Share of the coefficients that must be answered; the rest up to it is neutral."""

    def __len__(self) -> int:
        return len(self.x)

    def take(self, rows: Positions | Bools) -> Design:
        """Return the design of some pairs."""
        answered = None if self.answered is None else self.answered[rows]
        return Design(self.x[rows], answered, self.least)

    def predict(self, b: Floats) -> Floats:
        """Return ``eta = sum(b) * (x @ b) / max(answered @ b, least * sum(b))``: (p,)."""
        if self.answered is None:
            return np.asarray(self.x @ b)
        return np.asarray(b.sum() * self._mean(b)[0])

    def pull_back(self, b: Floats, slope: Floats) -> Floats:
        """Return the gradient by b of what has the gradient `slope` (p,) by eta: (k,)."""
        if self.answered is None:
            return np.asarray(slope @ self.x)
        mean, divisor, is_asked = self._mean(b)
        steep = slope * b.sum() / divisor
        lost = steep * mean
        by_divisor = (lost * is_asked) @ self.answered + self.least * float(lost @ ~is_asked)
        return np.asarray(float(slope @ mean) + steep @ self.x - by_divisor)

    def spread(self, start: Positions, weight: Floats | Positions) -> tuple[Floats, Floats]:
        """Return the variance of each feature where answered, and how often that is: (k,) each.

        Parameters
        ----------
        start
            First row of each group; the variance is that within groups.
        weight
            (p,) how often each row counts.
        """
        x, answered = self.x, np.ones_like(self.x) if self.answered is None else self.answered
        counted = answered * np.asarray(weight)[:, None]
        size, total = np.add.reduceat(counted, start), np.add.reduceat(counted * x, start)
        mean = total / np.where(size > 0.0, size, 1.0)
        away = x - np.repeat(mean, np.diff(np.append(start, len(x))), axis=0)
        known = counted.sum(axis=0)
        variance = (counted * np.square(away)).sum(axis=0) / np.where(known > 0.0, known, 1.0)
        return np.asarray(variance), np.asarray(known / max(float(np.sum(weight)), 1.0))

    def _mean(self, b: Floats) -> tuple[Floats, Floats, Bools]:
        """Return the mean over what counts, what it is divided by, and whether that was asked."""
        assert self.answered is not None
        asked, least = self.answered @ b, self.least * float(b.sum())
        is_asked = asked > least
        divisor = np.where(is_asked, asked, least)
        divisor = np.where(divisor > 0.0, divisor, 1.0)  # nothing answered: the mean is neutral
        return np.asarray(self.x @ b / divisor), divisor, is_asked


def feature_table(cohort: Cohort, config: Config, i: Positions, j: Positions) -> FeatureTable:
    """Return the features of single pairs, allowed today or not.

    Parameters
    ----------
    cohort, config
        Who is compared, and how.
    i, j
        Positions of mentees and mentors: (p,) each.
    """
    audit = audit_cohort(cohort, config) if config.audit.feed_match else None
    features = build_features(cohort, config, audit)
    approach = ApproachChoice.of(cohort, config).choose(Listed(i, j))
    menu = config.programme.approaches
    usual = next((a for a in menu if a is not Approach.RECIPROCAL), Approach.DEVELOPMENTAL)
    approach = np.where(approach == NOT_ALLOWED, CODES[usual], approach).astype(np.int8)
    values, answered = features.pairs(i, j, approach)
    return FeatureTable(features.names, features.weights, values.T, answered.T, config.scoring)


def positions_of(cohort: Cohort, pairs: pd.DataFrame) -> tuple[Positions, Positions, Bools]:
    """Return the mentee and the mentor of each row, and which rows name two of the cohort: (p,)."""
    i = cohort.mentee_index.positions(pairs["mentee_id"])
    j = cohort.mentor_index.positions(pairs["mentor_id"])
    return i, j, np.asarray((i >= 0) & (j >= 0))
