"""Features: how a mentee and a mentor compare, each on a fixed scale from 0 to 1."""

from matcher.features.feature_set import FeatureSet, build_features
from matcher.features.needs import facet_names, need_matrix, offer_matrix

__all__ = ["FeatureSet", "build_features", "facet_names", "need_matrix", "offer_matrix"]
