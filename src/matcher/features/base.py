"""What a feature is: a map from pairs of people to [0, 1], and a way to name many pairs at once.

A feature is written once and evaluated over a `Selection` of pairs: a block of mentees against all
mentors, or a list of single pairs. Both give the same bits for the same pair, since every step is
either elementwise or a sum of whole numbers, which no order of addition and no BLAS kernel changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matcher.arrays import Bools, Codes, Floats, Positions

Coded = Floats | sparse.csr_array
Scalar = TypeVar("Scalar", bound=np.generic)

UNIT = 2.0**20
"""Vectors that are compared by dot product are stored as whole multiples of 1/UNIT."""

PRODUCTS_AT_ONCE = 1 << 22
"""Most products that a dot product over listed pairs holds in memory."""


@dataclass(frozen=True)
class Compared:
    """What one feature says of the pairs of a selection, both arrays of the selection's shape.

    ``values`` lie in [0, 1] and are 0 where ``answered`` is False.
    """

    values: Floats
    answered: Bools


class Selection(Protocol):
    """Pairs to compare: arrays of one side are spread over them."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of every result."""

    def mentee(self, array: NDArray[Scalar]) -> NDArray[Scalar]:
        """Spread an array with one entry a mentee so that it broadcasts over the pairs.

        Parameters
        ----------
        array
            One entry a mentee: (n,).

        Returns
        -------
        NDArray[Scalar]
            Shape (b, 1) for a block of mentees, (p,) for listed pairs.
        """

    def mentor(self, array: NDArray[Scalar]) -> NDArray[Scalar]:
        """Spread an array with one entry a mentor likewise.

        Parameters
        ----------
        array
            One entry a mentor: (m,).

        Returns
        -------
        NDArray[Scalar]
            Shape (1, m) for a block of mentees, (p,) for listed pairs.
        """

    def only(self, where: Bools) -> Listed:
        """Return some of the pairs, in order.

        Parameters
        ----------
        where
            Which of them: bool, of the selection's shape.

        Returns
        -------
        Listed
            As many pairs as are True.
        """

    def dot(self, left: Coded, right: Coded) -> Floats:
        """Return the dot products of whole-number rows: left (n, v), right (m, v).

        Parameters
        ----------
        left
            Whole numbers: (n, v), dense or sparse.
        right
            Likewise: (m, v).

        Returns
        -------
        Floats
            Of the selection's shape, exact below 2**53.
        """

    def met(self, level: Floats, gain: Floats, offers: Floats) -> Floats:
        """Return ``sum_f gain * min(level, offer)`` of needs (n, f) and offers (m, f).

        The sum is taken in the order of the facets, so that a pair has the same bits everywhere.

        Parameters
        ----------
        level
            What is asked for on each facet: (n, f).
        gain
            What a facet adds for each unit: (n, f).
        offers
            In [0, 1]: (m, f).

        Returns
        -------
        Floats
            Of the selection's shape.
        """

    def scatter(self, pairs: PairTable) -> Compared:
        """Return the values of a table of stated pairs; other pairs are unanswered.

        Parameters
        ----------
        pairs
            What people stated of single others.

        Returns
        -------
        Compared
            0 and unanswered where nothing was stated.
        """


class Feature(Protocol):
    """One feature of a pair."""

    def compare(self, pairs: Selection, approach: Codes) -> Compared:
        """Compare the pairs; `approach` holds codes of the selection's shape.

        Codes are positions in ``tuple(Approach)``, -1 where a pair is not allowed.

        Parameters
        ----------
        pairs
            The selection.
        approach
            Position in ``tuple(Approach)``, -1 where a pair is not allowed: int8, of its shape.

        Returns
        -------
        Compared
            Values in [0, 1] and which pairs answered, of its shape.
        """

    def stated_by_mentee(self) -> Bools:
        """Return who of the mentees gave what this feature needs: shape (n,).

        Returns
        -------
        Bools
            Shape (n,).
        """

    def stated_by_mentor(self) -> Bools:
        """Return who of the mentors gave what this feature needs: shape (m,).

        Returns
        -------
        Bools
            Shape (m,).
        """


