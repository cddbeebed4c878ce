"""The smallest set of people and rules in conflict around somebody who is left out.

By Hall's theorem people cannot all be placed if and only if some of them, X, have fewer places in
reach than they are many. What bounds the places of X is a cut: of each way from X to a place either
the mentor's places, their pool's, the programme's, or the ban on the way. Among all such sets with
somebody in X the smallest is an integer program; where there are too many pairs for it, what the
residual network reaches from the person is a set within which there is no smaller one of its kind.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint

from matcher.arrays import Bools, Positions
from matcher.explain.unplaced.obstacles import Conflict, Element, ElementKind
from matcher.explain.unplaced.placing import integer_optimum
from matcher.explain.unplaced.residual import Nodes, Residual
from matcher.problem.problem import Problem
from matcher.problem.rules.limit import Unit

PAIRS_EXACTLY = 4_000
"""Pairs up to which the smallest set is looked for among all."""

NODES = 500
"""Branch-and-bound nodes of one search, so that it ends after the same work everywhere."""

OTHERS = 20
"""Conflicts of other people that are told apart from the person's own."""


def reached_conflict(problem: Problem, network: Residual, reached: Nodes) -> Conflict:
    """Return the conflict that the residual network shows: everything `reached`, and its cut."""
    obstacles, forced = network.obstacles, problem.required
    wanted = reached.mentee.copy()
    wanted[forced[:, 0]] = False
    covered = np.zeros(problem.n_mentors, dtype=bool)
    found: dict[str, NDArray[np.int32]] = {}
    for level, nodes in reversed(list(zip(network.levels, reached.levels, strict=True))):
        here = nodes[level.mentor] & ~covered
        full = np.zeros(len(nodes), dtype=bool)
        full[level.mentor[here]] = True
        found[level.noun] = _rows(full, 1)
        covered |= here
    outside = ~covered
    sponsor = reached.sponsor & outside
    found[network.sponsorship] = _rows(sponsor, 1)
    i, j = obstacles.ruled_pairs.T
    uncut = obstacles.would_sponsor
    found[ElementKind.PAIR] = obstacles.ruled_pairs[
        wanted[i] & outside[j] & ~(uncut[i, j] & sponsor[j])
    ]
    opens = np.zeros(problem.n_mentors, dtype=bool)
    if len(some := obstacles.could_open[outside[obstacles.could_open]]):
        both = np.ix_(wanted, some)
        opens[some] = (obstacles.if_open[both] & ~(uncut[both] & sponsor[some])).any(axis=0)
    found[ElementKind.CLOSED] = _rows(opens, 1)
    holds = covered[forced[:, 1]]
    holds |= sponsor[forced[:, 1]] & obstacles.sponsored[forced[:, 0], forced[:, 1]]
    if holds.any():
        found[ElementKind.FIXED] = np.unique(forced[holds].astype(np.int32), axis=0)
    found[ElementKind.MENTEE] = _rows(wanted, 0)
    return Conflict({kind: rows for kind, rows in found.items() if len(rows)}, smallest=False)


def _rows(chosen: Bools, side: int) -> NDArray[np.int32]:
    """Return the elements that name mentees (side 0) or mentors and rows (side 1) alone: (k, 2)."""
    at = np.flatnonzero(chosen)
    rows = np.full((len(at), 2), -1, dtype=np.int32)
    rows[:, side] = at
    return rows


def smallest_conflict(
    problem: Problem, network: Residual, people: Positions, i: int
) -> Conflict | None:
    """Return the smallest conflict about mentee `i` among `people`, who may be in it.

    None where the search is not proved to the end.
    """
    program = _Program(problem, network, people)
    person = int(np.flatnonzero(people == i)[0])
    for _ in range(OTHERS):
        found = program.smallest(person)
        if found is None:
            return None
        # A conflict that holds without the person is another one, with this person beside it.
        other = program.smallest(person, without=True, among=found)
        if other is None:
            return None
        if not len(other):
            return Conflict.made_of((program.elements[k] for k in found), smallest=True)
        program.exclude(other)
    return None


