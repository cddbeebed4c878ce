"""Tiers as linking rows: what each counts, and the assignment from which their targets come."""

from collections.abc import Mapping

import numpy as np

from matcher.problem.problem import Floats, Problem, Tiers
from matcher.solver.model.linking_rows import TierRow


def tier_amounts(tiers: Tiers, max_size: int) -> list[tuple[str, Floats]]:
    """Return name and amount (n, K + 1) by portfolio size of every tier, most important first."""
    sizes = np.arange(max_size + 1)
    reached = np.broadcast_to(sizes > 0, (len(tiers.priority), max_size + 1)).astype(np.float64)
    parts = [("reached", reached)]
    if tiers.waiting is not None:
        parts.append(("waited", reached * tiers.waiting[:, None]))
    if tiers.minimum is not None:
        parts.append(("minimum", np.minimum(sizes[None, :], tiers.minimum[:, None]) * 1.0))
    levels = np.unique(tiers.priority)
    return [
        (f"{name}:{level}", amount * (tiers.priority == level)[:, None])
        for name, amount in parts
        for level in levels.tolist()
    ]


def tier_rows(problem: Problem, max_size: int, targets: Mapping[str, float]) -> tuple[TierRow, ...]:
    """Return the tiers held at `targets`; tiers that are not named are left out."""
    if problem.tiers is None:
        return ()
    amounts = tier_amounts(problem.tiers, max_size)
    return tuple(
        TierRow(name, amount, float(targets[name])) for name, amount in amounts if name in targets
    )
