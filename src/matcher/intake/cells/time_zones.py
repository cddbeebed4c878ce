"""Time zones as people and forms write them, by the names that computers know."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from matcher.cohort.clocks import hours_ahead
from matcher.errors import Finding
from matcher.intake.cells.answer_words import Partly
from matcher.intake.cells.form_words import FORM_WORDS, meaning_of_each
from matcher.text import fold, fold_plain, is_no_answer, tidy

_OFFSET = re.compile(
    r"(?:\b(?:utc|gmt)\s*)?(?P<sign>[+-])\s*(?P<hours>[01]?\d)(?::?(?P<minutes>[0-5]\d))?(?!\d)"
)
_REGIONS = ("Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
_FILLER = frozenset(FORM_WORDS["zone_fillers"])
_SAID = meaning_of_each(FORM_WORDS["time_zones"])


def parse_time_zone(text: str) -> Any:
    """Return the IANA name of a time zone; one that is not understood stays as it is, and told."""
    if is_no_answer(text):
        return None
    zone = zone_of(text)
    if zone is not None or not text.strip():
        return zone
    message = "the time zone is not understood, so nobody can be told to be near in time"
    remedy = "write a name such as Europe/London, or map the word in [answers.timezone]"
    return Partly(tidy(text), Finding("W_TIMEZONE", message, remedy, answer=text))


@cache
def zone_of(text: str) -> str | None:
    """Return the IANA name of the time zone that a text means, None where that is not clear.

    A city goes before an offset, since it has summer time; the two must not contradict.
    """
    exact = _names().get(fold(text).replace(" ", "_"))
    if exact:
        return exact
    plain = fold_plain(text)
    offset = _offset(plain)
    rest = _OFFSET.sub(" ", plain) if offset is not None else plain
    for zone in _named(rest, has_offset=offset is not None):
        if offset is None or offset in _hours_of(zone):
            return zone
    return None if offset is None else _fixed(offset)


def told_clocks(zones: Iterable[str], day: date) -> list[Finding]:
    """Tell by which clocks hours are compared where zones differ and nobody named a day."""
    known = {zone for zone in map(zone_of, zones) if zone}
    if len({frozenset(_hours_of(zone)) for zone in known}) < 2:
        return []
    message = f"no day is known on which pairs begin, so time zones are as on {day.isoformat()}"
    return [
        Finding("W_CLOCKS", message, "set [programme] start").at("config", column="programme.start")
    ]


@cache
def _names() -> dict[str, str]:
    """Return every name of a time zone, folded; `EST` and its like are what people mean by it."""
    return {fold(name): name for name in available_timezones() if "/" in name}


@cache
def _cities() -> dict[str, str]:
    """Return the zone of each city that has one, folded, where that is clear."""
    found: dict[str, set[str]] = {}
    for name in available_timezones():
        region, _, place = name.partition("/")
        if region in _REGIONS and place:
            city = fold_plain(place.rpartition("/")[2].replace("_", " "))
            found.setdefault(city, set()).add(name)
    return {city: min(names) for city, names in found.items() if len(city) > 3}


def _named(text: str, *, has_offset: bool) -> Iterator[str]:
    """Yield the zones of cities and words in a text, the first of them first.

    Without an offset that confirms it, a text with other words beside is not understood.
    """
    words = re.findall(r"[^\W_]+(?:['./][^\W_]+)*", text)
    explained: set[int] = set()
    found: list[str] = []
    for length in (4, 3, 2, 1):
        for start in range(len(words) - length + 1):
            phrase = " ".join(words[start : start + length])
            zones = [_cities().get(phrase), *(_SAID.get(part) for part in phrase.split("/"))]
            known = [zone for zone in zones if zone]
            if known and not explained & set(range(start, start + length)):
                explained |= set(range(start, start + length))
                found += known
    others = {word for k, word in enumerate(words) if k not in explained}
    if has_offset or others <= _FILLER:
        yield from found


def _offset(text: str) -> float | None:
    """Return the hours ahead of UTC that a text states: `UTC+05:30`, `(GMT-5)`, `+10:00`."""
    match = _OFFSET.search(text)
    if match is None:
        return None
    hours = int(match["hours"]) + int(match["minutes"] or 0) / 60
    return (-hours if match["sign"] == "-" else hours) if hours <= 14 else None


def _hours_of(zone: str) -> set[float]:
    """Return the hours ahead of UTC that a zone has in winter and in summer."""
    return {hours_ahead(zone, date(2026, month, 1)) for month in (1, 7)}


def _fixed(offset: float) -> str | None:
    if offset == int(offset):
        return f"Etc/GMT{-int(offset):+d}" if offset and -14 <= -offset <= 12 else "Etc/UTC"
    place = FORM_WORDS["broken_offsets"].get(f"{offset:g}")
    return str(place) if place else None
