"""Which approach a one-way pair takes: the one that scores best of those that both accept and fit.

Reverse mentoring needs a mentor who is behind, or newer to the same organisation; a sponsor should
have reach.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.arrays import Bools, Codes, Floats, Positions
from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.config.sections import Programme
from matcher.errors import Finding
from matcher.features.base import Listed, Selection
from matcher.features.feature_columns import Items, items_of, numbers_of, separator_of
from matcher.features.feature_set import FeatureSet
from matcher.features.kinds.reach import reach_of
from matcher.scoring.reciprocity import ExchangeWishes
from matcher.text import fold, fold_each
from matcher.vocabulary import Approach

Sides = tuple["Floats", "Floats"]


@dataclass(frozen=True)
class Seniority:
    """Measures of both sides (mentees (n,), mentors (m,)), NaN where unknown."""

    grade: Sides
    """Grade in years of experience."""
    graded: Sides
    """1 where a grade is stated, of the programme's order or not."""
    career: Sides
    """Career years."""
    joined: Sides
    """Day of joining the organisation, as days since 1970."""
    home: Sides
    """Code of the organisation; all are of one where nobody names any."""

    @classmethod
    def of(cls, cohort: Cohort, config: Config) -> Self:
        """Read the measures of a cohort."""
        return cls(
            grade=_both(partial(_grade_years, programme=config.programme), cohort),
            graded=_both(_graded, cohort),
            career=_both(partial(numbers_of, column="career_years"), cohort),
            joined=_both(_days, cohort),
            home=_homes(cohort),
        )

    def gap(self, pairs: Selection) -> Floats:
        """Return years that the mentor is ahead: by grade where both are known, else by career."""
        by_grade, by_career = _ahead(self.grade, pairs), _ahead(self.career, pairs)
        return np.where(np.isnan(by_grade), by_career, by_grade)

    def joined_later(self, pairs: Selection) -> Bools:
        """Return where the mentor joined the mentee's organisation after the mentee."""
        return np.asarray((_ahead(self.joined, pairs) > 0) & (_ahead(self.home, pairs) == 0))

    def is_unordered(self, pairs: Selection) -> Bools:
        """Return where both state grades of which nobody has said which is the higher."""
        return np.isfinite(_ahead(self.graded, pairs)) & np.isnan(_ahead(self.grade, pairs))


def _both(measure: Callable[[pd.DataFrame], Floats], cohort: Cohort) -> Sides:
    return measure(cohort.mentees), measure(cohort.mentors)


def _homes(cohort: Cohort) -> Sides:
    frames = cohort.mentees, cohort.mentors
    words = [word for frame in frames for word in fold_each(frame["organisation"])]
    codes = pd.factorize(np.array([word or None for word in words], dtype=object))[0]
    known = np.where(codes >= 0, codes, np.nan) if (codes >= 0).any() else np.zeros(len(codes))
    return known[: len(frames[0])], known[len(frames[0]) :]


def _ahead(measure: Sides, pairs: Selection) -> Floats:
    return np.asarray(pairs.mentor(measure[1]) - pairs.mentee(measure[0]), dtype=np.float64)


def _grade_years(frame: pd.DataFrame, programme: Programme) -> Floats:
    step = {fold(grade): k * programme.years_per_grade for k, grade in enumerate(programme.grades)}
    if not step or "seniority" not in frame.columns:
        return np.full(len(frame), np.nan)
    words = fold_each(frame["seniority"])
    return np.array([step.get(word, np.nan) for word in words], dtype=np.float64)


def _graded(frame: pd.DataFrame) -> Floats:
    if "seniority" not in frame.columns:
        return np.full(len(frame), np.nan)
    return np.array([1.0 if word else np.nan for word in fold_each(frame["seniority"])])


def _days(frame: pd.DataFrame) -> Floats:
    if "joined" not in frame.columns:
        return np.full(len(frame), np.nan)
    since = pd.to_datetime(frame["joined"]) - pd.Timestamp("1970-01-01")
    return np.asarray(since.dt.days.to_numpy(np.float64, na_value=np.nan))


CODES: dict[Approach, int] = {approach: k for k, approach in enumerate(Approach)}
"""Codes of approaches in arrays; -1 is none."""

NOT_ALLOWED = -1
_LAST = np.int8(127)


class ApproachWorth(NamedTuple):
    """By what a pair's approach is chosen."""

    place: int
    """In the mentee's stated order, 0 first; 0 where none counts."""
    worth: float
    """What it adds to the score, up to what is the same under all."""


