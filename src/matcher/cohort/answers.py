"""From a cell's words to vocabulary words, numbers, slots, dates: one parser a column.

A parser takes the text of one cell and returns its value, or a :class:`Bad` that says what is
wrong without repeating what the person wrote.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from matcher.cohort.columns import ColumnSpec, Kind
from matcher.cohort.text import MISSING_WORDS, fold, is_no_answer, nearest, tidy

if TYPE_CHECKING:
    from matcher.config import Config

EARLIEST, LATEST = date(1900, 1, 1), date(2200, 12, 31)
"""Dates outside are slips of the keyboard."""

PART = "\x1f"
"""Between the cells of several raw columns that make one list."""
LABEL = "\x1e"
"""Between a grid's row label and the cell."""


@dataclass(frozen=True)
class Bad:
    """What is wrong with a cell."""

    code: str
    message: str
    remedy: str = ""


Parser = Callable[[str], Any]
"""Cell text that is not empty -> value, None where it means no answer, or Bad."""


@dataclass(frozen=True)
class AnswerWords:
    """What the config says about the words of one column."""

    answers: Mapping[str, str]
    """Folded form's word -> vocabulary's words."""
    numbers: Mapping[str, float | None]
    """Folded word -> number, None for missing."""
    separator: str
    is_ordered: bool


def answer_words(name: str, config: Config, separator: str) -> AnswerWords:
    """Collect the config's words for a canonical column; one-sided names share the plain one's."""
    plain = name.partition(".")[2] or name
    answers: dict[str, str] = {}
    numbers: dict[str, float | None] = {}
    for key in dict.fromkeys((_pattern(plain), plain, name)):
        answers |= {fold(word): value for word, value in config.answers.get(key, {}).items()}
        for part in (config.scales, config.numbers):
            for word, value in part.get(key, {}).items():
                numbers[fold(word)] = None if value == "missing" else float(value)
    return AnswerWords(answers, numbers, separator, plain in config.input.ordered)


def _pattern(name: str) -> str:
    return name.partition("_")[0] + "_*"


def parser_for(spec: ColumnSpec, words: AnswerWords, date_format: str) -> Parser:
    """Return the parser of a column."""
    if spec.kind is Kind.NUMBER:
        return _number_parser(spec, words.numbers)
    if spec.kind is Kind.DATE:
        return _date_parser(spec, date_format)
    if spec.kind is Kind.YES_NO:
        return _choice_parser(spec, words.answers, _YES_NO)
    if spec.kind is Kind.CHOICE:
        return _choice_parser(spec, words.answers, _choice_table(spec.choices))
    if spec.is_list:
        return _list_parser(spec, words)
    return _text_parser(words.answers)


def _text_parser(answers: Mapping[str, str]) -> Parser:
    def parse(text: str) -> Any:
        if is_no_answer(text):
            return None
        return (answers.get(fold(text), tidy(text)) if answers else tidy(text)) or None

    return parse


_YES_NO: dict[str, Any] = {
    **dict.fromkeys(("yes", "y", "true", "1"), True),
    **dict.fromkeys(("no", "n", "false", "0"), False),
}


def _choice_table(choices: tuple[str, ...]) -> dict[str, Any]:
    """Return folded spellings of each choice: `both roles` and `both-roles` are `both_roles`."""
    table: dict[str, Any] = {}
    for choice in choices:
        plain = str(choice)
        for spelling in (plain, plain.replace("_", " "), plain.replace("_", "-")):
            table[fold(spelling)] = plain
    return table


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


def _not_a_choice(spec: ColumnSpec, text: str, answers: Mapping[str, str]) -> Bad:
    near = nearest(text, {*spec.choices, *answers} if spec.choices else {"yes", "no", *answers})
    hint = f"did you mean {near}? " if near else ""
    remedy = f"{hint}valid: {spec.allowed}; or map the form's words in [answers.{spec.name}]"
    return Bad("E_ENUM", "the answer is not one of the valid ones", remedy)


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
            return Bad("E_NOT_FINITE", "the number is not finite", f"write {spec.allowed}")
        if not _PLAIN_NUMBER.fullmatch(key):
            return _not_a_number(spec)
        value = float(key)
        if not math.isfinite(value):
            return Bad("E_NOT_FINITE", "the number is not finite", f"write {spec.allowed}")
        return _in_range(spec, value)

    return parse


