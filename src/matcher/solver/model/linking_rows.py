"""Linking rows of the master problem: what couples mentees, and what an item uses of each row.

Every row r reads ``sum_i a_r(i, S_i) <= b_r`` (or =, >=) and has a dual y_r of the right sign. All
rows live in one vector so that the dual step, the rounding and the certificate never need to know
which kinds of row a problem has.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from matcher.solver.solution import DualRow

if TYPE_CHECKING:
    from matcher.problem.problem import Floats, Ints, Problem

ROW_KINDS = (
    "capacity",
    "pool",
    "sponsorship",
    "max_matches",
    "mentor_minimum",
    "reciprocal",
    "tier",
    "opposite",
)

LARGEST_DUAL = 1e30
"""Pricing holds sums of duals in float32, whose largest number is 3e38. No price is as large, but
where nothing fits a step of the fit may be, by chance of the processor's rounding."""


@dataclass(frozen=True)
class TierRow:
    """A tier held at `target`: ``sum_i amount_i(|S_i|) >= target``."""

    name: str
    amount: Floats
    """(n, K + 1) what a portfolio of each size counts for."""
    target: float


@dataclass(frozen=True)
class PairRow:
    """At most one of some one-way items, such as two matches in opposite directions."""

    mentee: Ints
    mentor: Ints
    name: str


