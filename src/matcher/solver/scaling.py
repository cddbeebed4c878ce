"""Problems of very large or very small numbers are solved at a size that solvers are made for.

Solvers compare with tolerances such as 1e-9, and integers and float32 hold so much only. Worths and
loads are multiplied by a power of two each, which changes no digit, and so is what comes back.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
from scipy import sparse

from matcher.errors import Finding, InputError
from matcher.problem.problem import Fairness, Floats, Ints, ItemBlock, Problem, Scores
from matcher.problem.rules.limit import Limit, Unit
from matcher.problem.value import FAIRNESS_OFFSET, is_concave
from matcher.solver.score_sources import ArrayScores, ComputedMatrix, listed_pairs
from matcher.solver.solution import Bounds, DualRow, Solution

USUAL = 10
"""Powers of two around 1 within which nothing is changed."""

SMALLEST_LARGEST, LARGEST = 1e-200, 1e200
"""Where sums of floats neither vanish nor overflow."""

CONCAVE_LARGEST = 1e-8, 1e9
"""The same with fairness: its offset gives worths a size of their own, so that none is changed."""

SPAN_OF_LOADS = 1e4
"""How much larger than the least load the largest may be: a budget is kept within 1e-7 of that."""

DIGITS_OF_UTILITY = 12
"""Digits that U has left where it levels off, as it does with a fairness above 1."""


@dataclass(frozen=True)
class ScaledScores:
    """The items of another source, their scores and loads times powers of two."""

    source: Scores
    worth: int
    load: int

    @property
    def shape(self) -> tuple[int, int]:
        """Mentees and mentors."""
        return self.source.shape

    @cached_property
    def listed(self) -> sparse.csr_array | None:
        """The scores of allowed pairs, where the other source lists them."""
        pairs = listed_pairs(self.source)
        return None if pairs is None else sparse.csr_array(pairs * 2.0**self.worth)

    def block(self, rows: Ints) -> ItemBlock:
        """Return the items of mentees `rows` (b,) with every mentor."""
        block = self.source.block(rows)
        load = None if block.load is None else np.ldexp(block.load, self.load)
        return replace(block, score=np.ldexp(block.score, self.worth), load=load)


@dataclass(frozen=True)
class Scale:
    """By which powers of two worths and loads are multiplied."""

    worth: int
    load: int

    @classmethod
    def of(cls, problem: Problem) -> Self:
        """Return what brings the largest worth, and the largest load, near 1.

        Scores that are computed by block are judged by the first block.

        Raises
        ------
        InputError
            E_RANGE where numbers are too large or too small for any scale, or with fairness; where
            loads are too far apart to be added up in one.
        """
        worth, load, least_load = _sizes(problem)
        low, high = _told_apart(problem.fairness)
        for name, value, least, most in (
            ("scores", worth, low, high),
            ("load", load or 0.0, *_told_apart(0.0)),
        ):
            if value and not least <= value <= most:
                size = "small" if value < least else "large"
                message = f"the largest of {name} is {value:g}, too {size} to tell sums apart"
                remedy = "bring all of them, and what they are compared with, to about 1"
                raise InputError(Finding("E_RANGE", message, remedy, "solve", column=name))
        if load and least_load * SPAN_OF_LOADS < load:
            message = f"loads from {least_load:g} to {load:g} are too far apart to be added up"
            span = f"the largest may be {SPAN_OF_LOADS:g} times the least"
            remedy = f"give 0 to what weighs nothing; {span}"
            raise InputError(Finding("E_RANGE", message, remedy, "solve", column="load"))
        return cls(0 if is_concave(problem) else _power(worth), _power(load or 0.0))

    def apply(self, problem: Problem) -> Problem:
        """Return the problem with its worths and loads multiplied."""
        if self == Scale(0, 0):
            return problem
        pairs = problem.reciprocal
        if pairs is not None:
            pairs = replace(
                pairs,
                score_a=np.ldexp(pairs.score_a, self.worth),
                score_b=np.ldexp(pairs.score_b, self.worth),
                load_a=np.ldexp(pairs.load_a, self.load),
                load_b=np.ldexp(pairs.load_b, self.load),
            )
        return replace(
            problem,
            scores=ScaledScores(problem.scores, self.worth, self.load),
            capacity=np.ldexp(problem.capacity, self.load),
            needs=None if problem.needs is None else np.ldexp(problem.needs, self.worth),
            redundancy=float(np.ldexp(problem.redundancy, self.worth)),
            reciprocal=pairs,
            rules=tuple(
                replace(rule, most=np.ldexp(rule.most, self.load))
                if isinstance(rule, Limit) and rule.unit is Unit.LOAD
                else rule
                for rule in problem.rules
            ),
        )

    def undo(self, solution: Solution) -> Solution:
        """Return the solution of the problem as it was."""
        if self == Scale(0, 0):
            return solution
        return replace(
            solution,
            objective=self._worth(solution.objective),
            bounds=Bounds(self._worth(solution.bounds.primal), self._worth(solution.bounds.dual)),
            prices=np.ldexp(solution.prices, self.load - self.worth),
            duals=tuple(map(self._dual, solution.duals)),
            dual_bound=self._worth(solution.dual_bound),
            tiers=tuple(
                replace(tier, value=self._worth(tier.value), bound=self._worth(tier.bound))
                if tier.name == "least"
                else tier
                for tier in solution.tiers
            ),
        )

    def _worth(self, value: float) -> float:
        return float(np.ldexp(value, -self.worth))

    def _dual(self, row: DualRow) -> DualRow:
        load = self.load if row.kind in ("capacity", "pool") else 0
        dual = float(np.ldexp(row.dual, load - self.worth))
        return replace(row, rhs=float(np.ldexp(row.rhs, -load)), dual=dual)


def _told_apart(fairness: Fairness) -> tuple[float, float]:
    """Return between which sizes the largest worth must be."""
    if isinstance(fairness, str) or fairness == 0:
        return SMALLEST_LARGEST, LARGEST
    least, most = CONCAVE_LARGEST
    if fairness > 1:
        most = min(most, FAIRNESS_OFFSET * 10 ** (DIGITS_OF_UTILITY / (fairness - 1)))
    return least, most


def _sizes(problem: Problem) -> tuple[float, float | None, float]:
    """Return the largest worth and, where matches have loads, the largest and the least of them."""
    source = problem.scores
    computed = isinstance(source, ArrayScores) and isinstance(source.scores, ComputedMatrix)
    worth = max(problem.redundancy, _size(problem.needs))
    load: float | None = None
    least = np.inf
    listed = listed_pairs(source)
    if listed is not None:
        worth = max(worth, _size(listed.data))
    for rows in problem.blocks() if listed is None else ():
        block = source.block(rows)
        worth = max(worth, _size(block.score))
        if block.load is not None:
            load, least = max(load or 0.0, _size(block.load)), min(least, _least(block.load))
        if computed:
            break
    if (pairs := problem.reciprocal) is not None:
        worth = max(worth, _size(pairs.score_a), _size(pairs.score_b))
        if load is not None:
            loads = np.concatenate([pairs.load_a, pairs.load_b])
            load, least = max(load, _size(loads)), min(least, _least(loads))
    return worth, load, least


def _size(values: Floats | None) -> float:
    """Return the largest finite number, whatever its sign."""
    if values is None:
        return 0.0
    known = np.isfinite(values)
    return float(np.abs(values, where=known, out=np.zeros(values.shape)).max(initial=0.0))


def _least(loads: Floats) -> float:
    """Return the least load that is one."""
    return float(np.min(loads, where=np.isfinite(loads) & (loads > 0), initial=np.inf))


def _power(largest: float) -> int:
    """Return the power of two that brings a number near 1, 0 where it is near enough."""
    power = -int(np.frexp(largest)[1])
    return 0 if largest == 0 or abs(power) <= USUAL else power
