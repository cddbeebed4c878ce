"""What an audit adds up to: axes, typology and seven benefits, and what it tells the match.

Only purposes, reach outside the organisation and the forms of knowing feed the match; how alike
contacts are does not, so no protected attribute can.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Cells, Floats
from matcher.config import Config
from matcher.network.composition import Attribute, iqv
from matcher.network.ego_metrics import divide
from matcher.network.ego_networks import EgoNetworks
from matcher.text import fold_column, words_beside
from matcher.vocabulary import (
    FACETS,
    WHOM,
    AuditAxis,
    Benefit,
    Frequency,
    Knowing,
    NetworkBenefit,
    NetworkTypology,
    Purpose,
    told_facet,
)

AXES: dict[AuditAxis, tuple[str, ...]] = {
    AuditAxis.BREADTH: ("iqv_organisation", "blau_organisation", "purpose_balance", "multiplexity"),
    AuditAxis.CONNECTIVITY: (
        *("connectivity", "constraint", "density", "effective_size", "efficiency"),
        *("fof_reach", "fof_efficiency"),
    ),
    AuditAxis.DYNAMISM: ("dynamism", "recency", "weak_tie_share"),
    AuditAxis.INTERNAL_EXTERNAL: ("ei_index",),
}
"""The metrics of each axis; the first one is its headline."""

LOW_BALANCE = 0.6
"""Purpose balance below this is low."""
WEAK_TIE_TARGET = (0.4, 0.7)
"""Share of weak ties that is aimed at."""
DIVERSE_FROM = STRONG_FROM = 0.5

OPERATIONAL, PERSONAL, STRATEGIC = range(3)
RARELY = list(Frequency).index(Frequency.RARELY)

REASON_WORDS: dict[str, str] = words_beside(__file__, "reason_words.toml")
"""Words in `reasons` that name a benefit."""

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
"""Facets and forms of knowing that a tie of each purpose serves beside the purpose itself; contexts
are not audited."""

RARE_TIE = 0.5
"""What a tie that is used rarely holds, relative to one in use."""


def against_target(metric: str, value: float) -> str:
    """Return where a figure misses its proposed target, else the empty text (so for NaN)."""
    if metric == "purpose_balance" and value < LOW_BALANCE:
        return f"low, below {LOW_BALANCE}"
    low, high = WEAK_TIE_TARGET
    if metric == "weak_tie_share" and (value < low or value > high):
        return f"{'below' if value < low else 'above'} the target of {low} to {high}"
    return ""


def benefits_served(networks: EgoNetworks) -> Bools:
    """Return which of the seven benefits each contact serves, shape (n, c, 7).

    A contact serves a benefit where the reason that ego gave names it, or by purpose: operational
    ties get things done, and keep one informed unless rare; personal ties teach and listen;
    strategic ties open opportunities, inside the organisation its politics; personal or strategic
    ties outside bring in what is new. A rule of thumb proposed here, as the source lists benefits
    but no test for them.
    """
    purposes = networks.purposes
    seen = networks.named & (networks.frequency != RARELY)
    outside = networks.internal == 0.0
    inside = networks.internal == 1.0
    by_purpose = {
        NetworkBenefit.KEEP_INFORMED: purposes[:, :, OPERATIONAL] & seen,
        NetworkBenefit.TEACH: purposes[:, :, PERSONAL],
        NetworkBenefit.INNOVATE: (purposes[:, :, PERSONAL] | purposes[:, :, STRATEGIC]) & outside,
        NetworkBenefit.SOUNDING_BOARD: purposes[:, :, PERSONAL] & seen,
        NetworkBenefit.GET_THINGS_DONE: purposes[:, :, OPERATIONAL],
        NetworkBenefit.OPPORTUNITIES: purposes[:, :, STRATEGIC],
        NetworkBenefit.NAVIGATE_POLITICS: purposes[:, :, STRATEGIC] & inside,
    }
    named_by_words = networks.spread(_words(networks.rows["reasons"]), empty=False)
    served: Bools = np.stack([by_purpose[benefit] for benefit in NetworkBenefit], axis=2)
    return np.asarray(served | named_by_words)


def _words(reasons: pd.Series[Any]) -> Bools:
    """Return which benefits the words of each reason name, shape (k, 7)."""
    text = fold_column(reasons).fillna("")
    found = [
        text.str.contains(REASON_WORDS[benefit], regex=True).to_numpy(dtype=bool)
        for benefit in NetworkBenefit
    ]
    words: Bools = np.stack(found, axis=1)
    return words


def diversity(networks: EgoNetworks, attributes: tuple[Attribute, ...]) -> Floats:
    """Return the IQV of organisations, else the mean IQV of other unprotected attributes."""
    first, *others = (
        iqv(attribute, networks.named).value for attribute in attributes if not attribute.protected
    )
    if not others:
        return first
    stacked = np.stack(others)
    counted = ~np.isnan(stacked)
    total = np.where(counted, stacked, 0.0).sum(axis=0)
    mean = np.where(counted.any(axis=0), total / np.maximum(counted.sum(axis=0), 1), np.nan)
    return np.where(np.isnan(first), mean, first)


def typology(diverse: Floats, weak_tie_share: Floats) -> Cells:
    """Return Higgins & Kram's (2001) type: diverse from IQV .5, strong from half 'often'.

    Parameters
    ----------
    diverse, weak_tie_share
        Shape (n,), NaN where undefined; the type is then the empty text.
    """
    with np.errstate(invalid="ignore"):
        wide = diverse >= DIVERSE_FROM
        strong = 1.0 - weak_tie_share >= STRONG_FROM
    kinds = np.where(
        wide,
        np.where(strong, NetworkTypology.ENTREPRENEURIAL, NetworkTypology.OPPORTUNISTIC),
        np.where(strong, NetworkTypology.TRADITIONAL, NetworkTypology.RECEPTIVE),
    ).astype(object)
    kinds = np.array([str(kind) for kind in kinds], dtype=object)
    kinds[np.isnan(diverse) | np.isnan(weak_tie_share)] = ""
    return kinds


def profile_frame(
    person_ids: pd.Series[Any],
    networks: EgoNetworks,
    attributes: tuple[Attribute, ...],
    values: dict[str, Floats],
    serves: Bools,
) -> pd.DataFrame:
    """Return one row a mentee: contacts, typology, headline of each axis, purposes and benefits.

    `serves` is what `benefits_served` found.
    """
    served = (serves & networks.named[:, :, None]).sum(axis=1)
    tags = (networks.purposes & networks.named[:, :, None]).sum(axis=1)
    columns: dict[str, Any] = {
        "person_id": person_ids.to_numpy(),
        "n_contacts": networks.size,
        "typology": typology(diversity(networks, attributes), values["weak_tie_share"]),
    }
    columns |= {f"axis_{axis}": values[metrics[0]] for axis, metrics in AXES.items()}
    columns |= {f"purpose_{purpose}": tags[:, at] for at, purpose in enumerate(Purpose)}
    columns |= {f"benefit_{benefit}": served[:, at] for at, benefit in enumerate(NetworkBenefit)}
    return pd.DataFrame(columns)


@dataclass(frozen=True)
class MatchFeed:
    """Arrays over n mentees and the 27 facets; all zero where there is no audit."""

    gaps: Floats
    """Shape (n, 27), how much the network lacks, in [0, 1]."""
    held_best: Floats
    """Shape (n, 27), best offer that an organic tie holds."""
    held_second: Floats
    """Shape (n, 27), second-best offer that an organic tie holds."""
    has_audit: Bools
    """Shape (n,), whether an audit feeds this person's match."""


