"""Which file or sheet is probably which table, and how it is written."""

import codecs
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from matcher.arrays import Cells
from matcher.cohort.ids import plain_address
from matcher.cohort.tables import SIGNUPS, TABLES
from matcher.config import Config
from matcher.config.input_sections import TableInput
from matcher.errors import InputError
from matcher.intake.files.code_book import CodeBook
from matcher.intake.files.find_tables import Spot, is_at
from matcher.intake.files.grid import Grid
from matcher.intake.files.source_files import Shelf
from matcher.intake.files.table_sources import Reader, every_code_book, every_table
from matcher.intake.headers import with_titles
from matcher.intake.long_tables import by_response, question_and_answer
from matcher.intake.presets import SUBMITTED, drop_notes, tool_of
from matcher.intake.proposals.column_cells import CellEvidence
from matcher.intake.proposals.form_questions import FormQuestion, questions_of
from matcher.intake.proposals.own_names import forms_of_each
from matcher.intake.proposals.phrases import heaviest, words_of
from matcher.intake.proposals.title_guesses import QUESTIONS, Guess, Sureness, guesses, may_be_role
from matcher.text import fold, snake
from matcher.vocabulary import IGNORE

MOST_ROWS_ABOVE = 8
"""Rows above the titles that are looked for."""
LEAST_GROUPED = 2
"""Columns without a title of their own from which the row below must hold their titles."""
OLDEST = "cp1252"
"""Encoding in which a text is read that is no UTF-8."""
FULL = 0.6
"""Share of the widest row that a row of titles fills at least."""


@dataclass(frozen=True)
class Layout:
    """A file or sheet as it seems to be written."""

    spot: Spot
    grid: Grid
    """With titles and without blank rows."""
    settings: dict[str, Any]
    """Keys of `[tables.X]` that differ from the defaults, without file and sheet."""
    found: frozenset[str]
    """Columns that its titles and answers surely are."""
    questions: list[FormQuestion]
    """The table as a form, whoever answers it."""
    is_alone: bool = True
    """Whether nothing else lies there, so that it need not be named."""
    has_sheets: bool = False
    """Whether its workbook has other sheets."""
    numbered: set[str] = field(default_factory=set)
    """Folded titles of the numbers by which columns of any layout name people."""

    @property
    def name(self) -> str:
        """What the config calls a file or sheet that is no table of ours."""
        return snake(self.spot.sheet or self.spot.path.stem)

    @cached_property
    def called(self) -> list[set[str]]:
        """By what the person of each row may be named, folded."""
        return forms_of_each(self.grid, self.questions, self.numbered)


def found_layouts(
    place: str | Path, stated: Mapping[str, TableInput], shelf: Shelf
) -> tuple[list[Layout], list[str]]:
    """Return every table at a place as it seems to be written, and what cannot be read.

    Parameters
    ----------
    place
        Folder, workbook, single export or database URL.
    stated
        What the config says of tables; its rows above the titles are not guessed again.
    shelf
        Takes what is read.

    Returns
    -------
    layouts
        In order of file and sheet.
    unread
        What each other file or sheet is and why it is no table, in words.
    """
    layouts, unread = list[Layout](), list[str]()
    old: dict[int, _InLetters] = {}
    books = every_code_book(place, shelf)
    spots = [each for each in every_table(place, shelf) if not _is_book(each[0], books)]
    sheets = Counter(spot.path for spot, _ in spots)
    for spot, read in spots:
        is_whole = sheets[spot.path] == 1
        said = (
            how
            for name, how in stated.items()
            if len(spots) == 1
            or (is_at(spot, how) and (how.sheet or is_whole or snake(spot.sheet) == name))
        )
        try:
            how = next(said, TableInput())
            layout = _layout(spot, read, how, books)
            if layout is not None and layout.settings.get("encoding") == OLDEST:
                old[len(layouts)] = partial(_in_letters, layout, read, how, books)
                layout = max(old[len(layouts)](OLD_ENCODINGS), key=_readable)
        except InputError as error:
            if spot.path.suffix.lower() != ".txt":
                unread.append(f"{spot.shown}: {error.findings[0].message}")
            continue
        if layout is not None:
            several = sheets[spot.path] > 1
            layouts.append(replace(layout, is_alone=len(spots) == 1, has_sheets=several))
        elif spot.path.suffix.lower() != ".txt":
            unread.append(f"{spot.shown}: it holds no table")
    _write_as_beside(layouts, old)
    return layouts, unread


