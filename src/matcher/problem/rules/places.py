"""A mentor's places, or the hours that matches may take: column ``capacity``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matcher.problem.rules.limit import Limit, Unit
from matcher.problem.rules.rule import numbered
from matcher.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Self

    from matcher.problem.market import Floats, Ints, Market
    from matcher.problem.rules.rule import Names


@dataclass(frozen=True)
class Places(Limit):
    """The loads of a mentor's matches stay within the capacity."""

    place = 10
    kind = "capacity"
    unit = Unit.LOAD
    noun = "place"

    capacity: Floats
    """(m,)"""

    @classmethod
    def of_market(cls, market: Market) -> Iterator[Self]:
        """Yield the capacity of all mentors."""
        yield cls(market.capacity)

    @property
    def group(self) -> Ints:
        """Every mentor alone."""
        return np.arange(len(self.capacity))

    @property
    def most(self) -> Floats:
        """The capacity."""
        return self.capacity

    def label(self, row: str, names: Names) -> str:
        """Return the mentor."""
        return names.mentors[int(row)]

    def gives(self, row: int, names: Names) -> str:
        """Return what the mentor can give."""
        return f"mentor {names.mentors[row]} can give {self.capacity[row]:g}"

    def setting(self, row: int, names: Names) -> str:
        """Return whose capacity it is."""
        return f"the capacity of {names.mentors[row]}"

    def told(self, at: Sequence[int], names: Names) -> Iterator[str]:
        """Yield what the mentors hold together."""
        who = numbered([names.mentors[j] for j in at], "eligible mentor")
        yield f"{who} {plural(len(at), 'holds', 'hold')} {sum(self.whole(j) for j in at):g}"

    def relief(self, at: int, names: Names) -> str:
        """Return one more place."""
        return f"1 more place with {names.mentors[at]}"
