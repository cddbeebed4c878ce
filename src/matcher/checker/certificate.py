"""The rows of a certificate, a solution's or published ones: resolved to positions, and summed."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from matcher.errors import Finding
from matcher.problem.instance import Instance
from matcher.problem.problem import Problem

TOLERANCE = 1e-9
"""Duals of the wrong sign within this are taken as 0."""


def fault(code: str, message: str, table: str = "matches") -> Finding:
    """Return a finding of the checker with the one remedy there is."""
    return Finding(code, message, "do not use this answer; run the match again", table)


@dataclass(frozen=True)
class Line:
    """A linking row as published: only its dual is believed."""

    kind: str
    id: str
    rhs: float
    dual: float
    position: int | None = None
    """Mentor, pool or reciprocal pair that the row belongs to; None where the id says none."""
    items: tuple[tuple[int, int], ...] = ()
    """One-way items (mentee, mentor) of a row of kind `opposite`."""


class RowLike(Protocol):
    """A row of a certificate, as solvers publish it."""

    @property
    def kind(self) -> str:
        """Kind of row."""

    @property
    def id(self) -> str:
        """Which one."""

    @property
    def rhs(self) -> float:
        """Right-hand side."""

    @property
    def dual(self) -> float:
        """Dual value."""


def position_line(row: RowLike, problem: Problem) -> Line:
    """Resolve a row whose id is a position, or two joined by ``|`` for opposite matches."""
    text = str(row.id)
    position = int(text) if text.isdigit() else None
    return Line(
        row.kind, text, float(row.rhs), float(row.dual), position, _opposite_items(row, problem)
    )


def _opposite_items(row: RowLike, problem: Problem) -> tuple[tuple[int, int], ...]:
    """Return the one-way items (mentee, mentor) that a row of kind `opposite` names as ``a|b``."""
    parts = str(row.id).split("|")
    own = problem.person_mentor
    if row.kind != "opposite" or own is None or len(parts) != 2:
        return ()
    if not all(part.isdigit() and int(part) < problem.n_mentees for part in parts):
        return ()
    a, b = (int(part) for part in parts)
    return ((a, int(own[b])), (b, int(own[a])))


class Labels:
    """Rows of a published certificate, whose ids name people, pools and pairs."""

    def __init__(self, instance: Instance) -> None:
        cohort = instance.cohort
        self.mentors = {person: k for k, person in enumerate(cohort.mentor_index.ids)}
        self.mentees = {person: k for k, person in enumerate(cohort.mentee_index.ids)}
        self.pools = {name: k for k, name in enumerate(sorted(instance.config.capacity.pools))}
        self.own = instance.problem.person_mentor
        pairs = instance.reciprocal.candidates
        self.pairs = {
            (int(a), int(b)): k
            for k, (a, b) in enumerate(zip(pairs.mentee_a, pairs.mentee_b, strict=True))
        }

    def line(self, kind: str, text: str, rhs: float, dual: float) -> Line:
        """Resolve one row."""
        if kind == "pool":
            return Line(kind, text, rhs, dual, self.pools.get(text))
        people = self._two_people(text)
        if kind == "reciprocal" and people is not None:
            return Line(kind, text, rhs, dual, self.pairs.get(people))
        if kind == "opposite" and people is not None and self.own is not None:
            (a, b), own = people, self.own
            return Line(kind, text, rhs, dual, None, ((a, int(own[b])), (b, int(own[a]))))
        return Line(kind, text, rhs, dual, self.mentors.get(text))

    def _two_people(self, text: str) -> tuple[int, int] | None:
        """Return the mentees whom ``a|b`` names; ``%7C`` and ``%25`` stand for ``|`` and ``%``."""
        parts = [part.replace("%7C", "|").replace("%25", "%") for part in text.split("|")]
        if len(parts) != 2 or not all(part in self.mentees for part in parts):
            return None
        return self.mentees[parts[0]], self.mentees[parts[1]]


class CertificateSum:
    """The sum so far, and what was wrong with the rows."""

    def __init__(self, problem: Problem, achieved: dict[str, float]) -> None:
        n, m = problem.n_mentees, problem.n_mentors
        self.problem, self.achieved = problem, achieved
        self.findings: list[Finding] = []
        self.seen: set[tuple[str, str]] = set()
        self.constant, self.match_price = 0.0, np.zeros(m)
        self.load_price, self.sponsor_price = np.zeros(m), np.zeros(m)
        self.capacity_dual = np.zeros(m)
        pairs = 0 if problem.reciprocal is None else len(problem.reciprocal)
        self.reciprocal_dual = np.zeros(pairs)
        widest = int(problem.limit.max(initial=0))
        self.size_bonus = np.zeros((n, widest + 1))
        self.pairs: list[tuple[int, int, float]] = []

    def reject(self, row: Line, why: str) -> None:
        """Tell what is wrong with a row."""
        message = f"row {row.kind} {row.id} of the certificate {why}"
        self.findings.append(fault("C_BOUND", message, "certificate"))

    def position(self, row: Line, count: int) -> int | None:
        """Return the position that a row names among so many; None, and a finding, if none."""
        if row.position is not None and 0 <= row.position < count:
            return row.position
        self.reject(row, "names nothing in the problem")
        return None

    def charge(self, row: Line, rhs: float, low: float = 0.0, high: float = np.inf) -> float | None:
        """Return the dual within its sign and add rhs times dual to the constant.

        `rhs` is the problem's own; a row that states another is rejected, and proves no more.
        """
        if abs(row.rhs - rhs) > TOLERANCE * max(1.0, abs(rhs)):
            self.reject(row, f"states {row.rhs:g} on its right, it is {rhs:g}")
        if not low - TOLERANCE <= row.dual <= high + TOLERANCE:
            self.reject(row, "has a dual of the wrong sign")
            return None
        dual = float(np.clip(row.dual, low, high))
        if dual == 0.0:
            return 0.0
        if not np.isfinite(rhs):
            self.reject(row, "has a price but no limit")
            return None
        self.constant += rhs * dual
        return dual
