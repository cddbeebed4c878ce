"""Every portfolio of every mentee, valued by definition: the ground truth of small instances."""

from dataclasses import dataclass, replace
from itertools import combinations
from math import comb

import numpy as np
from scipy import sparse

from matcher.problem.problem import Assignment, Bools, Floats, Ints, Problem
from matcher.problem.value import evaluate, forced_assignment, held_cover, kept_bonus, utility
from matcher.solver.model.column_pool import portfolios
from matcher.solver.model.portfolio_tables import (
    CandidateItems,
    SideTable,
    items_of_codes,
    keys_of_codes,
)
from matcher.solver.score_sources import ArrayScores, Bans, SparseMatrix


@dataclass(frozen=True)
class EnumeratedPortfolios:
    """Portfolios, the empty ones included; q of them with up to K members."""

    mentee: Ints
    """(q,)"""
    members: Ints
    """(q, K) item codes (a mentor, or m + side of a reciprocal pair), -1 for none."""
    value: Floats
    """(q,) V."""
    worth: Floats
    """(q,) U(V) and what kept pairs earn."""
    load: Floats
    """(q, K), 0 for none; so is `sponsored`."""
    sponsored: Floats
    complete: bool
    """Whether these are all portfolios."""

    @property
    def size(self) -> Ints:
        """Members of each portfolio: (q,)."""
        return np.asarray((self.members >= 0).sum(axis=1))


def enumerate_portfolios(
    problem: Problem, most: int = 150_000, *, keep: Assignment | None = None
) -> EnumeratedPortfolios:
    """List all portfolios, or those among each mentee's best items where there are too many.

    Parameters
    ----------
    problem
        The instance.
    most
        Portfolios to list; past it each mentee keeps as many items, best first by what they are
        worth alone, as fit.
    keep
        Matches whose items are listed in any case.
    """
    items = _items(problem)
    forced = _are_in(problem, items, forced_assignment(problem))
    count = (items.code >= 0).sum(axis=1)
    width = _width(count, problem.limit, most)
    complete = bool(np.all(count <= width))
    if not complete:
        held = forced if keep is None else forced | _are_in(problem, items, keep)
        width = max(width, int(held.sum(axis=1).max(initial=0)))
        best = _best(problem, items, held, width)
        items, forced = items.reorder(best), np.take_along_axis(forced, best, axis=1)
    # A last column without items is what position -1 stands for.
    items, forced = items.padded(items.width + 1), np.pad(forced, ((0, 0), (0, 1)))
    parts = [
        _sets(i, np.minimum(count[i], width), int(problem.limit[i]), forced[i], problem.max_size)
        for i in range(problem.n_mentees)
    ]
    mentee, position = (np.concatenate(part) for part in zip(*parts, strict=True))
    here = mentee[:, None], position
    mentor, _ = items_of_codes(problem, items.code[here])
    keeps = _keeps_rules(problem, mentee, mentor, keys_of_codes(problem, items.code[here]))
    mentee, mentor, here = mentee[keeps], mentor[keeps], (here[0][keeps], here[1][keeps])
    score = np.where(mentor >= 0, items.score[here], 0.0).sum(axis=1)
    value = _values(problem, mentee, mentor, score)
    bonus = np.where(mentor >= 0, kept_bonus(problem, mentee[:, None], mentor), 0.0)
    return EnumeratedPortfolios(
        mentee=mentee,
        members=items.code[here],
        value=value,
        worth=utility(value, problem.fairness) + bonus.sum(axis=1),
        load=items.load[here],
        sponsored=items.sponsored[here],
        complete=complete,
    )


def _items(problem: Problem) -> CandidateItems:
    """Return all items that each mentee may have, in the order of codes."""
    mentees = np.arange(problem.n_mentees)
    block = problem.scores.block(mentees)
    code = np.broadcast_to(np.arange(problem.n_mentors), block.score.shape)
    one_way = CandidateItems(
        mentees, code, block.score, block.loads, block.sponsorships.astype(np.float64)
    )
    sides = SideTable.of(problem).candidates(problem, mentees)
    return one_way.only(np.isfinite(block.score)).beside(sides).compact()


