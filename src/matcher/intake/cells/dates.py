"""Dates in cells: ISO, the config's own format, or a year where people remember no more."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from matcher.errors import Finding
from matcher.text import fold, is_no_answer, tidy

if TYPE_CHECKING:
    from matcher.cohort.columns import ColumnSpec
    from matcher.intake.cells.answer_words import Parser

EARLIEST, LATEST = date(1900, 1, 1), date(2200, 12, 31)
"""Dates outside are slips of the keyboard."""

_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ][0-9:.,+Z -]*)?")
_COARSE = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?")
_SLASHED = re.compile(r"[0-9]{1,4}[/.\- ][0-9]{1,2}[/.\- ][0-9]{1,4}(?:[ T].*)?")


def date_parser(spec: ColumnSpec, date_format: str) -> Parser:
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
