"""When people can meet: `Monday morning`, `Fri 6-7pm` or `lundi 18h-19h` as weekly slots."""

import math
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby

from matcher.intake.cells.form_words import FORM_WORDS, meaning_of_each, patterns_in
from matcher.text import fold, fold_plain

_DAYS, _PARTS = meaning_of_each(FORM_WORDS["days"]), meaning_of_each(FORM_WORDS["day_parts"])
_GROUPS = meaning_of_each(FORM_WORDS["day_groups"])
_WEEK, _DAY = tuple(FORM_WORDS["days"]), tuple(FORM_WORDS["day_parts"])
_FILLER = frozenset(map(fold_plain, FORM_WORDS["slot_fillers"]))
_TO = frozenset(map(fold_plain, FORM_WORDS["until"]))
_FROM = frozenset(map(fold_plain, FORM_WORDS["from"]))
END_OF_DAY = 21.0
"""Hour to which a time with an open end goes on: `from 2 pm`."""
_LOOSE = _TO & (_FILLER | {"-"})
"""What may join two days to a span, and means nothing elsewhere."""
_PHRASES = sorted(
    (word for word in (*_DAYS, *_PARTS, *_GROUPS, *_TO) if re.search(".[ /-]", word)),
    key=len,
    reverse=True,
)
_EXACT = re.compile(r"([a-z]+)[\s,:_-]+([01]?[0-9]|2[0-3])(?::?00)?")
_TIME = (
    r"(?<![\d.:])(\d{1,2})(?:\s*[:.h]\s*(\d{2}))?\s*(am|pm|uhr|h|heures?|horas?|ore|uur)?(?![\w:])"
)
_SPAN = re.compile(rf"{_TIME}\s*(?:-|to|until|till|bis|a|as|alle|tot|au|do|til|till)\s*{_TIME}")
_ONE = re.compile(_TIME)
_SEPARATORS = ("\n", ";", ",")
"""What may stand between two answers, the surest first; the last also between words of one."""
_FIRST_MARK = 0xE000
_MARK = re.compile("[\ue000-\uf8ff]")
"""Signs for private use, one for each time or phrase of a text."""
_WORD = re.compile(r"[^\W\d_]+|\d+|[-/&+;,?\ue000-\uf8ff]")
_DIGITS_ALONE = re.compile(r"\b([01]\d|2[0-3])([0-5]\d) ?[-\u2013] ?([01]\d|2[0-4])([0-5]\d)\b")
"""Times such as `0900-1730`."""
_IN_SIGNS = re.compile(
    r"(\d{1,2})(?:\u6642|\u65f6|\u70b9)(\u534a)?(\u4ee5\u964d|\u4ee5\u540e)?[\u301c\uff5e]?"
)
"""Times such as `12\u6642\u301c13\u6642`, `17\u6642\u4ee5\u964d`."""
_SAID = patterns_in("times")
_NOON = rf"(?:{_SAID['noon']})\b"
_LUNCH = re.compile(rf"\b(?:(?:over|at|during|around) )?{_NOON}", re.IGNORECASE)
"""Words for the time about noon; the vocabulary of slots has none."""
_AROUND_LUNCH = re.compile(
    rf"\b(?:({_SAID['after']})|(?:{_SAID['before']})) ?(?:the )?{_NOON}", re.IGNORECASE
)
"""What is after it is the afternoon, what is before it the morning."""
_WHOLE_DAY = re.compile(rf"\b(?:{_SAID['whole_day']})\b", re.IGNORECASE)
_BARE_HOURS = re.compile(
    r"(?<![\w:.])(\d{1,2}) ?([-\u2013]|to|bis|tot|till|until) ?(\d{1,2})(?![\w:.])(?! ?[ap]\.?m)"
)
WORKING_DAY = ("am", "pm")
"""Parts of a day that is named alone."""

LONGEST = 600
"""Signs of a text up to which it may be a list of times."""

_Said = tuple[str, tuple[str, ...]]
"""One word of an answer: its kind, `day`, `part` or a sign, and the days, parts or hours."""


@cache
def slots_of(text: str) -> tuple[str, ...] | None:
    """Return the weekly slots that a text names, None where it is not clear which.

    A day needs a part of it or a time, and a time must be said so that morning and evening cannot
    be taken for one another. An hour counts of which half at least lies within. Each day has the
    times that are said with it: `Monday morning, Thursday afternoon` are two slots.
    """
    if len(text) > LONGEST:
        return None
    for separator in _SEPARATORS:
        parts = [part for part in text.split(separator) if part.strip()]
        each = [slots_of(part) for part in parts] if len(parts) > 1 else []
        if each and all(each):
            return tuple(dict.fromkeys(slot for slots in each for slot in slots or ()))
    exact = _EXACT.fullmatch(fold(text))
    if exact and exact[1] in _DAYS:
        return (f"{_DAYS[exact[1]]}-{int(exact[2]):02d}",)
    runs = [*_runs(_said_in(text))]
    if len(runs) % 2 or any(kind not in ("day", "part") for kind, _, _ in runs):
        return None
    if any(signs > ("," if len(runs) == 2 else "") for _, _, signs in runs):
        return None  # whether `Mon, Tue morning, Fri afternoon` is a whole Monday is not said
    found: dict[str, None] = {}
    for (kind, first, _), (_, other, _) in zip(runs[::2], runs[1::2], strict=True):
        days, times = (first, other) if kind == "day" else (other, first)
        found.update(dict.fromkeys(f"{day}-{time}" for day in days for time in times))
    return tuple(found) or None


