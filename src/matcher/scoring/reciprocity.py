"""Pairs who could mentor each other: both play both roles, both opt in, nothing bars them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from matcher.arrays import Bools, Positions
from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.errors import Finding
from matcher.features.base import Listed, Selection
from matcher.features.feature_columns import items_of, separator_of
from matcher.scoring.eligibility import PairEligibility
from matcher.scoring.named_pairs import own_pairs
from matcher.text import listed, shortened
from matcher.vocabulary import Approach, ReciprocalKind

PAIRS_AT_ONCE = 1 << 20
PEOPLE_SHOWN = 5
"""Ids named in one warning."""


@dataclass(frozen=True)
class ReciprocalCandidates:
    """Possible reciprocal pairs, person a before person b by id; each array (r,)."""

    mentee_a: Positions
    mentor_a: Positions
    mentee_b: Positions
    mentor_b: Positions
    exchange: Bools
    """Whether the pair is of kind `exchange` and not `both_roles`."""

    def __len__(self) -> int:
        return len(self.mentee_a)

    @property
    def none(self) -> ReciprocalCandidates:
        """No pair at all."""
        nobody = np.empty(0, dtype=np.int64)
        return ReciprocalCandidates(nobody, nobody, nobody, nobody, nobody.astype(bool))

    def number_of(self, mentee: Positions, mentor: Positions) -> Positions:
        """Return the number of the pair in which each mentee meets each mentor, -1 for none."""
        width = 1 + int(max(self.mentor_a.max(initial=0), self.mentor_b.max(initial=0)))
        width = max(width, 1 + int(np.max(mentor, initial=0)))
        codes = np.concatenate(
            [self.mentee_a * width + self.mentor_b, self.mentee_b * width + self.mentor_a]
        )
        number = np.tile(np.arange(len(self)), 2)
        order = np.argsort(codes, kind="stable")
        wanted = np.asarray(mentee) * width + np.asarray(mentor)
        at = np.minimum(np.searchsorted(codes, wanted, sorter=order), max(0, len(codes) - 1))
        if not len(codes):
            return np.full(len(wanted), -1, dtype=np.int64)
        return np.where(codes[order[at]] == wanted, number[order[at]], -1).astype(np.int64)


@dataclass(frozen=True)
class ReciprocalWishes:
    """Who asks for reciprocal mentoring by name, and what may stand in the way of it."""

    asks: tuple[Bools, Bools]
    """Mentees (n,) and mentors (m,) who list it; silence asks for nothing by name."""
    kind: tuple[tuple[str, ...], tuple[str, ...]]
    """Kind that each states; empty where none."""
    has_both_roles: tuple[Bools, Bools]
    """Who of each side plays the other role too."""

    @classmethod
    def of(cls, cohort: Cohort, config: Config) -> ReciprocalWishes | None:
        """Read the wishes; None where the programme does not offer it."""
        if Approach.RECIPROCAL not in config.programme.approaches:
            return None
        separator, frames = separator_of(config), (cohort.mentees, cohort.mentors)
        lists = [items_of(frame, "approaches", separator) for frame in frames]
        asks = [
            np.array([Approach.RECIPROCAL in row for row in side], dtype=bool) for side in lists
        ]
        kinds = [tuple(_word(cell) for cell in frame["reciprocal_kind"]) for frame in frames]
        own = own_pairs(cohort)
        both = [np.isin(np.arange(len(frames[k])), own[:, k]) for k in (0, 1)]
        return cls((asks[0], asks[1]), (kinds[0], kinds[1]), (both[0], both[1]))

    def in_the_way(self, i: int, j: int) -> str:
        """Return what keeps two apart who both ask for it, in words; empty if one does not ask."""
        if not (self.asks[0][i] and self.asks[1][j]):
            return ""
        one, other = self.kind[0][i], self.kind[1][j]
        if one and other and one != other:
            return (
                f"the mentee asks for reciprocal mentoring of kind {one}, the mentor of kind "
                f"{other}: either could tick the other's kind, or none"
            )
        lacking = [
            words
            for words, has in (
                ("the mentee signed up as a mentee alone", self.has_both_roles[0][i]),
                ("the mentor signed up as a mentor alone", self.has_both_roles[1][j]),
            )
            if not has
        ]
        return (
            f"two who mentor each other take both roles, or ask for an exchange: {listed(lacking)}"
            if lacking
            else ""
        )


@dataclass(frozen=True)
class ExchangeWishes:
    """People in one role each who could exchange: one mentors, the other way is light.

    Only the mentoring takes a place, so that such a pair is a one-way match.
    """

    mentee: Positions
    """(n,) 1 who asks for an exchange, 0 for reciprocal mentoring of no kind, -1 for neither."""
    mentor: Positions
    default: bool
    """Whether people who name no kind mean an exchange."""

    @classmethod
    def of(cls, cohort: Cohort, config: Config) -> Self | None:
        """Read who asks for it by name; None where nobody of either side does."""
        wishes = ReciprocalWishes.of(cohort, config)
        if wishes is None or not all(asks.any() for asks in wishes.asks):
            return None
        codes = []
        for asks, kinds, both in zip(wishes.asks, wishes.kind, wishes.has_both_roles, strict=True):
            exchange = np.array([kind == ReciprocalKind.EXCHANGE for kind in kinds], dtype=bool)
            other = np.array([bool(kind) for kind in kinds], dtype=bool) & ~exchange
            codes.append(np.where(asks & ~both & ~other, exchange.astype(np.int64), -1))
        mentee, mentor = codes
        return cls(mentee, mentor, config.reciprocal.kind is ReciprocalKind.EXCHANGE)

    def possible(self, pairs: Selection) -> Bools:
        """Return which pairs both ask for it, in the selection's shape."""
        one, other = pairs.mentee(self.mentee), pairs.mentor(self.mentor)
        named = (one == 1) | (other == 1) | self.default
        return np.asarray((one >= 0) & (other >= 0) & named)


