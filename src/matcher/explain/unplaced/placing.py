"""Whether some people can all have a mentor, as an integer program over everything that binds.

Where matches differ in what they take, where people mentor each other, play one role of two or need
somebody from outside, no flow tells. Each element of a conflict is a slack of the program: at 0 it
is in force. Conflicts are then found by leaving elements out, remedies by paying for the slacks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from matcher.arrays import Floats, Positions
from matcher.explain.unplaced.obstacles import ASKED, Element, ElementKind, Obstacles, forced_cost
from matcher.problem.instance import Instance
from matcher.problem.problem import Problem
from matcher.problem.rules.limit import Limit
from matcher.problem.rules.rule import LinearRow, ProgrammeRule, Used
from matcher.problem.value import forced_assignment

PROGRAM_PAIRS = 4_000
"""Pairs up to which the program is used."""

NODES = 2_000
"""Branch-and-bound nodes of one solve, so that it ends after the same work everywhere."""

INFEASIBLE = 2
"""What scipy's `milp` calls an infeasible program."""

WORK = 500_000
"""Variables of all programs solved together, after which questions stay open: half a minute or so,
and unlike a time limit the same on every machine."""


@dataclass(frozen=True)
class Could:
    """What may be matched: one-way pairs, then both sides of reciprocal pairs; e of them."""

    items: Used
    column: Positions
    """(e,) variable of each item: the sides of a reciprocal pair share one."""

    @classmethod
    def of(cls, problem: Problem, obstacles: Obstacles) -> Self:
        """List the items that are possible or could be made so."""
        could = obstacles.allowed | np.isfinite(obstacles.lift) | obstacles.if_open
        i, j = np.nonzero(could)
        load = problem.scores.block(np.arange(problem.n_mentees)).loads[i, j]
        number, column = np.full(len(i), -1), np.arange(len(i))
        sponsored = (obstacles.sponsored | obstacles.would_sponsor)[i, j].astype(np.float64)
        if problem.reciprocal is not None:
            mentee, mentor, _, loads, pair = problem.reciprocal.sides
            i, j = np.concatenate([i, mentee]), np.concatenate([j, mentor])
            load = np.concatenate([load, loads])
            sponsored = np.concatenate([sponsored, np.zeros(len(pair))])
            column = np.concatenate([column, len(column) + pair])
            number = np.concatenate([number, pair])
        return cls(Used(i, j, load, sponsored, number), column)


