"""What the rows of a certificate are called in tables, and which rows such names stand for."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from matcher.problem.instance import Instance, names_of
from matcher.problem.rules.rule import ProgrammeRule
from matcher.solver.solution import DualRow


@dataclass(frozen=True)
class RowNames:
    """Ids of people and names of pools for the positions by which a solver names its rows.

    A mentor's id, a pool's name, ``a|b`` with the ids of two people for reciprocal pairs and
    opposite matches (``%`` and ``|`` in an id escaped), a tier's name, or the solver's own words.
    """

    instance: Instance

    @cached_property
    def _rules(self) -> dict[str, ProgrammeRule]:
        return {rule.kind: rule for rule in self.instance.problem.all_rules if rule.kind}

    @cached_property
    def _listed(self) -> dict[str, Sequence[str]]:
        """Names by position, for each kind of row whose ids are positions."""
        problem, names = self.instance.problem, names_of(self.instance)
        return {
            kind: [rule.label(str(k), names) for k in range(len(rule.rhs(problem)))]
            for kind, rule in self._rules.items()
            if not rule.named_rows
        }

    def name(self, row: DualRow) -> str:
        """Return whom a row is about."""
        if row.kind in self._listed:
            return self._listed[row.kind][int(row.id)]
        rule = self._rules.get(row.kind)
        return row.id if rule is None else rule.label(row.id, names_of(self.instance))

    def rows(self, table: pd.DataFrame) -> tuple[DualRow, ...]:
        """Return the rows of a published certificate by position, none where one names nobody.

        Parameters
        ----------
        table
            With ``kind``, ``id``, ``rhs`` and ``dual``.
        """
        mentees = {person: str(k) for k, person in enumerate(self.instance.cohort.mentee_index.ids)}
        places = {
            kind: {name: str(k) for k, name in enumerate(names)}
            for kind, names in self._listed.items()
        }
        found = []
        columns = (table[column].tolist() for column in ("kind", "id", "rhs", "dual"))
        for kind, name, rhs, dual in zip(*columns, strict=True):
            people = [mentees.get(person, "") for person in _apart(name)]
            if kind == "opposite":
                at = "|".join(people) if all(people) else ""
            else:
                at = places[kind].get(name, "") if kind in places else name
            if not at:
                return ()
            found.append(DualRow(kind, at, rhs, dual))
        return tuple(found)


def _apart(text: str) -> list[str]:
    return [part.replace("%7C", "|").replace("%25", "%") for part in text.split("|")]