def _are_in(problem: Problem, items: CandidateItems, assignment: Assignment) -> Bools:
    """Return which items an assignment holds: (n, P)."""
    sets = portfolios(problem, assignment, max(1, len(assignment)))
    held = sets.mentee[:, None], sets.members
    found = np.zeros((problem.n_mentees, int(items.code.max(initial=0)) + 2), dtype=bool)
    found[held] = True
    return found[items.mentee[:, None], items.code] & (items.code >= 0)


def _width(count: Ints, limit: Ints, most: int) -> int:
    """Return the most items a mentee for which all sets are few enough."""
    longest = int(count.max(initial=0))
    for width in range(longest, 2, -1):
        sets = sum(
            comb(min(width, items), size)
            for items, largest in zip(count.tolist(), limit.tolist(), strict=True)
            for size in range(largest + 1)
        )
        if sets <= most:
            return width
    return min(longest, 2)


def _best(problem: Problem, items: CandidateItems, held: Bools, width: int) -> Ints:
    """Return which items are worth most alone, the held ones first, in order: (n, width)."""
    worth = items.score.copy()
    if problem.needs is not None and problem.offers is not None:
        mentor, _ = items_of_codes(problem, items.code)
        worth += np.einsum("ipf,if->ip", problem.offers[mentor], problem.needs)
    worth[held] = np.inf
    return np.sort(np.argsort(-worth, axis=1, kind="stable")[:, :width], axis=1)


def _sets(i: int, count: int, limit: int, forced: Bools, width: int) -> tuple[Ints, Ints]:
    """Return mentee i and the positions of items of all sets with every forced one: (q, K)."""
    position = np.concatenate(
        [_combinations(count, size, width) for size in range(min(limit, count) + 1)]
    )
    position = position[forced[position].sum(axis=1) == forced.sum()]
    return np.full(len(position), i), position


def _combinations(count: int, size: int, width: int) -> Ints:
    """Return all sets of `size` of the first `count` numbers, padded with -1: (q, width)."""
    if size == 0:
        return np.full((1, width), -1, dtype=np.int64)
    found = np.array(list(combinations(range(count), size)), dtype=np.int64)
    return np.pad(found, ((0, 0), (0, width - size)), constant_values=-1)


def _keeps_rules(problem: Problem, mentee: Ints, mentor: Ints, keys: Ints) -> Bools:
    """Return which sets (q, K) of mentors, -1 for none, hold nobody twice and obey the rules."""
    there = mentor >= 0
    ordered = np.sort(mentor, axis=1)
    keeps = ~((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)).any(axis=1)
    for rule in problem.portfolio_rules:
        keeps &= rule.holds(mentee, keys if rule.by_approach else mentor) | ~there.any(axis=1)
    return np.asarray(keeps)


def _values(problem: Problem, mentee: Ints, mentor: Ints, score: Floats) -> Floats:
    """Return V of each set by its definition, each set as a mentee of its own."""
    q = len(mentee)
    needs = None if problem.needs is None else problem.needs[mentee]
    best = second = None
    if needs is not None:
        held = held_cover(problem)
        best, second = held[0][mentee], held[1][mentee]
    # Scores of 0, so that a value is what a set is worth beside its members' scores.
    nothing = SparseMatrix(sparse.csr_array((q, problem.n_mentors)), 0.0)
    apart = replace(
        problem,
        scores=ArrayScores(nothing, None, Bans.of(np.empty((0, 2), dtype=np.int64), q)),
        limit=problem.limit[mentee],
        needs=needs,
        held_best=best,
        held_second=second,
        reciprocal=None,
        fallback=None,
        rules=(),
        tiers=None,
    )
    row, slot = np.nonzero(mentor >= 0)
    pairs = np.column_stack([row, mentor[row, slot]])
    return evaluate(apart, Assignment.of(pairs)).value + score
