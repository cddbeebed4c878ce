"""The rows of a certificate, a solution's or published ones: whom they name, and their sum."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from matcher.errors import Finding
from matcher.problem.instance import Instance
from matcher.problem.problem import AnyRule, Problem

TOLERANCE = 1e-9
"""Duals of the wrong sign within this are taken as 0."""


def fault(code: str, message: str, table: str = "matches") -> Finding:
    """Return a finding of the checker with the one remedy there is."""
    return Finding(code, message, "do not use this answer; run the match again", table)


class Row(Protocol):
    """A linking row as published: of its numbers only the dual is believed."""

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


@dataclass(frozen=True)
class Line:
    """A row read from a file."""

    kind: str
    id: str
    rhs: float
    dual: float


class Ids:
    """Whom the ids of rows name where a solver wrote them: positions."""

    def __init__(self, problem: Problem) -> None:
        self.n_mentees = problem.n_mentees

    def mentor(self, text: str) -> int | None:
        """Return the position of a mentor."""
        return int(text) if text.isdecimal() else None

    def mentee(self, text: str) -> int | None:
        """Return the position of a mentee."""
        return int(text) if text.isdecimal() and int(text) < self.n_mentees else None

    def among(self, text: str, names: Sequence[str]) -> int | None:
        """Return the place of what has a name of its own, such as a pool, among the names."""
        return int(text) if text.isdecimal() else None

    def pair(self, text: str) -> int | None:
        """Return the number of a reciprocal pair."""
        return int(text) if text.isdecimal() else None

    def several(self, text: str) -> list[int]:
        """Return the mentees whom ``a|b`` names; ``%7C`` and ``%25`` stand for ``|`` and ``%``.

        None of them where one is nobody.
        """
        parts = [part.replace("%7C", "|").replace("%25", "%") for part in text.split("|")]
        found = [at for part in parts if (at := self.mentee(part)) is not None]
        return found if len(parts) == len(found) else []

    def two_mentees(self, text: str) -> tuple[int, int] | None:
        """Return the mentees whom ``a|b`` names."""
        found = self.several(text)
        return (found[0], found[1]) if len(found) == 2 else None


class Labels(Ids):
    """Whom the ids of a published certificate name."""

    def __init__(self, instance: Instance) -> None:
        super().__init__(instance.problem)
        self.mentors = instance.cohort.mentor_index.position
        self.mentees = instance.cohort.mentee_index.position
        pairs = instance.reciprocal.candidates
        self.pairs = {
            (int(a), int(b)): k
            for k, (a, b) in enumerate(zip(pairs.mentee_a, pairs.mentee_b, strict=True))
        }

    def mentor(self, text: str) -> int | None:
        """Return the position of the mentor with an id."""
        return self.mentors.get(text)

    def mentee(self, text: str) -> int | None:
        """Return the position of the mentee with an id."""
        return self.mentees.get(text)

    def among(self, text: str, names: Sequence[str]) -> int | None:
        """Return the place of a name."""
        return names.index(text) if text in names else None

    def pair(self, text: str) -> int | None:
        """Return the number of the reciprocal pair of two people."""
        people = self.two_mentees(text)
        return None if people is None else self.pairs.get(people)


class CertificateSum:
    """The sum so far, and what was wrong with the rows."""

    def __init__(self, problem: Problem, achieved: Mapping[str, float], ids: Ids) -> None:
        n, m = problem.n_mentees, problem.n_mentors
        self.problem, self.achieved, self.ids = problem, achieved, ids
        self.findings: list[Finding] = []
        self.seen: set[tuple[str, str]] = set()
        self.constant, self.match_price = 0.0, np.zeros(m)
        self.load_price, self.sponsor_price = np.zeros(m), np.zeros(m)
        self.capacity_dual = np.zeros(m)
        pairs = 0 if problem.reciprocal is None else len(problem.reciprocal)
        self.reciprocal_dual = np.zeros(pairs)
        self.side_extra = np.zeros(pairs), np.zeros(pairs)
        self.size_bonus = np.zeros((n, int(problem.limit.max(initial=0)) + 1))
        self.pairs: list[tuple[int, int, float]] = []

    def reject(self, row: Row, why: str) -> None:
        """Tell what is wrong with a row."""
        message = f"row {row.kind} {row.id} of the certificate {why}"
        self.findings.append(fault("C_BOUND", message, "certificate"))

    def rules(self, row: Row, kind: type[AnyRule]) -> tuple[AnyRule, ...]:
        """Return the rule that a row is of; none, and a finding, where the problem has no such."""
        found = self.problem.rules_of(kind)[:1]
        if not found:
            self.reject(row, "names nothing in the problem")
        return found

    def position(self, row: Row, at: int | None, count: int) -> int | None:
        """Return the position that a row names if there are so many; else None, and a finding."""
        if at is not None and at < count:
            return at
        self.reject(row, "names nothing in the problem")
        return None

    def charge(self, row: Row, rhs: float, low: float = 0.0, high: float = np.inf) -> float | None:
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
