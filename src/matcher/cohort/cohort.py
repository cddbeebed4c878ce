"""The cohort in memory: normalised tables, and the one place where ids meet positions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.cohort.clocks import CLOCKS
from matcher.cohort.people import People
from matcher.cohort.questions import AskedQuestion
from matcher.errors import Finding
from matcher.vocabulary import ENDED, Status


@dataclass(frozen=True)
class RowCount:
    """What became of the rows of a table: read = used + set_aside + rejected."""

    read: int
    used: int
    set_aside: int = 0
    rejected: int = 0


@dataclass(frozen=True)
class Index:
    """Labels of one side; position k of every array of that side belongs to ``ids[k]``."""

    ids: tuple[str, ...]

    @cached_property
    def _labels(self) -> pd.Index[str]:
        return pd.Index(self.ids, dtype=object)

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def position(self) -> dict[str, int]:
        """Position of each id."""
        return {person: k for k, person in enumerate(self.ids)}

    def positions(self, ids: object) -> NDArray[np.int64]:
        """Return the position of each id, -1 where it is unknown: shape (k,).

        Parameters
        ----------
        ids
            Ids as they stand in the tables: (k,).

        Returns
        -------
        NDArray[np.int64]
            Positions, -1 for an id that is not there: (k,).
        """
        return np.asarray(self._labels.get_indexer(pd.Index(ids, dtype=object)), dtype=np.int64)  # type: ignore[call-overload]


@dataclass(frozen=True)
class Cohort:
    """Checked tables of one programme.

    Every table has all its canonical columns. Text is missing as NaN, numbers are float64 with
    NaN, dates datetime64 with NaT, booleans the nullable `boolean` dtype, lists tuples of str with
    ``()`` for unanswered. ``mentees`` and ``mentors`` are sorted by ``person_id`` and have a
    RangeIndex, so a person's row is their position in every array, whatever the row order of the
    file was.
    """

    mentees: pd.DataFrame
    mentors: pd.DataFrame
    preferences: pd.DataFrame
    rules: pd.DataFrame
    engagements: pd.DataFrame
    contacts: pd.DataFrame
    contact_ties: pd.DataFrame
    audit_notes: pd.DataFrame
    outcomes: pd.DataFrame
    groups: pd.DataFrame
    as_of: date
    consents: pd.DataFrame = field(default_factory=pd.DataFrame)
    either: frozenset[str] = frozenset()
    """People who signed up for one role only, whichever the solver chooses."""
    findings: tuple[Finding, ...] = ()
    """Warnings of the checks."""
    rows: Mapping[str, RowCount] = field(default_factory=dict)
    """By table: rows read, used, set aside, rejected."""
    set_aside: tuple[tuple[str, Finding], ...] = ()
    """Person ids that were set aside, each with the reason."""
    chase: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Whom that was set aside to ask again: `person_id, email, preferred_name,
    missing_questions` (columns joined by ``;``)."""
    questions: tuple[AskedQuestion, ...] = ()
    """What only people can say, also what they have said."""
    known: People | None = None
    """Everybody by all that they may be called, as the tables gave it; None: as they stand here."""
    source: str = ""
    """Where the tables came from, as the user wrote it."""
    hashes: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of each input file or table."""
    secret: bytes = b""
    """Digest of what a mentee is called and wrote, which no run holds whole: noise is drawn with it
    and with the key beside the tables."""
    asked: Mapping[str, frozenset[str]] | None = None
    """By table, `mentees` and `mentors` for the two sides, the columns that the input had; None
    where the tables were made in code: everything that they hold was asked."""

    def clock_day(self, stated: date | None) -> date:
        """Return the day by whose clocks hours of two time zones are compared.

        Parameters
        ----------
        stated
            Day that the programme states; None takes the day of the tables, or `CLOCKS` if
            later: who joined years ago, or no date at all, says nothing of the clocks to come.

        Returns
        -------
        date
            A day, which need not be of the programme.
        """
        return stated or max(self.as_of, CLOCKS)

    def is_asked(self, table: str) -> bool:
        """Whether the programme has a table, be it empty, or rows of it from other tables.

        Parameters
        ----------
        table
            Name of a table.

        Returns
        -------
        bool
            False only where it is known that nobody was asked.
        """
        return self.asked is None or table in self.asked or len(getattr(self, table)) > 0

    def asks(self, side: str, columns: Iterable[str]) -> bool:
        """Whether a side, `mentees` or `mentors`, was asked any of the columns (or patterns).

        Parameters
        ----------
        side
            ``"mentees"`` or ``"mentors"``.
        columns
            Names of columns, or patterns such as ``values_*``.

        Returns
        -------
        bool
            Whether any of them is there; an empty column counts.
        """
        there = getattr(self, side).columns if self.asked is None else self.asked.get(side, ())
        return any(fnmatchcase(str(name), column) for column in columns for name in there)

    @cached_property
    def people(self) -> People:
        """Who is meant by an id, an address or a full name."""
        return self.known or People.of((self.mentees, self.mentors))

    @cached_property
    def mentee_index(self) -> Index:
        """Labels of the rows of `mentees`."""
        return Index(tuple(self.mentees["person_id"]))

    @cached_property
    def mentor_index(self) -> Index:
        """Labels of the rows of `mentors`."""
        return Index(tuple(self.mentors["person_id"]))

    @cached_property
    def over(self) -> Mapping[tuple[str, str], Status]:
        """By mentee and mentor: pairs that a command recorded as ended, and how."""
        table = self.engagements
        ended = table[table["status"].isin(list(ENDED)) & table["recorded_at"].notna()]
        told = zip(ended["mentee_id"], ended["mentor_id"], ended["status"], strict=True)
        return {(mentee, mentor): Status(status) for mentee, mentor, status in told}
