"""What people answered, as features read it: by facet of the vocabulary, and by feature block.

A mentee's need of a facet is 1 where it is ticked, or falls linearly with the rank of the tick
where the config declares the column ordered; what an audit shows lacking is added. A mentor's offer
is 1 where ticked. Facets of knowing may be answered one by one or as a whole form, in words or by a
number from 0 to 5: `StatedFacets` says what that comes to. A programme's own facets follow those of
the vocabulary in every array; a group about which one side was not asked counts nowhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Floats
from matcher.cohort.cohort import Cohort
from matcher.config import Config, FeatureConfig
from matcher.config.feature_kinds import OptionValue, kind_of
from matcher.features import feature_columns
from matcher.text import fold
from matcher.vocabulary import (
    FACET_GROUPS,
    FACET_SHARES,
    FACETS,
    FACETS_OF_FORM,
    Knowing,
    told_facet,
)

GROUP_COLUMNS = {
    "purpose": "purposes",
    "benefit": "benefits",
    "context": "contexts",
    "knowing": "knowing",
}
"""List column of each facet group of the vocabulary."""

TOP = 5.0
"""Highest answer of the 0-5 columns need_* and offer_*, and highest score of another person."""

Side = Literal["need", "offer"]


class AuditFindings(Protocol):
    """What features read of a network audit."""

    @property
    def gaps(self) -> Floats:
        """How much the audit shows lacking by facet of the vocabulary, in [0, 1]: shape (n, 27)."""

    @property
    def has_audit(self) -> Bools:
        """Who has an audit: shape (n,)."""


@dataclass(frozen=True)
class StatedFacets:
    """What p people of one side said of f facets: the vocabulary's, then the programme's own.

    A mentee who ticks facets of a form of knowing wants those; who names the form, by a word or a
    number, wants each of its facets, and an offer of the whole form meets that in full. Either way
    a form weighs as much as one other facet. A mentor who offers a form offers each of its facets
    at `[scoring] whole_form`, and who offers one facet offers its siblings at `sibling_facet`.
    """

    names: tuple[str, ...]
    """Every facet: those of the vocabulary, then the programme's own."""
    level: Floats
    """How much is needed or offered, in [0, 1], 0 where nothing was said: shape (p, f)."""
    weight: Floats
    """What each need counts, >= 0; that of an offer is its level: shape (p, f)."""
    form_level: Floats
    """Largest answer on each form of knowing, in [0, 1]: shape (p, 3)."""
    said: Mapping[str, Bools]
    """By column who answered it, be it with 0: shape (p,) each."""

    def said_any(self, columns: tuple[str, ...] = ()) -> Bools:
        """Return who answered any of the columns, all of them if none is named: shape (p,)."""
        answered: Bools = np.zeros(len(self.level), dtype=bool)
        for column in columns or self.said:
            np.logical_or(answered, self.said.get(column, answered), out=answered)
        return answered

    def facets_of(self, person: int) -> frozenset[str]:
        """Return the facets, as they are told, that one person, by position, needs or offers."""
        return frozenset(told_facet(self.names[k]) for k in np.flatnonzero(self.level[person]))


