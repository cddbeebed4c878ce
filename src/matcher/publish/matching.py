"""What a match found, in memory: tables and figures as a run folder holds them."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from matcher.errors import Finding
from matcher.evaluate import instance_group_gaps, instance_metrics
from matcher.explain.recruitment import recruitment_table
from matcher.explain.unplaced import Unplaced
from matcher.explain.unplaced.conflict_words import conflicts_of
from matcher.features.kinds.text_fit import text_model
from matcher.observe import OutOfTimeError, go_on, until
from matcher.pipeline import Instance, solve_instance
from matcher.problem.instance import without_earlier_run
from matcher.problem.problem import Assignment, Bools, Floats
from matcher.problem.value import welfare
from matcher.publish import pair_tables, people_tables
from matcher.publish.added_pairs import added_table
from matcher.publish.alternates import alternates_table
from matcher.publish.honoured_choices import honoured_choices
from matcher.publish.matched_pairs import MatchedPairs
from matcher.publish.pair_tables import common_languages
from matcher.run_tables import SUMMARY, as_written, check_declared
from matcher.solver.limits import Clock
from matcher.solver.solution import Solution
from matcher.tune.sensitivity import QUARTER, Sensitivity, sensitivity

Made = TypeVar("Made")

SHARE = 0.5
"""Of the time that is left, what each part of a run may take that can be left out."""


class RunPart(StrEnum):
    """What a run may leave out where its time is over; `matcher report` makes it later."""

    EXPLANATIONS = "explanations"
    """Why people are left out, and what would help."""
    ALTERNATES = "alternates"
    RECRUITMENT = "recruitment"
    RERUN = "rerun"
    """What a rerun without the earlier run would change."""
    SENSITIVITY = "sensitivity"
    PLANS = "plans"
    REPORT = "report"
    WORKBOOK = "workbook"
    PROOF = "proof"
    """The bound, proved again by the checker."""


@dataclass(frozen=True)
class Afresh:
    """What a rerun that keeps no pair for the earlier run's sake would change."""

    welfare: float
    """Welfare that it would gain: what keeping the pairs costs."""
    reached: int
    """Mentees more that would have a mentor."""
    moved: int
    """Pairs of this run that it would not make."""


def _summary_of(
    pairs: MatchedPairs, unplaced: Mapping[int, Unplaced], afresh: Afresh | None
) -> dict[str, Any]:
    """Return the figures of a run by the keys of ``summary.json``; what is not finite is None.

    Parameters
    ----------
    pairs
        The matches.
    unplaced
        Why each of those who wait has no mentor, by position.
    afresh
        What solving without the earlier run would change; None where that is not known.
    """
    solution, problem = pairs.solution, pairs.instance.problem
    figures = {
        "status": solution.termination.reason.name,
        "detail": solution.termination.detail,
        "objective": _finite(solution.objective),
        "bound": _finite(solution.bounds.dual),
        "bound_source": solution.bound_source,
        "dual_bound": _finite(solution.dual_bound),
        "gap": _finite(solution.gap),
        "tiers": [
            {"name": tier.name, "value": _finite(tier.value), "bound": _finite(tier.bound)}
            for tier in solution.tiers
        ],
        "n_mentees": problem.n_mentees,
        "n_mentors": problem.n_mentors,
        "n_matched_mentees": int((pairs.size > 0).sum()),
        "n_serve_as_mentor": int((pairs.serves & (pairs.size == 0)).sum()),
        "n_matches": len(pairs.mentee),
        "n_reciprocal_pairs": int(pairs.is_reciprocal.sum()) // 2,
        "seconds": round(float(solution.seconds), 3),
        "method": solution.method,
        "as_of": pairs.instance.cohort.as_of.isoformat(),
        "text_model": text_model(pairs.instance.config.text.method)["name"],
        "metrics": _metrics(pairs),
        "choices": honoured_choices(pairs),
        "languages": common_languages(pairs),
        "prices": _prices(pairs),
        "conflicts": conflicts_of(pairs.instance, unplaced),
        **_changes(pairs, afresh),
    }
    check_declared(SUMMARY, figures)
    return figures


