"""The checker on the array level: a problem and an answer, no files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from matcher.checker import values
from matcher.checker.bound import charges_of, dual_bound
from matcher.checker.certificate import Ids, Row, fault
from matcher.checker.rules import PeopleNames, broken_rules, check_positions
from matcher.checker.tier_proof import unproved_tiers
from matcher.errors import Finding
from matcher.problem.problem import Assignment, Ints, Problem

TOLERANCE = 1e-6
"""Relative difference at which a published figure counts as wrong."""


@dataclass(frozen=True)
class VerifyReport:
    """Verdict of the independent checker on one answer."""

    problems: tuple[Finding, ...]
    """Every fault that was found; warnings do not count against the verdict."""
    objective: float = np.nan
    """Welfare as recomputed, in units of the objective."""
    bound: float = np.inf
    """Upper bound as recomputed from the published duals; inf where none can be proved."""
    tiers: tuple[tuple[str, float], ...] = ()
    """Achieved value of each tier as recomputed, most important first."""
    checked: tuple[str, ...] = ()
    """What was checked, in order, in words."""
    unproved: tuple[str, ...] = ()
    """Tiers of which nothing proves that no answer reaches more."""
    stated: tuple[str, ...] = ()
    """What the run states and nothing can derive."""
    absent: tuple[str, ...] = ()
    """What a time limit left out of the run."""
    claim: str = ""
    """What a run calls its answer, the gap at which it may, and the bound that it states."""

    @property
    def verdict(self) -> dict[str, Any]:
        """What the manifest of a run keeps of it."""
        return {"ok": self.ok, "checked": [*self.checked], "unproved": [*self.unproved]}

    @property
    def ok(self) -> bool:
        """Whether no fault was found."""
        return all(finding.is_warning for finding in self.problems)

    @property
    def gap(self) -> float:
        """``(bound - objective) / max(|bound|, |objective|)``; inf without a bound."""
        if self.bound == self.objective:
            return 0.0
        scale = max(abs(self.bound), abs(self.objective))
        return float((self.bound - self.objective) / scale) if np.isfinite(scale) else np.inf

    def lines(self) -> Iterator[str]:
        """Yield one line a finding, then the verdict.

        Yields
        ------
        str
            A text for each finding, and ``OK: ...``, ``FAILED``, or ``IN PART`` where the files
            are in order and no figure could be looked at.
        """
        yield from (finding.line() for finding in self.problems)
        if self.checked == ("files",):
            yield f"{'IN PART' if self.ok else 'FAILED'}: the files alone were checked"
            return
        yield (
            f"{'OK' if self.ok else 'FAILED'}: objective {self.objective:.6g}, "
            f"re-proved bound {self.bound:.6g}, gap {round(self.gap, 8) + 0.0:.4%}"
        )
        if self.claim:
            yield f"The run calls it {self.claim}"
        if self.unproved:
            yield f"Tiers that nothing proves to be best: {', '.join(self.unproved)}"
        if self.absent:
            yield f"Left out where the time was over: {', '.join(self.absent)}"
        if self.stated:
            yield f"Stated by the run, derived from nothing: {', '.join(self.stated)}"


class TierLike(Protocol):
    """A tier as solvers publish it."""

    @property
    def name(self) -> str:
        """Name such as ``reached:1``."""

    @property
    def value(self) -> float:
        """Achieved value."""


class SolutionLike(Protocol):
    """What the checker reads of an answer; ``matcher.solve`` returns one."""

    @property
    def pairs(self) -> Ints:
        """(k, 2) mentee and mentor positions."""

    @property
    def reciprocal(self) -> Ints:
        """(k,) reciprocal pair of each item, -1 for none."""

    @property
    def objective(self) -> float:
        """Claimed welfare."""

    @property
    def duals(self) -> Sequence[Row]:
        """Rows of the certificate; none where nothing is proved."""

    @property
    def dual_bound(self) -> float:
        """Claimed bound; inf where none is claimed."""

    @property
    def tiers(self) -> Sequence[TierLike]:
        """Claimed tiers."""


def agree(a: float, b: float, tolerance: float = TOLERANCE) -> bool:
    """Return whether two figures agree within a relative tolerance, equal infinities included."""
    return a == b or abs(a - b) <= tolerance * max(1.0, abs(a), abs(b))


def verify_solution(
    problem: Problem, solution: SolutionLike, *, names: PeopleNames | None = None
) -> VerifyReport:
    """Check an answer of ``matcher.solve`` against its problem, without any solver.

    Parameters
    ----------
    problem
        The instance.
    solution
        Pairs, objective, tiers and dual rows; ids of rows are positions.
    names
        How people are called in findings; by position where None.

    Returns
    -------
    VerifyReport
        All faults found: ``C_FORBIDDEN``, ``C_RULE``, ``C_CAPACITY``, ``C_RECIPROCAL``,
        ``C_OBJECTIVE``, ``C_TIER``, ``C_BOUND``; objective and bound as recomputed.
    """
    names = names or PeopleNames.by_position(problem)
    if strange := check_shape(problem, solution):
        return VerifyReport(tuple(strange))
    pairs = np.asarray(solution.pairs, dtype=np.int64).reshape(-1, 2)
    number = np.asarray(solution.reciprocal, dtype=np.int64)
    items = values.look_up(problem, Assignment.of(pairs, number))
    findings = broken_rules(problem, items, names)
    terms = values.portfolio_terms(problem, items)
    objective = values.total_welfare(problem, items, terms.value)
    tiers = values.achieved_tiers(problem, items)
    findings += check_objective(solution.objective, objective)
    claimed = {tier.name: tier.value for tier in solution.tiers}
    findings += check_tiers(claimed, (*tiers, *values.least_value(problem, terms)))
    bound, faults = prove(problem, solution.duals, tiers, solution.dual_bound, objective)
    checked = ("pairs", "hard constraints", "objective", "tiers", "dual bound")
    unproved = unproved_tiers(problem, pairs, tiers)
    told = tuple(findings + faults)
    return VerifyReport(told, objective, bound, tiers, checked, unproved=unproved)


def check_shape(problem: Problem, solution: SolutionLike) -> list[Finding]:
    """Check that an answer can be read at all: whole numbers that name people and pairs, once.

    Parameters
    ----------
    problem, solution
        As of `verify_solution`.
    """
    stated = np.asarray(solution.pairs), np.asarray(solution.reciprocal)
    pairs, number = stated[0].astype(np.int64).reshape(-1, 2), stated[1].astype(np.int64)
    if len(number) != len(pairs):
        return [fault("C_FILES", "pairs and reciprocal differ in length")]
    if np.any(stated[0].reshape(-1, 2) != pairs) or np.any(stated[1] != number):
        return [fault("C_FORBIDDEN", "positions of people are no whole numbers")]
    if len(getattr(solution, "prices", range(problem.n_mentors))) != problem.n_mentors:
        return [fault("C_FILES", "there is not one price a mentor")]
    return check_positions(problem, pairs, number)


def check_objective(claimed: float, found: float) -> list[Finding]:
    """Compare the claimed welfare with the recomputed one."""
    if agree(claimed, found):
        return []
    return [
        fault("C_OBJECTIVE", f"objective {claimed:.9g} is claimed, it is {found:.9g}", "summary")
    ]


def check_tiers(claimed: dict[str, float], found: Sequence[tuple[str, float]]) -> list[Finding]:
    """Compare claimed tier values with the recomputed ones."""
    actual = dict(found)
    findings = []
    for name, value in claimed.items():
        if name not in actual:
            findings.append(fault("C_TIER", f"tier {name} is not one of the problem", "summary"))
        elif np.isnan(actual[name]):
            findings.append(fault("C_TIER", f"tier {name} is claimed of nobody", "summary"))
        elif not agree(value, actual[name]):
            message = f"tier {name} is claimed at {value:g}, it is {actual[name]:g}"
            findings.append(fault("C_TIER", message, "summary"))
    return findings


def prove(
    problem: Problem,
    rows: Sequence[Row],
    tiers: Sequence[tuple[str, float]],
    claimed: float,
    objective: float,
    *,
    ids: Ids | None = None,
) -> tuple[float, list[Finding]]:
    """Return the bound that the rows prove and what is wrong with the claimed one."""
    if not rows and not np.isfinite(claimed):
        return np.inf, []
    charges, findings = charges_of(problem, rows, tiers, ids)
    if findings:
        return np.inf, findings
    bound = dual_bound(problem, charges)
    if bound > claimed and not agree(bound, claimed):
        message = f"bound {claimed:.9g} is claimed, the published duals prove {bound:.9g}"
        findings.append(fault("C_BOUND", message, "certificate"))
    if objective > bound and not agree(objective, bound):
        message = f"the objective {objective:.9g} is above the proved bound {bound:.9g}"
        findings.append(fault("C_BOUND", message, "certificate"))
    return bound, findings
