"""Baselines: what programmes do without an optimiser, under the same hard constraints.

``random``: each in turn gets anybody who fits. ``greedy``: always the match that adds most.
``sequential``: one-to-one assignment, round after round. ``stable``: deferred acceptance.
"""

import numpy as np
from scipy.optimize import linear_sum_assignment

from matcher.problem.problem import Assignment, Floats, Ints, Problem
from matcher.solver.baselines.best_items import BestItems, Gains
from matcher.solver.baselines.deferred_acceptance import DeferredAcceptance
from matcher.solver.baselines.free_places import Ledger
from matcher.solver.baselines.greedy import HELPS, complete
from matcher.solver.baselines.marginals import Marginals

LARGEST_ROUND = 50_000_000
"""Cells of a round's matrix past which each mentor has one column a round."""

LONGEST_LISTS = 20_000_000
"""Entries of all preference lists together past which each is cut."""


def run_baseline(problem: Problem, method: str, *, seed: int = 0) -> Assignment:
    """Return the assignment of a baseline; it keeps every hard constraint.

    Parameters
    ----------
    problem
        The instance.
    method
        random, greedy, sequential or stable.
    seed
        Seed of ``random``.
    """
    if method == "random":
        return random(problem, seed)
    return {"greedy": complete, "sequential": sequential, "stable": stable}[method](problem)


def random(problem: Problem, seed: int = 0) -> Assignment:
    """Give everybody a random mentor that fits, in random order, then a second round, and so on.

    Parameters
    ----------
    problem
        The instance.
    seed
        Seed of the order and of the mentors drawn.
    """
    marginals = Marginals(problem)
    ledger, rng = marginals.ledger, np.random.default_rng(seed)
    for _ in range(int(problem.limit.max(initial=0))):
        for i in rng.permutation(problem.n_mentees).tolist():
            if ledger.size[i] >= problem.limit[i]:
                continue
            found = marginals.open(np.array([i]))
            options = np.flatnonzero(np.isfinite(found.gain[0]))
            numbers = _open_pairs(ledger, i)
            count = len(options) + len(numbers)
            if count == 0:
                continue
            pick = int(rng.integers(count))
            if pick < len(options):
                marginals.add(i, *found.item(0, int(options[pick])))
            else:
                marginals.add_reciprocal(int(numbers[pick - len(options)]))
    return ledger.without_unfinished().assignment()


def _open_pairs(ledger: Ledger, i: int) -> Ints:
    """Return the reciprocal pairs of mentee i that fit."""
    pairs = ledger.problem.reciprocal
    if pairs is None:
        return np.empty(0, dtype=np.int64)
    mentee, _, _, _, number = pairs.sides
    mine: Ints = number[mentee == i]
    return mine[ledger.fits_reciprocal(mine)]


def sequential(problem: Problem) -> Assignment:
    """Assign one-to-one by present gains, with a column for each place, until a round adds nothing.

    Matches that a pool, a rule or another match of the round shuts out wait for the next round;
    reciprocal pairs get what the rounds leave.

    Parameters
    ----------
    problem
        The instance.
    """
    marginals = Marginals(problem)
    while _round(marginals):
        marginals.refresh()
    _add_reciprocal(marginals)
    return marginals.ledger.without_unfinished().assignment()


def _round(marginals: Marginals) -> int:
    """Play one round; return how many matches it added."""
    problem, ledger = marginals.problem, marginals.ledger
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
    helps = np.isfinite(gain[row, column])
    row, column = row[helps], column[helps]
    added = 0
    for k in np.argsort(-gain[row, column], kind="stable").tolist():
        i, item = int(rows[row[k]]), found.item(int(row[k]), int(column[k]))
        if ledger.takes(i, *item):
            marginals.add(i, *item)
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


def _add_reciprocal(marginals: Marginals) -> None:
    """Add reciprocal pairs that fit and help, the best first by what they are worth now."""
    pairs = marginals.problem.reciprocal
    if pairs is None or not len(pairs):
        return
    marginals.refresh()
    numbers = np.arange(len(pairs))
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

    Parameters
    ----------
    problem
        The instance.
    """
    marginals = Marginals(problem)
    ledger, n = marginals.ledger, problem.n_mentees
    width = min(problem.n_mentors, max(1, LONGEST_LISTS // max(1, n)))
    items = BestItems.empty(n, width)
    for rows in problem.blocks():
        items.put(rows, marginals.open(rows))
    slots = problem.limit - ledger.size
    mentor = np.where(np.isfinite(items.gain), items.mentor, -1)
    proposals = DeferredAcceptance(mentor, items.gain, items.load, slots, ledger.places)
    for i, rank in zip(*(part.tolist() for part in proposals.run()), strict=True):
        if ledger.takes(i, *items.item(i, rank)):
            marginals.add(i, *items.item(i, rank))
    _add_reciprocal(marginals)
    return ledger.without_unfinished().assignment()
