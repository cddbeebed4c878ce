"""Kinds `facets` and `network`: how far an offer meets a need, and closes the gaps of an audit."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from matcher.arrays import Bools, Codes, Floats, Positions
from matcher.config.feature_kinds import register
from matcher.features.base import BothStated, Coded, Compared, Selection, where_answered
from matcher.features.feature_columns import code_sets, stated
from matcher.features.stated_answers import GROUP_COLUMNS, BlockAnswers, counted_facets
from matcher.vocabulary import FACETS, WHOM, Knowing


@dataclass(frozen=True)
class FacetFit(BothStated):
    """Share of the need that the offer meets: ``sum need * min(1, offer / need) / sum need``.

    Surplus on one facet earns nothing on another. Needs past 1 (a tick and a gap of the audit)
    weigh more, but an offer of 1 meets them in full.

    Parameters
    ----------
    needs
        Needs >= 0: shape (n, f).
    offers
        Offers in [0, 1]: shape (m, f).
    factor
        What the share is multiplied by for each mentee, in [0, 1]: shape (n,).
    """

    needs: Floats
    offers: Floats
    factor: Floats

    def compare(self, pairs: Selection, approach: Codes) -> Compared:
        """Compare needs with offers, facet by facet."""
        met, part = np.zeros(pairs.shape), np.empty(pairs.shape)
        for facet in self._asked:
            need = pairs.mentee(self.needs[:, facet])
            if not need.any():
                continue
            np.minimum(np.minimum(need, 1.0), pairs.mentor(self.offers[:, facet]), out=part)
            np.multiply(part, np.maximum(need, 1.0), out=part)
            met += part
        met /= pairs.mentee(self._total)
        np.minimum(met, 1.0, out=met)
        met *= pairs.mentee(self.factor)
        return where_answered(met, self.both(pairs))

    # Blocks may hold few mentees of very many: what concerns all of them is found once.
    @cached_property
    def _asked(self) -> Positions:
        """Facets that anybody needs."""
        return np.flatnonzero(self.needs.any(axis=0))

    @cached_property
    def _total(self) -> Floats:
        """(n,) sum of needs, facet by facet; 1 where there is none."""
        total = np.zeros(len(self.needs))
        for facet in self._asked:
            total += self.needs[:, facet]
        total[total == 0.0] = 1.0
        return total


@register(
    "facets",
    words="how much of what the mentee asks for the mentor offers",
    meaning="How much of the mentee's need on each facet the mentor's offer meets.",
    columns="paired",
)
def _facets(answers: BlockAnswers) -> FacetFit:
    """Make kind `facets` over the vocabulary's facets, or over a programme's own columns."""
    (left, right), asked = answers.block.columns, answers.facets
    known = {*asked.mentees.said, *asked.mentors.said}
    if known.issuperset((*left, *right)):
        named = [k for k, facet in enumerate(FACETS) if _is_named(facet, left)]
        places = named if left else counted_facets(answers.config)
        needs, offers = asked.needs[:, places], asked.offers[:, places]
        said = asked.mentors.said_any(right)
    else:
        parts = [_own_facets(answers, *pair) for pair in zip(left, right, strict=False)]
        needs = np.hstack([part[0] for part in parts])
        offers = np.hstack([part[1] for part in parts])
        said = np.logical_or.reduce([part[2] for part in parts])
    return FacetFit(needs.sum(axis=1) > 0, said, needs, offers, np.ones(len(needs)))


@register(
    "network",
    words="what the mentor adds to the contacts that the mentee chose to list",
    meaning="Share of the audit's gaps that the mentor closes, times the need for 'whom'.",
    columns="none",
)
def _network(answers: BlockAnswers) -> FacetFit:
    """Make kind `network`: share of the audit's gaps that the mentor closes, times need_whom.

    A mentee who said nothing on forms of knowing counts with the config's neutral value.
    """
    mentees, audit = answers.facets.mentees, answers.audit
    offers, said = answers.facets.offers, answers.facets.mentors.said_any()
    n = len(mentees.level)
    if audit is None:
        return FacetFit(np.zeros(n, dtype=bool), said, np.zeros((n, 1)), offers[:, :1], np.zeros(n))
    gaps = np.clip(np.asarray(audit.gaps, dtype=np.float64), 0.0, 1.0)
    lacking = np.asarray(audit.has_audit, dtype=bool) & (gaps.sum(axis=1) > 0)
    has_whom = mentees.said_any((GROUP_COLUMNS["knowing"], f"need_{Knowing.WHOM}"))
    whom = np.where(has_whom, mentees.level[:, WHOM], answers.config.scoring.neutral)
    return FacetFit(lacking, said, gaps, offers, whom)


def _is_named(facet: str, columns: tuple[str, ...]) -> bool:
    group, value = facet.split(".")
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
    sets = code_sets(wanted, given)
    return _dense(sets.mentee), _dense(sets.mentor), stated(given)


def _dense(coded: Coded) -> Floats:
    return coded.toarray() if sparse.issparse(coded) else np.asarray(coded)
