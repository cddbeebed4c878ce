"""Whom people say they would like to be matched with, by position."""

import numpy as np
import pandas as pd

from matcher.cohort.cohort import Cohort
from matcher.vocabulary import Role

WELCOME = 3.0
"""Score from which somebody is named as a person whom one would like."""

MIDDLE = 2.5
"""Score of somebody who is neither: what a side that said nothing is taken to think."""

TENTHS = 10
"""Points of a choice for each unit of its score."""


def stated_wishes(cohort: Cohort, role: Role) -> pd.Series:
    """Return the scores, 0 to 5, that people in a role gave, by (mentee, mentor) position.

    The lowest counts where somebody scored the same person twice. A row without a role is a
    mentee's where it can be, else a mentor's.

    Parameters
    ----------
    cohort
        Whose preferences.
    role
        In which role people speak: mentee or mentor.

    Returns
    -------
    pd.Series
        Float, index of two integer levels, sorted.
    """
    said = cohort.preferences
    score = pd.to_numeric(said["score"], errors="coerce").to_numpy(np.float64, na_value=np.nan)
    stated = said["role"].astype(object).to_numpy()
    blank = said["role"].isna().to_numpy()
    as_mentee = _places(cohort, said["person_id"], said["other_id"])
    as_mentor = _places(cohort, said["other_id"], said["person_id"])
    may = (as_mentee >= 0).all(axis=1)
    if role is Role.MENTEE:
        places, mine = as_mentee, (stated == role.value) | (blank & may)
    else:
        places, mine = as_mentor, (stated == role.value) | (blank & ~may)
    mine &= np.isfinite(score) & (places >= 0).all(axis=1)
    index = pd.MultiIndex.from_arrays(places[mine].T, names=["mentee", "mentor"])
    return pd.Series(score[mine], index).groupby(level=[0, 1]).min()


def _places(cohort: Cohort, mentees: pd.Series, mentors: pd.Series) -> np.ndarray:
    """Return positions of mentees and mentors, -1 for who is no such: (k, 2)."""
    return np.column_stack(
        [cohort.mentee_index.positions(mentees), cohort.mentor_index.positions(mentors)]
    )


def choice_points(cohort: Cohort) -> pd.Series:
    """Return what each pair counts for as people's choice, by (mentee, mentor) position.

    Each side that named the other, at `WELCOME` or more, counts its score in tenths; nothing counts
    where a side scored the other below the middle.

    Parameters
    ----------
    cohort
        Whose preferences.

    Returns
    -------
    pd.Series
        Whole numbers above 0, sorted by position.
    """
    sides = [stated_wishes(cohort, role) for role in (Role.MENTEE, Role.MENTOR)]
    both = pd.concat(sides, axis=1).sort_index()
    named = both.where(both >= WELCOME, 0.0).fillna(0.0).sum(axis=1)
    points = (TENTHS * named.where(~(both < MIDDLE).any(axis=1), 0.0)).round().astype(np.int64)
    return points[points > 0]
