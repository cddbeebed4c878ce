"""The prior on weights: what it costs to leave the proportions of the config's.

``strength / 2 * S^2 * sum_f h_f (b_f / t - w0_f)^2``

b are the coefficients and S is their sum, w0 are the config's weights, h_f is what one outcome that
answers feature f tells about it, so that the prior weighs as much as `strength` such outcomes
whatever the units, and t is the total of the coefficients, each counted by the share of outcomes
that answer it. So only proportions are measured, against the features that outcomes know: one that
hardly any outcome answers keeps its share however far the others move.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matcher.features.base import Floats

LEAST_SCALE = 5.0
"""Least S and t: about an AUC of .63 of the default score. With less, a few outcomes that go
against the default would turn its weights round."""
LEAST_VARIANCE = 0.01
"""Variance that a feature is given at least."""


@dataclass(frozen=True)
class Prior:
    """The penalty on the coefficients of the features that the data tell about: k of them."""

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
        whole = float(self.goal.sum())
        total, known = float(b.sum()) / whole, float(self.share @ b)
        s, t = max(total, LEAST_SCALE), max(known, LEAST_SCALE)
        away = b / t - self.goal
        pull = self.stiffness * away
        cost = float(pull @ away)
        gradient = s * s / t * pull
        if known > LEAST_SCALE:
            gradient = gradient - (s / t) ** 2 * float(pull @ b) * self.share
        if total > LEAST_SCALE:
            gradient = gradient + s * cost / whole
        return 0.5 * s * s * cost, gradient
