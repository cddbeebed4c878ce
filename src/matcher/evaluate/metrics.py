"""Every metric of a match: its figure here, its meaning and its source in ``metrics.toml``.

The maths is in `quality` and `stability`. `match_metrics` makes one flat record of them, for
``summary.json``, ``bench.csv`` and reports.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from matcher.arrays import Bools, Floats, Ints
from matcher.evaluate import quality
from matcher.evaluate.stability import ScoreBlocks, Stability, pair_scores, pairwise_stability
from matcher.problem.told_facets import ToldFacets
from matcher.problem.value import facet_cover, utility
from matcher.text import words_beside

OWN_DEFINITION = "own definition"


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
    alphas: tuple[float, ...] = (1.0, 2.0)
    """Fairness levels at which welfare is reported beside the sum."""

    @property
    def n(self) -> int:
        """Number of mentees."""
        return len(self.values)

    @cached_property
    def load(self) -> Floats:
        """(m,) what each mentor carries."""
        return quality.mentor_loads(self.pairs, len(self.capacity), self.loads)

    @cached_property
    def cover(self) -> Floats | None:
        """(n, f) how far each facet is covered, None without facets."""
        if self.needs is None or self.offers is None or not self.needs.shape[1]:
            return None
        zeros = np.zeros(self.needs.shape)
        held = [zeros if one is None else one for one in (self.held_best, self.held_second)]
        return facet_cover(
            self.pairs, self.offers, held=(held[0], held[1]), second_cover=self.second_cover
        )

    @cached_property
    def unmet(self) -> float:
        """Mean need left uncovered."""
        if self.cover is None or self.needs is None:
            return np.nan
        return quality.unmet_need(self.needs, self.cover)

    @cached_property
    def met(self) -> dict[str, float]:
        """Share of all need that is covered, by facet."""
        if self.cover is None or self.needs is None:
            return {}
        told = ToldFacets.of(self.facets or [str(f) for f in range(self.needs.shape[1])])
        cover = told.cover(self.needs, self.cover)
        share = quality.coverage_by_facet(told.total(self.needs), cover).tolist()
        return dict(zip(told.names, share, strict=True))

    @cached_property
    def scored(self) -> Floats:
        """(k,) score of each match, those that are no number left out."""
        own = self.own_scores
        if own is None:
            own = np.empty(0) if self.scores is None else pair_scores(self.scores, self.pairs)
        return own[np.isfinite(own)]

    @cached_property
    def stability(self) -> Stability | None:
        """Blocking pairs, None without scores."""
        if self.scores is None:
            return None
        return pairwise_stability(
            self.scores,
            self.pairs,
            self.capacity,
            self.limit,
            own_scores=self.own_scores,
            loads=self.loads,
        )

    @cached_property
    def choices(self) -> dict[str, float]:
        """Matches that are a stated choice, by rank up to 3; ``served`` and ``people`` beside."""
        if self.preferences is None or not len(self.preferences[0]):
            return dict.fromkeys(("1", "2", "3", "served", "people"), np.nan)
        sayer, other, score = self.preferences
        rank, m = quality.stated_ranks(sayer, score), len(self.capacity)
        profile = quality.rank_profile(self.pairs, sayer, other, rank, m).tolist()
        chosen = np.isin(self.pairs @ [m, 1], sayer * m + other)
        return {
            **dict(zip("123", [*profile, 0, 0, 0], strict=False)),
            "served": len(np.unique(self.pairs[chosen, 0])),
            "people": len(np.unique(sayer)),
        }


class Definition(NamedTuple):
    """What a metric means and where it comes from, for pages and for people."""

    meaning: str
    source: str = OWN_DEFINITION


def definitions_beside(file: str, name: str) -> dict[str, Definition]:
    """Return the definitions in a TOML file beside a module, by name and in order."""
    return {metric: Definition(**said) for metric, said in words_beside(file, name).items()}


DEFINITIONS = definitions_beside(__file__, "metrics.toml")
"""Definitions of `match_metrics` by name; names with ``<...>`` stand for several."""

_FIGURES: dict[str, Callable[[MatchData], float | Mapping[str, float]]] = {
    "matched_share": lambda match: quality.matched_share(match.pairs, match.n),
    "mentors_per_mentee": lambda match: len(match.pairs) / match.n if match.n else np.nan,
    "mean_value": lambda match: match.values.mean() if match.n else np.nan,
    "min_value": lambda match: match.values.min() if match.n else np.nan,
    "worst_decile_value": lambda match: quality.worst_decile(match.values),
    "gini_value": lambda match: quality.gini(match.values),
    "welfare_alpha_<a>": lambda match: {
        f"{a:g}": utility(match.values, a).sum() for a in match.alphas
    },
    "coverage": lambda match: 1.0 - match.unmet,
    "unmet_need": lambda match: match.unmet,
    "coverage_<facet>": lambda match: match.met,
    "load_max": lambda match: match.load.max(initial=0.0),
    "load_gini": lambda match: quality.load_gini(match.load, match.capacity),
    "overload": lambda match: quality.overload(match.load, match.capacity),
    "mean_pair_score": lambda match: match.scored.mean() if len(match.scored) else np.nan,
    "blocking_pairs": lambda match: match.stability.blocking if match.stability else np.nan,
    "stability_rate": lambda match: match.stability.rate if match.stability else np.nan,
    "reciprocal_rate": lambda match: (
        np.nan if match.reciprocal is None or not len(match.pairs) else match.reciprocal.mean()
    ),
    "external_share": lambda match: (
        np.nan
        if match.mentee_place is None or match.mentor_place is None
        else quality.external_share(match.pairs, match.mentee_place, match.mentor_place)
    ),
    "redundancy_rate": lambda match: (
        np.nan
        if match.mentor_label is None
        else quality.redundancy_rate(match.pairs, match.mentor_label)
    ),
    "first_choice_share": lambda match: match.choices["1"] / match.choices["people"],
    "stated_choice_share": lambda match: match.choices["served"] / match.choices["people"],
    "rank_<k>": lambda match: {k: match.choices[k] for k in "123"},
}
"""The figure of each metric, or its figures by what stands for ``<...>``; nan where undefined."""


def match_metrics(match: MatchData) -> dict[str, float]:
    """Return every metric of a match as one flat record; undefined ones are nan.

    Parameters
    ----------
    match
        The match and what it is judged by.

    Returns
    -------
    dict
        Figures by name, in the order of `DEFINITIONS`.
    """
    found = dict[str, float]()
    for name in DEFINITIONS:
        figures = _FIGURES[name](match)
        several = figures if isinstance(figures, Mapping) else {"": figures}
        found |= {f"{name.partition('<')[0]}{key}": float(each) for key, each in several.items()}
    return found