@dataclass(frozen=True)
class FacetAnswers:
    """Needs of n mentees and offers of m mentors over f facets."""

    counted: tuple[int, ...]
    """Positions of the facets that count: of groups that both sides were asked about."""
    mentees: StatedFacets
    mentors: StatedFacets
    needs: Floats
    """What each need counts, with what an audit shows lacking: shape (n, f)."""
    need_level: Floats
    """The offer that meets each need in full, in [0, 1]: shape (n, f)."""

    @property
    def names(self) -> tuple[str, ...]:
        """Every facet: those of the vocabulary, then the programme's own."""
        return self.mentees.names

    @property
    def offers(self) -> Floats:
        """Offers in [0, 1]: shape (m, f)."""
        return self.mentors.level

    @property
    def counted_names(self) -> tuple[str, ...]:
        """Names of the facets that count."""
        return tuple(self.names[k] for k in self.counted)


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
    def options(self) -> Mapping[str, OptionValue]:
        """Options of the kind: those of the block over the defaults."""
        return {**kind_of(self.block.kind).options, **self.block.options}

    def asked(self, mentee: Sequence[str], mentor: Sequence[str] = ()) -> bool:
        """Return whether both sides were asked any of their columns; `mentor` empty: the same.

        Parameters
        ----------
        mentee, mentor
            Columns of each side.

        Returns
        -------
        bool
            Whether there is any of them on both sides; empty ones count.
        """
        return self.cohort.asks("mentees", mentee) and self.cohort.asks("mentors", mentor or mentee)

    def items(
        self, mentee: str, mentor: str = ""
    ) -> tuple[list[feature_columns.Items], list[feature_columns.Items]]:
        """Return the items of a column, folded, of each mentee (n) and of each mentor (m).

        Parameters
        ----------
        mentee, mentor
            A column of each side; no `mentor`: the same.

        Returns
        -------
        tuple[list[feature_columns.Items], list[feature_columns.Items]]
            Of each side a tuple a person, empty where nothing was said.
        """
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
        """Return each person's items of several list columns together, sorted.

        Parameters
        ----------
        mentee, mentor
            List columns of each side.

        Returns
        -------
        tuple[list[feature_columns.Items], list[feature_columns.Items]]
            Of each side a tuple a person, empty where nothing was said.
        """
        separator = feature_columns.separator_of(self.config)
        ours, theirs = self._frames
        return feature_columns.union_of(ours, mentee, separator), feature_columns.union_of(
            theirs, mentor, separator
        )

    def numbers(self, mentee: str, mentor: str = "") -> tuple[Floats, Floats]:
        """Return a column as numbers with NaN where missing: shapes (n,) and (m,).

        Parameters
        ----------
        mentee, mentor
            A column of each side; no `mentor`: the same.

        Returns
        -------
        tuple[Floats, Floats]
            Shapes (n,) and (m,), nan where nothing was said.
        """
        ours, theirs = self._frames
        return feature_columns.numbers_of(ours, mentee), feature_columns.numbers_of(
            theirs, mentor or mentee
        )

    def texts(self, mentee: Sequence[str], mentor: Sequence[str]) -> tuple[list[str], list[str]]:
        """Return each person's columns as one text, empty where unanswered.

        Parameters
        ----------
        mentee, mentor
            Text columns of each side.

        Returns
        -------
        tuple[list[str], list[str]]
            Of each side a text a person, empty where nothing was said.
        """
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

    Returns
    -------
    FacetAnswers
        Needs (n, f) and offers (m, f) with what was said of them.
    """
    mentees = stated_facets(cohort.mentees, "need", config)
    mentors = stated_facets(cohort.mentors, "offer", config)
    needs, level = mentees.weight, mentees.level
    fed = audit is not None and config.audit.feed_match
    if audit is not None and fed:
        own = len(level.T) - len(FACETS)
        lacking = np.pad(config.audit.gap_need * np.asarray(audit.gaps), ((0, 0), (0, own)))
        needs = needs + lacking * np.pad(FACET_SHARES, (0, own))
        level = np.minimum(1.0, level + lacking)
    names, groups = facet_names(config), asked_groups(cohort, config, audited=fed)
    counted = tuple(k for k, name in enumerate(names) if name.split(".")[0] in groups)
    return FacetAnswers(counted, mentees, mentors, needs, level)


def facet_names(config: Config) -> tuple[str, ...]:
    """Return every facet under a config: those of the vocabulary, then the programme's own."""
    own = config.facets.items()
    return (*FACETS, *(f"{name}.{value}" for name, group in own for value in group.names))


def asked_groups(cohort: Cohort, config: Config, *, audited: bool = False) -> tuple[str, ...]:
    """Return the facet groups that count: those about which both sides were asked.

    Parameters
    ----------
    cohort, config
        Whose questions, and which groups of the vocabulary may count.
    audited
        Whether an audit tells needs of the vocabulary's groups, so that mentees need no question.
    """
    asked = []
    for group in (*config.portfolio.facet_groups, *config.facets):
        ours, theirs = (answer_columns(group, side, config) for side in ("need", "offer"))
        by_audit = audited and cohort.is_asked("contacts") and group not in config.facets
        if cohort.asks("mentors", theirs) and (by_audit or cohort.asks("mentees", ours)):
            asked.append(group)
    return tuple(asked)


def answer_columns(group: str, side: str, config: Config) -> tuple[str, ...]:
    """Return the columns in which one side answers about a group of facets."""
    if group in config.facets:
        return (config.facets[group].columns[0 if side == "need" else -1],)
    numbers = [f"{side}_{form}" for form in Knowing] if group == "knowing" else []
    return tuple(c for c in (GROUP_COLUMNS[group], *numbers) if c not in _own_columns(config))


