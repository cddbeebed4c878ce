"""Closing the gap: every column that could improve on a solution, and an exact choice among them.

With bound UB and a solution of welfare LB, a column whose reduced value is more than UB - LB
below its mentee's best cannot be in a better solution (reduced-cost fixing). What is left is
often few.
"""

from dataclasses import replace

import numpy as np

from matcher.problem.problem import Problem
from matcher.solver.columns.generation import Generated
from matcher.solver.limits import Clock
from matcher.solver.model.linking_rows import Rows
from matcher.solver.pricing.scan import Scanner
from matcher.solver.rounding.integer_master import IntegerMaster
from matcher.solver.rounding.to_integers import Rounded

LONGEST = 15.0
"""Seconds that the exact choice may take; what is not closed by then stays a stated gap."""

CHOSEN_AMONG = 5_000
"""Columns that the exact choice takes; the solver's presolve does not keep its time with more."""


def close_gap(
    problem: Problem,
    rows: Rows,
    pricer: Scanner,
    generated: Generated,
    rounded: Rounded,
    clock: Clock,
    most: int,
) -> tuple[Rounded, Generated] | None:
    """Return a proved optimum (or a better solution) and the pool it is in, None if too large.

    Where more columns are left than an exact choice can take, it is made among those of least
    regret. A solution with any other column is at least that column's regret below the bound, so
    that the least regret left out bounds all of them.

    Parameters
    ----------
    problem, rows
        The instance and its linking rows.
    pricer
        What lists every column that could matter.
    generated, rounded
        What column generation and rounding ended with.
    clock
        Clock of the solve.
    most
        Columns past which the gap is left as it is.
    """
    missing = generated.bound - rounded.objective
    y, pool = generated.y, generated.pool
    known = pool.leaders(y)
    slack = missing * (1 + 1e-9) + 1e-9
    scan = pricer.scan(rows, y, known, generated.cuts, generated.at, width=1, slack=slack)
    chosen_key = pool.key[rounded.columns]
    if not scan.searched or len(scan.sets.mentee) > most:
        return None
    pool, _ = pool.add(rows, scan.sets)
    regret = generated.best[pool.mentee] - pool.reduced(y)
    columns = np.flatnonzero(regret <= slack)
    beyond = -np.inf
    if len(columns) > CHOSEN_AMONG:
        order = np.argsort(regret[columns], kind="stable")
        beyond = generated.bound - float(regret[columns[order[CHOSEN_AMONG]]])
        columns = np.sort(columns[order[:CHOSEN_AMONG]])
    empty = np.flatnonzero(pool.is_empty)
    held = np.flatnonzero(np.isin(pool.key, chosen_key))
    columns = np.union1d(np.union1d(columns, empty), held)
    seconds = min(LONGEST, 0.8 * clock.left)
    master = IntegerMaster(pool, rows)
    choice = master.choose(columns, seconds=seconds, gap=0.0)
    moved = replace(generated, pool=pool, share=np.zeros(len(pool)))
    same = Rounded(held[np.argsort(pool.mentee[held])], rounded.objective)
    if choice is None:
        return same, moved
    if master.keeps_rows(choice.columns) and master.worth(choice.columns) > same.objective:
        same = Rounded(choice.columns, master.worth(choice.columns))
    bound = max(same.objective if choice.proved else choice.bound, beyond)
    return same, replace(moved, closed_bound=max(bound, same.objective))
