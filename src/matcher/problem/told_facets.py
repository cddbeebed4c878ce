"""Facets as reports tell them: those of knowing add up to why, how and whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from matcher.arrays import Bools, Floats
from matcher.vocabulary import NeedState, told_facet

LEAST, FULL = 0.05, 0.75
"""Shares of a need from which it counts as covered in part, and as covered."""


def need_state(cover: float) -> NeedState:
    """Return what became of a need of which the share `cover` is met; nobody else says it."""
    if cover >= FULL:
        return NeedState.COVERED
    return NeedState.PARTLY if cover >= LEAST else NeedState.OPEN


@dataclass(frozen=True)
class ToldFacets:
    """Which of f facets make each of the g that are told."""

    names: tuple[str, ...]
    """What is told, in the order of the facets: g names."""
    members: Floats
    """1 where a facet is part of a told one: shape (f, g)."""

    @classmethod
    def of(cls, facets: Sequence[str]) -> Self:
        """Add facets up by `vocabulary.told_facet`."""
        told = [told_facet(facet) for facet in facets]
        names = tuple(dict.fromkeys(told))
        members = np.array([[one == name for name in names] for one in told], dtype=np.float64)
        return cls(names, members.reshape(len(told), len(names)))

    def total(self, amount: Floats) -> Floats:
        """Add amounts (..., f) up: shape (..., g)."""
        return np.asarray(amount @ self.members)

    def cover(self, needs: Floats, cover: Floats) -> Floats:
        """Return the share of each told facet's need (n, f) that `cover` (n, f) meets: (n, g).

        Where there is no need, the mean cover of its facets.
        """
        wanted, mean = self.total(needs), self.total(cover) / self.members.sum(axis=0)
        np.divide(self.total(needs * cover), wanted, out=mean, where=wanted > 0)
        return np.asarray(mean)

    def facets_of(self, told: Sequence[int]) -> Bools:
        """Return which facets some told ones are made of: shape (f,)."""
        return np.asarray(self.members[:, list(told)].any(axis=1))
