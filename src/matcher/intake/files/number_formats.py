"""What a spreadsheet shows for a number: a date, a time of day, a padded id, or the number.

A workbook stores 123 and the format ``00000``; the person sees 00123. Dates and times are numbers
too, told apart by their format alone.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from matcher.intake.files.grid import cell_text

BUILT_IN = {
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mmss.0",
} | dict.fromkeys((14, 22, *range(27, 37), *range(50, 59)), "yyyy-mm-dd")
"""Formats that a workbook names by number alone and that show a date or a time; those whose form
hangs on the reader's country stand as ISO (ECMA-376 part 1, 18.8.30)."""

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|[_*].|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<code>AM/PM|A/P|General|y+|m+|d+|h+|s+|[0#?]|.)",
    re.IGNORECASE | re.DOTALL,
)
_ELAPSED = re.compile("h+|m+|s+")
_PLAIN = frozenset("-+ ():")
_LAST_SERIAL = 2_958_466
"""The day after 9999-12-31."""


@dataclass(frozen=True)
class NumberFormat:
    """A format code, as far as it says what a person sees."""

    parts: tuple[tuple[str, str], ...] = ()
    """Kind (`literal`, `digit`, `date`, `time`) and text of each part of the first section."""
    elapsed: bool = False
    """Whether it counts hours beyond a day."""
    is_label: bool = False
    """Whether it makes a label of whole numbers: zeros in front, or letters."""

    def _has(self, kind: str) -> bool:
        return any(part == kind for part, _ in self.parts)

    def text(self, value: float, *, from_1904: bool = False) -> str:
        """Return what a person sees for `value`; dates are ISO.

        Parameters
        ----------
        value
            The stored number; a date is the count of days since the end of 1899.
        from_1904
            Whether the workbook counts days from 1904 instead.
        """
        if self.elapsed and value >= 0:
            minutes, seconds = divmod(round(value * 86_400), 60)
            return f"{minutes // 60}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")
        if self.is_moment(value):
            moment = _moment(value, from_1904=from_1904)
            if value < 1 and not self._has("date"):
                return moment.strftime("%H:%M:%S" if moment.second else "%H:%M")
            return cell_text(moment)
        if self.is_label and value >= 0 and value == int(value):
            return self._label(str(int(value)))
        return cell_text(value)

    def is_moment(self, value: float) -> bool:
        """Whether a spreadsheet shows a date or a time for `value`."""
        return (self._has("date") or self._has("time")) and 0 <= value < _LAST_SERIAL - 1_462

    def shown(self, value: float, *, from_1904: bool = False) -> str:
        """Return a date as the spreadsheet shows it, `1-Feb`; ISO where that tells the whole day.

        Parameters
        ----------
        value, from_1904
            As in :meth:`text`.
        """
        letters = {text[0] for kind, text in self.parts if kind == "date"}
        if letters >= set("dmy") or not letters or self._has("time"):
            return self.text(value, from_1904=from_1904)
        moment = _moment(value, from_1904=from_1904)
        return "".join(
            text if kind == "literal" else _of_date(text, moment) for kind, text in self.parts
        )

    def _label(self, digits: str) -> str:
        """Put the digits into the places of the format, from the right."""
        out: list[str] = []
        places = sum(kind == "digit" for kind, _ in self.parts)
        for kind, text in reversed(self.parts):
            if kind == "literal":
                out.append(text)
                continue
            places -= 1
            taken = digits[-1:] if places else digits
            out.append(taken or ("0" if text == "0" else ""))
            digits = digits[: len(digits) - len(taken)]
        return "".join(reversed(out))


GENERAL = NumberFormat()


@cache
def number_format(code: str) -> NumberFormat:
    """Return what a format code like ``00000`` or ``d-mmm`` means."""
    section = _first_section(code)
    if any(kind == "bracket" and _ELAPSED.fullmatch(text.lower()) for kind, text in section):
        return NumberFormat((), elapsed=True)
    parts = [(kind, text) for kind, text in section if kind != "bracket"]
    if any(kind in ("date", "time") for kind, _ in parts):
        return NumberFormat(_months_or_minutes(parts))
    if any(kind == "other" for kind, _ in parts) or not _is_label(parts):
        return GENERAL
    return NumberFormat(tuple(parts), is_label=True)


def _first_section(code: str) -> list[tuple[str, str]]:
    """Return the parts of a code up to the section of negative numbers."""
    parts = []
    for match in _TOKEN.finditer(code):
        quoted, escaped, bracket, letter = match.group("quoted", "escaped", "bracket", "code")
        if letter == ";":
            break
        if letter is not None:
            parts.append(_part(letter.lower(), letter))
        elif bracket is not None:
            parts.append(("bracket", bracket))
        elif quoted or escaped:
            parts.append(("literal", quoted or escaped))
    return parts


def _part(letter: str, written: str) -> tuple[str, str]:
    if letter in ("0", "#", "?"):
        return "digit", letter
    if letter[0] in "yd" or letter[0] == "m":
        return "date", letter
    if letter[0] in "hs" or letter in ("am/pm", "a/p"):
        return "time", letter
    return ("literal", written) if written in _PLAIN else ("other", written)


def _months_or_minutes(parts: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Tell minutes from months: beside hours or seconds, without day or year, m is minutes."""
    has_clock = any(kind == "time" for kind, _ in parts)
    has_day = any(kind == "date" and text[0] in "yd" for kind, text in parts)
    if not has_clock or has_day:
        return tuple(
            (("literal", text) if kind in _NOT_DATE else (kind, text)) for kind, text in parts
        )
    return tuple(("time" if kind == "date" else kind, text) for kind, text in parts)


_NOT_DATE = ("digit", "other")


def _is_label(parts: list[tuple[str, str]]) -> bool:
    """Whether zeros are put in front, or letters: an id like 00123 or P7, no amount."""
    kinds = [kind for kind, _ in parts]
    if [text for kind, text in parts if kind == "digit"].count("0") >= 2:
        return True
    front = "".join(text for _, text in parts[: kinds.index("digit")]) if "digit" in kinds else ""
    return bool(front) and front[0].isalpha() and (front[-1].isalpha() or front[-1] == "-")


def _moment(value: float, *, from_1904: bool) -> datetime:
    days = value + 1_462 if from_1904 else value + (0 < value < 60)  # there was no 29 Feb. 1900
    return datetime(1899, 12, 30) + timedelta(seconds=round(days * 86_400))


_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def _of_date(text: str, moment: datetime) -> str:
    """Return the day, month or year of a moment as a format's letters show it."""
    number = {"d": moment.day, "m": moment.month, "y": moment.year}[text[0]]
    if text[0] == "y":
        return str(number) if len(text) > 2 else f"{number % 100:02}"
    if len(text) > 2:
        return _DAYS[moment.weekday()] if text[0] == "d" else _MONTHS[number - 1]
    return f"{number:0{len(text)}}"
