"""A table with codes in titles and cells, as it would be had it been exported with its texts."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from matcher.arrays import Cells
from matcher.intake.cells.marks import is_mark, is_tick
from matcher.intake.files.code_book import CodeBook, CodedQuestion, CodedTitle
from matcher.intake.files.grid import Grid
from matcher.intake.presets import Preset
from matcher.text import fold_heading

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
