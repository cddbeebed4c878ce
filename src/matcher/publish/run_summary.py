"""The figures of a run: `summary.json`."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from matcher.evaluate import instance_group_gaps, instance_metrics
from matcher.explain.unplaced import Unplaced
from matcher.explain.unplaced.conflict_words import conflicts_of
from matcher.problem.problem import Floats
from matcher.publish.matched_pairs import MatchedPairs
from matcher.run_tables import SUMMARY, check_declared


def summary_of(
    pairs: MatchedPairs, unplaced: Mapping[int, Unplaced], keeping_cost: float | None
) -> dict[str, Any]:
    """Return the figures of a run by the keys of ``summary.json``; what is not finite is None.

    Parameters
    ----------
    pairs
        The matches.
    unplaced
        Why each of those who wait has no mentor, by position.
    keeping_cost
        Welfare given up for the pairs of an earlier run; None where that is not known.
    """
    solution, problem = pairs.solution, pairs.instance.problem
    figures = {
        "status": solution.termination.reason.name,
        "detail": solution.termination.detail,
        "objective": _finite(solution.objective),
        "bound": _finite(solution.bounds.dual),
        "bound_source": solution.bound_source,
        "dual_bound": _finite(solution.dual_bound),
        "gap": _finite(solution.gap),
        "tiers": [
            {"name": tier.name, "value": _finite(tier.value), "bound": _finite(tier.bound)}
            for tier in solution.tiers
        ],
        "n_mentees": problem.n_mentees,
        "n_mentors": problem.n_mentors,
        "n_matched_mentees": int((pairs.size > 0).sum()),
        "n_serve_as_mentor": int((pairs.serves & (pairs.size == 0)).sum()),
        "n_matches": len(pairs.mentee),
        "n_reciprocal_pairs": int(pairs.is_reciprocal.sum()) // 2,
        "seconds": round(float(solution.seconds), 3),
        "method": solution.method,
        "as_of": pairs.instance.cohort.as_of.isoformat(),
        "metrics": _metrics(pairs),
        "prices": _prices(pairs),
        "conflicts": conflicts_of(pairs.instance, unplaced),
        **_changes(pairs, keeping_cost),
    }
    check_declared(SUMMARY, figures)
    return figures


def _metrics(pairs: MatchedPairs) -> dict[str, Any]:
    """Return quality metrics and the cover of needs before and after the match."""
    needs, (before, after) = pairs.instance.needs, pairs.cover
    found: dict[str, Any] = {
        name: _finite(value)
        for name, value in instance_metrics(pairs.instance, pairs.assignment).items()
    }
    known = np.array(pairs.instance.needs_stated, dtype=bool)
    found["coverage_before"] = _mean((needs * before).sum(axis=1)[known])
    found["coverage_after"] = _mean((needs * after).sum(axis=1)[known])
    with np.errstate(divide="ignore", invalid="ignore"):
        met = [(needs * cover).sum(axis=0) / needs.sum(axis=0) for cover in (before, after)]
    found["coverage_by_facet"] = {
        facet: {"before": _finite(held), "after": _finite(reached)}
        for facet, held, reached in zip(pairs.instance.facets, *met, strict=True)
    }
    gaps = instance_group_gaps(pairs.instance, pairs.assignment)
    found["groups"] = [
        {name: _finite(cell) if isinstance(cell, float) else cell for name, cell in row.items()}
        for row in gaps.to_dict("records")
    ]
    return found


def _mean(values: Floats) -> float | None:
    """Return the mean over those who stated a need, None where nobody did."""
    return float(values.mean()) if len(values) else None


def _prices(pairs: MatchedPairs) -> dict[str, float | None]:
    """Return what a place with each mentor is worth at the margin, dearest first; 0 is left out."""
    ids, price = pairs.instance.cohort.mentor_index.ids, pairs.solution.prices
    dearest = np.argsort(-price, kind="stable")
    return {ids[j]: _finite(price[j]) for j in dearest[price[dearest] > 0].tolist()}


def _changes(pairs: MatchedPairs, keeping_cost: float | None) -> dict[str, Any]:
    """Return what became of the pairs of an earlier run."""
    carried = pairs.instance.carried
    if carried is None:
        return {}
    m = max(1, pairs.instance.problem.n_mentors)
    kept = int(np.isin(carried.pairs @ [m, 1], pairs.mentee * m + pairs.mentor).sum())
    return {
        "previous": {
            "kept": kept,
            "changed": len(carried.pairs) - kept,
            "no_longer_possible": carried.lost,
            "cost": keeping_cost,
        }
    }


def _finite(value: float) -> float | None:
    """Return a finite float, or None: JSON has no words for the others."""
    return float(value) if np.isfinite(value) else None
