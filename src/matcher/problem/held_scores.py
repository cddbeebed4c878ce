"""Pair scores held in memory where they fit, so that each pair's features are compared once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from matcher.arrays import Codes
from matcher.config.sections import Solver
from matcher.problem.problem import Floats, Ints
from matcher.scoring.pair_scores import PairBlock, PairScores

PAIRS_IN_MEMORY = 25_000_000
"""Most pairs whose scores are held at once: 9 bytes each."""


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

    def block(self, rows: Ints) -> PairBlock:
        """Return scores and approaches of mentees `rows` with all mentors."""
        return PairBlock(self.score[rows], self.approach[rows])


@dataclass(frozen=True)
class HeldScores(HeldRows):
    """Scores and approaches of all pairs, computed once; the interface of `PairScores`."""

    source: PairScores

    def directional(self, i: Ints, j: Ints, approach: Codes | int) -> Floats:
        """Score single pairs under a given approach, allowed or not."""
        return self.source.directional(i, j, approach)

    def contributions(self, i: Ints, j: Ints, approach: Codes | int) -> pd.DataFrame:
        """Return what each feature adds to the scores of single pairs."""
        return self.source.contributions(i, j, approach)


def hold_if_small(source: PairScores, solver: Solver) -> PairScores | HeldScores:
    """Compute all scores now, in threads, where they fit in memory; else leave them to blocks."""
    n, m = source.shape
    if n * m > PAIRS_IN_MEMORY:
        return source
    blocks = list(_rows(n, m))
    parts = _map(source, blocks, solver.threads)
    score, approach = np.empty((n, m)), np.empty((n, m), dtype=np.int8)
    for rows, part in zip(blocks, parts, strict=True):
        score[rows], approach[rows] = part.score, part.approach
    return HeldScores(score, approach, source)


def _rows(n: int, m: int) -> Iterator[Ints]:
    step = max(1, (1 << 20) // max(1, m))
    for start in range(0, n, step):
        yield np.arange(start, min(n, start + step), dtype=np.int64)


def _map(source: PairScores, blocks: list[Ints], threads: int | None) -> list[PairBlock]:
    if len(blocks) <= 1 or threads == 1:
        return [source.block(rows) for rows in blocks]
    from joblib import Parallel, delayed

    jobs = -1 if threads is None else threads
    parallel = Parallel(n_jobs=jobs, prefer="threads")
    return list(parallel(delayed(source.block)(rows) for rows in blocks))
