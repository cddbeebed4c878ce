"""Forced pairs that need somebody beside them for whom there is no room or who is not there."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from matcher.errors import Finding
from matcher.problem.market import Bools, Floats, Ints, Market
from matcher.problem.rules.limit import Limit, Unit
from matcher.problem.rules.rule import RELAX, SLACK, ForcedItems
from matcher.text import listed


class SeatsAsked(Protocol):
    """What is asked of every portfolio."""

    @property
    def least(self) -> int:
        """Fewest mentors who count."""

    @property
    def who(self) -> str:
        """What is said of those who count."""

    @property
    def asks(self) -> str:
        """How many of them."""

    def code(self, mentee: Ints, mentor: Ints) -> Ints:
        """Return a code of 0 or more where a mentor counts for a mentee; the two broadcast."""

    def can_be(self, mentee: Ints, mentor: Ints) -> Bools:
        """Return which mentors count for mentees in some way; the two broadcast."""

    def read(self, keys: Ints, n_mentors: int) -> Ints:
        """Return what `code` is given for keys of items."""


class Lacking:
    """People with forced pairs who need somebody who counts beside them."""

    def __init__(self, rule: SeatsAsked, forced: ForcedItems) -> None:
        market, mentee, mentor = forced.market, forced.items.mentee, forced.items.mentor
        self.forced, self.market = forced, market
        self.people = np.unique(mentee)
        outside = rule.can_be(self.people[:, None], np.arange(market.n_mentors))
        row = np.searchsorted(self.people, mentee)
        counts = rule.code(mentee, rule.read(forced.keys, market.n_mentors)) >= 0
        held = np.bincount(row, weights=counts, minlength=len(self.people))
        self.lacks = np.maximum(rule.least - held, 0).astype(np.int64)
        self.size = np.bincount(row, minlength=len(self.people))
        possible, self.least = _ways_in(market, self.people)
        self.fits = outside & possible
        self.fits[row, mentor] = False
        self.left = _left(forced)
        self.who, self.rule = rule.who, rule.asks

    def found(self) -> Iterator[Finding]:
        """Yield people without room for somebody, then people for whom there is nobody."""
        limit = self.market.limit[self.people]
        crowded = self.lacks > limit - self.size
        for k in np.flatnonzero(crowded).tolist():
            why = f"{self.forced.names.mentees[self.people[k]]} takes at most {limit[k]}"
            yield self._finding(np.arange(len(self.people)) == k, why)
        short = (self.lacks > 0) & ~crowded
        if short.any():
            yield from self._nobody_left(np.flatnonzero(short))
            yield from self._too_many()

    def _too_many(self) -> Iterator[Finding]:
        """Yield the people who need most matches, if the programme does not make as many.

        Where the forced pairs alone are too many, that is said elsewhere.
        """
        needs = self.lacks + self.size
        order = np.argsort(-needs, kind="stable")
        for limit in _on_all_matches(self.forced):
            most = float(limit.most[0]) + SLACK
            too_many = np.flatnonzero(np.cumsum(needs[order]) > most)
            if len(self.forced.pairs) <= most and len(too_many):
                who = np.isin(np.arange(len(order)), order[: too_many[0] + 1])
                why = limit.say(limit.gives, 0, self.forced.names)
                remedy = f"raise {limit.say(limit.setting, 0, self.forced.names)}, {RELAX}"
                yield self._finding(who, why, remedy)

    def _nobody_left(self, short: Ints) -> Iterator[Finding]:
        """Yield the people who lack somebody and share too few places, if there are such."""
        unit = np.repeat(short, self.lacks[short])
        seat = np.repeat(np.arange(len(self.left)), self._seats(len(unit)))
        ways = self.fits[np.ix_(unit, seat)]
        given = np.asarray(
            maximum_bipartite_matching(csr_array(ways), perm_type="column"), dtype=np.int64
        )
        for k in np.flatnonzero(given < 0)[:1].tolist():
            reached = _alternating(ways, given, k)
            who = np.zeros(len(self.people), dtype=bool)
            who[unit[reached]] = True
            yield self._finding(who, self._what_is_left(who))

    def _seats(self, most: int) -> Ints:
        """Return how many of the lightest matches each mentor can still take, at most `most`."""
        light = self.least * most <= self.left + SLACK
        count = np.floor(self.left / np.where(light, 1.0, self.least) + SLACK)
        return np.where(light, most, np.minimum(count, most)).astype(np.int64)

    def _what_is_left(self, who: Bools) -> str:
        """Return what is left of those who could help, and which forced pairs took the rest."""
        could = np.flatnonzero(self.fits[who].any(axis=0))
        if not len(could):
            return f"nobody {self.who} is eligible"
        told = []
        for j in could.tolist():
            taken = self.forced.names.pairs(self.forced.pairs[self.forced.items.mentor == j])
            left = ", ".join([f"{self.left[j]:g}", *taken])
            told.append(f"{self.forced.names.mentors[j]} ({left})")
        return f"eligible mentors have too little left: {', '.join(told)}"

    def _finding(self, who: Bools, why: str, remedy: str = RELAX) -> Finding:
        mine = np.isin(self.forced.items.mentee, self.people[who])
        named = listed(self.forced.names.pairs(self.forced.pairs[mine]))
        return Finding("I_CONTRADICTION", f"{named} forced, but {self.rule} and {why}", remedy)


def _left(forced: ForcedItems) -> Floats:
    """Return the load that each mentor can still take beside the forced items: (m,)."""
    left = np.full(forced.market.n_mentors, np.inf)
    for rule in forced.rules:
        if isinstance(rule, Limit) and rule.unit is Unit.LOAD:
            spare, group = rule.most - rule.used(forced.items), rule.group
            left = np.minimum(left, np.where(group >= 0, spare[group], np.inf))
    return np.asarray(np.maximum(left, 0.0))


def _on_all_matches(forced: ForcedItems) -> Iterator[Limit]:
    """Yield limits on the number of matches with all mentors together."""
    for rule in forced.rules:
        if isinstance(rule, Limit) and rule.unit is Unit.MATCH and len(rule.most) == 1:
            yield rule


def _ways_in(market: Market, people: Ints) -> tuple[Bools, Floats]:
    """Return whom `people` may have, one way or both ways, and each mentor's lightest match.

    Counting every match as the lightest one makes too few places certain where loads differ.
    """
    block = market.scores.block(people)
    possible = np.isfinite(block.score)
    load = np.where(possible, 1.0 if block.load is None else block.load, np.inf)
    if market.reciprocal is not None:
        mentee, mentor, _, both_load, _ = market.reciprocal.sides
        mine = np.isin(mentee, people)
        at = np.searchsorted(people, mentee[mine]), mentor[mine]
        possible[at] = True
        np.minimum.at(load, at, both_load[mine])
    return possible, load.min(axis=0, initial=np.inf)


def _alternating(ways: Bools, given: Ints, start: int) -> Bools:
    """Return what is reached from an unmatched row: the smallest set of rows with too few columns.

    Within a maximum matching every column that is reached is taken, and its row is reached next.
    """
    reached = np.zeros(len(ways), dtype=bool)
    reached[start] = True
    while ways.shape[1]:
        wanted = np.asarray(ways[reached].any(axis=0), dtype=bool)
        more = reached | ((given >= 0) & wanted[np.maximum(given, 0)])
        if (more == reached).all():
            break
        reached = more
    return reached
