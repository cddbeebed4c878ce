"""Non-negative weights with a prior centred on the config's: penalised likelihood.

The linear predictor is ``eta = scale * sum_f w_f a_f (x_f - neutral)``: what moves the pair score,
with unanswered features neutral. Coefficients ``b = scale * w >= 0`` minimise

``-log likelihood + strength / 2 * sum_f h_f (b_f - t w0_f)^2``

over b and t: w0 are the config's weights, t is their scale, free but for a floor, and h_f is the
information that one outcome carries about b_f, so that the prior weighs as much as `strength`
outcomes whatever the units. Features of weight 0 are switched off by the programme and stay so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

if TYPE_CHECKING:
    from matcher.features.base import Bools, Floats, Positions

LEAST_SCALE = 5.0
"""Least scale of the prior: about an AUC of .63 of the default score. With less, a few outcomes
that go against the default would turn its weights round."""
MOST_SCALE = 100.0
"""Largest scale: past it every outcome is as good as certain."""
LEAST_VARIANCE = 0.01
"""Variance that a feature is given at least in the prior's information."""


class Likelihood(Protocol):
    """Minus the log likelihood of coefficients, with its gradient."""

    @property
    def free(self) -> int:
        """Number of parameters before the coefficients, such as an intercept."""

    def information(self) -> Floats:
        """Return the information of one outcome about each coefficient: (k,)."""

    def loss(self, parameters: Floats) -> tuple[float, Floats]:
        """Return minus the log likelihood and its gradient."""


@dataclass(frozen=True)
class Logistic:
    """Success of pairs: one intercept, then the coefficients."""

    x: Floats
    """(p, k) centred features."""
    success: Bools
    weight: Floats | Positions
    """(p,) how often each pair counts."""

    @property
    def free(self) -> int:
        """One intercept."""
        return 1

    def information(self) -> Floats:
        """Return p(1-p) var(x_f) at the mean rate."""
        total = max(float(self.weight.sum()), 1.0)
        rate = np.clip(float(self.weight @ self.success) / total, 0.05, 0.95)
        mean = self.weight @ self.x / total
        variance = self.weight @ np.square(self.x - mean) / total
        return np.asarray(rate * (1.0 - rate) * np.maximum(variance, LEAST_VARIANCE))

    def loss(self, parameters: Floats) -> tuple[float, Floats]:
        """Return minus the log likelihood and its gradient."""
        eta = parameters[0] + self.x @ parameters[1:]
        value = float(self.weight @ (np.logaddexp(0.0, eta) - self.success * eta))
        slope = self.weight * (expit(eta) - self.success)
        return value, np.concatenate([[slope.sum()], slope @ self.x])


@dataclass(frozen=True)
class Choice:
    """Chosen mentors among those who were free: conditional logit (McFadden 1974).

    ``x`` holds the alternatives of all choices one after the other, the chosen one first.
    """

    x: Floats
    """(q, k) centred features of all alternatives."""
    start: Positions
    """(c,) first alternative of each choice."""
    weight: Floats | Positions
    """(c,) how often each choice counts."""

    @property
    def free(self) -> int:
        """No intercept: it would cancel."""
        return 0

    @property
    def _choice(self) -> Positions:
        size = np.diff(np.append(self.start, len(self.x)))
        return np.repeat(np.arange(len(self.start)), size)

    def information(self) -> Floats:
        """Return the mean variance of each feature within a choice."""
        choice = self._choice
        size = np.bincount(choice)
        mean = np.add.reduceat(self.x, self.start) / size[:, None]
        spread = np.add.reduceat(np.square(self.x - mean[choice]), self.start) / size[:, None]
        total = max(float(self.weight.sum()), 1.0)
        return np.maximum(self.weight @ spread / total, LEAST_VARIANCE)

    def loss(self, parameters: Floats) -> tuple[float, Floats]:
        """Return minus the log likelihood and its gradient."""
        share, log_share = self.shares(parameters)
        value = -float(self.weight @ log_share[self.start])
        residual = share * self.weight[self._choice]
        residual[self.start] -= self.weight
        return value, residual @ self.x

    def shares(self, coefficients: Floats) -> tuple[Floats, Floats]:
        """Return the probability of each alternative and its logarithm: (q,)."""
        return choice_shares(self.x @ coefficients, self.start)


def choice_shares(eta: Floats, start: Positions) -> tuple[Floats, Floats]:
    """Return softmax of `eta` within each choice, and its logarithm."""
    size = np.diff(np.append(start, len(eta)))
    shifted = eta - np.repeat(np.maximum.reduceat(eta, start), size)
    total = np.add.reduceat(np.exp(shifted), start)
    log_share = shifted - np.repeat(np.log(total), size)
    return np.exp(log_share), log_share


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
    free, k = likelihood.free, len(prior)
    stiffness = strength * likelihood.information()

    def penalised(parameters: Floats) -> tuple[float, Floats]:
        value, gradient = likelihood.loss(parameters[:-1])
        away = parameters[free:-1] - parameters[-1] * prior
        pull = stiffness * away
        gradient = np.append(gradient, -float(pull @ prior))
        gradient[free:-1] += pull
        return value + 0.5 * float(pull @ away), gradient

    start = np.concatenate([np.zeros(free), LEAST_SCALE * prior, [LEAST_SCALE]])
    bounds: list[tuple[float | None, float | None]] = [(None, None)] * free
    bounds += [(0.0, MOST_SCALE) if weight > 0 else (0.0, 0.0) for weight in prior]
    bounds.append((LEAST_SCALE, MOST_SCALE))
    found = np.maximum(_minimise(penalised, start, bounds)[free : free + k], 0.0)
    total = float(found.sum())
    return found / total if total > 0 else prior


def _minimise(
    loss: Callable[[Floats], tuple[float, Floats]],
    start: Floats,
    bounds: list[tuple[float | None, float | None]],
) -> Floats:
    options: Any = {"maxiter": 500, "ftol": 1e-10, "gtol": 1e-7}
    objective: Any = loss
    result = minimize(objective, start, jac=True, bounds=bounds, method="L-BFGS-B", options=options)
    return np.asarray(result.x, dtype=np.float64)
