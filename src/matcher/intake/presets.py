"""What each form tool adds to an export: own columns, header rows, separators, test answers."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.config import Config
from matcher.errors import Finding
from matcher.intake.cells.form_words import FORM_WORDS
from matcher.intake.files.grid import LEAST_BESIDE, MOST_OF_NOTE, NO_RESULT, Grid
from matcher.text import fold_each, fold_plain, words_beside
from matcher.vocabulary import IGNORE

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
    label: str = ""
    """The tool's name in messages."""
    own: dict[str, str] = field(default_factory=dict)
    """The tool's own columns, folded, and what they are: a canonical name or a special target."""
    patterns: tuple[str, ...] = ()
    """Regular expressions of further titles of the tool's own that are ignored."""
    signature: tuple[str, ...] = ()
    """Folded titles of which an export has one at least; empty fits any table."""
    shared: tuple[str, ...] = ()
    """Those of them that other tools write too: they fit, and give nothing away by themselves."""
    shapes: tuple[str, ...] = ()
    """Regular expressions of further titles that give the tool away."""
    has_codes: bool = False
    """Whether a title may be a code, a full stop and the text."""
    has_stems: bool = False
    """Whether a question has a column of its own beside the columns of its options."""
    blanks: frozenset[str] = frozenset()
    """Folded texts that the tool writes where there is no answer."""
    header_rows: int = 1
    """Rows of titles."""
    import_ids: str = ""
    """What stands in the third header row, of a tool that writes three."""
    open_answers: frozenset[str] = frozenset()
    """Folded texts of the second header row that are no option."""
    tests: dict[str, list[str]] = field(default_factory=dict)
    """By folded title: folded texts that mark answers given while the form was tried out."""
    unfinished: dict[str, list[str]] = field(default_factory=dict)
    """By folded title, which may be a pattern: folded texts of answers that were broken off."""
    decimal: str = ""
    """Decimal sign where the config states none."""
    encoding: str = ""
    """Encoding of CSV files where the config states none."""
    day_first: bool = False
    """Whether 03/04/2026 is the third of April, where the config states no format."""

    def own_target(self, title: str) -> str:
        """Return what a column of the tool's own is, empty where a title is somebody's question."""
        folded = fold_plain(title)
        code = folded.partition(". ")[0] if self.has_codes else folded
        if any(re.fullmatch(pattern, folded) for pattern in self.patterns):
            return IGNORE
        return self.own.get(folded) or self.own.get(code, "")

    def fits(self, titles: Iterable[str]) -> bool:
        """Whether titles are those of an export of the tool."""
        plain = {fold_plain(title) for title in titles}
        plain |= {title.partition(". ")[0] for title in plain if self.has_codes}
        is_shaped = any(re.fullmatch(shape, title) for shape in self.shapes for title in plain)
        return not self.signature or is_shaped or not plain.isdisjoint(self.signature)

    def is_given_away(self, titles: Iterable[str]) -> bool:
        """Whether titles are those of the tool, and not such as several tools write."""
        return self.fits(title for title in titles if fold_plain(title) not in self.shared)

    def is_option(self, text: str) -> bool:
        """Whether what stands below a question is an option, not the mark of an open answer."""
        return bool(text.strip()) and fold_plain(text) not in self.open_answers


def _preset(name: str, declared: dict[str, Any]) -> Preset:
    columns = dict.fromkeys(declared.pop("ignore", ()), IGNORE) | declared.pop("columns", {})
    own = {fold_plain(title): target for title, target in columns.items()}
    sets: dict[str, Any] = {
        key: frozenset(map(fold_plain, declared.pop(key, ()))) for key in ("blanks", "open_answers")
    }
    lists = {key: tuple(declared.pop(key, ())) for key in ("shapes", "patterns")}
    for key in ("signature", "shared"):
        lists[key] = tuple(map(fold_plain, declared.pop(key, ())))
    return Preset(name, own=own, **sets | lists | declared)


PRESETS = {
    name: _preset(name, declared)
    for name, declared in words_beside(__file__, "presets.toml").items()
}
"""The presets by name, as ``presets.toml`` declares them."""


def preset_of(grid: Grid, config: Config) -> Preset:
    """Return the preset of a table: the stated one where the tool's own columns are there.

    Tables that a programme keeps by hand beside a form export are plain.
    """
    preset = PRESETS[config.table_input(grid.table).preset or "plain"]
    return preset if preset.fits(grid.titles) else PRESETS["plain"]


def drop_test_answers(grid: Grid, preset: Preset) -> tuple[Grid, list[Finding]]:
    """Drop the answers that the form's makers gave while trying it out."""
    is_test = np.zeros(len(grid.rows), dtype=bool)
    for title, marks in preset.tests.items():
        column = grid.column(title)
        if column is not None:
            is_test |= np.isin(fold_each(column), marks)
    finding = Finding("W_TEST_ANSWER", "the answer was a preview or test of the survey", _OUT)
    return grid.keep(~is_test), [finding.at(grid.table, int(row)) for row in grid.rows[is_test]]


