"""The pairs of a flow problem, read in blocks, and the best of each row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from matcher.problem.problem import Bools, Floats, Ints, Problem
from matcher.solver.score_sources import entries_of_rows

STRIP = 400_000
"""Pairs read at once, so that they stay in the processor's cache."""


@dataclass(frozen=True)
class Strip:
    """Pairs of some mentees with every mentor."""

    rows: Ints
    """(b,)"""
    gain: Floats
    """(b, m) what each pair earns; -inf where it is not allowed or left out."""
    sponsored: Bools | None
    """(b, m)"""


class Pairs:
    """Allowed pairs of a problem whose welfare is a sum over pairs, in strips.

    Parameters
    ----------
    problem
        The instance.
    left_out
        (k, 2) pairs that are left out.
    """

    def __init__(self, problem: Problem, left_out: Ints) -> None:
        self.problem, self.left_out = problem, left_out
        kept = problem.kept_pairs if problem.kept_bonus else problem.kept_pairs[:0]
        pairs = np.concatenate([left_out, kept])
        added = np.repeat([-np.inf, problem.kept_bonus], [len(left_out), len(kept)])
        self.added = sparse.csr_array((added, (pairs[:, 0], pairs[:, 1])), problem.scores.shape)

    def without(self, pairs: Ints) -> Pairs:
        """Return the same pairs without some more."""
        return Pairs(self.problem, np.concatenate([self.left_out, pairs]))

    def strips(self) -> Iterator[Strip]:
        """Yield all pairs, block by block."""
        for rows in self.problem.blocks(STRIP):
            block = self.problem.scores.block(rows)
            gain = block.score
            row, column, added = entries_of_rows(self.added, rows)
            if len(row):
                gain = gain.copy()
                gain[row, column] += added
            yield Strip(rows, gain, block.sponsored)


def best_columns(gain: Floats, width: int) -> tuple[Ints, Ints]:
    """Return row and column of the `width` largest finite entries of each row."""
    width = min(width, gain.shape[1])
    if width == 0:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    if width < gain.shape[1]:
        column = np.argpartition(-gain, width - 1, axis=1)[:, :width]
    else:
        column = np.broadcast_to(np.arange(width), gain.shape)
    row = np.repeat(np.arange(len(gain)), width)
    column = column.ravel()
    known = np.isfinite(gain[row, column])
    return row[known], column[known].astype(np.int64)


def best_entries(row: Ints, worth: Floats, width: int) -> Ints:
    """Return which of a list of entries are among the `width` largest of their row."""
    order = np.lexsort((-worth, row))
    sorted_row = row[order]
    rank = np.arange(len(row)) - np.searchsorted(sorted_row, sorted_row)
    return np.asarray(np.sort(order[rank < width]))
