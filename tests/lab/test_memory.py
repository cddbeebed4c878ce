"""Measuring a call: time passes, and memory that was held is seen."""

from __future__ import annotations

import numpy as np
import pytest

from matcher.lab.judge import measured, resident_mb


@pytest.mark.slow
def test_peak_counts_memory_that_was_freed_again() -> None:
    """A large array that is gone at the end still shows in the peak."""
    before = resident_mb()
    if before == 0:
        pytest.skip("this system does not tell memory")
    with measured() as usage:
        for _ in range(6):
            held = np.ones(25_000_000)
            held += 1
            del held
    assert usage.peak_mb > before + 100
    assert usage.seconds > 0


def test_figures_are_there_after_an_error() -> None:
    """An error inside the body passes through, and what was measured so far is kept."""
    kept = []

    def fail() -> None:
        with measured() as usage:
            kept.append(usage)
            raise ValueError("inside")

    with pytest.raises(ValueError, match="inside"):
        fail()
    assert kept[0].seconds > 0