@dataclass(frozen=True)
class ApproachChoice:
    """Lists of both sides, mentees' own orders, seniority, and what scores differ by."""

    menu: tuple[Approach, ...]
    """One-way approaches of the programme, preferred first."""
    mentee: Bools
    """(n, a) approaches that each mentee accepts, in the order of `Approach`."""
    mentor: Bools
    """(m, a) approaches that each mentor accepts."""
    rank: NDArray[np.int8]
    """(n, a) place of each approach in the mentee's stated order, 0 first; 0 where none counts."""
    seniority: Seniority
    min_gap_years: float | None
    features: FeatureSet | None = None
    """What makes a pair score better under one approach; None: the menu's order decides."""
    exchange: ExchangeWishes | None = None
    """Who may be a reciprocal pair of which one direction alone takes place; None: nobody."""
    exchange_first: bool = False
    """Whether the programme puts that before its one-way approaches."""

    @classmethod
    def of(cls, cohort: Cohort, config: Config, features: FeatureSet | None = None) -> Self:
        """Read the approaches of a cohort; `features` say which of them a pair is better under."""
        menu = tuple(a for a in config.programme.approaches if a is not Approach.RECIPROCAL)
        separator = separator_of(config)
        lists = [items_of(f, "approaches", separator) for f in (cohort.mentees, cohort.mentors)]
        ranked = "approaches" in config.input.ordered
        return cls(
            menu=menu,
            mentee=accepted(lists[0], menu),
            mentor=accepted(lists[1], menu),
            rank=_ranks(lists[0] if ranked else [()] * len(lists[0])),
            seniority=Seniority.of(cohort, config),
            min_gap_years=config.eligibility.min_gap_years,
            exchange=ExchangeWishes.of(cohort, config),
            exchange_first=config.programme.approaches[:1] == (Approach.RECIPROCAL,),
        ).weighed_by(features)

    def weighed_by(self, features: FeatureSet | None) -> Self:
        """Return the same with other features to choose by, None where none differs."""
        counts = features is not None and any(features.by_approach)
        return replace(self, features=features if counts else None)

    @property
    def nameless(self) -> Self:
        """The same without anybody's label, to be sent elsewhere."""
        return self if self.features is None else replace(self, features=self.features.nameless)

    def choose(self, pairs: Selection, *, without: Approach | None = None) -> Codes:
        """Return the approach of each pair, -1 where none is common and fitting.

        The mentee's stated order comes first, then what scores best, then the menu; `without` one
        it is the next.
        """
        code = np.full(pairs.shape, NOT_ALLOWED, dtype=np.int8)
        possible = self._possible(pairs, without)
        several = np.zeros(pairs.shape, dtype=np.int8)
        for approach, able in possible.items():
            code[able & (code == NOT_ALLOWED)] = CODES[approach]
            several += able
        if (self.features is not None or self.rank.any()) and (several > 1).any():
            few = {approach: able[several > 1] for approach, able in possible.items()}
            code[several > 1] = self._best(pairs.only(several > 1), few)
        return code

    def options(self, pair: Selection) -> dict[Approach, ApproachWorth]:
        """Return the approaches that a single pair can take, in the order of the menu."""
        possible = {one: able for one, able in self._possible(pair).items() if able.any()}
        worth = self._scored(pair, possible)
        return {
            one: ApproachWorth(int(pair.mentee(self.rank[:, CODES[one]])[0]), float(worth[one][0]))
            for one in possible
        }

    def _possible(self, pairs: Selection, without: Approach | None = None) -> dict[Approach, Bools]:
        """Return which pairs can take each approach, in the order of the menu."""
        possible = {
            approach: self._common(pairs, approach, fits)
            for approach, fits in self._fitting(pairs)
            if approach is not without
        }
        if self.exchange is not None:
            both = {Approach.RECIPROCAL: self.exchange.possible(pairs)}
            possible = {**both, **possible} if self.exchange_first else {**possible, **both}
        return possible

    def _best(self, pairs: Selection, possible: dict[Approach, Bools]) -> Codes:
        """Return the approach that counts most for each of some pairs, the first of equals."""
        code, best = np.full(pairs.shape, NOT_ALLOWED, dtype=np.int8), np.full(pairs.shape, -np.inf)
        worth = self._worth(pairs, possible)
        for approach, able in possible.items():
            better = able & (worth[approach] > best)
            code[better] = CODES[approach]
            np.copyto(best, worth[approach], where=better)
        return code

    def _worth(self, pairs: Selection, possible: dict[Approach, Bools]) -> dict[Approach, Floats]:
        """Return by what an approach is chosen: places in a stated order outweigh any score."""
        worth = self._scored(pairs, possible)
        for approach, total in worth.items() if self.rank.any() else ():
            total -= 2.0 * pairs.mentee(self.rank[:, CODES[approach]])
        return worth

    def _scored(self, pairs: Selection, possible: dict[Approach, Bools]) -> dict[Approach, Floats]:
        """Return what each approach adds to the scores."""
        if self.features is None:
            return {approach: np.zeros(pairs.shape) for approach in possible}
        return self.features.worth_of_approaches(pairs, possible)

    def _common(self, pairs: Selection, approach: Approach, fits: Bools) -> Bools:
        at = CODES[approach]
        both = pairs.mentee(self.mentee[:, at]) & pairs.mentor(self.mentor[:, at])
        return np.asarray(both & fits)

    def _fitting(self, pairs: Selection) -> Iterator[tuple[Approach, Bools]]:
        """Yield each approach of the menu with the pairs whose seniority allows it."""
        ahead, behind = self._by_seniority(pairs)
        for approach in self.menu:
            yield approach, behind if approach is Approach.REVERSE else ahead

    def allows(self, pairs: Selection, approach: Approach) -> Bools:
        """Return which pairs may have a one-way approach of the menu."""
        fits = dict(self._fitting(pairs))
        nobody = np.zeros(pairs.shape, dtype=bool)
        return self._common(pairs, approach, fits[approach]) if approach in fits else nobody

    def shared_names(self, pair: Selection) -> list[Approach]:
        """Return the approaches that a single pair has in common, whoever is the senior."""
        everybody = np.ones(pair.shape, dtype=bool)
        return [one for one in self.menu if self._common(pair, one, everybody).any()]

    def _by_seniority(self, pairs: Selection) -> tuple[Bools, Bools]:
        """Return who may mentor as the senior, and who in reverse.

        Reverse needs a mentor who is known to be more junior or to have joined the same
        organisation later. A mentor whose grade or years are not behind may mentor as the senior
        even if newer to the organisation; the date of joining decides only where neither is known.
        Between grades without an order nobody is called the junior: a director may have few years.
        """
        gap, later = self.seniority.gap(pairs), self.seniority.joined_later(pairs)
        unordered = self.seniority.is_unordered(pairs)
        behind = ((gap < 0) | later) & ~unordered
        if self.min_gap_years is not None:
            return ~(gap < self.min_gap_years), behind
        if Approach.REVERSE not in self.menu:
            return np.ones(pairs.shape, dtype=bool), behind
        return ~((gap < 0) | (np.isnan(gap) & later)) | unordered, behind


