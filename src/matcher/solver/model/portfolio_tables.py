"""Candidate items and priced portfolios: padded tables of arrays with the same rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from scipy import sparse

from matcher.problem.market import item_keys
from matcher.problem.problem import Bools, Floats, Ints, Problem


class ArrayTable:
    """Base of a dataclass of arrays (or sparse arrays) with the same rows."""

    def _map(self, change: Any) -> Self:
        names = self.__dataclass_fields__  # type: ignore[attr-defined]
        return type(self)(*(change(getattr(self, name)) for name in names))

    @classmethod
    def of(cls, other: Any, **own: Any) -> Self:
        """Return a table with the arrays of `other` that have the same names, and some of its own.

        Parameters
        ----------
        other
            A table with as many rows.
        **own
            Arrays that it lacks, or that differ.
        """
        names = cls.__dataclass_fields__  # type: ignore[attr-defined]
        return cls(**{name: getattr(other, name) for name in names if name not in own}, **own)

    def take(self, rows: Ints | Bools) -> Self:
        """Return some rows, by position (k,) or mask."""
        return self._map(lambda array: array[rows])

    def put(self, rows: Ints, other: Self) -> Self:
        """Return the table with the rows at positions `rows` (k,) replaced by those of `other`."""
        table = self._map(np.copy)
        for name in self.__dataclass_fields__:  # type: ignore[attr-defined]
            getattr(table, name)[rows] = getattr(other, name)
        return table

    @classmethod
    def join(cls, parts: Sequence[Self]) -> Self:
        """Stack the rows of one table or more."""
        names = cls.__dataclass_fields__  # type: ignore[attr-defined]
        return cls(*(_stacked([getattr(part, name) for part in parts]) for name in names))


def _stacked(arrays: list[Any]) -> Any:
    if sparse.issparse(arrays[0]):
        return sparse.csr_array(sparse.vstack(arrays, format="csr"))
    return np.concatenate(arrays)


LOWEST = np.finfo(np.float32).min

GROUPS = 4
"""Groups of columns whose maxima are looked at for each of the largest values wanted."""


NO_ITEM = {"code": -1, "score": -np.inf, "load": 0.0, "sponsored": 0.0}
"""What the arrays of items hold where there is no item."""


@dataclass(frozen=True)
class CandidateItems(ArrayTable):
    """Items of b mentees, padded to width P; every array (b, P)."""

    mentee: Ints
    """(b,) positions."""
    code: Ints
    """Item code: a mentor, m + place among `Market.listed`, or -1 for padding."""
    score: Floats
    """Contribution to V; -inf for padding."""
    load: Floats
    sponsored: Floats

    @property
    def width(self) -> int:
        """Items a mentee, padding included."""
        return int(self.code.shape[1])

    def _each(self, change: Callable[[Any, str], Any]) -> CandidateItems:
        return replace(self, **{name: change(getattr(self, name), name) for name in NO_ITEM})

    def reorder(self, order: Ints) -> CandidateItems:
        """Return the columns of each row in the order given: (b, P') positions."""
        return self._each(lambda array, _: np.take_along_axis(array, order, axis=1))

    def only(self, keep: Bools) -> CandidateItems:
        """Return the items where `keep` (b, P) holds, padding elsewhere."""
        return self._each(lambda array, name: np.where(keep, array, NO_ITEM[name]))

    def padded(self, width: int) -> CandidateItems:
        """Widen to `width` items a mentee."""
        if width <= self.width:
            return self
        extra = ((0, 0), (0, width - self.width))
        return self._each(lambda array, name: np.pad(array, extra, constant_values=NO_ITEM[name]))

    def compact(self) -> CandidateItems:
        """Move padding to the end of each row, order kept, and drop columns without any item."""
        gone = self.code < 0
        width = max(1, int((~gone).sum(axis=1).max(initial=0)))
        return self.reorder(np.argsort(gone, axis=1, kind="stable")[:, :width]).padded(width)

    def beside(self, other: CandidateItems) -> CandidateItems:
        """Return the items of the same mentees in both, the other's after these."""
        return self._each(lambda array, name: np.hstack([array, getattr(other, name)]))

    def union(self, other: CandidateItems) -> CandidateItems:
        """Return the items of the same mentees in both, each once and in the order of codes."""
        both = self.beside(other)
        both = both.reorder(np.argsort(both.code, axis=1, kind="stable"))
        again = np.zeros(both.code.shape, dtype=bool)
        again[:, 1:] = both.code[:, 1:] == both.code[:, :-1]
        return both.only(~again).compact()


def stack(parts: Sequence[CandidateItems]) -> CandidateItems:
    """Join candidates of different mentees, padding all to the widest."""
    width = max(part.width for part in parts)
    return CandidateItems.join([part.padded(width) for part in parts])


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
    """Items of `Market.listed` by mentee, padded: (n, R) places there, -1 for none."""

    side: Ints

    @classmethod
    def of(cls, problem: Problem) -> SideTable:
        """List the sides of every mentee; those of mentee -1 are of people outside the problem."""
        n = problem.n_mentees
        mentee = problem.listed[0]
        if not len(mentee):
            return cls(np.empty((n, 0), dtype=np.int64))
        order = np.argsort(mentee, kind="stable")
        order = order[mentee[order] >= 0]
        count = np.bincount(mentee[order], minlength=n)
        rank = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count)
        table = np.full((n, int(count.max(initial=0))), -1, dtype=np.int64)
        table[mentee[order], rank] = order
        return cls(table)

    def candidates(self, problem: Problem, mentees: Ints) -> CandidateItems:
        """Return the listed items of `mentees`."""
        side = self.side[mentees]
        _, _, score, load, _, sponsored = problem.listed
        if not len(score):
            nothing = np.empty((len(mentees), 0))
            return CandidateItems(mentees, side, nothing, nothing, nothing)
        code, is_sponsored = side + problem.n_mentors, sponsored[side].astype(np.float64)
        return CandidateItems(mentees, code, score[side], load[side], is_sponsored).only(side >= 0)


