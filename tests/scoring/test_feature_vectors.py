"""Feature vectors that one can hold: in memory, as files, and as scikit-learn input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from tests.features.random_cohorts import cohort_of, people

import matcher
from matcher.errors import InputError
from matcher.scoring import feature_vectors as module
from matcher.scoring.feature_vectors import write_feature_vectors


@pytest.fixture(scope="module")
def vectors() -> matcher.FeatureVectors:
    """Return the vectors of a drawn cohort."""
    rng = np.random.default_rng(3)
    return matcher.feature_vectors(cohort_of(rng, people(rng, 6, "e"), people(rng, 5, "m")))


@pytest.mark.slow
def test_values_and_weights_make_the_score(vectors) -> None:
    """The score of every pair is the weighted sum of what stands beside it."""
    frame, features = vectors.pairs, vectors.features
    assert len(frame) == 30
    total = frame[features["feature"]].to_numpy() @ features["weight"].to_numpy()
    np.testing.assert_allclose(frame["score"], total, atol=1e-12)
    assert features["weight"].sum() == pytest.approx(1.0)


def test_unanswered_values_are_neutral_and_marked(vectors) -> None:
    """Beside each value stands whether it was answered."""
    frame = vectors.pairs
    for name, neutral in zip(vectors.features["feature"], vectors.features["neutral"], strict=True):
        open_ = ~frame[f"{name}_answered"]
        assert (frame.loc[open_, name] == neutral).all()


def test_needs_and_offers_are_labelled(vectors) -> None:
    """Rows are people, columns facets; facets of knowing stand apart."""
    assert list(vectors.needs.columns) == list(vectors.offers.columns)
    assert "knowing.why.beliefs" in vectors.needs
    assert vectors.needs.index.tolist() == [f"e{k:03d}" for k in range(6)]


@pytest.mark.slow
def test_large_needs_are_sparse(vectors, monkeypatch: pytest.MonkeyPatch) -> None:
    """Past a size the frames hold only what is not 0, and the same numbers."""
    monkeypatch.setattr(module, "DENSE_CELLS", 10)
    rng = np.random.default_rng(3)
    again = matcher.feature_vectors(cohort_of(rng, people(rng, 6, "e"), people(rng, 5, "m")))
    assert all(isinstance(dtype, pd.SparseDtype) for dtype in again.needs.dtypes)
    np.testing.assert_array_equal(again.needs.to_numpy(), vectors.needs.to_numpy())


def test_the_transformer_is_scikit_learns(vectors) -> None:
    """It stands in a pipeline, is cloned, and names its columns; strangers are told."""
    pairs = vectors.pairs[["mentee_id", "mentor_id", "score"]]
    model = make_pipeline(vectors.transformer(), LinearRegression())
    model.fit(pairs, pairs["score"])
    assert model.score(pairs, pairs["score"]) == pytest.approx(1.0)
    values = clone(vectors.transformer()).fit_transform(pairs)
    names = vectors.transformer().get_feature_names_out()
    assert names.tolist() == vectors.features["feature"].tolist()
    np.testing.assert_array_equal(values, vectors.pairs[list(names)].to_numpy())
    with pytest.raises(InputError, match="E_UNKNOWN_PERSON"):
        vectors.transformer().transform(pairs.assign(mentee_id="nobody"))


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_files_hold_the_same(vectors, tmp_path, form: str, monkeypatch) -> None:
    """Both formats, written in blocks, read back to the frames."""
    if form == "parquet":
        pytest.importorskip("pyarrow")
    monkeypatch.setattr(module, "PAIRS_EACH", 7)
    names = write_feature_vectors(vectors, tmp_path, form)
    assert sorted(names) == sorted(f"{n}.{form}" for n in ("needs", "offers", "pairs", "features"))
    read = pd.read_csv if form == "csv" else pd.read_parquet
    pairs = read(tmp_path / f"pairs.{form}")
    numbers = ["score", *vectors.features["feature"]]
    np.testing.assert_array_equal(pairs[numbers].to_numpy(), vectors.pairs[numbers].to_numpy())
    needs = read(tmp_path / f"needs.{form}").set_index("mentee_id")
    np.testing.assert_array_equal(needs.to_numpy(), vectors.needs.to_numpy())
