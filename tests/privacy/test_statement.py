"""Whatever a programme decides of who is matched is in the statement for those who are matched."""

from __future__ import annotations

import pytest

from matcher.config import Config
from matcher.config.sections import Eligibility
from matcher.privacy.statement import statement

RULES = {
    "manager_levels": 2,
    "cooldown_days": 30,
    "different": ("department",),
    "same": ("location",),
    "availability": "ban",
    "mode": "ban",
    "min_gap_years": 2.5,
    "require_ready": True,
}


@pytest.mark.parametrize("key", Eligibility.model_fields)
def test_each_rule_is_told(key):
    """A key of [eligibility] that is not as usual changes what is said."""
    config = Config.model_validate({"eligibility": {key: RULES[key]}})
    assert statement(config) != statement(Config())


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"objective": {"fairness": 1.0}}, "counts for more"),
        ({"objective": {"minimum": False}}, None),
        ({"objective": {"waiting": False}}, None),
        (
            {"portfolio": {"seats": [{"name": "lead", "where": {"site": ["x"]}, "min": 1}]}},
            "at least 1 for the seat lead",
        ),
        (
            {"portfolio": {"seats": [{"name": "site", "each": "site", "max": 2}]}},
            "at most 2 for the seat site",
        ),
    ],
)
def test_what_counts_for_a_group(section, words):
    """Priorities and seats are told where they are in force."""
    told, usual = statement(Config.model_validate(section)), statement(Config())
    assert told != usual
    assert words is None or words in told


def test_what_silence_means():
    """A blank costs nothing in a pair's score; it does where a group must cover needs."""
    assert "likely to be given fewer mentees" in statement(Config())
    pairs_alone = Config.model_validate({"portfolio": {"coverage": 0.0}})
    assert "fewer mentees" not in statement(pairs_alone)
