"""The most mentors of a mentee: column ``max_mentors`` and ``[portfolio] limit``."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from matcher.errors import Finding
from matcher.problem.market import Bools, Ints, Market
from matcher.problem.rules.limit import exceeded
from matcher.problem.rules.rule import ForcedItems, ProgrammeRule, Taken


@dataclass(frozen=True)
class PortfolioSize(ProgrammeRule):
    """A portfolio holds at most so many mentors, each once; the search builds no others."""

    place = 35
    by_mentee = ("limit",)

    limit: Ints
    """(n,)"""

    @classmethod
    def of_market(cls, market: Market) -> Iterator[Self]:
        """Yield the limits of all mentees."""
        yield cls(market.limit)

    def fits_flow(self, market: Market) -> bool:
        """Return True: so many units leave each mentee at most."""
        return True

    def admits(self, taken: Taken, mentee: Ints, mentor: Ints) -> Bools:
        """Return who has room for one more, and for whom the mentor is new."""
        room = taken.size[mentee] < self.limit[mentee]
        for slot in range(taken.longest):
            room = room & (taken.members[mentee, slot] != mentor)
        return np.asarray(room)

    def conflicts(self, forced: ForcedItems) -> Iterator[Finding]:
        """Yield mentees who are forced to more mentors than they may have."""
        mentee, mentees = forced.items.mentee, forced.names.mentees
        size = np.bincount(mentee, minlength=len(self.limit))
        for i in np.flatnonzero(size > self.limit).tolist():
            gives, setting = f"mentee {mentees[i]} takes at most", f"max_mentors of {mentees[i]}"
            here, one = np.flatnonzero(mentee == i), np.ones(len(mentee))
            limit = float(self.limit[i])
            yield exceeded(forced, f"{gives} {limit:g}", setting, at=here, amount=one, limit=limit)
