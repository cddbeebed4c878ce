"""What each item would add, and the best items of each mentee in order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matcher.problem.problem import Bools, Floats, Ints


@dataclass(frozen=True)
class Gains:
    """What every item of some mentees with the open mentors would add."""

    mentor: Ints
    """(c,) open mentors."""
    gain: Floats
    """(b, c) what is gained; -inf where the item does not fit."""
    load: Floats
    """(b, c)"""
    sponsored: Bools
    """(b, c)"""

    def item(self, row: int, column: int) -> tuple[int, float, bool]:
        """Return mentor, load and sponsorship of one item."""
        load, sponsored = self.load[row, column], self.sponsored[row, column]
        return int(self.mentor[column]), float(load), bool(sponsored)


@dataclass(frozen=True)
class BestItems:
    """A list of items for each mentee, best first: (n, w) each; written to in place."""

    mentor: Ints
    gain: Floats
    """-inf past the end of a list."""
    load: Floats
    sponsored: Bools

    @classmethod
    def empty(cls, n: int, width: int) -> BestItems:
        """Return empty lists of at most `width` items for n mentees."""
        shape = (n, width)
        mentor, gain = np.full(shape, -1, dtype=np.int64), np.full(shape, -np.inf)
        return cls(mentor, gain, np.ones(shape), np.zeros(shape, dtype=bool))

    def put(self, rows: Ints, found: Gains) -> None:
        """Write the lists of mentees `rows` (b,) anew from what their items add."""
        self.gain[rows] = -np.inf
        width = min(self.gain.shape[1], found.gain.shape[1])
        if width == 0:
            return
        order = _best_first(found.gain, width)
        here = rows[:, None], np.arange(width)
        self.mentor[here] = found.mentor[order]
        self.gain[here] = np.take_along_axis(found.gain, order, axis=1)
        self.load[here] = np.take_along_axis(found.load, order, axis=1)
        self.sponsored[here] = np.take_along_axis(found.sponsored, order, axis=1)

    def item(self, i: int, rank: int) -> tuple[int, float, bool]:
        """Return mentor, load and sponsorship of an item of mentee i."""
        load, sponsored = self.load[i, rank], self.sponsored[i, rank]
        return int(self.mentor[i, rank]), float(load), bool(sponsored)


def _best_first(gain: Floats, width: int) -> Ints:
    """Return the columns of each row's `width` largest, best first, the lowest at ties."""
    if width < gain.shape[1]:
        part = np.sort(np.argpartition(-gain, width - 1, axis=1)[:, :width], axis=1)
    else:
        part = np.broadcast_to(np.arange(width), gain.shape)
    order = np.argsort(-np.take_along_axis(gain, part, axis=1), axis=1, kind="stable")
    return np.take_along_axis(part, order, axis=1)
