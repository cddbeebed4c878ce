"""Seats of ``[[portfolio.seats]]`` that ask for an approach, which items have and mentors have not.

A pair has up to three items: by its first approach, by its next, and both ways. So who counts is
known of every pair and each of these ways, and all else is as with other seats.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Bools, Codes, Ints
from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.problem.market import FallbackItems
from matcher.problem.rules.seats import SeatRule
from matcher.scoring.approaches import CODES
from matcher.vocabulary import Approach

Ways = NDArray[np.uint8]
"""(n, m) bits of the ways in which a pair counts: 1 first approach, 2 the next, 4 both ways."""

EVERY_WAY = np.uint8(7)


@dataclass(frozen=True)
class PairApproaches:
    """What pairs may be."""

    first: Codes
    """(n, m) -1 for none."""
    others: FallbackItems
    next_: Codes
    """(s,) of each of the others."""

    def ways(self, approach: Approach) -> Ways:
        """Return in which ways pairs have an approach."""
        code = CODES[approach]
        ways: Ways = (self.first == code).astype(np.uint8)
        at = self.others.mentee, self.others.mentor
        ways[at] |= 2 * (self.next_ == code).astype(np.uint8)
        ways |= np.uint8(4 * (approach is Approach.RECIPROCAL))
        return ways


@dataclass(frozen=True, kw_only=True)
class ApproachSeat(SeatRule):
    """A portfolio holds at least and at most so many who count by their approach."""

    place = 82
    by_approach = True
    by_mentee: ClassVar[tuple[str, ...]] = ("mentee_home", "ways")

    ways: Ways

    @classmethod
    def of(cls, cohort: Cohort, config: Config) -> Iterator[Self]:
        """Yield none: see `of_pairs`."""
        yield from ()

    @classmethod
    def of_pairs(cls, cohort: Cohort, config: Config, pairs: PairApproaches) -> Iterator[SeatRule]:
        """Yield the rules of all seats of a config of which one asks for an approach, else none."""
        if not config.portfolio.seated_approaches:
            return
        rules, seats = [], config.portfolio.seats
        for seat in seats:
            rule = SeatRule.of_seat(cohort, config, seat)
            if seat.approach:
                rule = cls._of_rule(rule, pairs.ways(seat.approach))
            elif seat.fill:  # beside others that ask for one
                rule = cls._of_rule(rule, np.full(pairs.first.shape, EVERY_WAY))
            rules.append(rule)
        yield from SeatRule.together(rules, [seat.fill for seat in seats])

    @classmethod
    def _of_rule(cls, rule: SeatRule, ways: Ways) -> Self:
        """Return a rule for those who count in some ways alone."""
        n, m = ways.shape
        counts = rule.code(np.arange(n)[:, None], np.arange(m)) >= 0
        all_of_them = np.zeros(m, dtype=np.int64)
        return cls(
            rule.who,
            rule.least,
            rule.most,
            rule.mentee_home,
            rule.mentor_home,
            away=all_of_them,
            at_home=all_of_them,
            ways=np.where(counts, ways, np.uint8(0)),
        )

    @property
    def can_count(self) -> Bools:
        """(m,) who counts for some mentee."""
        return np.asarray(self.ways.any(axis=0))

    @property
    def is_personal(self) -> bool:
        """Whether who counts hangs on the mentee."""
        return True

    def counting(self, seats: Sequence[SeatRule], inside: bool) -> Self:
        """Return the rule with what counts for any of some seats, or else for none of them."""
        theirs = (seat.ways for seat in seats if isinstance(seat, ApproachSeat))
        ways = reduce(np.bitwise_or, theirs, np.zeros_like(self.ways))
        return replace(self, ways=ways if inside else EVERY_WAY & ~ways)

    def with_mentor(self) -> Self:
        """Return the rule with one more mentor, who counts where somebody is asked for."""
        way = EVERY_WAY if self.least else np.uint8(0)
        more = np.full((len(self.ways), 1), way)
        return replace(super().with_mentor(), ways=np.hstack([self.ways, more]))

    def code(self, mentee: Ints, mentor: Ints) -> Ints:
        """Return 0 for items, by their keys, that count for mentees, else -1; the two broadcast."""
        way, who = np.divmod(np.maximum(mentor, 0), max(1, self.ways.shape[1]))
        counts = (self.ways[mentee, who] >> way.astype(np.uint8)) & 1
        return np.where((counts > 0) & (mentor >= 0), 0, -1)

    def can_be(self, mentee: Ints, mentor: Ints) -> Bools:
        """Return which mentors count for mentees in some way; the two broadcast."""
        return np.asarray(self.ways[mentee, mentor] > 0)
