"""How mentors of one mentee are ranked: what choosing a mentor needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matcher.tune.verdict import interval

if TYPE_CHECKING:
    from matcher.features.base import Bools, Floats, Positions

ENOUGH = 50
"""Comparisons within mentees from which they can refute what is gained pooled."""


@dataclass(frozen=True)
class Within:
    """Two scores within mentees.

    Pooled AUC also rewards telling easy mentees from hard ones, which helps nobody choose.
    """

    default: float
    """Share of (success, failure) pairs of one mentee that are ranked right; ties count half."""
    tuned: float
    comparisons: int
    """Pairs of a success and a failure of one mentee."""
    tuned_low: float
    """95 % interval of `tuned`, by a bootstrap of mentees."""
    tuned_high: float
    gain_low: float
    """95 % interval of what tuning adds."""
    gain_high: float

    @property
    def is_told(self) -> bool:
        """Whether there are enough comparisons to say anything."""
        return self.comparisons >= ENOUGH


def within_mentees(
    mentee: Positions,
    success: Bools,
    default: Floats,
    tuned: Floats,
    rng: np.random.Generator,
    draws: int,
) -> Within | None:
    """Compare two scores within mentees, None where no mentee has both outcomes."""
    before, total = _ranked_right(mentee, success, default)
    after, _ = _ranked_right(mentee, success, tuned)
    if not len(total):
        return None
    drawn = rng.integers(0, len(total), (draws, len(total)))
    sizes = total[drawn].sum(axis=1)
    bounds = [interval(part[drawn].sum(axis=1) / sizes) for part in (after, after - before)]
    n = float(total.sum())
    shares = float(before.sum()) / n, float(after.sum()) / n
    return Within(*shares, int(n), *(float(end) for ends in bounds for end in ends))


def _ranked_right(group: Positions, success: Bools, score: Floats) -> tuple[Floats, Floats]:
    """Return for each group with both outcomes how many pairs are ranked right, and how many."""
    found = []
    order = np.argsort(group, kind="stable")
    cuts = np.flatnonzero(np.diff(group[order])) + 1
    for rows in np.split(order, cuts):
        good, bad = score[rows[success[rows]]], score[rows[~success[rows]]]
        ahead = good[:, None] - bad[None, :]
        if ahead.size:
            right = float((ahead > 0).sum() + 0.5 * (ahead == 0).sum())
            found.append((right, float(ahead.size)))
    table = np.array(found, dtype=np.float64).reshape(-1, 2)
    return table[:, 0], table[:, 1]
