"""Kind `preference`: what mentee and mentor said of each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from matcher.arrays import Codes
from matcher.config import FeatureConfig
from matcher.config.feature_kinds import BlockFault, register
from matcher.features.base import BothStated, Compared, PairTable, Selection
from matcher.features.stated_answers import TOP, BlockAnswers
from matcher.features.stated_wishes import MIDDLE, stated_wishes
from matcher.vocabulary import Role

UNSTATED = MIDDLE / TOP
"""What the side that said nothing is taken to think."""


@dataclass(frozen=True)
class Preference(BothStated):
    """Mean of both sides' scores with an unstated side at .5; unanswered where both are.

    Each side counts by itself, so that whoever names somebody at 3 or more raises the pair.
    """

    table: PairTable

    def compare(self, pairs: Selection, approach: Codes) -> Compared:
        """Look the pairs up among those of whom somebody said something."""
        return pairs.scatter(self.table)


def _has_neutral(block: FeatureConfig) -> Iterator[BlockFault]:
    if block.missing not in (None, UNSTATED):
        remedy = "leave it out: any other value would make naming somebody lower the pair"
        yield "missing", f"kind preference has the neutral value {UNSTATED}", remedy


@register(
    "preference",
    words="whom the two said they would like",
    meaning="Mean of both sides' stated scores, 0 to 5 as 0 to 1; an unstated side counts .5.",
    columns="none",
    table="preferences",
    neutral=UNSTATED,
    check=_has_neutral,
)
def _preference(answers: BlockAnswers) -> Preference:
    """Make kind `preference` from the table of that name; a veto bans and scores nothing."""
    cohort = answers.cohort
    of_mentees, of_mentors = (
        (stated_wishes(cohort, role) / TOP).clip(0.0, 1.0) for role in (Role.MENTEE, Role.MENTOR)
    )
    both = pd.concat([of_mentees, of_mentors], axis=1, keys=["mentee", "mentor"]).sort_index()
    known = both.fillna(UNSTATED)
    values = (known["mentee"].to_numpy() + known["mentor"].to_numpy()) / 2.0
    places = np.array(both.index.to_list(), dtype=np.int64).reshape(-1, 2)
    n, m = len(cohort.mentees), len(cohort.mentors)
    return Preference(
        np.isin(np.arange(n), of_mentees.index.get_level_values(0)),
        np.isin(np.arange(m), of_mentors.index.get_level_values(1)),
        PairTable.build(places[:, 0], places[:, 1], values, (n, m)),
    )
