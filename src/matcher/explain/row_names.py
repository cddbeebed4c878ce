"""What the rows of a certificate are called in tables, and which rows such names stand for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from matcher.solver.solution import DualRow

if TYPE_CHECKING:
    import pandas as pd

    from matcher.problem.instance import Instance


@dataclass(frozen=True)
class RowNames:
    """Ids of people and names of pools for the positions by which a solver names its rows.

    A mentor's id, a pool's name, ``a|b`` with the ids of two people for reciprocal pairs and
    opposite matches (``%`` and ``|`` in an id escaped), a tier's name, or the solver's own words.
    """

    instance: Instance

    @cached_property
    def _listed(self) -> dict[str, Sequence[str]]:
        """Names by position, for each kind of row whose ids are positions."""
        instance, ids = self.instance, self.instance.cohort.mentee_index.ids
        both = instance.reciprocal.candidates
        people = zip(both.mentee_a.tolist(), both.mentee_b.tolist(), strict=True)
        mentors = instance.cohort.mentor_index.ids
        return {
            **dict.fromkeys(("capacity", "sponsorship", "mentor_minimum"), mentors),
            "pool": sorted(instance.config.capacity.pools),
            "reciprocal": [two_people(ids[a], ids[b]) for a, b in people],
        }

    def name(self, row: DualRow) -> str:
        """Return whom a row is about."""
        if row.kind in self._listed:
            return self._listed[row.kind][int(row.id)]
        if row.kind == "opposite":
            ids = self.instance.cohort.mentee_index.ids
            return two_people(*(ids[int(part)] for part in row.id.split("|")))
        return row.id

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


def two_people(first: str, second: str) -> str:
    """Return two ids as one text that can be taken apart again."""
    return "|".join(one.replace("%", "%25").replace("|", "%7C") for one in (first, second))


def _apart(text: str) -> list[str]:
    return [part.replace("%7C", "|").replace("%25", "%") for part in text.split("|")]
