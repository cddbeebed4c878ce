"""Feature vectors one can hold: needs, offers, and what every feature says of every pair."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy import sparse

from matcher.arrays import Floats, Positions
from matcher.cohort.cells import neutralise_frame
from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.errors import ConfigError, Finding, InputError
from matcher.features import build_features, read_facets
from matcher.network import audit_cohort
from matcher.scoring.allowed_pairs import Candidates, find_candidates
from matcher.scoring.pair_scores import PairScores
from matcher.vocabulary import Approach

if TYPE_CHECKING:
    from matcher.scoring.pair_transformer import PairTransformer

DENSE_CELLS = 1_000_000
"""Cells up to which needs and offers are dense frames, past it sparse ones."""

PAIRS_EACH = 200_000
"""Pairs in one block of `FeatureVectors.blocks`."""

Format = Literal["csv", "parquet"]


@dataclass(frozen=True)
class FeatureVectors:
    """Needs of n mentees, offers of m mentors, and k features of their pairs.

    Parameters
    ----------
    needs
        By mentee id what each facet that counts weighs, >= 0; sparse where large: (n, f).
    offers
        By mentor id what is offered on each facet, in [0, 1]: (m, f).
    scores
        What compares the pairs, with the features' names, weights and neutral values.
    candidates
        Which pairs are possible, and how.
    """

    needs: pd.DataFrame
    offers: pd.DataFrame
    scores: PairScores
    candidates: Candidates

    @property
    def features(self) -> pd.DataFrame:
        """One row a feature: its share of the total weight and its neutral value."""
        found = self.scores.features
        columns = {"feature": found.names, "weight": found.weights, "neutral": found.neutral}
        return pd.DataFrame(columns)

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """All pairs, as `blocks` yields them, in one frame of n * m rows."""
        return pd.concat(self.blocks(), ignore_index=True)

    def blocks(self) -> Iterator[pd.DataFrame]:
        """Yield frames of pairs, mentee by mentee.

        Yields
        ------
        pandas.DataFrame
            ``mentee_id, mentor_id, approach`` (empty where the pair is not possible), ``score``,
            then for each feature NAME its value in [0, 1], neutral where unanswered, and
            ``NAME_answered``.
        """
        n, m = self.scores.shape
        step = max(1, PAIRS_EACH // max(1, m))
        for start in range(0, n, step):
            rows = np.arange(start, min(start + step, n))
            yield self.of(np.repeat(rows, m), np.tile(np.arange(m), len(rows)))

    def of(self, i: Positions, j: Positions) -> pd.DataFrame:
        """Return single pairs by position as rows of `blocks`.

        Parameters
        ----------
        i, j
            Positions of mentees and mentors: (p,).

        Returns
        -------
        pd.DataFrame
            One row a pair.
        """
        found, names = self.scores.features, [*(a.value for a in Approach), ""]
        code = self.candidates.listed(i, j)
        values, answered = found.pairs(i, j, code)
        frame = {
            "mentee_id": np.array(found.mentee_ids, dtype=object)[i],
            "mentor_id": np.array(found.mentor_ids, dtype=object)[j],
            "approach": np.array(names, dtype=object)[code],
            "score": self.scores.directional(i, j, code),
        }
        for k, name in enumerate(found.names):
            frame |= {name: values[k], f"{name}_answered": answered[k]}
        return pd.DataFrame(frame)

    def transformer(self) -> PairTransformer:
        """Return a scikit-learn transformer from pairs of ids to the features' values.

        Returns
        -------
        PairTransformer
            Fitted: there is nothing to learn.
        """
        from matcher.scoring.pair_transformer import PairTransformer

        return PairTransformer(self)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the features."""
        return self.scores.features.names

    def values(self, mentees: Any, mentors: Any) -> Floats:
        """Return the features' values of pairs of ids, neutral where unanswered: shape (p, k).

        Parameters
        ----------
        mentees, mentors
            Ids: (p,) each.

        Returns
        -------
        Floats
            In [0, 1]: shape (p, k).

        Raises
        ------
        InputError
            E_UNKNOWN_PERSON where an id is not of the cohort.
        """
        i, j = self.needs.index.get_indexer(mentees), self.offers.index.get_indexer(mentors)
        if (i < 0).any() or (j < 0).any():
            count = int(((i < 0) | (j < 0)).sum())
            message = f"pairs that name somebody outside the cohort: {count}"
            raise InputError(Finding("E_UNKNOWN_PERSON", message, "give ids of the cohort"))
        return np.asarray(self.scores.features.pairs(i, j, self.candidates.listed(i, j))[0].T)


