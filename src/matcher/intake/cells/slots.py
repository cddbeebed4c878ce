"""When people can meet: `Monday morning`, `Fri 6-7pm` or `lundi 18h-19h` as weekly slots."""

import math
import re
from functools import cache

from matcher.intake.cells.form_words import FORM_WORDS, meaning_of_each
from matcher.text import fold, fold_plain

_DAYS, _PARTS = meaning_of_each(FORM_WORDS["days"]), meaning_of_each(FORM_WORDS["day_parts"])
_GROUPS = meaning_of_each(FORM_WORDS["day_groups"])
_WEEK = tuple(FORM_WORDS["days"])
_FILLER = frozenset(map(fold_plain, FORM_WORDS["slot_fillers"]))
_TO = frozenset(map(fold_plain, FORM_WORDS["until"]))
_FROM = frozenset(map(fold_plain, FORM_WORDS["from"]))
_PHRASES = sorted(
    (word for table in (_DAYS, _PARTS, _GROUPS) for word in table if re.search(r"[ -]", word)),
    key=len,
    reverse=True,
)
_EXACT = re.compile(r"([a-z]+)[\s,:_-]+([01]?[0-9]|2[0-3])(?::?00)?")
_TIME = r"(\d{1,2})(?:\s*[:.h]\s*(\d{2}))?\s*(am|pm|uhr|h|heures?|horas?|ore|uur)?(?![\w:])"
_SPAN = re.compile(rf"{_TIME}\s*(?:-|to|until|till|bis|a|as|alle|tot|au|do|til|till)\s*{_TIME}")
_ONE = re.compile(_TIME)
_WORD = re.compile(r"[^\W\d_]+|[-/&+]")
_DIGITS_ALONE = re.compile(r"\b([01]\d|2[0-3])([0-5]\d) ?[-\u2013] ?([01]\d|2[0-4])([0-5]\d)\b")
"""Times such as `0900-1730`."""
_IN_SIGNS = re.compile(
    r"(\d{1,2})(?:\u6642|\u65f6|\u70b9)(\u534a)?(\u4ee5\u964d|\u4ee5\u540e)?[\u301c\uff5e]?"
)
"""Times such as `12\u6642\u301c13\u6642`, `17\u6642\u4ee5\u964d`."""


@cache
def slots_of(text: str) -> tuple[str, ...] | None:
    """Return the weekly slots that a text names, None where it is not clear which.

    A day needs a part of it or a time, and a time must be said so that morning and evening cannot
    be taken for one another. An hour counts of which half at least lies within.
    """
    found = _slots_of(text)
    parts = text.split(",")
    if found is None and len(parts) > 1:
        each = [_slots_of(part) for part in parts]
        found = tuple(slot for slots in each for slot in slots or ()) if all(each) else None
    return found


def is_day(text: str) -> bool:
    """Whether a text is the name of a weekday, as the title of a column may be."""
    plain = fold_plain(text)
    return plain in _DAYS and len(plain) > 1


def _slots_of(text: str) -> tuple[str, ...] | None:
    plain = fold_plain(text).replace("a.m", "am").replace("p.m", "pm")
    plain = _IN_SIGNS.sub(_by_colon, _DIGITS_ALONE.sub(r"\1:\2-\3:\4", plain))
    exact = _EXACT.fullmatch(fold(text))
    if exact and exact[1] in _DAYS:
        return (f"{_DAYS[exact[1]]}-{int(exact[2]):02d}",)
    hours, rest = _times(plain)
    days, parts, is_clear = _days_and_parts(rest, has_time=hours is not None)
    if not days or not is_clear or (hours is None) == (not parts):
        return None
    if hours is not None:
        return tuple(f"{day}-{hour:02d}" for day in days for hour in hours) or None
    return tuple(f"{day}-{part}" for day in days for part in parts)


def _by_colon(match: re.Match[str]) -> str:
    """Return a time in signs as `12:30`, with what says that it is only the start."""
    is_span = match[0][-1] in "\u301c\uff5e"
    clock = f"{match[1]}:{'30' if match[2] else '00'}"
    return f" from {clock}" if match[3] else f"{clock}-" if is_span else clock


