"""The array types that every room speaks of, and what may be absent and is not."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Positions = Ints
"""Whole numbers that point at people, pairs or facets."""
Codes = NDArray[np.int8]
Cells = NDArray[np.object_]
Advice = NDArray[np.float32]
"""In single precision, which good advice, or a bound with its margin, does not need more than."""

Present = TypeVar("Present")


def present(value: Present | None) -> Present:
    """Return a value that the caller knows to be there; TypeError, a fault of ours, where not."""
    if value is None:
        raise TypeError("something that must be there is absent")
    return value


def best_first(values: Floats, width: int) -> Ints:
    """Return the columns of each row's `width` largest, best first, the lowest at ties.

    Parameters
    ----------
    values
        (b, m)
    width
        How many; all where there are fewer columns.

    Returns
    -------
    Ints
        (b, w)
    """
    if width >= values.shape[1]:
        return np.argsort(-values, axis=1, kind="stable")[:, :width]
    least = -np.partition(-values, width - 1, axis=1)[:, width - 1 : width]
    kept = values > least
    level = values == least
    level &= np.cumsum(level, axis=1) <= width - kept.sum(axis=1, keepdims=True)
    columns = np.nonzero(kept | level)[1].reshape(-1, width)
    order = np.argsort(-np.take_along_axis(values, columns, axis=1), axis=1, kind="stable")
    return np.asarray(np.take_along_axis(columns, order, axis=1))
