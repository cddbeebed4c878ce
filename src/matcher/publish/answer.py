"""The answer of a run by position: what every file of a run folder is written from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from matcher.explain.unplaced import Unplaced, explain_unplaced
from matcher.features.base import Listed
from matcher.pipeline import solve_instance
from matcher.problem.co_mentoring import side_of
from matcher.problem.instance import summed, without_earlier_run
from matcher.problem.periods import is_brief, start_periods
from matcher.problem.priorities import priority_classes, waiting_days
from matcher.problem.problem import Assignment
from matcher.problem.value import PortfolioValues, evaluate, gather_items, held_cover, welfare
from matcher.scoring.approaches import CODES
from matcher.scoring.sponsors import check_reach
from matcher.vocabulary import Approach

if TYPE_CHECKING:
    from matcher.errors import Finding
    from matcher.features.base import Codes
    from matcher.pipeline import Instance
    from matcher.problem.problem import Bools, Floats, Ints
    from matcher.solver.solution import Solution


@dataclass(frozen=True)
class Answer:
    """An instance and its solution, with what follows from both; k matches."""

    instance: Instance
    solution: Solution

    @cached_property
    def assignment(self) -> Assignment:
        """Chosen items, sorted by mentee and mentor."""
        return Assignment.of(self.solution.pairs, self.solution.reciprocal)

    @property
    def mentee(self) -> Ints:
        """(k,) mentee of each match."""
        return self.assignment.pairs[:, 0]

    @property
    def mentor(self) -> Ints:
        """(k,) mentor of each match."""
        return self.assignment.pairs[:, 1]

    @property
    def is_reciprocal(self) -> Bools:
        """(k,) whether each match is a side of a reciprocal pair."""
        return np.asarray(self.assignment.reciprocal >= 0)

    @cached_property
    def approach(self) -> Codes:
        """(k,) approach of each match."""
        one_way = self.instance.candidates.listed(self.mentee, self.mentor)
        code = np.where(self.is_reciprocal, CODES[Approach.RECIPROCAL], one_way)
        return code.astype(np.int8)

    @cached_property
    def approach_names(self) -> list[str]:
        """(k,) approach of each match in words."""
        names = [approach.value for approach in Approach]
        return [names[code] for code in self.approach.tolist()]

    @cached_property
    def own_score(self) -> Floats:
        """(k,) pair score of each match in its own direction."""
        return self.instance.pair_scores.directional(self.mentee, self.mentor, self.approach)

    @cached_property
    def combined_score(self) -> Floats:
        """(k,) pair score after the two directions of a reciprocal pair are combined."""
        pairs = self.instance.reciprocal
        if not len(pairs.candidates):
            return self.own_score
        number = np.maximum(self.assignment.reciprocal, 0)
        is_a = side_of(pairs.candidates, number, self.mentee)
        used = np.where(is_a, pairs.a_used[number], pairs.b_used[number])
        return np.where(self.is_reciprocal, used, self.own_score)

    @cached_property
    def score(self) -> Floats:
        """(k,) published score: the value that the objective uses."""
        bonus = np.where(self.is_reciprocal, self.instance.reciprocal.bonus, 0.0)
        return self.combined_score + bonus

    @cached_property
    def terms(self) -> PortfolioValues:
        """Terms of V of every mentee."""
        return evaluate(self.instance.problem, self.assignment)

    @cached_property
    def load(self) -> Floats:
        """(k,) what each match takes of its mentor's capacity."""
        return gather_items(self.instance.problem, self.assignment).load

    @cached_property
    def used(self) -> Floats:
        """(m,) load of each mentor."""
        m = self.instance.problem.n_mentors
        return summed(self.mentor, self.load, m)

    @cached_property
    def hours(self) -> Floats:
        """(k,) hours a month of each match; the light side of an exchange takes its share."""
        hours = self.instance.hours.of_pairs(Listed(self.mentee, self.mentor))
        pairs = self.instance.reciprocal
        if not len(pairs.candidates):
            return hours
        number = np.maximum(self.assignment.reciprocal, 0)
        is_a = side_of(pairs.candidates, number, self.mentee)
        light = np.where(is_a, pairs.a_light[number], pairs.b_light[number])
        return np.where(self.is_reciprocal, light * hours, hours)

    @cached_property
    def start_period(self) -> Ints:
        """(k,) period in which each match starts, 1 where the programme has one."""
        instance = self.instance
        places = instance.problem.capacity
        if instance.config.capacity.unit == "hours":
            places = places / max(instance.hours.default, 1e-9)
        brief = is_brief(instance.cohort.mentees)[self.mentee]
        periods = instance.config.programme.periods
        return start_periods(
            self.mentor, brief, places, periods, first=self.is_forced, pairs=self.reciprocal_rows
        )

    @cached_property
    def reciprocal_rows(self) -> Ints:
        """(p, 2) the two rows of each reciprocal pair."""
        number = self.assignment.reciprocal
        rows = np.flatnonzero(number >= 0)
        return rows[np.argsort(number[rows], kind="stable")].reshape(-1, 2)

    @cached_property
    def is_forced(self) -> Bools:
        """(k,) whether each match is a locked or forced one."""
        m = max(1, self.instance.problem.n_mentors)
        held = self.instance.problem.required
        forced = np.isin(self.mentee * m + self.mentor, held[:, 0] * m + held[:, 1])
        both = np.isin(self.assignment.reciprocal, self.instance.problem.required_reciprocal)
        return np.asarray(np.where(self.is_reciprocal, both, forced), dtype=bool)

    @cached_property
    def keeping_cost(self) -> float | None:
        """Welfare given up for the pairs of an earlier run: the cohort is solved afresh for it.

        None where there is no earlier run, or where it changed nothing in the problem.
        """
        fresh, problem = without_earlier_run(self.instance), self.instance.problem
        fixed = len(problem.required) > len(fresh.problem.required)
        fixed |= len(problem.required_reciprocal) > len(fresh.problem.required_reciprocal)
        if self.instance.carried is None or not (fixed or problem.kept_bonus > 0):
            return None
        best = solve_instance(fresh)
        if not np.isfinite(best.objective):
            return None
        return max(0.0, best.objective - welfare(fresh.problem, self.assignment))

    @cached_property
    def sensitivity(self) -> tuple[pd.DataFrame, list[str]]:
        """What changes of single weights do, and (k,) whether each match survives all of them.

        An empty table and empty texts unless ``[report] sensitivity`` asks for it: each change is
        a solve of its own.
        """
        if not self.instance.config.report.sensitivity or not len(self.mentee):
            return pd.DataFrame(), [""] * len(self.mentee)
        from matcher.tune.sensitivity import QUARTER, sensitivity

        found = sensitivity(self.instance, factors=QUARTER, solution=self.solution)
        order = np.lexsort((self.solution.pairs[:, 1], self.solution.pairs[:, 0]))
        robust = found.fragile["robust"].to_numpy(dtype=bool)[order]
        return found.table, ["true" if survives else "false" for survives in robust.tolist()]

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """Warnings about the matches: sponsors who cannot reach the mentee's organisation."""
        return tuple(check_reach(self.instance.cohort, self.mentee, self.mentor, self.approach))

    @property
    def all_findings(self) -> tuple[Finding, ...]:
        """Warnings of the cohort, of its rules and of the matches, each once."""
        found = (*self.instance.cohort.findings, *self.instance.findings, *self.findings)
        return tuple(dict.fromkeys(found))

    @cached_property
    def size(self) -> Ints:
        """(n,) mentors of each mentee."""
        return np.bincount(self.mentee, minlength=self.instance.problem.n_mentees)

    @property
    def serves(self) -> Bools:
        """(n,) people in one role only who play it as mentors."""
        problem = self.instance.problem
        if problem.either is None or problem.person_mentor is None:
            return np.zeros(problem.n_mentees, dtype=bool)
        serving = (problem.person_mentor >= 0) & (self.used[problem.person_mentor] > 0)
        return np.asarray(problem.either & serving)

    @cached_property
    def waiting(self) -> list[int]:
        """Mentees who take part and have no mentor, first in line first."""
        cohort = self.instance.cohort
        open_gate = self.instance.candidates.eligibility.mentee_gate.is_open
        left = np.flatnonzero((self.size == 0) & open_gate & ~self.serves)
        level, days = priority_classes(cohort)[left], waiting_days(cohort)[left]
        return [int(i) for i in left[np.lexsort((left, -days, level))]]

    @cached_property
    def unplaced(self) -> dict[int, Unplaced]:
        """Why each of those who wait has no mentor, and what would help."""
        prices = np.asarray(self.solution.prices, dtype=np.float64)
        return explain_unplaced(
            self.instance, self.assignment, self.is_forced, prices, self.waiting
        )

    @cached_property
    def cover(self) -> tuple[Floats, Floats]:
        """Cover of each facet before and after the match, by the needs' facets: (n, f) each."""
        needs, problem = self.instance.needs, self.instance.problem
        best, second = np.zeros_like(needs), np.zeros_like(needs)
        if problem.needs is not None:
            held = held_cover(problem)
            best, second = held[0].copy(), held[1].copy()
        before = np.minimum(1.0, best + problem.second_cover * second)
        start = np.concatenate([[0], np.cumsum(self.size)])
        for rank in range(int(self.size.max(initial=0))):
            rows = np.flatnonzero(self.size > rank)
            offer = self.instance.offers[self.mentor[start[rows] + rank]]
            second[rows] = np.maximum(second[rows], np.minimum(best[rows], offer))
            best[rows] = np.maximum(best[rows], offer)
        return before, np.minimum(1.0, best + problem.second_cover * second)
