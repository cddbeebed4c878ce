"""Corrections by hand: what stands in `corrections.jsonl` beside the tables, which nobody edits."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import numpy as np
import pandas as pd

from matcher.cohort.people import People
from matcher.cohort.questions import YES, AskedQuestion, key_of
from matcher.cohort.tables import SIGNUPS, TABLES
from matcher.config import Config
from matcher.errors import Finding
from matcher.intake.config_columns import SIDE_PREFIXES
from matcher.intake.files.grid import Grid, can_be_a_cell
from matcher.intake.findings import Findings
from matcher.intake.identity import Identity, answered
from matcher.intake.mapping import Mapping as Columns
from matcher.intake.typed_table import TypedTable, answer_words
from matcher.intake.valued_tables import ReadTable
from matcher.text import (
    did_you_mean,
    fold_heading,
    misspelt,
    on_one_line,
    parse_json,
    shown_id,
    tidy,
)
from matcher.whereabouts import home_of

NAME = "corrections.jsonl"
LEFT_OUT = "left_out"
"""In place of a column: whoever is named is left out of the match, `after` says why; an empty
`after` puts them back."""


@dataclass(frozen=True)
class Correction:
    """One line: whose cell of which column held what, and what it holds by right."""

    person: str
    """Id, address or full name; `signups row 15`, or what is written, where none is read."""
    column: str
    """Canonical name, or title of the form."""
    before: str
    after: str
    who: str
    when: str


_KEYS = tuple(field.name for field in fields(Correction))


def corrections_beside(place: str) -> Path:
    """Return where the corrections of a cohort lie: in its folder, or beside its file."""
    return home_of(place) / NAME


def written(correction: Correction) -> bytes:
    """Return a correction as its line."""
    return f"{json.dumps(asdict(correction), ensure_ascii=False)}\n".encode()


def append_correction(place: str, correction: Correction) -> None:
    """Write one correction behind those that are there, and wait until the disk has it."""
    with corrections_beside(place).open("ab") as file:
        file.write(written(correction))
        file.flush()
        os.fsync(file.fileno())


def read_corrections(
    place: str, hashes: dict[str, str], found: Findings
) -> Mapping[int, Correction]:
    """Return the corrections of a cohort by line.

    Parameters
    ----------
    place
        Folder or file of the cohort; a database has none.
    hashes
        Takes the SHA-256 of the file: it is input like a table.
    found
        Takes E_FORMAT for each line that is no correction.
    """
    path = corrections_beside(place)
    if "://" in place or not os.path.lexists(path):
        return {}
    if not path.is_file():
        fault = Finding("E_FORMAT", "it is no file", "put the file there, or take it away")
        found.add([fault.at(NAME)])
        return {}
    content = path.read_bytes()
    hashes[NAME] = hashlib.sha256(content).hexdigest()
    read: dict[int, Correction] = {}
    for number, line in enumerate(content.split(b"\n"), start=1):
        if line.strip():
            correction = _parsed(line)
            if correction is None:
                needed = f"{', '.join(_KEYS)}, all as text that a table can hold"
                what = f"the line is no correction: it needs {needed}"
                fault = Finding("E_FORMAT", what, "correct the line, or delete it")
                found.add([fault.at(NAME, number)])
            else:
                read[number] = correction
    return read


def _parsed(line: bytes) -> Correction | None:
    try:
        held = parse_json(line)
    except ValueError:
        return None
    if not isinstance(held, dict) or not all(isinstance(held.get(key), str) for key in _KEYS):
        return None
    told = [held[key] for key in _KEYS]
    return Correction(*told) if all(map(can_be_a_cell, told)) else None


def corrected(
    sheets: Sequence[ReadTable],
    corrections: Mapping[int, Correction],
    written: Identity,
    config: Config,
    found: Findings,
) -> tuple[list[ReadTable], tuple[AskedQuestion, ...], frozenset[tuple[str, int]]]:
    """Return the tables with what is right in their cells, what is asked about that, who is out.

    Parameters
    ----------
    sheets
        Every table, as it is written.
    corrections
        By line.
    written
        Whose their rows are, told from the tables as they are written.
    config
        With the answers to questions.
    found
        Takes what is wrong with corrections.
    """
    owned = {name: owners(table) for name, table in written.tables.items()}
    of = {s.table.spec.name: s for s in sheets if s.table.spec.name in owned}
    answers = {name: AnswerSheet(s.grid, s.mapping, owned[name]) for name, s in of.items()}
    corrector = Corrector(answers, with_unread(written.people, answers), config)
    for line, correction in corrections.items():
        corrector.apply(line, correction)
    found.add(corrector.findings)
    grids = [corrector.grids.get(s.table.spec.name, s.grid) for s in sheets]
    made = [
        sheet if grid is sheet.grid else sheet.with_grid(grid, config)
        for sheet, grid in zip(sheets, grids, strict=True)
    ]
    return made, tuple(corrector.questions), frozenset(corrector.rows_left_out())


def owners(table: TypedTable) -> dict[int, str]:
    """Return by row whose it is: the id, else `row_name`."""
    name = table.spec.name
    held = zip(table.frame["source_row"].tolist(), table.frame["person_id"].tolist(), strict=True)
    return {row: p if isinstance(p, str) else row_name(name, row) for row, p in held}


@dataclass(frozen=True)
class AnswerSheet:
    """A table of people as it is written, and whose its rows are."""

    grid: Grid
    mapping: Columns
    person_of: Mapping[int, str]
    """By the row that a person sees: the id, else `row_name`; rows that do not count are left out.
    """

    def text(self, column: str, at: int) -> str:
        """Return what a row, by position, holds under a canonical column."""
        return next((tidy(str(self.grid.columns[k][at])) for k in self.mapping.of(column)), "")


def with_unread(people: People, sheets: Mapping[str, AnswerSheet]) -> People:
    """Return people, and rows whose id cannot be read: by `signups row 15`, by what is written.

    Parameters
    ----------
    people
        Who has an id.
    sheets
        Tables of people by name.
    """
    ids = dict(people.ids)
    unread = []
    for table, sheet in sheets.items():
        for at, row in enumerate(sheet.grid.rows.tolist()):
            person = sheet.person_of.get(row)
            if person == row_name(table, row):
                unread.append({"person_id": person, "name": sheet.text("name", at)})
                for text in (sheet.text("person_id", at), sheet.text("email", at)):
                    if text:
                        ids[text] = tuple(sorted({*ids.get(text, ()), person}))
    theirs = People.of([pd.DataFrame(unread, columns=["person_id", "name"])])
    names = {
        key: tuple(sorted({*people.names.get(key, ()), *theirs.names.get(key, ())}))
        for key in {*people.names, *theirs.names}
    }
    return replace(people, ids={**theirs.ids, **ids}, names=names)


def row_name(table: str, row: int) -> str:
    """Return what stands for a person whose id cannot be read: table and row."""
    return f"{table} row {row}"


@dataclass
class Corrector:
    """Applies corrections one after the other."""

    sheets: dict[str, AnswerSheet]
    people: People
    config: Config

    def __post_init__(self) -> None:
        self.grids = {name: sheet.grid for name, sheet in self.sheets.items()}
        self.questions: list[AskedQuestion] = []
        self.findings: list[Finding] = []
        self.left_out: dict[str, str] = {}

    def rows_left_out(self) -> Iterator[tuple[str, int]]:
        """Yield table and row of whoever is left out by hand."""
        for name, sheet in self.sheets.items():
            yield from (
                (name, row) for row, who in sheet.person_of.items() if self.left_out.get(who)
            )

    def apply(self, line: int, correction: Correction) -> None:
        """Put what is right into a cell that still holds what it held; ask about any other."""
        person = self.people.find(correction.person)
        if correction.column == LEFT_OUT and person is not None:
            self.left_out[person] = tidy(correction.after)
            return
        cells = [] if person is None else list(self._cells(person, correction.column))
        if person is None or not cells:
            self.findings.append(self._unused(line, correction, person))
            return
        before, after = _plain(correction.before), _plain(correction.after)
        held = [_plain(str(self.grids[name].columns[k][at])) for name, k, at in cells]
        fitting = [cell for cell, text in zip(cells, held, strict=True) if text == before]
        if not fitting and after not in held:
            name, _, at = cells[0]
            question = AskedQuestion(
                key=key_of("correction", *asdict(correction).values(), *held),
                table=name,
                row=int(self.grids[name].rows[at]),
                column=correction.column,
                person=person,
                likely=(),
                message=f"the cell has changed since line {line} of {NAME}: does that still hold?",
                is_yes_no=True,
            )
            self.questions.append(answered(question, self.config))
            fitting = cells[:1] if self.questions[-1].answer == YES else []
            if correction.column == "consent" and self.questions[-1].is_open:
                for name, k, at in cells:  # nobody agrees as long as it is not known which counts
                    self._write(name, k, at, "")
        for name, k, at in fitting:
            self._write(name, k, at, correction.after)

    def _cells(self, person: str, column: str) -> Iterator[tuple[str, int, int]]:
        """Yield table, column and row, by position, of the cells of a person."""
        for name, sheet in self.sheets.items():
            sided = [k for side in SIDE_PREFIXES for k in sheet.mapping.of(f"{side}{column}")]
            positions = sheet.mapping.of(column) or _titled(sheet.grid, column) or sided
            for at, row in enumerate(sheet.grid.rows.tolist()):
                if sheet.person_of.get(row) == person:
                    yield from ((name, position, at) for position in positions)

    def _write(self, name: str, column: int, at: int, text: str) -> None:
        grid = self.grids[name]
        cells = grid.columns[column].copy()
        cells[at] = self._as_its_tool(name, column, text)
        columns = (*grid.columns[:column], cells, *grid.columns[column + 1 :])
        self.grids[name] = grid.with_columns(columns)

    def _as_its_tool(self, name: str, column: int, text: str) -> str:
        """Return a list that people wrote with semicolons as the tool of its table writes it."""
        mapping = self.sheets[name].mapping
        target = next((t for t, ks in mapping.columns.items() if column in ks), "")
        spec = mapping.specs.get(target)
        if ";" not in text or spec is None or not spec.is_list or column in mapping.options:
            return text
        separator = answer_words(target, mapping, self.config).separator
        return text if separator == " " else separator.join(map(str.strip, text.split(";")))

    def _unused(self, line: int, correction: Correction, person: str | None) -> Finding:
        if person is None:
            is_somebody = self.people.meant(correction.person) or any(
                self.people.near(correction.person)
            )
            code = "E_UNKNOWN_PERSON" if is_somebody else "W_CORRECTION_UNUSED"
            told = self.people.unresolved(correction.person, "member")
            return Finding(code, told.message, told.remedy).at(NAME, line, "person")
        known = {name for table in (SIGNUPS, *TABLES.values()) for name in table.by_name}
        near = "" if correction.column in known else misspelt(correction.column, known)
        message = f"no table asks {shown_id(person)} for the column that is corrected"
        if near:
            remedy = f"{did_you_mean(near)}write a canonical column or the form's title"
            return Finding("E_CORRECTION", message, remedy).at(NAME, line, "column")
        remedy = "it counts again once a question is taken for that column"
        return Finding("W_CORRECTION_UNUSED", message, remedy).at(NAME, line, "column")


def _plain(text: str) -> str:
    """Return a cell as it is compared: items on lines of their own, or with semicolons, are one."""
    return on_one_line(text.replace(";", "\n"))


def _titled(grid: Grid, title: str) -> Sequence[int]:
    folded = np.array(grid.folded_titles, dtype=object)
    return [int(k) for k in np.flatnonzero(folded == fold_heading(title))]