def _in_range(spec: ColumnSpec, value: float) -> float | Bad:
    too_low = spec.low is not None and value < spec.low
    too_high = spec.high is not None and value > spec.high
    if too_low or too_high or (spec.whole and value != math.floor(value)):
        code = "E_CAPACITY" if spec.name.endswith("capacity") else "E_RANGE"
        return Bad(code, "the number is out of range", f"write {spec.allowed}")
    return value


def _not_a_number(spec: ColumnSpec) -> Bad:
    code = "E_CAPACITY" if spec.name.endswith("capacity") else "E_NUMBER"
    remedy = f"write {spec.allowed}, or map the words in [numbers.{spec.name}]"
    return Bad(code, "the answer is no number", remedy)


_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ][0-9:.,+Z -]*)?")
_COARSE = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?")
_SLASHED = re.compile(r"[0-9]{1,4}[/.\- ][0-9]{1,2}[/.\- ][0-9]{1,4}(?:[ T].*)?")


def _date_parser(spec: ColumnSpec, date_format: str) -> Parser:
    def parse(text: str) -> Any:
        plain = fold(text).upper()
        if is_no_answer(text):
            return None
        found = _iso_date(plain, is_coarse=spec.coarse)
        if found is None and date_format:
            found = _formatted_date(tidy(text), date_format)
        if isinstance(found, date) and not EARLIEST <= found <= LATEST:
            return Bad("E_DATE", f"the date is not within {EARLIEST.year} to {LATEST.year}")
        return found if found is not None else _not_a_date(plain, date_format)

    return parse


def _iso_date(text: str, *, is_coarse: bool) -> date | Bad | None:
    match = _ISO.fullmatch(text)
    if match is None and is_coarse:
        match = _COARSE.fullmatch(text)
    if match is None:
        return None
    year, month, day = (int(part or 1) for part in (*match.groups(), 1)[:3])
    try:
        return date(year, month, day)
    except ValueError:
        return Bad("E_DATE", "there is no such day", "write the date as YYYY-MM-DD")


def _formatted_date(text: str, date_format: str) -> date | None:
    for candidate in (text, text.split(" ")[0], text.split("T")[0]):
        try:
            return datetime.strptime(candidate, date_format).date()
        except ValueError:
            continue
    return None


def _not_a_date(text: str, date_format: str) -> Bad:
    if date_format:
        remedy = f"write YYYY-MM-DD or {date_format}, the format of [input] date_format"
        return Bad("E_DATE", "the answer is no date in the stated format", remedy)
    if _SLASHED.fullmatch(text):
        remedy = 'write YYYY-MM-DD, or set [input] date_format, such as "%d/%m/%Y"'
        return Bad("E_DATE_AMBIGUOUS", "day and month cannot be told apart for sure", remedy)
    remedy = "write YYYY-MM-DD; a bare number is a spreadsheet's own count, format it as a date"
    return Bad("E_DATE", "the answer is no date", remedy)


_DAYS = {
    word: day
    for day, words in {
        "mon": ("mon", "monday", "mondays"),
        "tue": ("tue", "tues", "tuesday", "tuesdays"),
        "wed": ("wed", "weds", "wednesday", "wednesdays"),
        "thu": ("thu", "thur", "thurs", "thursday", "thursdays"),
        "fri": ("fri", "friday", "fridays"),
        "sat": ("sat", "saturday", "saturdays"),
        "sun": ("sun", "sunday", "sundays"),
    }.items()
    for word in words
}
_PARTS = {
    word: part
    for part, words in {
        "am": ("am", "morning", "mornings"),
        "pm": ("pm", "afternoon", "afternoons"),
        "eve": ("eve", "evening", "evenings"),
    }.items()
    for word in words
}
_SLOT = re.compile(r"([a-z]+)[\s,:_-]+(?:([a-z]+)|([01]?[0-9]|2[0-3])(?::?00)?)")