LEAST_OF_DAY, MOST_OF_TIMES = 2, 4_000
"""Letters of the name of a day, and of an answer about times: every half hour of a week has
fewer."""


@cache
def slots_meant(text: str) -> tuple[str, ...] | None:
    """Return the weekly slots that an answer most plainly means, or None.

    A day alone is its morning and its afternoon, a part of the day alone that of every weekday:
    what a config says of an answer is read so, and what is proposed for it. One letter alone is no
    day: `M` is a Monday, a martes, a mercredi or a Mittwoch.
    """
    if len(text) > MOST_OF_TIMES or len(fold_plain(text)) < LEAST_OF_DAY:
        return None
    parts = text.split(";")
    each = [slots_meant(part) for part in parts] if len(parts) > 1 else []
    if each and all(each):
        return tuple(dict.fromkeys(slot for slots in each for slot in slots or ()))
    around = _AROUND_LUNCH.sub(lambda found: "afternoon" if found[1] else "morning", text)
    text = _BARE_HOURS.sub(_by_day, _WHOLE_DAY.sub("", _LUNCH.sub("12:00-14:00", around)))
    runs = [*_runs(_said_in(text))]
    if [kind for kind, _, _ in runs] == ["day"]:
        return tuple(f"{day}-{part}" for day in runs[0][1] for part in WORKING_DAY)
    return slots_of(text) or slots_of(f"weekdays {text}")


MOST_WORDS_SHOWN = 8
"""Words of an answer about times up to which it may be shown: a longer one may be private."""


def may_be_shown(text: str) -> bool:
    """Whether an answer about times may stand in messages and in the config."""
    return len(text.split()) <= MOST_WORDS_SHOWN


def is_day(text: str) -> bool:
    """Whether a text is the name of a weekday, as the title of a column may be."""
    plain = fold_plain(text)
    return plain in _DAYS and len(plain) >= LEAST_OF_DAY


def says_when(text: str) -> bool:
    """Whether a text is days or parts of a day and nothing else, as a row of a grid may be."""
    kinds = {kind for kind, _, _ in _runs(_said_in(text))}
    return len(fold_plain(text)) >= LEAST_OF_DAY and bool(kinds) and kinds <= {"day", "part"}


def within(slots: Iterable[str], when: str) -> tuple[str, ...]:
    """Return those of some slots that lie on the days and in the parts of the day of a text."""
    runs = [*_runs(_said_in(when))]
    allowed = {
        kind: {code for known, codes, _ in runs if known == kind for code in codes}
        for kind, _, _ in runs
    }
    split = [(slot, *slot.partition("-")[::2]) for slot in slots]
    return tuple(
        slot
        for slot, day, part in split
        if day in allowed.get("day", {day}) and part in allowed.get("part", {part})
    )


def _by_day(match: re.Match[str]) -> str:
    """Return hours such as `9-12` or `2-4` on the clock of a working day; others as they are."""
    start, end = int(match[1]), int(match[3])
    if start < 6 and start < end < 8:
        start, end = start + 12, end + 12
    elif end < 8 <= start <= 12:
        end += 12
    is_clear = (9 <= start < end) or (8 <= start < end == 12)
    return f"{start}:00-{end}:00" if is_clear else match[0]


def _by_colon(match: re.Match[str]) -> str:
    """Return a time in signs as `12:30`, with what says that it is only the start."""
    is_span = match[0][-1] in "\u301c\uff5e"
    clock = f"{match[1]}:{'30' if match[2] else '00'}"
    return f" from {clock}" if match[3] else f"{clock}-" if is_span else clock


def _runs(said: list[_Said]) -> Iterator[tuple[str, list[str], str]]:
    """Yield days or times in a row: of which kind, each, and the surest sign between them."""
    told = [k for k, (kind, _) in enumerate(said) if kind != "list"]
    for kind, group in groupby(told, key=lambda k: said[k][0]):
        places = [*group]
        row = said[places[0] : places[-1] + 1]
        codes = dict.fromkeys(code for known, codes in row for code in codes if known == kind)
        yield kind, [*codes], max((codes[0] for known, codes in row if known == "list"), default="")


