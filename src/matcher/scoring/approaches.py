"""Which approach a one-way pair takes: the first on the menu that both sides and ranks allow.

Reverse mentoring needs a mentor who is behind, or newer; a sponsor should have reach.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.arrays import Bools, Codes, Floats, Positions
from matcher.cohort.cohort import Cohort
from matcher.config import Config
from matcher.config.sections import Programme
from matcher.errors import Finding
from matcher.features.base import Selection
from matcher.features.feature_columns import Items, items_of, numbers_of, separator_of
from matcher.text import fold, fold_each
from matcher.vocabulary import Approach

Sides = tuple["Floats", "Floats"]


@dataclass(frozen=True)
class Seniority:
    """Three measures of both sides (mentees (n,), mentors (m,)), NaN where unknown."""

    grade: Sides
    """Grade in years of experience."""
    career: Sides
    """Career years."""
    joined: Sides
    """Day of joining the organisation, as days since 1970."""

    @classmethod
    def of(cls, cohort: Cohort, config: Config) -> Self:
        """Read the measures of a cohort."""
        return cls(
            grade=_both(partial(_grade_years, programme=config.programme), cohort),
            career=_both(partial(numbers_of, column="career_years"), cohort),
            joined=_both(_days, cohort),
        )

    def gap(self, pairs: Selection) -> Floats:
        """Return years that the mentor is ahead: by grade where both are known, else by career."""
        by_grade, by_career = _ahead(self.grade, pairs), _ahead(self.career, pairs)
        return np.where(np.isnan(by_grade), by_career, by_grade)

    def joined_later(self, pairs: Selection) -> Bools:
        """Return where the mentor joined the organisation after the mentee."""
        return np.asarray(_ahead(self.joined, pairs) > 0)


def _both(measure: Callable[[pd.DataFrame], Floats], cohort: Cohort) -> Sides:
    return measure(cohort.mentees), measure(cohort.mentors)


def _ahead(measure: Sides, pairs: Selection) -> Floats:
    return np.asarray(pairs.mentor(measure[1]) - pairs.mentee(measure[0]), dtype=np.float64)


def _grade_years(frame: pd.DataFrame, programme: Programme) -> Floats:
    step = {fold(grade): k * programme.years_per_grade for k, grade in enumerate(programme.grades)}
    if not step or "seniority" not in frame.columns:
        return np.full(len(frame), np.nan)
    words = fold_each(frame["seniority"])
    return np.array([step.get(word, np.nan) for word in words], dtype=np.float64)


def _days(frame: pd.DataFrame) -> Floats:
    if "joined" not in frame.columns:
        return np.full(len(frame), np.nan)
    since = pd.to_datetime(frame["joined"]) - pd.Timestamp("1970-01-01")
    return np.asarray(since.dt.days.to_numpy(np.float64, na_value=np.nan))


CODES: dict[Approach, int] = {approach: k for k, approach in enumerate(Approach)}
"""Codes of approaches in arrays; -1 is none."""

NOT_ALLOWED = -1
_LAST = np.int8(127)


@dataclass(frozen=True)
class ApproachChoice:
    """Lists of both sides, the order of preference, and seniority."""

    menu: tuple[Approach, ...]
    """One-way approaches of the programme, preferred first."""
    mentee: Bools
    """(n, a) approaches that each mentee accepts, in the order of `Approach`."""
    mentor: Bools
    """(m, a) approaches that each mentor accepts."""
    rank: NDArray[np.int8]
    """(n, a) place of each approach in the mentee's order of preference, 0 first."""
    seniority: Seniority
    min_gap_years: float | None

    @classmethod
    def of(cls, cohort: Cohort, config: Config) -> Self:
        """Read the approaches of a cohort."""
        menu = tuple(a for a in config.programme.approaches if a is not Approach.RECIPROCAL)
        separator = separator_of(config)
        lists = [items_of(f, "approaches", separator) for f in (cohort.mentees, cohort.mentors)]
        order = _menu_order(menu)
        ranked = "approaches" in config.input.ordered
        return cls(
            menu=menu,
            mentee=accepted(lists[0], menu),
            mentor=accepted(lists[1], menu),
            rank=_ranks(lists[0], order) if ranked else np.tile(order, (len(lists[0]), 1)),
            seniority=Seniority.of(cohort, config),
            min_gap_years=config.eligibility.min_gap_years,
        )

    def choose(self, pairs: Selection) -> Codes:
        """Return the approach of each pair, -1 where none is common and fitting."""
        code = np.full(pairs.shape, NOT_ALLOWED, dtype=np.int8)
        best = np.full(pairs.shape, _LAST, dtype=np.int8)
        ahead, behind = self._by_seniority(pairs)
        for approach in self.menu:
            at = CODES[approach]
            fits = behind if approach is Approach.REVERSE else ahead
            common = pairs.mentee(self.mentee[:, at]) & pairs.mentor(self.mentor[:, at]) & fits
            rank = np.broadcast_to(pairs.mentee(self.rank[:, at]), pairs.shape)
            better = common & (rank < best)
            code[better], best[better] = at, rank[better]
        return code

    def shared(self, pairs: Selection) -> Bools:
        """Return which pairs have an approach in common, whoever is the senior."""
        common = np.zeros(pairs.shape, dtype=bool)
        for approach in self.menu:
            at = CODES[approach]
            common |= pairs.mentee(self.mentee[:, at]) & pairs.mentor(self.mentor[:, at])
        return common

    def _by_seniority(self, pairs: Selection) -> tuple[Bools, Bools]:
        """Return who may mentor as the senior, and who in reverse.

        Reverse needs a mentor who is known to be more junior or to have joined later. A mentor
        whose grade or years are not behind may mentor as the senior even if newer to the
        organisation; the date of joining decides only where neither is known.
        """
        gap, later = self.seniority.gap(pairs), self.seniority.joined_later(pairs)
        behind = (gap < 0) | later
        if self.min_gap_years is not None:
            return ~(gap < self.min_gap_years), behind
        if Approach.REVERSE not in self.menu:
            return np.ones(pairs.shape, dtype=bool), behind
        return ~((gap < 0) | (np.isnan(gap) & later)), behind


