"""What published duals charge: costs of items and bonuses of portfolio sizes.

The bound is ``sum_r b_r y_r + sum_i max_S [U(V_i(S)) + kept bonuses - sum_r a_r(i, S) y_r]``. The
coefficients a_r and right-hand sides b_r are taken from the problem, never from the published rows:
only the duals y_r are believed, and any duals of the right sign give a valid bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matcher.checker.certificate import CertificateSum, Line
from matcher.checker.rules import CHECKED
from matcher.errors import Finding
from matcher.problem.problem import Floats, Ints, Problem


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
    pair_mentee: Ints
    """(q,) one-way items with a price of their own, sorted by mentee."""
    pair_mentor: Ints
    pair_price: Floats


def charges_of(
    problem: Problem, rows: Sequence[Line], achieved: Sequence[tuple[str, float]]
) -> tuple[Charges, list[Finding]]:
    """Sum the rows of a certificate up; findings tell of rows that cannot be part of a proof.

    `achieved` are the tiers that the answer reaches: a tier may be held at no more than that.
    """
    total = CertificateSum(problem, dict(achieved))
    for row in rows:
        _add(total, row)
    return _closed(total), total.findings


def _add(total: CertificateSum, row: Line) -> None:
    """Charge one row."""
    if not (np.isfinite(row.dual) and np.isfinite(row.rhs)):
        if row.dual != 0.0:
            total.reject(row, "is not finite")
        return
    if (row.kind, row.id) in total.seen:
        total.reject(row, "stands twice")
        return
    total.seen.add((row.kind, row.id))
    rule = next((rule for rule in CHECKED if rule.kind == row.kind), None)
    if rule is not None:
        rule.charge(total, row)
    elif row.dual != 0.0:
        total.reject(row, "is of a kind that cannot be re-proved")


def _closed(total: CertificateSum) -> Charges:
    """Add what depends on all rows together."""
    for rule in CHECKED:
        rule.close(total)
    order = sorted(total.pairs)
    columns = np.array(order, dtype=np.float64).reshape(-1, 3)
    return Charges(
        constant=total.constant,
        load_price=total.load_price,
        sponsor_price=total.sponsor_price,
        item_price=total.item_price,
        side_price=(total.reciprocal_dual, -total.reciprocal_dual),
        size_bonus=total.size_bonus,
        pair_mentee=columns[:, 0].astype(np.int64),
        pair_mentor=columns[:, 1].astype(np.int64),
        pair_price=columns[:, 2],
    )
