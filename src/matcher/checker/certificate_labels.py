"""From the names in a published certificate back to positions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matcher.checker.certificate_line import Line

if TYPE_CHECKING:
    from matcher.problem.instance import Instance


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
        if kind in ("capacity", "sponsorship", "mentor_minimum"):
            return Line(kind, text, rhs, dual, self.mentors.get(text))
        if kind == "pool":
            return Line(kind, text, rhs, dual, self.pools.get(text))
        people = self._two_people(text)
        if kind == "reciprocal" and people is not None:
            return Line(kind, text, rhs, dual, self.pairs.get(people))
        if kind == "opposite" and people is not None and self.own is not None:
            (a, b), own = people, self.own
            return Line(kind, text, rhs, dual, None, ((a, int(own[b])), (b, int(own[a]))))
        return Line(kind, text, rhs, dual)

    def _two_people(self, text: str) -> tuple[int, int] | None:
        """Return the mentees whom ``a|b`` names; ``%7C`` and ``%25`` stand for ``|`` and ``%``."""
        parts = [part.replace("%7C", "|").replace("%25", "%") for part in text.split("|")]
        if len(parts) != 2 or not all(part in self.mentees for part in parts):
            return None
        return self.mentees[parts[0]], self.mentees[parts[1]]