def match_feed(networks: EgoNetworks, config: Config) -> MatchFeed:
    """Return gaps and cover held, or nothing at all with ``[audit] feed_match = false``."""
    n = len(networks.named)
    if not config.audit.feed_match:
        nothing = np.zeros((n, len(FACETS)))
        return MatchFeed(nothing, nothing, nothing, np.zeros(n, dtype=bool))
    best, second = _cover_held(networks, config.audit.organic_offer)
    cover, most = best + config.portfolio.second_cover * second, config.audit.organic_cover
    part = np.nan_to_num(divide(np.minimum(cover, most), cover))
    best, second = best * part, second * part
    return MatchFeed(_facet_gaps(networks), best, second, networks.size > 0)


def _serving() -> Floats:
    """Return which facets a purpose serves, shape (3, 27)."""
    serves = np.zeros((len(Purpose), len(FACETS)))
    for row, purpose in enumerate(Purpose):
        for facet in (f"purpose.{purpose}", *SERVES[purpose]):
            serves[row, [told_facet(f) == facet for f in FACETS]] = 1.0
    return serves


def _facet_gaps(networks: EgoNetworks) -> Floats:
    """Return how much each facet is missing, shape (n, 27).

    A purpose with no tags is missing wholly, one with a third of them or more not at all, linear in
    between; its facets follow it. Knowing whom is missing too as far as internal contacts outnumber
    external ones (the positive part of -EI).
    """
    tags = (networks.purposes & networks.named[:, :, None]).sum(axis=1)
    total = tags.sum(axis=1, keepdims=True) * np.ones(tags.shape)
    lacking = np.nan_to_num(np.maximum(0.0, 1.0 - len(Purpose) * divide(tags, total)))
    gaps = lacking @ _serving()
    gaps[:, WHOM] = np.maximum(gaps[:, WHOM], inward(networks)[:, None])
    return np.asarray(gaps, dtype=np.float64)


def inward(networks: EgoNetworks) -> Floats:
    """Return how far internal contacts outnumber external ones: 0 balanced, 1 all internal."""
    known = networks.named & ~np.isnan(networks.internal)
    inside = (known & (networks.internal == 1.0)).sum(axis=1)
    outside = known.sum(axis=1) - inside
    return np.nan_to_num(np.maximum(0.0, divide(inside - outside, inside + outside)))


def _cover_held(networks: EgoNetworks, organic_offer: float) -> tuple[Floats, Floats]:
    """Return the best and second-best offer of organic ties on each facet, each (n, 27).

    A tie offers `organic_offer` on the facets that its purposes serve (a contact outside the
    organisation also on knowing whom), half of it where the two are rarely in touch.
    """
    serves = networks.purposes.astype(np.float64) @ _serving() > 0
    serves[:, :, WHOM] |= (networks.internal == 0.0)[:, :, None]
    strength = np.where(networks.frequency == RARELY, RARE_TIE, 1.0) * networks.named
    offers = organic_offer * serves * strength[:, :, None]
    padded = np.concatenate([np.zeros((len(offers), 2, len(FACETS))), offers], axis=1)
    ordered = np.sort(padded, axis=1)
    return ordered[:, -1], ordered[:, -2]