def _own_columns(config: Config) -> frozenset[str]:
    return frozenset(column for own in config.facets.values() for column in own.columns)


def stated_facets(people: pd.DataFrame, side: Side, config: Config) -> StatedFacets:
    """Return what the people of one table ticked and rated.

    Parameters
    ----------
    people
        Table `mentees` or `mentors`, p rows.
    side
        Whether they need or offer; the start of the columns with a number for each form of knowing.
    config
        What separates items, which columns hold a ranking, the programme's own facets.
    """
    names, said = facet_names(config), {}
    level = np.zeros((len(people), len(names)))
    whole = np.zeros((len(people), len(Knowing)))
    for group in (*FACET_GROUPS, *config.facets):
        for column in answer_columns(group, side, config)[:1]:
            rows = feature_columns.items_of(people, column, feature_columns.separator_of(config))
            said[column] = feature_columns.stated(rows)
            ranked = side == "need" and column in config.input.ordered
            _add_ticks(level, whole, _places(group, config, names), rows, ranked=ranked)
    for k, form in enumerate(Knowing):
        number = feature_columns.numbers_of(people, f"{side}_{form}")
        said[f"{side}_{form}"] = ~np.isnan(number)
        spread = _spread_need if side == "need" else _spread_offer
        facets = list(FACETS_OF_FORM[form])
        stated = np.nan_to_num(np.clip(number / TOP, 0.0, 1.0))
        whole[:, k] = spread(level, facets, whole[:, k], stated, config)
    return StatedFacets(names, level, _weights(level, whole), whole, said)


def _places(group: str, config: Config, names: Sequence[str]) -> dict[str, int]:
    """Return the position of each answer to a group's list; a form of knowing as -1, -2 or -3."""
    if group in config.facets:
        own = config.facets[group]
        values = zip(own.options, own.names, strict=True)
        return {fold(option): names.index(f"{group}.{value}") for option, value in values}
    places = {v.split(".")[-1]: names.index(f"{group}.{v}") for v in FACET_GROUPS[group]}
    forms = {form.value: -1 - k for k, form in enumerate(Knowing)} if group == "knowing" else {}
    return places | forms


def _add_ticks(
    level: Floats,
    whole: Floats,
    places: Mapping[str, int],
    rows: list[feature_columns.Items],
    *,
    ranked: bool,
) -> None:
    for person, row in enumerate(rows):
        for rank, value in enumerate(row):
            place = places.get(value)
            if place is not None:
                out, at = (level, place) if place >= 0 else (whole, -1 - place)
                weight = 1.0 - rank / len(row) if ranked else 1.0
                out[person, at] = max(out[person, at], weight)


def _spread_need(
    level: Floats, facets: list[int], whole: Floats, number: Floats, config: Config
) -> Floats:
    """Spread a form that is needed as a whole over its facets, in place; return its need.

    A number beside ticked facets says how much, the ticks say of what.
    """
    ticked = level[:, facets].max(axis=1)
    each = config.scoring.whole_form * np.maximum(whole, np.where(ticked > 0, 0.0, number))
    level[:, facets] = np.maximum(level[:, facets], each[:, None])
    return np.asarray(np.maximum.reduce([ticked, whole, number]))


def _spread_offer(
    level: Floats, facets: list[int], whole: Floats, number: Floats, config: Config
) -> Floats:
    """Spread an offered form, and offered facets, over the form's facets; return its offer."""
    ticked, given = level[:, facets].max(axis=1), np.maximum(whole, number)
    each = np.maximum(config.scoring.whole_form * given, config.scoring.sibling_facet * ticked)
    level[:, facets] = np.maximum(level[:, facets], each[:, None])
    return np.asarray(np.maximum(ticked, given))


def _weights(level: Floats, whole: Floats) -> Floats:
    """Return what each facet counts: its level, and in a form of knowing shares of the form's."""
    weight = level.copy()
    for k, facets in enumerate(FACETS_OF_FORM.values()):
        total = level[:, facets].sum(axis=1)
        part = np.divide(whole[:, k], total, out=np.zeros(len(level)), where=total > 0)
        weight[:, facets] = level[:, facets] * part[:, None]
    return weight