def _is_book(spot: Spot, books: Mapping[Path, CodeBook]) -> bool:
    return spot.path in books and fold(spot.sheet) in books[spot.path].sheets


def _layout(
    spot: Spot, read: Reader, said: TableInput, books: Mapping[Path, CodeBook]
) -> Layout | None:
    settings = said.model_dump(include={"skip_rows", "header_rows"}, exclude_unset=True)
    raw, settings = (read(said.skip_rows), settings) if settings else _below_titles(read)
    if (tool := tool_of([raw])) and _has_header_rows(raw, tool):
        settings["preset"] = tool
    if any(finding.code == "W_ENCODING" for finding in raw.findings):
        settings["encoding"] = OLDEST
    elif spot.path.is_file() and not raw.is_typed and _is_utf16(spot.path):
        settings["encoding"] = "utf-16"
    fitting = {path: book.explained(raw.titles) for path, book in books.items()}
    if any(fitting.values()):
        path = max(fitting, key=lambda path: fitting[path])
        settings["code_book"], raw = path.name, replace(raw, book=books[path])
    # What stands above the titles of a text is gone already.
    how = settings if raw.is_typed else {k: v for k, v in settings.items() if k != "skip_rows"}
    probe = Config.model_validate({"tables": {SIGNUPS.name: how}, "columns": {"": IGNORE}})
    grid, _ = drop_notes(with_titles(replace(raw, table=SIGNUPS.name), probe))
    is_link = (snake(spot.sheet) or fold(spot.path.stem)) in TABLES.keys() - {"mentees", "mentors"}
    if not is_link:
        grid, settings = _by_response(grid, settings, said)
    questions = questions_of(grid)
    titled = _each_titled(grid, questions)
    likeliest = [next(iter(guesses(title, cells)), None) for title, cells in titled]
    found = _found(titled, likeliest)
    if not {"preset", "rows"} & settings.keys() and _is_long(grid, likeliest):
        settings["rows"] = "answers"
    is_table = len(grid.titles) > 1 or found
    is_filled = is_table and len(grid.rows)
    return Layout(spot, grid, settings, found, questions) if is_filled else None


def _by_response(
    grid: Grid, settings: dict[str, Any], said: TableInput
) -> tuple[Grid, dict[str, Any]]:
    """Return a table of answers with a row a response and a column a question, and what says so."""
    stated = (said.question, said.answer)
    found = stated if all(grid.column(t) is not None for t in stated) else question_and_answer(grid)
    if found is None:
        return grid, settings
    joined = by_response(grid, *found)
    if joined is None:
        return grid, settings
    settings.pop("preset", None)  # tools write a row a sign-up: only a title is the same
    return joined, settings | {"rows": "answers", "question": found[0], "answer": found[1]}


OLD_ENCODINGS = ("cp1250", "cp1251", "cp1253", "cp1254")
"""Those of central Europe, of Cyrillic, of Greek and of Turkish, beside cp1252 of the west."""


def _in_letters(
    layout: Layout,
    read: Reader,
    said: TableInput,
    books: Mapping[Path, CodeBook],
    encodings: Iterable[str],
) -> list[Layout]:
    """Return a text that is no UTF-8 as it is, and as it is in other old encodings."""
    found = [layout]
    for encoding in encodings:
        with suppress(InputError):
            other = _layout(layout.spot, partial(read, encoding=encoding), said, books)
            if other is not None:
                found.append(replace(other, settings=other.settings | {"encoding": encoding}))
    return found


_InLetters = Callable[[Iterable[str]], list[Layout]]
"""Encodings -> a text as it is, and as it is in each of them."""


def _write_as_beside(layouts: list[Layout], old: Mapping[int, _InLetters]) -> None:
    """Take texts of which too few letters tell how they are written for written as the others."""
    beside = {layouts[k].settings["encoding"] for k in old} - {OLDEST}
    for k, in_letters in old.items() if len(beside) == 1 else ():
        if layouts[k].settings["encoding"] == OLDEST:
            likeliest = max(reversed(in_letters(beside)), key=_readable)
            told = {name: getattr(layouts[k], name) for name in ("is_alone", "has_sheets")}
            layouts[k] = replace(likeliest, **told)


