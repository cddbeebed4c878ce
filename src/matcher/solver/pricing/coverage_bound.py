"""What each mentor adds to the modular bound on coverage, for all pairs by one product of matrices.

The bound of `screen` sums ``w (o - l)^+`` over facets, with a weight w and a level l for each
mentee and an offer o for each mentor: several passes over all pairs a facet. But ``(o - l)^+`` is
convex in l, so that with knots ``t_a <= l <= t_b`` it is at most the same share of
``(o - t_a)^+`` and ``(o - t_b)^+``, and these *excess* belong to the mentors alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matcher.problem.problem import Floats

KNOTS = 12
"""Knots a facet, from 0 to below its highest offer: more cost time in proportion, and prune hardly
more."""


@dataclass(frozen=True)
class OfferExcess:
    """Excess of all mentors' offers over evenly spaced knots, in float32."""

    step: Floats
    """(f,) distance of the knots of each facet."""
    values: Floats
    """(f * KNOTS, m)"""

    @classmethod
    def of(cls, offers: Floats) -> OfferExcess:
        """Return the excess of offers (m, f)."""
        step = np.maximum(offers.max(axis=0, initial=0.0), 1e-6) / KNOTS
        knots = step[:, None] * np.arange(KNOTS)
        above = np.maximum(offers.T[:, None, :] - knots[:, :, None], 0.0)
        return cls(step, above.reshape(-1, len(offers)).astype(np.float32))

    def weights(self, weight: Floats, level: Floats) -> Floats:
        """Return the weight of each hinge for terms ``weight (o - level)^+`` (b, f): (b, f, KNOTS).

        Levels lie in [0, 1]; at the last knot and above, where no offer is, nothing is needed.
        """
        place = np.minimum(level / self.step, KNOTS)
        knot = np.minimum(place.astype(np.int64), KNOTS - 1)
        share = place - knot
        out = np.zeros((*weight.shape, KNOTS + 1))
        row, facet = np.ogrid[: weight.shape[0], : weight.shape[1]]
        out[row, facet, knot] = weight * (1.0 - share)
        out[row, facet, knot + 1] = weight * share
        return out[:, :, :KNOTS]

    def total(self, weights: Floats) -> Floats:
        """Return the sum of weighted excess of every mentee and mentor in float32: (b, m)."""
        flat = weights.reshape(len(weights), -1).astype(np.float32)
        return np.asarray(flat @ self.values)
