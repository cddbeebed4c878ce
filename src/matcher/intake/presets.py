"""What each form tool adds to an export: own columns, header rows, separators, test answers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from matcher.errors import Finding, InputError
from matcher.intake.files.grid import Cells, Grid
from matcher.text import fold, fold_heading

IGNORE = "ignore"
"""Target of a column that is left out on purpose, without a warning."""
SUBMITTED = "submitted"
"""Target of the column that says when an answer was handed in."""


@dataclass(frozen=True)
class Preset:
    """One form tool."""

    name: str
    separator: str
    """Between the items of a list cell."""
    duplicates: str
    """Which of several answers of one person counts where the config does not say."""
    own: dict[str, str] = field(default_factory=dict)
    """The tool's own columns, folded, and what they are: a canonical name or a special target."""
    signature: str = ""
    """A folded title that every export of the tool has."""
    blanks: frozenset[str] = frozenset()
    """Folded texts that the tool writes where there is no answer."""


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset("plain", ";", "error"),
        Preset(
            "ms-forms",
            ";",
            "latest",
            own={
                "id": IGNORE,
                "start time": IGNORE,
                "completion time": SUBMITTED,
                "last modified time": IGNORE,
                "email": "email",
                "name": "name",
                "language": IGNORE,
                "total points": IGNORE,
                "quiz feedback": IGNORE,
                "grade posted time": IGNORE,
            },
            signature="completion time",
            blanks=frozenset({"anonymous"}),
        ),
        Preset(
            "google-forms",
            ",",
            "latest",
            own={
                "timestamp": SUBMITTED,
                "email address": "email",
                "username": "email",
                "score": IGNORE,
            },
            signature="timestamp",
        ),
        Preset(
            "qualtrics",
            ",",
            "latest",
            own={
                "startdate": IGNORE,
                "enddate": IGNORE,
                "status": IGNORE,
                "ipaddress": IGNORE,
                "progress": IGNORE,
                "duration (in seconds)": IGNORE,
                "finished": IGNORE,
                "recordeddate": SUBMITTED,
                "responseid": IGNORE,
                "recipientlastname": IGNORE,
                "recipientfirstname": "preferred_name",
                "recipientemail": "email",
                "externalreference": IGNORE,
                "locationlatitude": IGNORE,
                "locationlongitude": IGNORE,
                "distributionchannel": IGNORE,
                "userlanguage": IGNORE,
            },
            signature="responseid",
        ),
    )
}
"""The presets by name."""

_TEST_STATUS = frozenset({"survey preview", "survey test", "spam", "1", "2", "8"})
"""Words and codes of Qualtrics for answers that no participant gave."""


def preset_of(grid: Grid, wanted: str) -> Preset:
    """Return the preset that fits a table: the config's where its own columns are there.

    Tables that a programme keeps by hand beside a form export are plain.
    """
    preset = PRESETS[wanted]
    titles = {fold_heading(title) for title in grid.titles}
    return preset if preset.signature in titles else PRESETS["plain"]


def unfold_headers(grid: Grid, preset: Preset, *, is_people: bool) -> Grid:
    """Take the second and third header row of a Qualtrics export into the titles.

    Raises
    ------
    InputError
        E_FORMAT where the preset says Qualtrics but the row of import ids is not there.
    """
    if preset.name != "qualtrics":
        return grid
    ids = [str(column[1]) if len(column) > 1 else "" for column in grid.columns]
    if not any("importid" in fold(text) for text in ids):
        if not is_people:
            return grid
        message = "the second and third header row of a Qualtrics export are not there"
        remedy = "export again as CSV with all header rows, or set [input] preset to plain"
        raise InputError(Finding("E_FORMAT", message, remedy, grid.table))
    questions = tuple(str(column[0]) for column in grid.columns)
    mask = np.arange(len(grid.rows)) >= 2
    rest = grid.keep(mask)
    return Grid(rest.table, rest.origin, rest.titles, rest.columns, rest.rows, questions)


def drop_test_answers(grid: Grid, preset: Preset) -> tuple[Grid, list[Finding]]:
    """Drop the answers that the survey's makers gave while trying it out (Qualtrics)."""
    if preset.name != "qualtrics":
        return grid, []
    status = _column(grid, "status")
    if status is None:
        return grid, []
    is_test = np.array([fold(text) in _TEST_STATUS for text in status], dtype=bool)
    if not is_test.any():
        return grid, []
    message = f"answers that were previews or tests of the survey: {int(is_test.sum())}"
    finding = Finding("W_TEST_ANSWER", message, "they are rejected", grid.table)
    return grid.keep(~is_test), [finding]


def _column(grid: Grid, title: str) -> Cells | None:
    for own, column in zip(grid.titles, grid.columns, strict=True):
        if fold_heading(own) == title:
            return column
    return None
