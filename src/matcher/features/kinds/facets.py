"""Kinds `facets` and `network`: how far an offer meets a need, and closes the gaps of an audit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from matcher.arrays import Bools, Codes, Floats
from matcher.config.feature_kinds import register
from matcher.features.base import BothStated, Compared, Selection, where_answered
from matcher.features.feature_columns import multi_hot, stated
from matcher.features.stated_answers import GROUP_COLUMNS, BlockAnswers
from matcher.vocabulary import FACET_SHARES, FACETS, Knowing

UNKNOWN_WHOM = 0.5
"""Need of knowing whom of a mentee with an audit who said nothing of forms of knowing."""


class Wanted(NamedTuple):
    """Needs of n mentees over f facets, each (n, f)."""

    weight: Floats
    """What each need counts, >= 0."""
    level: Floats
    """The offer that meets it in full, in [0, 1]."""


@dataclass(frozen=True)
class FacetFit(BothStated):
    """Share of the need that the offer meets: ``sum weight * min(1, offer / level) / sum weight``.

    Surplus on one facet earns nothing on another.

    Parameters
    ----------
    level
        The offer that meets each need in full, in [0, 1]: shape (n, f).
    gain
        Share of the mentee's need that an offer of 1 would meet if the level were that high.
    offers
        In [0, 1]: shape (m, f).
    factor
        What the share is multiplied by for each mentee, in [0, 1]: shape (n,).
    """

    level: Floats
    gain: Floats
    offers: Floats
    factor: Floats

    @classmethod
    def of(cls, wanted: Wanted, offers: Floats, said: Bools) -> FacetFit:
        """Compare needs with offers (m, f); `said` tells which mentors answered at all."""
        # Facet by facet: numpy adds along rows in an order that hangs on how many rows there are.
        total = np.add.accumulate(wanted.weight, axis=1)[:, -1:].sum(axis=1)
        level = np.where(wanted.weight > 0, np.minimum(wanted.level, 1.0), 0.0)
        counted = np.where(level > 0, level, 1.0) * np.where(total > 0, total, 1.0)[:, None]
        gain = np.where(level > 0, wanted.weight, 0.0) / counted
        asked = np.flatnonzero(level.any(axis=0) & offers.any(axis=0))
        return cls(
            mentee_stated=total > 0,
            mentor_stated=said,
            level=level[:, asked],
            gain=gain[:, asked],
            offers=offers[:, asked],
            factor=np.ones(len(total)),
        )

    def compare(self, pairs: Selection, approach: Codes) -> Compared:
        """Compare needs with offers."""
        met = pairs.met(self.level, self.gain, self.offers)
        np.minimum(met, 1.0, out=met)
        met *= pairs.mentee(self.factor)
        return where_answered(met, self.both(pairs))


@register(
    "facets",
    words="how much of what the mentee asks for the mentor offers",
    meaning="How much of the mentee's need on each facet the mentor's offer meets.",
    columns="paired",
    neutral=0.36,
)
def _facets(answers: BlockAnswers) -> FacetFit:
    """Make kind `facets` over the facets that count, or over a programme's own columns."""
    (left, right), asked = answers.block.columns, answers.facets
    known = {*asked.mentees.said, *asked.mentors.said}
    if known.issuperset((*left, *right)):
        named = [k for k in asked.counted if not left or _is_named(asked.names[k], answers, left)]
        wanted = Wanted(asked.needs[:, named], asked.need_level[:, named])
        return FacetFit.of(wanted, asked.offers[:, named], asked.mentors.said_any(right))
    parts = [_own_facets(answers, *pair) for pair in zip(left, right, strict=False)]
    needs = np.hstack([part[0] for part in parts])
    offers = np.hstack([part[1] for part in parts])
    said = np.logical_or.reduce([part[2] for part in parts])
    return FacetFit.of(Wanted(needs, np.minimum(needs, 1.0)), offers, said)


@register(
    "network",
    words="what the mentor adds to the contacts that the mentee chose to list",
    meaning="Share of the audit's gaps that the mentor closes, times the need for 'whom'.",
    columns="none",
    table="contacts",
    neutral=0.22,
)
def _network(answers: BlockAnswers) -> FacetFit:
    """Make kind `network`: share of the audit's gaps that the mentor closes, times need_whom.

    A mentee who said nothing on forms of knowing counts with `UNKNOWN_WHOM`.
    """
    mentees, audit = answers.facets.mentees, answers.audit
    said = answers.facets.mentors.said_any()
    offers, n = answers.facets.offers[:, : len(FACETS)], len(mentees.level)
    gaps = np.zeros((n, len(FACETS))) if audit is None else np.clip(audit.gaps, 0.0, 1.0)
    fit = FacetFit.of(Wanted(gaps * FACET_SHARES, gaps), offers, said)
    has_audit = np.zeros(n, dtype=bool) if audit is None else np.asarray(audit.has_audit)
    has_whom = mentees.said_any((GROUP_COLUMNS["knowing"], f"need_{Knowing.WHOM}"))
    whom = np.where(
        has_whom, mentees.form_level[:, list(Knowing).index(Knowing.WHOM)], UNKNOWN_WHOM
    )
    return replace(fit, mentee_stated=fit.mentee_stated & has_audit, factor=whom)


def _is_named(facet: str, answers: BlockAnswers, columns: tuple[str, ...]) -> bool:
    group, value = facet.split(".")[:2]
    if group in answers.config.facets:
        return answers.config.facets[group].columns[0] in columns
    return GROUP_COLUMNS[group] in columns or (group == "knowing" and f"need_{value}" in columns)


def _own_facets(answers: BlockAnswers, ours: str, theirs: str) -> tuple[Floats, Floats, Bools]:
    """Return needs, offers and who offered, of one question outside the vocabulary.

    With a `scale` the columns are numbers, else lists whose every item is a facet of its own.
    """
    if answers.block.scale is not None:
        low, high = answers.block.scale
        need, offer = (
            np.clip((numbers - low) / (high - low), 0.0, 1.0)[:, None]
            for numbers in answers.numbers(ours, theirs)
        )
        return np.nan_to_num(need), np.nan_to_num(offer), ~np.isnan(offer[:, 0])
    wanted, given = answers.items(ours, theirs)
    needs, offers = multi_hot(wanted, given)
    return needs.toarray(), offers.toarray(), stated(given)
