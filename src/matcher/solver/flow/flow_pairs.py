"""The pairs of a flow problem, read in blocks, and the best of each row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matcher.solver.score_sources import Bans, entries_of_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matcher.problem.problem import Bools, Floats, Ints, Problem

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
    """Allowed pairs of a problem whose welfare is a sum over pairs, in strips."""

    def __init__(self, problem: Problem, left_out: Ints) -> None:
        self.problem = problem
        n = problem.n_mentees
        self.left_out = Bans.of(left_out, n)
        kept = problem.kept_pairs if problem.kept_bonus else problem.kept_pairs[:0]
        self.kept = Bans.of(kept, n)

    def without(self, pairs: Ints) -> Pairs:
        """Return the same pairs without some more."""
        mentee = np.repeat(np.arange(self.problem.n_mentees), np.diff(self.left_out.pointer))
        before = np.column_stack([mentee, self.left_out.mentor])
        return Pairs(self.problem, np.concatenate([before, pairs]))

    def strips(self) -> Iterator[Strip]:
        """Yield all pairs, block by block."""
        for rows in self.problem.blocks(STRIP):
            block = self.problem.scores.block(rows)
            gain = block.score
            if len(self.kept.mentor):
                row, at = entries_of_rows(self.kept.pointer, rows)
                gain = gain.copy()
                np.add.at(gain, (row, self.kept.mentor[at]), self.problem.kept_bonus)
            if len(self.left_out.mentor):
                gain = gain.copy()
                self.left_out.apply(gain, rows)
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
