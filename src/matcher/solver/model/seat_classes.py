"""Seats of which every mentor takes one and no other: how many of each class a portfolio holds.

Rules on seats count mentors, in sets that may overlap. Where they come down to classes that do not,
with a least and a most of each, a portfolio keeps them if and only if every class is within its
own, which a flow can see to and a bound can be told.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from matcher.problem.problem import Bools, Floats, Ints, Problem
from matcher.problem.rules.seats import SeatRule

MOST_CLASSES = 8
"""Classes past which each is not looked at by itself."""

_Asked = tuple[Bools, int, float]
"""A set of classes, and how many of them together a portfolio holds at least and at most."""


@dataclass(frozen=True)
class SeatClasses:
    """Classes of mentors, and how many of each a portfolio holds that is not empty."""

    of_mentor: Ints
    """(m,) class of each mentor, -1 for those whom no portfolio may hold."""
    least: Ints
    """(c,)"""
    most: Ints
    """(c,)"""

    @classmethod
    def of(cls, problem: Problem) -> Self | None:
        """Return the classes of a problem, None where its rules ask for more or for nothing."""
        rules = [rule for rule in problem.portfolio_rules if isinstance(rule, SeatRule)]
        if not rules or len(rules) < len(problem.portfolio_rules) or not problem.n_mentors:
            return None
        if any(rule.is_personal for rule in rules):
            return None
        codes, of_mentor = np.unique([rule.away for rule in rules], axis=1, return_inverse=True)
        if codes.shape[1] > 2 * MOST_CLASSES:
            return None
        found = _bounds([*_asked(rules, codes)], codes.shape[1], problem.max_size)
        if found is None:
            return None
        least, most = found
        alive = np.flatnonzero(most > 0)
        place = np.full(len(most), -1, dtype=np.int64)
        place[alive] = np.arange(len(alive))
        return cls(place[of_mentor.ravel()], least[alive], most[alive])

    @classmethod
    def filled(cls, problem: Problem) -> Self | None:
        """Return the classes where every portfolio has the same number of each, else None."""
        found = cls.of(problem)
        if found is None or not 0 < (least := int(found.least.sum())) <= problem.max_size:
            return None
        whole = (problem.limit <= least).all() or (found.least == found.most).all()
        return replace(found, most=found.least) if whole and (found.least > 0).all() else None

    @property
    def count(self) -> int:
        """Number of classes."""
        return len(self.least)

    @property
    def size(self) -> int:
        """Mentors of the smallest portfolio that is not empty."""
        return max(1, int(self.least.sum()))

    def best_sums(self, net: Floats, kind: Ints, most: int) -> Floats:
        """Return the largest sum of k entries that the classes allow, for k = 0 ... most.

        Parameters
        ----------
        net
            (b, w) what each mentor counts for; -inf for none.
        kind
            Class of each, which broadcasts.
        most
            Largest k.

        Returns
        -------
        Floats
            (b, most + 1); 0 for nobody, -inf where there is no such set.
        """
        sums = np.full((len(net), most + 1), -np.inf)
        sums[:, 0] = 0.0
        asked, further = np.zeros(len(net)), [np.full((len(net), most), -np.inf)]
        for number in range(self.count):
            top = largest(np.where(kind == number, net, -np.inf), int(self.most[number]))
            asked += top[:, : self.least[number]].sum(axis=1)
            further.append(top[:, self.least[number] :])
        rest = -np.sort(-np.concatenate(further, axis=1), axis=1)
        least = int(self.least.sum())
        if least <= most:
            more = np.cumsum(rest[:, : most - least], axis=1)
            sums[:, least:] = np.hstack([np.zeros((len(net), 1)), more]) + asked[:, None]
        sums[:, 0] = 0.0
        return sums


def largest(values: Floats, count: int) -> Floats:
    """Return the `count` largest of each row, largest first, -inf where there are fewer."""
    width = min(count, values.shape[1])
    top = values
    if width < values.shape[1]:
        top = -np.partition(-values, width - 1, axis=1)[:, :width] if width else values[:, :0]
    out = np.full((len(values), count), -np.inf)
    out[:, :width] = -np.sort(-top, axis=1)
    return out


def _asked(rules: list[SeatRule], codes: Ints) -> Iterator[_Asked]:
    """Yield what rules ask of classes, which have a code in each rule: (r, c)."""
    for rule, code in zip(rules, codes, strict=True):
        if rule.least:
            yield code >= 0, rule.least, np.inf
        if np.isfinite(rule.most):
            for one in np.unique(code[code >= 0]).tolist():
                yield code == one, 0, rule.most


def _bounds(asked: list[_Asked], count: int, size: int) -> tuple[Ints, Ints] | None:
    """Return least and most of each class, None where that is not all that is asked."""
    least, most = np.zeros(count, dtype=np.int64), np.full(count, size, dtype=np.int64)
    for inside, _, high in asked:
        if high == 0:
            most[inside] = 0
    for inside, low, high in asked:
        alive = np.flatnonzero(inside & (most > 0))
        if len(alive) == 1:
            least[alive] = np.maximum(least[alive], low)
            most[alive] = np.minimum(most[alive], high)
    told = all(
        low <= least[inside].sum() and high >= min(size, most[inside].sum())
        for inside, low, high in asked
    )
    few = 0 < (most > 0).sum() <= MOST_CLASSES
    return (least, most) if told and few and (least <= most).all() else None
