"""Who is in the cohort on which side, and who was in an earlier run and is gone."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.cohort.ids import REMOVED_ID
from matcher.cohort.people import People
from matcher.cohort.tables import SIGNUPS, TABLES
from matcher.intake.config_columns import SIDE_PREFIXES
from matcher.intake.findings import is_among
from matcher.run_tables import RunFile
from matcher.storage import refuse_devices
from matcher.text import parse_json
from matcher.vocabulary import Role
from matcher.whereabouts import place_of


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

    @classmethod
    def nobody(cls, people: People) -> Self:
        """Return no members, of whom something is known all the same."""
        return cls(frozenset(), frozenset(), frozenset(), people)

    @property
    def on_a_side(self) -> frozenset[str]:
        """Ids of all who can be in a pair."""
        return self.mentees | self.mentors

    def can_meet(self, person: str, other: str, role: str | None = None) -> bool:
        """Whether two people can be a pair, the first in a role where one is stated."""
        as_mentee = person in self.mentees and other in self.mentors and role != "mentor"
        as_mentor = person in self.mentors and other in self.mentees and role != "mentee"
        return as_mentee or as_mentor

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


PARTICIPANTS = {"mentee_id": "portfolios.csv", "mentor_id": "mentors.csv"}
"""File of a run that holds everybody of a side, by the column of their ids."""


@dataclass(frozen=True)
class Departed:
    """People of earlier runs, by side."""

    mentees: frozenset[str] = frozenset()
    mentors: frozenset[str] = frozenset()

    @classmethod
    def of_run(cls, run: str | Path | None) -> Self:
        """Read who took part in a run and in those before it; nobody where none can be read.

        What is wrong with the run is said where its matches are read.
        """
        mentees: frozenset[str] = frozenset()
        mentors: frozenset[str] = frozenset()
        for earlier in chain_of(run):
            here = (_listed_in(earlier / name, column) for column, name in PARTICIPANTS.items())
            mentees, mentors = mentees | next(here), mentors | next(here)
        return cls(mentees, mentors)

    def named(self, frame: pd.DataFrame, members: Members) -> dict[str, NDArray[np.bool_]]:
        """Return the rows of a table that name somebody who took part and is gone, by column."""
        gone = {
            "mentee_id": self.mentees - members.mentees,
            "mentor_id": self.mentors - members.mentors,
            "person_id": (self.mentees | self.mentors) - members.on_a_side,
        }
        named = {
            column: is_among(frame[column], gone[column] | _removed(frame[column]))
            for column in gone
            if column in frame
        }
        if "other_id" in frame:  # a preference, also for who stays on the other side alone
            left = gone["mentee_id"] | gone["mentor_id"]
            either = is_among(frame["person_id"], left) | is_among(frame["other_id"], left)
            named["other_id"] = either & ~members.can_be_pair(frame)
        return named


def _removed(ids: pd.Series) -> set[str]:
    """Return what stands in a column for people who were blacked out."""
    return {text for text in map(str, ids.dropna().unique()) if REMOVED_ID.fullmatch(text)}


def chain_of(run: str | Path | None) -> Iterator[Path]:
    """Yield a run, then the one that it stayed close to, and so on back."""
    seen: set[str] = set()
    while run and str(run) not in seen:
        seen.add(str(run))
        yield refuse_devices(Path(run))
        run = _before(Path(run))


def _listed_in(path: Path, column: str) -> frozenset[str]:
    try:
        frame = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8")
    except (OSError, ValueError, csv.Error):
        return frozenset()
    return frozenset(frame[column].tolist()) if column in frame else frozenset()


def _before(run: Path) -> str:
    """Return the run that a run stayed close to, empty for none."""
    try:
        manifest = parse_json((run / RunFile.MANIFEST).read_text(encoding="utf-8"))
        return place_of(run, str(manifest["options"]["previous"] or ""))
    except (OSError, ValueError, KeyError, TypeError):
        return ""
