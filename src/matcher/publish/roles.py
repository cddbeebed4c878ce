"""Who is there for what: the facets that each mentor covers best in a portfolio."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matcher.vocabulary import Approach, facet_label

if TYPE_CHECKING:
    from matcher.problem.problem import Floats
    from matcher.publish.matched_pairs import MatchedPairs

POORLY_COVERED = 0.5
"""Cover of a wanted facet below which it is listed as uncovered."""

NAMED = 3
"""Facets named in a role."""

TITLES = {
    Approach.DEVELOPMENTAL.value: "mentor",
    Approach.SPONSORSHIP.value: "sponsor",
    Approach.REVERSE.value: "reverse mentor",
    Approach.RECIPROCAL.value: "co-mentor",
}


def approach_names(pairs: MatchedPairs) -> list[str]:
    """Return the approach of each match in words."""
    names = [approach.value for approach in Approach]
    return [names[code] for code in pairs.approach.tolist()]


def covers(pairs: MatchedPairs) -> list[tuple[str, ...]]:
    """Return for each match the needed facets on which nobody in the portfolio offers more.

    Facets come in order of need times offer, ties in the order of the vocabulary. Of equal offers
    the first mentor by id counts.
    """
    best = _is_best(pairs)
    weight = pairs.instance.needs[pairs.mentee] * pairs.instance.offers[pairs.mentor]
    weight = np.where(best & (weight > 0), weight, -1.0)
    order = np.argsort(-weight, axis=1, kind="stable")
    ranked = np.take_along_axis(weight, order, axis=1)
    names = np.array(pairs.instance.facets, dtype=object)
    return [
        tuple(names[row[amount > 0]].tolist()) for row, amount in zip(order, ranked, strict=True)
    ]


def _is_best(pairs: MatchedPairs) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Return for each match and facet whether the mentor is the first with the highest offer."""
    offers = pairs.instance.offers[pairs.mentor]
    top = np.zeros_like(pairs.instance.needs)
    np.maximum.at(top, pairs.mentee, offers)
    reaches = offers >= top[pairs.mentee]
    first = np.full(top.shape, len(offers), dtype=np.int64)
    row = np.broadcast_to(np.arange(len(offers))[:, None], offers.shape)
    for facet in range(offers.shape[1]):
        here = reaches[:, facet]
        np.minimum.at(first[:, facet], pairs.mentee[here], row[here, facet])
    return np.asarray(reaches & (first[pairs.mentee] == row))


def roles(pairs: MatchedPairs, covered: list[tuple[str, ...]]) -> list[str]:
    """Return each match's role in words, such as ``sponsor for whom, sector knowledge``."""
    return [
        f"{TITLES[approach]} for {', '.join(map(facet_label, facets[:NAMED]))}"
        if facets
        else TITLES[approach]
        for approach, facets in zip(approach_names(pairs), covered, strict=True)
    ]


def uncovered(pairs: MatchedPairs) -> list[tuple[str, ...]]:
    """Return for each mentee the needed facets that stay poorly covered, worst unmet need first."""
    needs, cover = pairs.instance.needs, pairs.cover[1]
    known = np.array(pairs.instance.needs_stated, dtype=bool)
    unmet: Floats = needs * (1.0 - cover)
    listed = (needs > 0) & (cover < POORLY_COVERED) & known[:, None]
    order = np.argsort(-np.where(listed, unmet, -1.0), axis=1, kind="stable")
    names = np.array(pairs.instance.facets, dtype=object)
    return [
        tuple(names[row[chosen[row]]].tolist()) for row, chosen in zip(order, listed, strict=True)
    ]