def feature_vectors(cohort: Cohort, config: Config | str | Path | None = None) -> FeatureVectors:
    """Return needs, offers and every pair's features.

    Parameters
    ----------
    cohort
        As :func:`matcher.read_cohort` returns it.
    config
        What to compare: a config, a file, the name of a packaged one; None for the default.

    Returns
    -------
    FeatureVectors
        ``.needs``, ``.offers``, ``.pairs``, and ``.transformer()`` for scikit-learn.
    """
    from matcher.config import load_config

    settings = config if isinstance(config, Config) else load_config(config)
    audit = audit_cohort(cohort, settings)
    facets = read_facets(cohort, settings, audit)
    features = build_features(cohort, settings, audit, facets=facets)
    candidates = find_candidates(cohort, settings, features=features)
    names, counted = list(facets.counted_names), list(facets.counted)
    return FeatureVectors(
        _labelled(facets.needs[:, counted], cohort.mentee_index.ids, names, "mentee_id"),
        _labelled(facets.offers[:, counted], cohort.mentor_index.ids, names, "mentor_id"),
        PairScores(features, candidates, settings),
        candidates,
    )


def _labelled(values: Floats, ids: tuple[str, ...], names: list[str], key: str) -> pd.DataFrame:
    """Return a frame by id, sparse where it is large."""
    index = pd.Index(ids, name=key, dtype=object)
    if values.size > DENSE_CELLS:
        maker: Any = pd.DataFrame.sparse
        frame: pd.DataFrame = maker.from_spmatrix(
            sparse.csr_array(values), index=index, columns=names
        )
        return frame
    return pd.DataFrame(values, index=index, columns=names)


def write_feature_vectors(found: FeatureVectors, folder: Path, form: Format = "csv") -> list[str]:
    """Write ``needs``, ``offers``, ``pairs`` and ``features`` into a folder; return the names.

    Raises
    ------
    ConfigError
        E_EXTRA for Parquet without the extra [parquet].
    """
    if form == "parquet" and find_spec("pyarrow") is None:
        remedy = "pip install 'mentor-matcher[parquet]', or --format csv"
        raise ConfigError(Finding("E_EXTRA", "Parquet needs pyarrow", remedy))
    tables = {
        "needs": iter([found.needs.reset_index()]),
        "offers": iter([found.offers.reset_index()]),
        "pairs": found.blocks(),
        "features": iter([found.features]),
    }
    write = _write_csv if form == "csv" else _write_parquet
    for name, frames in tables.items():
        write(folder / f"{name}.{form}", frames)
    return [f"{name}.{form}" for name in tables]


def _write_csv(path: Path, frames: Iterator[pd.DataFrame]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        for number, frame in enumerate(frames):
            words = {c: frame[c].map({True: "true", False: "false"}) for c in _flags(frame)}
            plain = neutralise_frame(frame.assign(**words))
            plain.to_csv(file, index=False, header=number == 0, lineterminator="\n")


def _flags(frame: pd.DataFrame) -> list[str]:
    return [str(column) for column in frame.select_dtypes("bool").columns]


def _write_parquet(path: Path, frames: Iterator[pd.DataFrame]) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    first = pa.Table.from_pandas(_dense(next(frames)), preserve_index=False)
    with parquet.ParquetWriter(str(path), first.schema) as writer:
        writer.write_table(first)
        for frame in frames:
            table = pa.Table.from_pandas(_dense(frame), schema=first.schema, preserve_index=False)
            writer.write_table(table)


def _dense(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame without sparse columns, which Parquet has no words for."""
    is_sparse = [isinstance(dtype, pd.SparseDtype) for dtype in frame.dtypes]
    return frame.assign(**{c: frame[c].to_numpy(np.float64) for c in frame.columns[is_sparse]})
