"""A finished run opened for questions: its files, its problem, and who was meant."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matcher.checker.certificate_labels import Labels
from matcher.checker.reopen import open_cohort, rebuild
from matcher.checker.run_files import RunFiles, read_run
from matcher.checker.values import Terms, look_up, portfolio_terms
from matcher.errors import ConfigError, Finding, StorageError
from matcher.problem.problem import Assignment

if TYPE_CHECKING:
    import pandas as pd

    from matcher.checker.certificate_line import Line
    from matcher.cohort.cohort import Cohort
    from matcher.problem.instance import Instance
    from matcher.problem.problem import Ints

NEAR = 3
"""Ids named when an id is not known."""


@dataclass(frozen=True)
class Case:
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
    ) -> Case:
        """Read a run folder and build its problem again.

        Raises
        ------
        StorageError
            C_FILES where the folder is no finished run.
        MatcherError
            Where the cohort cannot be read any more.
        """
        files = read_run(Path(run))
        if files.findings or files.config is None:
            raise StorageError(files.findings)
        people, secret = open_cohort(files, files.config, cohort, key)
        return cls(files, rebuild(files, files.config, people, secret))

    @property
    def cohort(self) -> Cohort:
        """The people."""
        return self.instance.cohort

    @property
    def matches(self) -> pd.DataFrame:
        """Rows of ``matches.csv``."""
        return self.files.tables["matches"]

    @cached_property
    def assignment(self) -> Assignment:
        """The published matches by position; rows of people who are gone are left out."""
        i = self.cohort.mentee_index.positions(self.matches["mentee_id"].astype(object))
        j = self.cohort.mentor_index.positions(self.matches["mentor_id"].astype(object))
        both_ways = (self.matches["reciprocal"] == "true").to_numpy(dtype=bool)
        number = np.full(len(i), -1, dtype=np.int64)
        known = (i >= 0) & (j >= 0)
        pairs = self.instance.reciprocal.candidates
        if (both_ways & known).any():
            number[both_ways & known] = pairs.number_of(i[both_ways & known], j[both_ways & known])
        return Assignment.of(np.column_stack([i, j])[known], number[known])

    @cached_property
    def terms(self) -> Terms:
        """Terms of V of every mentee."""
        return portfolio_terms(
            self.instance.problem, look_up(self.instance.problem, self.assignment)
        )

    @cached_property
    def certificate(self) -> list[Line]:
        """Rows of the published certificate by position."""
        labels, rows = Labels(self.instance), self.files.tables["certificate"]
        columns = [rows[column].tolist() for column in ("kind", "id", "rhs", "dual")]
        return [
            labels.line(str(kind), str(text), float(rhs), float(dual))
            for kind, text, rhs, dual in zip(*columns, strict=True)
        ]

    def mentee(self, person: str) -> int:
        """Return the position of a mentee.

        Raises
        ------
        ConfigError
            E_UNKNOWN_PERSON with the nearest ids.
        """
        return _position(person, self.cohort.mentee_index.ids, "mentee")

    def mentor(self, person: str) -> int:
        """Return the position of a mentor, or raise as `mentee` does."""
        return _position(person, self.cohort.mentor_index.ids, "mentor")

    def mentors_of(self, i: int) -> Ints:
        """Return the mentors of a mentee, by position."""
        pairs = self.assignment.pairs
        return np.asarray(pairs[pairs[:, 0] == i, 1], dtype=np.int64)

    def mentees_of(self, j: int) -> Ints:
        """Return the mentees of a mentor, by position."""
        pairs = self.assignment.pairs
        return np.asarray(pairs[pairs[:, 1] == j, 0], dtype=np.int64)


def _position(person: str, ids: Sequence[str], role: str) -> int:
    if person in ids:
        return ids.index(person)
    near = get_close_matches(person, ids, NEAR, cutoff=0.5)
    remedy = f"did you mean {' or '.join(near)}?" if near else f"give the id of a {role}"
    raise ConfigError(Finding("E_UNKNOWN_PERSON", f"no {role} of this run has that id", remedy))


def json_text(values: dict[str, Any]) -> str:
    """Return plain values as JSON that any parser reads: numbers that are not finite are null."""
    return json.dumps(_finite(values), indent=2, ensure_ascii=False, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
