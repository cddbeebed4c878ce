"""From the texts of a column to its values: one parser a column, each distinct text parsed once.

A parser takes the text of one cell and returns its value, or a finding that says what is wrong
without repeating what the person wrote.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.arrays import Cells
from matcher.cohort.ids import MOST_OF_NAME, too_long
from matcher.cohort.tables import ColumnSpec, Kind
from matcher.errors import Finding
from matcher.intake.cells.answer_words import AnswerWords, Parser, Partly, choice_table
from matcher.intake.cells.dates import date_parser
from matcher.intake.cells.form_words import FORM_WORDS, meaning_of_each
from matcher.intake.cells.lists import list_parser
from matcher.intake.cells.marks import boxes_in
from matcher.intake.cells.numbers import number_parser
from matcher.intake.cells.time_zones import parse_time_zone
from matcher.intake.config_columns import CATCH_ALL
from matcher.intake.files.grid import FORMULA_WITHOUT_RESULT, NO_RESULT
from matcher.text import MISSING_WORDS, did_you_mean, fold, fold_plain, is_no_answer, nearest, tidy
from matcher.vocabulary import Role

_SPREADSHEET_ERRORS = frozenset(
    {"#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"}
)


def convert(
    cells: Cells, parse: Parser, spec: ColumnSpec, *, is_needed: bool = False
) -> tuple[Any, list[tuple[int, Finding]]]:
    """Parse the cells of a column.

    Parameters
    ----------
    cells
        Texts: shape (rows,).
    parse, spec
        Parser of a text that is not empty, and the kind and default of the column.
    is_needed
        Whether a missing answer is a fault.

    Returns
    -------
    values
        Array of the column's dtype: shape (rows,).
    bad
        Position of each cell that could not be read, with the reason.
    """
    codes, uniques = pd.factorize(cells)
    parsed = [_parsed(str(text), parse) for text in uniques]
    if is_needed:
        missing = Finding("E_MISSING_VALUE", "the answer is needed", f"write {spec.allowed}")
        parsed = [missing if value is None else value for value in parsed]
    told = [value.finding if isinstance(value, Partly) else value for value in parsed]
    is_bad = np.array([isinstance(value, Finding) for value in told], dtype=bool)
    bad = []
    if is_bad.any():
        bad = [(int(k), told[codes[k]]) for k in np.flatnonzero(is_bad[codes])]
    read = [value.value if isinstance(value, Partly) else value for value in parsed]
    kept = [spec.default if v is None or isinstance(v, Finding) else v for v in read]
    return _array(kept, codes, spec.kind), bad


def _parsed(text: str, parse: Parser) -> Any:
    if not text:
        return None
    if text == NO_RESULT:
        return FORMULA_WITHOUT_RESULT
    if text[0] == "#" and text.strip() in _SPREADSHEET_ERRORS:
        message = "the cell holds a spreadsheet's error, not an answer"
        remedy = "correct the formula in the spreadsheet and export again"
        return Finding("E_CELL_ERROR", message, remedy)
    return parse(text)


def write_ins(cells: Cells, parse: Parser) -> Cells:
    """Return of each cell the answers that are none of the form's options, joined by `;`."""
    codes, uniques = pd.factorize(cells)
    parsed = [_parsed(str(text), parse) for text in uniques]
    texts = [";".join(v.write_ins) if isinstance(v, Partly) else "" for v in parsed]
    return np.array([*texts, ""], dtype=object)[codes]


def _array(values: list[Any], codes: NDArray[np.int64], kind: Kind) -> Any:
    """Return the values of the distinct texts at the places of the codes, in the kind's dtype."""
    if kind is Kind.NUMBER:
        numbers = np.array([np.nan if value is None else value for value in values], dtype=float)
        return numbers[codes]
    if kind is Kind.DATE:
        days = [np.datetime64("NaT" if v is None else v.isoformat(), "ns") for v in values]
        return np.array(days, dtype="datetime64[ns]")[codes]
    if kind is Kind.YES_NO:
        return pd.array(values or [None], dtype="boolean").take(codes)
    distinct = np.empty(len(values), dtype=object)
    missing = () if kind in (Kind.LIST, Kind.SLOTS) else np.nan
    for k, value in enumerate(values):
        distinct[k] = missing if value is None else value
    if kind in (Kind.LIST, Kind.SLOTS):
        return distinct[codes]
    return pd.array(distinct[codes], dtype="str")


