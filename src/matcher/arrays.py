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
