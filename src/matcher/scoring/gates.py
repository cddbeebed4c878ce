"""Who takes part in this round at all, and why others do not."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from matcher.arrays import Bools
from matcher.cohort.cohort import Cohort, Index
from matcher.config import Config
from matcher.features.feature_columns import numbers_of
from matcher.vocabulary import Decision, Readiness

NOT_READY = "not ready yet"
GONE = "no longer available"
ASKS_NONE = "asks for no mentor"
HELD = "held by a decision after an earlier run"


def said_of(reason: str) -> str:
    """Return the reason of a closed gate as it is said of somebody, such as 'is not ready yet'."""
    return reason if reason == ASKS_NONE else f"is {reason}"


@dataclass(frozen=True)
class Gate:
    """For each person of one side, why they are kept out; empty where they take part."""

    reason: tuple[str, ...]

    @cached_property
    def is_open(self) -> Bools:
        """Return who takes part: (p,)."""
        return np.array([not why for why in self.reason], dtype=bool)


def mentee_gate(cohort: Cohort, config: Config, decisions: pd.DataFrame) -> Gate:
    """Return which mentees take part."""
    frame = cohort.mentees
    return _gate(
        len(frame),
        (ASKS_NONE, numbers_of(frame, "max_mentors") == 0),
        (GONE, _is_gone(frame, cohort)),
        (NOT_READY, _is_unready(frame, config)),
        (HELD, _is_held(cohort.mentee_index, decisions, "mentee_id", "mentor_id")),
    )


def mentor_gate(cohort: Cohort, config: Config, decisions: pd.DataFrame) -> Gate:
    """Return which mentors take part."""
    frame = cohort.mentors
    return _gate(
        len(frame),
        (GONE, _is_gone(frame, cohort)),
        (NOT_READY, _is_unready(frame, config)),
        (HELD, _is_held(cohort.mentor_index, decisions, "mentor_id", "mentee_id")),
    )


def _gate(size: int, *closed: tuple[str, Bools]) -> Gate:
    reason = np.full(size, "", dtype=object)
    for why, who in reversed(closed):
        reason[who] = why
    return Gate(tuple(reason))


def _is_gone(frame: pd.DataFrame, cohort: Cohort) -> Bools:
    if "available_until" not in frame.columns:
        return np.zeros(len(frame), dtype=bool)
    until = pd.to_datetime(frame["available_until"])
    return np.asarray((until < pd.Timestamp(cohort.as_of)).to_numpy(dtype=bool))


def _is_unready(frame: pd.DataFrame, config: Config) -> Bools:
    if not config.eligibility.require_ready:
        return np.zeros(len(frame), dtype=bool)
    return np.asarray((frame["ready"].astype(object) == Readiness.NO.value).to_numpy(dtype=bool))


def _is_held(index: Index, decisions: pd.DataFrame, person: str, other: str) -> Bools:
    """Return who is held as a person: a hold that names a pair is a ban of that pair."""
    held = decisions[(decisions["decision"] == Decision.HOLD.value) & (decisions[other] == "")]
    return np.isin(np.array(index.ids, dtype=object), held[person].to_numpy(dtype=object))
