"""What each form tool adds to an export: own columns, header rows, separators, test answers."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from importlib import resources
from typing import Any

import numpy as np

from matcher.errors import Finding, InputError
from matcher.intake.files.grid import Grid
from matcher.text import fold_each

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
    import_ids: str = ""
    """What stands in the third header row, of a tool that writes three."""
    tests: dict[str, list[str]] = field(default_factory=dict)
    """By folded title: folded texts that mark answers given while the form was tried out."""
    label: str = ""
    """The tool's name in messages."""


def _preset(name: str, declared: dict[str, Any]) -> Preset:
    own = dict.fromkeys(declared.pop("ignore", ()), IGNORE) | declared.pop("columns", {})
    return Preset(name, own=own, blanks=frozenset(declared.pop("blanks", ())), **declared)


PRESETS = {
    name: _preset(name, declared)
    for name, declared in tomllib.loads(
        resources.files("matcher.intake").joinpath("presets.toml").read_text("utf-8")
    ).items()
}
"""The presets by name, as ``presets.toml`` declares them."""


def preset_of(grid: Grid, wanted: str) -> Preset:
    """Return the preset that fits a table: the wanted one where its own columns are there.

    Tables that a programme keeps by hand beside a form export are plain.
    """
    preset = PRESETS[wanted]
    return preset if preset.signature in grid.folded_titles else PRESETS["plain"]


def unfold_headers(grid: Grid, preset: Preset, *, is_people: bool) -> Grid:
    """Take the second and third header row of an export into the titles, where the tool has them.

    Parameters
    ----------
    grid, preset
        The raw table and the form tool that it comes from.
    is_people
        Whether it is a form's own table, which must have the rows.

    Raises
    ------
    InputError
        E_FORMAT where the tool writes three header rows but the row of import ids is not there.
    """
    if not preset.import_ids:
        return grid
    ids = [str(column[1]) if len(column) > 1 else "" for column in grid.columns]
    if not any(preset.import_ids in text for text in fold_each(ids)):
        if not is_people:
            return grid
        message = f"the second and third header row of a {preset.label} export are not there"
        remedy = "export again as CSV with all header rows, or set [input] preset to plain"
        raise InputError(Finding("E_FORMAT", message, remedy, grid.table))
    questions = tuple(str(column[0]) for column in grid.columns)
    return replace(grid.keep(np.arange(len(grid.rows)) >= 2), questions=questions)


def drop_test_answers(grid: Grid, preset: Preset) -> tuple[Grid, list[Finding]]:
    """Drop the answers that the form's makers gave while trying it out."""
    is_test = np.zeros(len(grid.rows), dtype=bool)
    for title, marks in preset.tests.items():
        column = grid.column(title)
        if column is not None:
            is_test |= np.isin(fold_each(column), marks)
    if not is_test.any():
        return grid, []
    message = f"answers that were previews or tests of the survey: {int(is_test.sum())}"
    finding = Finding("W_TEST_ANSWER", message, "they are rejected", grid.table)
    return grid.keep(~is_test), [finding]


def tool_of(grids: Iterable[Grid]) -> str:
    """Return the form tool that the titles of tables give away, empty for none."""
    titles = {title for grid in grids for title in grid.folded_titles}
    return next((p.name for p in PRESETS.values() if p.signature and p.signature in titles), "")
