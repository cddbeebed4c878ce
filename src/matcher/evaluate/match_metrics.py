"""All metrics of one match as one flat record, for ``summary.json``, ``bench.csv`` and reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from matcher.evaluate import quality
from matcher.evaluate.stability import Stability, pair_scores, pairwise_stability

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matcher.evaluate.stability import ScoreBlocks

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


@dataclass(frozen=True)
class MatchData:
    """A match and what it is judged by; n mentees, m mentors, k matches, f facets.

    Only the first four are needed; a metric whose data are absent is missing.
    """

    pairs: Ints
    """(k, 2) positions of mentee and mentor; a reciprocal pair is two rows."""
    values: Floats
    """(n,) value of each portfolio, 0 if empty."""
    capacity: Floats
    """(m,) places, or the budget of loads."""
    limit: Ints
    """(n,) most mentors."""
    scores: Floats | ScoreBlocks | None = None
    """(n, m) pair scores, -inf where not allowed; blocks may say loads, see `stability`."""
    own_scores: Floats | None = None
    """(k,) what each match scores as it is, such as one side of a reciprocal pair."""
    loads: Floats | None = None
    """(k,) what each match uses of its mentor's capacity; 1 by default."""
    needs: Floats | None = None
    """(n, f) shares of need."""
    offers: Floats | None = None
    """(m, f) offers in [0, 1]."""
    held_best: Floats | None = None
    held_second: Floats | None = None
    """(n, f) offers that organic ties hold."""
    second_cover: float = 0.0
    facets: tuple[str, ...] = ()
    """Names of the facets."""
    reciprocal: Bools | None = None
    """(k,) which matches are one way of a reciprocal pair."""
    mentee_place: Ints | None = None
    mentor_place: Ints | None = None
    """(n,), (m,) codes of organisations, negative where unknown."""
    mentor_label: Ints | None = None
    """(m,) equal for like mentors, negative where unknown."""
    preferences: tuple[Ints, Ints, Floats] | None = None
    """Mentees' stated preferences: positions of mentee and mentor, and the score."""
    alphas: tuple[float, ...] = field(default=(1.0, 2.0))
    """Fairness levels at which welfare is reported beside the sum."""


def match_metrics(match: MatchData) -> dict[str, float]:
    """Return every metric that the data allow; undefined ones are nan.

    Names: `matched_share, mentors_per_mentee, mean_value, min_value, worst_decile_value,
    gini_value, welfare_alpha_<a>, mean_pair_score, coverage, unmet_need, coverage_<facet>,
    load_max, load_gini, overload, blocking_pairs, stability_rate, reciprocal_rate, external_share,
    redundancy_rate, first_choice_share, stated_choice_share, rank_1, rank_2, rank_3`.
    """
    found = _values(match)
    found |= _cover(match)
    found |= _load(match)
    found |= _stability(match)
    found |= _mix(match)
    found |= _ranks(match)
    return {name: float(value) for name, value in found.items()}


def _values(match: MatchData) -> dict[str, float]:
    values, n = match.values, len(match.values)
    found = {
        "matched_share": quality.matched_share(match.pairs, n),
        "mentors_per_mentee": len(match.pairs) / n if n else np.nan,
        "mean_value": float(values.mean()) if n else np.nan,
        "min_value": float(values.min()) if n else np.nan,
        "worst_decile_value": quality.worst_decile(values),
        "gini_value": quality.gini(values),
    }
    for alpha in match.alphas:
        found[f"welfare_alpha_{alpha:g}"] = quality.alpha_welfare(values, alpha)
    return found


def _cover(match: MatchData) -> dict[str, float]:
    if match.needs is None or match.offers is None or match.needs.shape[1] == 0:
        return {"coverage": np.nan, "unmet_need": np.nan}
    best, second = quality.best_offers(
        match.pairs, match.offers, len(match.values), match.held_best, match.held_second
    )
    cover = quality.facet_cover(best, second, match.second_cover)
    unmet = quality.unmet_need(match.needs, cover)
    by_facet = quality.coverage_by_facet(match.needs, cover)
    names = match.facets or tuple(str(k) for k in range(len(by_facet)))
    found = {"coverage": 1.0 - unmet, "unmet_need": unmet}
    return found | {
        f"coverage_{name}": float(share) for name, share in zip(names, by_facet, strict=True)
    }


def _load(match: MatchData) -> dict[str, float]:
    load = quality.mentor_loads(match.pairs, len(match.capacity), match.loads)
    return {
        "load_max": float(load.max(initial=0.0)),
        "load_gini": quality.load_gini(load, match.capacity),
        "overload": quality.overload(load, match.capacity),
    }


def _stability(match: MatchData) -> dict[str, float]:
    if match.scores is None:
        return {"mean_pair_score": np.nan, "blocking_pairs": np.nan, "stability_rate": np.nan}
    found: Stability = pairwise_stability(
        match.scores,
        match.pairs,
        match.capacity,
        match.limit,
        own_scores=match.own_scores,
        loads=match.loads,
    )
    own = pair_scores(match.scores, match.pairs) if match.own_scores is None else match.own_scores
    own = own[np.isfinite(own)]
    return {
        "mean_pair_score": float(own.mean()) if len(own) else np.nan,
        "blocking_pairs": found.blocking,
        "stability_rate": found.rate,
    }


def _mix(match: MatchData) -> dict[str, float]:
    found = {"reciprocal_rate": np.nan, "external_share": np.nan, "redundancy_rate": np.nan}
    if match.reciprocal is not None and len(match.pairs):
        found["reciprocal_rate"] = float(match.reciprocal.mean())
    if match.mentee_place is not None and match.mentor_place is not None:
        found["external_share"] = quality.external_share(
            match.pairs, match.mentee_place, match.mentor_place
        )
    if match.mentor_label is not None:
        found["redundancy_rate"] = quality.redundancy_rate(match.pairs, match.mentor_label)
    return found


def _ranks(match: MatchData) -> dict[str, float]:
    names = ("first_choice_share", "stated_choice_share", "rank_1", "rank_2", "rank_3")
    if match.preferences is None or len(match.preferences[0]) == 0:
        return dict.fromkeys(names, np.nan)
    sayer, other, score = match.preferences
    rank = quality.stated_ranks(sayer, other, score)
    profile = quality.rank_profile(match.pairs, sayer, other, rank, len(match.capacity))
    people = len(np.unique(sayer))
    counts = [float(profile[k]) if k < len(profile) else 0.0 for k in range(3)]
    said = set(zip(sayer.tolist(), other.tolist(), strict=True))
    served = {i for i, j in match.pairs.tolist() if (i, j) in said}
    return dict(zip(names, (counts[0] / people, len(served) / people, *counts), strict=True))
