"""People of earlier runs who are gone: rows that name them are no faults."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.intake.findings import is_among
from matcher.intake.members import Members
from matcher.run_tables import RunFile
from matcher.whereabouts import place_of

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
            column: is_among(frame[column], gone[column]) for column in gone if column in frame
        }
        if "other_id" in frame:  # a preference, also for who stays on the other side alone
            left = gone["mentee_id"] | gone["mentor_id"]
            either = is_among(frame["person_id"], left) | is_among(frame["other_id"], left)
            named["other_id"] = either & ~members.can_be_pair(frame)
        return named


def chain_of(run: str | Path | None) -> Iterator[Path]:
    """Yield a run, then the one that it stayed close to, and so on back."""
    seen: set[str] = set()
    while run and str(run) not in seen:
        seen.add(str(run))
        yield Path(run)
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
        manifest = json.loads((run / RunFile.MANIFEST).read_text(encoding="utf-8"))
        return place_of(run, str(manifest["options"]["previous"] or ""))
    except (OSError, ValueError, KeyError, TypeError):
        return ""
