"""A figure for every person at once, with the reason wherever it is undefined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.network.undefined import Reason

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Measure:
    """One metric of n people: a value is NaN exactly where a reason is given."""

    value: FloatArray
    """Shape (n,), NaN where undefined."""
    reason: NDArray[np.object_]
    """Shape (n,), the empty text where the value is defined."""
    n_valid: IntArray
    """Shape (n,), contacts whose data went into the value."""


def measure(
    value: FloatArray, n_valid: NDArray[np.integer], *undefined: tuple[BoolArray, Reason]
) -> Measure:
    """Make a measure that is undefined where a condition holds; the first one gives the reason.

    Whatever is not finite after that was not answered, so that NaN never stands without a reason.
    """
    reason = np.full(len(value), "", dtype=object)
    for where, why in (*undefined, (~np.isfinite(value), Reason.NOT_ANSWERED)):
        reason[where & (reason == "")] = why.value
    return Measure(
        np.where(reason == "", value, np.nan), reason, np.asarray(n_valid, dtype=np.int64)
    )


def divide(numerator: NDArray[Any], denominator: NDArray[Any]) -> FloatArray:
    """Divide elementwise, NaN where the denominator is 0."""
    top = np.asarray(numerator, dtype=np.float64)
    bottom = np.asarray(denominator, dtype=np.float64)
    out: FloatArray = np.full(np.shape(top), np.nan)
    np.divide(top, bottom, out=out, where=bottom != 0)
    return out
