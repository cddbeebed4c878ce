"""The columns known so far, the rows that they call for, and assignments as columns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from scipy import sparse

from matcher.arrays import present
from matcher.problem import value as values
from matcher.problem.market import FALLBACK
from matcher.problem.problem import Assignment, Bools, Floats, Ints, Problem
from matcher.problem.rules.rule import SLACK
from matcher.solver.model.linking_rows import PairRow, Rows
from matcher.solver.model.portfolio_tables import ArrayTable, PricedPortfolios, items_of_codes


def portfolios(problem: Problem, assignment: Assignment, max_size: int) -> PricedPortfolios:
    """Return the portfolios of an assignment as sets of item codes."""
    m = problem.n_mentors
    items = values.gather_items(problem, assignment)
    mentee, mentor = assignment.pairs[:, 0], assignment.pairs[:, 1]
    code = mentor.copy()
    if problem.reciprocal is not None:
        both = assignment.reciprocal >= 0
        number = assignment.reciprocal[both]
        is_a = problem.reciprocal.mentee_a[number] == mentee[both]
        code[both] = m + number + np.where(is_a, 0, len(problem.reciprocal))
    if problem.fallback is not None:
        other = assignment.reciprocal == FALLBACK
        code[other] = m + problem.n_sides + problem.fallback.find(mentee[other], mentor[other])
    size = np.bincount(mentee, minlength=problem.n_mentees)
    rank = np.arange(len(mentee)) - np.repeat(np.cumsum(size) - size, size)
    who = np.flatnonzero(size)
    row = np.searchsorted(who, mentee)
    shape = (len(who), max_size)
    members = np.full(shape, -1, dtype=np.int64)
    score, load, sponsored = np.full(shape, -np.inf), np.zeros(shape), np.zeros(shape)
    members[row, rank], score[row, rank] = code, items.score
    load[row, rank], sponsored[row, rank] = items.load, items.sponsored
    value = values.evaluate(problem, assignment).value[who]
    reduced = np.full(len(who), -np.inf)
    return PricedPortfolios(
        who, members, value, reduced, score=score, load=load, sponsored=sponsored
    )


def allowed_portfolios(problem: Problem, assignment: Assignment, max_size: int) -> PricedPortfolios:
    """Return the portfolios of an assignment that keep the rules.

    Forced pairs may ask for more mentors beside them than a first solution could find.
    """
    sets = portfolios(problem, assignment, max_size)
    return sets.take(np.flatnonzero(~values.breaks_rules(problem, assignment)[sets.mentee]))


def keeps_rows(problem: Problem, rows: Rows, assignment: Assignment) -> bool:
    """Whether an assignment is allowed and keeps every linking row, the tiers' included."""
    sets = portfolios(problem, assignment, rows.max_size)
    if not np.all(np.isfinite(sets.value)) or values.breaks_rules(problem, assignment).any():
        return False
    if len(_opposites(problem, sets)):
        return False
    use = rows.incidence(sets.mentee, sets.members, sets.load, sets.sponsored).sum(axis=0)
    return rows.keeps(np.asarray(use, dtype=np.float64).ravel())


class Portfolios(Protocol):
    """Portfolios of mentees, each with its members."""

    @property
    def mentee(self) -> Ints:
        """(q,) whose portfolio it is."""

    @property
    def members(self) -> Ints:
        """(q, K) item codes ascending, -1 last for none."""


def columns_of(problem: Problem, listed: Portfolios, assignment: Assignment) -> Ints | None:
    """Return which listed portfolio each mentee has in `assignment`: (n,), None if one is not."""
    width = listed.members.shape[1]
    sets = portfolios(problem, assignment, width)
    wanted = np.full((problem.n_mentees, width), -1, dtype=np.int64)
    # As numbers without a sign -1 is the largest, so that it comes last as it does in the list.
    wanted[sets.mentee] = np.sort(sets.members.astype(np.uint64), axis=1).astype(np.int64)
    same = (listed.members == wanted[listed.mentee]).all(axis=1)
    column = np.full(problem.n_mentees, -1, dtype=np.int64)
    column[listed.mentee[same]] = np.flatnonzero(same)
    return None if np.any(column < 0) else column


