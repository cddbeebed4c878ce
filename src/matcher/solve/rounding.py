"""From soft choices to portfolios: fix what is clear, choose the rest exactly, then improve.

At duals y the distance to the bound splits into parts that can be seen: each mentee's regret (the
best reduced value less that of the portfolio chosen) and each priced row's slack times its dual.
Improvement re-chooses, exactly, the mentees around the largest parts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matcher.observe import Progress
from matcher.solve.master import choose, is_feasible, total_use, worth_of

if TYPE_CHECKING:
    from matcher.observe import Observer
    from matcher.portfolio.problem import Floats, Ints
    from matcher.solve.generation import Generated
    from matcher.solve.limits import Clock
    from matcher.solve.rows import Rows

WHOLE = 1500
"""Mentees up to whom the master is solved in one piece."""

NEIGHBOURHOOD = 400
"""Mentees re-chosen together by one improvement step."""

COLUMNS_EACH = 12
"""Columns a mentee that take part in rounding."""


@dataclass(frozen=True)
class Rounded:
    """An integer solution: one column of the pool a mentee."""

    columns: Ints
    objective: float


class Rounding:
    """Rounds and improves on the columns of a finished generation."""

    def __init__(
        self,
        generated: Generated,
        rows: Rows,
        *,
        gap: float,
        clock: Clock,
        observer: Observer,
        seed: int,
    ) -> None:
        self.rows, self.gap, self.clock, self.observer = rows, gap, clock, observer
        self.pool, self.y, self.bound = generated.pool, generated.y, generated.bound
        self.reduced = self.pool.reduced(self.y)
        self.best = np.full(rows.problem.n_mentees, -np.inf)
        np.maximum.at(self.best, self.pool.mentee, self.reduced)
        self.regret = self.best[self.pool.mentee] - self.reduced
        self.share = generated.share
        self.rng = np.random.default_rng(seed)
        self.near = self._nearest(COLUMNS_EACH)
        self.empty = self._empty_columns()
        self.whole_proved = False

    def _nearest(self, count: int) -> Ints:
        """Return each mentee's columns of least regret and its empty one, sorted by mentee."""
        order = np.lexsort((self.regret, self.pool.mentee))
        mentee = self.pool.mentee[order]
        first = np.flatnonzero(np.diff(mentee, prepend=-1))
        rank = np.arange(len(order)) - np.repeat(first, np.diff(np.append(first, len(order))))
        empty = (self.pool.members[order] < 0).all(axis=1)
        return np.sort(order[(rank < count) | empty])

    def _empty_columns(self) -> Ints:
        column = np.full(self.rows.problem.n_mentees, -1, dtype=np.int64)
        none = np.flatnonzero((self.pool.members < 0).all(axis=1))
        column[self.pool.mentee[none]] = none
        return column

    def run(self, start: Ints | None) -> Rounded | None:
        """Return the best integer solution found; `start` is a known one, a column a mentee."""
        n = self.rows.problem.n_mentees
        best = None if start is None else Rounded(start, worth_of(self.pool, self.rows, start))
        if n <= WHOLE:
            best = self._better(best, self._whole())
            if best is not None and self.whole_proved:
                return best
        if best is None or n > WHOLE:
            best = self._better(best, self._in_pieces())
        if best is None:
            best = self._better(best, self._whole())
        return None if best is None else self._improve(best)

    def _better(self, one: Rounded | None, other: Rounded | None) -> Rounded | None:
        if one is None or (other is not None and other.objective > one.objective):
            return other
        return one

    def _use(self, columns: Ints) -> Floats:
        return total_use(self.pool, columns)

    def _accept(self, columns: Ints) -> Rounded | None:
        if not is_feasible(self.rows, self._use(columns)):
            return None
        return Rounded(columns, worth_of(self.pool, self.rows, columns))

    def _whole(self) -> Rounded | None:
        seconds = min(10.0, 0.5 * self.clock.left)
        near = self.near
        for count in (COLUMNS_EACH, 40):
            choice = choose(
                self.pool, self.rows, near, self.rows.rhs, seconds=seconds, gap=0.1 * self.gap
            )
            if choice is not None:
                self.whole_proved = choice.proved
                return self._accept(choice.columns)
            near = self._nearest(count * 4)
        return None

    def _in_pieces(self) -> Rounded | None:
        """Fix clear choices, then choose the others piece by piece at reduced worth."""
        columns = self._clear()
        open_ = np.flatnonzero(columns < 0)
        if np.any(self.empty[open_] < 0):
            return None
        columns[open_] = self.empty[open_]
        if not is_feasible(self._without_floors(), self._use(columns)):
            return None
        pieces = np.array_split(self.rng.permutation(open_), max(1, len(open_) // WHOLE))
        for piece in pieces:
            columns = self._rechoose(columns, np.sort(piece), priced=True)
        return self._accept(columns)

    def _without_floors(self) -> Rows:
        return self.rows.without_tiers()

    def _clear(self) -> Ints:
        """Return the column of each mentee whose soft choice is nearly whole, -1 for others."""
        n = self.rows.problem.n_mentees
        columns = np.full(n, -1, dtype=np.int64)
        clear = np.flatnonzero(self.share > 0.97)
        columns[self.pool.mentee[clear]] = clear
        # Soft choices that do not fit together are opened again, latest mentees first.
        use = self._use(columns[columns >= 0])
        over = np.flatnonzero((self.rows.high > 0) & (use > self.rows.rhs + 1e-7))
        if len(over):
            chosen = np.flatnonzero(columns >= 0)
            touches = np.asarray(abs(self.pool.use[columns[chosen]])[:, over].sum(axis=1)).ravel()
            columns[chosen[touches > 0]] = -1
        odd = np.arange(self.rows.start["reciprocal"], self.rows.start["tier"])
        if len(odd):
            chosen = np.flatnonzero(columns >= 0)
            touches = np.asarray(abs(self.pool.use[columns[chosen]])[:, odd].sum(axis=1)).ravel()
            columns[chosen[touches > 0]] = -1
        return columns

    def _rechoose(self, columns: Ints, mentees: Ints, *, priced: bool = False) -> Ints:
        """Choose the portfolios of some mentees again, everybody else's fixed."""
        inside = np.isin(self.pool.mentee[self.near], mentees)
        open_ = np.union1d(self.near[inside], columns[mentees])
        fixed = np.delete(columns, mentees)
        rows = self._without_floors() if priced else self.rows
        left = rows.rhs - (np.asarray(self.pool.use[fixed].sum(axis=0)).ravel())[: rows.count]
        objective = self.reduced[open_] if priced else None
        seconds = min(4.0, 0.5 * self.clock.left)
        choice = choose(
            self.pool, rows, open_, left, objective=objective, seconds=seconds, gap=0.1 * self.gap
        )
        if choice is None:
            return columns
        changed = columns.copy()
        changed[self.pool.mentee[choice.columns]] = choice.columns
        return changed

    def _improve(self, best: Rounded) -> Rounded:
        """Re-choose around the largest parts of the gap until it is closed or nothing helps."""
        n = self.rows.problem.n_mentees
        failures, step = 0, 0
        while failures < 6 and self._gap(best) > self.gap and self.clock.left > 0:
            if self.clock.interrupted:
                break
            size = min(n, NEIGHBOURHOOD * (1 + failures))
            mentees = self._neighbourhood(best, size)
            columns = self._rechoose(best.columns, mentees)
            found = self._accept(columns)
            step += 1
            if found is not None and found.objective > best.objective + 1e-9 * abs(best.objective):
                best, failures = found, 0
            else:
                failures += 1
            self.observer.on_progress(
                Progress(
                    "improve", step, best.objective, self.bound, self._gap(best), self.clock.seconds
                )
            )
        return best

    def _gap(self, best: Rounded) -> float:
        return (self.bound - best.objective) / max(abs(self.bound), abs(best.objective), 1e-12)

    def _neighbourhood(self, best: Rounded, size: int) -> Ints:
        """Return mentees with regret, those who could use priced slack, and their competitors."""
        regret = self.regret[best.columns]
        use = self._use(best.columns)
        loss = np.abs(self.y * (self.rows.rhs - use))
        near = self.near[self.regret[self.near] <= max(self.bound - best.objective, 0.0)]
        weight = np.zeros(len(regret))
        weight += regret / max(regret.max(initial=0.0), 1e-12)
        wanted = np.asarray(abs(self.pool.use[near]) @ (loss / max(loss.max(initial=0.0), 1e-12)))
        np.add.at(weight, self.pool.mentee[near], wanted / COLUMNS_EACH)
        leaders = np.flatnonzero(self.regret <= 0)
        unhappy = np.flatnonzero(regret > 0)
        top = unhappy[np.argsort(-regret[unhappy])][: size // 4]
        desired = np.asarray(
            abs(self.pool.use[leaders[np.isin(self.pool.mentee[leaders], top)]]).sum(axis=0)
        ).ravel()
        weight += 0.5 * np.asarray(abs(self.pool.use[best.columns]) @ np.minimum(desired, 1.0))
        weight += 0.3 * self.rng.random(len(weight))
        return np.sort(np.argpartition(-weight, min(size, len(weight)) - 1)[:size])
