"""From a cell's words to vocabulary words, numbers, slots, dates: one parser a column.

A parser takes the text of one cell and returns its value, or a `Finding`
that says what is wrong without repeating what the person wrote.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from matcher.cohort.columns import ColumnSpec, Kind
from matcher.errors import Finding
from matcher.intake.cells.answer_words import AnswerWords, Parser, choice_table
from matcher.intake.cells.dates import date_parser
from matcher.intake.cells.lists import list_parser
from matcher.text import MISSING_WORDS, did_you_mean, fold, is_no_answer, nearest, tidy


def parser_for(spec: ColumnSpec, words: AnswerWords, date_format: str) -> Parser:
    """Return the parser of a column."""
    if spec.kind is Kind.NUMBER:
        return _number_parser(spec, words.numbers)
    if spec.kind is Kind.DATE:
        return date_parser(spec, date_format)
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


_YES_NO: dict[str, Any] = {
    **dict.fromkeys(("yes", "y", "true", "1"), True),
    **dict.fromkeys(("no", "n", "false", "0"), False),
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
        return table[key] if key in table else _not_a_choice(spec, text, answers)

    return parse


def _not_a_choice(spec: ColumnSpec, text: str, answers: Mapping[str, str]) -> Finding:
    hint = did_you_mean(
        nearest(text, {*spec.choices, *answers} if spec.choices else {"yes", "no", *answers})
    )
    remedy = f"{hint}valid: {spec.allowed}; or map the form's words in [answers.{spec.name}]"
    return Finding("E_ENUM", "the answer is not one of the valid ones", remedy)


_PLAIN_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NOT_FINITE = frozenset({"nan", "inf", "infinity", "+inf", "-inf", "+infinity", "-infinity"})


def _number_parser(spec: ColumnSpec, words: Mapping[str, float | None]) -> Parser:
    def parse(text: str) -> Any:
        key = fold(text)
        if key in words:
            value = words[key]
            return None if value is None else _in_range(spec, value)
        if key in MISSING_WORDS:
            return None
        if key in _NOT_FINITE:
            return Finding("E_NOT_FINITE", "the number is not finite", f"write {spec.allowed}")
        if not _PLAIN_NUMBER.fullmatch(key):
            return _not_a_number(spec)
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


def _not_a_number(spec: ColumnSpec) -> Finding:
    code = "E_CAPACITY" if spec.name.endswith("capacity") else "E_NUMBER"
    remedy = f"write {spec.allowed}, or map the words in [numbers.{spec.name}]"
    return Finding(code, "the answer is no number", remedy)
