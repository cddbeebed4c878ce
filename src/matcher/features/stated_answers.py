"""What people answered, as features read it: by facet of the vocabulary, and by feature block.

The need of a mentee on a facet is 1 where it is ticked (or falls linearly with the rank of the tick
where the config declares the column ordered), or the stated 0-5 over 5, whichever is larger; what
an audit shows lacking is added. A mentor's offer is 1 where ticked or the stated 0-5 over 5.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Floats
from matcher.cohort.cohort import Cohort
from matcher.config import Config, FeatureConfig
from matcher.config.feature_kinds import Option, kind_of
from matcher.features import feature_columns
from matcher.vocabulary import FACET_GROUPS, FACETS, KNOWING_FACETS, Knowing

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


@dataclass(frozen=True)
class StatedFacets:
    """What p people of one side said of the facets of the vocabulary."""

    level: Floats
    """Need or offer in [0, 1], 0 where nothing was said: shape (p, 17)."""
    said: Mapping[str, Bools]
    """By column who answered it, be it with 0: shape (p,) each."""

    def said_any(self, columns: tuple[str, ...] = ()) -> Bools:
        """Return who answered any of the columns, all of them if none is named: shape (p,)."""
        answered: Bools = np.zeros(len(self.level), dtype=bool)
        for column in columns or self.said:
            np.logical_or(answered, self.said.get(column, answered), out=answered)
        return answered

    def facets_of(self, person: int) -> frozenset[str]:
        """Return the facets that one person, by position, needs or offers at all."""
        return frozenset(FACETS[k] for k in np.flatnonzero(self.level[person]))


@dataclass(frozen=True)
class FacetAnswers:
    """Needs of n mentees and offers of m mentors over every facet of the vocabulary."""

    mentees: StatedFacets
    mentors: StatedFacets
    needs: Floats
    """Stated needs with what an audit shows lacking: shape (n, 17)."""

    @property
    def offers(self) -> Floats:
        """Offers in [0, 1]: shape (m, 17)."""
        return self.mentors.level


@dataclass(frozen=True)
class BlockAnswers:
    """One feature of the config over a cohort of n mentees and m mentors.

    Parameters
    ----------
    block
        The feature's block.
    cohort, config
        Who is compared, and the whole config.
    facets
        Needs and offers by facet, read once for all features.
    audit
        Network audit of the mentees, if there is one.
    """

    block: FeatureConfig
    cohort: Cohort
    config: Config
    facets: FacetAnswers
    audit: AuditFindings | None = None

    @property
    def options(self) -> Mapping[str, Option]:
        """Options of the kind: those of the block over the defaults."""
        return {**kind_of(self.block.kind).options, **self.block.options}

    def items(
        self, mentee: str, mentor: str = ""
    ) -> tuple[list[feature_columns.Items], list[feature_columns.Items]]:
        """Return the items of a column, folded, of each mentee (n) and of each mentor (m)."""
        columns = mentee, mentor or mentee
        separator = feature_columns.separator_of(self.config)
        ours, theirs = (
            feature_columns.items_of(frame, column, separator)
            for frame, column in zip(self._frames, columns, strict=True)
        )
        return ours, theirs

    def ticked(
        self, mentee: Sequence[str], mentor: Sequence[str]
    ) -> tuple[list[feature_columns.Items], list[feature_columns.Items]]:
        """Return each person's items of several list columns together, sorted."""
        separator = feature_columns.separator_of(self.config)
        ours, theirs = self._frames
        return feature_columns.union_of(ours, mentee, separator), feature_columns.union_of(
            theirs, mentor, separator
        )

    def numbers(self, mentee: str, mentor: str = "") -> tuple[Floats, Floats]:
        """Return a column as numbers with NaN where missing: shapes (n,) and (m,)."""
        ours, theirs = self._frames
        return feature_columns.numbers_of(ours, mentee), feature_columns.numbers_of(
            theirs, mentor or mentee
        )

    def texts(self, mentee: Sequence[str], mentor: Sequence[str]) -> tuple[list[str], list[str]]:
        """Return each person's columns as one text, empty where unanswered."""
        ours, theirs = self._frames
        return feature_columns.texts_of(ours, mentee), feature_columns.texts_of(theirs, mentor)

    @property
    def _frames(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        return self.cohort.mentees, self.cohort.mentors


def read_facets(cohort: Cohort, config: Config, audit: AuditFindings | None = None) -> FacetAnswers:
    """Read what everybody needs and offers.

    Parameters
    ----------
    cohort, config
        Who asks for what, and which columns hold a ranking.
    audit
        Network audit of the same cohort; where the config lets it feed the match, its gaps add
        ``audit.gap_need * gap``.
    """
    separator, ordered = feature_columns.separator_of(config), frozenset(config.input.ordered)
    mentees = stated_facets(cohort.mentees, "need", separator, ordered)
    needs = mentees.level
    if audit is not None and config.audit.feed_match:
        needs = needs + config.audit.gap_need * np.asarray(audit.gaps, dtype=np.float64)
    return FacetAnswers(mentees, stated_facets(cohort.mentors, "offer", separator), needs)


def stated_facets(
    people: pd.DataFrame,
    prefix: Literal["need", "offer"],
    separator: str = ";",
    ordered: frozenset[str] = frozenset(),
) -> StatedFacets:
    """Return what the people of one table ticked and rated.

    Parameters
    ----------
    people
        Table `mentees` or `mentors`, p rows.
    prefix
        Of the columns with a number from 0 to 5 for each form of knowing.
    separator
        Between the items of a cell that was read as text.
    ordered
        List columns in which the order of ticks is a ranking.
    """
    level, said = np.zeros((len(people), len(FACETS))), {}
    for group, column in GROUP_COLUMNS.items():
        rows = feature_columns.items_of(people, column, separator)
        said[column] = feature_columns.stated(rows)
        _add_ticks(level, group, rows, ranked=column in ordered)
    for form in Knowing:
        number, place = (
            feature_columns.numbers_of(people, f"{prefix}_{form}"),
            FACETS.index(f"knowing.{form}"),
        )
        said[f"{prefix}_{form}"] = ~np.isnan(number)
        level[:, place] = np.fmax(level[:, place], np.clip(number / TOP, 0.0, 1.0))
    return StatedFacets(level, said)


def facet_names(config: Config) -> tuple[str, ...]:
    """Return the facets that count as needs and offers, in the order of the vocabulary.

    Parameters
    ----------
    config
        Its `portfolio.facet_groups` says which groups count.
    """
    groups = set(config.portfolio.facet_groups)
    return tuple(facet for facet in FACETS if facet.split(".")[0] in groups)


def counted_facets(config: Config) -> list[int]:
    """Return the positions of the config's facets among all facets of the vocabulary."""
    return [FACETS.index(facet) for facet in facet_names(config)]


def _add_ticks(out: Floats, group: str, rows: list[feature_columns.Items], *, ranked: bool) -> None:
    place = {value: FACETS.index(f"{group}.{value}") for value in FACET_GROUPS[group]}
    for person, row in enumerate(rows):
        for rank, value in enumerate(row):
            facet = place.get(_FORM_OF.get(value, value) if group == "knowing" else value)
            if facet is not None:
                weight = 1.0 - rank / len(row) if ranked else 1.0
                out[person, facet] = max(out[person, facet], weight)
