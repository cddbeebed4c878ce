"""The most matches of the programme: ``[capacity] max_matches``; a reciprocal pair counts two."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.problem.market import Ints, Market
from matcher.problem.rules.limit import Limit, Unit
from matcher.problem.rules.rule import Names


@dataclass(frozen=True)
class MaxMatches(Limit):
    """All portfolios together hold at most so many items; the limit has one row."""

    place = 40
    kind = "max_matches"
    named_rows = True
    unit = Unit.MATCH
    noun = "programme"
    gives = holds = "the programme makes at most {matches}"
    setting = "capacity.max_matches"
    eased = "capacity.max_matches higher by 1"

    mentors: int
    """How many there are."""

    @classmethod
    def of(cls, cohort: Cohort, config: Config) -> Iterator[Self]:
        """Yield the limit of the config."""
        if config.capacity.max_matches is not None:
            yield cls(np.array([float(config.capacity.max_matches)]), len(cohort.mentors))

    @property
    def group(self) -> Ints:
        """All mentors together."""
        return np.zeros(self.mentors, dtype=np.int64)

    def with_mentor(self) -> Self:
        """Return the same limit over one more mentor."""
        return replace(self, mentors=self.mentors + 1)

    def row_names(self, market: Market) -> Sequence[str]:
        """Return the name of its one row."""
        return ("programme",)

    def label(self, row: str, names: Names) -> str:
        """Return its name: it is about everybody."""
        return row
