"""Whether some people can all have a mentor, as an integer program over everything that binds.

Where matches differ in what they take, where people mentor each other, play one role of two or need
somebody from outside, no flow tells. Each element of a conflict is a slack of the program: at 0 it
is in force. Conflicts are then found by leaving elements out, remedies by paying for the slacks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from matcher.explain.unplaced.elements import Element, Kind
from matcher.explain.unplaced.obstacles import ASKED, DECIDED, forced_cost
from matcher.problem.feasible import forced_assignment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matcher.explain.unplaced.obstacles import Obstacles
    from matcher.features.base import Bools, Floats, Positions
    from matcher.problem.instance import Instance
    from matcher.problem.problem import PortfolioRules, Problem

PAIRS_AT_MOST = 4_000
"""Pairs up to which the program is used."""

NODES = 2_000
"""Branch-and-bound nodes of one solve, so that it ends after the same work everywhere."""

WORK = 500_000
"""Variables of all programs solved together, after which questions stay open: half a minute or so,
and unlike a time limit the same on every machine."""


@dataclass(frozen=True)
class Items:
    """What may be matched: one-way pairs, then both sides of reciprocal pairs; each (e,)."""

    mentee: Positions
    mentor: Positions
    load: Floats
    sponsored: Bools
    number: Positions
    """Reciprocal pair of a side, -1 for one-way pairs."""
    column: Positions
    """Variable of each item: the sides of a reciprocal pair share one."""

    @classmethod
    def of(cls, problem: Problem, obstacles: Obstacles) -> Items:
        """List the items that are possible or could be made so."""
        could = obstacles.allowed | np.isfinite(obstacles.lift) | obstacles.if_open
        i, j = np.nonzero(could)
        block = problem.scores.block(np.arange(problem.n_mentees))
        load = np.ones(len(i)) if block.load is None else block.load[i, j]
        number, column = np.full(len(i), -1), np.arange(len(i))
        sponsored = obstacles.sponsored[i, j] | obstacles.would_sponsor[i, j]
        if problem.reciprocal is not None:
            mentee, mentor, _, loads, pair = problem.reciprocal.sides
            i, j = np.concatenate([i, mentee]), np.concatenate([j, mentor])
            load = np.concatenate([load, loads])
            sponsored = np.concatenate([sponsored, np.zeros(len(pair), dtype=bool)])
            column = np.concatenate([column, len(column) + pair])
            number = np.concatenate([number, pair])
        return cls(i, j, load, sponsored, number, column)


class Placing:
    """The program of one cohort."""

    def __init__(self, instance: Instance, obstacles: Obstacles, *, room: float) -> None:
        """Build it; `room` is what a relaxed limit gains, in matches."""
        self.instance, self.obstacles = instance, obstacles
        self.problem = instance.problem
        self.items = Items.of(self.problem, obstacles)
        self.room = room * max(1.0, float(self.items.load.max(initial=1.0)))
        self.count = 1 + int(self.items.column.max(initial=-1))
        self.elements: list[Element] = []
        self.cost: list[float] = []
        self._rows: list[tuple[Positions, Floats, float, float]] = []
        self._people()
        self._limits()
        self._pairs()
        self._one_role()
        self._rules()
        self.slack = {element: self.count + k for k, element in enumerate(self.elements)}
        self.matrix, self.low, self.high = self._built()
        self._left = WORK

    def _slack(self, element: Element, cost: float) -> int:
        self.elements.append(element)
        self.cost.append(cost)
        return self.count + len(self.elements) - 1

    def _row(
        self,
        columns: Positions,
        values: Floats | float,
        low: float,
        high: float,
        slack: int | None = None,
        amount: float = 0.0,
    ) -> None:
        value = np.broadcast_to(np.asarray(values, dtype=np.float64), (len(columns),))
        if slack is not None:
            columns = np.concatenate([columns, np.array([slack], dtype=np.int64)])
            value = np.concatenate([value, np.array([amount])])
        self._rows.append((columns, value, low, high))

    def _people(self) -> None:
        items = self.items
        for i in range(self.problem.n_mentees):
            mine = items.column[items.mentee == i]
            self._row(mine, 1.0, 1.0, np.inf, self._slack(Element(Kind.MENTEE, i), 0.0), 1.0)
            self._row(mine, 1.0, -np.inf, float(self.problem.limit[i]))

    def _limits(self) -> None:
        problem, items = self.problem, self.items
        for j in range(problem.n_mentors):
            here = items.mentor == j
            place = self._slack(Element(Kind.PLACE, j=j), 1.0)
            self._limit(here, items.load, problem.capacity[j], place, self.room)
            limit = problem.sponsorship_limit
            if limit is not None and np.isfinite(limit[j]):
                more = self._slack(Element(Kind.SPONSORSHIP, j=j), 1.0)
                self._limit(here & items.sponsored, np.ones(len(here)), limit[j], more, self.room)
        if problem.pool is not None and problem.pool_capacity is not None:
            for p, places in enumerate(problem.pool_capacity.tolist()):
                more = self._slack(Element(Kind.POOL, j=p), 1.0)
                inside = problem.pool[items.mentor] == p
                self._limit(inside, items.load, places, more, self.room)
        if np.isfinite(problem.max_matches):
            more, everywhere = self._slack(Element(Kind.PROGRAMME), 1.0), items.mentor >= 0
            room = 2.0 * self.room
            self._limit(everywhere, np.ones(len(everywhere)), problem.max_matches, more, room)

    def _limit(self, at: Bools, amount: Floats, limit: float, slack: int, room: float) -> None:
        self._row(self.items.column[at], amount[at], -np.inf, float(limit), slack, -room)

    def _pairs(self) -> None:
        """Add what keeps pairs apart, what fixes them, and that two people are matched once."""
        items, obstacles = self.items, self.obstacles
        one_way = items.number < 0
        lift = np.where(one_way, obstacles.lift[items.mentee, items.mentor], np.inf)
        for e in np.flatnonzero(np.isfinite(lift)).tolist():
            pair = Element(Kind.PAIR, int(items.mentee[e]), int(items.mentor[e]))
            self._row(items.column[[e]], 1.0, -np.inf, 0.0, self._slack(pair, float(lift[e])), -1.0)
        for j in np.flatnonzero(obstacles.if_open.any(axis=0)).tolist():
            slack = self._slack(Element(Kind.CLOSED, j=j), ASKED)
            here = one_way & (items.mentor == j) & obstacles.if_open[items.mentee, j]
            self._row(items.column[here], 1.0, -np.inf, 0.0, slack, -float(here.sum()))
        fixed = forced_assignment(self.problem)
        cost = forced_cost(self.instance, fixed.pairs[:, 0], fixed.pairs[:, 1])
        for (i, j), number, price in zip(
            fixed.pairs.tolist(), fixed.reciprocal.tolist(), cost.tolist(), strict=True
        ):
            held = (items.mentee == i) & (items.mentor == j) & (items.number == number)
            slack = self._slack(Element(Kind.FIXED, i, j), price)
            self._row(items.column[held], 1.0, 1.0, np.inf, slack, 1.0)
        for at in _meetings(self.problem, items):
            self._row(np.unique(items.column[at]), 1.0, -np.inf, 1.0)

    def _one_role(self) -> None:
        """Add that people in one role are mentees or mentors."""
        own, either, items = self.problem.person_mentor, self.problem.either, self.items
        if own is None or either is None:
            return
        for i in np.flatnonzero(either & (own >= 0)).tolist():
            slack = self._slack(Element(Kind.OTHER_ROLE, i), DECIDED)
            mine = items.column[items.mentee == i]
            for given in items.column[items.mentor == own[i]].tolist():
                together = np.append(mine, given)
                weight = np.append(np.ones(len(mine)), float(max(1, self.problem.limit[i])))
                most = float(max(1, self.problem.limit[i]))
                self._row(together, weight, -np.inf, most, slack, -most)

    def _rules(self) -> None:
        """Add the rules on portfolios, which stay in force."""
        rules, items = self.problem.rules, self.items
        if rules is None:
            return
        for i in range(self.problem.n_mentees):
            mine = np.flatnonzero(items.mentee == i)
            if rules.min_external:
                self._outside(rules, i, mine)
            for codes, most in rules.max_same:
                code = codes[items.mentor[mine]]
                for one in np.unique(code[code >= 0]).tolist():
                    self._row(items.column[mine[code == one]], 1.0, -np.inf, float(most))

    def _outside(self, rules: PortfolioRules, i: int, mine: Positions) -> None:
        """Add that who has a mentor has enough from outside the organisation."""
        assert rules.mentee_home is not None
        assert rules.mentor_home is not None
        home, column = rules.mentee_home[i], self.items.column[mine]
        outside = (home < 0) | (rules.mentor_home[self.items.mentor[mine]] != home)
        for one in column.tolist():
            weight = outside - rules.min_external * (column == one)
            self._row(column, weight, 0.0, np.inf)

    def _built(self) -> tuple[sparse.csr_array, Floats, Floats]:
        lengths = [len(row[0]) for row in self._rows]
        at = np.repeat(np.arange(len(self._rows)), lengths)
        column = np.concatenate([row[0] for row in self._rows]).astype(np.int64)
        value = np.concatenate([row[1] for row in self._rows])
        shape = (len(self._rows), self.count + len(self.elements))
        low, high = (np.array([row[k] for row in self._rows]) for k in (2, 3))
        return sparse.csr_array((value, (at, column)), shape=shape), low, high

    @property
    def is_exhausted(self) -> bool:
        """Whether no more questions are answered: all stay open."""
        return self._left < self.count + len(self.elements)

    def can(self, in_force: Iterable[Element]) -> bool | None:
        """Return whether everything in force can hold at once; None where that stays open."""
        free = np.ones(self.count + len(self.elements))
        free[[self.slack[element] for element in in_force]] = 0.0
        result = self._solve(np.zeros(len(free)), free, [])
        return None if result is None else bool(len(result))

    def cheapest(self, people: Iterable[int], most: int) -> list[tuple[float, list[Element]]]:
        """Return the cheapest sets of changes that give all `people` a mentor, with their cost."""
        free = np.ones(self.count + len(self.elements))
        free[[self.slack[Element(Kind.MENTEE, i)] for i in people]] = 0.0
        cost = np.concatenate([np.zeros(self.count), self.cost])
        found: list[tuple[float, list[Element]]] = []
        while len(found) < most:
            known = [[self.slack[e] for e in changes] for _, changes in found]
            chosen = self._solve(cost, free, known)
            if chosen is None or not len(chosen):
                break
            used = np.flatnonzero((chosen > 0.5) & (cost > 0))
            found.append((float(cost[used].sum()), [self.elements[k - self.count] for k in used]))
            if not len(used):
                break
        return found

    def _solve(self, cost: Floats, free: Floats, known: list[list[int]]) -> Floats | None:
        """Return a solution, an empty array where there is none, None where that stays open."""
        if self.is_exhausted:
            return None
        self._left -= len(free)
        rows = [LinearConstraint(self.matrix, self.low - 1e-9, self.high + 1e-9)]
        for columns in known:
            one = sparse.csr_array(
                (np.ones(len(columns)), (np.zeros(len(columns), dtype=np.int64), columns)),
                shape=(1, len(free)),
            )
            rows.append(LinearConstraint(one, -np.inf, len(columns) - 1.0))
        result = milp(
            cost,
            constraints=rows,
            integrality=np.ones(len(free), dtype=np.int64),
            bounds=Bounds(0.0, free),
            options={"node_limit": NODES, "mip_rel_gap": 0.0},
        )
        if result.status == 2:
            return np.empty(0)
        return result.x if result.status == 0 else None


def _meetings(problem: Problem, items: Items) -> list[Positions]:
    """Return the items of each two people of whom only one may be chosen."""
    m = problem.n_mentors
    own = problem.person_mentor
    person = np.full(m, -1, dtype=np.int64)
    if own is not None:
        person[own[own >= 0]] = np.flatnonzero(own >= 0)
    known = person[items.mentor]
    other = np.where(known >= 0, known, problem.n_mentees + items.mentor)
    first, second = np.minimum(items.mentee, other), np.maximum(items.mentee, other)
    code = first * (problem.n_mentees + m) + second
    order = np.argsort(code, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(code[order])) + 1)
    return [group for group in groups if len(np.unique(items.column[group])) > 1]
