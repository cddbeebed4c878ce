"""At most so many mentors with one value of a column in a portfolio: ``[portfolio] max_same``."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from matcher.arrays import Bools, Floats, Ints
from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.errors import Finding
from matcher.features.feature_columns import codes_of, folded_words
from matcher.problem.rules.rule import RELAX, ForcedItems, PortfolioRule
from matcher.text import listed


@dataclass(frozen=True)
class MaxSame(PortfolioRule):
    """A portfolio holds at most `most` mentors of one code."""

    place = 80
    by_mentor = (("code", -1),)

    code: Ints
    """(m,) group of each mentor, -1 for none."""
    most: int
    column: str = ""
    """What the codes stand for."""

    @property
    def asks(self) -> str:
        """How many may be alike."""
        key = f"max_same.{self.column}" if self.column else "max_same"
        return f"a portfolio holds at most {self.most} alike by {key}"

    @classmethod
    def of(cls, cohort: Cohort, config: Config) -> Iterator[Self]:
        """Yield a rule for each column."""
        for column, most in sorted(config.portfolio.max_same.items()):
            yield cls(codes_of(folded_words(cohort.mentors, column)), most, column)

    def conflicts(self, forced: ForcedItems) -> Iterator[Finding]:
        """Yield the first forced pairs of each person that are too many of one code."""
        pairs = forced.pairs
        code = self.code[pairs[:, 1]]
        group = np.column_stack([pairs[:, 0], code])[code >= 0]
        alike, count = np.unique(group, axis=0, return_counts=True)
        for i, one in alike[count > self.most].tolist():
            few = np.flatnonzero((pairs[:, 0] == i) & (code == one))[: self.most + 1]
            what = f"{self.asks}, but {listed(forced.names.pairs(pairs[few]))} are forced"
            yield Finding("I_CONTRADICTION", what, RELAX)

    def blocks(self, members: Ints, mentor: Ints) -> Bools:
        """Return which mentors are of a code that is full."""
        mine = self.code[mentor]
        return np.asarray((mine >= 0) & (self._count(members, mine) >= self.most))

    def holds(self, mentee: Ints, members: Ints) -> Bools:
        """Return which portfolios hold no code too often."""
        code = np.where(members >= 0, self.code[members], -1)
        count = self._count(members[:, None, :], code)
        return np.asarray(((code < 0) | (count <= self.most)).all(axis=1))

    def _count(self, members: Ints, mine: Ints) -> Ints:
        """Return how many members have each code that is not -1."""
        count = np.zeros(1, dtype=np.int64)
        for slot in range(members.shape[-1]):
            held = members[..., slot]
            count = count + ((held >= 0) & (self.code[held] == mine))
        return count

    def within(self, mentee: int, mentor: Ints) -> Iterator[tuple[Floats, float, float]]:
        """Yield a row for each code."""
        code = self.code[mentor]
        for one in np.unique(code[code >= 0]).tolist():
            yield (code == one).astype(np.float64), -np.inf, float(self.most)
