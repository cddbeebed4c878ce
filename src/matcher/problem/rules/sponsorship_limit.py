"""How many a mentor may sponsor: column ``max_sponsorship`` and the key of ``[capacity]``."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.features.feature_columns import numbers_of
from matcher.problem.market import Floats, Market
from matcher.problem.rules.limit import Limit, Unit


@dataclass(frozen=True)
class SponsorshipLimit(Limit):
    """A mentor sponsors at most so many, any number where the limit is inf."""

    place = 30
    kind = "sponsorship"
    unit = Unit.SPONSORSHIP
    noun = "sponsorship"
    by_mentor = (("most", np.inf),)
    gives = "mentor {who} sponsors at most {most}"
    setting = "max_sponsorship of {who}"
    holds = "{who} sponsors at most {most}"
    eased = "1 more sponsorship by {who}"

    @classmethod
    def of(cls, cohort: Cohort, config: Config) -> Iterator[Self]:
        """Yield the limits where any mentor has one."""
        stated = numbers_of(cohort.mentors, "max_sponsorship")
        default = config.capacity.max_sponsorship
        limit = np.where(np.isnan(stated), np.inf if default is None else float(default), stated)
        if np.isfinite(limit).any():
            yield cls(limit)

    def rhs(self, market: Market) -> Floats:
        """Return the limits, at most one sponsorship a mentee, so that all are finite."""
        return np.minimum(self.most, float(market.n_mentees))
