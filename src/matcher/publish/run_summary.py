"""The figures of a run: `summary.json`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from matcher.evaluate import instance_group_gaps, instance_metrics
from matcher.explain.unplaced.totals import conflicts_of

if TYPE_CHECKING:
    from matcher.problem.problem import Floats
    from matcher.publish.answer import Answer


def summary_of(answer: Answer) -> dict[str, Any]:
    """Return the keys of DESIGN section 7; numbers that are not finite are None."""
    solution, problem = answer.solution, answer.instance.problem
    return {
        "status": solution.termination.reason.name,
        "detail": solution.termination.detail,
        "objective": number(solution.objective),
        "bound": number(solution.bounds.dual),
        "bound_source": solution.bound_source,
        "dual_bound": number(solution.dual_bound),
        "gap": number(solution.gap),
        "tiers": [
            {"name": tier.name, "value": number(tier.value), "bound": number(tier.bound)}
            for tier in solution.tiers
        ],
        "n_mentees": problem.n_mentees,
        "n_mentors": problem.n_mentors,
        "n_matched_mentees": int((answer.size > 0).sum()),
        "n_serve_as_mentor": int((answer.serves & (answer.size == 0)).sum()),
        "n_matches": len(answer.mentee),
        "n_reciprocal_pairs": int(answer.is_reciprocal.sum()) // 2,
        "seconds": round(float(solution.seconds), 3),
        "method": solution.method,
        "as_of": answer.instance.cohort.as_of.isoformat(),
        "metrics": metrics_of(answer),
        "prices": _prices(answer),
        "conflicts": conflicts_of(answer.instance, answer.unplaced),
        **_changes(answer),
    }


def metrics_of(answer: Answer) -> dict[str, Any]:
    """Return quality metrics and the cover of needs before and after the match."""
    needs, (before, after) = answer.instance.needs, answer.cover
    found: dict[str, Any] = {
        name: number(value)
        for name, value in instance_metrics(answer.instance, answer.assignment).items()
    }
    known = np.array(answer.instance.needs_stated, dtype=bool)
    found["coverage_before"] = _mean((needs * before).sum(axis=1)[known])
    found["coverage_after"] = _mean((needs * after).sum(axis=1)[known])
    total = needs.sum(axis=0)
    met = (needs * before).sum(axis=0), (needs * after).sum(axis=0)
    found["coverage_by_facet"] = {
        facet: {
            "before": number(_share(met[0][k], total[k])),
            "after": number(_share(met[1][k], total[k])),
        }
        for k, facet in enumerate(answer.instance.facets)
    }
    gaps = instance_group_gaps(answer.instance, answer.assignment)
    found["groups"] = [
        {name: number(cell) if isinstance(cell, float) else cell for name, cell in row.items()}
        for row in gaps.to_dict("records")
    ]
    return found


def _mean(values: Floats) -> float | None:
    """Return the mean over those who stated a need, None where nobody did."""
    return float(values.mean()) if len(values) else None


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else math.nan


def _prices(answer: Answer) -> dict[str, float | None]:
    """Return what a place with each mentor is worth at the margin, dearest first; 0 is left out."""
    ids, price = answer.instance.cohort.mentor_index.ids, answer.solution.prices
    dearest = np.argsort(-price, kind="stable")
    return {ids[j]: number(price[j]) for j in dearest[price[dearest] > 0].tolist()}


def _changes(answer: Answer) -> dict[str, Any]:
    """Return what became of the pairs of an earlier run."""
    carried = answer.instance.carried
    if carried is None:
        return {}
    m = max(1, answer.instance.problem.n_mentors)
    kept = int(np.isin(carried.pairs @ [m, 1], answer.mentee * m + answer.mentor).sum())
    return {
        "previous": {
            "kept": kept,
            "changed": len(carried.pairs) - kept,
            "no_longer_possible": carried.lost,
            "cost": answer.keeping_cost,
        }
    }


def number(value: float) -> float | None:
    """Return a finite float, or None: JSON has no words for the others."""
    return float(value) if np.isfinite(value) else None
