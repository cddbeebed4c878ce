"""How many a mentor may sponsor: column ``max_sponsorship`` and the key of ``[capacity]``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matcher.features.feature_columns import numbers_of
from matcher.problem.rules.limit import Limit, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Self

    from matcher.cohort.cohort import Cohort
    from matcher.config import Config
    from matcher.problem.market import Floats, Ints, Market
    from matcher.problem.rules.rule import Names


@dataclass(frozen=True)
class SponsorshipLimit(Limit):
    """A mentor sponsors at most so many."""

    place = 30
    kind = "sponsorship"
    unit = Unit.SPONSORSHIP
    noun = "sponsorship"
    by_mentor = (("limit", np.inf),)
    in_proportion = ("limit",)

    limit: Floats
    """(m,) most sponsorships of each mentor, inf where open."""

    @classmethod
    def of(cls, cohort: Cohort, config: Config) -> Iterator[Self]:
        """Yield the limits where any mentor has one."""
        stated = numbers_of(cohort.mentors, "max_sponsorship")
        default = config.capacity.max_sponsorship
        limit = np.where(np.isnan(stated), np.inf if default is None else float(default), stated)
        if np.isfinite(limit).any():
            yield cls(limit)

    @property
    def group(self) -> Ints:
        """Every mentor alone."""
        return np.arange(len(self.limit))

    @property
    def most(self) -> Floats:
        """The limit of each mentor."""
        return self.limit

    def rhs(self, market: Market) -> Floats:
        """Return the limits, at most one sponsorship a mentee, so that all are finite."""
        return np.minimum(self.limit, float(market.n_mentees))

    def label(self, row: str, names: Names) -> str:
        """Return the mentor."""
        return names.mentors[int(row)]

    def gives(self, row: int, names: Names) -> str:
        """Return what the mentor sponsors."""
        return f"mentor {names.mentors[row]} sponsors at most {self.limit[row]:g}"

    def setting(self, row: int, names: Names) -> str:
        """Return whose limit it is."""
        return f"max_sponsorship of {names.mentors[row]}"

    def told(self, at: Sequence[int], names: Names) -> Iterator[str]:
        """Yield what each mentor sponsors."""
        for row in at:
            yield f"{names.mentors[row]} sponsors at most {self.whole(row):g}"

    def relief(self, at: int, names: Names) -> str:
        """Return one more sponsorship."""
        return f"1 more sponsorship by {names.mentors[at]}"