def parser_for(spec: ColumnSpec, words: AnswerWords, date_format: str) -> Parser:
    """Return the parser of a column."""
    if spec.kind is Kind.NUMBER:
        return number_parser(spec, words)
    if spec.kind is Kind.DATE:
        return date_parser(spec, date_format, day_first=words.day_first)
    if spec.kind is Kind.YES_NO:
        return _choice_parser(spec, words.answers, _YES_NO)
    if spec.kind is Kind.CHOICE:
        said = meaning_of_each(FORM_WORDS["yes_no"]).items()
        yes_no = {word: meaning for word, meaning in said if meaning in spec.choices}
        parse = _choice_parser(spec, words.answers, yes_no | choice_table(spec.choices))
        return _boxes_parser(parse, words.answers) if spec.name == "role" else parse
    if spec.is_list:
        return list_parser(spec, words)
    if spec.name.rpartition(".")[2] == "timezone":
        return lambda text: parse_time_zone(words.answers.get(fold(text), text))
    parse_text = text_parser(words.answers)
    if spec.name in _CALLED:
        return lambda text: too_long(text, "name or address", MOST_OF_NAME) or parse_text(text)
    return parse_text


_CALLED = ("name", "preferred_name", "email")
"""Columns by which people are looked up and compared with each other."""


def text_parser(answers: Mapping[str, str]) -> Parser:
    """Return the parser of free text and names; `answers` are the config's words for some."""

    def parse(text: str) -> Any:
        if is_no_answer(text):
            return None
        return (answers.get(fold(text), tidy(text)) if answers else tidy(text)) or None

    return parse


_YES_NO = {
    word: meaning == "yes" for word, meaning in meaning_of_each(FORM_WORDS["yes_no"]).items()
}


def _choice_parser(
    spec: ColumnSpec, answers: Mapping[str, str], table: Mapping[str, Any]
) -> Parser:
    def parse(text: str) -> Any:
        key = fold(text)
        if key in answers:
            key = fold(answers[key])
        if key in MISSING_WORDS or key in ("", "missing"):
            return None
        found = table.get(key, table.get(fold_plain(key)))
        if found is None and (caught := answers.get(CATCH_ALL)):
            kept = (text,) if caught == "text" else ()
            told = Finding("W_WRITE_IN", "an answer of their own")
            return Partly(table.get(fold(caught)), told, kept)
        return _not_a_choice(spec, text, answers) if found is None else found

    return parse


def _boxes_parser(parse: Parser, answers: Mapping[str, str]) -> Parser:
    """Return the parser of roles: who ticked the boxes of both plays both."""
    alone = {fold(boxes[0]): word for word in answers if len(boxes := boxes_in(word)) == 1}

    def role_of_box(box: str) -> str | None:
        role = parse(alone.get(fold(box), box))
        return role if isinstance(role, str) else None

    def parse_boxes(text: str) -> Any:
        boxes = boxes_in(text)
        if len(boxes) == 1 or fold(text) in answers:
            return parse(text)
        roles = {role_of_box(box) for box in boxes}
        if not roles or None in roles:
            return parse(text)
        is_open = Role.EITHER in roles and len(roles) == 2
        return roles.pop() if len(roles) == 1 else (Role.EITHER if is_open else Role.BOTH).value

    return parse_boxes


def _not_a_choice(spec: ColumnSpec, text: str, answers: Mapping[str, str]) -> Finding:
    hint = did_you_mean(nearest(text, {*(spec.choices or ("yes", "no")), *answers} - {CATCH_ALL}))
    remedy = f"{hint}valid: {spec.allowed}; or map the form's words in {spec.answers_heading}"
    return Finding("E_ENUM", "the answer is not one of the valid ones", remedy, answer=text)