def _said_in(text: str) -> list[_Said]:
    """Return what the words of a text say: days, times, and each `list` sign between answers.

    What is no such word, or a time that may be two, is of the kind `unclear`.
    """
    plain = fold_plain(text.replace("\n", ";")).replace("a.m", "am").replace("p.m", "pm")
    plain = _IN_SIGNS.sub(_by_colon, _DIGITS_ALONE.sub(r"\1:\2-\3:\4", _MARK.sub("?", plain)))
    marks: list[_Said] = []
    while found := _first_time(plain):
        start, end, hours = found
        codes = tuple(f"{hour:02d}" for hour in hours)
        plain = _marked(plain, start, end, ("part" if codes else "unclear", codes), marks)
    for phrase in _PHRASES:
        while phrase in plain and (match := re.search(rf"\b{re.escape(phrase)}\b", plain)):
            plain = _marked(plain, *match.span(), _meaning(phrase), marks)
    words = [part for word in _WORD.findall(plain) for part in _parts_of(word)]
    said = [marks[ord(w) - _FIRST_MARK] if _MARK.match(w) else _meaning(w) for w in words]
    return _joined([pair for k, pair in enumerate(said) if not _is_german_am(words, said, k)])


def _marked(plain: str, start: int, end: int, meaning: _Said, marks: list[_Said]) -> str:
    """Return a text with a sign of its own for a part of it, of which `marks` keeps the meaning."""
    marks.append(meaning)
    return f"{plain[:start]} {chr(_FIRST_MARK + len(marks) - 1)} {plain[end:]}"


def _meaning(word: str) -> _Said:
    if word in _DAYS:
        return "day", (_DAYS[word],)
    if word in _GROUPS:
        return "day", tuple(_GROUPS[word].split())
    if word in _PARTS:
        return "part", (_PARTS[word],)
    if word in _SEPARATORS:
        return "list", (word,)
    if word in _TO:
        return ("to" if word in _LOOSE else "until"), ()
    return ("filler" if word in _FILLER else "from" if word in _FROM else "unclear"), ()


def _is_german_am(words: list[str], said: list[_Said], k: int) -> bool:
    """Whether a word is the `am` of `am Montag Nachmittag` or `Montag am Nachmittag`."""
    if words[k] != "am":
        return False
    after = [kind for kind, _ in said[k + 1 : k + 3]]
    if after[:1] == ["part"]:
        return words[k + 1] != "pm"
    return after == ["day", "part"] and (k == 0 or said[k - 1][0] != "day")


def _joined(said: list[_Said]) -> list[_Said]:
    """Return days and times with those between two of a span, without the words that join them."""
    told = [pair for pair in said if pair[0] != "filler"]
    found: list[_Said] = []
    for k, (kind, codes) in enumerate(told):
        if k > 1 and (between := _between(told[k - 2 : k + 1])):
            found[-1] = kind, (*found[-1][1], *between)
        elif kind in ("day", "part", "list", "unclear"):
            found.append((kind, codes))
        elif kind == "to" or _between(told[k - 1 : k + 2]):
            continue
        elif not _starts(told[k + 1 :]):
            found.append(("unclear", ()))
    return found


def _between(span: list[_Said]) -> tuple[str, ...]:
    """Return what follows the first day or part of the day up to the last, none if no span."""
    kinds = [kind for kind, _ in span]
    if len(span) < 3 or kinds[0] != kinds[2] or kinds[1] not in ("to", "until"):
        return ()
    first, last = span[0][1], span[2][1]
    for order in (_WEEK, _DAY):
        if len(first) == len(last) == 1 and {*first, *last} <= {*order}:
            start, end = order.index(first[0]) + 1, order.index(last[0]) + 1
            return order[start:end] if start < end else (*order[start:], *order[:end])
    return ()


def _starts(after: list[_Said]) -> bool:
    """Whether a time of the clock follows, or a span of days: what `from` may stand before."""
    is_clock = bool(after) and any(map(str.isdigit, after[0][1]))
    return is_clock or bool(_between(after[:3]))


def _parts_of(word: str) -> list[str]:
    """Return a word, or the day and the part of it that German or signs write as one."""
    if word in _DAYS or word in _PARTS or word in _FILLER or word in _GROUPS:
        return [word]
    for cut in range(len(word) - 1, 3 if word.isascii() else 1, -1):
        part = word[cut:].removeprefix("\u306e")
        if word[:cut] in _DAYS and part in _PARTS:
            return [word[:cut], part]
    return [word]


def _first_time(text: str) -> tuple[int, int, range] | None:
    """Return where the first time in a text stands and its hours, none of one that is unclear."""
    one = _ONE.search(text)
    if one is None:
        return None
    span = _SPAN.match(text, one.start())
    if span:
        return *span.span(), _whole_hours(*_span(*span.groups()))
    hour = _clock(one[1], one[2], one[3])
    words = [word for word in _WORD.findall(text[: one.start()]) if word not in _FILLER]
    before = words[-1] if words else ""
    if hour is None:
        return *one.span(), range(0)
    if before in _FROM:
        return *one.span(), _whole_hours(hour, END_OF_DAY)
    if before in _TO - _LOOSE:
        return *one.span(), _whole_hours(8.0, hour)
    return *one.span(), _whole_hours(hour, hour + 1)


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
