"""The cells of columns that stand for one option each: marks, or answers of their own."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from matcher.arrays import Cells
from matcher.cohort.tables import ColumnSpec, Kind
from matcher.intake.cells.answer_words import AnswerWords
from matcher.intake.cells.lists import LABEL, LISTS_OF_PEOPLE, PART
from matcher.intake.cells.marks import is_other
from matcher.intake.cells.slots import is_day
from matcher.intake.option_titles import Option


def joined_options(
    columns: Sequence[Cells], options: Sequence[Option | None], spec: ColumnSpec, words: AnswerWords
) -> Cells:
    """Return one text a row of the columns that make a list, each cell with its option.

    Parameters
    ----------
    columns
        Texts: each of shape (rows,).
    options
        What each column stands for, if it does.
    spec, words
        The list column, and what the config says of its words.

    Returns
    -------
    Cells
        What :func:`matcher.intake.cells.lists.list_parser` reads: shape (rows,).
    """
    is_marked = [_is_marked(c, o, spec, words) for c, o in zip(columns, options, strict=True)]
    several = sum(option is not None and option.is_marked for option in options) > 1
    labelled = []
    for column, option, marked in zip(columns, options, is_marked, strict=True):
        is_own = option is not None and is_other(option.label) and any(is_marked)
        is_choice = several and spec.name not in LISTS_OF_PEOPLE
        is_grid = option is not None and option.is_marked and is_choice
        labelled.append(_with_option(column, option) if marked or is_own or is_grid else column)
    joined = [PART.join(filter(None, parts)) for parts in zip(*labelled, strict=True)]
    return np.array(joined, dtype=object)


def _is_marked(column: Cells, option: Option | None, spec: ColumnSpec, words: AnswerWords) -> bool:
    """Whether the cells of a column say no more than whether its option counts.

    A title such as `Question [Option]` is believed also where a cell says more: the day of a slot,
    with the morning in the cell. One word in all its cells is a mark that nobody knows.
    """
    texts = [str(text) for text in pd.unique(column) if text]
    if option is None or not texts:
        return False
    if spec.kind is Kind.SLOTS and is_day(option.label):
        return True  # a cell says when on the day
    marks = [words.mark(text, option.label) is not None for text in texts]
    if not option.is_marked or spec.name in LISTS_OF_PEOPLE:
        return all(marks)
    is_open = not spec.choices and spec.kind is not Kind.SLOTS
    is_one_word = len(texts) == 1 and np.count_nonzero(column != "") > 1
    return not is_open or any(marks) or bool(is_one_word)


def _with_option(column: Cells, option: Option | None) -> Cells:
    label = "" if option is None else option.label
    return np.array([f"{label}{LABEL}{cell}" if cell else "" for cell in column], dtype=object)
