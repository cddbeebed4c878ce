"""Pair scores: the weighted mean of the features, as a sum of contributions.

``s_ij = sum_f w_f v_ijf`` with weights that sum to 1 and ``v`` the feature's value where both sides
answered, else its fixed neutral value. So an answer x moves a score by ``w_f (x - neutral_f)``,
whatever else was answered.

Every contribution is rounded down to a whole multiple of 2**-48 (4e-15). Sums of such numbers are
exact in float64, so contributions add up to the score in whatever order and by whatever program
they are summed, and a score never exceeds 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Cells, Codes, Floats, Positions
from matcher.config import Config
from matcher.config.sections import Solver
from matcher.features.base import Block, Listed, Selection
from matcher.features.feature_set import FeatureSet
from matcher.observe import give_back

GRAIN = 2.0**-48
"""Contributions are whole multiples of this."""

PAIRS_AT_ONCE = 1 << 17
"""Pairs whose features are held together: few enough for the processor's cache."""

PAIRS_IN_THREAD = 1 << 20
"""Pairs that one thread scores at a time."""

PAIRS_IN_MEMORY = 25_000_000
"""Most pairs whose scores are held at once: 9 bytes each."""

CONTRIBUTION_COLUMNS = (
    "mentee_id",
    "mentor_id",
    "feature",
    "answered",
    "value",
    "weight",
    "contribution",
)
"""Columns of contributions, long form."""


class AllowedPairs(Protocol):
    """What scores need of the candidates."""

    def block(self, rows: Positions) -> Codes:
        """Return each pair's approach code, -1 where it is not allowed: int8, shape (b, m)."""

    @property
    def nameless(self) -> AllowedPairs:
        """The same with what `block` reads and no more, to be sent elsewhere."""


@dataclass(frozen=True)
class PairBlock:
    """Scores and approaches of some mentees with all mentors.

    ``score`` is float64 of shape (b, m), -inf where a pair is not allowed; ``approach`` is int8.
    """

    score: Floats
    approach: Codes


@dataclass(frozen=True)
class PairScores:
    """Scores of all pairs, computed block by block."""

    features: FeatureSet
    candidates: AllowedPairs
    config: Config

    @property
    def shape(self) -> tuple[int, int]:
        """Number of mentees and mentors."""
        return self.features.shape

    @property
    def nameless(self) -> PairScores:
        """The same with what `block` reads and nobody's label, to be sent elsewhere."""
        return replace(self, features=self.features.nameless, candidates=self.candidates.nameless)

    def block(self, rows: Positions) -> PairBlock:
        """Score some mentees with all mentors.

        Parameters
        ----------
        rows
            Positions of mentees: shape (b,).

        Returns
        -------
        PairBlock
            The same bits whatever other rows are in the block.
        """
        rows = np.asarray(rows, dtype=np.int64)
        score = np.empty((len(rows), self.shape[1]))
        approach = np.empty(score.shape, dtype=np.int8)
        for part in _parts(len(rows), self.shape[1], PAIRS_AT_ONCE):
            approach[part] = self.candidates.block(rows[part])
            score[part] = self._score(Block(rows[part], self.shape[1]), approach[part])
        score[approach < 0] = -np.inf
        return PairBlock(score, approach)

    def directional(self, i: Positions, j: Positions, approach: Codes | int) -> Floats:
        """Score single pairs under a given approach, allowed or not.

        Parameters
        ----------
        i, j
            Positions of mentees and mentors: shape (p,) each.
        approach
            Codes of the approaches, one a pair or one for all.

        Returns
        -------
        numpy.ndarray
            Scores in [0, 1], to the bit those of `block` under the same approach: shape (p,).
        """
        pairs = Listed(np.asarray(i, dtype=np.int64), np.asarray(j, dtype=np.int64))
        codes = np.broadcast_to(np.asarray(approach, dtype=np.int8), pairs.shape)
        score = np.empty(pairs.shape)
        for part in _parts(len(score), 1, PAIRS_AT_ONCE):
            score[part] = self._score(Listed(pairs.i[part], pairs.j[part]), codes[part])
        return score

    def contributions(self, i: Positions, j: Positions, approach: Codes | int) -> pd.DataFrame:
        """Return what each feature adds to the scores of single pairs.

        Parameters
        ----------
        i, j, approach
            As for `directional`.

        Returns
        -------
        pandas.DataFrame
            Long form with `CONTRIBUTION_COLUMNS`, one row a pair and feature, features in order.
            ``weight`` is the share of the total weight; where not ``answered``, ``value`` is the
            feature's neutral one. The contributions of a pair sum to its score exactly.
        """
        pairs = Listed(np.asarray(i, dtype=np.int64), np.asarray(j, dtype=np.int64))
        codes = np.broadcast_to(np.asarray(approach, dtype=np.int8), pairs.shape)
        values, answered = self.features.pairs(i, j, codes)
        return self._long_form(pairs, values.T, answered.T)

    def _score(self, pairs: Selection, approach: Codes) -> Floats:
        """Sum the contributions, in units of `GRAIN`; features without weight are not computed."""
        total = np.zeros(pairs.shape)
        for k in np.flatnonzero(self.features.weights > 0).tolist():
            compared = self.features.compare(k, pairs, approach)
            total += _grains(self.features.weights[k], compared.values)
        total *= GRAIN
        return total

    def _long_form(self, pairs: Listed, values: Floats, answered: Bools) -> pd.DataFrame:
        names, weights = self.features.names, np.broadcast_to(self.features.weights, values.shape)
        count, wide = values.shape
        return pd.DataFrame(
            {
                "mentee_id": np.repeat(_labels(self.features.mentee_ids, pairs.i), wide),
                "mentor_id": np.repeat(_labels(self.features.mentor_ids, pairs.j), wide),
                "feature": np.tile(np.array(names, dtype=object), count),
                "answered": answered.ravel(),
                "value": values.ravel(),
                "weight": weights.ravel(),
                "contribution": _grains(weights, values).ravel() * GRAIN,
            },
            columns=list(CONTRIBUTION_COLUMNS),
        )


