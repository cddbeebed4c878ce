"""The bound on coverage by excess, and the few columns of highest bound."""

from __future__ import annotations

import numpy as np
import pytest

from matcher.solver.model.portfolio_tables import largest_columns
from matcher.solver.pricing.modular_bound import KNOTS, OfferExcess


def terms(weight: np.ndarray, level: np.ndarray, offers: np.ndarray) -> np.ndarray:
    """Return ``sum_f w (o - l)^+`` of every mentee and mentor."""
    above = np.maximum(offers[None, :, :] - level[:, None, :], 0.0)
    return np.asarray((weight[:, None, :] * above).sum(axis=2))


@pytest.mark.parametrize("highest", [0.0, 0.3, 1.0, 2.5])
@pytest.mark.parametrize("seed", range(5))
def test_never_below_the_terms_and_near_them(highest: float, seed: int) -> None:
    """Above by at most a quarter of the distance of knots a facet, where a chord is worst."""
    rng = np.random.default_rng(seed)
    offers = rng.beta(1, 3, (50, 4)) * highest
    weight, level = rng.random((9, 4)), rng.random((9, 4))
    excess = OfferExcess.of(offers)
    found = excess.total(excess.weights(weight, level))
    exact = terms(weight, level, offers)
    slack = weight @ (np.maximum(offers.max(axis=0), 1e-6) / KNOTS / 4)
    assert (found >= exact - 1e-5).all()
    assert (found <= exact + slack[:, None] + 1e-5).all()


def test_exact_at_the_knots() -> None:
    """A level at a knot needs that hinge alone, one at the highest offer or above none."""
    offers = np.array([[0.1], [0.65], [1.2]])
    excess = OfferExcess.of(offers)
    level = np.array([[0.0], [0.1], [0.5], [1.2], [3.0]])
    found = excess.total(excess.weights(np.ones((5, 1)), level))
    assert np.allclose(found, terms(np.ones((5, 1)), level, offers), atol=1e-6)


@pytest.mark.parametrize("columns", [1, 5, 40, 1000])
@pytest.mark.parametrize("seed", range(4))
def test_the_largest_columns(columns: int, seed: int) -> None:
    """As a sort finds them, among ties and with few finite values as well."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(20, columns)).astype(np.float32)
    values[rng.random((20, columns)) < (0.0, 0.5, 0.95, 0.3)[seed]] = -np.inf
    if seed == 3:
        values = np.round(values)
    found = largest_columns(values, 7)
    for row, code in zip(values, found, strict=True):
        mine = code[code >= 0]
        best = np.sort(row[np.isfinite(row)])[::-1][:7]
        assert len(np.unique(mine)) == len(mine)
        assert np.sort(row[mine])[::-1].tolist() == best.tolist()