def accepted(lists: list[Items], menu: tuple[Approach, ...]) -> Bools:
    """Return which of the menu each person accepts, all where the list is empty: (p, a)."""
    offered = np.array([approach in menu for approach in Approach])
    listed = np.array(
        [[approach.value in items for approach in Approach] for items in lists], dtype=bool
    ).reshape(-1, len(Approach))
    empty = np.array([not items for items in lists], dtype=bool)
    return np.asarray((listed | empty[:, None]) & offered)


def _ranks(lists: list[Items]) -> NDArray[np.int8]:
    """Return the place of each approach in people's own orders, 0 where a list is empty: (n, a)."""
    names = [approach.value for approach in Approach]
    rows = [
        [items.index(name) if name in items else _LAST for name in names]
        if items
        else [0] * len(names)
        for items in lists
    ]
    return np.array(rows, dtype=np.int8).reshape(-1, len(names))


def check_reach(
    cohort: Cohort, mentee: Positions, mentor: Positions, approach: Codes
) -> Iterator[Finding]:
    """Yield a warning for each sponsorship whose sponsor has no reach into the organisation.

    A sponsor reaches their own organisation and those listed in `sponsor_organisations`; nothing is
    said where the mentee's organisation is not known.
    """
    sponsored = np.flatnonzero(approach == CODES[Approach.SPONSORSHIP])
    pairs, reach = Listed(mentee[sponsored], mentor[sponsored]), reach_of(cohort)
    known = reach.compare(pairs, approach[sponsored]).answered
    lacking = ~known & pairs.mentee(reach.mentee_stated)
    for k in sponsored[lacking].tolist():
        i, j = int(mentee[k]), int(mentor[k])
        yield Finding(
            "W_SPONSOR_REACH",
            f"{cohort.mentor_index.ids[j]} sponsors {cohort.mentee_index.ids[i]} but names no "
            "reach into the organisation",
            "ask the sponsor, or add it to sponsor_organisations",
            table="mentors",
            column="sponsor_organisations",
        )
