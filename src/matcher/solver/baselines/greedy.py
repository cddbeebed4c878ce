"""Greedy filling: always the match that adds most, until nothing fits or helps."""

from __future__ import annotations

import heapq
import time
from typing import TYPE_CHECKING

import numpy as np

from matcher.solver.baselines.free_places import SLACK, Ledger
from matcher.solver.baselines.marginals import Marginals, cached

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matcher.problem.problem import Assignment, Floats, Ints, Problem

LISTED = 64
"""Best items a mentee that are kept until the portfolio changes."""

HELPS = 1e-12
"""Welfare that a match must add."""


def complete(
    problem: Problem, assignment: Assignment | None = None, *, seconds: float = float("inf")
) -> Assignment:
    """Fill what an assignment leaves free: first as the tiers ask, then while welfare grows.

    Parameters
    ----------
    problem
        The instance.
    assignment
        A feasible assignment; None: the forced items alone.
    seconds
        Time after which no more is added.

    Returns
    -------
    Assignment
        All items of `assignment` and more; no tier is lost, and no welfare but to a tier.
    """
    problem = cached(problem)
    filling = Filling(problem, Ledger(problem, assignment), time.perf_counter() + seconds)
    for target, least in stages(problem, filling.ledger):
        filling.run(target, least)
    return filling.ledger.without_unfinished().assignment()


def stages(problem: Problem, ledger: Ledger) -> Iterator[tuple[Ints, float]]:
    """Yield how many mentors each mentee may have at each stage (n,), and the least gain."""
    unfinished = np.zeros(problem.n_mentees, dtype=bool)
    unfinished[ledger.missing_external()] = True
    if unfinished.any():
        yield np.where(unfinished, problem.limit, 0), -np.inf
    tiers = problem.tiers
    if tiers is not None:
        for wanted in (np.ones(problem.n_mentees, dtype=np.int64), tiers.minimum):
            for level in np.unique(tiers.priority).tolist() if wanted is not None else ():
                first = np.where(tiers.priority == level, wanted, 0)  # type: ignore[arg-type]
                yield np.minimum(first, problem.limit), -np.inf
    yield problem.limit, HELPS


