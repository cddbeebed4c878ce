"""Where the pairs of a run stand when letters are written: who is asked, and in which order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import pandas as pd

from matcher.plans.plan_source import PlannedMatch, PlanSource
from matcher.plans.records import Record
from matcher.vocabulary import Approach, Status


class LetterState(StrEnum):
    """What letters have to say about a pair."""

    NEW = "new"
    ASKED = "asked already"
    AGREED = "agreed"
    CONTINUES = "goes on"


_STATES = {
    Status.SENT: LetterState.ASKED,
    Status.ACCEPTED: LetterState.AGREED,
    Status.ACTIVE: LetterState.CONTINUES,
    Status.PAUSED: LetterState.CONTINUES,
}
_ENDED = (
    *(Status.DECLINED, Status.MISMATCH, Status.WITHDREW_MENTEE, Status.WITHDREW_MENTOR),
    *(Status.NO_SHOW, Status.COMPLETED),
)
_SAID = ("status", "start", "end", "reason_code")
"""What a row about a pair says."""


@dataclass(frozen=True)
class PairStates:
    """The pairs of a run that stand, with what was said of them since."""

    source: PlanSource
    """With the pairs as they are recorded now."""
    before: Mapping[tuple[str, str], Sequence[Record]]
    """What was recorded of pairs when the run was made."""

    @property
    def ask(self) -> str:
        """Who is asked first, as the programme says."""
        return self.source.config.programme.ask

    def state(self, match: PlannedMatch) -> LetterState:
        """Return where a pair stands by the last that was said of it."""
        rows = self.source.engagements_of.get((match.mentee_id, match.mentor_id), ())
        return _STATES.get(rows[-1]["status"], LetterState.NEW) if rows else LetterState.NEW

    @cached_property
    def standing(self) -> PlanSource:
        """The plans' source without the pairs that ended since the run."""
        known = self.source.engagements_of.items()
        ended = {
            pair
            for pair, rows in known
            if rows[-1]["status"] in _ENDED and not self._was_known(pair, rows[-1])
        }
        matches = self.source.matches
        pairs = zip(matches["mentee_id"], matches["mentor_id"], strict=True)
        kept = pd.Series([pair not in ended for pair in pairs], index=matches.index, dtype=bool)
        return self.source.with_matches(matches[kept])

    def _was_known(self, pair: tuple[str, str], row: Record) -> bool:
        """Whether a pair's last row was there already when the run was made."""
        told = [tuple(map(one.get, _SAID)) for one in self.before.get(pair, ())]
        return tuple(map(row.get, _SAID)) in told

    def is_second(self, match: PlannedMatch, *, to_mentor: bool) -> bool:
        """Whether the other one of the pair is asked first; two who mentor each other together."""
        if match.row["approach"] == Approach.RECIPROCAL:
            return False
        return self.ask == ("mentee first" if to_mentor else "mentor first")
