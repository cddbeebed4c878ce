"""Candidate items: a short, padded list of items a mentee, with all that their value needs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matcher.problem.problem import Floats, Ints, Problem

LOWEST = np.finfo(np.float32).min

GROUPS = 4
"""Groups of columns whose maxima are looked at for each of the largest values wanted."""


@dataclass(frozen=True)
class CandidateItems:
    """Items of b mentees, padded to width P; every array (b, P)."""

    mentee: Ints
    """(b,) positions."""
    code: Ints
    """Item code: a mentor, m + side of a reciprocal pair, or -1 for padding."""
    score: Floats
    """Contribution to V; -inf for padding."""
    load: Floats
    sponsored: Floats

    @property
    def width(self) -> int:
        """Items a mentee, padding included."""
        return int(self.code.shape[1])

    def take(self, rows: Ints) -> CandidateItems:
        """Return the candidates of some rows."""
        return CandidateItems(
            self.mentee[rows],
            self.code[rows],
            self.score[rows],
            self.load[rows],
            self.sponsored[rows],
        )

    def reorder(self, order: Ints) -> CandidateItems:
        """Return the columns of each row in the order given: (b, P') positions."""
        return replace(
            self,
            code=np.take_along_axis(self.code, order, axis=1),
            score=np.take_along_axis(self.score, order, axis=1),
            load=np.take_along_axis(self.load, order, axis=1),
            sponsored=np.take_along_axis(self.sponsored, order, axis=1),
        )


def stack(parts: list[CandidateItems]) -> CandidateItems:
    """Join candidates of different mentees, padding all to the widest."""
    width = max(part.width for part in parts)
    padded = [pad(part, width) for part in parts]
    return CandidateItems(
        np.concatenate([part.mentee for part in padded]),
        np.concatenate([part.code for part in padded]),
        np.concatenate([part.score for part in padded]),
        np.concatenate([part.load for part in padded]),
        np.concatenate([part.sponsored for part in padded]),
    )


def pad(part: CandidateItems, width: int) -> CandidateItems:
    """Widen to `width` candidates a mentee."""
    extra = width - part.width
    if extra <= 0:
        return part
    shape = (len(part.mentee), extra)
    return replace(
        part,
        code=np.hstack([part.code, np.full(shape, -1, dtype=np.int64)]),
        score=np.hstack([part.score, np.full(shape, -np.inf)]),
        load=np.hstack([part.load, np.zeros(shape)]),
        sponsored=np.hstack([part.sponsored, np.zeros(shape)]),
    )


def merge(first: CandidateItems, second: CandidateItems) -> CandidateItems:
    """Return the union a mentee of two lists for the same mentees, each item once."""
    both = CandidateItems(
        first.mentee,
        np.hstack([first.code, second.code]),
        np.hstack([first.score, second.score]),
        np.hstack([first.load, second.load]),
        np.hstack([first.sponsored, second.sponsored]),
    )
    order = np.argsort(both.code, axis=1, kind="stable")
    both = both.reorder(order)
    again = np.zeros(both.code.shape, dtype=bool)
    again[:, 1:] = both.code[:, 1:] == both.code[:, :-1]
    gone = again | (both.code < 0)
    code = np.where(gone, -1, both.code)
    order = np.argsort(gone, axis=1, kind="stable")
    merged = replace(both, code=code, score=np.where(gone, -np.inf, both.score)).reorder(order)
    width = max(1, int((~gone).sum(axis=1).max(initial=0)))
    return merged.reorder(np.broadcast_to(np.arange(width), (len(merged.mentee), width)))


def largest_columns(values: Floats, width: int) -> Ints:
    """Return the columns of each row's `width` largest values, -1 for none: (b, w), w <= `width`.

    The `width`-th largest of the maxima of groups of columns is no more than that of all columns,
    so that only the few that reach it are compared. Columns come in no order; -inf is no value.
    """
    b, m = values.shape
    size, least = m // (GROUPS * width), np.full(b, LOWEST, dtype=np.float32)
    if size > 1:
        groups = m // size
        maxima = values[:, : size * groups].reshape(b, size, groups).max(axis=1)
        least = np.maximum(np.partition(maxima, -width, axis=1)[:, -width], LOWEST)
    row, column = np.divmod(np.flatnonzero(values >= least[:, None]), m)
    count = np.bincount(row, minlength=b)
    slot = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    shape = (b, max(1, int(count.max(initial=1))))
    code, value = np.full(shape, -1, dtype=np.int64), np.full(shape, -np.inf, dtype=np.float32)
    code[row, slot], value[row, slot] = column, values[row, column]
    if shape[1] <= width:
        return code
    best = np.argpartition(-value, width - 1, axis=1)[:, :width]
    return np.asarray(np.take_along_axis(code, best, axis=1))


@dataclass(frozen=True)
class SideTable:
    """Sides of reciprocal pairs by mentee, padded: (n, R) side numbers, -1 for none."""

    side: Ints

    @classmethod
    def of(cls, problem: Problem) -> SideTable:
        """List the sides of every mentee; those of mentee -1 are of people outside the problem."""
        n = problem.n_mentees
        if problem.reciprocal is None or len(problem.reciprocal) == 0:
            return cls(np.empty((n, 0), dtype=np.int64))
        mentee = problem.reciprocal.sides[0]
        order = np.argsort(mentee, kind="stable")
        order = order[mentee[order] >= 0]
        count = np.bincount(mentee[order], minlength=n)
        rank = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count)
        table = np.full((n, int(count.max(initial=0))), -1, dtype=np.int64)
        table[mentee[order], rank] = order
        return cls(table)

    def candidates(self, problem: Problem, mentees: Ints) -> CandidateItems:
        """Return the reciprocal items of `mentees`."""
        side = self.side[mentees]
        there = side >= 0
        if problem.reciprocal is None:
            nothing = np.empty((len(mentees), 0))
            return CandidateItems(mentees, side, nothing, nothing, nothing)
        _, _, score, load, _ = problem.reciprocal.sides
        return CandidateItems(
            mentees,
            np.where(there, side + problem.n_mentors, -1),
            np.where(there, score[side], -np.inf),
            np.where(there, load[side], 0.0),
            np.zeros(side.shape),
        )


def beside(first: CandidateItems, second: CandidateItems) -> CandidateItems:
    """Return the items of the same mentees in both, the second's after the first's."""
    if second.width == 0:
        return first
    return CandidateItems(
        first.mentee,
        np.hstack([first.code, second.code]),
        np.hstack([first.score, second.score]),
        np.hstack([first.load, second.load]),
        np.hstack([first.sponsored, second.sponsored]),
    )
