"""What published duals charge: costs of items and bonuses of portfolio sizes.

The bound is ``sum_r b_r y_r + sum_i max_S [U(V_i(S)) + kept bonuses - sum_r a_r(i, S) y_r]``. The
coefficients a_r and right-hand sides b_r are taken from the problem, never from the published rows:
only the duals y_r are believed, and any duals of the right sign give a valid bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from matcher.checker.constraints import fault
from matcher.problem.rules.max_matches import MaxMatches
from matcher.problem.rules.mentor_minimum import MentorMinimum
from matcher.problem.rules.one_role import OneRole
from matcher.problem.rules.pools import Pools
from matcher.problem.rules.sponsorship_limit import SponsorshipLimit

if TYPE_CHECKING:
    from matcher.checker.certificate_line import Line
    from matcher.errors import Finding
    from matcher.problem.problem import Floats, Ints, Problem

TOLERANCE = 1e-9
"""Duals of the wrong sign within this are taken as 0."""


@dataclass
class Charges:
    """Sum of all rows, ready for pricing."""

    constant: float
    """``sum_r b_r y_r``."""
    load_price: Floats
    """(m,) for each unit of load on a mentor."""
    sponsor_price: Floats
    """(m,) for each sponsorship of a mentor."""
    item_price: float
    """For each item of any kind."""
    side_price: tuple[Floats, Floats]
    """(r,) for side a and side b of each reciprocal pair."""
    size_bonus: Floats
    """(n, K + 1) by portfolio size; column 0 is 0."""
    pair_mentee: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    """(q,) one-way items with a price of their own, sorted by mentee."""
    pair_mentor: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    pair_price: Floats = field(default_factory=lambda: np.empty(0))


def charges_of(
    problem: Problem, rows: Sequence[Line], achieved: Sequence[tuple[str, float]]
) -> tuple[Charges, list[Finding]]:
    """Sum the rows of a certificate up; findings tell of rows that cannot be part of a proof.

    `achieved` are the tiers that the answer reaches: a tier may be held at no more than that.
    """
    ledger = _Ledger(problem, dict(achieved))
    for row in rows:
        ledger.add(row)
    return ledger.close(), ledger.findings


class _Ledger:
    def __init__(self, problem: Problem, achieved: dict[str, float]) -> None:
        n, m = problem.n_mentees, problem.n_mentors
        self.problem, self.achieved = problem, achieved
        self.findings: list[Finding] = []
        self.seen: set[tuple[str, str]] = set()
        self.constant, self.item_price = 0.0, 0.0
        self.load_price, self.sponsor_price = np.zeros(m), np.zeros(m)
        self.capacity_dual = np.zeros(m)
        pairs = 0 if problem.reciprocal is None else len(problem.reciprocal)
        self.reciprocal_dual = np.zeros(pairs)
        widest = int(problem.limit.max(initial=0))
        self.size_bonus = np.zeros((n, widest + 1))
        self.pairs: list[tuple[int, int, float]] = []

    def reject(self, row: Line, why: str) -> None:
        message = f"row {row.kind} {row.id} of the certificate {why}"
        self.findings.append(fault("C_BOUND", message, "certificate"))

    def add(self, row: Line) -> None:
        """Charge one row."""
        if not (np.isfinite(row.dual) and np.isfinite(row.rhs)):
            if row.dual != 0.0:
                self.reject(row, "is not finite")
            return
        if (row.kind, row.id) in self.seen:
            self.reject(row, "stands twice")
            return
        self.seen.add((row.kind, row.id))
        known = {
            "capacity": self._capacity,
            "pool": self._pool,
            "sponsorship": self._sponsorship,
            "max_matches": self._max_matches,
            "mentor_minimum": self._mentor_minimum,
            "reciprocal": self._reciprocal,
            "opposite": self._opposite,
            "tier": self._tier,
        }
        if row.kind in known:
            known[row.kind](row)
        elif row.dual != 0.0:
            self.reject(row, "is of a kind that cannot be re-proved")

    def _position(self, row: Line, count: int) -> int | None:
        if row.position is not None and 0 <= row.position < count:
            return row.position
        self.reject(row, "names nothing in the problem")
        return None

    def _charge(
        self, row: Line, rhs: float, low: float = 0.0, high: float = np.inf
    ) -> float | None:
        """Return the dual within its sign and add rhs times dual to the constant.

        `rhs` is the problem's own; a row that states another is rejected, and proves no more.
        """
        if abs(row.rhs - rhs) > TOLERANCE * max(1.0, abs(rhs)):
            self.reject(row, f"states {row.rhs:g} on its right, it is {rhs:g}")
        if not low - TOLERANCE <= row.dual <= high + TOLERANCE:
            self.reject(row, "has a dual of the wrong sign")
            return None
        dual = float(np.clip(row.dual, low, high))
        if dual == 0.0:
            return 0.0
        if not np.isfinite(rhs):
            self.reject(row, "has a price but no limit")
            return None
        self.constant += rhs * dual
        return dual

    def _capacity(self, row: Line) -> None:
        at = self._position(row, self.problem.n_mentors)
        if at is not None:
            dual = self._charge(row, float(self.problem.capacity[at])) or 0.0
            self.load_price[at] += dual
            self.capacity_dual[at] = dual

    def _pool(self, row: Line) -> None:
        pools = next(iter(self.problem.rules_of(Pools)), None)
        at = self._position(row, 0 if pools is None else len(pools.most))
        if at is not None and pools is not None:
            dual = self._charge(row, float(pools.most[at])) or 0.0
            self.load_price[pools.pool == at] += dual

    def _sponsorship(self, row: Line) -> None:
        rule = next(iter(self.problem.rules_of(SponsorshipLimit)), None)
        at = self._position(row, 0 if rule is None else len(rule.most))
        if at is not None and rule is not None:
            most = min(float(rule.most[at]), float(self.problem.n_mentees))
            self.sponsor_price[at] += self._charge(row, most) or 0.0

    def _max_matches(self, row: Line) -> None:
        rule = next(iter(self.problem.rules_of(MaxMatches)), None)
        self.item_price += self._charge(row, np.inf if rule is None else float(rule.most[0])) or 0.0

    def _mentor_minimum(self, row: Line) -> None:
        rule = next(iter(self.problem.rules_of(MentorMinimum)), None)
        at = self._position(row, 0 if rule is None else len(rule.least))
        if at is not None and rule is not None:
            self.load_price[at] += self._charge(row, float(rule.least[at]), -rule.each, 0.0) or 0.0

    def _reciprocal(self, row: Line) -> None:
        at = self._position(row, len(self.reciprocal_dual))
        if at is not None:
            self.reciprocal_dual[at] = row.dual

    def _opposite(self, row: Line) -> None:
        """``x_ab + x_ba <= 1`` for two people who are both mentee and mentor."""
        items = [item for item in row.items if self._exists(item)]
        if len(items) < 2 or not self._are_opposite(items):
            self.reject(row, "names no two opposite matches")
            return
        dual = self._charge(row, 1.0) or 0.0
        self.pairs.extend((i, j, dual) for i, j in items)

    def _exists(self, item: tuple[int, int]) -> bool:
        return 0 <= item[0] < self.problem.n_mentees and 0 <= item[1] < self.problem.n_mentors

    def _are_opposite(self, items: Sequence[tuple[int, int]]) -> bool:
        own = self.problem.person_mentor
        if own is None or len(items) != 2:
            return False
        (a, to), (b, back) = items
        return own[a] == back >= 0 and own[b] == to >= 0 and a != b

    def _tier(self, row: Line) -> None:
        name, _, level = row.id.partition(":")
        amount = self._tier_amount(name, level)
        if row.dual == 0.0:
            return
        if amount is None or row.id not in self.achieved:
            self.reject(row, "names no tier of the problem")
            return
        if row.rhs > self.achieved[row.id] + 1e-6 * max(1.0, abs(row.rhs)):
            reached = self.achieved[row.id]
            message = f"tier {row.id} is held at {row.rhs:g}, the answer reaches {reached:g}"
            self.findings.append(fault("C_TIER", message, "certificate"))
            return
        dual = self._charge(row, row.rhs, -np.inf, 0.0) or 0.0
        self.size_bonus -= dual * amount

    def _tier_amount(self, name: str, level: str) -> Floats | None:
        """Return what a portfolio of each size counts for in a tier: (n, K + 1)."""
        tiers = self.problem.tiers
        if tiers is None or not level.lstrip("-").isdigit():
            return None
        inside = (tiers.priority == int(level)).astype(np.float64)
        size = np.arange(self.size_bonus.shape[1])
        some = (size > 0).astype(np.float64)
        if name == "reached":
            return np.outer(inside, some)
        if name == "waited" and tiers.waiting is not None:
            return np.outer(inside * tiers.waiting, some)
        if name == "minimum" and tiers.minimum is not None:
            return np.asarray(inside[:, None] * np.minimum(size[None, :], tiers.minimum[:, None]))
        return None

    def close(self) -> Charges:
        """Add what depends on all rows together."""
        problem = self.problem
        for rule in problem.rules_of(OneRole):
            own = rule.own
            places = np.where(np.isfinite(problem.capacity), problem.capacity, 0.0)
            cost = np.where(own >= 0, (places * self.capacity_dual)[own], 0.0)
            self.size_bonus[:, 1:] -= cost[:, None]
        order = sorted(self.pairs)
        columns = np.array(order, dtype=np.float64).reshape(-1, 3)
        return Charges(
            self.constant,
            self.load_price,
            self.sponsor_price,
            self.item_price,
            (self.reciprocal_dual, -self.reciprocal_dual),
            self.size_bonus,
            columns[:, 0].astype(np.int64),
            columns[:, 1].astype(np.int64),
            columns[:, 2],
        )
