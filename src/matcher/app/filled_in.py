"""The files as people filled them in: what stands in a row, under what a question is taken for."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from matcher.app.chosen_words import called
from matcher.app.desk import ProgrammeFolder
from matcher.catalogue.catalogue import worded
from matcher.cohort.tables import PAIRS, TABLES
from matcher.errors import MatcherError
from matcher.intake.extracts import Extracts
from matcher.intake.files.find_tables import PEOPLE
from matcher.intake.files.grid import Grid
from matcher.intake.mapping import map_headings
from matcher.intake.presets import preset_of
from matcher.intake.proposals.which_table import tables_at
from matcher.text import on_one_line, printable, tidy
from matcher.whereabouts import intakes_of

MOST_PARTS = 5
"""Columns in which a name may stand: first, between, last."""


@dataclass(frozen=True)
class RawCell:
    """One cell as it was sent, and the question over it."""

    title: str
    text: str


@dataclass(frozen=True)
class Sheets:
    """The tables of people and of pairs, by name."""

    grids: Mapping[str, Grid]
    targets: Mapping[str, Mapping[str, str]]
    """By table: what each title is taken for."""
    forms: Mapping[str, str] = field(default_factory=dict)
    """By column: what the form asked, where intakes were joined under the columns' own names."""

    @cached_property
    def _places(self) -> dict[str, dict[int, int]]:
        """Where each row stands, by table and the number that a person sees."""
        return {
            name: {row: at for at, row in enumerate(grid.rows.tolist())}
            for name, grid in self.grids.items()
        }

    def cells(self, table: str, row: int, column: str) -> list[RawCell]:
        """Return the cells of a row under a column; several where a question has several."""
        grid = self.grids.get(table)
        at = self._places.get(table, {}).get(row)
        if grid is None or at is None:
            return []
        return [
            RawCell(self._shown(title), on_one_line(str(grid.columns[k][at])))
            for k, title in self._under(table, column)
        ]

    def _shown(self, title: str) -> str:
        return printable(" ".join(self.forms.get(title, title).split()))

    def _under(self, table: str, column: str) -> list[tuple[int, str]]:
        """Return the positions and titles of a table that are taken for a column."""
        taken = self.targets[table]
        return [
            (k, title)
            for k, title in enumerate(self.grids[table].titles)
            if column in (taken.get(title), taken.get(title, "").rpartition(".")[2], title)
        ]

    def written(self, table: str, column: str) -> dict[int, str]:
        """Return what every row holds under a column, by the number of the row."""
        grid = self.grids[table]
        cells = [grid.columns[k] for k, _ in self._under(table, column)]
        return {
            row: "; ".join(filter(None, (on_one_line(str(texts[at])) for texts in cells)))
            for row, at in (self._places[table].items() if cells else ())
        }

    def asked_as(self, column: str) -> str:
        """Return the question of the form that a column is, empty for none."""
        titles = (
            t for taken in self.targets.values() for t, name in taken.items() if name == column
        )
        return self._shown(next(titles, ""))

    def under(self, table: str, row: int, titles: set[str]) -> str:
        """Return what a row holds under some titles, whatever they are taken for."""
        grid, at = self.grids[table], self._places[table].get(row)
        places = [k for k, title in enumerate(grid.titles) if at is not None and title in titles]
        said = [str(grid.columns[k][at]) for k in places]
        return printable("; ".join(text for text in map(tidy, said) if text))

    def text(self, table: str, row: int, column: str) -> str:
        """Return what a row holds under a column, empty for nothing."""
        return "; ".join(cell.text for cell in self.cells(table, row, column) if cell.text)

    def name(self, table: str, row: int) -> str:
        """Return whose a row is, as it says itself: of pairs both names."""
        pair = [self.text(table, row, side) for side in TABLES[PAIRS].references]
        whole = self.text(table, row, "name") or " / ".join(filter(None, pair))
        parts = (self.text(table, row, f"name.{number}") for number in range(1, MOST_PARTS + 1))
        found = whole or " ".join(filter(None, parts))
        return printable(
            found or self.text(table, row, "email") or worded("questions.row", row=str(row))
        )

    def work(self, table: str, row: int) -> str:
        """Return where somebody works."""
        told = (self.text(table, row, name) for name in ("organisation", "department", "site"))
        return printable(", ".join(dict.fromkeys(filter(None, told))))

    def answers(self, table: str, row: int) -> list[tuple[str, str]]:
        """Return what a row says, question by question; protected answers are left out."""
        taken = self.targets.get(table, {})
        shown = [t for t in dict.fromkeys(taken.values()) if t and not t.startswith("groups.")]
        pairs = [
            (called(t), self.text(table, row, t)) for t in shown if t not in ("ignore", "name")
        ]
        return [(label, printable(text)) for label, text in pairs if text]


def sheets_of(programme: ProgrammeFolder) -> Sheets:
    """Return the tables of people of a programme as they were filled in."""
    return programme.kept("sheets", lambda: _read(programme))


def _read(programme: ProgrammeFolder) -> Sheets:
    config = programme.settings.config()
    found = tables_at(programme.place, config.tables, programme.shelf())
    beside = [replace(it.layout.grid, table=it.name) for it in found.extracts if it.is_stated]
    extracts = Extracts.of(beside, config)
    grids = {
        name: layout.grid
        if name not in PEOPLE or not beside
        else extracts.joined_to(
            layout.grid, map_headings(layout.grid, preset_of(layout.grid, config), config)
        )
        for name, layout in found.tables.items()
    }
    asked = [table for table in programme.proposal().tables if table.columns]
    targets = {t.table: {n: c.target or "" for c in t.columns for n in c.titles} for t in asked}
    read = {*PEOPLE, PAIRS} & targets.keys()
    shown = {name: grid for name, grid in grids.items() if name in read}
    return Sheets(shown, targets, titles_of_forms(programme.folder))


def titles_of_forms(folder: Path) -> dict[str, str]:
    """Return by column the question of the form, where intakes were joined; the first's counts.

    A column that several questions make has no one title.
    """
    found: dict[str, str] = {}
    for home in map(Path, intakes_of(folder)):
        try:
            stated = ProgrammeFolder(home.name, home).settings.config().columns
        except MatcherError:
            continue  # what is wrong with it is told where it is opened
        titles: dict[str, list[str]] = defaultdict(list)
        for key, told in stated.items():
            for title, target in told.items() if isinstance(told, dict) else [(key, told)]:
                titles[target].append(title)
        own = {target: named[0] for target, named in titles.items() if len(named) == 1}
        found = own | titles_of_forms(home) | found
    return {target: title for target, title in found.items() if target != title}
