"""What mentees need and mentors offer, by facet: the arrays behind fit, network gain and coverage.

The need of a mentee on a facet is 1 where it is ticked (or falls linearly with the rank of the tick
where the config declares the column ordered), or the stated 0-5 over 5, whichever is larger; what
an audit shows lacking is added. A mentor's offer is 1 where ticked or the stated 0-5 over 5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from matcher.features.feature_columns import Items, items_of, numbers_of, separator_of
from matcher.vocabulary import FACET_GROUPS, FACETS, KNOWING_FACETS, Knowing

if TYPE_CHECKING:
    import pandas as pd

    from matcher.cohort.cohort import Cohort
    from matcher.config import Config
    from matcher.features.base import Bools, Floats

GROUP_COLUMNS = {
    "purpose": "purposes",
    "benefit": "benefits",
    "context": "contexts",
    "knowing": "knowing",
}
"""List column of each facet group."""

TOP = 5.0
"""Highest answer of the 0-5 columns need_* and offer_*."""

_FORM_OF = {facet: form for form, facets in KNOWING_FACETS.items() for facet in facets}


class AuditFindings(Protocol):
    """What features read of a network audit."""

    @property
    def gaps(self) -> Floats:
        """How much the audit shows lacking by facet, in [0, 1]: shape (n, 17)."""

    @property
    def has_audit(self) -> Bools:
        """Who has an audit: shape (n,)."""


def facet_names(config: Config) -> tuple[str, ...]:
    """Return the facets that count as needs and offers, in the order of the vocabulary."""
    groups = set(config.portfolio.facet_groups)
    return tuple(facet for facet in FACETS if facet.split(".")[0] in groups)


def need_matrix(cohort: Cohort, config: Config, audit: AuditFindings | None = None) -> Floats:
    """Return the raw needs of the mentees.

    Parameters
    ----------
    cohort, config
        Who asks for what, and which facets count.
    audit
        Network audit of the same cohort; where the config lets it feed the match, its gaps add
        ``audit.gap_need * gap``.

    Returns
    -------
    numpy.ndarray
        Needs >= 0 by `facet_names(config)`, a stated need of 5 being 1: shape (n, f). Rows of
        zeros where nothing is stated or found.
    """
    return all_needs(cohort, config, audit)[:, counted(config)]


def offer_matrix(cohort: Cohort, config: Config) -> Floats:
    """Return the offers of the mentors in [0, 1] by `facet_names(config)`: shape (m, f)."""
    return all_offers(cohort, config)[:, counted(config)]


def all_needs(cohort: Cohort, config: Config, audit: AuditFindings | None) -> Floats:
    """Return needs over every facet of the vocabulary: shape (n, 17)."""
    ordered = frozenset(config.input.ordered)
    stated_needs = _stated(cohort.mentees, "need", separator_of(config), ordered)
    if audit is None or not config.audit.feed_match:
        return stated_needs
    return stated_needs + config.audit.gap_need * np.asarray(audit.gaps, dtype=np.float64)


def all_offers(cohort: Cohort, config: Config) -> Floats:
    """Return offers over every facet of the vocabulary: shape (m, 17)."""
    return _stated(cohort.mentors, "offer", separator_of(config), frozenset())


def offers_stated(cohort: Cohort, config: Config, columns: tuple[str, ...] = ()) -> Bools:
    """Return which mentors said anything of what they offer, be it 0: shape (m,)."""
    wanted = columns or (*GROUP_COLUMNS.values(), *(f"offer_{form}" for form in Knowing))
    said = np.zeros(len(cohort.mentors), dtype=bool)
    for column in wanted:
        if column.startswith("offer_"):
            said |= ~np.isnan(numbers_of(cohort.mentors, column))
        else:
            said |= [bool(row) for row in items_of(cohort.mentors, column, separator_of(config))]
    return said


def counted(config: Config) -> list[int]:
    """Return the positions of the config's facets among all facets."""
    return [FACETS.index(facet) for facet in facet_names(config)]


def _stated(frame: pd.DataFrame, prefix: str, separator: str, ordered: frozenset[str]) -> Floats:
    out = np.zeros((len(frame), len(FACETS)))
    for group, column in GROUP_COLUMNS.items():
        rows = items_of(frame, column, separator)
        _add_ticks(out, group, rows, ranked=column in ordered)
    for form in Knowing:
        level = np.clip(numbers_of(frame, f"{prefix}_{form}") / TOP, 0.0, 1.0)
        place = FACETS.index(f"knowing.{form}")
        out[:, place] = np.fmax(out[:, place], level)
    return out


def _add_ticks(out: Floats, group: str, rows: list[Items], *, ranked: bool) -> None:
    place = {value: FACETS.index(f"{group}.{value}") for value in FACET_GROUPS[group]}
    for person, row in enumerate(rows):
        for rank, value in enumerate(row):
            facet = place.get(_FORM_OF.get(value, value) if group == "knowing" else value)
            if facet is not None:
                weight = 1.0 - rank / len(row) if ranked else 1.0
                out[person, facet] = max(out[person, facet], weight)
