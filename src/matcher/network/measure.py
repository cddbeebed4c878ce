"""A figure for every person at once, with the reason wherever it is undefined."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Bools, Floats, Ints


class Undefined(StrEnum):
    """Why a figure is not defined for a person: codes of the column `reason` in ``audit.csv``."""

    EMPTY_NETWORK = "EMPTY_NETWORK"
    """No contact is named."""
    TOO_FEW_CONTACTS = "TOO_FEW_CONTACTS"
    """The figure needs more contacts than are named."""
    NOT_ANSWERED = "NOT_ANSWERED"
    """No contact has an answer that the figure needs."""
    ONE_CATEGORY = "ONE_CATEGORY"
    """Only one category is declared, so nothing can vary."""
    EGO_UNKNOWN = "EGO_UNKNOWN"
    """The person's own category is not known."""
    NO_POPULATION = "NO_POPULATION"
    """Nothing is known about the people whom the person could have named."""
    POPULATION_UNIFORM = "POPULATION_UNIFORM"
    """All or none of the population share the person's category."""
    POPULATION_TOO_SMALL = "POPULATION_TOO_SMALL"
    """More contacts of a category are named than the population holds."""
    NO_SECOND_AUDIT = "NO_SECOND_AUDIT"
    """There is no earlier audit to compare with."""


Case = tuple[Bools, Undefined]
"""For whom of n people a figure is undefined, and why."""


@dataclass(frozen=True)
class Measure:
    """One metric of n people: a value is NaN exactly where a reason is given."""

    value: Floats
    """Shape (n,), NaN where undefined."""
    reason: NDArray[np.object_]
    """Shape (n,), the empty text where the value is defined."""
    n_valid: Ints
    """Shape (n,), contacts whose data went into the value."""


def measure(value: Floats, n_valid: NDArray[np.integer], *undefined: Case) -> Measure:
    """Make a measure that is undefined where a condition holds; the first one gives the reason.

    Whatever is not finite after that was not answered, so that NaN never stands without a reason.
    """
    reason = np.full(len(value), "", dtype=object)
    for where, why in (*undefined, (~np.isfinite(value), Undefined.NOT_ANSWERED)):
        reason[where & (reason == "")] = why.value
    return Measure(
        np.where(reason == "", value, np.nan), reason, np.asarray(n_valid, dtype=np.int64)
    )


def divide(numerator: NDArray[Any], denominator: NDArray[Any]) -> Floats:
    """Divide elementwise, NaN where the denominator is 0."""
    top = np.asarray(numerator, dtype=np.float64)
    bottom = np.asarray(denominator, dtype=np.float64)
    out: Floats = np.full(np.shape(top), np.nan)
    np.divide(top, bottom, out=out, where=bottom != 0)
    return out


def no_contacts(named: Bools) -> Case:
    """Return who named nobody; `named` has shape (n, c)."""
    return named.sum(axis=1) == 0, Undefined.EMPTY_NETWORK
