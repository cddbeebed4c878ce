"""Which approach a one-way pair takes: the first on the menu that both sides and ranks allow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Bools, Codes
from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.features.base import Selection
from matcher.features.feature_columns import Items, items_of, separator_of
from matcher.scoring.seniority import Seniority
from matcher.vocabulary import Approach

CODES: dict[Approach, int] = {approach: k for k, approach in enumerate(Approach)}
"""Codes of approaches in arrays; -1 is none."""

NOT_ALLOWED = -1
_LAST = np.int8(127)


@dataclass(frozen=True)
class ApproachChoice:
    """Lists of both sides, the order of preference, and seniority."""

    menu: tuple[Approach, ...]
    """One-way approaches of the programme, preferred first."""
    mentee: Bools
    """(n, a) approaches that each mentee accepts, in the order of `Approach`."""
    mentor: Bools
    """(m, a) approaches that each mentor accepts."""
    rank: NDArray[np.int8]
    """(n, a) place of each approach in the mentee's order of preference, 0 first."""
    seniority: Seniority
    min_gap_years: float | None

    @classmethod
    def of(cls, cohort: Cohort, config: Config) -> ApproachChoice:
        """Read the approaches of a cohort."""
        menu = tuple(a for a in config.programme.approaches if a is not Approach.RECIPROCAL)
        separator = separator_of(config)
        lists = [items_of(f, "approaches", separator) for f in (cohort.mentees, cohort.mentors)]
        order = menu_order(menu)
        ranked = "approaches" in config.input.ordered
        return cls(
            menu=menu,
            mentee=accepted(lists[0], menu),
            mentor=accepted(lists[1], menu),
            rank=_ranks(lists[0], order) if ranked else np.tile(order, (len(lists[0]), 1)),
            seniority=Seniority.of(cohort, config),
            min_gap_years=config.eligibility.min_gap_years,
        )

    def choose(self, pairs: Selection) -> Codes:
        """Return the approach of each pair, -1 where none is common and fitting."""
        code = np.full(pairs.shape, NOT_ALLOWED, dtype=np.int8)
        best = np.full(pairs.shape, _LAST, dtype=np.int8)
        ahead, behind = self._by_seniority(pairs)
        for approach in self.menu:
            at = CODES[approach]
            fits = behind if approach is Approach.REVERSE else ahead
            common = pairs.mentee(self.mentee[:, at]) & pairs.mentor(self.mentor[:, at]) & fits
            rank = np.broadcast_to(pairs.mentee(self.rank[:, at]), pairs.shape)
            better = common & (rank < best)
            code[better], best[better] = at, rank[better]
        return code

    def shared(self, pairs: Selection) -> Bools:
        """Return which pairs have an approach in common, whoever is the senior."""
        common = np.zeros(pairs.shape, dtype=bool)
        for approach in self.menu:
            at = CODES[approach]
            common |= pairs.mentee(self.mentee[:, at]) & pairs.mentor(self.mentor[:, at])
        return common

    def _by_seniority(self, pairs: Selection) -> tuple[Bools, Bools]:
        """Return who may mentor as the senior, and who in reverse.

        Reverse needs a mentor who is known to be more junior or to have joined later. A mentor
        whose grade or years are not behind may mentor as the senior even if newer to the
        organisation; the date of joining decides only where neither is known.
        """
        gap, later = self.seniority.gap(pairs), self.seniority.joined_later(pairs)
        behind = (gap < 0) | later
        if self.min_gap_years is not None:
            return ~(gap < self.min_gap_years), behind
        if Approach.REVERSE not in self.menu:
            return np.ones(pairs.shape, dtype=bool), behind
        return ~((gap < 0) | (np.isnan(gap) & later)), behind


def accepted(lists: list[Items], menu: tuple[Approach, ...]) -> Bools:
    """Return which of the menu each person accepts, all where the list is empty: (p, a)."""
    offered = np.array([approach in menu for approach in Approach])
    listed = np.array(
        [[approach.value in items for approach in Approach] for items in lists], dtype=bool
    ).reshape(-1, len(Approach))
    empty = np.array([not items for items in lists], dtype=bool)
    return np.asarray((listed | empty[:, None]) & offered)


def menu_order(menu: tuple[Approach, ...]) -> NDArray[np.int8]:
    """Return the place of each approach on the menu: (a,)."""
    return np.array([menu.index(a) if a in menu else _LAST for a in Approach], dtype=np.int8)


def _ranks(lists: list[Items], order: NDArray[np.int8]) -> NDArray[np.int8]:
    """Return each mentee's own order; the menu's where the list is empty: (n, a)."""
    names = [approach.value for approach in Approach]
    rows = [
        [items.index(name) if name in items else _LAST for name in names] if items else order
        for items in lists
    ]
    return np.array(rows, dtype=np.int8).reshape(-1, len(names))
