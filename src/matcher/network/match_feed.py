"""What an audit tells the match: facets that the network lacks, and cover that it already gives.

Only purposes, reach outside the organisation and the forms of knowing feed the match; how alike
contacts are does not, so no protected attribute can.
"""

from dataclasses import dataclass

import numpy as np

from matcher.arrays import Bools, Floats
from matcher.config import Config
from matcher.network.ego_networks import EgoNetworks
from matcher.network.measure import divide
from matcher.vocabulary import FACETS, Benefit, Frequency, Knowing, Purpose

SERVES: dict[Purpose, tuple[str, ...]] = {
    Purpose.OPERATIONAL: (
        f"benefit.{Benefit.TASK_INFORMATION}",
        f"benefit.{Benefit.TASK_ACHIEVEMENT}",
        f"knowing.{Knowing.HOW}",
    ),
    Purpose.PERSONAL: (
        f"benefit.{Benefit.DEVELOPMENT}",
        f"benefit.{Benefit.MUTUAL_SUPPORT}",
        f"knowing.{Knowing.WHY}",
    ),
    Purpose.STRATEGIC: (f"benefit.{Benefit.CAREER}", f"knowing.{Knowing.WHOM}"),
}
"""Facets that a tie of each purpose serves beside the purpose itself; contexts are not audited."""

WHOM = FACETS.index(f"knowing.{Knowing.WHOM}")
RARE_TIE = 0.5
"""What a tie that is used rarely holds, relative to one in use."""
RARELY = list(Frequency).index(Frequency.RARELY)


@dataclass(frozen=True)
class MatchFeed:
    """Arrays over n mentees and the 17 facets; all zero where there is no audit."""

    gaps: Floats
    """Shape (n, 17), how much the network lacks, in [0, 1]."""
    held_best: Floats
    """Shape (n, 17), best offer that an organic tie holds."""
    held_second: Floats
    """Shape (n, 17), second-best offer that an organic tie holds."""
    has_audit: Bools
    """Shape (n,), whether an audit feeds this person's match."""


def match_feed(networks: EgoNetworks, config: Config) -> MatchFeed:
    """Return gaps and cover held, or nothing at all with ``[audit] feed_match = false``."""
    n = len(networks.named)
    if not config.audit.feed_match:
        nothing = np.zeros((n, len(FACETS)))
        return MatchFeed(nothing, nothing, nothing, np.zeros(n, dtype=bool))
    best, second = _cover_held(networks, config.audit.organic_offer)
    return MatchFeed(_facet_gaps(networks), best, second, networks.size > 0)


def _serving() -> Floats:
    """Return which facets a purpose serves, shape (3, 17)."""
    serves = np.zeros((len(Purpose), len(FACETS)))
    for row, purpose in enumerate(Purpose):
        for facet in (f"purpose.{purpose}", *SERVES[purpose]):
            serves[row, FACETS.index(facet)] = 1.0
    return serves


def _facet_gaps(networks: EgoNetworks) -> Floats:
    """Return how much each facet is missing, shape (n, 17).

    A purpose with no tags is missing wholly, one with a third of them or more not at all, linear in
    between; its facets follow it. Knowing whom is missing too as far as internal contacts outnumber
    external ones (the positive part of -EI).
    """
    tags = (networks.purposes & networks.named[:, :, None]).sum(axis=1)
    total = tags.sum(axis=1, keepdims=True) * np.ones(tags.shape)
    lacking = np.nan_to_num(np.maximum(0.0, 1.0 - len(Purpose) * divide(tags, total)))
    gaps = lacking @ _serving()
    gaps[:, WHOM] = np.maximum(gaps[:, WHOM], inward(networks))
    return np.asarray(gaps, dtype=np.float64)


def inward(networks: EgoNetworks) -> Floats:
    """Return how far internal contacts outnumber external ones: 0 balanced, 1 all internal."""
    known = networks.named & ~np.isnan(networks.internal)
    inside = (known & (networks.internal == 1.0)).sum(axis=1)
    outside = known.sum(axis=1) - inside
    return np.nan_to_num(np.maximum(0.0, divide(inside - outside, inside + outside)))


def _cover_held(networks: EgoNetworks, organic_offer: float) -> tuple[Floats, Floats]:
    """Return the best and second-best offer of organic ties on each facet, each (n, 17).

    A tie offers `organic_offer` on the facets that its purposes serve (a contact outside the
    organisation also on knowing whom), half of it where the two are rarely in touch.
    """
    serves = networks.purposes.astype(np.float64) @ _serving() > 0
    serves[:, :, WHOM] |= networks.internal == 0.0
    strength = np.where(networks.frequency == RARELY, RARE_TIE, 1.0) * networks.named
    offers = organic_offer * serves * strength[:, :, None]
    padded = np.concatenate([np.zeros((len(offers), 2, len(FACETS))), offers], axis=1)
    ordered = np.sort(padded, axis=1)
    return ordered[:, -1], ordered[:, -2]
