"""Places that the mentors of a pool share: column ``pool`` and ``[capacity.pools]``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from matcher.problem.rules.limit import Limit, Unit
from matcher.text import fold, fold_each

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Self

    from matcher.cohort.cohort import Cohort
    from matcher.config import Config
    from matcher.problem.market import Floats, Ints, Market
    from matcher.problem.rules.rule import Names


@dataclass(frozen=True)
class Pools(Limit):
    """The loads of the matches with a pool's mentors stay within the pool's places."""

    place = 20
    kind = "pool"
    unit = Unit.LOAD
    noun = "pool"
    by_mentor = (("pool", -1),)
    in_proportion = ("capacity",)

    pool: Ints
    """(m,) pool of each mentor, -1 for none."""
    capacity: Floats
    """(p,) load that the mentors of a pool may take together."""
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
            yield cls(codes, np.array(list(named.values()), dtype=np.float64), tuple(named))

    @property
    def group(self) -> Ints:
        """The pools."""
        return self.pool

    @property
    def most(self) -> Floats:
        """The places of each pool."""
        return self.capacity

    def relaxed(self, market: Market, lightest: Floats) -> Iterator[Self]:
        """Yield the pools with as many places as they hold of the lightest matches."""
        least, inside = np.full(len(self.capacity), np.inf), self.pool >= 0
        np.minimum.at(least, self.pool[inside], lightest[inside])
        wide = float(market.n_mentees) * market.n_mentors
        fits = np.where(least > 0, self.capacity / np.maximum(least, 1e-300), wide)
        yield replace(self, capacity=np.minimum(fits, wide))

    def _name(self, row: int) -> str:
        return self.names[row] if self.names else f"number {row + 1}"

    def label(self, row: str, names: Names) -> str:
        """Return the pool."""
        return self._name(int(row))

    def gives(self, row: int, names: Names) -> str:
        """Return what the pool can give."""
        return f"pool {self._name(row)} can give {self.capacity[row]:g}"

    def setting(self, row: int, names: Names) -> str:
        """Return the pool's key."""
        return f"[capacity.pools] {self._name(row)}"

    def told(self, at: Sequence[int], names: Names) -> Iterator[str]:
        """Yield what each pool gives."""
        for row in at:
            yield f"pool {self._name(row)} gives {self.whole(row):g} in all"

    def relief(self, at: int, names: Names) -> str:
        """Return one more place in the pool."""
        return f"1 more place in pool {self._name(at)}"
