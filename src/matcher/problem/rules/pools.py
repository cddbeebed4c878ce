"""Places that the mentors of a pool share: column ``pool`` and ``[capacity.pools]``."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.problem.market import Floats, Ints, Market
from matcher.problem.rules.limit import Limit, Unit
from matcher.problem.rules.rule import Names
from matcher.text import fold, fold_each


@dataclass(frozen=True)
class Pools(Limit):
    """The loads of the matches with a pool's mentors stay within the pool's places."""

    place = 20
    kind = "pool"
    unit = Unit.LOAD
    noun = "pool"
    by_mentor = (("pool", -1),)
    gives = "pool {who} can give {most}"
    setting = "[capacity.pools] {who}"
    holds = "pool {who} gives {most} in all"
    eased = "1 more place in pool {who}"

    pool: Ints
    """(m,) pool of each mentor, -1 for none."""
    names: tuple[str, ...] = ()
    """What the pools are called; empty: by number, from 1."""

    @classmethod
    def of(cls, cohort: Cohort, config: Config) -> Iterator[Self]:
        """Yield the pools of the config, sorted by name."""
        named = dict(sorted(config.capacity.pools.items()))
        if named:
            place = {fold(name): k for k, name in enumerate(named)}
            words = fold_each(cohort.mentors["pool"])
            codes = np.array([place.get(word, -1) for word in words], dtype=np.int64)
            yield cls(np.array(list(named.values()), dtype=np.float64), codes, tuple(named))

    @property
    def group(self) -> Ints:
        """The pools."""
        return self.pool

    def label(self, row: str, names: Names) -> str:
        """Return the pool."""
        return self.names[int(row)] if self.names else f"number {int(row) + 1}"

    def relaxed(self, market: Market, lightest: Floats) -> Iterator[Self]:
        """Yield the pools with as many places as they hold of the lightest matches."""
        least, inside = np.full(len(self.most), np.inf), self.pool >= 0
        np.minimum.at(least, self.pool[inside], lightest[inside])
        wide = float(market.n_mentees) * market.n_mentors
        fits = np.where(least > 0, self.most / np.maximum(least, 1e-300), wide)
        yield replace(self, most=np.minimum(fits, wide))
