"""Words on the page claim no more than the numbers and hide nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.report import plain_words as words


@given(st.floats(1e-12, 1))
def test_a_gap_is_never_understated(gap: float) -> None:
    """The percentage that is quoted is not under the gap, nor much above it."""
    quoted = float(words.proven(gap).rstrip("%")) / 100
    assert gap * (1 - 1e-6) <= quoted <= gap * 1.1 + 1e-6


@pytest.mark.parametrize(
    ("value", "text"), [(0.5, "0.50"), (-0.25, "\N{MINUS SIGN}0.25"), (-0.001, "0.00")]
)
def test_numbers_carry_a_true_minus(value: float, text: str) -> None:
    """Negative numbers have a minus sign, and zero has none."""
    assert words.number(value) == text


def test_facets_read_as_words() -> None:
    """A facet loses its group unless the group is needed to understand it."""
    names = ("context.sector_knowledge", "knowing.whom")
    assert words.facet_labels(names) == ["sector knowledge", "knowing whom"]
