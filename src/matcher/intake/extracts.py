"""Files that say more about people who signed up, such as an extract of an HR system.

Their columns are read as if the form had asked them: whose a row is, its own columns say by
address, id or full name (``[tables.X] join``). Most of an extract may be people who never signed
up; their rows are counted and not used. What people said themselves counts before it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from matcher.arrays import Cells
from matcher.cohort.cohort import RowCount
from matcher.cohort.ids import id_key, named_address
from matcher.cohort.names import are_compatible
from matcher.cohort.people import People
from matcher.config import Config
from matcher.errors import Finding
from matcher.intake.config_columns import stated_columns
from matcher.intake.files.grid import Grid
from matcher.intake.mapping import NAMING
from matcher.intake.mapping import Mapping as ColumnMapping
from matcher.intake.proposals.column_cells import CellEvidence
from matcher.intake.proposals.own_numbers import are_numbers
from matcher.text import count_of, fold_heading, listed, nearest, shortened, shown_title

MOSTLY = 0.5
"""Share of answers of a column that are numbers of an extract's people, to name people by them."""


@dataclass
class Extracts:
    """The extracts beside a sign-up, and what became of their rows so far."""

    grids: Mapping[str, Grid]
    """By the name that the config gives them, with titles."""
    config: Config
    used: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    """By extract the positions of rows that are about somebody who signed up."""
    findings: list[Finding] = field(default_factory=list)

    @classmethod
    def of(cls, grids: Iterable[Grid], config: Config) -> "Extracts":
        """Return those of some tables with titles, without what cannot be joined."""
        found = cls({}, config)
        kept = {grid.table: grid for grid in grids if not found._lacks_a_title(grid)}
        return replace(found, grids=kept)

    def _lacks_a_title(self, grid: Grid) -> bool:
        absent = [t for t in self.config.tables[grid.table].join if grid.column(t) is None]
        for title in absent:
            near = nearest(title, grid.titles)
            message = f"[tables.{grid.table}] join: no column is called {shown_title(title)!r}"
            remedy = f"did you mean {near!r}?" if near else "name titles of that file"
            self.findings.append(Finding("E_MISSING_COLUMN", message, remedy, grid.table))
        return bool(absent)

    def joined_to(self, grid: Grid, mapping: ColumnMapping) -> Grid:
        """Return a table of people with the columns of every extract at its end.

        Parameters
        ----------
        grid
            The table as its source holds it.
        mapping
            Which of its columns say who people are.
        """
        people = _people_of(grid, mapping) if self.grids else People()
        for name, extract in self.grids.items():
            targets = stated_columns(self.config, grid.table)
            further = joined_columns(extract, self.config.tables[name].join, name, grid.titles)
            places, unsure = _places(grid, mapping, extract, people, self.config.tables[name].join)
            self.used[name] |= {row for rows in places.values() for row in rows}
            cells, differing = {}, set[int]()
            for title, column in further.items():
                is_naming = targets.get(fold_heading(title)) in NAMING
                cells[title], unlike = _cells_of(column, places, len(grid.rows), is_all=is_naming)
                differing |= unlike
            self._tell(extract, len(grid.rows) - len(places), unsure, differing)
            grid = replace(grid.with_further(cells), joined=grid.joined + len(cells))
        return grid

    def _tell(self, extract: Grid, absent: int, unsure: list[int], differing: set[int]) -> None:
        """Tell who stands twice in an extract, who may be several people, and who is not in it."""
        told = {
            "the person has several rows, which differ: what they differ in is left out": differing,
            "it names several people who signed up, or one whose address is another's": unsure,
        }
        for what, positions in told.items():
            rows = [str(extract.rows[k]) for k in sorted(positions)]
            message = f"{what}: {count_of(len(rows), 'row')} ({shortened(rows)})"
            finding = Finding("W_EXTRACT", message, "correct the file", extract.table)
            self.findings += [finding] if rows else []
        if absent:
            what = f"{count_of(absent, 'row')} of the sign-up have none there: nothing is joined"
            remedy = "ignore this if they need not stand there"
            self.findings.append(Finding("W_EXTRACT", what, remedy, extract.table))

    def titles(self) -> Iterator[str]:
        """Yield what their columns may be called beside those of a sign-up."""
        for name, grid in self.grids.items():
            for title in grid.titles:
                yield from (title, joined_title(title, name))

    def counts(self) -> Iterator[tuple[str, RowCount]]:
        """Yield by extract how many rows were joined; what is joined to nobody is a fault."""
        for name, grid in self.grids.items():
            read, used = len(grid.rows), len(self.used[name])
            if not used:
                titles = listed([repr(title) for title in self.config.tables[name].join])
                message = f"no row is of anybody who signed up, by {titles}"
                remedy = 'name other titles in join, or set read = "no"'
                self.findings.append(Finding("E_NOT_FOUND", message, remedy, name))
            yield name, RowCount(read, used, rejected=read - used)