class Filling:
    """Lazy greedy: each mentee's best items in a list, the best of all in a heap."""

    def __init__(self, problem: Problem, ledger: Ledger, until: float = float("inf")) -> None:
        n = problem.n_mentees
        self.problem, self.ledger, self.until = problem, ledger, until
        self.marginals = Marginals(problem, ledger)
        width = max(1, min(LISTED, problem.n_mentors))
        self.mentor = np.full((n, width), -1, dtype=np.int64)
        self.gain = np.full((n, width), -np.inf)
        self.load, self.sponsored = np.ones((n, width)), np.zeros((n, width), dtype=bool)
        self.at = np.zeros(n, dtype=np.int64)
        # With a penalty, what a match adds falls as others fill the mentor's minimum.
        self.may_fall = problem.mentor_minimum is not None and problem.shortfall_penalty > 0

    def run(self, target: Ints, least: float) -> None:
        """Add items that gain more than `least` until each mentee has `target` mentors."""
        heap: list[tuple[float, int, int]] = []
        open_rows = np.flatnonzero(self.ledger.size < target)
        step = max(1, 4_000_000 // max(1, self.problem.n_mentors))
        for start in range(0, len(open_rows), step):
            rows = open_rows[start : start + step]
            self._list(rows)
            best = zip(self.gain[rows, 0].tolist(), rows.tolist(), strict=True)
            heap += [(-gain, 0, i) for gain, i in best]
        heap += self._reciprocal(target)
        heapq.heapify(heap)
        while heap and time.perf_counter() < self.until:
            negative, kind, position = heapq.heappop(heap)
            if not -negative > least:
                return
            try_it = self._take if kind == 0 else self._pair
            for entry in try_it(position, -negative, target):
                heapq.heappush(heap, entry)

    def _reciprocal(self, target: Ints) -> list[tuple[float, int, int]]:
        pairs = self.problem.reciprocal
        if pairs is None or not len(pairs):
            return []
        wanting = self.ledger.size < target
        numbers = np.flatnonzero(wanting[pairs.mentee_a] | wanting[pairs.mentee_b])
        gain = self.marginals.of_reciprocal(numbers)
        return [(-g, 1, r) for g, r in zip(gain.tolist(), numbers.tolist(), strict=True)]

    def _list(self, rows: Ints) -> None:
        """List the best items of mentees `rows` anew."""
        found = self.marginals.of(rows)
        self.gain[rows], self.at[rows] = -np.inf, 0
        width = min(self.gain.shape[1], found.gain.shape[1])
        if width == 0:
            return
        order = best_first(found.gain, width)
        slots = np.arange(width)
        self.gain[rows[:, None], slots] = np.take_along_axis(found.gain, order, axis=1)
        self.mentor[rows[:, None], slots] = found.mentor[order]
        self.load[rows[:, None], slots] = np.take_along_axis(found.load, order, axis=1)
        self.sponsored[rows[:, None], slots] = np.take_along_axis(found.sponsored, order, axis=1)

    def _take(self, i: int, gain: float, target: Ints) -> list[tuple[float, int, int]]:
        """Add mentee i's next item if it still stands; return what to try later."""
        ledger, at = self.ledger, self.at[i]
        if ledger.size[i] >= target[i]:
            return []
        if at >= self.gain.shape[1] or self.gain[i, at] != gain:
            return self._restart(i)
        j, load, sponsored = self.mentor[i, at], self.load[i, at], self.sponsored[i, at]
        if not ledger.fits(np.int64(i), j, load, sponsored):  # type: ignore[arg-type]
            return self._next(i)
        if self.may_fall:
            before = self._restart(i)
            if -before[0][0] < gain - HELPS:
                return before
            at = 0
            j, load, sponsored = self.mentor[i, at], self.load[i, at], self.sponsored[i, at]
        self.marginals.add(i, int(j), float(load), sponsored=bool(sponsored))
        return self._restart(i) if ledger.size[i] < target[i] else []

    def _next(self, i: int) -> list[tuple[float, int, int]]:
        self.at[i] += 1
        # Mentors who have become full since the list was made are skipped at once.
        rest = slice(self.at[i], None)
        roomy = self.load[i, rest] <= self.ledger.places[self.mentor[i, rest]] + SLACK
        if not roomy.any():
            return self._restart(i)
        self.at[i] += int(np.argmax(roomy))
        return [(-float(self.gain[i, self.at[i]]), 0, i)]

    def _restart(self, i: int) -> list[tuple[float, int, int]]:
        self._list(np.array([i]))
        return [(-float(self.gain[i, 0]), 0, i)]

    def _sides(self, number: int) -> tuple[int, int]:
        pairs = self.problem.reciprocal
        assert pairs is not None
        return int(pairs.mentee_a[number]), int(pairs.mentee_b[number])

    def _pair(self, number: int, gain: float, target: Ints) -> list[tuple[float, int, int]]:
        """Add a reciprocal pair if it still gains as much; else return it to be tried later."""
        sides = self._sides(number)
        if all(self.ledger.size[i] >= target[i] for i in sides):
            return []
        now = float(self.marginals.of_reciprocal(np.array([number]))[0])
        if now < gain - HELPS:
            return [(-now, 1, number)] if np.isfinite(now) else []
        self.marginals.add_reciprocal(number)
        return [entry for i in sides for entry in self._restart(i)]


def best_first(gain: Floats, width: int) -> Ints:
    """Return the columns of each row's `width` largest, best first, the lowest at ties."""
    if width < gain.shape[1]:
        part = np.sort(np.argpartition(-gain, width - 1, axis=1)[:, :width], axis=1)
    else:
        part = np.broadcast_to(np.arange(width), gain.shape)
    order = np.argsort(-np.take_along_axis(gain, part, axis=1), axis=1, kind="stable")
    return np.take_along_axis(part, order, axis=1)
