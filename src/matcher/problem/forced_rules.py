"""Whether forced pairs and the rules on whole portfolios can hold together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from matcher.errors import Finding
from matcher.text import count_of, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matcher.problem.feasible import Names
    from matcher.problem.problem import Bools, Floats, Ints, PortfolioRules, Problem

SLACK = 1e-9
"""Capacity below which rounding, not a limit, is at work."""

REMEDY = "withdraw one of the pairs, or relax the rule in [portfolio]"


def check_forced_rules(
    problem: Problem, pairs: Ints, load: Floats, names: Names
) -> Iterator[Finding]:
    """Yield a contradiction for each smallest set of forced pairs that a rule cannot hold with.

    Parameters
    ----------
    problem
        The instance.
    pairs, load
        Forced pairs (k, 2) and what each takes (k,).
    names
        What people are called.
    """
    if problem.rules is None:
        return
    yield from _too_alike(problem.rules, pairs, names)
    if problem.rules.min_external:
        yield from _Outside(problem, problem.rules, pairs, load, names).found()


def _too_alike(rules: PortfolioRules, pairs: Ints, names: Names) -> Iterator[Finding]:
    for codes, most in rules.max_same:
        code = codes[pairs[:, 1]]
        group = np.column_stack([pairs[:, 0], code])[code >= 0]
        alike, count = np.unique(group, axis=0, return_counts=True)
        for i, one in alike[count > most].tolist():
            few = np.flatnonzero((pairs[:, 0] == i) & (code == one))[: most + 1]
            named = listed(names.pair(*pair) for pair in pairs[few].tolist())
            what = f"a portfolio holds at most {most} alike by max_same, but {named} are forced"
            yield Finding("I_CONTRADICTION", what, REMEDY)


class _Outside:
    """People with forced pairs who need somebody from outside their organisation beside them."""

    def __init__(
        self, problem: Problem, rules: PortfolioRules, pairs: Ints, load: Floats, names: Names
    ) -> None:
        assert rules.mentee_home is not None
        assert rules.mentor_home is not None
        self.problem, self.pairs, self.names = problem, pairs, names
        self.people = np.unique(pairs[:, 0])
        home = rules.mentee_home[self.people]
        outside = (home[:, None] < 0) | (rules.mentor_home != home[:, None])
        row = np.searchsorted(self.people, pairs[:, 0])
        held = np.bincount(row, weights=outside[row, pairs[:, 1]], minlength=len(self.people))
        self.lacks = np.maximum(rules.min_external - held, 0).astype(np.int64)
        size = np.bincount(row, minlength=len(self.people))
        self.room = problem.limit[self.people] - size
        possible, self.least = _ways_in(problem, self.people)
        self.fits = outside & possible
        self.fits[row, pairs[:, 1]] = False
        used = np.bincount(
            pairs[:, 1], weights=load.astype(np.float64), minlength=problem.n_mentors
        ).astype(np.float64)
        self.left = np.maximum(np.minimum(problem.capacity - used, _pool_left(problem, used)), 0.0)
        self.rule = f"each needs {rules.min_external} from outside the organisation (min_external)"

    def found(self) -> Iterator[Finding]:
        """Yield people without room for somebody, then people for whom there is nobody."""
        crowded = self.lacks > self.room
        for k in np.flatnonzero(crowded).tolist():
            mine = self.names.mentees[self.people[k]]
            why = f"{mine} takes at most {self.problem.limit[self.people[k]]}"
            yield self._finding(np.arange(len(self.people)) == k, why)
        short = (self.lacks > 0) & ~crowded
        if short.any():
            yield from self._nobody_left(np.flatnonzero(short))
            yield from self._too_many()

    def _too_many(self) -> Iterator[Finding]:
        """Yield the people who need most matches, if the programme does not make as many.

        Where the forced pairs alone are too many, that is said elsewhere.
        """
        most = self.problem.max_matches
        if len(self.pairs) > most + SLACK:
            return
        needs = self.lacks + np.bincount(np.searchsorted(self.people, self.pairs[:, 0]))
        order = np.argsort(-needs, kind="stable")
        too_many = np.flatnonzero(np.cumsum(needs[order]) > most + SLACK)
        if len(too_many):
            who = np.isin(np.arange(len(order)), order[: too_many[0] + 1])
            why = f"the programme makes at most {count_of(most, 'match', 'matches')}"
            yield self._finding(who, why, f"raise capacity.max_matches, {REMEDY}")

    def _nobody_left(self, short: Ints) -> Iterator[Finding]:
        """Yield the people who lack somebody and share too few places, if there are such."""
        unit = np.repeat(short, self.lacks[short])
        seat = np.repeat(np.arange(len(self.left)), self._seats(len(unit)))
        ways = self.fits[np.ix_(unit, seat)]
        given = np.asarray(
            maximum_bipartite_matching(csr_array(ways), perm_type="column"), dtype=np.int64
        )
        for k in np.flatnonzero(given < 0)[:1].tolist():
            reached = _alternating(ways, given, k)
            who = np.zeros(len(self.people), dtype=bool)
            who[unit[reached]] = True
            yield self._finding(who, self._what_is_left(who))

    def _seats(self, most: int) -> Ints:
        """Return how many of the lightest matches each mentor can still take, at most `most`."""
        light = self.least * most <= self.left + SLACK
        count = np.floor(self.left / np.where(light, 1.0, self.least) + SLACK)
        return np.where(light, most, np.minimum(count, most)).astype(np.int64)

    def _what_is_left(self, who: Bools) -> str:
        could = np.flatnonzero(self.fits[who].any(axis=0))
        if not len(could):
            return "nobody from outside is eligible"
        named = ", ".join(f"{self.names.mentors[j]} ({self._left(j)})" for j in could.tolist())
        return f"eligible mentors have too little left: {named}"

    def _left(self, j: int) -> str:
        """Return what mentor `j` has left, and which forced pairs took the rest."""
        taken = self.pairs[self.pairs[:, 1] == j].tolist()
        by = "".join(f", {self.names.pair(*pair)}" for pair in taken)
        return f"{self.left[j]:g}{by}"

    def _finding(self, who: Bools, why: str, remedy: str = REMEDY) -> Finding:
        mine = np.isin(self.pairs[:, 0], self.people[who])
        named = listed(self.names.pair(*pair) for pair in self.pairs[mine].tolist())
        return Finding("I_CONTRADICTION", f"{named} forced, but {self.rule} and {why}", remedy)


def _pool_left(problem: Problem, used: Floats) -> Floats:
    """Return what is left in each mentor's pool, infinite without one: (m,)."""
    if problem.pool is None or problem.pool_capacity is None:
        return np.full(problem.n_mentors, np.inf)
    inside = problem.pool >= 0
    taken = np.bincount(
        problem.pool[inside], weights=used[inside], minlength=len(problem.pool_capacity)
    )
    return np.where(inside, (problem.pool_capacity - taken)[problem.pool], np.inf)