def joined_columns(
    extract: Grid, join: Sequence[str], name: str, taken: Sequence[str]
) -> dict[str, Cells]:
    """Return the columns of an extract but those that say whose a row is, by their titles.

    A title that the sign-up has too gets the name of the extract behind. Numbers by which it names
    its own people become what it calls them by otherwise.
    """
    keys = set(map(fold_heading, join))
    whose = references(extract, join)
    places = [k for k, title in enumerate(extract.folded_titles) if title not in keys]
    numbers = own_numbers(extract.titles, extract.columns, join)
    known = {}
    if numbers is not None:
        own = map(id_key, map(str, extract.columns[numbers]))
        known = dict(zip(own, whose, strict=True))
    known |= {id_key(text): text for text in whose}
    own_titles = set(map(fold_heading, taken))
    found = {}
    for k in places:
        title, column = extract.titles[k], extract.columns[k]
        title = joined_title(title, name) if fold_heading(title) in own_titles else title
        is_other = k != numbers and _are_mostly(column, known)
        found[title] = _said_by(column, known) if is_other else column
    return found


def own_numbers(
    titles: Sequence[str], columns: Sequence[Iterable[object]], join: Sequence[str]
) -> int | None:
    """Return which column of an extract holds numbers of its people, by which it names them."""
    keys = set(map(fold_heading, join))
    places = (k for k, title in enumerate(titles) if fold_heading(title) not in keys)
    return next((k for k in places if are_numbers(CellEvidence.of(columns[k]))), None)


def joined_title(title: str, name: str) -> str:
    """Return what a column of an extract is called beside one of the sign-up that is called so."""
    return f"{title} ({name})"


def _are_mostly(column: Cells, known: Mapping[str, str]) -> bool:
    filled = [str(text) for text in column if text]
    return bool(filled) and sum(id_key(t) in known for t in filled) > MOSTLY * len(filled)


def _said_by(column: Cells, known: Mapping[str, str]) -> Cells:
    return np.array([known.get(id_key(str(t)), t) if t else t for t in column], dtype=object)


def references(extract: Grid, join: Sequence[str]) -> list[str]:
    """Return for each row of an extract what names the person whom it is about."""
    columns = [cells for title in join if (cells := extract.column(title)) is not None]
    return [" ".join(filter(None, map(str, parts))) for parts in zip(*columns, strict=True)]


def _names_in(grid: Grid, mapping: ColumnMapping, column: str) -> list[str]:
    cells = [grid.columns[k] for k in mapping.columns.get(column, ())]
    joined = [" ".join(filter(None, map(str, parts))) for parts in zip(*cells, strict=True)]
    return joined or [""] * len(grid.rows)


def _people_of(grid: Grid, mapping: ColumnMapping) -> People:
    """Return the people of a table by what they may be called; their ids are positions in it."""
    positions = [str(k) for k in range(len(grid.rows))]
    said = {name: _names_in(grid, mapping, name) for name in ("name", "email")}
    people = People.of([pd.DataFrame({"person_id": positions, **said})])
    ids: dict[str, list[str]] = defaultdict(list)
    for position, text in zip(positions, _names_in(grid, mapping, "person_id"), strict=True):
        ids[text.strip()] += [position] if text.strip() else []
    return replace(people, ids={text: tuple(own) for text, own in ids.items()})


def _places(
    grid: Grid, mapping: ColumnMapping, extract: Grid, people: People, join: Sequence[str]
) -> tuple[dict[int, list[int]], list[int]]:
    """Return by position in a table the rows of an extract about that person, and the unsure rows.

    Somebody who signed up twice stands in several rows of the table.
    """
    called, boxes = (_names_in(grid, mapping, name) for name in ("name", "email"))
    places: dict[int, list[int]] = defaultdict(list)
    unsure = []
    for row, text in enumerate(references(extract, join)):
        meant = [int(position) for position in people.meant(text)] if text else []
        names = {called[k] for k in meant} - {""}
        addresses = {named_address(boxes[k]) for k in meant}
        is_one = all(are_compatible(a, b) for a in names for b in names if a < b)
        if not is_one or (len(addresses) > 1 and "@" not in text):
            unsure.append(row)
            continue
        for k in meant:
            places[k].append(row)
    return places, unsure


def _cells_of(
    column: Cells, places: Mapping[int, Sequence[int]], rows: int, *, is_all: bool
) -> tuple[Cells, set[int]]:
    """Return a column of an extract for the rows of a table, and its rows that contradict others.

    Of several answers all count where they name people who must not meet; else none does.
    """
    cells, differing = np.full(rows, "", dtype=object), set[int]()
    for k, own in places.items():
        texts = list(dict.fromkeys(str(column[row]) for row in own if column[row]))
        if len(texts) == 1 or is_all:
            cells[k] = "; ".join(texts)
        elif texts:
            differing |= {*own}
    return cells, differing