def accepted(lists: list[Items], menu: tuple[Approach, ...]) -> Bools:
    """Return which of the menu each person accepts, all where the list is empty: (p, a)."""
    offered = np.array([approach in menu for approach in Approach])
    listed = np.array(
        [[approach.value in items for approach in Approach] for items in lists], dtype=bool
    ).reshape(-1, len(Approach))
    empty = np.array([not items for items in lists], dtype=bool)
    return np.asarray((listed | empty[:, None]) & offered)


def _menu_order(menu: tuple[Approach, ...]) -> NDArray[np.int8]:
    """Return the place of each approach on the menu: (a,)."""
    return np.array([menu.index(a) if a in menu else _LAST for a in Approach], dtype=np.int8)


def _ranks(lists: list[Items], order: NDArray[np.int8]) -> NDArray[np.int8]:
    """Return each mentee's own order; the menu's where the list is empty: (n, a)."""
    names = [approach.value for approach in Approach]
    rows = [
        [items.index(name) if name in items else _LAST for name in names] if items else order
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
    homes = fold_each(cohort.mentees["organisation"])
    own = fold_each(cohort.mentors["organisation"])
    listed = items_of(cohort.mentors, "sponsor_organisations")
    for k in np.flatnonzero(approach == CODES[Approach.SPONSORSHIP]).tolist():
        i, j = int(mentee[k]), int(mentor[k])
        if homes[i] and homes[i] not in {own[j], *listed[j]}:
            yield Finding(
                "W_SPONSOR_REACH",
                f"{cohort.mentor_index.ids[j]} sponsors {cohort.mentee_index.ids[i]} but names no "
                "reach into the organisation",
                "ask the sponsor, or add it to sponsor_organisations",
                table="mentors",
                column="sponsor_organisations",
            )
