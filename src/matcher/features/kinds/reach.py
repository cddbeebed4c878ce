"""Kind `reach`: whether a sponsor has reach into the mentee's organisation."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from matcher.arrays import Codes
from matcher.cohort.cohort import Cohort
from matcher.config.feature_kinds import register
from matcher.features.base import BothStated, Compared, Selection, where_answered
from matcher.features.feature_columns import Items, Sets, code_sets, items_of, stated
from matcher.features.stated_answers import BlockAnswers
from matcher.vocabulary import Approach

SPONSORSHIP = tuple(Approach).index(Approach.SPONSORSHIP)


@dataclass(frozen=True)
class Reach(BothStated):
    """1 for a sponsorship with reach; where none is named, and for other approaches, unanswered."""

    organisations: Sets

    def compare(self, pairs: Selection, approach: Codes) -> Compared:
        """Look for the mentee's organisation among those that the mentor reaches."""
        if not (approach == SPONSORSHIP).any():
            return Compared(np.zeros(pairs.shape), np.zeros(pairs.shape, dtype=bool))
        known = self.organisations.meet(pairs) & (approach == SPONSORSHIP)
        return where_answered(np.ones(pairs.shape), known)


def reached(mentors: pd.DataFrame, separator: str = ";") -> list[Items]:
    """Return the organisations that each mentor reaches: their own and those they list."""
    own = items_of(mentors, "organisation", "\n")
    listed = items_of(mentors, "sponsor_organisations", separator)
    return [tuple(dict.fromkeys((*a, *b))) for a, b in zip(own, listed, strict=True)]


def reach_of(cohort: Cohort, separator: str = ";") -> Reach:
    """Return who reaches whose organisation."""
    homes = items_of(cohort.mentees, "organisation", "\n")
    reaches = reached(cohort.mentors, separator)
    return Reach(stated(homes), stated(reaches), code_sets(homes, reaches))


@register(
    "reach",
    words="whether a sponsor has reach into the mentee's organisation",
    meaning="1 for a sponsorship with reach into the mentee's organisation; else neutral.",
    mentee=("organisation",),
    mentor=("sponsor_organisations",),
    columns="one",
    approach=Approach.SPONSORSHIP,
    by_approach=(Approach.SPONSORSHIP,),
    neutral=0.28,
)
def _reach(answers: BlockAnswers) -> Reach:
    """Make kind `reach`."""
    return reach_of(answers.cohort, answers.config.input.separator or ";")
