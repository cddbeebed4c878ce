"""Baselines: what programmes do without an optimiser, under the same hard constraints.

``random``: each in turn gets anybody who fits. ``greedy``: always the match that adds most.
``sequential``: one-to-one assignment, round after round. ``stable``: deferred acceptance.
"""

import numpy as np
from scipy.optimize import linear_sum_assignment

from matcher.problem.problem import Assignment, Floats, Ints, Problem
from matcher.solver.baselines.free_places import Ledger
from matcher.solver.baselines.greedy import HELPS, complete
from matcher.solver.baselines.marginals import BestItems, Gains, Marginals

LARGEST_ROUND = 50_000_000
"""Cells of a round's matrix past which each mentor has one column a round."""

LONGEST_LISTS = 20_000_000
"""Entries of all preference lists together past which each is cut."""


AHEAD = 64
"""Entries of a list that are looked through at once for a mentor who might say yes."""


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
    while assign_round(marginals):
        marginals.refresh()
    _add_reciprocal(marginals)
    return marginals.ledger.without_unfinished().assignment()


def assign_round(marginals: Marginals) -> int:
    """Give everybody with a free slot at most one more mentor, all at once.

    Parameters
    ----------
    marginals
        The gains so far; its ledger grows.

    Returns
    -------
    int
        How many matches were added.
    """
    problem, ledger = marginals.problem, marginals.ledger
    rows = np.flatnonzero(ledger.size < problem.limit)
    found = marginals.of(rows)
    gain = _with_tiers(problem, ledger, rows, found)
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


def _with_tiers(problem: Problem, ledger: Ledger, rows: Ints, found: Gains) -> Floats:
    """Return gains > 0, above them people's choices, above all those whom the tiers put first."""
    urgent, gain = np.zeros(len(rows)), found.gain
    if problem.tiers is not None:
        priority = problem.tiers.priority[rows]
        rank = 1.0 + priority.max(initial=1) - priority
        if problem.tiers.minimum is not None:
            urgent = rank * (ledger.size[rows] < problem.tiers.minimum[rows])
        first = rank * (priority.max(initial=1) + 2.0)
        urgent = np.where(ledger.size[rows] == 0, first, urgent)
    unit = 2.0 * np.abs(np.where(np.isfinite(gain), gain, 0.0)).max(initial=0.0) + 1.0
    chosen = _chosen(problem, rows, found.mentor) * unit * len(rows)
    lead = urgent * (unit + len(rows) * chosen.max(initial=0.0))
    helps = (gain > HELPS) | (((urgent > 0)[:, None] | (chosen > 0)) & np.isfinite(gain))
    return np.where(helps, gain + chosen + lead[:, None], -np.inf)


def _chosen(problem: Problem, rows: Ints, mentor: Ints) -> Floats:
    """Return what each match counts for as people's choice: (b, c), or (1, 1) of 0."""
    if problem.tiers is None or problem.tiers.choices is None:
        return np.zeros((1, 1))
    return np.asarray(problem.tiers.choices[rows].toarray()[:, mentor])


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


class DeferredAcceptance:
    """Mentees propose down their lists; mentors keep the best by score that fit their capacity.

    Parameters
    ----------
    mentor, score, load
        (n, w) each mentee's list, best first; mentor -1 past its end.
    slots
        (n,) mentors each mentee may have.
    places
        (m,) capacity of each mentor.
    """

    def __init__(
        self, mentor: Ints, score: Floats, load: Floats, slots: Ints, places: Floats
    ) -> None:
        self.score, self.load, self.slots = score, load, slots
        self.places = places + 1e-9
        # An end to every list, so that no position is out of range.
        self.mentor = np.column_stack([mentor, np.full((len(mentor), AHEAD), -1)])
        self.at = np.zeros(len(mentor), dtype=np.int64)
        self.row, self.rank = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        self.unit = bool(np.all(load == 1.0))
        # The score that a mentor refuses whoever is below; the last one is the end of a list.
        self.bar = np.full(len(places) + 1, -np.inf)
        if self.unit:
            self.bar[:-1][self.places < 1.0] = np.inf

    def run(self) -> tuple[Ints, Ints]:
        """Return the pairs kept, as mentee and position in the list, best score first."""
        while True:
            proposing = self._proposing()
            if proposing is None:
                break
            self._decide(proposing)
        to = self.mentor[self.row, self.rank]
        best = np.lexsort((to, self.row, -self.score[self.row, self.rank]))
        return self.row[best], self.rank[best]

    def _proposing(self) -> Ints | None:
        """Move to the next mentors who might say yes; return who has one, None if all are done."""
        free = self.slots - np.bincount(self.row, minlength=len(self.slots))
        wanting = np.flatnonzero(free > 0)
        wanting = wanting[self.mentor[wanting, self.at[wanting]] >= 0]
        if not len(wanting):
            return None
        if not self.unit:
            return wanting
        ahead = self.at[wanting, None] + np.arange(AHEAD)
        to = self.mentor[wanting[:, None], ahead]
        inside = np.minimum(ahead, self.score.shape[1] - 1)
        hopeful = (to < 0) | (self.score[wanting[:, None], inside] >= self.bar[to])
        found = hopeful.any(axis=1)
        self.at[wanting] += np.where(found, np.argmax(hopeful, axis=1), AHEAD)
        self.at[wanting] = np.minimum(self.at[wanting], self.score.shape[1])
        reached = found & (self.mentor[wanting, self.at[wanting]] >= 0)
        return np.asarray(wanting[reached])

    def _decide(self, proposing: Ints) -> None:
        """Let the mentors who are asked keep the best of what they hold and are offered."""
        asked = np.zeros(len(self.bar), dtype=bool)
        asked[self.mentor[proposing, self.at[proposing]]] = True
        deciding = asked[self.mentor[self.row, self.rank]]
        row = np.append(self.row[deciding], proposing)
        rank = np.append(self.rank[deciding], self.at[proposing])
        to = self.mentor[row, rank]
        # Within a mentor from the best score down; the mentee's position settles ties.
        order = np.lexsort((row, -self.score[row, rank], to))
        row, rank, to = row[order], rank[order], to[order]
        self.at[proposing] += 1
        running = _running_load(to, self.load[row, rank])
        kept = running <= self.places[to]
        if self.unit:
            full = kept & (running + 1.0 > self.places[to])
            self.bar[to[full]] = self.score[row[full], rank[full]]
        self.row = np.append(self.row[~deciding], row[kept])
        self.rank = np.append(self.rank[~deciding], rank[kept])


def _running_load(to: Ints, load: Floats) -> Floats:
    """Return the load summed from each mentor's first proposal on; `to` (k,) is sorted."""
    total = np.cumsum(load)
    return np.asarray(total - (total - load)[np.searchsorted(to, to)])