def _readable(layout: Layout) -> tuple[int, int]:
    """Return how many titles are known, and how few signs stand within words: `Pocz¹tek`."""
    cells = (text for column in layout.grid.columns for text in column[:ROWS_FOR_LETTERS])
    within = (sign for text in (*layout.grid.titles, *cells) for sign in _WITHIN.findall(text))
    return len(layout.found), -sum(not sign.isalpha() for sign in within)


ROWS_FOR_LETTERS = 200
"""Rows whose letters are looked at for the encoding of a text."""
_WITHIN = re.compile(r"(?<=[^\W\d_])[^\x00-\x7f](?=[^\W\d_])")


def _has_header_rows(raw: Grid, tool: str) -> bool:
    """Whether all header rows of a tool are there: others have a column of the same name."""
    probe = Config.model_validate({"tables": {SIGNUPS.name: {"preset": tool}}})
    try:
        with_titles(replace(raw, table=SIGNUPS.name), probe)
    except InputError as error:
        return all(finding.code != "E_FORMAT" for finding in error.findings)
    return True


def _is_utf16(path: Path) -> bool:
    """Whether a file starts with the mark of UTF-16, as Excel's `Unicode text` does."""
    with path.open("rb") as file:
        return file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def _below_titles(read: Reader) -> tuple[Grid, dict[str, Any]]:
    """Return the table, and what the config must say of the rows at its top."""
    fault, first, before = None, None, None
    for above in range(MOST_ROWS_ABOVE):
        try:
            raw = read(above)
        except InputError as error:
            fault = fault or (None if first else error)
            continue
        first = first or raw
        if raw.is_typed:
            return raw, _rows_above(raw)
        if before is not None and are_groups(before.titles, raw.titles):
            return before, ({"skip_rows": above - 1} if above > 1 else {}) | {"header_rows": 2}
        before = raw
        if is_header(raw.titles, len(raw.titles)):
            below = [str(column[0]) if len(column) else "" for column in raw.columns]
            more = {"header_rows": 2} if are_groups(raw.titles, below) else {}
            return raw, ({"skip_rows": above} if above else {}) | more
    if fault is not None or first is None:
        raise fault or InputError(())
    return first, {"header_rows": 0} if any(map(_is_data, first.titles)) else {}


def _rows_above(raw: Grid) -> dict[str, Any]:
    """Return what the config must say of the rows at the top of a sheet."""
    lines = [raw.titles, *zip(*(column[:MOST_ROWS_ABOVE] for column in raw.columns), strict=True)]
    texts = [[str(text) for text in line] for line in lines]
    headers = [k for k, line in enumerate(texts) if is_header(line, len(raw.titles))]
    if not headers:
        return {"header_rows": 0} if any(map(_is_data, raw.titles)) else {}
    k = max(headers, key=lambda k: sum(map(is_form_title, texts[k])))
    groups = next((n for n in (k - 1, k) if n >= 0 and _are_groups_of(raw, texts, n)), None)
    k = k if groups is None else groups
    settings = {"skip_rows": int(raw.rows[k - 1]) - 1} if k else {}
    return settings | ({"header_rows": 2} if groups is not None else {})


def _are_groups_of(raw: Grid, texts: Sequence[Sequence[str]], at: int) -> bool:
    """Whether a line names groups of what the line right below it does; a blank row parts them."""
    is_parted = at > 0 and len(raw.rows) > at and raw.rows[at] != raw.rows[at - 1] + 1
    return not is_parted and are_groups(*texts[at : at + 2])


def are_groups(upper: Sequence[str], lower: Sequence[str] = ()) -> bool:
    """Whether a row of titles stands over groups of columns that the row below it names."""
    if len(upper) != len(lower) or any(map(_is_data, lower)):
        return False
    both = [(bool(a.strip()), bool(b.strip())) for a, b in zip(upper, lower, strict=True)]
    if _are_sections(upper, lower):
        return False
    grouped = sum(b and not a for a, b in both)
    return grouped >= LEAST_GROUPED and sum(a for a, _ in both) > 1 and any(both[0])


