"""From the texts of a column to its values: one parser a column, each distinct text parsed once.

A parser takes the text of one cell and returns its value, or a finding that says what is wrong
without repeating what the person wrote.
"""

import math
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.arrays import Cells
from matcher.cohort.tables import ColumnSpec, Kind
from matcher.errors import Finding
from matcher.intake.cells.lists import AnswerWords, Parser, choice_table, list_parser, meanings
from matcher.intake.files.grid import FORMULA_WITHOUT_RESULT, NO_RESULT
from matcher.text import MISSING_WORDS, did_you_mean, fold, is_no_answer, nearest, tidy

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
    is_bad = np.array([isinstance(value, Finding) for value in parsed], dtype=bool)
    bad = []
    if is_bad.any():
        bad = [(int(k), parsed[codes[k]]) for k in np.flatnonzero(is_bad[codes])]
    kept = [spec.default if v is None or isinstance(v, Finding) else v for v in parsed]
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
        return _number_parser(spec, words)
    if spec.kind is Kind.DATE:
        return _date_parser(spec, date_format)
    if spec.kind is Kind.YES_NO:
        return _choice_parser(spec, words.answers, _YES_NO)
    if spec.kind is Kind.CHOICE:
        return _choice_parser(spec, words.answers, choice_table(spec.choices))
    if spec.is_list:
        return list_parser(spec, words)
    return text_parser(words.answers)


def text_parser(answers: Mapping[str, str]) -> Parser:
    """Return the parser of free text and names; `answers` are the config's words for some."""

    def parse(text: str) -> Any:
        if is_no_answer(text):
            return None
        return (answers.get(fold(text), tidy(text)) if answers else tidy(text)) or None

    return parse


_YES_NO = {word: meaning == "yes" for word, meaning in meanings("yes_no").items()}


def _choice_parser(
    spec: ColumnSpec, answers: Mapping[str, str], table: Mapping[str, Any]
) -> Parser:
    def parse(text: str) -> Any:
        key = fold(text)
        if key in answers:
            key = fold(answers[key])
        if key in MISSING_WORDS or key in ("", "missing"):
            return None
        return table[key] if key in table else _not_a_choice(spec, text, answers)

    return parse


def _not_a_choice(spec: ColumnSpec, text: str, answers: Mapping[str, str]) -> Finding:
    hint = did_you_mean(
        nearest(text, {*spec.choices, *answers} if spec.choices else {"yes", "no", *answers})
    )
    remedy = f"{hint}valid: {spec.allowed}; or map the form's words in [answers.{spec.name}]"
    return Finding("E_ENUM", "the answer is not one of the valid ones", remedy, answer=text)


_PLAIN_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NOT_FINITE = frozenset({"nan", "inf", "infinity", "+inf", "-inf", "+infinity", "-infinity"})


def plain_number(text: str, decimal: str) -> str:
    """Return a folded number with a decimal point and no groups; other text as it is.

    Parameters
    ----------
    text
        Such as ``1 234``, ``1'234`` or, by the decimal sign, ``1.234,5``.
    decimal
        The decimal sign that the config states; empty: a point, and a comma means nothing.
    """
    group = {",": ".", ".": ","}.get(decimal, "")
    sign = re.escape(decimal or ".")
    grouped = rf"[+-]?[0-9]{{1,3}}(?:[ '{group}][0-9]{{3}})+(?:{sign}[0-9]+)?"
    if re.fullmatch(grouped, text):
        text = re.sub(rf"[ '{group}]", "", text)
    elif decimal == "," and "." in text:
        return "" if _PLAIN_NUMBER.fullmatch(text) else text
    return text.replace(",", ".") if decimal == "," else text


def _number_parser(spec: ColumnSpec, words: AnswerWords) -> Parser:
    def parse(text: str) -> Any:
        key = fold(text)
        if key in words.numbers:
            value = words.numbers[key]
            return None if value is None else _in_range(spec, value)
        if key in MISSING_WORDS:
            return None
        if key in _NOT_FINITE:
            return Finding("E_NOT_FINITE", "the number is not finite", f"write {spec.allowed}")
        key = plain_number(key, words.decimal)
        if not _PLAIN_NUMBER.fullmatch(key):
            return _not_a_number(spec, text)
        value = float(key)
        if not math.isfinite(value):
            return Finding("E_NOT_FINITE", "the number is not finite", f"write {spec.allowed}")
        return _in_range(spec, value)

    return parse


def _in_range(spec: ColumnSpec, value: float) -> float | Finding:
    too_low = spec.low is not None and value < spec.low
    too_high = spec.high is not None and value > spec.high
    if too_low or too_high or (spec.whole and value != math.floor(value)):
        code = "E_CAPACITY" if spec.name.endswith("capacity") else "E_RANGE"
        return Finding(code, "the number is out of range", f"write {spec.allowed}")
    return value


def _not_a_number(spec: ColumnSpec, text: str) -> Finding:
    code = "E_CAPACITY" if spec.name.endswith("capacity") else "E_NUMBER"
    remedy = f"write {spec.allowed}, or map the words in [numbers.{spec.name}]"
    return Finding(code, "the answer is no number", remedy, answer=text)


EARLIEST, LATEST = date(1900, 1, 1), date(2200, 12, 31)
"""Dates outside are slips of the keyboard."""

_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ][0-9:.,+Z -]*)?")
_COARSE = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?")
_SLASHED = re.compile(r"[0-9]{1,4}[/.\- ][0-9]{1,2}[/.\- ][0-9]{1,4}(?:[ T].*)?")


def _date_parser(spec: ColumnSpec, date_format: str) -> Parser:
    """Return the parser of a date column; `date_format` is the config's, or empty."""

    def parse(text: str) -> Any:
        plain = fold(text).upper()
        if is_no_answer(text):
            return None
        found = _iso_date(plain, is_coarse=spec.coarse)
        if found is None and date_format:
            found = _formatted_date(tidy(text), date_format)
        if isinstance(found, date) and not EARLIEST <= found <= LATEST:
            return Finding("E_DATE", f"the date is not within {EARLIEST.year} to {LATEST.year}")
        return found if found is not None else _not_a_date(plain, date_format)

    return parse


def _iso_date(text: str, *, is_coarse: bool) -> date | Finding | None:
    match = _ISO.fullmatch(text)
    if match is None and is_coarse:
        match = _COARSE.fullmatch(text)
    if match is None:
        return None
    year, month, day = (int(part or 1) for part in (*match.groups(), 1)[:3])
    try:
        return date(year, month, day)
    except ValueError:
        return Finding("E_DATE", "there is no such day", "write the date as YYYY-MM-DD")


def _formatted_date(text: str, date_format: str) -> date | None:
    for candidate in (text, text.split(" ")[0], text.split("T")[0]):
        try:
            return datetime.strptime(candidate, date_format).date()
        except ValueError:
            continue
    return None


def _not_a_date(text: str, date_format: str) -> Finding:
    if date_format:
        remedy = f"write YYYY-MM-DD or {date_format}, the format of [input] date_format"
        return Finding("E_DATE", "the answer is no date in the stated format", remedy)
    if _SLASHED.fullmatch(text):
        remedy = 'write YYYY-MM-DD, or set [input] date_format, such as "%d/%m/%Y"'
        return Finding("E_DATE_AMBIGUOUS", "day and month cannot be told apart for sure", remedy)
    remedy = "write YYYY-MM-DD; a bare number is a spreadsheet's own count, format it as a date"
    return Finding("E_DATE", "the answer is no date", remedy)
