"""Pricing for some mentees at what the others leave: portfolios that fit what is left.

The columns known were made at prices of the whole problem. Once most mentees hold one, what is left
is another problem, with other prices and other portfolios: those who are open are priced again.
"""

from dataclasses import dataclass

import numpy as np

from matcher.arrays import Bools, Floats
from matcher.problem.rules.rule import SLACK
from matcher.solver.columns import smoothed_dual
from matcher.solver.columns.generation import SCAN_WIDTH, Generated
from matcher.solver.model.column_pool import ColumnPool
from matcher.solver.model.linking_rows import Rows
from matcher.solver.model.portfolio_tables import CandidateItems, lowest_of_each
from matcher.solver.pricing.pricer import ScanQuestion
from matcher.solver.pricing.scan import MOST_LISTED, Scanner

TEMPERATURES = 0.005, 0.0025, 0.00125
"""Temperatures of the rounds, in worths of a portfolio."""

SHARPEST = 0.0002
"""Temperature at which soft shares are read: most of them are nearly whole there."""

ROUGHLY = 1e-6
"""Share that a step of a fit must gain: prices for one step of a dive need no more digits, and a
closer fit took twice as long for answers no better."""

WITHIN, MOST = 4.0, 12
"""Columns within so many temperatures of the best are kept, and so many a mentee."""

DEAR = 4.0
"""Price, in worths of a portfolio, of what is used up."""

APART = 16
"""Mentees between two open ones up to whom they are scanned in one block."""


@dataclass(frozen=True)
class ResidualPricing:
    """What prices the mentees who are open in a dive."""

    generated: Generated
    rows: Rows
    scanner: Scanner

    def widened(self, pool: ColumnPool, is_open: Bools, left: Floats) -> ColumnPool:
        """Return the pool with more portfolios of open mentees (n,) at what is left (R,)."""
        generated, rows = self.generated, self.rows
        y = generated.y.copy()
        used_up = rows.is_limit & (left <= SLACK)
        y[used_up] = np.maximum(y[used_up], DEAR * generated.unit)
        candidates, takes_part = self._candidates(is_open, y), is_open[pool.mentee]
        mine = pool.take(takes_part)
        for temperature in TEMPERATURES:
            eps = temperature * generated.unit
            mine = self._priced(mine, candidates, y, eps)
            that_fit = mine.take(mine.that_fit(rows, left))
            y = smoothed_dual.fit(that_fit, rows, y, eps, left=left, tolerance=ROUGHLY).y
        return ColumnPool.merged([pool.take(~takes_part), mine])

    def within(self, pool: ColumnPool, slack: float) -> ColumnPool | None:
        """Return the pool with every portfolio of so little regret; None: too many, or no time."""
        at, rows = self.generated, self.rows
        known = pool.leaders(at.y)
        scan = self.scanner.scan(rows, at.y, known, at.cuts, at.at, width=1, slack=slack)
        if not scan.searched or len(scan.sets.mentee) > MOST_LISTED:
            return None
        return pool.add(rows, scan.sets)[0]

    def soft_shares(self, pool: ColumnPool, left: Floats) -> Floats:
        """Return the soft choice among columns of those who are open at what is left (R,): (q,).

        Parameters
        ----------
        pool
            Columns that fit.
        left
            What the rows have left.
        """
        y = self.generated.y
        for temperature in (TEMPERATURES[-1], SHARPEST):
            eps = temperature * self.generated.unit
            fitted = smoothed_dual.fit(pool, self.rows, y, eps, left=left, tolerance=ROUGHLY)
            y = fitted.y
        return fitted.share

    def _candidates(self, is_open: Bools, y: Floats) -> CandidateItems:
        """Return the best items of open mentees at duals `y`."""
        mentees = np.flatnonzero(is_open)
        runs = np.split(mentees, np.flatnonzero(np.diff(mentees) > APART) + 1)
        blocks = [np.arange(run[0], run[-1] + 1) for run in runs]
        cuts, at = self.generated.cuts, self.generated.at
        scan = self.scanner.scan(self.rows, y, None, cuts, at, width=SCAN_WIDTH, blocks=blocks)
        return scan.candidates.take(is_open[scan.candidates.mentee])

    def _priced(
        self, pool: ColumnPool, candidates: CandidateItems, y: Floats, eps: float
    ) -> ColumnPool:
        """Add what is within a few temperatures of each mentee's best."""
        generated, leaders = self.generated, pool.leaders(y)
        best = np.full(len(generated.at), -np.inf)
        best[leaders.mentee] = leaders.reduced
        question = ScanQuestion(self.rows, y, best, generated.cuts, generated.at)
        sets, _ = self.scanner.price(question, candidates, 0)
        np.maximum.at(best, sets.mentee, sets.reduced)
        near = np.flatnonzero(sets.reduced >= best[sets.mentee] - WITHIN * eps)
        near = near[lowest_of_each(sets.mentee[near], -sets.reduced[near], MOST)]
        return pool.add(self.rows, sets.take(near))[0]
