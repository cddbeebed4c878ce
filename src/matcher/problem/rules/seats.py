"""What a portfolio must or must not hold: ``[[portfolio.seats]]``; by approach: `approach_seats`.

Seats that only count are a rule each. Where mentors take one seat and no other, everybody has a
seat and every seat its share if and only if no set of seats is asked too little or too much (Hall
1935; by Mendelsohn and Dulmage 1958 one sitting then serves both ends). So such seats are rules
that count as well, one for each set of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations
from typing import ClassVar, Self, TypeVar

import numpy as np

from matcher.arrays import Bools, Floats, Ints
from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.config.sections import SeatConfig
from matcher.errors import Finding
from matcher.features.feature_columns import codes_of, folded_words, items_of, separator_of
from matcher.problem.rules.lacking import Lacking
from matcher.problem.rules.rule import RELAX, ForcedItems, PortfolioRule, Taken
from matcher.text import fold, listed

Homes = tuple[Ints, Ints]
"""Organisation codes of mentees (n,) and mentors (m,), -1 unknown."""

AnySeat = TypeVar("AnySeat", bound="SeatRule")

OUTSIDE = "from outside the organisation"


@dataclass(frozen=True)
class SeatRule(PortfolioRule):
    """A portfolio holds at least and at most so many mentors who count.

    Who counts has a code, and at most `most` have the same one; -1 counts for nothing.
    """

    place = 80
    by_mentee: ClassVar[tuple[str, ...]] = ("mentee_home",)

    who: str
    """What is said of those who count, such as ``in seat lead``."""
    least: int
    most: float
    mentee_home: Ints
    """(n,) organisation of each mentee, -1 unknown (then every mentor is from outside)."""
    mentor_home: Ints
    """(m,) organisation of each mentor, -1 unknown (counts as from outside)."""
    away: Ints
    """(m,) code of each mentor for mentees of another organisation."""
    at_home: Ints
    """(m,) code of each mentor for mentees of the same organisation."""
    alone: bool = True
    """Whether no other rule asks for somebody; then who counts comes first."""

    @classmethod
    def of(cls, cohort: Cohort, config: Config) -> Iterator[Self]:
        """Yield a rule for each seat, and for each set of those that are filled.

        None where a seat asks for an approach: these wait until it is known what pairs may be.
        """
        seats = config.portfolio.seats
        if not config.portfolio.seated_approaches:
            rules = [cls.of_seat(cohort, config, seat) for seat in seats]
            yield from cls.together(rules, [seat.fill for seat in seats])

    @staticmethod
    def together(seats: Sequence[AnySeat], fill: Sequence[bool]) -> Iterator[AnySeat]:
        """Yield what seats ask for, each for itself but for those that are filled."""
        made = [seat for seat, filled in zip(seats, fill, strict=True) if not filled]
        made += SeatRule.filled([seat for seat, filled in zip(seats, fill, strict=True) if filled])
        alone = sum(rule.least > 0 for rule in made) == 1
        yield from (replace(rule, alone=alone) for rule in made if rule.binds)

    @classmethod
    def of_seat(cls, cohort: Cohort, config: Config, seat: SeatConfig) -> Self:
        """Return one seat of the config for itself, by whichever approach."""
        most = np.inf if seat.max is None else float(seat.max)
        if seat.each:
            who = f"of one {seat.each} (seat {seat.name})"
            code = codes_of(folded_words(cohort.mentors, seat.each))
        else:
            who, code = f"in seat {seat.name}", np.where(_where(cohort, config, seat), 0, -1)
        at_home = np.full(len(code), -1) if seat.external else code
        who = f"{OUTSIDE} (seat {seat.name})" if seat.external else who
        return cls(who, seat.min, most, *_homes(cohort), away=code, at_home=at_home)

    @classmethod
    def external(cls, least: int, mentee_home: Ints, mentor_home: Ints) -> Self:
        """Return that at least so many are from outside the organisation."""
        some = np.zeros(len(mentor_home), dtype=np.int64)
        return cls(OUTSIDE, least, np.inf, mentee_home, mentor_home, away=some, at_home=some - 1)

    @classmethod
    def alike(cls, code: Ints, most: int, n_mentees: int) -> Self:
        """Return that at most so many have the same code, -1 for none."""
        homes = np.full(n_mentees, -1), np.full(len(code), -1)
        return cls("of one kind", 0, float(most), *homes, away=code, at_home=code)

    @staticmethod
    def filled(seats: Sequence[AnySeat]) -> list[AnySeat]:
        """Return what seats ask for together where a mentor sits in one of them and no other."""
        asked = [seat for seat in seats if seat.least]
        capped = [seat for seat in seats if np.isfinite(seat.most)]
        rules = [_least_of(part) for part in _parts(asked) if part]
        for part in _parts(capped) if seats else ():
            others = [seat for seat in seats if id(seat) not in map(id, part)]
            rules.append(_most_of(seats[0], part, others))
        return rules

    @property
    def asks(self) -> str:
        """How many who count a portfolio needs, or may hold."""
        most = f"a portfolio holds at most {self.most:g} {self.who}"
        return f"each needs {self.least} {self.who}" if self.least else most

    @property
    def binds(self) -> bool:
        """Whether it forbids anything."""
        return self.least > 0 or bool(np.isfinite(self.most) and self.can_count.any())

    @property
    def can_count(self) -> Bools:
        """(m,) who counts for some mentee."""
        return np.asarray((self.away >= 0) | (self.at_home >= 0))

    @property
    def is_personal(self) -> bool:
        """Whether who counts hangs on the mentee."""
        return bool((self.mentee_home >= 0).any() and (self.away != self.at_home).any())

    def counting(self, seats: Sequence[SeatRule], inside: bool) -> Self:
        """Return the rule with whoever counts for any of some seats, or else for none of them."""
        away, at_home = (
            np.where(np.any([np.zeros(len(self.away), dtype=bool), *fits], axis=0) == inside, 0, -1)
            for fits in ([seat.away >= 0 for seat in seats], [seat.at_home >= 0 for seat in seats])
        )
        return replace(self, away=away, at_home=at_home)

    def with_mentor(self) -> Self:
        """Return the rule with one more mentor, who counts where somebody is asked for."""
        code = 0 if self.least else -1
        new = {"mentor_home": -1, "away": code, "at_home": code}
        return self._changed({name: np.append(getattr(self, name), new[name]) for name in new})

    def code(self, mentee: Ints, mentor: Ints) -> Ints:
        """Return the code of mentors for mentees; the two broadcast, and so does -1 for nobody."""
        home = self.mentee_home[mentee]
        same = (home == self.mentor_home[mentor]) & (home >= 0)
        code = np.where(same, self.at_home[mentor], self.away[mentor])
        return np.where(mentor >= 0, code, -1)

    def can_be(self, mentee: Ints, mentor: Ints) -> Bools:
        """Return which mentors count for mentees in some way; the two broadcast."""
        return np.asarray(self.code(mentee, mentor) >= 0)

    def _held(self, mentee: Ints, members: Ints, mine: Ints) -> Ints:
        """Return how many members have each code that is not -1."""
        count = np.zeros(1, dtype=np.int64)
        for slot in range(members.shape[-1]):
            count = count + (self.code(mentee, members[..., slot]) == mine)
        return np.where(mine >= 0, count, 0)

    def blocks(self, mentee: Ints, members: Ints, mentor: Ints) -> Bools | bool:
        """Return which mentors are of a code that is full."""
        if not np.isfinite(self.most):
            return False
        mine = self.code(mentee, mentor)
        return np.asarray((mine >= 0) & (self._held(mentee, members, mine) >= self.most))

    def admits(self, taken: Taken, mentee: Ints, mentor: Ints) -> Bools:
        """Return who may come next: nobody who leaves too little room for those who are asked."""
        open_ = super().admits(taken, mentee, mentor)
        if not self.least:
            return np.asarray(open_)
        counts = self.code(mentee, mentor) >= 0
        lacking = self.least - self._count(mentee, self.held(taken, mentee))
        fits = lacking - counts <= taken.market.limit[mentee] - taken.size[mentee] - 1
        return np.asarray(open_ & fits & (counts | (lacking <= 0) | (not self.alone)))

    def _count(self, mentee: Ints, members: Ints) -> Ints:
        """Return how many members count: (..., K) -> (...)."""
        return np.asarray((self.code(np.asarray(mentee)[..., None], members) >= 0).sum(axis=-1))

    def holds(self, mentee: Ints, members: Ints) -> Bools:
        """Return which portfolios have enough who count, and no code too often."""
        fine = self._count(mentee, members) >= self.least
        if not np.isfinite(self.most):
            return np.asarray(fine)
        code = self.code(mentee[:, None], members)
        count = self._held(mentee[:, None], members[:, None, :], code)
        return np.asarray(fine & (count <= self.most).all(axis=1))

    def within(self, mentee: int, mentor: Ints) -> Iterator[tuple[Floats, float, float]]:
        """Yield a row for each item, who needs enough beside it, and for each code."""
        if self.least:
            counts = self.can_be(np.array(mentee), mentor)
            for item in range(len(mentor)):
                weight = counts - self.least * (np.arange(len(mentor)) == item)
                yield weight.astype(np.float64), 0.0, np.inf
        if np.isfinite(self.most):
            code = self.code(np.array(mentee), mentor)
            for one in np.unique(code[code >= 0]).tolist():
                yield (code == one).astype(np.float64), -np.inf, float(self.most)

    def conflicts(self, forced: ForcedItems) -> Iterator[Finding]:
        """Yield forced pairs who are too many of a code, and people for whom nobody is left."""
        pairs = forced.pairs
        code = self.code(pairs[:, 0], self.read(forced.keys, forced.market.n_mentors))
        group = np.column_stack([pairs[:, 0], code])[code >= 0]
        alike, count = np.unique(group, axis=0, return_counts=True)
        for i, one in alike[count > self.most].tolist():
            few = np.flatnonzero((pairs[:, 0] == i) & (code == one))[: int(self.most) + 1]
            most = f"a portfolio holds at most {self.most:g} {self.who}"
            what = f"{most}, but {listed(forced.names.pairs(pairs[few]))} are forced"
            yield Finding("I_CONTRADICTION", what, RELAX)
        if self.least:
            yield from Lacking(self, forced).found()


def _least_of(seats: Sequence[AnySeat]) -> AnySeat:
    """Return that enough mentors count for any of some seats."""
    who = listed([seat.who for seat in seats], "or")
    least = sum(seat.least for seat in seats)
    return replace(seats[0].counting(seats, inside=True), who=who, least=least, most=np.inf)


def _most_of(rule: AnySeat, seats: Sequence[AnySeat], others: Sequence[AnySeat]) -> AnySeat:
    """Return that no more mentors count for some seats alone than sit in them."""
    who = f"{listed([seat.who for seat in seats], 'or')} alone" if seats else "in no seat"
    most = float(sum(seat.most for seat in seats))
    return replace(rule.counting(others, inside=False), who=who, least=0, most=most)


def _parts(seats: Sequence[AnySeat]) -> Iterator[tuple[AnySeat, ...]]:
    """Yield every set of some seats, the empty one first."""
    sizes = range(len(seats) + 1)
    yield from chain.from_iterable(combinations(seats, size) for size in sizes)


def _where(cohort: Cohort, config: Config, seat: SeatConfig) -> Bools:
    """Return which mentors have one of the words in each column that a seat names: (m,)."""
    fits, separator = np.ones(len(cohort.mentors), dtype=bool), separator_of(config)
    for column, words in seat.where.items():
        wanted = set(map(fold, words))
        items = items_of(cohort.mentors, column, separator)
        whole = folded_words(cohort.mentors, column)
        found = [bool(wanted & {*row, word}) for row, word in zip(items, whole, strict=True)]
        fits &= np.array(found, dtype=bool)
    return fits


def _homes(cohort: Cohort) -> Homes:
    """Return the organisations of both sides."""
    mentees, mentors = (folded_words(f, "organisation") for f in (cohort.mentees, cohort.mentors))
    codes = codes_of(mentees + mentors)
    return codes[: len(mentees)], codes[len(mentees) :]
