"""Four ways in which a network can be too narrow (Ibarra 2015), graded, with who drives them."""

from dataclasses import dataclass

import numpy as np

from matcher.arrays import Bools, Cells, Floats
from matcher.network import ego_metrics
from matcher.network.composition import Attribute, coleman, iqv
from matcher.network.ego_networks import LONG_KNOWN_YEARS, EgoNetworks
from matcher.vocabulary import AuditCategory, Era

LEAST_CONTACTS = 4
"""Contacts below which no detector speaks."""
LEAST_OPINIONS = 3
"""Known answers below which nothing is said on pigeonholing."""
LEVELS = ("none", "some", "strong")
SOME_FROM, STRONG_ABOVE = 0.33, 0.66
ECHO_SOME_FROM, ECHO_STRONG_FROM = 0.25, 0.50
PAST, FUTURE = list(Era).index(Era.PAST), list(Era).index(Era.FUTURE)


@dataclass(frozen=True)
class Detected:
    """One category for n people."""

    category: AuditCategory
    score: ego_metrics.Measure
    """In [0, 1]."""
    drivers: Bools
    """Shape (n, c), the contacts that raise the score."""

    @property
    def level(self) -> Cells:
        """Shape (n,): none, some or strong; the empty text where there is no score."""
        return grade(self.category, self.score.value)


def grade(category: AuditCategory, score: Floats) -> Cells:
    """Return the level of each score: from .33 some, above .66 strong; echo chambers earlier."""
    # A sum that is .33 in fractions may be .32999999999999996 in floats.
    score = np.round(score, 12)
    with np.errstate(invalid="ignore"):
        if category is AuditCategory.ECHO_CHAMBER:
            steps = (score >= ECHO_SOME_FROM).astype(int) + (score >= ECHO_STRONG_FROM)
        else:
            steps = (score >= SOME_FROM).astype(int) + (score > STRONG_ABOVE)
    level: Cells = np.array(LEVELS, dtype=object)[steps]
    level[np.isnan(score)] = ""
    return level


def detect(networks: EgoNetworks, attributes: tuple[Attribute, ...]) -> tuple[Detected, ...]:
    """Return the four detectors in the order of :class:`AuditCategory`."""
    return (
        birds_of_a_feather(networks, attributes),
        network_lag(networks),
        echo_chamber(networks),
        pigeonholing(networks),
    )


def birds_of_a_feather(networks: EgoNetworks, attributes: tuple[Attribute, ...]) -> Detected:
    """Return the mean over attributes of max(0, Coleman), or of 1 - IQV without a population."""
    named = networks.named
    parts = np.array([_likeness(attribute, named) for attribute in attributes])
    counted = ~np.isnan(parts)
    mean = ego_metrics.divide(np.where(counted, parts, 0.0).sum(axis=0), counted.sum(axis=0))
    alike = [attribute.alike & named for attribute in attributes]
    known = np.logical_or.reduce([attribute.known & named for attribute in attributes])
    return Detected(
        AuditCategory.BIRDS_OF_A_FEATHER,
        ego_metrics.measure(mean, known.sum(axis=1), *_few(named)),
        np.logical_or.reduce(alike),
    )


def _likeness(attribute: Attribute, named: Bools) -> Floats:
    """Return how alike contacts are on one attribute, NaN where nothing can be said."""
    homophily = coleman(attribute, named)
    no_comparison = np.isin(
        homophily.reason,
        [ego_metrics.Undefined.NO_POPULATION.value, ego_metrics.Undefined.EGO_UNKNOWN.value],
    )
    return np.where(
        no_comparison, 1.0 - iqv(attribute, named).value, np.maximum(homophily.value, 0.0)
    )


def network_lag(networks: EgoNetworks) -> Detected:
    """Return .5 * share past + .3 * (1 - share future) + .2 * share known 5 years or more."""
    named = networks.named
    dated = named & (networks.era >= 0)
    past, future = dated & (networks.era == PAST), dated & (networks.era == FUTURE)
    met = named & ~np.isnan(networks.years_known)
    with np.errstate(invalid="ignore"):
        long_known = met & (networks.years_known >= LONG_KNOWN_YEARS)
    score = (
        0.5 * _share(past, dated)
        + 0.3 * (1.0 - _share(future, dated))
        + 0.2 * _share(long_known, met)
    )
    return Detected(
        AuditCategory.NETWORK_LAG,
        ego_metrics.measure(score, (dated & met).sum(axis=1), *_few(named)),
        past | long_known,
    )


def echo_chamber(networks: EgoNetworks) -> Detected:
    """Return internal share times density."""
    named = networks.named
    known = named & ~np.isnan(networks.internal)
    inside = known & (networks.internal == 1.0)
    score = _share(inside, known) * ego_metrics.density(networks.ties, named).value
    tied = networks.ties.any(axis=2)
    return Detected(
        AuditCategory.ECHO_CHAMBER,
        ego_metrics.measure(score, known.sum(axis=1), *_few(named)),
        inside & tied,
    )


def pigeonholing(networks: EgoNetworks) -> Detected:
    """Return the share of contacts who could not see ego do something different."""
    named = networks.named
    known = named & ~np.isnan(networks.sees_change)
    cannot = known & (networks.sees_change == 0.0)
    opinions = known.sum(axis=1)
    return Detected(
        AuditCategory.PIGEONHOLING,
        ego_metrics.measure(
            _share(cannot, known),
            opinions,
            *_few(named),
            (opinions < LEAST_OPINIONS, ego_metrics.Undefined.NOT_ANSWERED),
        ),
        cannot,
    )


def _share(part: Bools, whole: Bools) -> Floats:
    return ego_metrics.divide(part.sum(axis=1), whole.sum(axis=1))


def _few(named: Bools) -> tuple[ego_metrics.Case, ego_metrics.Case]:
    size = named.sum(axis=1)
    return ego_metrics.no_contacts(named), (
        size < LEAST_CONTACTS,
        ego_metrics.Undefined.TOO_FEW_CONTACTS,
    )