@dataclass(frozen=True)
class PairTable:
    """Values that people stated of single others.

    Parameters
    ----------
    values
        Value of each stated pair in [0, 1]: shape (s,).
    lookup
        Sparse (n, m) matrix that holds 1 + position in `values` at each stated pair.
    """

    values: Floats
    lookup: sparse.csr_array

    @classmethod
    def build(cls, i: Positions, j: Positions, values: Floats, shape: tuple[int, int]) -> PairTable:
        """Make a table from distinct pairs."""
        codes = np.arange(1, len(values) + 1, dtype=np.int64)
        return cls(values, sparse.csr_array((codes, (i, j)), shape=shape))


@dataclass(frozen=True)
class Block:
    """Some mentees against all mentors: shape (b, m)."""

    rows: Positions
    n_mentors: int

    @property
    def shape(self) -> tuple[int, ...]:
        """Mentees of the block by all mentors."""
        return len(self.rows), self.n_mentors

    def mentee(self, array: NDArray[Scalar]) -> NDArray[Scalar]:
        """Spread over mentors: shape (b, 1)."""
        return array[self.rows][:, None]

    def mentor(self, array: NDArray[Scalar]) -> NDArray[Scalar]:
        """Spread over mentees: shape (1, m)."""
        return array[None, :]

    def only(self, where: Bools) -> Listed:
        """List some of the pairs."""
        row, mentor = np.nonzero(where)
        return Listed(self.rows[row], mentor)

    def dot(self, left: Coded, right: Coded) -> Floats:
        """Return the dot products of all pairs of rows: shape (b, m)."""
        product = left[self.rows] @ right.T
        return product.toarray() if sparse.issparse(product) else np.asarray(product)

    def met(self, level: Floats, gain: Floats, offers: Floats) -> Floats:
        """Sum over the facets that each mentee needs: shape (b, m)."""
        total, by_facet = np.zeros(self.shape), np.ascontiguousarray(offers.T)
        part = np.empty(self.n_mentors)
        for at, row in enumerate(self.rows.tolist()):
            for f in np.flatnonzero(level[row]).tolist():
                np.minimum(by_facet[f], level[row, f], out=part)
                np.multiply(part, gain[row, f], out=part)
                total[at] += part
        return total

    def scatter(self, pairs: PairTable) -> Compared:
        """Put the stated pairs of these mentees in their places."""
        values, answered = np.zeros(self.shape), np.zeros(self.shape, dtype=bool)
        start, end = pairs.lookup.indptr[self.rows], pairs.lookup.indptr[self.rows + 1]
        row = np.repeat(np.arange(len(self.rows)), end - start)
        at = np.arange(len(row)) + np.repeat(end - np.cumsum(end - start), end - start)
        cell = row, pairs.lookup.indices[at]
        values[cell] = pairs.values[pairs.lookup.data[at] - 1]
        answered[cell] = True
        return Compared(values, answered)


