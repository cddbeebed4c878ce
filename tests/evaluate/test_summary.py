"""The flat record of all metrics: consistent with the single ones, missing where data are."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from matcher.evaluate import DEFINITIONS, MatchData, match_metrics

PAIRS = np.array([[0, 0], [0, 1], [1, 1]])
BARE = MatchData(
    pairs=PAIRS,
    values=np.array([0.8, 0.4, 0.0]),
    capacity=np.array([1.0, 2.0, 1.0]),
    limit=np.array([2, 2, 1]),
)


def test_bare_match_has_values_and_loads_only() -> None:
    """Without scores, needs and attributes those metrics are nan, the others are there."""
    found = match_metrics(BARE)
    assert found["matched_share"] == pytest.approx(2 / 3)
    assert found["mean_value"] == pytest.approx(0.4)
    assert found["load_max"] == 2
    for name in ("coverage", "stability_rate", "external_share", "first_choice_share"):
        assert np.isnan(found[name])


def test_full_match_by_hand() -> None:
    """Every metric of a small match has the value worked out on paper."""
    full = MatchData(
        pairs=PAIRS,
        values=BARE.values,
        capacity=BARE.capacity,
        limit=BARE.limit,
        scores=np.array([[0.9, 0.5, 0.1], [0.2, 0.6, 0.7], [0.3, 0.1, -np.inf]]),
        needs=np.array([[1.0], [1.0], [1.0]]),
        offers=np.array([[0.5], [0.8], [0.0]]),
        facets=("knowing.whom",),
        reciprocal=np.array([False, False, True]),
        mentee_place=np.array([0, 0, 1]),
        mentor_place=np.array([0, 1, 1]),
        mentor_label=np.array([0, 0, 1]),
        preferences=(np.array([0, 1]), np.array([1, 0]), np.array([5.0, 5.0])),
    )
    found = match_metrics(full)
    assert found["mean_pair_score"] == pytest.approx(2.0 / 3)
    assert found["blocking_pairs"] == 1  # mentee 1 and mentor 2 both have a free place
    assert found["stability_rate"] == pytest.approx(1 - 1 / 5)
    assert found["coverage_knowing.whom"] == pytest.approx(1.6 / 3)
    assert found["coverage"] + found["unmet_need"] == pytest.approx(1)
    assert found["reciprocal_rate"] == pytest.approx(1 / 3)
    assert found["external_share"] == 1.0
    assert found["redundancy_rate"] == 1.0
    assert (found["first_choice_share"], found["rank_1"]) == (0.5, 1)


def test_record_is_plain_numbers() -> None:
    """Every metric is a Python float, so that it goes into JSON and CSV as it is."""
    found = match_metrics(BARE)
    assert all(type(value) is float for value in found.values())
    json.dumps(found)


def test_empty_match_is_no_error() -> None:
    """A match without pairs has a share of 0 and no mean pair score."""
    empty = MatchData(np.empty((0, 2), dtype=int), np.zeros(2), np.ones(1), np.ones(2, dtype=int))
    found = match_metrics(empty)
    assert found["matched_share"] == 0
    assert found["overload"] == 0


def test_every_metric_is_defined_with_a_source() -> None:
    """No metric without its meaning, and no definition of what is not there."""
    parts = {"<a>": r"[\d.]+", "<k>": r"\d+", "<facet>": ".+"}
    patterns = set(DEFINITIONS)
    for part, pattern in parts.items():
        patterns = {name.replace(part, pattern) for name in patterns}
    full = replace(BARE, needs=np.ones((3, 1)), offers=np.ones((3, 1)), facets=("x",))
    named = match_metrics(full)
    for metric in named:
        assert any(re.fullmatch(pattern, metric) for pattern in patterns), metric
    for pattern in patterns:
        assert any(re.fullmatch(pattern, metric) for metric in named), pattern
    assert all(each.meaning and each.source for each in DEFINITIONS.values())
