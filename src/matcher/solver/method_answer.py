"""What a method hands back before it is put into a `Solution`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matcher.problem.problem import Assignment, Floats
    from matcher.solver.solution import DualRow, Tier


@dataclass(frozen=True)
class MethodAnswer:
    """What a method found, before it is put into a `Solution`."""

    assignment: Assignment | None
    bound: float = np.inf
    source: str = ""
    duals: tuple[DualRow, ...] = ()
    dual_bound: float = np.inf
    prices: Floats | None = None
    tier_bounds: Mapping[str, float] | None = None
    iterations: int = 0
    detail: str = ""
    statistics: Mapping[str, float] | None = None
    extra_tiers: tuple[Tier, ...] = ()
    """Tiers of the method's own, such as the least value of max-min."""
    is_proof: bool = True
    """Whether no assignment means that there is none."""