def slot_of(text: str) -> str | None:
    """Return the canonical weekly slot of `Monday morning`, `mon-am` or `Mon 9:00`, or None."""
    match = _SLOT.fullmatch(fold(text))
    if match is None or match.group(1) not in _DAYS:
        return None
    day = _DAYS[match.group(1)]
    if match.group(3) is not None:
        return f"{day}-{int(match.group(3)):02d}"
    part = _PARTS.get(match.group(2))
    return f"{day}-{part}" if part else None


def _list_parser(spec: ColumnSpec, words: AnswerWords) -> Parser:
    table = _choice_table(spec.choices)
    known = {*table, *words.answers}
    order = {choice: rank for rank, choice in enumerate(map(str, spec.choices))}

    def parse(text: str) -> Any:
        items: dict[str, None] = {}
        for part in text.split(PART):
            label, _, cell = part.rpartition(LABEL)
            for piece in split_items(cell, words.separator, known):
                values = _item_values(piece, label, spec, words.answers, table)
                if isinstance(values, Bad):
                    return values
                items.update(dict.fromkeys(values))
        if words.is_ordered:
            return tuple(items)
        return tuple(sorted(items, key=lambda item: (order.get(item, len(order)), item)))

    return parse


def split_items(cell: str, separator: str, known: Mapping[str, Any] | set[str]) -> list[str]:
    """Split a list cell; options that hold the separator themselves are kept whole if known.

    The longest run of pieces that makes a known answer wins (Google Forms joins options by commas
    and quotes nothing).
    """
    pieces = cell.split(separator)
    items, start = [], 0
    while start < len(pieces):
        end = start + 1
        for stop in range(len(pieces), start + 1, -1):
            if fold(separator.join(pieces[start:stop])) in known:
                end = stop
                break
        item = tidy(separator.join(pieces[start:end]))
        if item and fold(item) not in MISSING_WORDS:
            items.append(item)
        start = end
    return items


_TICKS = frozenset({"yes", "y", "x", "1", "true", "selected", "checked", "\u2713", "\u2714"})


def is_tick(text: str) -> bool:
    """Whether a cell says yes, however the form writes it."""
    return fold(text) in _TICKS


def _item_values(
    piece: str, label: str, spec: ColumnSpec, answers: Mapping[str, str], table: Mapping[str, Any]
) -> list[str] | Bad:
    """Return the vocabulary's words for one ticked item; a grid's row label may be part of it."""
    tries = [piece]
    if label:
        tries = [f"{label}: {piece}", piece, *([label] if is_tick(piece) else [])]
        if fold(piece) in ("no", "0", "false"):
            return []
    for text in tries:
        stated = answers.get(fold(text))
        if stated is not None:
            return _stated_items(stated, spec, table)
        item = _one_item(text, spec, table)
        if item and (spec.choices or spec.kind is Kind.SLOTS or text == tries[-1]):
            return [item]
    return _bad_item(spec, piece, answers)


def _stated_items(stated: str, spec: ColumnSpec, table: Mapping[str, Any]) -> list[str] | Bad:
    """Return the words that the config gives for an answer: several with `;`, none if missing."""
    parts = [part.strip() for part in stated.split(";") if part.strip() not in ("", "missing")]
    found = [_one_item(part, spec, table) for part in parts]
    return [item for item in found if item] if all(found) else _bad_item(spec, stated, {})


def _one_item(text: str, spec: ColumnSpec, table: Mapping[str, Any]) -> str | None:
    if spec.kind is Kind.SLOTS:
        return slot_of(text)
    if not spec.choices:
        return " ".join(tidy(text).split())
    found = table.get(fold(text))
    return str(found) if found is not None else None


def _bad_item(spec: ColumnSpec, piece: str, answers: Mapping[str, str]) -> Bad:
    near = nearest(piece, {*spec.choices, *answers})
    hint = f"did you mean {near}? " if near else ""
    remedy = f"{hint}valid: {spec.allowed}; or map the form's words in [answers.{spec.name}]"
    return Bad("E_ENUM", "an item of the list is not one of the valid ones", remedy)