def assignment_of(problem: Problem, pool: Portfolios, columns: Ints) -> Assignment:
    """Return the assignment that chosen columns make."""
    row, slot = np.nonzero(pool.members[columns] >= 0)
    mentor, number = items_of_codes(problem, pool.members[columns][row, slot])
    return Assignment.of(np.column_stack([pool.mentee[columns][row], mentor]), number)


@dataclass(frozen=True)
class ColumnPool(ArrayTable):
    """Columns sorted by mentee; q columns, K slots, R rows."""

    mentee: Ints
    members: Ints
    """(q, K) item codes ascending, -1 last."""
    value: Floats
    """(q,) V of the portfolio."""
    worth: Floats
    """(q,) U(V) and what kept pairs earn."""
    score: Floats
    """(q, K) of each member, -inf for none; so are `load` and `sponsored`."""
    load: Floats
    sponsored: Floats
    use: sparse.csr_array
    """(q, R)"""
    key: Ints
    """(q,) hash of mentee and members."""

    @classmethod
    def start(cls, rows: Rows) -> ColumnPool:
        """Return the pool of the empty portfolios of everybody who may stay without a mentor."""
        held = values.forced_assignment(rows.problem).pairs[:, 0]
        free = np.setdiff1d(np.arange(rows.problem.n_mentees), held)
        wide, zeros = np.zeros((len(free), rows.max_size)), np.zeros(len(free))
        members = np.full(wide.shape, -1, dtype=np.int64)
        sets = PricedPortfolios(
            free, members, zeros, zeros, score=wide - np.inf, load=wide, sponsored=wide
        )
        use = sparse.csr_array((len(free), rows.count))
        return cls.of(sets, worth=zeros, use=use, key=_hash(free, members))

    def __len__(self) -> int:
        return len(self.mentee)

    @property
    def is_empty(self) -> Bools:
        """Return which columns leave their mentee without a mentor, as a new array: (q,)."""
        return np.asarray((self.members < 0).all(axis=1))

    def has_everybody(self, n: int) -> bool:
        """Whether each of n mentees has a column; who has forced pairs may have none yet."""
        return len(np.unique(self.mentee)) == n

    def add(self, rows: Rows, sets: PricedPortfolios) -> tuple[ColumnPool, int]:
        """Return the pool with the sets that are new, and how many were."""
        problem, sets = rows.problem, sets.ordered()
        key = _hash(sets.mentee, sets.members)
        _, first = np.unique(key, return_index=True)
        new = first[~_contains(self.key, key[first])]
        if not len(new):
            return self, 0
        sets = sets.take(new)
        there, mentor = sets.members >= 0, items_of_codes(problem, sets.members)[0]
        kept = np.where(there, values.kept_bonus(problem, sets.mentee[:, None], mentor), 0.0)
        worth = values.utility(sets.value, problem.fairness) + kept.sum(axis=1)
        use = rows.incidence(sets.mentee, sets.members, sets.load, sets.sponsored)
        added = ColumnPool.of(sets, worth=worth, use=use, key=key[new])
        return ColumnPool.merged([self, added]), len(new)

    @classmethod
    def merged(cls, parts: list[ColumnPool]) -> ColumnPool:
        """Return the columns of several pools that share none.

        Parameters
        ----------
        parts
            In any order: the key breaks ties, so that the order of columns never depends on how
            they were found.
        """
        joined = cls.join(parts)
        return joined.take(np.lexsort((joined.key, joined.mentee)))

    def places_of(self, keys: Ints) -> Ints:
        """Return where the columns with these keys are, all of which it has: (k,)."""
        order = np.argsort(self.key)
        return order[np.searchsorted(self.key[order], keys)]

    def that_fit(self, rows: Rows, left: Floats) -> Bools:
        """Return which columns use no more of any limit than is left of it (R,): (q,)."""
        use = self.use
        over = (use.data > left[use.indices] + SLACK) & rows.is_limit[use.indices]
        fits = np.ones(len(self), dtype=bool)
        fits[np.repeat(np.arange(len(self)), np.diff(use.indptr))[over]] = False
        return fits

    def with_rows(self, rows: Rows) -> ColumnPool:
        """Return the same columns with their use of a changed list of rows."""
        use = rows.incidence(self.mentee, self.members, self.load, self.sponsored)
        return replace(self, use=use)

    def use_of(self, columns: Ints) -> Floats:
        """Return what chosen columns use of every row together: (R,)."""
        return np.asarray(self.use[columns].sum(axis=0), dtype=np.float64).ravel()

    def leaders(self, y: Floats) -> PricedPortfolios:
        """Return each mentee's column of highest reduced value at duals `y`."""
        reduced = self.reduced(y)
        starts = np.flatnonzero(np.diff(self.mentee, prepend=-1))
        lengths = np.diff(np.append(starts, len(self)))
        highest = np.repeat(np.maximum.reduceat(reduced, starts), lengths)
        lead = np.flatnonzero(reduced >= highest)
        rows = lead[np.flatnonzero(np.diff(self.mentee[lead], prepend=-1))]
        return PricedPortfolios.of(self, reduced=reduced).take(rows)

    def reduced(self, y: Floats) -> Floats:
        """Return ``worth - use . y`` of every column: (q,)."""
        return np.asarray(self.worth - self.use @ y)


