"""Metrics of ego networks in padded arrays, one value a person.

Everywhere n people have at most c contacts each; `named` of shape (n, c) says which slots are
filled. The network is binary and undirected and holds ego and the named contacts only.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.arrays import Bools, Cells, Floats, Ints


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
    reason: Cells
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


def ei_index(internal: Floats, named: Bools) -> Measure:
    """Return (external - internal) / (external + internal): Krackhardt & Stern (1988).

    Parameters
    ----------
    internal
        Shape (n, c): 1 inside ego's organisation, 0 outside, NaN unknown.
    named
        Shape (n, c).
    """
    known = named & ~np.isnan(internal)
    inside = np.where(known, internal, 0.0).sum(axis=1)
    total = known.sum(axis=1)
    return measure(divide(total - 2 * inside, total), total, no_contacts(named))


def density(ties: Bools, named: Bools) -> Measure:
    """Return the share of possible ties between contacts that exist: 2T / (n (n - 1))."""
    size = named.sum(axis=1)
    return measure(divide(_degree(ties, named).sum(axis=1), size * (size - 1)), size, *_pair(named))


def effective_size(ties: Bools, named: Bools) -> Measure:
    """Return n - 2T/n, the contacts less their average redundancy (Burt 1992)."""
    size = named.sum(axis=1)
    value = size - divide(_degree(ties, named).sum(axis=1), size)
    return measure(value, size, no_contacts(named))


def efficiency(ties: Bools, named: Bools) -> Measure:
    """Return effective size as a share of size."""
    size = named.sum(axis=1)
    return measure(divide(effective_size(ties, named).value, size), size, no_contacts(named))


def constraint(ties: Bools, named: Bools) -> Measure:
    """Return Burt's constraint, sum over j of (p_ej + sum over q of p_eq p_qj) squared.

    Ego is tied to every contact, so p_ej = 1/n and contact q spreads over its ties and ego:
    p_qj = a_qj / (1 + d_q). The value can exceed 1.
    """
    size = named.sum(axis=1)
    direct = divide(named.astype(np.float64), size[:, None] * np.ones(named.shape))
    spreads = _within(ties, named) / (1.0 + _degree(ties, named))[:, :, None]
    invested = direct + np.einsum("nq,nqj->nj", direct, spreads)
    return measure((np.where(named, invested, 0.0) ** 2).sum(axis=1), size, no_contacts(named))


def connectivity(ties: Bools, named: Bools) -> Measure:
    """Return 1 - (C - min) / (max - min), clipped to [0, 1], with C = constraint.

    min = 1/n where no contacts are tied; max = (2n - 1)^2 / n^3 where all are. From n = 8 one hub
    tied to everybody is more constrained than that.
    """
    size = named.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        least = 1.0 / size
        most = (2.0 * size - 1.0) ** 2 / size.astype(np.float64) ** 3
        share = 1.0 - (constraint(ties, named).value - least) / (most - least)
    return measure(np.clip(share, 0.0, 1.0), size, *_pair(named))


def purpose_balance(purposes: Bools, named: Bools) -> Measure:
    """Return the entropy of purpose tags over ln K: 0 one purpose only, 1 all alike.

    Parameters
    ----------
    purposes
        Shape (n, c, K): which purposes each contact is tagged with.
    named
        Shape (n, c).
    """
    tags = (purposes & named[:, :, None]).sum(axis=1)
    share = divide(tags, tags.sum(axis=1, keepdims=True) * np.ones(tags.shape))
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(share > 0, -share * np.log(share), np.where(np.isnan(share), np.nan, 0.0))
        value = terms.sum(axis=1) / np.log(purposes.shape[2])
    return measure(value, _tagged(purposes, named), no_contacts(named), _one_kind(purposes))


def multiplexity(purposes: Bools, named: Bools) -> Measure:
    """Return (mean purposes a tie - 1) / (K - 1) over the contacts that have a purpose."""
    tagged = _tagged(purposes, named)
    tags = (purposes & named[:, :, None]).sum(axis=(1, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (divide(tags, tagged) - 1.0) / (purposes.shape[2] - 1)
    return measure(value, tagged, no_contacts(named), _one_kind(purposes))


def weak_tie_share(frequency: Ints, named: Bools) -> Measure:
    """Return the share of ties that are not 'often' (code 0); -1 is not answered."""
    known = named & (frequency >= 0)
    total = known.sum(axis=1)
    return measure(divide((known & (frequency > 0)).sum(axis=1), total), total, no_contacts(named))


def recency(days_since: Floats, named: Bools, half_life: float = 180.0) -> Measure:
    """Return the mean of 2^(-days / half_life) over contacts: 1 today, .5 after one half-life."""
    known = named & ~np.isnan(days_since)
    total = known.sum(axis=1)
    decayed = np.where(known, np.exp2(-np.where(known, days_since, 0.0) / half_life), 0.0)
    return measure(divide(decayed.sum(axis=1), total), total, no_contacts(named))


def second_step_reach(
    ego: Ints, person: NDArray[Any], by: Ints, named: Bools
) -> tuple[Measure, Measure]:
    """Return how many people stand two steps away, and that as a share of all listings.

    Parameters
    ----------
    ego, person, by
        Shape (k,): ego's position, who is known, and the slot of the contact who knows them;
        neither ego nor a contact of ego may be among the known.
    named
        Shape (n, c).

    Returns
    -------
    tuple of Measure
        Reach and efficiency. Where contacts list nobody, both are undefined.
    """
    listings = pd.DataFrame({"ego": ego, "person": person, "by": by}).drop_duplicates()
    everyone = np.arange(len(named))
    listed = listings.groupby("ego").size().reindex(everyone, fill_value=0).to_numpy()
    different = listings.groupby("ego")["person"].nunique().reindex(everyone, fill_value=0)
    answered = listings.groupby("ego")["by"].nunique().reindex(everyone, fill_value=0).to_numpy()
    people = different.to_numpy()
    silent = (listed == 0, Undefined.NOT_ANSWERED)
    return (
        measure(people.astype(np.float64), answered, no_contacts(named), silent),
        measure(divide(people, listed), answered, no_contacts(named), silent),
    )


def dynamism(n: int, ego: Ints, contact: NDArray[Any], wave: Floats) -> Measure:
    """Return 1 - Jaccard of the contacts of a person's last two audits.

    Parameters
    ----------
    n
        People.
    ego, contact, wave
        Shape (k,): who named whom in which audit; later audits have larger numbers.
    """
    listings = pd.DataFrame({"ego": ego, "contact": contact, "wave": wave}).drop_duplicates()
    order = listings.groupby("ego")["wave"].rank(method="dense", ascending=False)
    last_two = listings[order <= 2]
    waves = last_two.groupby("ego")["wave"].nunique().reindex(range(n), fill_value=0).to_numpy()
    times = last_two.groupby(["ego", "contact"]).size()
    union = times.groupby(level="ego").size().reindex(range(n), fill_value=0).to_numpy()
    both = (times > 1).groupby(level="ego").sum().reindex(range(n), fill_value=0).to_numpy()
    return measure(
        1.0 - divide(both, union),
        union,
        (union == 0, Undefined.EMPTY_NETWORK),
        (waves < 2, Undefined.NO_SECOND_AUDIT),
    )


def _within(ties: Bools, named: Bools) -> Bools:
    """Return the ties between named contacts, symmetric and without loops."""
    both = (ties | ties.transpose(0, 2, 1)) & named[:, :, None] & named[:, None, :]
    return both & ~np.eye(named.shape[1], dtype=bool)


def _degree(ties: Bools, named: Bools) -> Ints:
    """Return each contact's ties to other contacts, shape (n, c)."""
    return np.asarray(_within(ties, named).sum(axis=2), dtype=np.int64)


def _tagged(purposes: Bools, named: Bools) -> Ints:
    """Return how many contacts have at least one purpose, shape (n,)."""
    return np.asarray((purposes.any(axis=2) & named).sum(axis=1), dtype=np.int64)


def _pair(named: Bools) -> tuple[Case, Case]:
    return no_contacts(named), (named.sum(axis=1) < 2, Undefined.TOO_FEW_CONTACTS)


def _one_kind(purposes: Bools) -> Case:
    return np.full(len(purposes), purposes.shape[2] < 2), Undefined.ONE_CATEGORY
