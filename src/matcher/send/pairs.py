"""Where the pairs of a run stand when letters are written, and who covers what once some end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from matcher.plans.lost_pairs import pair_news
from matcher.plans.plan_source import PlannedMatch, PlanSource
from matcher.plans.records import Record, rows_of
from matcher.publish.need_cover import NeedCover
from matcher.vocabulary import ENDED, HALF_ACCEPTED, UNDER_WAY, NeedState, Status


class LetterState(StrEnum):
    """What letters have to say about a pair."""

    NEW = "new"
    ASKED = "asked already"
    SAID_YES = "said yes, the other one is asked"
    AGREED = "agreed"
    CONTINUES = "goes on"


_STATES: dict[str, LetterState] = {
    Status.ACCEPTED: LetterState.AGREED,
    Status.ACTIVE: LetterState.CONTINUES,
    Status.PAUSED: LetterState.CONTINUES,
}
SAID = ("status", "start", "end")
"""What a row about a pair says, as far as a run keeps it."""


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

    def state(self, match: PlannedMatch, *, to_mentor: bool) -> LetterState:
        """Return where a pair stands for one of the two, by the last that was said of it."""
        status = self._status(match)
        if status == (Status.ACCEPTED_MENTOR if to_mentor else Status.ACCEPTED_MENTEE):
            return LetterState.SAID_YES
        if status in (Status.SENT, *HALF_ACCEPTED):
            is_open = self.is_second(match, to_mentor=to_mentor) and not self._is_told(
                match, LetterState.NEW, to_mentor=to_mentor
            )
            return LetterState.NEW if is_open else LetterState.ASKED
        return _STATES.get(status, LetterState.NEW)

    def _status(self, match: PlannedMatch) -> str:
        rows = self.source.engagements_of.get((match.mentee_id, match.mentor_id), ())
        return str(rows[-1]["status"]) if rows else ""

    def has_news(self, match: PlannedMatch, *, to_mentor: bool) -> bool:
        """Whether one of the two has not been written to of how their pair stands."""
        state = self.state(match, to_mentor=to_mentor)
        if state is not LetterState.AGREED or self.ask == "none":
            return state is LetterState.NEW
        return not self._is_told(match, state, to_mentor=to_mentor)

    def news(self, match: PlannedMatch, *, to_mentor: bool) -> str:
        """Return what it is known by, as news to one of the two, how their pair stands."""
        return self._news(match, self.state(match, to_mentor=to_mentor), to_mentor=to_mentor)

    def _news(self, match: PlannedMatch, state: LetterState, *, to_mentor: bool) -> str:
        pair = (match.mentee_id, match.mentor_id)
        return pair_news(self.source, pair, state, as_mentor=to_mentor)

    def _is_told(self, match: PlannedMatch, state: LetterState, *, to_mentor: bool) -> bool:
        return self._news(match, state, to_mentor=to_mentor) in self.source.told

    def waits(self, match: PlannedMatch, *, to_mentor: bool) -> bool:
        """Whether the other one's yes has to come before this one is written to."""
        is_open = self._status(match) not in (*HALF_ACCEPTED, Status.ACCEPTED, *UNDER_WAY)
        return is_open and self.is_second(match, to_mentor=to_mentor)

    @cached_property
    def standing(self) -> PlanSource:
        """The plans' source without the pairs that ended since the run."""
        known, matches = self.source.engagements_of, self.source.matches
        pairs = list(zip(matches["mentee_id"], matches["mentor_id"], strict=True))
        last = {pair: known[pair][-1] for pair in pairs if pair in known}
        ended = {
            pair
            for pair, row in last.items()
            if row["status"] in ENDED and not self._was_known(pair, row)
        }
        now = replace(self.source, ended=frozenset(ended))
        return pairs_left(now, [pair not in ended for pair in pairs])

    @cached_property
    def as_mentees_know(self) -> PlanSource:
        """The same without the pairs of which mentees hear once their mentor has agreed."""
        matches = rows_of(self.standing.matches)
        told = [not self.waits(PlannedMatch(self.source, row), to_mentor=False) for row in matches]
        return pairs_left(self.standing, told)

    @cached_property
    def as_mentors_know(self) -> PlanSource:
        """The same without the pairs of which mentors hear once their mentee has agreed."""
        matches = rows_of(self.standing.matches)
        told = [not self.waits(PlannedMatch(self.source, row), to_mentor=True) for row in matches]
        return pairs_left(self.standing, told)

    def said_since(self) -> bool:
        """Whether anything was recorded of the run's pairs since it was made: they were sent."""
        pairs = zip(self.source.matches["mentee_id"], self.source.matches["mentor_id"], strict=True)
        known = self.source.engagements_of
        return any(pair in known and not self._was_known(pair, known[pair][-1]) for pair in pairs)

    def _was_known(self, pair: tuple[str, str], row: Record) -> bool:
        """Whether a pair's last row was there already when the run was made."""
        told = [tuple(map(one.get, SAID)) for one in self.before.get(pair, ())]
        return tuple(map(row.get, SAID)) in told

    def is_second(self, match: PlannedMatch, *, to_mentor: bool) -> bool:
        """Whether the other one of the pair is asked first; two who mentor each other together."""
        first = "mentee first" if to_mentor else "mentor first"
        return self.ask == first and not match.is_mutual


def pairs_left(source: PlanSource, kept: Sequence[bool]) -> PlanSource:
    """Return the source with some of its matches alone, who is there for what said anew.

    What a pair that is gone was there for goes to whoever of those left offers it, or to contacts
    who hold it, or stays open: as in a run with these pairs. Whoever lost no pair keeps what the
    run said.

    Parameters
    ----------
    source
        With all matches. Pairs of people who are not in the tables any more are gone as well.
    kept
        Which of its matches are left, by row.
    """
    stay = np.asarray(kept, dtype=bool)
    matches = source.matches[stay]
    gone = {*source.matches["mentee_id"][~stay], *(mentee for mentee, _ in source.parted)}
    changed = gone & {*source.mentees}
    if not changed:
        return source if stay.all() else source.with_matches(matches)
    sides = source.cohort.mentee_index, source.cohort.mentor_index
    columns = (matches["mentee_id"], matches["mentor_id"])
    at = [index.positions(tuple(ids)) for index, ids in zip(sides, columns, strict=True)]
    pairs, rows = np.stack(at, axis=1), np.lexsort((at[1], at[0]))
    cover = NeedCover.of_people(source.cohort, source.config, source.audit, pairs[rows])
    by_row = dict(zip(rows.tolist(), cover.covers, strict=True))
    covers = [
        by_row[k] if mentee in changed else was
        for k, (mentee, was) in enumerate(zip(columns[0], matches["covers"], strict=True))
    ]
    return replace(
        source,
        matches=matches.assign(covers=pd.Series(covers, index=matches.index, dtype=object)),
        portfolios=_portfolios(source, cover, changed),
    )


def _portfolios(source: PlanSource, cover: NeedCover, changed: set[str]) -> pd.DataFrame:
    table, position = source.portfolios, source.cohort.mentee_index.position

    def of(column: str, state: NeedState) -> pd.Series[Any]:
        now, was = cover.needs_in(state), table[column]
        cells = [
            now[position[mentee]] if mentee in changed else facets
            for mentee, facets in zip(table["mentee_id"], was, strict=True)
        ]
        return pd.Series(cells, index=table.index, dtype=object)

    return table.assign(
        partly=of("partly", NeedState.PARTLY), uncovered=of("uncovered", NeedState.OPEN)
    )
