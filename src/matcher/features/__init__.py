"""Features: how a mentee and a mentor compare, each on a fixed scale from 0 to 1.

`register` adds a kind from outside; docs/add-a-feature-kind.md shows how with the names below.
"""

from matcher.config.feature_kinds import FeatureKind, register
from matcher.features.base import BothStated, Compared, Feature, Selection, where_answered
from matcher.features.feature_set import FeatureSet, build_features
from matcher.features.stated_answers import BlockAnswers, FacetAnswers, read_facets

__all__ = [
    "BlockAnswers",
    "BothStated",
    "Compared",
    "FacetAnswers",
    "Feature",
    "FeatureKind",
    "FeatureSet",
    "Selection",
    "build_features",
    "read_facets",
    "register",
    "where_answered",
]
