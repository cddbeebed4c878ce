"""Whether sponsors can open doors where their mentees work."""

from collections.abc import Iterator

import numpy as np

from matcher.arrays import Codes, Positions
from matcher.cohort.cohort import Cohort
from matcher.errors import Finding
from matcher.features.feature_columns import items_of
from matcher.scoring.approaches import CODES
from matcher.text import fold_each
from matcher.vocabulary import Approach


def check_reach(
    cohort: Cohort, mentee: Positions, mentor: Positions, approach: Codes
) -> Iterator[Finding]:
    """Yield a warning for each sponsorship whose sponsor has no reach into the organisation.

    A sponsor reaches their own organisation and those listed in `sponsor_organisations`; nothing is
    said where the mentee's organisation is not known.
    """
    homes = fold_each(cohort.mentees["organisation"])
    own = fold_each(cohort.mentors["organisation"])
    listed = items_of(cohort.mentors, "sponsor_organisations")
    for k in np.flatnonzero(approach == CODES[Approach.SPONSORSHIP]).tolist():
        i, j = int(mentee[k]), int(mentor[k])
        if homes[i] and homes[i] not in {own[j], *listed[j]}:
            yield Finding(
                "W_SPONSOR_REACH",
                f"{cohort.mentor_index.ids[j]} sponsors {cohort.mentee_index.ids[i]} but names no "
                "reach into the organisation",
                "ask the sponsor, or add it to sponsor_organisations",
                table="mentors",
                column="sponsor_organisations",
            )
