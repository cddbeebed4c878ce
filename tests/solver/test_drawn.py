"""A few of the drawn instances; ``python -m tests.solver --runs 5000`` answers them all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.solver import brute_force, drawn


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(drawn.KINDS))
def test_bound_optimum_and_answer_are_in_order(kind: str) -> None:
    """And the answer is the same twice."""
    assert not [told for seed in range(7_000, 7_004) for told in drawn.broken(kind, seed)]


def test_a_wrong_oracle_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the optimum another one, it would be told."""
    true = brute_force.best
    for change in (-0.1, 0.1):
        monkeypatch.setattr(
            brute_force,
            "best",
            lambda problem, by=change: replace(true(problem), welfare=true(problem).welfare + by),
        )
        assert drawn.broken("separable", 7_001)
