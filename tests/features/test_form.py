"""Form of the relation and readiness."""

from __future__ import annotations

import pytest
from tests.features.helpers import block, value

SHORT = {"horizon": "short", "scope": "narrow", "formality": "formal"}


@pytest.mark.parametrize(
    ("mentee", "mentor", "expected"),
    [
        (SHORT, SHORT, (3 + 0.63) / 4),
        (SHORT, {**SHORT, "scope": "broad"}, (2 + 0.63) / 4),
        ({**SHORT, "approaches": ("reverse",)}, {**SHORT, "approaches": ("developmental",)}, 0.75),
        (SHORT, {"horizon": "short"}, (1 + 3 * 0.63) / 4),
        (SHORT, {}, None),
    ],
)
def test_form_is_the_share_of_equal_answers(mentee, mentor, expected):
    """Horizon, scope, formality and approach lists; one left open counts as neutral."""
    found = value(block("form"), mentee, mentor)
    assert found == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("mentee", "mentor", "expected"),
    [("yes", "yes", 1.0), ("partly", "no", 0.25), ("yes", None, 1.0), (None, None, None)],
)
def test_readiness_is_the_mean_of_who_answered(mentee, mentor, expected):
    """No 0, partly .5, yes 1."""
    assert value(block("readiness"), {"ready": mentee}, {"ready": mentor}) == expected
