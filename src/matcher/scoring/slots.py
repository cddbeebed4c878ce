"""Whether two people could meet, for programmes that ban pairs without a shared slot or mode."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from matcher.arrays import Bools
from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.features.base import Selection, Sets
from matcher.features.feature_columns import Items, code_sets, items_of, separator_of, stated
from matcher.features.kinds.availability import DAY_PARTS


@dataclass(frozen=True)
class SharedItems:
    """Sets of both sides of which two people should share something, where both stated any."""

    sets: Sets
    mentee_stated: Bools
    mentor_stated: Bools

    @classmethod
    def of(cls, cohort: Cohort, config: Config, column: str) -> SharedItems:
        """Read a list column of both sides; named parts of a day cover their hours."""
        separator = separator_of(config)
        sides = [items_of(f, column, separator) for f in (cohort.mentees, cohort.mentors)]
        if column == "availability":
            sides = [[tuple(_hours(items)) for items in side] for side in sides]
        return cls(code_sets(*sides), stated(sides[0]), stated(sides[1]))

    def nothing_shared(self, pairs: Selection) -> Bools:
        """Return which pairs both answered and share nothing, in the selection's shape."""
        both = pairs.mentee(self.mentee_stated) & pairs.mentor(self.mentor_stated)
        return np.asarray(both & (self.sets.shared(pairs) == 0))


def _hours(items: Items) -> Iterator[str]:
    """Yield `mon-am` as itself and as each hour within, so that it meets `mon-am` and `mon-10`."""
    for item in items:
        yield item
        day, _, part = item.partition("-")
        yield from (f"{day}-{hour:02d}" for hour in DAY_PARTS.get(part, ()))
        hour = part.partition(":")[0]
        if hour.isdigit():
            yield f"{day}-{int(hour):02d}"
