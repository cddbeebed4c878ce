"""Tiers where a flow cannot prove them: exact choices among known portfolios, tier after tier.

Loads, 'either' people, reciprocal pairs and portfolio rules leave a flow only an upper bound. The
portfolios of small problems are all listed, so that the choice proves each tier; in larger ones
every mentee's single mentors take part and what column generation finds later may raise a target.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import comb

import numpy as np

from matcher.problem.problem import Assignment, Ints, Problem
from matcher.solver.limits import Clock
from matcher.solver.model.column_pool import ColumnPool, all_opposites, allowed_portfolios
from matcher.solver.model.linking_rows import Rows, TierRow, tier_amounts
from matcher.solver.pricing.pricer import ScanQuestion, to_codes
from matcher.solver.pricing.scan import Scanner
from matcher.solver.pricing.set_search import Search
from matcher.solver.rounding.dive import Dive
from matcher.solver.rounding.integer_master import ColumnChoice, IntegerMaster

LISTED = 60_000
"""Portfolios up to which all of them are listed."""

CHOSEN_AMONG = 5_000
"""Columns up to which an incomplete list is chosen among exactly. The solver does not keep its time
with more: 25,000 took half a minute of six seconds, and ended without a choice."""

SECONDS_EACH = 6.0
"""Time of the exact choice for each tier."""

SINGLES = 32
"""Mentors a mentee whose single portfolios take part otherwise."""


@dataclass(frozen=True)
class TierChoice:
    """Targets reached in lexicographic order by columns of a pool."""

    pool: ColumnPool
    columns: Ints
    """One column a mentee."""
    targets: dict[str, float]
    proved: bool
    """Whether no other portfolios could do better."""


def listed_portfolios(
    problem: Problem, pricer: Scanner, known: Assignment
) -> tuple[ColumnPool, Rows, bool]:
    """Return all portfolios of a small problem, or single ones, and whether they are all.

    Parameters
    ----------
    problem
        The instance.
    pricer
        What scans and values it.
    known
        A solution whose portfolios are among them, so that the tiers it reaches can be reached.
    """
    rows = Rows(problem, pricer.max_size)
    y = np.zeros(rows.count)
    n, m = problem.n_mentees, problem.n_mentors
    sides = pricer.sides.side.shape[1]
    sizes = [comb(m + sides, q) for q in range(1, pricer.max_size + 1)]
    complete = n * sum(sizes) <= LISTED
    width = m if complete else min(m, SINGLES)
    at = np.zeros(n)
    scan = pricer.scan(rows, y, None, None, at, width=width)
    nothing = np.full(n, -np.inf)
    task = pricer.task(ScanQuestion(rows, y, nothing, None, at), scan.candidates)
    pool = ColumnPool.start(rows)
    if complete:
        found = Search(problem, task, nothing, slack=np.inf).run()
    else:
        found = Search(problem, task, nothing).singles()
    pool, _ = pool.add(rows, to_codes(found, scan.candidates))
    pool, _ = pool.add(rows, allowed_portfolios(problem, known, rows.max_size))
    rows = replace(rows, opposite=all_opposites(problem, pool))
    return pool.with_rows(rows), rows, complete


def choose_tiers(
    problem: Problem,
    pool: ColumnPool,
    rows: Rows,
    clock: Clock,
    *,
    complete: bool,
    reached: Mapping[str, float] | None = None,
) -> TierChoice | None:
    """Maximise tier after tier over the columns of a pool; None where nothing fits.

    Parameters
    ----------
    problem
        The instance, with tiers.
    pool, rows
        Columns, and the rows that they use.
    clock
        Clock of the solve.
    complete
        Whether these are all portfolios, so that a choice proves its tier.
    reached
        First tiers that are known to be at their best, with their values.
    """
    assert problem.tiers is not None
    if not pool.has_everybody(problem.n_mentees):
        return None
    size = (pool.members >= 0).sum(axis=1)
    held: tuple[TierRow, ...] = ()
    everything = np.arange(len(pool))
    columns, proved = None, complete
    targets: dict[str, float] = {}
    for name, amount in tier_amounts(problem.tiers, rows.max_size):
        if reached is not None and name in reached:
            targets[name] = reached[name]
            held = (*held, TierRow(name, amount, targets[name]))
            continue
        now = replace(rows, tiers=held)
        master = IntegerMaster(pool.with_rows(now), now)
        gain = amount[pool.mentee, size]
        seconds = min(SECONDS_EACH, 0.2 * clock.left)
        if complete or len(pool) <= CHOSEN_AMONG:
            choice = master.choose(everything, objective=gain, seconds=seconds, gap=0.0)
        else:
            choice = _dived(replace(master, pool=replace(master.pool, worth=gain)), clock, seconds)
        if choice is None or not master.keeps_rows(choice.columns):
            break
        proved = proved and choice.proved
        columns = choice.columns
        targets[name] = float(round(gain[columns].sum(), 9))
        held = (*held, TierRow(name, amount, targets[name]))
    if columns is None:
        return None
    return TierChoice(pool, columns, targets, proved and len(held) == len(targets))


def _dived(master: IntegerMaster, clock: Clock, seconds: float) -> ColumnChoice | None:
    """Return a good choice by the columns' worth, not a proved one; None where none completes."""
    open_ = np.full(master.rows.problem.n_mentees, -1, dtype=np.int64)
    columns = Dive(master, clock, seconds).run(np.arange(len(master.pool)), open_)
    return None if columns is None else ColumnChoice(columns, np.inf, proved=False)