def _word(cell: object) -> str:
    return cell if isinstance(cell, str) else ""


@dataclass(frozen=True)
class _People:
    """People in both roles, by id: each array (q,)."""

    mentee: Positions
    mentor: Positions
    opts_in: Bools
    opts_in_somewhere: Bools
    kind: tuple[str, ...]
    """Kind that each states; empty where none."""


def find_reciprocal(
    cohort: Cohort, config: Config, eligibility: PairEligibility, locked: Positions
) -> tuple[ReciprocalCandidates, tuple[Finding, ...]]:
    """Return the possible reciprocal pairs and warnings about one-sided consent.

    Pairs that are locked in both directions are reciprocal whatever they would choose today.
    """
    people = _people(cohort, config)
    on_menu = Approach.RECIPROCAL in config.programme.approaches
    willing = np.flatnonzero(people.opts_in) if on_menu else np.empty(0, dtype=np.int64)
    found = [_locked_both_ways(people, locked)]
    found += [_allowed(people, part, eligibility) for part in _pairs_of(willing)]
    pairs = np.unique(np.concatenate(found), axis=0).astype(np.int64)
    a, b = pairs[:, 0], pairs[:, 1]
    kind = np.array(people.kind, dtype=object)
    stated = np.where(kind[a] == "", kind[b], kind[a])
    stated = np.where(stated == "", config.reciprocal.kind.value, stated)
    exchange = np.asarray(stated == ReciprocalKind.EXCHANGE.value, dtype=bool)
    candidates = ReciprocalCandidates(
        people.mentee[a], people.mentor[a], people.mentee[b], people.mentor[b], exchange
    )
    return candidates, tuple(_check_one_sided(cohort, people)) if on_menu else ()


def _check_one_sided(cohort: Cohort, people: _People) -> Iterator[Finding]:
    """Yield a warning where somebody opts in and others who play both roles do not."""
    if not people.opts_in_somewhere.any() or people.opts_in.all():
        return
    ids = np.array(cohort.mentee_index.ids, dtype=object)[people.mentee[~people.opts_in]].tolist()
    yield Finding(
        "W_RECIPROCAL_ONE_SIDED",
        f"{int(people.opts_in.sum())} of {len(people.opts_in)} people in both roles opt in to "
        f"mentoring each other; no such pair is made with {shortened(ids, PEOPLE_SHOWN)}",
        "ask them, and list `reciprocal` among their approaches in both roles if they agree",
        table="mentees",
        column="approaches",
    )


def _people(cohort: Cohort, config: Config) -> _People:
    both = own_pairs(cohort)
    single = np.isin(np.array(cohort.mentee_index.ids, dtype=object), sorted(cohort.either))
    both = both[~single[both[:, 0]]]
    separator, name = separator_of(config), Approach.RECIPROCAL.value
    lists = [items_of(f, "approaches", separator) for f in (cohort.mentees, cohort.mentors)]
    rows = [(lists[0][i], lists[1][j]) for i, j in both.tolist()]
    somewhere = np.array([name in one or name in two for one, two in rows], dtype=bool)
    agree = [all(name in items or not items for items in row) for row in rows]
    kinds = [_stated_kind(cohort, i, j) for i, j in both.tolist()]
    return _People(
        both[:, 0], both[:, 1], somewhere & np.array(agree, dtype=bool), somewhere, tuple(kinds)
    )


def _stated_kind(cohort: Cohort, i: int, j: int) -> str:
    for frame, row in ((cohort.mentees, i), (cohort.mentors, j)):
        if word := _word(frame["reciprocal_kind"].iloc[row]):
            return word
    return ""


def _pairs_of(people: Positions) -> Iterator[Positions]:
    """Yield all pairs of people, first before second, in parts that fit in memory."""
    step = max(1, PAIRS_AT_ONCE // max(1, len(people)))
    for start in range(0, len(people), step):
        rows = np.arange(start, min(start + step, len(people)))
        first, second = np.meshgrid(rows, np.arange(len(people)), indexing="ij")
        upper = first < second
        yield np.column_stack([people[first[upper]], people[second[upper]]])


def _allowed(people: _People, pairs: Positions, eligibility: PairEligibility) -> Positions:
    a, b = pairs[:, 0], pairs[:, 1]
    forth = eligibility.allowed(Listed(people.mentee[a], people.mentor[b]))
    back = eligibility.allowed(Listed(people.mentee[b], people.mentor[a]))
    return pairs[forth & back & _kinds_agree(people, a, b)]


def _kinds_agree(people: _People, a: Positions, b: Positions) -> Bools:
    """Return where not both state a kind and the kinds differ: nobody agreed to such a pair."""
    kind = np.array(people.kind, dtype=object)
    return np.asarray((kind[a] == kind[b]) | (kind[a] == "") | (kind[b] == ""), dtype=bool)


def _locked_both_ways(people: _People, locked: Positions) -> Positions:
    """Return pairs of people (positions in `people`) who are locked in both directions."""
    as_mentee = {i: q for q, i in enumerate(people.mentee.tolist())}
    as_mentor = {j: q for q, j in enumerate(people.mentor.tolist())}
    directed = {
        (as_mentee[i], as_mentor[j])
        for i, j in locked.tolist()
        if i in as_mentee and j in as_mentor
    }
    both = sorted((a, b) for a, b in directed if a < b and (b, a) in directed)
    return np.array(both, dtype=np.int64).reshape(-1, 2)
