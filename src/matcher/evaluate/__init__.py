"""Metrics of a match: quality, stability and gaps between groups, on plain arrays."""

from matcher.evaluate.groups import group_gaps
from matcher.evaluate.instance_metrics import instance_group_gaps, instance_metrics, match_data
from matcher.evaluate.metrics import DEFINITIONS, Definition, MatchData, match_metrics
from matcher.evaluate.stability import Stability, churn, pairwise_stability

__all__ = [
    "DEFINITIONS",
    "Definition",
    "MatchData",
    "Stability",
    "churn",
    "group_gaps",
    "instance_group_gaps",
    "instance_metrics",
    "match_data",
    "match_metrics",
    "pairwise_stability",
]
