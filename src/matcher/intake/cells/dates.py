"""Dates as forms and people write them, and cells that a spreadsheet turned into dates."""

import re
from collections.abc import Container, Mapping
from datetime import date, datetime
from typing import Any

import numpy as np

from matcher.arrays import Cells
from matcher.cohort.tables import ColumnSpec, Kind
from matcher.config.sections import EARLIEST, LATEST
from matcher.errors import Finding
from matcher.intake.cells.answer_words import Parser
from matcher.intake.cells.form_words import FORM_WORDS, meaning_of_each
from matcher.text import fold, fold_plain, is_no_answer, tidy

_ISO = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})-([0-9]{2})|/([0-9]{1,2})/([0-9]{1,2})"
    r"|\u5e74([0-9]{1,2})\u6708([0-9]{1,2})\u65e5)"
    r"(?:[T ](?:(?:[01]?[0-9]|2[0-4])(?::?[0-6][0-9]){0,2}(?![0-9:])[0-9:.,+Z -]*| *))?"
)
"""A date that starts with its year, also between the signs for year, month and day."""
_COARSE = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?")
_SLASHED = re.compile(r"[0-9]{1,2}[/.\- ][0-9]{1,2}[/.\- ][0-9]{1,4}(?:[ T].*)?")


def date_parser(spec: ColumnSpec, date_format: str, *, day_first: bool) -> Parser:
    """Return the parser of a date column.

    Parameters
    ----------
    spec
        The column.
    date_format
        The config's, or empty.
    day_first
        Whether a date in figures without a format starts with its day.
    """

    def parse(text: str) -> Any:
        plain = fold(text).upper()
        if is_no_answer(text):
            return None
        found = _iso_date(plain, is_coarse=spec.coarse)
        if found is None and date_format:
            found = _formatted_date(tidy(text), date_format)
        if found is None:
            found = named_date(fold_plain(text), is_coarse=spec.coarse)
        if found is None and not date_format:
            found = _clear_date(plain, day_first=day_first)
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
    found = [int(part) for part in match.groups() if part]
    year, month, day = (*found, 1, 1)[:3]
    return _day(year, month, day)


_MONTHS = meaning_of_each(FORM_WORDS["months"])
_DAYS = meaning_of_each(FORM_WORDS["days"])
_MONTH, _YEAR = r"(?P<month>[^\W\d_]{3,})", r"(?P<year>[0-9]{4})"
_NAMED = (
    re.compile(
        rf"(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th|er|\.)?(?: de| of| |-)*{_MONTH}"
        r"(?:\.| de| del|,|-| )*(?P<year>[0-9]{4}|[0-9]{2})"
    ),
    re.compile(rf"{_MONTH}\.? (?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?,? {_YEAR}"),
    re.compile(rf"{_YEAR}[ -]{_MONTH}[ -](?P<day>[0-9]{{1,2}})"),
    re.compile(rf"{_MONTH}\.?(?: de)?[ -]{_YEAR}(?P<day>)"),
)
_CLOCK = re.compile(r"[ ,t]+(?:at |um |a |- )?[0-9]{1,2}[:.][0-9]{2}.*$")


def named_date(text: str, *, is_coarse: bool) -> date | Finding | None:
    """Return the date of `12 March 2026`, `Mär 3, 2026` or, where that is enough, `mars 2026`.

    Parameters
    ----------
    text
        Folded and plain; a time behind the date does not matter.
    is_coarse
        Whether a month is enough.
    """
    plain = _CLOCK.sub("", text)
    first, _, rest = plain.partition(" ")
    texts = [plain, rest] if first.rstrip(",.") in _DAYS else [plain]
    for pattern in _NAMED if is_coarse else _NAMED[:3]:
        match = next(filter(None, map(pattern.fullmatch, texts)), None)
        if match and match["month"] in _MONTHS:
            year = int(match["year"])
            year += 0 if year > 99 else 1900 if year > 68 else 2000
            return _day(year, int(_MONTHS[match["month"]]), int(match["day"] or 1))
    return None


def _clear_date(text: str, *, day_first: bool) -> date | Finding | None:
    """Return the date of `25/03/2026`, which can be read one way only, or by the day's place."""
    match = re.fullmatch(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})(?:[ T].*)?", text)
    if match is None:
        return None
    first, second, year = (int(part) for part in match.groups())
    if day_first or 12 < first <= 31:
        return _day(year, second, first)
    return _day(year, first, second) if 12 < second <= 31 or first == second else None


def _day(year: int, month: int, day: int) -> date | Finding:
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


Faults = list[tuple[int, Finding]]


def dates_told(
    faults: Faults, cells: Cells, spec: ColumnSpec, shown: Mapping[str, str], mapped: Container[str]
) -> Faults:
    """Return the faults of a column, and where a date stands in place of an answer, that it does.

    Parameters
    ----------
    faults
        Position of each cell that could not be read, with the reason.
    cells, spec
        Texts of the column, shape (rows,), and what it should hold.
    shown
        What the spreadsheet shows, by text, for cells that it holds as dates.
    mapped
        Texts that the config gives a meaning.

    Returns
    -------
    Faults
        With E_CELL_DATE in place of what was wrong with a date, and of ids and items that are
        dates which show no year or no day; W_CELL_DATE of such texts.
    """
    if not shown or spec.kind is Kind.DATE:
        return faults
    told = [(k, _finding("E_", shown[cells[k]], cells[k]) if cells[k] in shown else f)
            for k, f in faults]  # fmt: skip
    if spec.kind in (Kind.NUMBER, Kind.YES_NO, Kind.CHOICE):
        return told
    partial = {text for text, seen in shown.items() if text != seen and text not in mapped}
    faulty = {k for k, _ in faults}
    is_partial = np.array([text in partial for text in cells], dtype=bool)
    start = "W_" if spec.kind is Kind.TEXT else "E_"
    more = [int(k) for k in np.flatnonzero(is_partial) if k not in faulty]
    return told + [(k, _finding(start, shown[cells[k]], cells[k])) for k in more]


def _finding(start: str, seen: str, text: str) -> Finding:
    """Return the finding for a date; a whole one is not repeated, it may be somebody's birthday."""
    as_seen = "" if seen == text else f", which the spreadsheet shows as {seen}"
    remedy = "format the column as text and type the answer again"
    return Finding(f"{start}CELL_DATE", f"the cell is a date{as_seen}, not an answer", remedy)
