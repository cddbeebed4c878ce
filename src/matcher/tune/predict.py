"""Outcomes predicted by models that never saw their people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matcher.tune.design import Design
from matcher.tune.weight_model import Logistic, fit_weights

if TYPE_CHECKING:
    from matcher.config import Config
    from matcher.features.base import Bools, Floats, Positions
    from matcher.tune.folds import Folds
    from matcher.tune.outcome_pairs import Table


@dataclass(frozen=True)
class Predicted:
    """Predictions for each outcome by models that never saw its people; NaN where there is none."""

    default: Floats
    """Pair score under the config's weights."""
    tuned: Floats
    """Pair score under the weights of the fold."""
    default_chance: Floats
    """Probability of success that follows from the score."""
    tuned_chance: Floats
    missing: Floats
    """Score that follows from missing answers alone."""
    fold: Positions
    """(p,) fold in which the outcome was predicted, -1 for none."""


def fit_outcomes(table: Table, success: Bools, counts: Positions, config: Config) -> Floats:
    """Return the weights that fit some outcomes, the prior's where there are none."""
    used = counts > 0
    if not used.any():
        return table.default
    model = Logistic(table.design().take(used), success[used], counts[used])
    return fit_weights(model, table.default, config.tune.prior_strength)


def cross_validate(table: Table, success: Bools, folds: Folds, config: Config) -> Predicted:
    """Predict every outcome from models that were trained without its people.

    Default and tuned weights are treated alike: the pair score under each, and the probability by
    a logistic curve through the training pairs. Ranking is judged by the scores: calibrated
    probabilities of different folds are shifted against each other, which pulls a pooled AUC down.
    """
    p = len(success)
    scores, chances, flags_only = (
        np.full((2, p), np.nan),
        np.full((2, p), np.nan),
        np.full(p, np.nan),
    )
    fold_of = np.full(p, -1, dtype=np.int64)
    seen = Predicted(scores[0], scores[1], chances[0], chances[1], flags_only, fold_of)
    for number, (train, test) in enumerate(folds):
        some = table.take(train)
        everyone = np.ones(len(train), dtype=np.int64)
        weights = fit_outcomes(some, success[train], everyone, config)
        for weight, score, chance in (
            (table.default, seen.default, seen.default_chance),
            (weights, seen.tuned, seen.tuned_chance),
        ):
            of_all = table.score(weight)
            score[test] = of_all[test]
            chance[test] = _calibrated(of_all[train], success[train], of_all[test])
        flags = (~table.answered).astype(np.float64)
        seen.missing[test] = _flag_model(flags[train], success[train], flags[test])
        seen.fold[test] = number
    return seen


def _calibrated(score: Floats, success: Bools, new: Floats) -> Floats:
    """Return the probability of success at new scores; never falling with the score.

    Few outcomes can be told apart without a mistake, and would be predicted with certainty: the
    targets are smoothed as by Platt (1999).
    """
    from scipy.optimize import minimize

    good = int(success.sum())
    sure, unlikely = (good + 1) / (good + 2), 1 / (len(success) - good + 2)
    targets = np.where(success, sure, unlikely)
    model = Logistic(Design(score[:, None]), targets, np.ones(len(score)))
    bounds = [(None, None), (0.0, 100.0)]
    found = minimize(model.loss, np.array([0.0, 1.0]), jac=True, bounds=bounds, method="L-BFGS-B")
    intercept, slope = found.x
    return np.asarray(1.0 / (1.0 + np.exp(-(intercept + slope * new))))


def _flag_model(flags: Floats, success: Bools, new: Floats) -> Floats:
    """Return what missing answers add up to, without the intercept, which differs by fold."""
    from sklearn.linear_model import LogisticRegression

    if success.all() or not success.any():
        return np.zeros(len(new))
    model = LogisticRegression(C=1.0, max_iter=1000).fit(flags, success)
    return np.asarray(new @ model.coef_[0])
