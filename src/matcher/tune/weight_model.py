"""Weights and their scores: features of pairs, and a model with a prior centred on the config's.

The formula is that of ``pair_scores``: with coefficients ``b = S * w >= 0`` (`Design`), where S
is their sum, the predictor of a pair is ``eta = S * (score - score of neutral values)``, linear in
b. What a pair left open counts with its neutral value and so tells nothing of the weight.

Weights are found by penalised likelihood: minus the log likelihood and the penalty of `Prior` are
minimised over b. Features of weight 0 are switched off by the programme and stay so. A
feature that is the same in all outcomes keeps its share of the total: nothing is said about it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit

from matcher.arrays import Bools, Floats, Positions
from matcher.cohort.cohort import Cohort
from matcher.config import Config
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
    """(p, k) in [0, 1], neutral where unanswered."""
    answered: Bools
    """(p, k)."""
    neutral: Floats
    """(k,) value of each feature where unanswered."""

    def design(self) -> Design:
        """Return what coefficients do to the scores of these pairs."""
        return Design(self.values - self.neutral, self.answered.astype(np.float64))

    def score(self, weights: Floats) -> Floats:
        """Return the pair score under other weights, by the formula of ``pair_scores``: (p,)."""
        return np.asarray(self.values @ weights / (weights.sum() or 1.0))


@dataclass(frozen=True)
class Design:
    """Features of p pairs: k columns."""

    x: Floats
    """(p, k) values less the neutral ones, so 0 where unanswered."""
    answered: Floats | None = None
    """(p, k) 1 where answered; None: everything is. It tells the spread, not `eta`."""

    def __len__(self) -> int:
        return len(self.x)

    def take(self, rows: Positions | Bools) -> Design:
        """Return the design of some pairs."""
        return Design(self.x[rows], None if self.answered is None else self.answered[rows])

    def predict(self, b: Floats) -> Floats:
        """Return ``eta = x @ b``: (p,)."""
        return np.asarray(self.x @ b)

    def pull_back(self, b: Floats, slope: Floats) -> Floats:
        """Return the gradient by b of what has the gradient `slope` (p,) by eta: (k,)."""
        return np.asarray(slope @ self.x)

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
    approach = ApproachChoice.of(cohort, config, features).choose(Listed(i, j))
    menu = config.programme.approaches
    usual = next((a for a in menu if a is not Approach.RECIPROCAL), Approach.DEVELOPMENTAL)
    approach = np.where(approach == NOT_ALLOWED, CODES[usual], approach).astype(np.int8)
    values, answered = features.pairs(i, j, approach)
    return FeatureTable(features.names, features.weights, values.T, answered.T, features.neutral)


def positions_of(cohort: Cohort, pairs: pd.DataFrame) -> tuple[Positions, Positions, Bools]:
    """Return the mentee and the mentor of each row, and which rows name two of the cohort: (p,)."""
    i = cohort.mentee_index.positions(pairs["mentee_id"])
    j = cohort.mentor_index.positions(pairs["mentor_id"])
    return i, j, np.asarray((i >= 0) & (j >= 0))


MOST_SCALE = 100.0
"""Largest coefficient: past it every outcome is as good as certain."""
TINY = 1e-12
"""Variance up to which a feature is the same everywhere."""
LEAST_SCALE = 5.0
"""Least t: about an AUC of .63 of the default score. With less, a few outcomes that go
against the default would turn its weights round."""
LEAST_VARIANCE = 0.01
"""Variance that a feature is given at least."""


class Likelihood(Protocol):
    """Minus the log likelihood of coefficients, with its gradient."""

    @property
    def free(self) -> int:
        """Number of parameters before the coefficients, such as an intercept."""

    @property
    def unit(self) -> float:
        """Information of one outcome about a coefficient, a unit of its feature's variance."""

    def spread(self) -> tuple[Floats, Floats]:
        """Return the variance of each feature where it is answered, and how often that is: (k,)."""

    def loss(self, parameters: Floats) -> tuple[float, Floats]:
        """Return minus the log likelihood and its gradient."""


@dataclass(frozen=True)
class Logistic:
    """Success of pairs: one intercept, then the coefficients."""

    design: Design
    """Of p pairs."""
    success: Bools | Floats
    """(p,) whether each succeeded, or how surely."""
    weight: Floats | Positions
    """(p,) how often each pair counts."""

    @property
    def free(self) -> int:
        """One intercept."""
        return 1

    @property
    def unit(self) -> float:
        """p(1-p) at the mean rate."""
        total = max(float(self.weight.sum()), 1.0)
        rate = float(np.clip(float(self.weight @ self.success) / total, 0.05, 0.95))
        return rate * (1.0 - rate)

    def spread(self) -> tuple[Floats, Floats]:
        """Return the variance of each feature over the pairs that answer it, and their share."""
        return self.design.spread(np.zeros(1, dtype=np.int64), self.weight)

    def loss(self, parameters: Floats) -> tuple[float, Floats]:
        """Return minus the log likelihood and its gradient."""
        eta = parameters[0] + self.design.predict(parameters[1:])
        value = float(self.weight @ (np.logaddexp(0.0, eta) - self.success * eta))
        slope = self.weight * (expit(eta) - self.success)
        pulled = self.design.pull_back(parameters[1:], slope)
        return value, np.concatenate([[slope.sum()], pulled])


