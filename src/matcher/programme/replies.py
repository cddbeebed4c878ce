"""Replies of many pairs in one file, as somebody has filled it in."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from matcher.arrays import Cells
from matcher.cohort.cohort import Cohort
from matcher.errors import Finding, InputError
from matcher.intake.files.grid import Grid
from matcher.intake.files.table_sources import every_table
from matcher.intake.proposals.phrases import heaviest, words_of
from matcher.intake.proposals.single_texts import ANSWERS
from matcher.programme.pair_record import PairUpdate
from matcher.programme.reply_words import ROLE_PHRASES, status_said, whose_said
from matcher.run_tables import RunFile, read_table
from matcher.text import snake

REPLY_TITLES = {
    "mentee": ("mentee_id", "mentee_email", "mentee_address", "mentee", "mentee_name"),
    "mentor": ("mentor_id", "mentor_email", "mentor_address", "mentor", "mentor_name"),
    "status": ("reply", "status", "answer"),
    "reason": ("reason", "reason_code", "note"),
    "who": ("who", "whose", "said_by", "from", "answered_by"),
    "stood": ("stands", "stood"),
    "start": ("start",),
    "end": ("end",),
}
"""Our own titles and close ones for each part, the surest first, as `snake` writes them."""
_IN_WORDS = ANSWERS["replies"] | ROLE_PHRASES
"""Phrases of titles in the languages of people: what is said comes before who it is about."""
NEEDED = {"mentee": "mentee", "mentor": "mentor", "status": "reply"}


def read_changes(path: Path, status: str = "", cohort: Cohort | None = None) -> list[PairUpdate]:
    """Return what a CSV file or workbook says of pairs; rows without a status say nothing.

    Parameters
    ----------
    path
        The file; of a workbook the first sheet that has the columns.
    status
        What is said of every pair; empty: what the column says.
    cohort
        Whose people they are: where no title says it, their names and answers do.

    Raises
    ------
    InputError
        E_NOT_FOUND, E_MISSING_COLUMN, E_NO_ROWS, and what is wrong with the file.
    """
    needed = [part for part in NEEDED if part != "status" or not status]
    missing = needed
    for _, read in every_table(path):
        grid = read(0)
        columns = reply_columns(grid)
        if cohort is not None and any(part not in columns for part in needed):
            sure = {part: cells for part, cells in columns.items() if part != "who"}
            columns |= _by_cells(grid, sure, cohort)
            if any(columns.get("who") is columns[part] for part in needed if part in columns):
                del columns["who"]  # whom it names, not whose word it is
        missing = [part for part in needed if part not in columns]
        if not missing:
            return _matched_anew(path.parent, _changes(path.name, grid, columns, status))
    message = f"{path.name} has no column {NEEDED[missing[0]]}"
    remedy = f"it needs {', '.join(NEEDED[part] for part in needed)}"
    raise InputError(Finding("E_MISSING_COLUMN", message, remedy))


def reply_columns(grid: Grid) -> dict[str, Cells]:
    """Return the columns of a sheet of replies by part, whatever the language of its titles."""
    names = [snake(title) for title in grid.titles]
    found = {
        part: names.index(title)
        for part, titles in REPLY_TITLES.items()
        if (title := next((one for one in titles if one in names), None))
    }
    columns = {part: grid.columns[at] for part, at in found.items()}
    ours = {name for titles in REPLY_TITLES.values() for name in titles}
    of = {at: _part_of(title) for at, title in enumerate(grid.titles) if names[at] not in ours}
    for part in {*of.values()} - {"", *found}:
        likely = [at for at, one in of.items() if one == part]
        weights = [heaviest(_IN_WORDS[part], words_of(grid.titles[at])) for at in likely]
        if part == "status" and weights.count(max(weights)) > 1:
            what, remedy = "two columns hold replies", "keep one, and say whose in another"
            raise InputError(Finding("E_DUP_COLUMN", what, remedy))
        at = likely[weights.index(max(weights))]
        columns[part] = grid.columns[at]
        sides = [
            side for side in ROLE_PHRASES if heaviest(ROLE_PHRASES[side], words_of(grid.titles[at]))
        ]
        if part == "status" and len(sides) == 1:  # `Antwort der Mentorin`
            columns.setdefault("who", np.full(len(grid.rows), sides[0], dtype=object))
    return columns


def _by_cells(grid: Grid, known: Mapping[str, Cells], cohort: Cohort) -> dict[str, Cells]:
    """Return the columns that are not known by title: of mentees, of mentors, and of replies.

    None where their cells fit two ways as well.
    """
    free = [cells for cells in grid.columns if not any(cells is one for one in known.values())]
    texts = [[text for cell in cells if (text := str(cell).strip())] for cells in free]
    sides = {"mentee": {*cohort.mentee_index.ids}, "mentor": {*cohort.mentor_index.ids}}
    found: dict[str, Cells] = {}
    for part in filter(lambda part: part not in known, NEEDED):
        counts = [
            sum(
                cohort.people.find(text) in sides[part]
                if part in sides
                else status_said(whose_said(text)[1]) is not None
                for text in one
            )
            for one in texts
        ]
        if (best := max(counts, default=0)) and counts.count(best) == 1:
            found[part] = free[counts.index(best)]
    return {} if found.get("mentee", "") is found.get("mentor") else found


def _part_of(title: str) -> str:
    """Return what a title in anybody's words is of, empty where it names both of a pair."""
    words = words_of(title)
    named = [part for part, phrases in _IN_WORDS.items() if heaviest(phrases, words)]
    return named[0] if named and (named[0] not in ROLE_PHRASES or len(named) == 1) else ""


def _changes(name: str, grid: Grid, cells: dict[str, Cells], status: str) -> list[PairUpdate]:
    made = []
    for at, row in enumerate(grid.rows.tolist()):
        said: dict[str, Any] = {part: str(column[at]).strip() for part, column in cells.items()}
        said |= {"status": status} if status else {}
        if said["status"] and (said["mentee"] or said["mentor"]):
            made.append(PairUpdate(**said, place=(name, row)))
    if not made:
        message = f"{name} says nothing of any pair"
        raise InputError(Finding("E_NO_ROWS", message, "fill in the status of some"))
    return made


def _matched_anew(folder: Path, changes: list[PairUpdate]) -> list[PairUpdate]:
    """Return what is said, of matches of a run with the end after which it made a pair anew."""
    if not (folder / RunFile.MANIFEST).is_file():
        return changes
    kept = read_table(folder, "engagements").to_dict("records")
    ended = {(row["mentee_id"], row["mentor_id"]): (row["status"], row["end"]) for row in kept}
    return [replace(one, after=ended.get((one.mentee, one.mentor))) for one in changes]