def _metrics(pairs: MatchedPairs) -> dict[str, Any]:
    """Return quality metrics and the cover of needs before and after the match."""
    known, (before, after) = pairs.is_known & ~pairs.serves, pairs.cover
    needs = pairs.instance.needs * known[:, None]
    found: dict[str, Any] = {
        name: _finite(value)
        for name, value in instance_metrics(pairs.instance, pairs.assignment).items()
    }
    found["coverage_before"] = _mean((needs * before).sum(axis=1)[known])
    found["coverage_after"] = _mean((needs * after).sum(axis=1)[known])
    found["needs_known"] = int(known.sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        told = pairs.instance.told
        met = [
            told.total((needs * cover).sum(axis=0)) / told.total(needs.sum(axis=0))
            for cover in (before, after)
        ]
    found["coverage_by_facet"] = {
        facet: {"before": _finite(held), "after": _finite(reached)}
        for facet, held, reached in zip(told.names, *met, strict=True)
    }
    gaps = instance_group_gaps(pairs.instance, pairs.assignment)
    found["groups"] = [
        {name: _finite(cell) if isinstance(cell, float) else cell for name, cell in row.items()}
        for row in gaps.to_dict("records")
    ]
    return found


def _mean(values: Floats) -> float | None:
    """Return the mean over those who stated a need, None where nobody did."""
    return float(values.mean()) if len(values) else None


def _prices(pairs: MatchedPairs) -> dict[str, float | None]:
    """Return what a place with each mentor is worth at the margin, dearest first; 0 is left out."""
    ids, price = pairs.instance.cohort.mentor_index.ids, pairs.solution.prices
    dearest = np.argsort(-price, kind="stable")
    return {ids[j]: _finite(price[j]) for j in dearest[price[dearest] > 0].tolist()}


def _changes(pairs: MatchedPairs, afresh: Afresh | None) -> dict[str, Any]:
    """Return what became of the pairs of an earlier run."""
    carried = pairs.instance.carried
    if carried is None:
        return {}
    m = max(1, pairs.instance.problem.n_mentors)
    kept = int(np.isin(carried.pairs @ [m, 1], pairs.mentee * m + pairs.mentor).sum())
    return {
        "previous": {
            "kept": kept,
            "changed": len(carried.pairs) - kept,
            "no_longer_possible": carried.lost,
            "cost": None if afresh is None else afresh.welfare,
            "rerun_reaches": None if afresh is None else afresh.reached,
            "rerun_moves": None if afresh is None else afresh.moved,
        }
    }


def _finite(value: float) -> float | None:
    """Return a finite float, or None: JSON has no words for the others."""
    return float(value) if np.isfinite(value) else None


@dataclass(frozen=True)
class Matching:
    """Portfolios of a cohort in memory, with what explains and proves them.

    Parameters
    ----------
    instance
        Cohort, config and problem.
    solution
        Positions, bounds, prices and duals.
    stated
        What a run says of a rerun without the earlier one, where nothing is solved.
    solves
        Whether what takes solves of its own is worked out.
    clock
        The time of the whole run; without a limit nothing is left out.
    left_out
        What is not made, known before or since its time was over.
    """

    instance: Instance
    solution: Solution
    stated: Afresh | None = None
    solves: bool = True
    clock: Clock = field(default_factory=Clock)
    left_out: list[RunPart] = field(default_factory=list)

    def in_time(self, part: RunPart, make: Callable[[], Made]) -> Made | None:
        """Return what `make` makes within the part's share of the time left, else leave it out.

        Parameters
        ----------
        part
            What it is.
        make
            Makes it, and asks ``observe.go_on`` on its way.

        Returns
        -------
        object
            What was made; None where it was left out.
        """
        if part in self.left_out:
            return None
        try:
            with until(time.perf_counter() + SHARE * self.clock.left):
                go_on()
                return make()
        except OutOfTimeError:
            self.left_out.append(part)
            return None

    @cached_property
    def pairs(self) -> MatchedPairs:
        """The matches by position."""
        return MatchedPairs.of(self.instance, self.solution)

    @cached_property
    def _explained(self) -> dict[int, Unplaced] | None:
        return self.in_time(RunPart.EXPLANATIONS, lambda: people_tables.unplaced_people(self.pairs))

    @property
    def unplaced(self) -> dict[int, Unplaced]:
        """Why each of those who wait has no mentor, by position."""
        return self._explained or {}

    @cached_property
    def _alternates(self) -> pd.DataFrame | None:
        return self.in_time(RunPart.ALTERNATES, lambda: alternates_table(self.pairs))

    @cached_property
    def _recruitment(self) -> pd.DataFrame | None:
        return self.in_time(
            RunPart.RECRUITMENT,
            lambda: recruitment_table(self.instance, self.solution, solves=self.solves),
        )

    @cached_property
    def afresh(self) -> Afresh | None:
        """What solving without the earlier run would change; None where that is not known."""
        if not self.solves or self.instance.carried is None:
            return self.stated
        return self.in_time(RunPart.RERUN, lambda: _solved_afresh(self.instance, self.solution))

    @cached_property
    def varied(self) -> Sensitivity | None:
        """What changes of single weights do; None where nobody asked."""
        asked = self.instance.config.report.sensitivity and len(self.solution.pairs)
        if not (self.solves and asked):
            return None
        return self.in_time(
            RunPart.SENSITIVITY,
            lambda: sensitivity(self.instance, factors=QUARTER, solution=self.solution),
        )

    @cached_property
    def matches(self) -> pd.DataFrame:
        """One row a match, columns as `matches.csv`."""
        return as_written("matches", pair_tables.matches_table(self.pairs, self._robust))

    @cached_property
    def portfolios(self) -> pd.DataFrame:
        """One row a mentee, columns as `portfolios.csv`."""
        return as_written("portfolios", pair_tables.portfolios_table(self.pairs))

    @cached_property
    def contributions(self) -> pd.DataFrame:
        """What each feature adds to each match's score, columns as `contributions.csv`."""
        return as_written("contributions", pair_tables.contributions_table(self.pairs))

    @cached_property
    def unmatched(self) -> pd.DataFrame:
        """Everybody without a match and why, columns as `unmatched.csv`."""
        return people_tables.unmatched_table(self.pairs, self._explained)

    @cached_property
    def mentors(self) -> pd.DataFrame:
        """Capacity, use and price of each mentor, columns as `mentors.csv`."""
        return pair_tables.mentors_table(self.pairs)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The figures of the run, keys as `summary.json`."""
        return _summary_of(self.pairs, self.unplaced, self.afresh)

    @cached_property
    def added(self) -> pd.DataFrame | None:
        """Who was given a free place and why, columns as `added.csv`; None where all was open."""
        carried = self.instance.carried
        return added_table(self.pairs, carried) if carried and carried.is_fixed else None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Warnings of the cohort, of its rules and of the answer."""
        return self.pairs.findings

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables of the run folder by name, as typed frames.

        Returns
        -------
        dict[str, pd.DataFrame]
            Columns as ``matcher.run_tables`` declares them.
        """
        pairs, unplaced = self.pairs, self._explained
        optional = {
            "alternates": self._alternates,
            "recruitment": self._recruitment,
            "added": self.added,
        }
        more = {
            "groups": instance_group_gaps(self.instance, pairs.assignment),
            "sensitivity": pd.DataFrame() if self.varied is None else self.varied.table,
        }
        return {
            **{name: table for name, table in optional.items() if table is not None},
            **{name: table for name, table in more.items() if len(table)},
            "matches": pair_tables.matches_table(pairs, self._robust),
            "portfolios": pair_tables.portfolios_table(pairs),
            "contributions": pair_tables.contributions_table(pairs),
            "unmatched": people_tables.unmatched_table(pairs, unplaced),
            "waiting_list": people_tables.waiting_list_table(pairs, unplaced),
            "mentors": pair_tables.mentors_table(pairs),
            "certificate": pair_tables.certificate_table(pairs),
            "introductions": self.instance.audit.introductions,
            "chase": people_tables.chase_table(self.instance),
            "engagements": people_tables.kept_pairs_table(self.instance.cohort),
            "decisions": pair_tables.decisions_table(pairs),
            "questions": people_tables.questions_table(self.instance.cohort),
            "problems": people_tables.problems_table(self.instance.cohort, self.findings),
        }

    @property
    def _robust(self) -> Bools | None:
        """(k,) whether each match survives every change of a weight, sorted as the matches are."""
        if self.varied is None:
            return None
        order = np.lexsort((self.solution.pairs[:, 1], self.solution.pairs[:, 0]))
        return self.varied.fragile["robust"].to_numpy(dtype=bool)[order]


def _solved_afresh(instance: Instance, solution: Solution) -> Afresh | None:
    """Return what a rerun that keeps no pair for the earlier run's sake would change.

    None where there is no earlier run, or where it changed nothing in the problem.
    """
    if instance.carried is None:
        return None
    fresh, problem = without_earlier_run(instance), instance.problem
    fixed = len(problem.required) > len(fresh.problem.required)
    fixed |= len(problem.required_reciprocal) > len(fresh.problem.required_reciprocal)
    if not (fixed or instance.carried.is_fixed or problem.kept_bonus > 0):
        return None
    best = solve_instance(fresh)
    if not np.isfinite(best.objective):
        return None
    chosen = Assignment.of(solution.pairs, solution.reciprocal)
    both = [{*map(tuple, found.pairs.tolist())} for found in (solution, best)]
    reached = [len({mentee for mentee, _ in pairs}) for pairs in both]
    return Afresh(
        welfare=max(0.0, best.objective - welfare(fresh.problem, chosen)),
        reached=reached[1] - reached[0],
        moved=len(both[0] - both[1]),
    )