def _days_and_parts(text: str, *, has_time: bool) -> tuple[list[str], list[str], bool]:
    """Return the days and parts of the day that a text names, and whether it says nothing else."""
    for phrase in _PHRASES:
        meaning = _DAYS.get(phrase) or _PARTS.get(phrase) or _GROUPS.get(phrase, "")
        text = re.sub(rf"\b{re.escape(phrase)}\b", f" {meaning} ", text)
    words = [part for word in _WORD.findall(text) for part in _parts_of(word)]
    if words[:1] == ["am"] and (has_time or any(_PARTS.get(word) for word in words[1:])):
        words = words[1:]  # German: am Montag
    days: dict[str, None] = {}
    parts: dict[str, None] = {}
    for k, word in enumerate(words):
        if word in _DAYS:
            days.update(dict.fromkeys(_from_day(words, k, list(days))))
        elif word in _GROUPS:
            days.update(dict.fromkeys(_GROUPS[word].split()))
        elif word in _PARTS:
            parts[_PARTS[word]] = None
        elif word not in _FILLER and word not in _TO and not (has_time and word in _FROM):
            return [], [], False
    return list(days), list(parts), True


def _parts_of(word: str) -> list[str]:
    """Return a word, or the day and the part of it that German or signs write as one."""
    if word in _DAYS or word in _PARTS or word in _FILLER or word in _GROUPS:
        return [word]
    for cut in range(len(word) - 1, 3 if word.isascii() else 1, -1):
        part = word[cut:].removeprefix("\u306e")
        if word[:cut] in _DAYS and part in _PARTS:
            return [word[:cut], part]
    return [word]


def _from_day(words: list[str], position: int, before: list[str]) -> list[str]:
    """Return a day, and those between it and the one before where both are a span."""
    day = _DAYS[words[position]]
    is_span = position > 1 and words[position - 1] in _TO and words[position - 2] in _DAYS
    if not is_span or not before:
        return [day]
    first, last = _WEEK.index(before[-1]), _WEEK.index(day)
    return list(_WEEK[first : last + 1]) if first < last else [*_WEEK[first:], *_WEEK[: last + 1]]


def _times(text: str) -> tuple[range | None, str]:
    """Return the hours that a text names, and the text without them; no hours if it is unclear."""
    span = _SPAN.search(text)
    if span:
        start, end = _span(*span.groups())
        rest = text[: span.start()] + " " + text[span.end() :]
        return _whole_hours(start, end), rest
    one = _ONE.search(text)
    if one is None:
        return None, text
    rest = text[: one.start()] + " " + text[one.end() :]
    hour = _clock(one[1], one[2], one[3])
    before = set(_WORD.findall(text[: one.start()])[-2:])
    if hour is None:
        return range(0), rest
    if before & _FROM:
        return _whole_hours(hour, 21.0), rest
    if before & (_TO - {"-"}):
        return _whole_hours(8.0, hour), rest
    return _whole_hours(hour, hour + 1), rest


def _span(
    hour: str, minute: str, half: str, to_hour: str, to_minute: str, to_half: str
) -> tuple[float | None, float | None]:
    """Return start and end as hours of the day, None where it is unclear which half is meant."""
    end = _clock(to_hour, to_minute, to_half)
    is_24 = bool(to_minute or minute or to_half not in (None, "am", "pm")) or int(to_hour) > 12
    if half in ("am", "pm") or to_half not in ("am", "pm"):
        start = _clock(hour, minute, half or ("h" if is_24 else None))
        end = end if end is not None or not is_24 else _clock(to_hour, to_minute, "h")
        return start, end
    shifted = [_clock(hour, minute, part) for part in ("am", "pm")]
    below = [time for time in shifted if time is not None and end is not None and time < end]
    return (max(below) if below else None), end


def _clock(hour: str, minute: str | None, half: str | None) -> float | None:
    """Return a time as hours of the day, None where it may be one of two, or is none."""
    whole, part = int(hour), int(minute or 0) / 60
    if half in ("am", "pm"):
        is_valid = 1 <= whole <= 12
        return whole % 12 + part + (12 if half == "pm" else 0) if is_valid else None
    is_clear = (
        half is not None or whole > 12 or (len(hour) == 2 and minute) or (whole >= 8 and minute)
    )
    return whole + part if whole <= 24 and is_clear else None


def _whole_hours(start: float | None, end: float | None) -> range:
    """Return the hours of which half at least lies between two times; none if that is unclear."""
    if start is None or end is None or not start < end <= 24:
        return range(0)
    return range(math.ceil(start - 0.5), math.floor(end + 0.5))
