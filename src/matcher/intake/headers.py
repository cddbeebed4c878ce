"""From a grid as its source holds it to one with titles and labels, no blank rows or columns."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from matcher.arrays import Cells
from matcher.cohort.cells import restore
from matcher.cohort.tables import table_spec
from matcher.config import Config
from matcher.config.input_sections import TableInput
from matcher.errors import ConfigError, Finding, InputError
from matcher.intake.cells.marks import is_mark, is_tick
from matcher.intake.files.code_book import CodeBook, CodedQuestion, CodedTitle
from matcher.intake.files.grid import Grid
from matcher.intake.option_columns import is_time
from matcher.intake.presets import PRESETS, Preset, preset_of, tool_of
from matcher.text import fold_each, fold_heading, listed, shortened
from matcher.vocabulary import IGNORE


def with_titles(grid: Grid, config: Config) -> Grid:
    """Return a table with all its header rows in its titles, without blank rows and columns.

    Where there is a code book, its texts stand for the codes.

    Parameters
    ----------
    grid
        The table as its source holds it.
    config
        What says which rows are titles and which columns are skipped.

    Raises
    ------
    InputError
        E_HEADER where a column holds answers but has no title, E_FORMAT where rows that the form
        tool writes are not there, E_PRESET where the stated form tool does not fit.
    ConfigError
        E_CONFIG where a column to skip is no letter.
    """
    how, preset = config.table_input(grid.table), preset_of(grid, config)
    own = config.tables.get(grid.table)
    if own and own.preset and preset.name != own.preset:
        raise InputError(not_fitting(own.preset, grid.table))
    if grid.is_typed and how.skip_rows:
        grid = _from_row(grid, how.skip_rows + 1)
    if how.header_rows == 0:
        grid = _lettered(grid)
    grid = _without_skipped(grid, how)
    grid = _unfolded(grid, how.header_rows, preset)
    grid = _trimmed(grid, drops_untitled=config.columns.get("") == IGNORE)
    grid = _with_constants(grid, how.constants)
    return labelled(grid, grid.book, preset) if grid.book else grid


def _with_constants(grid: Grid, constants: Mapping[str, str]) -> Grid:
    """Return a table with a column more for each value that holds in all of its rows."""
    further = {name: value for name, value in constants.items() if grid.column(name) is None}
    rows = len(grid.rows)
    return grid.with_further({n: np.full(rows, v, dtype=object) for n, v in further.items()})


def check_preset_fits(grids: Iterable[Grid], config: Config) -> list[Finding]:
    """Return E_PRESET where the form tool that `[input]` states fits no table of people."""
    wanted = config.input.preset
    people = [grid for grid in grids if table_spec(grid.table).is_people]
    people = [grid for grid in people if not config.tables.get(grid.table, TableInput()).preset]
    if not people or any(PRESETS[wanted].fits(grid.titles) for grid in people):
        return []
    return [not_fitting(wanted, "")]


def not_fitting(preset: str, table: str) -> Finding:
    """Return the finding for a table that is no export of the stated form tool."""
    tool = PRESETS[preset]
    looked = listed([repr(title) for title in tool.signature[:4]], "or")
    message = f"this is no export of {tool.label}: no title is {looked}"
    remedy = f"export it again from {tool.label}, or state another preset (plain fits any table)"
    return Finding("E_PRESET", message, remedy, table)


def _from_row(grid: Grid, row: int) -> Grid:
    """Return the grid with the titles of a row below those that the source took for titles."""
    position = int(np.searchsorted(grid.rows, row))
    if position >= len(grid.rows) or grid.rows[0] > row:
        return grid
    titles = tuple(restore(str(column[position])) for column in grid.columns)
    return replace(grid.keep(grid.rows > grid.rows[position]), titles=titles)


def _lettered(grid: Grid) -> Grid:
    """Return the grid with letters for titles and the titles as its first row."""
    columns = tuple(
        np.concatenate([np.array([title], dtype=object), column])
        for title, column in zip(grid.titles, grid.columns, strict=True)
    )
    first = int(grid.rows[0]) - 1 if len(grid.rows) else 1
    titles = tuple(map(letters, range(len(columns))))
    rows = np.concatenate([[first], grid.rows]).astype(np.int64)
    return replace(grid, titles=titles, columns=columns, rows=rows)


def letters(position: int) -> str:
    """Return what a spreadsheet calls the column at a position: A, B, ..., Z, AA."""
    before, last = divmod(position, 26)
    return (letters(before - 1) if before else "") + chr(ord("A") + last)


def _position(name: str) -> int:
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _without_skipped(grid: Grid, how: TableInput) -> Grid:
    """Return the grid without the columns that the config skips by letter."""
    skipped: set[int] = set()
    for span in how.skip_columns:
        match = re.fullmatch(r"([A-Z]{1,3})(?::([A-Z]{1,3}))?", span.strip().upper())
        if match is None:
            message = f"tables.{grid.table}.skip_columns: {span!r} is no column"
            raise ConfigError(Finding("E_CONFIG", message, 'write letters, such as "C" or "F:H"'))
        first, last = (_position(name) for name in (match[1], match[2] or match[1]))
        skipped |= set(range(first, last + 1))
    return _with_columns(grid, [k for k in range(len(grid.titles)) if k not in skipped])


def _with_columns(grid: Grid, kept: list[int]) -> Grid:
    return replace(
        grid,
        titles=tuple(grid.titles[k] for k in kept),
        columns=tuple(grid.columns[k] for k in kept),
        questions=tuple(grid.questions[k] for k in kept) if grid.questions else (),
        options=tuple(grid.options[k] for k in kept) if grid.options else (),
    )


def _unfolded(grid: Grid, stated: int | None, preset: Preset) -> Grid:
    """Take the second and third header row into the titles, where the tool has them."""
    count = preset.header_rows if stated is None else stated
    if preset.open_answers and stated is None and _starts_with_answers(grid, preset):
        count = 1
    if count < 2:
        return grid
    further = grid.keep(np.arange(len(grid.rows)) < count - 1).columns
    rest = grid.keep(np.arange(len(grid.rows)) >= count - 1)
    if preset.import_ids and stated is None:
        ids = fold_each(str(column[-1]) if len(column) > 1 else "" for column in further)
        if not any(preset.import_ids in text for text in ids):
            raise InputError(_no_further_rows(grid.table, preset))
    below = [restore(str(column[0])) if len(column) else "" for column in further]
    are_titled = all(t.strip() for t, text in zip(grid.titles, below, strict=True) if text.strip())
    if are_titled and not preset.open_answers:
        return replace(rest, questions=tuple(below))
    return _with_options(rest, below, preset)


def _starts_with_answers(grid: Grid, preset: Preset) -> bool:
    """Whether the row below the titles is somebody's: the tool's own columns are filled in it."""
    return any(
        len(column) and column[0] and preset.own_target(title)
        for title, column in zip(grid.titles, grid.columns, strict=True)
    )


def _with_options(grid: Grid, below: list[str], preset: Preset) -> Grid:
    """Return the grid whose untitled columns are options of the question to their left."""
    titles, questions, options = [], [], []
    question = ""
    for title, text in zip(grid.titles, below, strict=True):
        question = title if title.strip() else question if text.strip() else ""
        option = text.strip() if preset.is_option(text) else ""
        titles.append(f"{question} [{option}]" if option else question)
        is_one = is_time(question, titles[-1])
        questions.append(titles[-1] if is_one else question)
        options.append("" if is_one else option)
    return replace(grid, titles=tuple(titles), questions=tuple(questions), options=tuple(options))


def _no_further_rows(table: str, preset: Preset) -> Finding:
    message = f"the second and third header row of a {preset.label} export are not there"
    remedy = "export again as CSV with all header rows, or set preset to plain"
    return Finding("E_FORMAT", message, remedy, table)


def _trimmed(grid: Grid, *, drops_untitled: bool) -> Grid:
    """Return the grid without blank rows and without untitled columns that hold nothing.

    Raises
    ------
    InputError
        E_HEADER where an untitled column holds answers.
    """
    filled = np.zeros(len(grid.rows), dtype=bool)
    kept: list[int] = []
    untitled: dict[int, Cells] = {}
    for position, (title, column) in enumerate(zip(grid.titles, grid.columns, strict=True)):
        has_text = column != ""
        if title.strip():
            filled |= has_text
            kept.append(position)
        elif has_text.any() and not drops_untitled:
            untitled[position] = has_text
    if untitled:
        raise InputError(_untitled(grid, untitled))
    return _with_columns(grid, kept).keep(filled)


def _untitled(grid: Grid, columns: Mapping[int, Cells]) -> Finding:
    """Return the fault of all columns without a title, given what is filled of each."""
    first, has_text = next(iter(columns.items()))
    row = int(grid.rows[int(np.argmax(has_text))])
    if len(columns) == 1:
        what = f"column {letters(first)} ({first + 1}) holds answers but has no title"
        give = "give it a title"
    else:
        names = shortened([letters(position) for position in columns])
        what = f"{len(columns)} columns hold answers but have no title: {names}"
        give = "give them titles"
    tool = PRESETS[tool_of([grid]) or "plain"]
    remedy = f'set preset = "{tool.name}" if {tool.label} made the file; or ' if tool.label else ""
    remedy += (
        f"{give}, set [tables.{grid.table}] skip_columns = {_spans(list(columns))}, or skip_rows"
        " to the number of rows above the titles"
    )
    return Finding("E_HEADER", what, remedy, table=grid.table, row=row)


def _spans(positions: Sequence[int]) -> str:
    """Return columns as the config names them, each run of neighbours as one span."""
    known = set(positions)
    firsts = (k for k in positions if k - 1 not in known)
    spans = zip(firsts, (k for k in positions if k + 1 not in known), strict=True)
    names = [f'"{":".join(dict.fromkeys(map(letters, span)))}"' for span in spans]
    return f"[{shortened(names, 8)}]"


_BETWEEN = re.compile(r"[,;|\s]+")
"""Between the codes of one cell."""


def labelled(grid: Grid, book: CodeBook, preset: Preset) -> Grid:
    """Return a table with the texts of its code book; what the book does not have stays.

    Parameters
    ----------
    grid
        The table with its titles.
    book
        What its codes stand for.
    preset
        The form tool, whose own columns keep their titles.
    """
    read = [None if preset.own_target(title) else book.title(title) for title in grid.titles]
    coded = _with_rows(read)
    whole = {each.question.name: each for each in coded if each}
    shared = Counter(_key(each.question.text, each) for each in whole.values())
    headed = Counter(_key(_headed(each.question), each) for each in whole.values())

    def text_of(each: CodedTitle) -> str:
        question = each.question
        if question.text and shared[_key(question.text, each)] == 1:
            return question.text
        text = _headed(question)
        return (
            text
            if headed[_key(text, each)] == 1
            else f"{question.name}. {question.text}".strip(". ")
        )

    titles, questions, options, columns = [], [], [], []
    for title, column, each in zip(grid.titles, grid.columns, coded, strict=True):
        question = text_of(each) if each else title
        option = each.option if each and not each.is_written else ""
        titles.append(_title(question, each, preset))
        questions.append(question if option else titles[-1])
        options.append(option)
        columns.append(_texts(column, each) if each else column)
    has_options = any(options)
    return replace(
        grid,
        titles=tuple(titles),
        questions=tuple(questions) if has_options else grid.questions,
        options=tuple(options) if has_options else grid.options,
        columns=tuple(columns),
    )


def _with_rows(titles: Sequence[CodedTitle | None]) -> list[CodedTitle | None]:
    """Return what titles stand for; questions with one heading and the same steps are a grid.

    What all are asked is the heading, and each says of what.
    """
    blocks = Counter(_block(each.question) for each in titles if each and _is_step(each))
    return [
        replace(
            one, question=replace(one.question, text=one.question.section), option=one.question.text
        )
        if one and _is_step(one) and blocks[_block(one.question)] > 1
        else one
        for one in titles
    ]


LEAST_STEPS = 3
"""Answers from which those of several questions may be the steps of a scale."""


def _is_step(each: CodedTitle) -> bool:
    """Whether one of several steps is chosen below a heading, and none is a mere yes."""
    question, steps = each.question, each.question.answers.values()
    is_single = not (each.option or each.is_written or question.is_multiple or question.parts)
    is_headed = bool(question.section and question.text)
    return is_single and is_headed and len(steps) >= LEAST_STEPS and not any(map(is_tick, steps))


def _block(question: CodedQuestion) -> tuple[str, ...]:
    return (fold_heading(question.section), *question.answers.values())


def _headed(question: CodedQuestion) -> str:
    """Return what is asked with the heading above it: `Your manager: first name`."""
    return ": ".join(filter(None, (question.section, question.text)))


def _key(text: str, each: CodedTitle) -> tuple[str, str]:
    is_row = not each.question.parts
    return fold_heading(text), fold_heading(each.option) if is_row else ""


def _title(question: str, each: CodedTitle | None, preset: Preset) -> str:
    """Return a title as the tool writes it where it exports texts."""
    if each is None:
        return question
    if each.is_written:
        return " - ".join(filter(None, (question, each.option, "Text")))
    if each.option and each.question.is_multiple and preset.name == "redcap":
        return f"{question} (choice={each.option})"
    if each.option and preset.has_stems:
        return f"{question}/{each.option}"
    return f"{question} [{each.option}]" if each.option else question


def _texts(column: Cells, each: CodedTitle) -> Cells:
    """Return what the codes of a column stand for; where a cell has several, each is a list."""
    if each.is_written:
        return column
    codes, uniques = pd.factorize(column)
    texts, question = list(map(str, uniques)), each.question
    if each.option:
        read = [_option_cell(text, each) for text in texts]
    elif question.is_multiple and any(len(_several(text, question)) > 1 for text in texts):
        lists = [_several(text, question) for text in texts]
        read = [
            json.dumps(items, ensure_ascii=False) if items else text
            for items, text in zip(lists, texts, strict=True)
        ]
    else:
        read = [question.answer(text) or text for text in texts]
    return np.array(read, dtype=object)[codes]


def _option_cell(text: str, each: CodedTitle) -> str:
    """Return the cell of an option: a tick as it is, the code of the option itself as its text."""
    question = each.question
    is_box = question.is_multiple or not question.answers
    if is_box and (is_mark(text) or question.answer(text) != each.option):
        return text
    return question.answer(text) or text


def _several(text: str, question: CodedQuestion) -> list[str]:
    """Return what the codes of one cell stand for, nothing where one is unknown."""
    found = [question.answer(code) for code in _BETWEEN.split(text.strip())] if text else []
    return [label for label in found if label] if all(found) else []
