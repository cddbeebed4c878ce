"""Kind `availability`: how easily two people can meet.

The value is the mean of those of five parts that the programme asked, each in [0, 1]; a part that
one of the two left open counts with the feature's neutral value:

* slots: shared hours of the week, on one clock, by `SHARED_HOURS`; what else somebody ticks costs
  nothing;
* hours a month: those that both have over what the programme expects of a pair, at most 1, so that
  no further hour of either lowers it;
* cadence: the rarer rhythm over the more frequent one;
* mode: 1 for a common mode, else 0; whom either way suits (`hybrid`) has one with everybody;
* place: for a pair that may meet online 1 up to `NEARBY` hours between their time zones, falling to
  0 at `FARTHEST`; 1 where neither names one, open where only one does or one is not understood; for
  a pair that may meet in person 1 at one site or location, else 0, open where one named none; the
  better where it may do both, and 0 where both said how they meet and have no way in common.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from matcher.arrays import Bools, Codes, Floats
from matcher.config.feature_kinds import register
from matcher.features.base import BothStated, Compared, MeanOfParts, Selection, where_answered
from matcher.features.feature_columns import Items, Sets, code_sets, stated
from matcher.features.stated_answers import BlockAnswers
from matcher.features.weeks import Clocks, Weeks
from matcher.text import fold_each, words_beside
from matcher.vocabulary import Mode

PARTS = ("availability", "hours_per_month", "cadence", "modes", "site")
"""The parts by the column that stands for each; a feature block may name some of them."""

ASKED_BY = {"site": ("site", "location", "modes", "timezone")}
"""Further columns that answer a part."""

SHARED_HOURS, MEETING = (0.0, 1.0, 6.0), (0.0, 0.8, 1.0)
"""Shared hours a week and their values: one is enough to meet, six leave a choice."""

NEARBY, FARTHEST = 2.0, 10.0
"""Hours between time zones that do not matter, and that make a call unreasonable."""

PER_MONTH: dict[str, float] = {
    rhythm: meetings / months
    for rhythm, (meetings, months) in words_beside(__file__, "../data/rhythms.toml").items()
}
"""Meetings a month of the rhythms that people name."""


@dataclass(frozen=True)
class Slots(BothStated):
    """Hours of the week in which both are free."""

    weeks: Weeks

    def compare(self, pairs: Selection, approach: Codes) -> Compared:
        """Compare the weeks of both sides."""
        value = np.interp(self.weeks.shared(pairs), SHARED_HOURS, MEETING)
        return where_answered(value, self.weeks.told(pairs))


@dataclass(frozen=True)
class Ratio(BothStated):
    """The smaller of two numbers over the larger, or over `enough` where it is told, at most 1."""

    mentee: Floats
    mentor: Floats
    enough: float | None

    def compare(self, pairs: Selection, approach: Codes) -> Compared:
        """Divide the smaller by what it is held against."""
        ours, theirs = pairs.mentee(self.mentee), pairs.mentor(self.mentor)
        least = np.minimum(ours, theirs)
        top = np.maximum(ours, theirs) if self.enough is None else np.full(pairs.shape, self.enough)
        value = np.divide(least, top, out=np.ones(pairs.shape), where=top > 0)
        return where_answered(np.minimum(value, 1.0), self.both(pairs))


@dataclass(frozen=True)
class Modes(BothStated):
    """1 for a common mode, else 0."""

    modes: Sets

    def compare(self, pairs: Selection, approach: Codes) -> Compared:
        """Compare how both would meet."""
        return where_answered(self.modes.meet(pairs).astype(np.float64), self.both(pairs))


@dataclass(frozen=True)
class Place(BothStated):
    """How near the two are in what matters: the clock online, the site in person."""

    online: tuple[Bools, Bools]
    in_person: tuple[Bools, Bools]
    """Who of both sides would meet so; who named no way may meet in person."""
    neutral: float
    clocks: Clocks
    sites: tuple[tuple[Sets, Bools, Bools], ...]
    """Site and location of both sides, and who named them."""

    def compare(self, pairs: Selection, approach: Codes) -> Compared:
        """Compare the clocks of pairs that may meet online and the places of the others."""
        online, in_person = (
            np.asarray(pairs.mentee(ours) & pairs.mentor(theirs))
            for ours, theirs in (self.online, self.in_person)
        )
        apart = np.abs(pairs.mentee(self.clocks.mentee) - pairs.mentor(self.clocks.mentor))
        apart = np.where(np.isnan(apart), 0.0, np.minimum(apart, 24.0 - apart))
        by_clock = np.clip((FARTHEST - apart) / (FARTHEST - NEARBY), 0.0, 1.0)
        known, alike = np.zeros(pairs.shape, dtype=bool), np.zeros(pairs.shape, dtype=bool)
        for sets, ours, theirs in self.sites:
            known |= pairs.mentee(ours) & pairs.mentor(theirs)
            alike |= sets.meet(pairs)
        ways = (online, by_clock, self.clocks.comparable(pairs)), (in_person, alike, known)
        worth = [np.where(told, value, self.neutral) for _, value, told in ways]
        best = np.max(
            [np.where(can, each, -1.0) for (can, *_), each in zip(ways, worth, strict=True)], axis=0
        )
        is_open = [
            can & ~told & (each == best) for (can, _, told), each in zip(ways, worth, strict=True)
        ]
        return where_answered(np.maximum(best, 0.0), ~np.logical_or(*is_open))


@register(
    "availability",
    words="how easily the two can meet",
    meaning="Shared slots, hours, cadence, mode and place.",
    mentee=PARTS,
    choices=PARTS,
    neutral=0.81,
)
def _availability(answers: BlockAnswers) -> MeanOfParts:
    """Make kind `availability` from the contact columns of both tables."""
    cohort, modes = answers.cohort, answers.items("modes")
    made: dict[str, Callable[[], BothStated]] = {
        "availability": lambda: _slots(Weeks.of(cohort, answers.config)),
        "hours_per_month": lambda: _ratio(
            *answers.numbers("hours_per_month"), enough=answers.config.programme.hours_per_month
        ),
        "cadence": lambda: _ratio(*map(_rhythms, (cohort.mentees, cohort.mentors))),
        "modes": lambda: _modes(*modes),
        "site": lambda: _place(answers, modes),
    }
    named = answers.block.mentee or PARTS
    asked = [part for part in named if answers.asked(ASKED_BY.get(part, (part,)))]
    return MeanOfParts.of(answers.block.neutral, *(made[part]() for part in asked or named))


def _slots(weeks: Weeks) -> Slots:
    return Slots(weeks.mentee_stated, weeks.mentor_stated, weeks)


def _modes(ours: list[Items], theirs: list[Items]) -> Modes:
    return Modes(stated(ours), stated(theirs), code_sets(ours, theirs))


def _ratio(mentee: Floats, mentor: Floats, *, enough: float | None = None) -> Ratio:
    known = ~np.isnan(mentee), ~np.isnan(mentor)
    return Ratio(*known, np.nan_to_num(mentee), np.nan_to_num(mentor), enough)


def _place(answers: BlockAnswers, modes: tuple[list[Items], ...]) -> Place:
    cohort = answers.cohort
    online = [_has(rows, Mode.VIRTUAL) for rows in modes]
    in_person = [_has(rows, Mode.IN_PERSON) | ~stated(rows) for rows in modes]
    sites = []
    for column in ("site", "location"):
        ours, theirs = answers.items(column)
        sites.append((code_sets(ours, theirs), stated(ours), stated(theirs)))
    mentees = np.logical_or.reduce([online[0], *(named for _, named, _ in sites)])
    mentors = np.logical_or.reduce([online[1], *(named for _, _, named in sites)])
    return Place(
        mentees,
        mentors,
        online=(online[0], online[1]),
        in_person=(in_person[0], in_person[1]),
        neutral=answers.block.neutral,
        clocks=Clocks.of(cohort, answers.config),
        sites=tuple(sites),
    )


def _rhythms(frame: pd.DataFrame) -> Floats:
    """Return meetings a month, NaN where no rhythm that we know is named."""
    if "cadence" not in frame.columns:
        return np.full(len(frame), np.nan)
    return np.array([PER_MONTH.get(word, np.nan) for word in fold_each(frame["cadence"])])


def _has(rows: list[Items], mode: Mode) -> Bools:
    return np.array([mode.value in row for row in rows], dtype=bool)
