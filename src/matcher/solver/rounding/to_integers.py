"""From columns to an integer solution: linear master, dive, neighbourhoods chosen again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matcher.observe import Progress
from matcher.solver.limits import Clock
from matcher.solver.model.column_pool import lowest_of_each
from matcher.solver.rounding.dive import dive, that_fit
from matcher.solver.rounding.integer_master import choose, worth_of
from matcher.solver.rounding.neighbourhoods import Neighbourhoods

if TYPE_CHECKING:
    from matcher.problem.problem import Floats, Ints
    from matcher.solver.columns.generation import Generated
    from matcher.solver.model.linking_rows import Rows
    from matcher.solver.settings import SolveRun

COLUMNS_EACH = 12
"""Columns a mentee that a neighbourhood chooses among."""

LISTED_EACH = 3
"""Columns a mentee, on average, in the linear master: those of least regret."""

WHOLE = 1500
"""Mentees up to whom all may be chosen in one piece."""

CLEAR = 0.98
"""Soft share from which a column is fixed before the linear master of a large problem."""

LARGE = 6000
"""Mentees from which clear choices are fixed first."""

NEIGHBOURHOOD = 150
"""Mentees chosen again together by one improvement step."""

GRACE = 1.0
"""Seconds that the linear master may have though time is out: what was priced is lost without."""

PATIENCE = 24
"""Steps in a row without improvement after which improving ends;"""

IMPROVING = 30.0
"""or seconds of improving, beside as many as the solve had taken before."""

STEP = 2.0
"""Seconds that one step may take."""


@dataclass(frozen=True)
class Rounded:
    """An integer solution: one column of the pool a mentee."""

    columns: Ints
    objective: float


class Rounding:
    """Rounds and improves on the columns of a finished generation."""

    def __init__(self, generated: Generated, rows: Rows, run: SolveRun) -> None:
        self.rows, self.clock, self.observer = rows, run.clock, run.observer
        self.gap, self.seed = run.settings.gap, run.settings.seed
        self.pool, self.y, self.bound = generated.pool, generated.y, generated.bound
        self.reduced = self.pool.reduced(self.y)
        self.best = np.full(rows.problem.n_mentees, -np.inf)
        np.maximum.at(self.best, self.pool.mentee, self.reduced)
        self.regret = self.best[self.pool.mentee] - self.reduced
        self.share = generated.share
        self.near = self._nearest(COLUMNS_EACH)
        self.empty = self._empty_columns()

    def run(self, start: Ints | None) -> Rounded | None:
        """Return the best integer solution found; `start` is a known one, a column a mentee.

        None where none was found, or a mentee with forced pairs has no column at all.
        """
        if not self.pool.has_everybody(self.rows.problem.n_mentees):
            return None
        best = None if start is None else self._accept(start)
        best = self._better(best, self._dive(start))
        if best is None or self._gap(best) > 0.1:
            best = self._better(best, self._by_share())
            best = self._better(best, self._in_pieces())
        if best is None:
            best = self._whole()
        return None if best is None else self._improve(best)

    def _nearest(self, count: int) -> Ints:
        """Return each mentee's columns of least regret and its empty one, sorted by mentee."""
        least = np.zeros(len(self.pool), dtype=bool)
        least[lowest_of_each(self.pool.mentee, self.regret, count)] = True
        return np.flatnonzero(least | (self.pool.members < 0).all(axis=1))

    def _listed(self, start: Ints | None) -> Ints:
        """Return the columns of least regret of all, every empty one, and a known solution's."""
        count = min(len(self.pool), LISTED_EACH * self.rows.problem.n_mentees)
        least = np.argpartition(self.regret, count - 1)[:count]
        listed = np.zeros(len(self.pool), dtype=bool)
        listed[least] = True
        listed[self.empty[self.empty >= 0]] = True
        if start is not None:
            listed[start] = True  # with these the tiers can be kept
        return np.flatnonzero(listed)

    def _empty_columns(self) -> Ints:
        column = np.full(self.rows.problem.n_mentees, -1, dtype=np.int64)
        none = np.flatnonzero((self.pool.members < 0).all(axis=1))
        column[self.pool.mentee[none]] = none
        return column

    def _better(self, one: Rounded | None, other: Rounded | None) -> Rounded | None:
        if one is None or (other is not None and other.objective > one.objective):
            return other
        return one

    def _use(self, columns: Ints) -> Floats:
        return self.pool.use_of(columns)

    def _accept(self, columns: Ints) -> Rounded | None:
        if not self.rows.keeps(self._use(columns)):
            return None
        return Rounded(columns, worth_of(self.pool, self.rows, columns))

    def _dive(self, start: Ints | None) -> Rounded | None:
        """Round the linear master; in a large problem over those whose choice is not clear."""
        n = self.rows.problem.n_mentees
        columns = self._clear() if n >= LARGE else np.full(n, -1, dtype=np.int64)
        clock = self.clock
        if not clock.within(1.0) or clock.left < GRACE:
            clock = Clock(GRACE)
        listed = self._listed(start)
        seconds = max(0.2 * clock.left, GRACE)
        wide = np.union1d(listed, self.near)
        found = dive(self.pool, self.rows, listed, columns, clock, seconds, wide=wide)
        return None if found is None else self._accept(found)

    def _whole(self) -> Rounded | None:
        """Choose for all mentees at once: what is left where tiers let no dive complete."""
        seconds = min(10.0, 0.5 * self.clock.left)
        for count in (COLUMNS_EACH, 4 * COLUMNS_EACH):
            near = self._nearest(count)
            choice = choose(
                self.pool, self.rows, near, self.rows.rhs, seconds=seconds, gap=0.1 * self.gap
            )
            if choice is not None:
                return self._accept(choice.columns)
        return None

    def _by_share(self) -> Rounded | None:
        """Take the columns of largest soft share that fit: quick, for where time is out."""
        order = self.near[np.argsort(-self.share[self.near], kind="stable")]
        columns = self.empty.copy()
        left = self.rows.rhs
        taken = that_fit(self.pool, self.rows, order, left, len(columns))
        columns[self.pool.mentee[taken]] = taken
        return None if np.any(columns < 0) else self._accept(columns)

    def _in_pieces(self) -> Rounded | None:
        """Fix clear choices, then choose the others piece by piece at reduced worth."""
        columns = self._clear()
        open_ = np.flatnonzero(columns < 0)
        if not len(open_):
            return self._accept(columns)
        if np.any(self.empty[open_] < 0):
            return None
        columns[open_] = self.empty[open_]
        if not self.rows.without_tiers().keeps(self._use(columns)):
            return None
        order = np.random.default_rng(self.seed).permutation(open_)
        for piece in np.array_split(order, max(1, len(open_) // WHOLE)):
            columns = self._rechoose(columns, np.sort(piece), priced=True)
        return self._accept(columns)

    def _clear(self) -> Ints:
        """Return the column of each mentee whose soft choice is nearly whole, -1 for others."""
        n = self.rows.problem.n_mentees
        columns = np.full(n, -1, dtype=np.int64)
        clear = np.flatnonzero(self.share > CLEAR)
        columns[self.pool.mentee[clear]] = clear
        # Soft choices that do not fit together are opened again, and all sides of pairs are.
        use = self._use(columns[columns >= 0])
        touchy = (self.rows.high > 0) & (use > self.rows.rhs + 1e-7)
        touchy[self.rows.start["reciprocal"] : self.rows.start["tier"]] = True
        chosen = np.flatnonzero(columns >= 0)
        touches = np.asarray(abs(self.pool.use[columns[chosen]])[:, touchy].sum(axis=1)).ravel()
        columns[chosen[touches > 0]] = -1
        return columns

    def _rechoose(self, columns: Ints, mentees: Ints, *, priced: bool = False) -> Ints:
        """Choose the portfolios of some mentees again, everybody else's fixed."""
        inside = np.zeros(len(columns), dtype=bool)
        inside[mentees] = True
        wanted = np.zeros(len(self.pool), dtype=bool)
        wanted[self.near[inside[self.pool.mentee[self.near]]]] = True
        wanted[columns[mentees]] = True
        open_ = np.flatnonzero(wanted)
        rows = self.rows.without_tiers() if priced else self.rows
        left = rows.rhs - self._use(columns[~inside])
        objective = self.reduced[open_] if priced else None
        seconds = min(STEP, 0.5 * self.clock.left)
        choice = choose(
            self.pool, rows, open_, left, objective=objective, seconds=seconds, gap=0.1 * self.gap
        )
        if choice is None:
            return columns
        changed = columns.copy()
        changed[self.pool.mentee[choice.columns]] = choice.columns
        return changed

    def _improve(self, best: Rounded) -> Rounded:
        """Choose again around parts of the gap until it is closed or nothing helps."""
        n = self.rows.problem.n_mentees
        places = Neighbourhoods(self.pool, self.rows, self.near, self.regret, self.y, self.seed)
        failures, step = 0, 0
        until = IMPROVING + 2.0 * self.clock.seconds
        while failures < PATIENCE and self._gap(best) > self.gap and self.clock.within(1.0):
            if self.clock.seconds > until:
                break
            size = min(n, NEIGHBOURHOOD * (1 + failures // 8))
            mentees = places.draw(best.columns, self._use(best.columns), size)
            found = self._accept(self._rechoose(best.columns, mentees))
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
            if size == n and failures:
                break
        return best

    def _gap(self, best: Rounded) -> float:
        return (self.bound - best.objective) / max(abs(self.bound), abs(best.objective), 1e-12)