def keys_of(sets: PricedPortfolios) -> Ints:
    """Return the keys that columns of these sets have: (q,)."""
    return _hash(sets.mentee, sets.ordered().members)


def _contains(known: Ints, wanted: Ints) -> Bools:
    """Return which of the wanted keys are known; by sorting, which beats `np.isin` on hashes."""
    if not len(known):
        return np.zeros(len(wanted), dtype=bool)
    known = np.sort(known)
    at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
    return np.asarray(known[at] == wanted)


def _hash(mentee: Ints, members: Ints) -> Ints:
    """Return a 64-bit hash of each portfolio; equal portfolios only differ by chance 2**-64."""
    mixed = _scramble(mentee.astype(np.uint64) + np.uint64(1))
    for slot in range(members.shape[1]):
        mixed = _scramble(mixed * np.uint64(31) + members[:, slot].astype(np.uint64))
    return mixed.view(np.int64)


def _scramble(
    x: np.ndarray[tuple[int], np.dtype[np.uint64]],
) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """Mix bits (splitmix64, Steele et al. 2014)."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def opposite_rows(
    problem: Problem, pool: ColumnPool, rows: Rows, columns: Ints
) -> tuple[PairRow, ...]:
    """Return rows that chosen columns break and `rows` does not hold yet, and their likes.

    As soon as one is broken, rows are added for all opposite items among the columns known, so
    that few rounds are needed.
    """
    if not len(_opposites(problem, pool.take(columns))):
        return ()
    held = {row.name for row in rows.opposite}
    return tuple(row for row in all_opposites(problem, pool) if row.name not in held)


def all_opposites(problem: Problem, pool: ColumnPool) -> tuple[PairRow, ...]:
    """Return a row for each two one-way items in opposite directions among the columns."""
    pairs = _opposites(problem, pool)
    if not len(pairs):
        return ()
    person_mentor = present(problem.person_mentor)
    return tuple(
        opposite_row(problem, mentee, int(np.flatnonzero(person_mentor == mentor)[0]))
        for mentee, mentor in pairs.tolist()
    )


def _opposites(problem: Problem, pool: Portfolios) -> Ints:
    """Return one-way items (k, 2) whose opposite is among the columns too, each pair once."""
    if problem.person_mentor is None or not np.any(problem.person_mentor >= 0):
        return np.empty((0, 2), dtype=np.int64)
    m = problem.n_mentors
    row, slot = np.nonzero(pool.members >= 0)
    mentor, number = items_of_codes(problem, pool.members[row, slot])
    mentee, mentor = pool.mentee[row][number < 0], mentor[number < 0]
    as_mentee = np.full(m, -1, dtype=np.int64)
    both = np.flatnonzero(problem.person_mentor >= 0)
    as_mentee[problem.person_mentor[both]] = both
    other_mentee, other_mentor = as_mentee[mentor], problem.person_mentor[mentee]
    there = (other_mentee >= 0) & (other_mentor >= 0) & (mentee < other_mentee)
    key = mentee * m + mentor
    hit = there & np.isin(other_mentee * m + other_mentor, key)
    found = np.unique(key[hit])
    return np.column_stack([found // m, found % m])


def opposite_row(problem: Problem, mentee: int, other_mentee: int) -> PairRow:
    """Return the row of two people in both roles, by their positions as mentees."""
    own, other = present(problem.person_mentor)[[mentee, other_mentee]]
    return PairRow(
        np.array([mentee, other_mentee]), np.array([other, own]), f"{mentee}|{other_mentee}"
    )
