"""Pair scores: the weighted mean of the answered features, as a sum of contributions.

``s_ij = sum_f w_f a_ijf x_ijf / D_ij`` with ``a`` = answered and ``D = max(sum_f w_f a_ijf,
min_answered)``; what is missing up to `min_answered` counts with the neutral value, as a
contribution of its own.

Every contribution is rounded down to a whole multiple of 2**-48 (4e-15). Sums of such numbers are
exact in float64, so contributions add up to the score in whatever order and by whatever program
they are summed, and a score never exceeds 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pandas as pd

from matcher.arrays import Cells, Codes, Floats, Positions
from matcher.config import Config
from matcher.config.sections import Solver
from matcher.features.base import Block, Compared, Listed, Selection
from matcher.features.feature_set import FeatureSet

GRAIN = 2.0**-48
"""Contributions are whole multiples of this."""

PAIRS_AT_ONCE = 1 << 16
"""Pairs whose features are held together: few enough for the processor's cache."""

PAIRS_IN_THREAD = 1 << 20
"""Pairs that one thread scores at a time."""

PAIRS_IN_MEMORY = 25_000_000
"""Most pairs whose scores are held at once: 9 bytes each."""

NEUTRAL = "neutral"
"""Name of the contribution that stands in for answers below `min_answered`."""

COLUMNS = ("mentee_id", "mentor_id", "feature", "answered", "value", "weight", "contribution")
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
        approach = self.candidates.block(rows)
        score = np.empty((len(rows), self.shape[1]))
        for part in _parts(len(rows), self.shape[1], PAIRS_AT_ONCE):
            pairs = Block(rows[part], self.shape[1])
            score[part] = self._score(pairs, approach[part])
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
            Long form with `COLUMNS`, k + 1 rows a pair in the order of the features and then
            `neutral`. ``weight`` is the share of the total weight, for `neutral` what is missing
            up to `min_answered`; ``value`` is NaN where unanswered. The contributions of a pair sum
            to its score exactly.
        """
        pairs = Listed(np.asarray(i, dtype=np.int64), np.asarray(j, dtype=np.int64))
        codes = np.broadcast_to(np.asarray(approach, dtype=np.int8), pairs.shape)
        compared = [self.features.compare(k, pairs, codes) for k in range(len(self.features.names))]
        return self._long_form(pairs, compared)

    def _score(self, pairs: Selection, approach: Codes) -> Floats:
        """Sum the contributions, in units of `GRAIN`; features without weight are not computed."""
        used = np.flatnonzero(self.features.weights > 0)
        compared = [self.features.compare(int(k), pairs, approach) for k in used]
        weights = self.features.weights[used]
        divisor, missing = self._divisor(weights, compared, pairs.shape)
        total = self._neutral_grains(missing, divisor)
        for weight, one in zip(weights, compared, strict=True):
            total += _grains(weight, one.values, divisor)
        total *= GRAIN
        return total

    def _divisor(
        self, weights: Floats, compared: list[Compared], shape: tuple[int, ...]
    ) -> tuple[Floats, Floats]:
        """Return D in units of `GRAIN`, and the weight of the neutral part."""
        answered = np.zeros(shape)
        for weight, one in zip(weights, compared, strict=True):
            answered += weight * one.answered
        least = self.config.scoring.min_answered
        divisor = np.maximum(answered, least)
        missing = divisor - answered
        # With nothing asked and nothing answered the neutral value alone is the score.
        nothing = divisor == 0.0
        divisor[nothing], missing[nothing] = 1.0, 1.0
        divisor *= GRAIN
        return divisor, missing

    def _neutral_grains(self, missing: Floats, divisor: Floats) -> Floats:
        return np.asarray(np.floor(self.config.scoring.neutral * missing / divisor))

    def _long_form(self, pairs: Listed, compared: list[Compared]) -> pd.DataFrame:
        weights, count = self.features.weights, len(pairs.i)
        divisor, missing = self._divisor(weights, compared, pairs.shape)
        grains = [_grains(w, one.values, divisor) for w, one in zip(weights, compared, strict=True)]
        values = [np.where(one.answered, one.values, np.nan) for one in compared]
        neutral = np.where(missing > 0, self.config.scoring.neutral, np.nan)
        names = (*self.features.names, NEUTRAL)
        wide = len(names)
        answered = [*(one.answered for one in compared), np.zeros(count, dtype=bool)]
        return pd.DataFrame(
            {
                "mentee_id": np.repeat(_labels(self.features.mentee_ids, pairs.i), wide),
                "mentor_id": np.repeat(_labels(self.features.mentor_ids, pairs.j), wide),
                "feature": np.tile(np.array(names, dtype=object), count),
                "answered": np.stack(answered, axis=1).ravel(),
                "value": np.stack([*values, neutral], axis=1).ravel(),
                "weight": np.stack(
                    [*(np.full(count, w) for w in weights), missing], axis=1
                ).ravel(),
                "contribution": np.stack(
                    [*grains, self._neutral_grains(missing, divisor)], axis=1
                ).ravel()
                * GRAIN,
            },
            columns=list(COLUMNS),
        )


def on_grain(values: Floats) -> Floats:
    """Round numbers down to whole multiples of `GRAIN`, so that they add to scores exactly."""
    return np.asarray(np.floor(values / GRAIN) * GRAIN)


def _grains(weight: float, values: Floats, divisor: Floats) -> Floats:
    """Return a contribution as a whole number of grains."""
    scaled = weight * values
    scaled /= divisor
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
    blocks = [np.arange(n)[part] for part in _parts(n, m, PAIRS_IN_THREAD)]
    parts = _map(source, blocks, solver.threads)
    score, approach = np.empty((n, m)), np.empty((n, m), dtype=np.int8)
    for rows, part in zip(blocks, parts, strict=True):
        score[rows], approach[rows] = part.score, part.approach
    return HeldScores(score, approach, source)


def _map(source: PairScores, blocks: list[Positions], threads: int | None) -> list[PairBlock]:
    if len(blocks) <= 1 or threads == 1:
        return [source.block(rows) for rows in blocks]
    from joblib import Parallel, delayed

    parallel = Parallel(n_jobs=-1 if threads is None else threads, prefer="threads")
    return list(parallel(delayed(source.block)(rows) for rows in blocks))