@dataclass(frozen=True)
class Listed:
    """Single pairs (i, j) by position: shape (p,)."""

    i: Positions
    j: Positions

    @property
    def shape(self) -> tuple[int, ...]:
        """One entry a pair."""
        return (len(self.i),)

    def mentee(self, array: NDArray[Scalar]) -> NDArray[Scalar]:
        """Pick the mentees' entries."""
        return array[self.i]

    def mentor(self, array: NDArray[Scalar]) -> NDArray[Scalar]:
        """Pick the mentors' entries."""
        return array[self.j]

    def only(self, where: Bools) -> Listed:
        """Keep some of the pairs."""
        return Listed(self.i[where], self.j[where])

    def dot(self, left: Coded, right: Coded) -> Floats:
        """Return the dot product of each pair's two rows: shape (p,)."""
        out = np.zeros(len(self.i))
        for part in self._parts(max(1, left.shape[1])):
            first, second = left[self.i[part]], right[self.j[part]]
            if sparse.issparse(first):
                out[part] = np.asarray(first.multiply(second).sum(axis=1)).ravel()
            else:
                out[part] = (first * second).sum(axis=1)
        return out

    def met(self, level: Floats, gain: Floats, offers: Floats) -> Floats:
        """Sum facet by facet: shape (p,)."""
        total = np.zeros(self.shape)
        for need, worth, offer in zip(level.T, gain.T, offers.T, strict=True):
            total += np.minimum(need[self.i], offer[self.j]) * worth[self.i]
        return total

    def scatter(self, pairs: PairTable) -> Compared:
        """Look each pair up among the stated ones."""
        if not len(self.i):
            return Compared(np.zeros(0), np.zeros(0, dtype=bool))
        codes = np.asarray(pairs.lookup[self.i, self.j]).ravel().astype(np.int64)
        return Compared(np.concatenate(([0.0], pairs.values))[codes], codes > 0)

    def _parts(self, width: int) -> list[slice]:
        step = max(1, PRODUCTS_AT_ONCE // width)
        return [slice(start, start + step) for start in range(0, len(self.i), step)]


@dataclass(frozen=True)
class BothStated:
    """Mixin state of features that need an answer from each side."""

    mentee_stated: Bools
    mentor_stated: Bools

    def stated_by_mentee(self) -> Bools:
        """Return who of the mentees answered: shape (n,).

        Returns
        -------
        Bools
            Shape (n,).
        """
        return self.mentee_stated

    def stated_by_mentor(self) -> Bools:
        """Return who of the mentors answered: shape (m,).

        Returns
        -------
        Bools
            Shape (m,).
        """
        return self.mentor_stated

    def compare(self, pairs: Selection, approach: Codes) -> Compared:
        """Compare the pairs, as `Feature` says.

        Parameters
        ----------
        pairs
            The selection.
        approach
            Codes of its shape, as in `Feature.compare`.

        Returns
        -------
        Compared
            Values in [0, 1] and which pairs answered.

        Raises
        ------
        NotImplementedError
            Where a kind does not say how.
        """
        raise NotImplementedError

    def both(self, pairs: Selection) -> Bools:
        """Return which pairs both sides answered, in the selection's shape.

        Parameters
        ----------
        pairs
            The selection.

        Returns
        -------
        Bools
            Of the selection's shape.
        """
        return np.asarray(pairs.mentee(self.mentee_stated) & pairs.mentor(self.mentor_stated))


@dataclass(frozen=True)
class MeanOfParts(BothStated):
    """Mean of several comparisons; one that a pair left open counts with the neutral value.

    A pair that answered none of them has not answered at all.
    """

    parts: tuple[BothStated, ...]
    neutral: float

    @classmethod
    def of(cls, neutral: float, *parts: BothStated) -> MeanOfParts:
        """Return the mean of the parts; who gave what any of them needs has stated it."""
        mentees = np.logical_or.reduce([part.mentee_stated for part in parts])
        mentors = np.logical_or.reduce([part.mentor_stated for part in parts])
        return cls(mentees, mentors, parts, neutral)

    def compare(self, pairs: Selection, approach: Codes) -> Compared:
        """Compare part by part."""
        total, answered = np.zeros(pairs.shape), np.zeros(pairs.shape, dtype=bool)
        for part in self.parts:
            compared = part.compare(pairs, approach)
            total += np.where(compared.answered, compared.values, self.neutral)
            answered |= compared.answered
        total /= len(self.parts)
        return where_answered(total, answered)


def where_answered(values: Floats, answered: Bools) -> Compared:
    """Return the comparison with values 0 where unanswered.

    Parameters
    ----------
    values
        Values in [0, 1] where answered, anything elsewhere: float64, the selection's shape.
    answered
        Which pairs both sides answered: bool, the same shape.

    Returns
    -------
    Compared
        Both arrays of the selection's shape.
    """
    return Compared(np.where(answered, values, 0.0), answered)


def mean_of_answered(parts: list[Compared]) -> Compared:
    """Return the mean over the parts that are answered for each pair."""
    total = np.zeros(parts[0].values.shape)
    count = np.zeros(parts[0].values.shape)
    for part in parts:
        total += part.values
        count += part.answered
    answered = count > 0
    np.divide(total, count, out=total, where=answered)
    return Compared(total, answered)
