"""A finished run opened for questions: its tables, its problem, and who was meant."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from matcher.cohort.cohort import Cohort
from matcher.finished_run import RunFiles, TableColumns, read_files, rebuild_problem, reopen_cohort
from matcher.problem.instance import Instance, names_of
from matcher.problem.problem import Assignment, Ints, Problem
from matcher.problem.rules.rule import ProgrammeRule
from matcher.problem.value import PortfolioValues, evaluate
from matcher.run_tables import typed
from matcher.solver.solution import DualRow


@dataclass(frozen=True)
class RowNames:
    """Ids of people and names of pools for the positions by which a solver names its rows.

    A mentor's id, a pool's name, ``a|b`` with the ids of two people for reciprocal pairs and
    opposite matches, ``a|b|c`` for odd sets (``%`` and ``|`` in an id escaped), a tier's name, or
    the solver's own words.
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
        """Return whom a row is about; what names nobody stays, for the checker to reject."""
        if row.kind in self._listed:
            names, at = self._listed[row.kind], int(row.id) if row.id.isdecimal() else -1
            return names[at] if 0 <= at < len(names) else row.id
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
            if kind in ("opposite", "odd"):
                at = "|".join(people) if all(people) else ""
            else:
                at = places[kind].get(name, "") if kind in places else name
            if not at:
                return ()
            found.append(DualRow(kind, at, rhs, dual))
        return tuple(found)


def _apart(text: str) -> list[str]:
    return [part.replace("%7C", "|").replace("%25", "%") for part in text.split("|")]


READ = {
    "matches": TableColumns(
        ("mentee_id", "mentor_id", "approach", "reciprocal", "role", "locked"), ("score",)
    ),
    "contributions": TableColumns(
        ("mentee_id", "mentor_id", "feature", "answered", "value", "weight"), ("contribution",)
    ),
    "mentors": TableColumns(("mentor_id",), ("capacity", "used", "price")),
    "certificate": TableColumns(("kind", "id"), ("rhs", "dual")),
    "unmatched": TableColumns(("person_id", "role", "reason", "detail")),
}
"""Tables of a run that explanations read."""


@dataclass(frozen=True)
class OpenedRun:
    """A run and the problem that it answers."""

    files: RunFiles
    instance: Instance

    @classmethod
    def open(
        cls,
        run: str | Path,
        *,
        cohort: Cohort | str | Path | None = None,
        key: bytes | str | Path | None = None,
    ) -> Self:
        """Read a run folder and build its problem again; `cohort` and `key` as for ``verify``.

        Raises
        ------
        StorageError
            C_FILES where the folder is no finished run.
        MatcherError
            Where the cohort cannot be read any more.
        """
        files = read_files(Path(run), READ)
        config = files.whole()
        files.tables = {name: typed(name, frame) for name, frame in files.tables.items()}
        people, secret = reopen_cohort(files, config, cohort, key)
        return cls(files, rebuild_problem(files, config, people, secret))

    @property
    def cohort(self) -> Cohort:
        """The people."""
        return self.instance.cohort

    @property
    def problem(self) -> Problem:
        """What was solved."""
        return self.instance.problem

    @property
    def matches(self) -> pd.DataFrame:
        """Rows of ``matches.csv``."""
        return self.files.tables["matches"]

    @cached_property
    def assignment(self) -> Assignment:
        """The published matches by position; rows of people who are gone are left out."""
        return self.instance.assignment_of(self.matches)

    @cached_property
    def terms(self) -> PortfolioValues:
        """Terms of V of every mentee."""
        return evaluate(self.problem, self.assignment)

    @cached_property
    def duals(self) -> tuple[DualRow, ...]:
        """Rows of the published certificate by position."""
        return RowNames(self.instance).rows(self.files.tables["certificate"])

    def mentee(self, person: str) -> int:
        """Return the position of a mentee, named by id, address or full name.

        Raises
        ------
        ConfigError
            E_UNKNOWN_PERSON with the nearest ids.
        """
        return self._position(person, self.cohort.mentee_index.ids, "mentee")

    def mentor(self, person: str) -> int:
        """Return the position of a mentor, or raise as `mentee` does."""
        return self._position(person, self.cohort.mentor_index.ids, "mentor")

    def _position(self, person: str, ids: Sequence[str], role: str) -> int:
        return ids.index(self.cohort.people.named(person, role, ids))

    def mentors_of(self, i: int) -> Ints:
        """Return the mentors of a mentee, by position."""
        pairs = self.assignment.pairs
        return np.asarray(pairs[pairs[:, 0] == i, 1])

    def mentees_of(self, j: int) -> Ints:
        """Return the mentees of a mentor, by position."""
        pairs = self.assignment.pairs
        return np.asarray(pairs[pairs[:, 1] == j, 0])


def opened(
    run: str | Path | OpenedRun, cohort: Cohort | str | Path | None, key: bytes | str | Path | None
) -> OpenedRun:
    """Return the run, opened unless it is open already."""
    return run if isinstance(run, OpenedRun) else OpenedRun.open(run, cohort=cohort, key=key)