@dataclass(frozen=True)
class Rows:
    """All linking rows of a problem, in the order of `ROW_KINDS`."""

    problem: Problem
    max_size: int
    tiers: tuple[TierRow, ...] = ()
    opposite: tuple[PairRow, ...] = ()
    start: dict[str, int] = field(init=False)
    count: int = field(init=False)
    rhs: Floats = field(init=False)
    low: Floats = field(init=False)
    """Least value of each dual."""
    high: Floats = field(init=False)
    """Largest value of each dual."""

    def __post_init__(self) -> None:
        rhs = self._right_hand_sides()
        start, count = {}, 0
        for kind in ROW_KINDS:
            start[kind] = count
            count += len(rhs[kind])
        low = {kind: np.zeros(len(rhs[kind])) for kind in ROW_KINDS}
        high = {kind: np.full(len(rhs[kind]), np.inf) for kind in ROW_KINDS}
        low["reciprocal"][:] = -np.inf
        low["tier"][:], high["tier"][:] = -np.inf, 0.0
        low["mentor_minimum"][:], high["mentor_minimum"][:] = -self.problem.shortfall_penalty, 0.0
        put = object.__setattr__
        put(self, "start", start)
        put(self, "count", count)
        put(self, "rhs", np.concatenate([rhs[kind] for kind in ROW_KINDS]))
        put(self, "low", np.concatenate([low[kind] for kind in ROW_KINDS]))
        put(self, "high", np.concatenate([high[kind] for kind in ROW_KINDS]))

    def _right_hand_sides(self) -> dict[str, Floats]:
        problem = self.problem
        nothing = np.empty(0)
        minimum = problem.mentor_minimum if problem.shortfall_penalty > 0 else None
        limited = np.isfinite(problem.max_matches)
        return {
            "capacity": problem.capacity,
            "pool": nothing if problem.pool_capacity is None else problem.pool_capacity,
            "sponsorship": nothing
            if problem.sponsorship_limit is None
            else np.minimum(problem.sponsorship_limit, float(problem.n_mentees)),
            "max_matches": np.array([problem.max_matches]) if limited else nothing,
            "mentor_minimum": nothing if minimum is None else minimum,
            "reciprocal": np.zeros(0 if problem.reciprocal is None else len(problem.reciprocal)),
            "tier": np.array([tier.target for tier in self.tiers]),
            "opposite": np.ones(len(self.opposite)),
        }

    def within_range(self, y: Floats) -> Floats:
        """Return duals of the right signs, and no larger than arrays can hold."""
        low, high = np.maximum(self.low, -LARGEST_DUAL), np.minimum(self.high, LARGEST_DUAL)
        return np.clip(y, low, high)

    def without_tiers(self) -> Rows:
        """Return the rows with every tier's target at 0, so that any portfolios keep them."""
        tiers = tuple(replace(tier, target=0.0) for tier in self.tiers)
        return replace(self, tiers=tiers)

    def span(self, kind: str) -> slice:
        """Return where the rows of one kind stand."""
        position = ROW_KINDS.index(kind)
        stop = self.start[ROW_KINDS[position + 1]] if position + 1 < len(ROW_KINDS) else self.count
        return slice(self.start[kind], stop)

    def part(self, y: Floats, kind: str) -> Floats:
        """Return the duals of one kind."""
        return y[self.span(kind)]

    def has(self, kind: str) -> bool:
        """Whether the problem has rows of this kind."""
        return len(self.part(self.rhs, kind)) > 0

    def keeps(self, use: Floats, tolerance: float = 1e-7) -> bool:
        """Return whether total use (R,) keeps every row (mentor minima are soft)."""
        soft = self.span("mentor_minimum")
        over = np.where(self.high > 0, use - self.rhs, -np.inf)
        under = np.where(self.low < 0, self.rhs - use, -np.inf)
        over[soft], under[soft] = -np.inf, -np.inf
        scale = tolerance * np.maximum(1.0, np.abs(self.rhs))
        return bool(np.all(over <= scale) and np.all(under <= scale))

    def mentor_price(self, y: Floats) -> Floats:
        """Return what one unit of load costs with each mentor: (m,)."""
        price = self.part(y, "capacity").copy()
        if self.has("mentor_minimum"):
            price += self.part(y, "mentor_minimum")
        pool = self.problem.pool
        if pool is not None and self.has("pool"):
            price += np.where(pool >= 0, self.part(y, "pool")[pool], 0.0)
        return price

    def match_price(self, y: Floats) -> float:
        """Return what every item costs whatever the mentor."""
        return float(self.part(y, "max_matches").sum())

    def size_bonus(self, y: Floats, mentees: Ints) -> Floats:
        """Return what each size of portfolio earns from rows that count sizes: (b, K + 1)."""
        bonus = np.zeros((len(mentees), self.max_size + 1))
        for tier, dual in zip(self.tiers, self.part(y, "tier"), strict=True):
            bonus -= dual * tier.amount[mentees]
        problem = self.problem
        if problem.either is not None and problem.person_mentor is not None:
            own = np.where(problem.either, problem.person_mentor, -1)[mentees]
            cost = np.where(own >= 0, (problem.capacity * self.part(y, "capacity"))[own], 0.0)
            bonus[:, 1:] -= cost[:, None]
        return bonus

    def pair_costs(self, y: Floats) -> tuple[Ints, Ints, Floats]:
        """Return one-way items with a cost of their own: mentee, mentor, cost."""
        duals = self.part(y, "opposite")
        mentee = [row.mentee for row in self.opposite]
        mentor = [row.mentor for row in self.opposite]
        cost = [
            np.full(len(row.mentee), dual) for row, dual in zip(self.opposite, duals, strict=True)
        ]
        kept = self.problem.kept_pairs
        mentee.append(kept[:, 0])
        mentor.append(kept[:, 1])
        cost.append(np.full(len(kept), -self.problem.kept_bonus))
        return np.concatenate(mentee), np.concatenate(mentor), np.concatenate(cost)

    def incidence(
        self, mentee: Ints, members: Ints, load: Floats, sponsored: Floats
    ) -> sparse.csr_array:
        """Return what columns use of each row: (q, rows).

        Parameters
        ----------
        mentee
            (q,) whose column it is.
        members
            (q, K) item codes, -1 for none: a mentor, or m + side of a reciprocal pair.
        load, sponsored
            (q, K) of each member.
        """
        q, m = len(mentee), self.problem.n_mentors
        column, slot = np.nonzero(members >= 0)
        code = members[column, slot]
        is_side = code >= m
        mentor = self.mentor_of(code)
        amount = load[column, slot]
        parts = [(column, mentor + self.start["capacity"], amount)]
        if self.has("mentor_minimum"):
            parts.append((column, mentor + self.start["mentor_minimum"], amount))
        if self.has("pool") and self.problem.pool is not None:
            pool = self.problem.pool[mentor]
            inside = pool >= 0
            parts.append((column[inside], pool[inside] + self.start["pool"], amount[inside]))
        if self.has("sponsorship"):
            weight = sponsored[column, slot]
            used = weight > 0
            parts.append((column[used], mentor[used] + self.start["sponsorship"], weight[used]))
        if self.has("max_matches"):
            where = np.full(len(column), self.start["max_matches"])
            parts.append((column, where, np.ones(len(column))))
        if self.has("reciprocal") and self.problem.reciprocal is not None:
            count = len(self.problem.reciprocal)
            side = code[is_side] - m
            sign = np.where(side < count, 1.0, -1.0)
            parts.append((column[is_side], side % count + self.start["reciprocal"], sign))
        parts.extend(self._size_parts(mentee, members))
        parts.extend(self._opposite_parts(mentee[column], code, column))
        rows = np.concatenate([part[0] for part in parts])
        cols = np.concatenate([part[1] for part in parts])
        data = np.concatenate([part[2] for part in parts])
        return sparse.csr_array((data, (rows, cols)), shape=(q, self.count))

    def mentor_of(self, code: Ints) -> Ints:
        """Return the mentor of each item code; codes from m on are sides of reciprocal pairs."""
        m = self.problem.n_mentors
        if self.problem.reciprocal is None:
            return code
        sides = self.problem.reciprocal.sides[1]
        return np.where(code >= m, sides[np.maximum(code - m, 0)], code)

    def _size_parts(self, mentee: Ints, members: Ints) -> list[tuple[Ints, Ints, Floats]]:
        size = (members >= 0).sum(axis=1)
        every = np.arange(len(mentee))
        parts = []
        for number, tier in enumerate(self.tiers):
            amount = tier.amount[mentee, size]
            parts.append((every, np.full(len(mentee), self.start["tier"] + number), amount))
        problem = self.problem
        if problem.either is not None and problem.person_mentor is not None:
            own = np.where(problem.either, problem.person_mentor, -1)[mentee]
            some = (own >= 0) & (size > 0)
            parts.append(
                (every[some], own[some] + self.start["capacity"], problem.capacity[own[some]])
            )
        return parts

    def _opposite_parts(
        self, mentee: Ints, code: Ints, column: Ints
    ) -> list[tuple[Ints, Ints, Floats]]:
        m = self.problem.n_mentors
        if not self.opposite:
            return []
        keys = np.concatenate([row.mentee * m + row.mentor for row in self.opposite])
        number = np.repeat(np.arange(len(self.opposite)), [len(r.mentee) for r in self.opposite])
        order = np.argsort(keys, kind="stable")
        mine = np.where(code < m, mentee * m + code, -1)
        at = np.minimum(np.searchsorted(keys[order], mine), len(keys) - 1)
        hit = keys[order][at] == mine
        where = number[order][at[hit]] + self.start["opposite"]
        return [(column[hit], where, np.ones(len(where)))]

    def named(self, y: Floats) -> tuple[DualRow, ...]:
        """Return every row with its right-hand side and dual, for the certificate."""
        names = {
            "tier": [tier.name for tier in self.tiers],
            "opposite": [row.name for row in self.opposite],
            "max_matches": ["programme"],
        }
        rows: list[DualRow] = []
        for kind in ROW_KINDS:
            duals, rhs = self.part(y, kind), self.part(self.rhs, kind)
            ids = names.get(kind, [])[: len(duals)] or [str(k) for k in range(len(duals))]
            rows.extend(
                DualRow(kind, name, float(b), float(dual))
                for name, b, dual in zip(ids, rhs, duals, strict=True)
            )
        return tuple(rows)