class Placing:
    """The program of one cohort."""

    def __init__(self, instance: Instance, obstacles: Obstacles, *, room: float) -> None:
        """Build it; `room` is what a relaxed limit gains, in matches."""
        self.instance, self.obstacles = instance, obstacles
        self.problem = instance.problem
        could = Could.of(self.problem, obstacles)
        self.items, self.column = could.items, could.column
        self.room = room * max(1.0, float(self.items.load.max(initial=1.0)))
        self.count = 1 + int(self.column.max(initial=-1))
        self.elements: list[Element] = []
        self.cost: list[float] = []
        self._rows: list[tuple[Positions, Floats, float, float]] = []
        self._people()
        for limit in self.problem.limits:
            self._rule(limit)
        self._pairs()
        for rule in self.problem.rules:
            if not isinstance(rule, Limit):
                self._rule(rule)
        self.slack = {element: self.count + k for k, element in enumerate(self.elements)}
        self.matrix, self.low, self.high = self._built()
        self._left = WORK

    def _slack(self, element: Element, cost: float) -> int:
        self.elements.append(element)
        self.cost.append(cost)
        return self.count + len(self.elements) - 1

    def _row(self, row: LinearRow, slack: int | None = None, amount: float = 0.0) -> None:
        """Add a row over items, in which a slack stands so many times."""
        columns, value = self.column[row.at], row.weight
        if slack is not None:
            columns, value = np.append(columns, slack), np.append(value, amount)
        self._rows.append((columns, value, row.low, row.high))

    def _most(self, at: Positions, high: float, slack: int | None = None) -> None:
        """Let at most so many of some items be chosen; the slack lets all of them be."""
        self._row(LinearRow(at, np.ones(len(at)), -np.inf, high), slack, -float(len(at)))

    def _one(self, at: Positions, element: Element, cost: float) -> None:
        """Let one of some items be chosen at least, unless the element is out of force."""
        self._row(LinearRow(at, np.ones(len(at)), 1.0, np.inf), self._slack(element, cost), 1.0)

    def _people(self) -> None:
        for i in range(self.problem.n_mentees):
            mine = np.flatnonzero(self.items.mentee == i)
            self._one(mine, Element(ElementKind.MENTEE, i), 0.0)
            self._most(mine, float(self.problem.limit[i]))

    def _rule(self, rule: ProgrammeRule) -> None:
        """Add what a rule asks of the items."""
        known: dict[Element, int] = {}
        for row in rule.linear(self.problem, self.items, self.room):
            slack = None
            if row.gain:
                element = Element(rule.noun, row.mentee, row.row)
                if element not in known:
                    known[element] = self._slack(element, rule.effort)
                slack = known[element]
            self._row(row, slack, -row.gain)

    def _pairs(self) -> None:
        """Add what keeps pairs apart, what fixes them, and that two people are matched once."""
        items, obstacles = self.items, self.obstacles
        one_way = items.side < 0
        lift = np.where(one_way, obstacles.lift[items.mentee, items.mentor], np.inf)
        for e in np.flatnonzero(np.isfinite(lift)).tolist():
            pair = Element(ElementKind.PAIR, int(items.mentee[e]), int(items.mentor[e]))
            self._most(np.array([e]), 0.0, self._slack(pair, float(lift[e])))
        for j in np.flatnonzero(obstacles.if_open.any(axis=0)).tolist():
            here = one_way & (items.mentor == j) & obstacles.if_open[items.mentee, j]
            slack = self._slack(Element(ElementKind.CLOSED, j=j), ASKED)
            self._most(np.flatnonzero(here), 0.0, slack)
        fixed = forced_assignment(self.problem)
        cost = forced_cost(self.instance, fixed.pairs[:, 0], fixed.pairs[:, 1])
        for (i, j), number, price in zip(
            fixed.pairs.tolist(), fixed.reciprocal.tolist(), cost.tolist(), strict=True
        ):
            held = (items.mentee == i) & (items.mentor == j) & (items.side == number)
            self._one(np.flatnonzero(held), Element(ElementKind.FIXED, i, j), price)
        for at in _meetings(self.problem, items, self.column):
            # Sides of one reciprocal pair share a variable.
            self._most(at[np.unique(self.column[at], return_index=True)[1]], 1.0)

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
        free[[self.slack[Element(ElementKind.MENTEE, i)] for i in people]] = 0.0
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
        return integer_optimum(cost, rows, Bounds(0.0, free), nodes=NODES)


def integer_optimum(
    cost: Floats, rows: Sequence[LinearConstraint], bounds: Bounds, *, nodes: int
) -> Floats | None:
    """Return the cheapest whole numbers within rows and bounds: (k,).

    Empty where there are none, None where that stays open after so many branch-and-bound `nodes`.
    """
    result = milp(
        cost,
        constraints=rows,
        integrality=np.ones(len(cost), dtype=np.int64),
        bounds=bounds,
        options={"node_limit": nodes, "mip_rel_gap": 0.0},
    )
    if result.status == INFEASIBLE:
        return np.empty(0)
    return result.x if result.status == 0 else None


def _meetings(problem: Problem, items: Used, column: Positions) -> list[Positions]:
    """Return the items of each two people of whom only one may be chosen."""
    m, known = problem.n_mentors, problem.mentor_person[items.mentor]
    other = np.where(known >= 0, known, problem.n_mentees + items.mentor)
    first, second = np.minimum(items.mentee, other), np.maximum(items.mentee, other)
    code = first * (problem.n_mentees + m) + second
    order = np.argsort(code, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(code[order])) + 1)
    return [group for group in groups if len(np.unique(column[group])) > 1]
