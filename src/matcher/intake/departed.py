"""Who took part in an earlier run: those of them who are gone are no slips of the pen."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from matcher.errors import Finding
from matcher.intake.checks.findings import is_among
from matcher.intake.checks.link_checks import can_be_pair
from matcher.intake.links import drop_rows
from matcher.text import shown_id

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matcher.intake.typed_table import Typed

SIDES = {"mentee_id": "portfolios.csv", "mentor_id": "mentors.csv"}
"""File of a run that holds everybody of a side, by the column of their ids."""


@dataclass(frozen=True)
class Departed:
    """People of earlier runs, by side."""

    mentees: frozenset[str] = frozenset()
    mentors: frozenset[str] = frozenset()

    @classmethod
    def of_run(cls, run: str | Path | None) -> Departed:
        """Read who took part in a run and in those before it; nobody where none can be read.

        What is wrong with the run is said where its matches are read.
        """
        mentees: frozenset[str] = frozenset()
        mentors: frozenset[str] = frozenset()
        seen: set[str] = set()
        while run and str(run) not in seen:
            seen.add(str(run))
            here = (_ids(Path(run) / name, column) for column, name in SIDES.items())
            mentees, mentors = mentees | next(here), mentors | next(here)
            run = _before(Path(run))
        return cls(mentees, mentors)

    def drop(self, typed: Typed, mentees: set[str], mentors: set[str]) -> Typed:
        """Reject the rows of a table that name somebody of the earlier run who is gone.

        One warning counts them and points at the first.
        """
        gone = {
            "mentee_id": self.mentees - mentees,
            "mentor_id": self.mentors - mentors,
            "person_id": (self.mentees | self.mentors) - mentees - mentors,
        }
        frame = typed.frame
        named = {
            column: is_among(frame[column], gone[column]) for column in gone if column in frame
        }
        if "other_id" in frame:  # a preference, also for who stays on the other side alone
            left = gone["mentee_id"] | gone["mentor_id"]
            either = is_among(frame["person_id"], left) | is_among(frame["other_id"], left)
            named["other_id"] = either & ~can_be_pair(frame, mentees, mentors)
        leaving = np.logical_or.reduce([np.zeros(len(frame), dtype=bool), *named.values()])
        return drop_rows(typed, leaving, _finding(typed, named, leaving))


def _finding(
    typed: Typed, named: dict[str, NDArray[np.bool_]], leaving: NDArray[np.bool_]
) -> Finding | None:
    if not leaving.any():
        return None
    first = int(leaving.argmax())
    column = next(column for column, mask in named.items() if mask[first])
    row, person = int(typed.frame["source_row"].iloc[first]), typed.frame[column].iloc[first]
    message = (
        f"rows that name people of the earlier run who are gone: {int(leaving.sum())}, "
        f"this the first ({shown_id(person)})"
    )
    remedy = "they are left out; add the person again where that is not meant"
    return Finding("W_DEPARTED", message, remedy, typed.spec.name, row, column)


def _ids(path: Path, column: str) -> frozenset[str]:
    try:
        frame = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8")
    except (OSError, ValueError, csv.Error):
        return frozenset()
    return frozenset(frame[column].tolist()) if column in frame else frozenset()


def _before(run: Path) -> str:
    """Return the run that a run stayed close to, empty for none."""
    try:
        manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
        return str(manifest["options"]["previous"] or "")
    except (OSError, ValueError, KeyError, TypeError):
        return ""
