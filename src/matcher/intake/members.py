"""Who is in the cohort on which side."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.cohort.people import People
from matcher.cohort.tables import SIGNUPS, TABLES
from matcher.intake.config_columns import SIDE_PREFIXES
from matcher.intake.findings import is_among
from matcher.vocabulary import Role


@dataclass(frozen=True)
class Members:
    """Everybody who signed up."""

    mentees: frozenset[str]
    """Ids of all who can be mentees."""
    mentors: frozenset[str]
    everyone: frozenset[str]
    """Ids of all who are in a table, those of whom no role is known as well."""
    people: People
    """By what they may be called."""

    @classmethod
    def of(cls, tables: Mapping[str, pd.DataFrame], people: People) -> Self:
        """Return the people of the typed tables of people."""
        if SIGNUPS.name in tables:
            mentees, mentors, _ = split_signups(tables[SIGNUPS.name])
        else:
            mentees, mentors = tables["mentees"], tables["mentors"]
        return cls(_ids(mentees), _ids(mentors), _ids(*tables.values()), people)

    @property
    def on_a_side(self) -> frozenset[str]:
        """Ids of all who can be in a pair."""
        return self.mentees | self.mentors

    def known(self, noun: str) -> frozenset[str]:
        """Return the ids of all who are a `mentee`, a `mentor` or a `member`."""
        return {"mentee": self.mentees, "mentor": self.mentors, "member": self.everyone}[noun]

    def roles(self, frame: pd.DataFrame) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return where the first person of a preference can be the mentee, and where the mentor."""
        person, other = frame["person_id"], frame["other_id"]
        return (
            is_among(person, self.mentees) & is_among(other, self.mentors),
            is_among(person, self.mentors) & is_among(other, self.mentees),
        )

    def can_be_pair(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Return for each preference whether its people fit the role that is stated, if any."""
        as_mentee, as_mentor = self.roles(frame)
        fits = as_mentee & (frame["role"] != "mentor") | as_mentor & (frame["role"] != "mentee")
        return np.asarray(fits, dtype=bool)


def _ids(*frames: pd.DataFrame) -> frozenset[str]:
    return frozenset(pd.concat([frame["person_id"] for frame in frames]).dropna())


def split_signups(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, frozenset[str]]:
    """Return the mentees, the mentors, and the ids of those who take either role.

    People in both roles stand in both frames. A one-sided answer (``mentors.contexts``) replaces
    the plain one on its side where it is given.
    """
    role = frame["role"]
    sides = {}
    for table, own in (("mentees", Role.MENTEE), ("mentors", Role.MENTOR)):
        takes_part = role.isin([own.value, Role.BOTH.value, Role.EITHER.value]).to_numpy(dtype=bool)
        sides[table] = _one_side(frame[takes_part], table)
    either = frame.loc[role == Role.EITHER.value, "person_id"]
    return sides["mentees"], sides["mentors"], frozenset(either.dropna())


def _one_side(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    other = set(SIGNUPS.by_name) - set(TABLES[table].by_name)
    plain = [c for c in frame.columns if not c.startswith(SIDE_PREFIXES) and c not in other]
    side = frame[plain].copy()
    for name in frame.columns:
        own, _, column = name.partition(".")
        if own == table and column:
            stated = frame[name]
            given = stated.map(len) > 0 if stated.dtype == object else stated.notna()
            side[column] = stated.where(given, frame[column]) if column in frame else stated
    return side
