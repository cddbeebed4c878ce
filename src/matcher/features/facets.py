"""Kinds `facets` and `network`: how far an offer meets a need, and closes the gaps of an audit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from matcher.features.base import BothStated, Compared, any_of, where_answered
from matcher.features.feature_columns import (
    code_sets,
    items_of,
    numbers_of,
    separator_of,
    sides,
    stated,
)
from matcher.features.needs import (
    GROUP_COLUMNS,
    AuditFindings,
    all_needs,
    all_offers,
    counted,
    offers_stated,
)
from matcher.vocabulary import FACETS, Knowing

if TYPE_CHECKING:
    from matcher.cohort.cohort import Cohort
    from matcher.config import Config, FeatureConfig
    from matcher.features.base import Bools, Coded, Codes, Floats, Positions, Selection

WHOM = FACETS.index(f"knowing.{Knowing.WHOM}")


@dataclass(frozen=True)
class FacetFit(BothStated):
    """Share of the need that the offer meets: ``sum need * min(1, offer / need) / sum need``.

    Surplus on one facet earns nothing on another. Needs past 1 (a tick and a gap of the audit)
    weigh more, but an offer of 1 meets them in full.

    Parameters
    ----------
    needs
        Needs >= 0: shape (n, f).
    offers
        Offers in [0, 1]: shape (m, f).
    factor
        What the share is multiplied by for each mentee, in [0, 1]: shape (n,).
    """

    needs: Floats
    offers: Floats
    factor: Floats

    def compare(self, pairs: Selection, approach: Codes) -> Compared:
        """Compare needs with offers, facet by facet."""
        met, part = np.zeros(pairs.shape), np.empty(pairs.shape)
        for facet in self._asked:
            need = pairs.mentee(self.needs[:, facet])
            if not need.any():
                continue
            np.minimum(np.minimum(need, 1.0), pairs.mentor(self.offers[:, facet]), out=part)
            np.multiply(part, np.maximum(need, 1.0), out=part)
            met += part
        met /= pairs.mentee(self._total)
        np.minimum(met, 1.0, out=met)
        met *= pairs.mentee(self.factor)
        return where_answered(met, self.both(pairs))

    # Blocks may hold few mentees of very many: what concerns all of them is found once.
    @cached_property
    def _asked(self) -> Positions:
        """Facets that anybody needs."""
        return np.flatnonzero(self.needs.any(axis=0))

    @cached_property
    def _total(self) -> Floats:
        """(n,) sum of needs, facet by facet; 1 where there is none."""
        total = np.zeros(len(self.needs))
        for facet in self._asked:
            total += self.needs[:, facet]
        total[total == 0.0] = 1.0
        return total


def facet_fit(
    feature: FeatureConfig, cohort: Cohort, config: Config, audit: AuditFindings | None
) -> FacetFit:
    """Make kind `facets` over the vocabulary's facets, or over a programme's own columns."""
    left, right = sides(feature, ())
    if all(column in _VOCABULARY_COLUMNS for column in (*left, *right)):
        places = [FACETS.index(f) for f in FACETS if _named(f, left)] if left else counted(config)
        needs = all_needs(cohort, config, audit)[:, places]
        offers = all_offers(cohort, config)[:, places]
        said = offers_stated(cohort, config, right)
    else:
        parts = [
            _own_facets(feature, cohort, config, ours, theirs)
            for ours, theirs in zip(left, right, strict=False)
        ]
        needs = np.hstack([part[0] for part in parts])
        offers = np.hstack([part[1] for part in parts])
        said = any_of([part[2] for part in parts])
    return FacetFit(needs.sum(axis=1) > 0, said, needs, offers, np.ones(len(needs)))


def network_gain(
    feature: FeatureConfig, cohort: Cohort, config: Config, audit: AuditFindings | None
) -> FacetFit:
    """Make kind `network`: share of the audit's gaps that the mentor closes, times need_whom.

    A mentee who said nothing on forms of knowing counts with the config's neutral value.
    """
    n, offers = len(cohort.mentees), all_offers(cohort, config)
    said = offers_stated(cohort, config)
    if audit is None:
        return FacetFit(np.zeros(n, dtype=bool), said, np.zeros((n, 1)), offers[:, :1], np.zeros(n))
    gaps = np.clip(np.asarray(audit.gaps, dtype=np.float64), 0.0, 1.0)
    lacking = np.asarray(audit.has_audit, dtype=bool) & (gaps.sum(axis=1) > 0)
    return FacetFit(lacking, said, gaps, offers, _need_whom(cohort, config))


_VOCABULARY_COLUMNS = frozenset(
    (*GROUP_COLUMNS.values(), *(f"{side}_{form}" for form in Knowing for side in ("need", "offer")))
)


def _named(facet: str, columns: tuple[str, ...]) -> bool:
    group, value = facet.split(".")
    return GROUP_COLUMNS[group] in columns or (group == "knowing" and f"need_{value}" in columns)


def _need_whom(cohort: Cohort, config: Config) -> Floats:
    mentees, separator = cohort.mentees, separator_of(config)
    whom = all_needs(cohort, config, None)[:, WHOM]
    said = stated(items_of(mentees, GROUP_COLUMNS["knowing"], separator))
    said |= ~np.isnan(numbers_of(mentees, f"need_{Knowing.WHOM}"))
    return np.where(said, whom, config.scoring.neutral)


def _own_facets(
    feature: FeatureConfig, cohort: Cohort, config: Config, ours: str, theirs: str
) -> tuple[Floats, Floats, Bools]:
    """Return needs, offers and who offered, of one question outside the vocabulary.

    With a `scale` the columns are numbers, else lists whose every item is a facet of its own.
    """
    if feature.scale is not None:
        need = _on_scale(numbers_of(cohort.mentees, ours), feature.scale)
        offer = _on_scale(numbers_of(cohort.mentors, theirs), feature.scale)
        return np.nan_to_num(need), np.nan_to_num(offer), ~np.isnan(offer[:, 0])
    wanted = items_of(cohort.mentees, ours, separator_of(config))
    given = items_of(cohort.mentors, theirs, separator_of(config))
    sets = code_sets(wanted, given)
    return _dense(sets.mentee), _dense(sets.mentor), stated(given)


def _on_scale(answers: Floats, scale: tuple[float, float]) -> Floats:
    low, high = scale
    return np.clip((answers - low) / (high - low), 0.0, 1.0)[:, None]


def _dense(coded: Coded) -> Floats:
    return coded.toarray() if sparse.issparse(coded) else np.asarray(coded)