def _ways_in(problem: Problem, people: Ints) -> tuple[Bools, Floats]:
    """Return whom `people` may have, one way or both ways, and each mentor's lightest match.

    Counting every match as the lightest one makes too few places certain where loads differ.
    """
    block = problem.scores.block(people)
    possible = np.isfinite(block.score)
    load = np.where(possible, 1.0 if block.load is None else block.load, np.inf)
    if problem.reciprocal is not None:
        mentee, mentor, _, both_load, _ = problem.reciprocal.sides
        mine = np.isin(mentee, people)
        at = np.searchsorted(people, mentee[mine]), mentor[mine]
        possible[at] = True
        np.minimum.at(load, at, both_load[mine])
    return possible, load.min(axis=0, initial=np.inf)


def _alternating(ways: Bools, given: Ints, start: int) -> Bools:
    """Return what is reached from an unmatched row: the smallest set of rows with too few columns.

    Within a maximum matching every column that is reached is taken, and its row is reached next.
    """
    reached = np.zeros(len(ways), dtype=bool)
    reached[start] = True
    while ways.shape[1]:
        wanted = np.asarray(ways[reached].any(axis=0), dtype=bool)
        more = reached | ((given >= 0) & wanted[np.maximum(given, 0)])
        if (more == reached).all():
            break
        reached = more
    return reached
