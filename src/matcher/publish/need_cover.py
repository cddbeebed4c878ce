"""Which mentor is there for which need of a mentee, and what stays open: one rule for every page.

A run's tables say it of its matches, letters of the pairs that are left or that a reader knows of.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from matcher.arrays import Bools, Cells, Floats, Ints
from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.features.stated_answers import read_facets
from matcher.network import CohortAudit
from matcher.problem.instance import held_by_contacts, scaled_needs
from matcher.problem.told_facets import ToldFacets, need_state
from matcher.problem.value import facet_cover
from matcher.vocabulary import NeedState


@dataclass(frozen=True)
class NeedCover:
    """What k pairs do for the needs of n mentees; m mentors, f facets, g told ones."""

    pairs: Ints
    """(k, 2) mentee and mentor, sorted."""
    needs: Floats
    """(n, f), each mentee's sum to 1."""
    offers: Floats
    """(m, f) in [0, 1]."""
    is_known: Bools
    """(n,) whose needs are known, from answers or an audit."""
    told: ToldFacets
    cover: Floats
    """(n, f) share of each need that is met, by contacts or by the pairs."""

    @classmethod
    def of_people(
        cls, cohort: Cohort, config: Config, audit: CohortAudit | None, pairs: Ints
    ) -> Self:
        """Return the same for people as they are now, as a run would say it."""
        facets = read_facets(cohort, config, audit)
        counted = list(facets.counted)
        raw, offers = facets.needs[:, counted], facets.offers[:, counted]
        held = held_by_contacts(audit, facets, config) or (np.zeros_like(raw), np.zeros_like(raw))
        second = config.portfolio.second_cover
        cover = facet_cover(pairs, offers, held=held, second_cover=second)
        told, is_known = ToldFacets.of(facets.counted_names), raw.sum(axis=1) > 0
        return cls(
            pairs=pairs,
            needs=scaled_needs(raw),
            offers=offers,
            is_known=np.asarray(is_known),
            told=told,
            cover=cover,
        )

    @cached_property
    def states(self) -> Cells:
        """What became of each told need, "" where there is none or it is not known: (n, g)."""
        told, needs = self.told, self.needs
        states = np.vectorize(need_state, otypes=[object])(told.cover(needs, self.cover))
        return np.where((told.total(needs) > 0) & self.is_known[:, None], states, "")

    def needs_in(self, state: NeedState) -> list[tuple[str, ...]]:
        """Return for each mentee the known needs in one state, worst unmet need first."""
        unmet = self.told.total(self.needs) * (1.0 - self.told.cover(self.needs, self.cover))
        chosen = self.states == state
        order = np.argsort(-np.where(chosen, unmet, -1.0), axis=1, kind="stable")
        names = np.array(self.told.names, dtype=object)
        return [
            tuple(names[row[one[row]]].tolist()) for row, one in zip(order, chosen, strict=True)
        ]

    @cached_property
    def covers(self) -> list[tuple[str, ...]]:
        """For each pair the known needs on which no other pair of the mentee's offers more.

        Facets come in order of need times offer, ties in the order of the vocabulary. Of equal
        offers the first mentor by id counts.
        """
        mentee, mentor = self.pairs.T
        weight = self.needs[mentee] * self.offers[mentor]
        weight = self.told.total(np.where(self._is_best, weight, 0.0))
        weight *= np.isin(self.states, (NeedState.COVERED, NeedState.PARTLY))[mentee]
        order = np.argsort(-weight, axis=1, kind="stable")
        ranked = np.take_along_axis(weight, order, axis=1)
        names = np.array(self.told.names, dtype=object)
        return [
            tuple(names[row[amount > 0]].tolist())
            for row, amount in zip(order, ranked, strict=True)
        ]

    @property
    def _is_best(self) -> Bools:
        """For each pair and facet whether the mentor is the first with the highest offer."""
        mentee, mentor = self.pairs.T
        offers, top = self.offers[mentor], np.zeros_like(self.needs)
        np.maximum.at(top, mentee, offers)
        reaches = offers >= top[mentee]
        first = np.full(top.shape, len(offers), dtype=np.int64)
        row = np.broadcast_to(np.arange(len(offers))[:, None], offers.shape)
        for facet in range(offers.shape[1]):
            here = reaches[:, facet]
            np.minimum.at(first[:, facet], mentee[here], row[here, facet])
        return np.asarray(reaches & (first[mentee] == row))
