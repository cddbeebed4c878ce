"""Every portfolio of every mentee, valued by definition: the ground truth of small instances."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING

import numpy as np

from matcher.problem.problem import Assignment, ItemBlock
from matcher.problem.value import evaluate, held_cover, kept_bonus, utility
from matcher.solver.model.candidate_items import SideTable

if TYPE_CHECKING:
    from matcher.problem.problem import Bools, Floats, Ints, Problem


@dataclass(frozen=True)
class Columns:
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


@dataclass(frozen=True)
class _Items:
    """Allowed items of one mentee, by code."""

    code: Ints
    mentor: Ints
    score: Floats
    load: Floats
    sponsored: Floats
    forced: Bools


@dataclass(frozen=True)
class _NoScores:
    """Scores of 0, so that a value is what a set is worth beside its members' scores."""

    shape: tuple[int, int]

    def block(self, rows: Ints) -> ItemBlock:
        """Return zeros."""
        return ItemBlock(np.zeros((len(rows), self.shape[1])))


def enumerate_portfolios(
    problem: Problem, most: int = 150_000, *, keep: Assignment | None = None
) -> Columns:
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
    sides = SideTable.of(problem)
    items = [_items(problem, sides, i) for i in range(problem.n_mentees)]
    width = _width(items, problem.limit, most)
    complete = all(len(item.code) <= width for item in items)
    held = Assignment.empty() if keep is None else keep
    kept = [_best(problem, i, item, width, held) for i, item in enumerate(items)]
    parts = [_sets(problem, i, item, problem.max_size) for i, item in enumerate(kept)]
    mentee = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
    members, mentor, score, load, sponsored = (
        np.concatenate(part) for part in zip(*parts, strict=True)
    )
    value = _values(problem, mentee, mentor, score)
    bonus = np.where(mentor >= 0, kept_bonus(problem, mentee[:, None], mentor), 0.0)
    worth = utility(value, problem.fairness) + bonus.sum(axis=1)
    return Columns(mentee, members, value, worth, load, sponsored, complete)


def _items(problem: Problem, sides: SideTable, i: int) -> _Items:
    """Return the items that mentee i may have."""
    m, row = problem.n_mentors, np.array([i])
    block = problem.scores.block(row)
    mentor = np.flatnonzero(np.isfinite(block.score[0]))
    side = sides.candidates(problem, row)
    there = side.code[0] >= 0
    code = side.code[0][there]
    number = np.empty(0, dtype=np.int64)
    if problem.reciprocal is not None and len(code):
        number = problem.reciprocal.sides[4][code - m]
        to = problem.reciprocal.sides[1][code - m]
    else:
        to = number
    load = np.ones(m) if block.load is None else block.load[0]
    sponsored = np.zeros(m) if block.sponsored is None else block.sponsored[0].astype(float)
    required = problem.required[problem.required[:, 0] == i, 1]
    return _Items(
        np.concatenate([mentor, code]),
        np.concatenate([mentor, to]),
        np.concatenate([block.score[0, mentor], side.score[0][there]]),
        np.concatenate([load[mentor], side.load[0][there]]),
        np.concatenate([sponsored[mentor], side.sponsored[0][there]]),
        np.concatenate([np.isin(mentor, required), np.isin(number, problem.required_reciprocal)]),
    )


def _width(items: list[_Items], limit: Ints, most: int) -> int:
    """Return the most items a mentee for which all sets are few enough."""
    longest = max((len(item.code) for item in items), default=0)
    for width in range(longest, 2, -1):
        count = sum(
            comb(min(width, len(item.code)), size)
            for item, largest in zip(items, limit.tolist(), strict=True)
            for size in range(largest + 1)
        )
        if count <= most:
            return width
    return min(longest, 2)