@dataclass(frozen=True)
class ConditionalLogit:
    """Chosen mentors among those who were free: conditional logit (McFadden 1974).

    The design holds the alternatives of all choices one after the other, the chosen one first.
    """

    design: Design
    """Of q alternatives."""
    start: Positions
    """(c,) first alternative of each choice."""
    weight: Floats | Positions
    """(c,) how often each choice counts."""

    @property
    def free(self) -> int:
        """No intercept: it would cancel."""
        return 0

    @property
    def unit(self) -> float:
        """A choice tells as much as the spread between its alternatives."""
        return 1.0

    @property
    def _choice(self) -> Positions:
        size = np.diff(np.append(self.start, len(self.design)))
        return np.repeat(np.arange(len(self.start)), size)

    def spread(self) -> tuple[Floats, Floats]:
        """Return the variance within choices of each feature where answered, and how often."""
        return self.design.spread(self.start, self.weight[self._choice])

    def loss(self, parameters: Floats) -> tuple[float, Floats]:
        """Return minus the log likelihood and its gradient."""
        share, log_share = choice_shares(self.design.predict(parameters), self.start)
        value = -float(self.weight @ log_share[self.start])
        residual = share * self.weight[self._choice]
        residual[self.start] -= self.weight
        return value, self.design.pull_back(parameters, residual)


def choice_shares(eta: Floats, start: Positions) -> tuple[Floats, Floats]:
    """Return softmax of `eta` within each choice, and its logarithm."""
    size = np.diff(np.append(start, len(eta)))
    shifted = eta - np.repeat(np.maximum.reduceat(eta, start), size)
    log_share = shifted - np.repeat(np.log(np.add.reduceat(np.exp(shifted), start)), size)
    return np.exp(log_share), log_share


@dataclass(frozen=True)
class Prior:
    """What it costs to leave the proportions of the config's weights, over k features told about.

    ``strength / 2 * t^2 * sum_f h_f (b_f / t - w0_f)^2``

    b are the coefficients, w0 are the config's weights, h_f is what one outcome that answers
    feature f tells about it, so that the prior weighs as much as `strength` such outcomes
    whatever the units, and t is the total of the coefficients, each counted by the share of
    outcomes that answer it. So only proportions are measured, against the features that outcomes
    know: one that hardly any outcome answers keeps its share however far the others move.
    """

    goal: Floats
    """(k,) weights of the config."""
    stiffness: Floats
    """(k,) ``strength * h_f``."""
    share: Floats
    """(k,) how often each is answered, scaled so that t is 1 at `goal`."""

    @classmethod
    def of(cls, goal: Floats, variance: Floats, share: Floats, strength: float) -> Prior:
        """Return the prior for features with a variance and a share of answers: (k,) each."""
        stiffness = strength * np.maximum(variance, LEAST_VARIANCE)
        return cls(goal, stiffness, share / float(share @ goal))

    def penalty(self, b: Floats) -> tuple[float, Floats]:
        """Return the penalty of coefficients, and its gradient."""
        known = float(self.share @ b)
        t = max(known, LEAST_SCALE)
        away = b / t - self.goal
        pull = self.stiffness * away
        cost = float(pull @ away)
        gradient = t * pull
        if known > LEAST_SCALE:
            gradient = gradient + (t * cost - float(pull @ b)) * self.share
        return 0.5 * t * t * cost, gradient


def fit_weights(likelihood: Likelihood, prior: Floats, strength: float) -> Floats:
    """Return weights that sum to 1: (k,).

    Parameters
    ----------
    likelihood
        What the data say.
    prior
        (k,) the config's weights; 0 stays 0.
    strength
        Outcomes that the prior is worth.
    """
    told = told_about(likelihood, prior)
    if not told.any():
        return prior
    free, goal, carried = likelihood.free, prior[told], _carried(prior, told)
    variance, share = (values[told] for values in likelihood.spread())
    pull = Prior.of(goal, variance, share, strength * likelihood.unit)

    def penalised(parameters: Floats) -> tuple[float, Floats]:
        inner = parameters[free:]
        value, gradient = likelihood.loss(np.append(parameters[:free], carried @ inner))
        more, steeper = pull.penalty(inner)
        return value + more, np.append(gradient[:free], gradient[free:] @ carried + steeper)

    start = np.append(np.zeros(free), LEAST_SCALE * goal)
    bounds: list[tuple[float | None, float | None]] = [(None, None)] * free
    bounds += [(0.0, MOST_SCALE)] * len(goal)
    found = np.maximum(_minimise(penalised, start, bounds)[free:], 0.0)
    total, weights = float(found.sum()), prior.copy()
    if total > 0.0:
        weights[told] = found * (goal.sum() / total)
    return weights


def told_about(likelihood: Likelihood, prior: Floats) -> Bools:
    """Return on which weights the data say anything: features that are on and differ: (k,)."""
    return np.asarray((prior > 0.0) & (likelihood.spread()[0] > TINY))


def _carried(prior: Floats, told: Bools) -> Floats:
    """Return the matrix from coefficients of the features that are told about to all: (k, told).

    The others keep their share of the total.
    """
    carried = np.eye(len(prior))[:, told]
    carried[~told] = prior[~told, None] / prior[told].sum()
    return carried


def _minimise(
    loss: Callable[[Floats], tuple[float, Floats]],
    start: Floats,
    bounds: list[tuple[float | None, float | None]],
) -> Floats:
    options: Any = {"maxiter": 500, "ftol": 1e-10, "gtol": 1e-7}
    objective: Any = loss
    result = minimize(objective, start, jac=True, bounds=bounds, method="L-BFGS-B", options=options)
    return np.asarray(result.x, dtype=np.float64)
