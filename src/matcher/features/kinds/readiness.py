"""Kind `readiness`: who of the two is prepared."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Codes, Floats
from matcher.config.feature_kinds import register
from matcher.features.base import Compared, Selection, mean_of_answered
from matcher.features.stated_answers import BlockAnswers
from matcher.text import fold_each
from matcher.vocabulary import Readiness

LEVELS = {Readiness.NO: 0.0, Readiness.PARTLY: 0.5, Readiness.YES: 1.0}


@dataclass(frozen=True)
class Ready:
    """Mean readiness of the two, or of the one who said: no 0, partly .5, yes 1."""

    mentee: Floats
    mentor: Floats

    def compare(self, pairs: Selection, approach: Codes) -> Compared:
        """Take the mean over those of the two who answered."""
        return mean_of_answered(
            [
                _spread(pairs.mentee(self.mentee), pairs.shape),
                _spread(pairs.mentor(self.mentor), pairs.shape),
            ]
        )

    def stated_by_mentee(self) -> Bools:
        """Return which mentees said how ready they are."""
        return ~np.isnan(self.mentee)

    def stated_by_mentor(self) -> Bools:
        """Return which mentors said how ready they are."""
        return ~np.isnan(self.mentor)


@register(
    "readiness",
    words="whether the two have prepared",
    meaning="Whether both sides have prepared.",
    mentee=("ready",),
    columns="one",
    neutral=0.77,
)
def _readiness(answers: BlockAnswers) -> Ready:
    """Make kind `readiness`."""
    (left,), (right,) = answers.block.columns
    return Ready(_levels(answers.cohort.mentees, left), _levels(answers.cohort.mentors, right))


def _levels(frame: pd.DataFrame, column: str) -> Floats:
    if column not in frame.columns:
        return np.full(len(frame), np.nan)
    known = {level.value: value for level, value in LEVELS.items()}
    return np.array(
        [known.get(word, np.nan) for word in fold_each(frame[column])], dtype=np.float64
    )


def _spread(levels: Floats, shape: tuple[int, ...]) -> Compared:
    answered = np.broadcast_to(~np.isnan(levels), shape)
    return Compared(np.broadcast_to(np.nan_to_num(levels), shape), answered)
