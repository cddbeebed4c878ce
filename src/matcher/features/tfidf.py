"""Texts as TF-IDF vectors of words and word pairs, with the fixed idf of `words`."""

from __future__ import annotations

from collections import Counter
from math import fsum, log, sqrt
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from matcher.features.base import UNIT
from matcher.features.terms import terms_of, weight_of, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence


def encode_both(
    mentees: Sequence[str], mentors: Sequence[str]
) -> tuple[sparse.csr_array, sparse.csr_array]:
    """Return unit vectors in whole multiples of 1/UNIT over the terms of both sides.

    Term frequency is sublinear, 1 + log tf, times the fixed weight of the term. The columns depend
    on the pool, the cosines do not.
    """
    columns: dict[str, int] = {}
    sides = [[_place(weigh(text), columns) for text in texts] for texts in (mentees, mentors)]
    return _matrix(sides[0], len(columns)), _matrix(sides[1], len(columns))


def weigh(text: str) -> dict[str, float]:
    """Return the weights of a text's terms in whole multiples of 1/UNIT, of length 1 together."""
    counts = Counter(terms_of(words_of(text)))
    weights = {term: (1.0 + log(count)) * weight_of(term) for term, count in counts.items()}
    length = sqrt(fsum(weight * weight for weight in weights.values()))
    return {term: float(round(weight / length * UNIT)) for term, weight in weights.items()}


def _place(weights: dict[str, float], columns: dict[str, int]) -> tuple[list[int], list[float]]:
    places = [columns.setdefault(term, len(columns)) for term in weights]
    return places, list(weights.values())


def _matrix(rows: list[tuple[list[int], list[float]]], width: int) -> sparse.csr_array:
    starts = np.cumsum([0, *(len(places) for places, _ in rows)])
    indices = np.array([k for places, _ in rows for k in places], dtype=np.int64)
    data = np.array([weight for _, weights in rows for weight in weights], dtype=np.float64)
    matrix = sparse.csr_array((data, indices, starts), shape=(len(rows), max(1, width)))
    matrix.sort_indices()
    return matrix
