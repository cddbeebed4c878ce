"""The bound on the least value of a max-min answer."""

from __future__ import annotations

import numpy as np
import pytest

import matcher


@pytest.mark.slow
def test_somebody_weak_may_be_left_out() -> None:
    """With fewer places than mentees, the weakest need not be among those with a mentor."""
    n, rng = 40, np.random.default_rng(0)
    scores = rng.uniform(0.8, 1.0, (n, n))
    scores[0] = 0.01
    places = (np.arange(n) < 30).astype(np.int64)
    cover = {"needs": rng.dirichlet(np.ones(3), n) * 0.01, "offers": rng.random((n, 3))}
    solution = matcher.solve(scores, places, 3, **cover, fairness="max-min")
    reached, least = solution.tiers
    assert (reached.name, reached.value, reached.bound) == ("reached:1", 30.0, 30.0)
    assert least.name == "least"
    assert least.value > 0.1
    assert least.bound >= least.value
