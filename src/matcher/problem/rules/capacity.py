"""What a mentor can give: places, or the hours that matches may take: column ``capacity``."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from matcher.problem.market import Market
from matcher.problem.rules.limit import Limit, Unit
from matcher.problem.rules.rule import Names, numbered
from matcher.text import plural


@dataclass(frozen=True)
class MentorPlaces(Limit):
    """The loads of a mentor's matches stay within the capacity."""

    place = 10
    kind = "capacity"
    unit = Unit.LOAD
    noun = "place"
    gives = "mentor {who} can give {most}"
    setting = "the capacity of {who}"
    eased = "1 more place with {who}"

    @classmethod
    def of_market(cls, market: Market) -> Iterator[Self]:
        """Yield the capacity of all mentors."""
        yield cls(market.capacity)

    def told(self, at: Sequence[int], names: Names) -> Iterator[str]:
        """Yield what the mentors hold together."""
        who = numbered([names.mentors[j] for j in at], "eligible mentor")
        yield f"{who} {plural(len(at), 'holds', 'hold')} {self.whole(list(at)).sum():g}"
