"""Greedy filling: always the match that adds most, until nothing fits or helps."""

import heapq
import time
from collections.abc import Iterator

import numpy as np

from matcher.arrays import present
from matcher.problem.problem import Assignment, Ints, Problem
from matcher.problem.rules.rule import SLACK
from matcher.solver.baselines.free_places import Ledger
from matcher.solver.baselines.marginals import BestItems, Marginals

LISTED_EACH = 64
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
    filling = Filling(Marginals(problem, assignment), time.perf_counter() + seconds)
    for target, least in _stages(problem, filling.ledger):
        filling.run(target, least)
    return filling.ledger.without_unfinished().assignment()


def _stages(problem: Problem, ledger: Ledger) -> Iterator[tuple[Ints, float]]:
    """Yield how many mentors each mentee may have at each stage (n,), and the least gain."""
    unfinished = np.zeros(problem.n_mentees, dtype=bool)
    unfinished[ledger.unfinished()] = True
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

    def __init__(self, marginals: Marginals, until: float) -> None:
        self.marginals, self.ledger, self.until = marginals, marginals.ledger, until
        self.problem = problem = marginals.problem
        self.items = BestItems.empty(problem.n_mentees, max(1, min(LISTED_EACH, problem.n_mentors)))
        self.at = np.zeros(problem.n_mentees, dtype=np.int64)
        # With a penalty, what a match adds falls as others fill the mentor's minimum.
        self.may_fall = bool(problem.soft_rules)

    def run(self, target: Ints, least: float) -> None:
        """Add items that gain more than `least` until each mentee has `target` mentors."""
        heap: list[tuple[float, int, int]] = []
        open_rows = np.flatnonzero(self.ledger.size < target)
        step = max(1, 4_000_000 // max(1, self.problem.n_mentors))
        for start in range(0, len(open_rows), step):
            rows = open_rows[start : start + step]
            self._list(rows)
            best = zip(self.items.gain[rows, 0].tolist(), rows.tolist(), strict=True)
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
        self.items.put(rows, self.marginals.of(rows))
        self.at[rows] = 0

    def _take(self, i: int, gain: float, target: Ints) -> list[tuple[float, int, int]]:
        """Add mentee i's next item if it still stands; return what to try later."""
        ledger, at = self.ledger, int(self.at[i])
        if ledger.size[i] >= target[i]:
            return []
        if at >= self.items.gain.shape[1] or self.items.gain[i, at] != gain:
            return self._restart(i)
        item = self.items.item(i, at)
        if not ledger.takes(i, *item):
            return self._next(i)
        if self.may_fall:
            before = self._restart(i)
            if -before[0][0] < gain - HELPS:
                return before
            item = self.items.item(i, 0)
        self.marginals.add(i, *item)
        return self._restart(i) if ledger.size[i] < target[i] else []

    def _next(self, i: int) -> list[tuple[float, int, int]]:
        self.at[i] += 1
        # Mentors who have become full since the list was made are skipped at once.
        rest = slice(self.at[i], None)
        places = self.ledger.places[self.items.mentor[i, rest]]
        roomy = self.items.load[i, rest] <= places + SLACK
        if not roomy.any():
            return self._restart(i)
        self.at[i] += int(np.argmax(roomy))
        return [(-float(self.items.gain[i, self.at[i]]), 0, i)]

    def _restart(self, i: int) -> list[tuple[float, int, int]]:
        self._list(np.array([i]))
        return [(-float(self.items.gain[i, 0]), 0, i)]

    def _pair(self, number: int, gain: float, target: Ints) -> list[tuple[float, int, int]]:
        """Add a reciprocal pair if it still gains as much; else return it to be tried later."""
        pairs = present(self.problem.reciprocal)
        sides = int(pairs.mentee_a[number]), int(pairs.mentee_b[number])
        if all(self.ledger.size[i] >= target[i] for i in sides):
            return []
        now = float(self.marginals.of_reciprocal(np.array([number]))[0])
        if now < gain - HELPS:
            return [(-now, 1, number)] if np.isfinite(now) else []
        self.marginals.add_reciprocal(number)
        return [entry for i in sides for entry in self._restart(i)]
