"""Whom mentees named, who of those could be their mentor, who is, and why the others are not."""

import numpy as np

from matcher.evaluate.instance_metrics import mentee_preferences
from matcher.features.stated_wishes import WELCOME
from matcher.publish.matched_pairs import MatchedPairs
from matcher.scoring.approaches import NOT_ALLOWED


def honoured_choices(pairs: MatchedPairs) -> dict[str, int] | None:
    """Return how many named, possible mentors were given, and why not the others.

    Parameters
    ----------
    pairs
        The matches.

    Returns
    -------
    dict or None
        ``named`` wishes for a mentor at `WELCOME` or more, ``possible`` ones that no rule bars,
        ``given`` matches among those; of the rest ``no_place`` whose mentor's places went to
        others, and ``cost`` whose mentor has a place left but would bring the cohort less. None
        where nobody named anybody.
    """
    instance, problem = pairs.instance, pairs.instance.problem
    i, j, score = mentee_preferences(instance.cohort)
    m = max(1, problem.n_mentors)
    i, j = np.divmod(np.unique(i[score >= WELCOME] * m + j[score >= WELCOME]), m)
    if not len(i):
        return None
    mutual = instance.reciprocal.candidates.number_of(i, j) >= 0
    possible = (instance.candidates.listed(i, j) != NOT_ALLOWED) | mutual
    given = np.isin(i * m + j, pairs.mentee * m + pairs.mentor)
    open_ = possible & ~given
    full = (problem.capacity - pairs.used)[j] < np.min(pairs.load, initial=1.0) - 1e-9
    return {
        "named": len(i),
        "possible": int((possible | given).sum()),
        "given": int(given.sum()),
        "no_place": int((open_ & full).sum()),
        "cost": int((open_ & ~full).sum()),
    }
