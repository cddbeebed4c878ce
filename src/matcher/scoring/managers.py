"""Who stands in whose line: pairs of a person and a manager above, some levels up."""

import numpy as np
import pandas as pd

from matcher.arrays import Positions
from matcher.cohort.cohort import Cohort

LINE = ("line_manager", "second_supervisor")


def line_pairs(cohort: Cohort, levels: int) -> tuple[Positions, Positions]:
    """Return mentee and mentor of every pair in which one is above the other in the line.

    The first level is the line manager and the second supervisor; each further level is the line
    manager of the level below, as far as that person is in the cohort. Both directions are
    returned: nobody mentors, or is mentored by, a manager of theirs.
    """
    person, manager = _direct(cohort, LINE)
    upper_person, upper_manager = _direct(cohort, LINE[:1])
    above = pd.DataFrame({"manager": upper_person, "next": upper_manager})
    level = pd.DataFrame({"person": person, "manager": manager})
    found = []
    for _ in range(levels):
        found.append(level)
        level = level.merge(above, on="manager")[["person", "next"]]
        level = level.rename(columns={"next": "manager"}).drop_duplicates()
    if not found:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    pairs = pd.concat(found).drop_duplicates()
    return _both_ways(cohort, pairs["person"].to_numpy(), pairs["manager"].to_numpy())


def _direct(cohort: Cohort, columns: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return people and their managers as the rows of both tables state them, without repeats."""
    stated = [
        frame[["person_id", column]].set_axis(["person", "manager"], axis=1).dropna()
        for frame in (cohort.mentees, cohort.mentors)
        for column in columns
        if column in frame.columns
    ]
    pairs = pd.concat(stated).drop_duplicates()
    return list(pairs["person"]), list(pairs["manager"])


def _both_ways(
    cohort: Cohort, person: np.ndarray, manager: np.ndarray
) -> tuple[Positions, Positions]:
    mentee = cohort.mentee_index.positions(np.concatenate([person, manager]))
    mentor = cohort.mentor_index.positions(np.concatenate([manager, person]))
    known = (mentee >= 0) & (mentor >= 0)
    return mentee[known], mentor[known]
