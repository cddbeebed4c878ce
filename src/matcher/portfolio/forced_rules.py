"""Whether forced pairs and the rules on whole portfolios can hold together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from matcher.errors import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matcher.portfolio.feasible import Names
    from matcher.portfolio.problem import Bools, Floats, Ints, PortfolioRules, Problem

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
            named = ", ".join(names.pair(*pair) for pair in pairs[few].tolist())
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
        self.fits = outside & np.isfinite(problem.scores.block(self.people).score)
        self.fits[row, pairs[:, 1]] = False
        used = np.bincount(pairs[:, 1], weights=load, minlength=problem.n_mentors)
        self.spare = np.floor(problem.capacity - used + 1e-9).astype(np.int64)
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

    def _nobody_left(self, short: Ints) -> Iterator[Finding]:
        """Yield the people who lack somebody and share too few places, if there are such."""
        unit = np.repeat(short, self.lacks[short])
        seat = np.repeat(np.arange(len(self.spare)), np.clip(self.spare, 0, len(unit)))
        ways = self.fits[np.ix_(unit, seat)]
        given = np.asarray(
            maximum_bipartite_matching(csr_array(ways), perm_type="column"), dtype=np.int64
        )
        for k in np.flatnonzero(given < 0)[:1].tolist():
            reached = _alternating(ways, given, k)
            who = np.zeros(len(self.people), dtype=bool)
            who[unit[reached]] = True
            places = int(ways[reached].any(axis=0).sum())
            could = np.flatnonzero(self.fits[who].any(axis=0))
            named = ", ".join(self.names.mentors[j] for j in could.tolist()) or "nobody"
            yield self._finding(who, f"eligible are {named} with {places} places left")

    def _finding(self, who: Bools, why: str) -> Finding:
        mine = np.isin(self.pairs[:, 0], self.people[who])
        named = ", ".join(self.names.pair(*pair) for pair in self.pairs[mine].tolist())
        return Finding("I_CONTRADICTION", f"{named} forced, but {self.rule} and {why}", REMEDY)


def _alternating(ways: Bools, given: Ints, start: int) -> Bools:
    """Return what is reached from an unmatched row: the smallest set of rows with too few columns.

    Within a maximum matching every column that is reached is taken, and its row is reached next.
    """
    reached = np.zeros(len(ways), dtype=bool)
    reached[start] = True
    while True:
        wanted = np.asarray(ways[reached].any(axis=0), dtype=bool)
        more = reached | ((given >= 0) & wanted[np.maximum(given, 0)])
        if (more == reached).all():
            return reached
        reached = more
