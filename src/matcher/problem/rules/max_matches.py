"""The most matches of the programme: ``[capacity] max_matches``; a reciprocal pair counts two."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from matcher.problem.rules.limit import Limit, Unit
from matcher.text import count_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Self

    from matcher.cohort.cohort import Cohort
    from matcher.config import Config
    from matcher.problem.market import Floats, Ints, Market
    from matcher.problem.rules.rule import Names


@dataclass(frozen=True)
class MaxMatches(Limit):
    """All portfolios together hold at most `limit` items."""

    place = 40
    kind = "max_matches"
    named_rows = True
    unit = Unit.MATCH
    noun = "programme"
    in_proportion = ("limit",)

    limit: float
    mentors: int
    """How many there are."""

    @classmethod
    def of(cls, cohort: Cohort, config: Config) -> Iterator[Self]:
        """Yield the limit of the config."""
        if config.capacity.max_matches is not None:
            yield cls(float(config.capacity.max_matches), len(cohort.mentors))

    def with_mentor(self) -> Self:
        """Return the same limit over one more mentor."""
        return replace(self, mentors=self.mentors + 1)

    @property
    def group(self) -> Ints:
        """All mentors together."""
        return np.zeros(self.mentors, dtype=np.int64)

    @property
    def most(self) -> Floats:
        """The limit: (1,)."""
        return np.array([self.limit])

    def row_names(self, market: Market) -> Sequence[str]:
        """Return the name of its one row."""
        return ("programme",)

    def gives(self, row: int, names: Names) -> str:
        """Return what the programme makes."""
        return f"the programme makes at most {count_of(self.limit, 'match', 'matches')}"

    def setting(self, row: int, names: Names) -> str:
        """Return the key."""
        return "capacity.max_matches"

    def told(self, at: Sequence[int], names: Names) -> Iterator[str]:
        """Yield what the programme makes."""
        yield f"the programme makes at most {count_of(self.whole(0), 'match', 'matches')}"

    def relief(self, at: int, names: Names) -> str:
        """Return the key, one higher."""
        return f"{self.setting(at, names)} higher by 1"