def _are_sections(upper: Sequence[str], lower: Sequence[str]) -> bool:
    """Whether every column has a title of its own below: then what stands above only sorts them."""
    named = [fold(text) for text in lower if text.strip()]
    known = sum(map(is_form_title, lower)) - sum(map(is_form_title, upper))
    return len(set(named)) == len(lower) and known > 1


def is_header(line: Sequence[str], width: int) -> bool:
    """Whether a row holds titles: texts that forms use, or as many as there are columns."""
    texts = [text for text in line if text.strip()]
    if not texts or any(map(_is_data, texts)) or (len(texts) == 1 and width > 2):
        return False
    known = sum(is_form_title(text) for text in texts)
    is_full = len(texts) >= FULL * width and len(set(texts)) > len(texts) // 2
    return known >= max(1, len(texts) // 2) if len(texts) < 2 else known > 0 or is_full


def is_form_title(title: str) -> bool:
    """Whether a title is one that forms or our own tables use."""
    words = words_of(title)
    is_ours = any(snake(title) in spec.by_name for spec in (SIGNUPS, *TABLES.values()))
    return is_ours or any(heaviest(about["sure"], words) for about in QUESTIONS.values())


def _is_data(text: str) -> bool:
    return plain_address(text) is not None or text.replace(".", "").isdigit()


def _is_long(grid: Grid, targets: Sequence[Guess | None]) -> bool:
    """Whether a row is a person and one answer: most ids recur, and only lists differ between rows.

    A few who signed up twice make no such table: of theirs the last sign-up counts.
    """
    names = [guess.target if guess else "" for guess in targets]
    keys = [k for k, name in enumerate(names) if name == "person_id"]
    keys = keys or [k for k, t in enumerate(grid.titles) if snake(t) == "person_id"]
    keys = keys or [k for k, name in enumerate(names) if name == "email"]
    if not keys or SUBMITTED in names:
        return False
    rows = pd.Series(grid.columns[keys[0]]).value_counts()
    if 2 * int((rows > 1).sum()) < len(rows):
        return False
    frame = pd.DataFrame(dict(enumerate(grid.columns))).groupby(keys[0])
    counts = frame.nunique().max()
    differing = [k for k in range(len(names)) if k != keys[0] and counts[k] > 1]
    lists = [SIGNUPS.find(names[k]) for k in differing]
    return bool(lists) and all(spec is not None and spec.is_list for spec in lists)


def titled_columns(grid: Grid) -> list[tuple[str, Cells]]:
    """Return the title of each column in which its question stands, with its cells."""
    asked = grid.titles if grid.options else grid.questions or grid.titles
    return list(zip(asked, grid.columns, strict=True))


MAYBE_ROLE = "role?"
"""Found where a column may be the role, in words that are not known."""


def _each_titled(grid: Grid, questions: Sequence[FormQuestion]) -> list[tuple[str, CellEvidence]]:
    """Return the title of each column and its answers, once for column and question."""
    known = {q.positions[0]: q.evidence for q in questions if len(q.titles) == 1}
    columns = enumerate(titled_columns(grid))
    return [(title, known.get(at) or CellEvidence.of(cells)) for at, (title, cells) in columns]


def _found(
    titled: Sequence[tuple[str, CellEvidence]], targets: Sequence[Guess | None]
) -> frozenset[str]:
    found = set()
    for (title, cells), best in zip(titled, targets, strict=True):
        if best is not None and best.sureness is not Sureness.ASKED:
            found.add(best.target)
        elif may_be_role(title, cells):
            found.add(MAYBE_ROLE)
    return frozenset(found)


def table_settings(layout: Layout, table: str) -> dict[str, Any]:
    """Return what `[tables.X]` says of a layout that is the table X."""
    spot, named = layout.spot, dict[str, Any]()
    if layout.is_alone and table == SIGNUPS.name:
        return layout.settings
    if str(spot.path) != "." and snake(spot.path.stem) != table:
        named["file"] = spot.path.name
    if spot.sheet and layout.has_sheets and snake(spot.sheet) != table:
        named["sheet"] = spot.sheet
    return named | layout.settings


def rows_in(grid: Grid) -> int:
    """Return how many rows of a table hold anything."""
    return int(np.count_nonzero(np.any([column != "" for column in grid.columns], axis=0)))