_OUT = "it is rejected"


def unfinished_in(grid: Grid, preset: Preset) -> NDArray[np.bool_]:
    """Return which answers were broken off, as the form tool says: shape (rows,).

    A column that says so of everybody says nothing, such as one that was emptied.
    """
    marks = [
        np.isin(fold_each(column), texts)
        for pattern, texts in preset.unfinished.items()
        for title, column in zip(grid.folded_titles, grid.columns, strict=True)
        if fnmatchcase(title, pattern)
    ]
    telling = [mark for mark in marks if not mark.all()]
    none = np.zeros(len(grid.rows), dtype=bool)
    return np.logical_and.reduce(telling) if telling else none


def drop_unfinished(grid: Grid, preset: Preset) -> tuple[Grid, list[Finding]]:
    """Drop the answers that were broken off."""
    is_open = unfinished_in(grid, preset)
    finding = Finding("W_UNFINISHED", "the answer was broken off", _OUT)
    return grid.keep(~is_open), [finding.at(grid.table, int(row)) for row in grid.rows[is_open]]


def drop_notes(grid: Grid) -> tuple[Grid, list[Finding]]:
    """Drop what a spreadsheet holds below its table, or as a line across it: totals, remarks.

    A blank row stands before what is below, few of its cells are filled, and none with an address;
    of a line across, such as `--- second wave ---`, one cell is, with more than a name. Of a last
    row of totals (`Summe`, `n = 43`) the first filled cell says so, and all others begin with a
    number, or are formulas without a result.
    """
    if not grid.columns or not len(grid.rows):
        return grid, []
    grid, totals = _without_totals(grid)
    filled = np.sum([column != "" for column in grid.columns], axis=0)
    if np.median(filled) < LEAST_BESIDE:
        return grid, totals
    is_short = filled <= MOST_OF_NOTE
    for row in np.flatnonzero(is_short):
        is_short[row] = not any("@" in column[row] for column in grid.columns)
    tail = len(filled) - int(np.argmin(is_short[::-1])) if not is_short.all() else len(filled)
    gaps = np.flatnonzero(np.diff(grid.rows) > 1) + 1
    start = min((int(k) for k in gaps if k >= tail), default=len(filled))
    is_below = np.arange(len(filled)) >= start
    is_across = ~is_below & is_short & (filled == 1)
    for row in np.flatnonzero(is_across):
        is_across[row] = _is_line("".join(str(column[row]) for column in grid.columns))
    below = Finding("W_NOTE", "the row stands below the table and is nobody's answer", _OUT)
    across = replace(below, message="the row is a line across the table and is nobody's answer")
    told = [below.at(grid.table, int(row)) for row in grid.rows[is_below]]
    told = [*(across.at(grid.table, int(row)) for row in grid.rows[is_across]), *told, *totals]
    kept, last = _without_totals(grid.keep(~(is_below | is_across)))
    return kept, [*told, *last]


def _without_totals(grid: Grid) -> tuple[Grid, list[Finding]]:
    """Return a table without the rows of totals at its end."""
    end = len(grid.rows)
    while end and _are_totals([str(text) for c in grid.columns if (text := c[end - 1])]):
        end -= 1
    finding = Finding("W_NOTE", "the row holds totals and is nobody's answer", _OUT)
    told = [finding.at(grid.table, int(row)) for row in grid.rows[end:]]
    return (grid.keep(np.arange(len(grid.rows)) < end), told) if told else (grid, [])


def _are_totals(texts: list[str]) -> bool:
    said = _FIGURE.sub(" ", fold_plain(texts[0])).split() if texts else []
    is_said = " ".join(said).strip(" :=.") in _TOTALS
    return is_said and all(_FIGURE.match(t.strip()) or t == NO_RESULT for t in texts[1:])


_TOTALS = frozenset(FORM_WORDS["totals"])
_FIGURE = re.compile(r"[-+]?\d[\d.,'\s]*%?")


def _is_line(text: str) -> bool:
    """Whether the one text of a row is drawn as a line, or is longer than anybody's name."""
    return re.match(r"\s*[-=*#~_>\u2013\u2014\u2500]{2,}", text) is not None or (
        len(text.split()) > MOST_WORDS_OF_NAME
    )


MOST_WORDS_OF_NAME = 5
"""Words up to which the one text of a row may be somebody's name."""


def tool_of(grids: Iterable[Grid]) -> str:
    """Return the form tool that the titles of tables give away, empty for none."""
    titles = {title for grid in grids for title in grid.titles}
    fitting = [p for p in PRESETS.values() if p.signature and p.is_given_away(titles)]
    most = max(fitting, key=lambda p: sum(bool(p.own_target(t)) for t in titles), default=None)
    return most.name if most else ""
