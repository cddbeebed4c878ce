"""A scikit-learn transformer over pairs of people."""

from __future__ import annotations

from typing import Any, Protocol, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from matcher.arrays import Cells, Floats


class PairValues(Protocol):
    """What is transformed: the features of pairs by id."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the k features."""

    def values(self, mentees: Any, mentors: Any) -> Floats:
        """Return the values of pairs of ids: shape (p, k)."""


class PairTransformer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """From frames with ``mentee_id`` and ``mentor_id`` to the features' values.

    Nothing is fitted: a pair's features depend on the two people and the config alone.

    Parameters
    ----------
    vectors
        What `feature_vectors` returned.
    """

    def __init__(self, vectors: PairValues) -> None:
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
        return self.vectors.values(X["mentee_id"], X["mentor_id"])

    def get_feature_names_out(self, input_features: Any = None) -> Cells:
        """Return the names of the columns of `transform`."""
        return np.array(self.vectors.names, dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        """Tell scikit-learn that nothing needs fitting."""
        return True
