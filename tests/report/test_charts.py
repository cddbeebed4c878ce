"""Charts draw what their tables say."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.report.charts import axis_limit, bars, histogram, round_parts, waterfall

PARTS = st.lists(st.floats(-1, 1, allow_nan=False), max_size=12)


@given(PARTS)
def test_rounded_parts_add_up_to_the_rounded_total(parts: list[float]) -> None:
    """Largest remainders keep the sum and move no part by a whole unit."""
    units = round_parts(parts)
    assert sum(units) == round(math.fsum(part / 0.001 for part in parts))
    assert all(abs(u - p / 0.001) <= 1 for u, p in zip(units, parts, strict=True))


@pytest.mark.slow
@given(st.lists(st.integers(1, 200), min_size=1, max_size=5))
def test_waterfall_steps_follow_each_other(parts: list[int]) -> None:
    """Each step starts where the last ended, and the total spans them all."""
    plot = waterfall("t", parts, 1000)
    paths = dict(plot.paths)
    steps = [(int(x), int(w)) for x, w in re.findall(r"M(\d+) \d+h(\d+)", paths["a"])]
    assert [x for x, _ in steps] == [sum(parts[:k]) for k in range(len(parts))]
    assert re.findall(r"M0 \d+h(\d+)", paths["t"]) == [str(max(2, sum(parts)))]


def test_losses_are_drawn_apart() -> None:
    """A part below zero is a mark of its own class, drawn back from where the sum stood."""
    paths = dict(waterfall("t", [600, -100], 1000).paths)
    assert paths["b"].startswith("M500 ")


def test_bars_are_as_long_as_their_value() -> None:
    """Half the limit is half the width; zero draws nothing."""
    assert dict(bars("t", [0.0, 0.5], 1.0).paths)["a"] == "M0 12h500v6h-500z"


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_the_axis_holds_every_value(values: list[float]) -> None:
    """No bar is cut off."""
    assert axis_limit(values) >= max(values) * (1 - 1e-9)


@given(st.lists(st.floats(-1, 2)))
def test_a_histogram_counts_everybody_once(values: list[float]) -> None:
    """Values beyond the ends fall into the end bins."""
    assert sum(histogram(values, 10, 0.0, 1.0)) == len(values)
