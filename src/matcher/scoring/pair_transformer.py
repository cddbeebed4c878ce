"""A scikit-learn transformer over pairs of people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from matcher.arrays import Cells, Floats

if TYPE_CHECKING:
    from matcher.scoring.feature_vectors import FeatureVectors


class PairTransformer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """From frames with ``mentee_id`` and ``mentor_id`` to the features' values.

    Nothing is fitted: a pair's features depend on the two people and the config alone.

    Parameters
    ----------
    vectors
        What `feature_vectors` returned.
    """

    def __init__(self, vectors: FeatureVectors) -> None:
        self.vectors = vectors

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:
        """Do nothing, as scikit-learn asks."""
        return self

    def transform(self, X: pd.DataFrame) -> Floats:
        """Return the values of the pairs of `X`, neutral where unanswered: (p, k).

        Raises
        ------
        InputError
            E_UNKNOWN_PERSON where an id is not of the cohort.
        """
        i, j = self.vectors.positions(X["mentee_id"], X["mentor_id"])
        code = self.vectors.candidates.listed(i, j)
        return np.asarray(self.vectors.scores.features.pairs(i, j, code)[0].T)

    def get_feature_names_out(self, input_features: Any = None) -> Cells:
        """Return the names of the columns of `transform`."""
        return np.array(self.vectors.scores.features.names, dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        """Tell scikit-learn that nothing needs fitting."""
        return True