class _Program:
    """Which people and limits are in the set: a variable each, of cost 1."""

    def __init__(self, problem: Problem, network: Residual, people: Positions) -> None:
        obstacles, m = network.obstacles, problem.n_mentors
        ruled, closed = obstacles.ruled[people], obstacles.if_open[people]
        ways = np.argwhere(obstacles.allowed[people] | ruled | closed)
        who, where = ways[:, 0], ways[:, 1]
        banned = np.flatnonzero(ruled[who, where])
        sponsored = (obstacles.sponsored | obstacles.would_sponsor)[people[who], where]
        forced = problem.required
        whole = {
            Element(limit.noun, j=row): most
            for limit in problem.limits
            for row, most in enumerate(limit.whole(range(len(limit.most))).tolist())
            if np.isfinite(most)
        }
        self.limits = [*whole, *(Element(ElementKind.CLOSED, j=j) for j in range(m))]
        self.elements = [
            *(Element(ElementKind.MENTEE, k) for k in people.tolist()),
            *self.limits,
            *(
                Element(ElementKind.PAIR, int(people[who[r]]), int(where[r]))
                for r in banned.tolist()
            ),
            *(Element(ElementKind.FIXED, k, j) for k, j in forced.tolist()),
        ]
        first, count = len(people), len(self.limits)
        cuts = _cuts(problem, where, sponsored, closed[who, where])
        entries = [
            (len(forced) + np.arange(len(ways)), who, -1.0),
            (len(forced) + cuts[0], first + cuts[1], 1.0),
            (len(forced) + banned, first + count + np.arange(len(banned)), 1.0),
        ]
        kept = _cuts(
            problem,
            forced[:, 1],
            obstacles.sponsored[forced[:, 0], forced[:, 1]],
            np.zeros(len(forced), dtype=bool),
        )
        last = first + count + len(banned)
        entries += [(np.arange(len(forced)), last + np.arange(len(forced)), -1.0)]
        entries += [(kept[0], first + kept[1], 1.0)]
        held = [*whole.values(), *[0.0] * m]
        balance = np.zeros(len(self.elements))
        balance[:first], balance[first : first + count], balance[last:] = 1.0, held, 1.0
        balance[first : first + count] *= -1.0
        self.rows = _matrix(entries, len(forced) + len(ways), len(self.elements))
        self.balance = balance
        self.known: list[LinearConstraint] = []

    def exclude(self, conflict: Positions) -> None:
        """Let no set hold a whole conflict that is known."""
        one = np.zeros(len(self.elements))
        one[conflict] = 1.0
        self.known.append(LinearConstraint(one[None, :], -np.inf, len(conflict) - 1.0))

    def smallest(
        self, person: int, *, without: bool = False, among: Positions | None = None
    ) -> Positions | None:
        """Return the elements of the smallest set with a person, or without.

        Empty where there is none, None where that is not proved in time.
        """
        count = len(self.elements)
        least, most = np.zeros(count), np.ones(count)
        if among is not None:
            most[:] = np.isin(np.arange(count), among)
        least[person] = most[person] = 0.0 if without else 1.0
        held = LinearConstraint(self.rows, 0.0, np.inf)
        short = LinearConstraint(self.balance[None, :], 1.0, np.inf)
        limits, rows = Bounds(least, most), [held, short, *self.known]
        found = integer_optimum(np.ones(count), rows, limits, nodes=NODES)
        return None if found is None else np.flatnonzero(found > 0.5)


def _cuts(
    problem: Problem, mentor: Positions, sponsored: Bools, closed: Bools
) -> tuple[Positions, Positions]:
    """Return which limits (positions) stand over which of some pairs: two arrays of entries.

    Every finite limit is one, first to last, then every mentor's being closed.
    """
    parts, first = [], 0
    for limit in problem.limits:
        number = np.cumsum(np.isfinite(limit.most)) - 1
        row = limit.group[mentor]
        here = (row >= 0) & (sponsored | (limit.unit is not Unit.SPONSORSHIP))
        here[here] = np.isfinite(limit.most[row[here]])
        pair = np.flatnonzero(here)
        parts.append((pair, first + number[row[pair]]))
        first += int(np.isfinite(limit.most).sum())
    shut = np.flatnonzero(closed)
    parts.append((shut, first + mentor[shut]))
    pairs, limits = (np.concatenate(part) for part in zip(*parts, strict=True))
    return pairs, limits


def _matrix(
    entries: list[tuple[Positions, Positions, float]], n_rows: int, n_columns: int
) -> sparse.csr_array:
    row = np.concatenate([part[0] for part in entries])
    column = np.concatenate([part[1] for part in entries])
    value = np.concatenate([np.full(len(part[0]), part[2]) for part in entries])
    return sparse.csr_array((value, (row, column)), shape=(n_rows, n_columns))
