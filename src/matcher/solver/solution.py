"""What a solver returns, whichever it was: no vendor object, status or exception leaks out."""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from matcher.problem.problem import Floats, Ints


class Reason(StrEnum):
    """How a solve ended."""

    OPTIMAL = "optimal"
    """The gap is within the tolerance."""
    FEASIBLE = "feasible"
    """A solution with a bound, not proven optimal."""
    NO_SOLUTION = "no_solution"
    """The limit came first."""
    INFEASIBLE = "infeasible"
    """Forced pairs and hard rules contradict each other."""


@dataclass(frozen=True)
class Termination:
    """Why the solver stopped: the reason, the limit that was hit if any, and a detail in words."""

    reason: Reason
    limit: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Bounds:
    """Objective (`primal`) and upper bound (`dual`) on the optimum, in units of welfare."""

    primal: float
    dual: float

    @property
    def gap(self) -> float:
        """``(dual - primal) / max(|dual|, |primal|)``, 0 if equal, inf without a bound."""
        if self.dual == self.primal:
            return 0.0
        scale = max(abs(self.dual), abs(self.primal))
        return float((self.dual - self.primal) / scale) if np.isfinite(scale) else np.inf


@dataclass(frozen=True)
class Tier:
    """One lexicographic goal: what was achieved and the best that is known to be possible."""

    name: str
    value: float
    bound: float


@dataclass(frozen=True)
class DualRow:
    """One linking row of the certificate: ``sum_i a(i, S_i) <= rhs`` (or =, >=) and its dual.

    ``kind`` is one of capacity, pool, sponsorship, max_matches, reciprocal, opposite, cut,
    mentor_minimum, tier. ``id`` says which: a mentor's position, a pool's, a pair's or a tier's
    name.
    """

    kind: str
    id: str
    rhs: float
    dual: float


@dataclass(frozen=True)
class Solution:
    """Portfolios with their proof."""

    pairs: Ints
    """(k, 2) mentee and mentor positions, sorted."""
    reciprocal: Ints
    """(k,) reciprocal pair that the item is a side of, -1 for one-way items."""
    objective: float
    bounds: Bounds
    termination: Termination
    prices: Floats
    """(m,) >= 0: what one more place of each mentor adds at most, beside the absolute gap."""
    duals: tuple[DualRow, ...] = ()
    """Every row of the dual bound; ``dual_bound`` can be re-proved from them."""
    dual_bound: float = np.inf
    bound_source: str = ""
    """Where ``bounds.dual`` comes from: `duals`, `flow`, or `cp-sat` (claimed, not re-proved)."""
    gap: float = np.inf
    """The published gap: of welfare, or with fairness of equally distributed equivalents."""
    tiers: tuple[Tier, ...] = ()
    method: str = ""
    iterations: int = 0
    seconds: float = 0.0
    statistics: dict[str, float] = field(default_factory=dict)
    """What the solver counted on its way: columns, pricing passes, seconds by phase."""