def on_grain(values: Floats) -> Floats:
    """Round numbers down to whole multiples of `GRAIN`, so that they add to scores exactly."""
    return np.asarray(np.floor(values / GRAIN) * GRAIN)


def _grains(weight: float | Floats, values: Floats) -> Floats:
    """Return a contribution as a whole number of grains; GRAIN is a power of two, so exact."""
    scaled = (weight / GRAIN) * values
    return np.floor(scaled, out=scaled)


def _labels(ids: tuple[str, ...], positions: Positions) -> Cells:
    return np.array(ids, dtype=object)[positions]


def _parts(count: int, width: int, pairs: int) -> list[slice]:
    step = max(1, pairs // max(1, width))
    return [slice(start, start + step) for start in range(0, count, step)]


@dataclass(frozen=True)
class HeldRows:
    """Scores and approaches of all pairs, without what they were computed from."""

    score: Floats
    """(n, m) with -inf where a pair is not allowed."""
    approach: Codes

    @property
    def shape(self) -> tuple[int, int]:
        """Number of mentees and mentors."""
        return self.score.shape[0], self.score.shape[1]

    @property
    def nameless(self) -> HeldRows:
        """Scores and approaches alone, to be sent elsewhere."""
        return HeldRows(self.score, self.approach)

    def block(self, rows: Positions) -> PairBlock:
        """Return scores and approaches of mentees `rows` with all mentors."""
        return PairBlock(self.score[rows], self.approach[rows])


@dataclass(frozen=True)
class HeldScores(HeldRows):
    """Scores and approaches of all pairs, computed once; the interface of `PairScores`."""

    source: PairScores

    def directional(self, i: Positions, j: Positions, approach: Codes | int) -> Floats:
        """Score single pairs under a given approach, allowed or not."""
        return self.source.directional(i, j, approach)

    def contributions(self, i: Positions, j: Positions, approach: Codes | int) -> pd.DataFrame:
        """Return what each feature adds to the scores of single pairs."""
        return self.source.contributions(i, j, approach)


def hold_if_small(source: PairScores, solver: Solver) -> PairScores | HeldScores:
    """Compute all scores now, in threads, where they fit in memory; else leave them to blocks."""
    n, m = source.shape
    if n * m > PAIRS_IN_MEMORY:
        return source
    score, approach = np.empty((n, m)), np.empty((n, m), dtype=np.int8)

    def fill(rows: Positions) -> None:
        part = source.block(rows)
        score[rows], approach[rows] = part.score, part.approach

    _each(fill, [np.arange(n)[part] for part in _parts(n, m, PAIRS_IN_THREAD)], solver.threads)
    give_back()
    return HeldScores(score, approach, source)


def _each(work: Callable[[Positions], None], blocks: list[Positions], threads: int | None) -> None:
    if len(blocks) <= 1 or threads == 1:
        for rows in blocks:
            work(rows)
        return
    from joblib import Parallel, delayed

    parallel = Parallel(n_jobs=-1 if threads is None else threads, prefer="threads")
    parallel(delayed(work)(rows) for rows in blocks)