def _best(problem: Problem, i: int, item: _Items, width: int, held: Assignment) -> _Items:
    if len(item.code) <= width:
        return item
    worth = item.score.copy()
    if problem.needs is not None and problem.offers is not None:
        worth += problem.offers[item.mentor] @ problem.needs[i]
    mine = held.pairs[:, 0] == i
    one_way = item.code < problem.n_mentors
    for both, of in ((False, one_way), (True, ~one_way)):
        mentors = held.pairs[mine & ((held.reciprocal >= 0) == both), 1]
        worth[of & np.isin(item.mentor, mentors)] = np.inf
    worth[item.forced] = np.inf
    kept = np.sort(np.argsort(-worth, kind="stable")[:width])
    return _Items(*(getattr(item, name)[kept] for name in item.__dataclass_fields__))


def _sets(
    problem: Problem, i: int, item: _Items, max_size: int
) -> tuple[Ints, Ints, Floats, Floats, Floats]:
    """Return members, mentors, score, loads and sponsorships of all sets of one mentee."""
    count, limit = len(item.code), int(problem.limit[i])
    position = np.concatenate(
        [_combinations(count, size, max_size) for size in range(min(limit, count) + 1)]
    )
    there = position >= 0
    mentor = np.where(there, item.mentor[position] if count else -1, -1)
    keep = _keeps_rules(problem, i, mentor)
    keep &= item.forced[position].sum(axis=1, where=there) == item.forced.sum() if count else True
    position, there, mentor = position[keep], there[keep], mentor[keep]
    if not count:
        nothing = np.zeros(position.shape)
        return position, mentor, np.zeros(len(position)), nothing, nothing
    return (
        np.where(there, item.code[position], -1),
        mentor,
        np.where(there, item.score[position], 0.0).sum(axis=1),
        np.where(there, item.load[position], 0.0),
        np.where(there, item.sponsored[position], 0.0),
    )


def _combinations(count: int, size: int, width: int) -> Ints:
    """Return all sets of `size` of the first `count` numbers, padded with -1: (q, width)."""
    if size == 0:
        return np.full((1, width), -1, dtype=np.int64)
    found = np.array(list(combinations(range(count), size)), dtype=np.int64)
    return np.pad(found, ((0, 0), (0, width - size)), constant_values=-1)


def _keeps_rules(problem: Problem, i: int, mentor: Ints) -> Bools:
    """Return which sets (q, K) of mentors, -1 for none, hold nobody twice and obey the rules."""
    there = mentor >= 0
    ordered = np.sort(mentor, axis=1)
    keeps = ~((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)).any(axis=1)
    rules = problem.rules
    if rules is None:
        return np.asarray(keeps)
    if rules.min_external and rules.mentee_home is not None and rules.mentor_home is not None:
        home, other = rules.mentee_home[i], rules.mentor_home[mentor]
        outside = there & ((other != home) | (other < 0) | (home < 0))
        keeps &= (outside.sum(axis=1) >= rules.min_external) | ~there.any(axis=1)
    elif rules.min_external:
        keeps &= (there.sum(axis=1) >= rules.min_external) | ~there.any(axis=1)
    for code, most in rules.max_same:
        held = np.where(there, code[mentor], -1)
        for slot in range(mentor.shape[1]):
            same = (held == held[:, slot, None]) & (held >= 0)
            keeps &= same.sum(axis=1) <= most
    return np.asarray(keeps)


def _values(problem: Problem, mentee: Ints, mentor: Ints, score: Floats) -> Floats:
    """Return V of each set by ``portfolio.value``, each set as a mentee of its own."""
    q = len(mentee)
    needs = None if problem.needs is None else problem.needs[mentee]
    best = second = None
    if needs is not None:
        held = held_cover(problem)
        best, second = held[0][mentee], held[1][mentee]
    apart = replace(
        problem,
        scores=_NoScores((q, problem.n_mentors)),
        limit=problem.limit[mentee],
        needs=needs,
        held_best=best,
        held_second=second,
        reciprocal=None,
        rules=None,
        tiers=None,
    )
    row, slot = np.nonzero(mentor >= 0)
    pairs = np.column_stack([row, mentor[row, slot]])
    return evaluate(apart, Assignment.of(pairs)).value + score