@dataclass(frozen=True)
class PricedPortfolios(ArrayTable):
    """Portfolios of some mentees, one a row: q portfolios, K slots."""

    mentee: Ints
    members: Ints
    """(q, K) item codes, -1 for none."""
    value: Floats
    """(q,) V of the portfolio."""
    reduced: Floats
    """(q,) U(V) and what kept pairs earn, less the use of rows at their duals."""
    score: Floats
    """(q, K) of each member, -inf for none; so are `load` and `sponsored`."""
    load: Floats
    sponsored: Floats

    @classmethod
    def none(cls, max_size: int) -> PricedPortfolios:
        """Return an empty list of portfolios of at most `max_size` members."""
        nobody, wide = np.empty(0, dtype=np.int64), np.empty((0, max_size))
        members, value = wide.astype(np.int64), np.empty(0)
        return cls(nobody, members, value, value, score=wide, load=wide, sponsored=wide)

    def ordered(self) -> PricedPortfolios:
        """Return the same with members ascending by code, -1 last."""
        last = np.where(self.members < 0, np.iinfo(np.int64).max, self.members)
        order = np.argsort(last, axis=1)
        names = ("members", "score", "load", "sponsored")
        arrays = {name: np.take_along_axis(getattr(self, name), order, axis=1) for name in names}
        return replace(self, **arrays)

    def as_candidates(self, n: int) -> CandidateItems:
        """Return the members as candidates of n mentees, who have one portfolio each or none."""
        spread = {name: np.full((n, self.members.shape[1]), none) for name, none in NO_ITEM.items()}
        for name, array in spread.items():
            array[self.mentee] = self.members if name == "code" else getattr(self, name)
        items = CandidateItems(np.arange(n), **spread)
        return items.only(items.code >= 0)


def best_rows(row: Ints, reduced: Floats) -> Ints:
    """Return for each distinct row the position of its highest value."""
    order = np.lexsort((-reduced, row))
    return order[np.flatnonzero(np.diff(row[order], prepend=-1))]


def lowest_of_each(group: Ints, key: Floats, count: int) -> Ints:
    """Return the positions of the `count` lowest keys of each group."""
    order = np.lexsort((key, group))
    first = np.flatnonzero(np.diff(group[order], prepend=-1))
    rank = np.arange(len(order)) - np.repeat(first, np.diff(np.append(first, len(order))))
    return order[rank < count]


def items_of_codes(problem: Problem, code: Ints) -> tuple[Ints, Ints]:
    """Return the mentor of each item code, -1 for none, and its number as in `Assignment`."""
    _, mentor, _, _, number, _ = problem.listed
    if not len(mentor):
        return code, np.full(code.shape, -1, dtype=np.int64)
    side, is_side = np.maximum(code - problem.n_mentors, 0), code >= problem.n_mentors
    return np.where(is_side, mentor[side], code), np.where(is_side, number[side], -1)


def keys_of_codes(problem: Problem, code: Ints) -> Ints:
    """Return the key of each item code, as rules on portfolios read items; -1 for none."""
    return item_keys(*items_of_codes(problem, code), problem.n_mentors)
