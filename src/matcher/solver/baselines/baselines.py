"""Baselines: what programmes do without an optimiser, under the same hard constraints.

``random``: each in turn gets anybody who fits. ``greedy``: always the match that adds most.
``sequential``: one-to-one assignment, round after round. ``stable``: deferred acceptance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linear_sum_assignment

from matcher.solver.baselines.deferred_acceptance import DeferredAcceptance
from matcher.solver.baselines.free_places import Ledger
from matcher.solver.baselines.greedy import HELPS, best_first, complete
from matcher.solver.baselines.marginals import Gains, Marginals, cached

if TYPE_CHECKING:
    from collections.abc import Callable

    from matcher.problem.problem import Assignment, Bools, Floats, Ints, Problem

__all__ = ["complete", "greedy", "random", "run_baseline", "sequential", "stable"]

LARGEST_ROUND = 50_000_000
"""Cells of a round's matrix past which each mentor has one column a round."""

LONGEST_LISTS = 20_000_000
"""Entries of all preference lists together past which each is cut."""


def run_baseline(problem: Problem, method: str, *, seed: int = 0) -> Assignment:
    """Return the assignment of a baseline by name; it keeps every hard constraint."""
    methods: dict[str, Callable[[], Assignment]] = {
        "random": lambda: random(problem, seed),
        "greedy": lambda: greedy(problem),
        "sequential": lambda: sequential(problem),
        "stable": lambda: stable(problem),
    }
    return methods[method]()


def greedy(problem: Problem) -> Assignment:
    """Add the match with the largest gain in welfare until nothing fits or helps."""
    return complete(problem)


def random(problem: Problem, seed: int = 0) -> Assignment:
    """Give everybody a random mentor that fits, in random order, then a second round, and so on."""
    problem = cached(problem)
    rng = np.random.default_rng(seed)
    ledger = Ledger(problem)
    marginals = Marginals(problem, ledger)
    sides = None if problem.reciprocal is None else problem.reciprocal.sides
    for _ in range(int(problem.limit.max(initial=0))):
        for i in rng.permutation(problem.n_mentees).tolist():
            if ledger.size[i] >= problem.limit[i]:
                continue
            found = marginals.open(np.array([i]))
            options = np.flatnonzero(np.isfinite(found.gain[0]))
            numbers = np.empty(0, dtype=np.int64) if sides is None else sides[4][sides[0] == i]
            numbers = numbers[ledger.fits_reciprocal(numbers)] if len(numbers) else numbers
            count = len(options) + len(numbers)
            if count == 0:
                continue
            pick = int(rng.integers(count))
            if pick < len(options):
                _add(marginals, found, i, 0, int(options[pick]))
            else:
                marginals.add_reciprocal(int(numbers[pick - len(options)]))
    return ledger.without_unfinished().assignment()


def _add(marginals: Marginals, gains: Gains, i: int, row: int, column: int) -> None:
    load, sponsored = float(gains.load[row, column]), bool(gains.sponsored[row, column])
    marginals.add(i, int(gains.mentor[column]), load, sponsored=sponsored)


def sequential(problem: Problem) -> Assignment:
    """Assign one-to-one by present gains, with a column for each place, until a round adds nothing.

    Matches that a pool, a rule or another match of the round shuts out wait for the next round;
    reciprocal pairs get what the rounds leave.
    """
    problem = cached(problem)
    ledger = Ledger(problem)
    marginals = Marginals(problem, ledger)
    while _round(problem, ledger, marginals):
        marginals.refresh()
    add_reciprocal(problem, marginals)
    return ledger.without_unfinished().assignment()


def _round(problem: Problem, ledger: Ledger, marginals: Marginals) -> int:
    """Play one round; return how many matches it added."""
    rows = np.flatnonzero(ledger.size < problem.limit)
    found = marginals.of(rows)
    gain = _with_tiers(problem, ledger, rows, found.gain)
    if not np.isfinite(gain).any():
        return 0
    place = _places(ledger, found, len(rows))
    wide = gain[:, place]
    # A mentee may also stay without: as many empty columns would do, and 0 for what does not help.
    row, column = linear_sum_assignment(np.where(np.isfinite(wide), wide, 0.0), maximize=True)
    column = place[column]
    order = np.argsort(-gain[row, column], kind="stable")
    added = 0
    for k in order.tolist():
        i, r, c = int(rows[row[k]]), int(row[k]), int(column[k])
        load, sponsored = found.load[r, c], found.sponsored[r, c]
        if not np.isfinite(gain[r, c]):
            continue
        if ledger.fits(rows[r], found.mentor[c], load, sponsored):
            _add(marginals, found, i, r, c)
            added += 1
    return added


