"""People who take part in one role only, whichever it will be: role ``either``."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from matcher.arrays import present
from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.errors import Finding
from matcher.problem.market import Bools, Ints, Market
from matcher.problem.rules import rule


@dataclass(frozen=True)
class OneRole(rule.ProgrammeRule):
    """A portfolio that is not empty uses all places that the same person has as a mentor."""

    place = 77
    by_mentee = ("own",)
    noun = "other_role"
    effort = 3.0  # somebody decided on it

    own: Ints
    """(n,) position among the mentors of people in one role only, -1 for everybody else."""

    @classmethod
    def of(cls, cohort: Cohort, config: Config) -> Iterator[Self]:
        """Yield the rule where anybody signed up for either role."""
        ids = cohort.mentee_index.ids
        either = np.array([person in cohort.either for person in ids], dtype=bool)
        if either.any():
            yield cls(np.where(either, cohort.mentor_index.positions(ids), -1))

    def portfolio_use(
        self, market: Market, mentee: Ints, size: Ints
    ) -> Iterator[tuple[str, rule.Entries]]:
        """Yield all of the person's own places."""
        own = self.own[mentee]
        some = np.flatnonzero((own >= 0) & (size > 0))
        yield "capacity", (some, own[some], market.capacity[own[some]])

    def fits_flow(self, market: Market) -> bool:
        """Whether it concerns nobody."""
        return not (self.own >= 0).any()

    def admits(self, taken: rule.Taken, mentee: Ints, mentor: Ints) -> Bools:
        """Return who has not been given the role of a mentor."""
        own = self.own[mentee]
        starts = (own >= 0) & (taken.size[mentee] == 0)
        idle = (taken.used[own] <= rule.SLACK) | (taken.market.capacity[own] == 0)
        return np.asarray(~starts | idle)

    def admits_pairs(self, taken: rule.Taken, numbers: Ints) -> Bools:
        """Return the pairs in which neither side gives one person both roles."""
        pairs = present(taken.market.reciprocal)
        both = (self.own[pairs.mentee_a] == pairs.mentor_a) & (pairs.load_b > 0)
        both |= (self.own[pairs.mentee_b] == pairs.mentor_b) & (pairs.load_a > 0)
        return np.asarray(~both[numbers])

    def linear(self, market: Market, items: rule.Used, room: float) -> Iterator[rule.LinearRow]:
        """Yield a row for each match that the person would give, beside all that they get."""
        for i in np.flatnonzero(self.own >= 0).tolist():
            mine, most = np.flatnonzero(items.mentee == i), float(max(1, market.limit[i]))
            weight = np.append(np.ones(len(mine)), most)
            for given in np.flatnonzero(items.mentor == self.own[i]).tolist():
                yield rule.LinearRow(np.append(mine, given), weight, -np.inf, most, i, gain=most)

    def told(self, at: Sequence[int], names: rule.Names) -> Iterator[str]:
        """Yield who plays one role only."""
        for i in at:
            yield f"{names.mentees[i]} plays one role only"

    def relief(self, at: int, names: rule.Names) -> str:
        """Return who would play both."""
        return f"{names.mentees[at]} plays both roles"

    def conflicts(self, forced: rule.ForcedItems) -> Iterator[Finding]:
        """Yield people in one role who are forced into both."""
        pairs = forced.pairs
        for i in np.unique(pairs[:, 0]).tolist():
            given = np.flatnonzero((pairs[:, 1] == self.own[i]) & (self.own[i] >= 0))
            if len(given):
                few = pairs[[np.flatnonzero(pairs[:, 0] == i)[0], given[0]]]
                what = f"{forced.names.mentees[i]} plays one role only"
                yield Finding(
                    "I_CONTRADICTION",
                    f"{what}, but these pairs are forced: {', '.join(forced.names.pairs(few))}",
                    "withdraw one of the two, or let the person play both roles",
                )