def _with_tiers(problem: Problem, ledger: Ledger, rows: Ints, gain: Floats) -> Floats:
    """Return gains > 0, and above all others those of mentees whom the tiers put first."""
    urgent = np.zeros(len(rows))
    if problem.tiers is not None:
        priority = problem.tiers.priority[rows]
        rank = 1.0 + priority.max(initial=1) - priority
        if problem.tiers.minimum is not None:
            urgent = rank * (ledger.size[rows] < problem.tiers.minimum[rows])
        first = rank * (priority.max(initial=1) + 2.0)
        urgent = np.where(ledger.size[rows] == 0, first, urgent)
    finite = np.where(np.isfinite(gain), gain, 0.0)
    lead = urgent * (2.0 * np.abs(finite).max(initial=0.0) + 1.0)
    helps = (gain > HELPS) | ((urgent > 0)[:, None] & np.isfinite(gain))
    return np.where(helps, gain + lead[:, None], -np.inf)


def _places(ledger: Ledger, found: Gains, count: int) -> Ints:
    """Return the column of each place that a round offers."""
    places = np.clip(np.floor(ledger.places[found.mentor] + 1e-9), 1, count).astype(np.int64)
    if count * int(places.sum()) > LARGEST_ROUND:
        places = np.ones(len(places), dtype=np.int64)
    return np.repeat(np.arange(len(places)), places)


def add_reciprocal(problem: Problem, marginals: Marginals) -> None:
    """Add reciprocal pairs that fit and help, the best first by what they are worth now."""
    if problem.reciprocal is None or not len(problem.reciprocal):
        return
    marginals.refresh()
    numbers = np.arange(len(problem.reciprocal))
    while len(numbers):
        gain = marginals.of_reciprocal(numbers)
        best = int(np.argmax(gain))
        if not gain[best] > HELPS:
            return
        marginals.add_reciprocal(int(numbers[best]))
        numbers = numbers[(gain > HELPS) & (np.arange(len(gain)) != best)]


def stable(problem: Problem) -> Assignment:
    """Let mentees propose and mentors keep the best: deferred acceptance (Gale & Shapley 1962).

    Both sides rank each other by the pair's score. A mentor keeps what fits the capacity; pools and
    rules are then enforced from the best score down. Reciprocal pairs get what is left.
    """
    problem = cached(problem)
    ledger = Ledger(problem)
    marginals = Marginals(problem, ledger)
    mentor, score, load, sponsored = _preferences(problem, ledger)
    slots = problem.limit - ledger.size
    row, rank = DeferredAcceptance(mentor, score, load, slots, ledger.places).run()
    for i, k in zip(row.tolist(), rank.tolist(), strict=True):
        j, use, sponsor = int(mentor[i, k]), float(load[i, k]), bool(sponsored[i, k])
        if ledger.fits(np.array(i), np.array(j), use, sponsor):
            marginals.add(i, j, use, sponsored=sponsor)
    add_reciprocal(problem, marginals)
    return ledger.without_unfinished().assignment()


def _in_order(values: Floats | Bools | None, order: Ints, usual: float) -> Floats:
    """Return values (b, m) in the order of lists (b, w), or the usual one where there are none."""
    if values is None:
        return np.full(order.shape, usual)
    return np.take_along_axis(np.asarray(values, dtype=np.float64), order, axis=1)


def _preferences(problem: Problem, ledger: Ledger) -> tuple[Ints, Floats, Floats, Bools]:
    """Return each mentee's list, best first: mentor (-1 at its end), score, load, sponsorship."""
    n, m = problem.n_mentees, problem.n_mentors
    width = min(m, max(1, LONGEST_LISTS // max(1, n)))
    parts = []
    everyone = np.arange(m)
    for rows in problem.blocks():
        block = problem.scores.block(rows)
        load = np.ones(block.score.shape) if block.load is None else block.load
        none = np.zeros(load.shape, dtype=bool)
        sponsored = none if block.sponsored is None else block.sponsored
        fits = ledger.fits(rows[:, None], everyone[None, :], load, sponsored)
        score = np.where(fits, block.score, -np.inf)
        order = best_first(score, width)
        ranked = np.take_along_axis(score, order, axis=1)
        parts.append(
            (
                np.where(np.isfinite(ranked), order, -1),
                ranked,
                _in_order(block.load, order, 1.0),
                _in_order(block.sponsored, order, 0.0) > 0,
            )
        )
    mentor, score, load, sponsored = (np.concatenate(part) for part in zip(*parts, strict=True))
    return mentor, score, load, sponsored
