"""What plans say in words: facets, counts, dates, and sentences of the catalogue spoken now."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import NamedTuple

from matcher.catalogue.catalogue import Catalogue, ended, ours, spoken
from matcher.config.sections import Programme
from matcher.intake.cells.slots import END_OF_DAY
from matcher.text import capital, listed
from matcher.vocabulary import Knowing, Purpose, facet_label

FORM_OF_FACET = {name: Knowing(facet["form"]) for name, facet in ours("en")["facets"].items()}
"""The form of knowing under which a facet is told; the same in every language."""

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PARTS = ("am", "pm", "eve")


def say(section: str, key: str, /, **places: object) -> str:
    """Return a sentence of the catalogue with its places filled in."""
    return ended(spoken()[section][key].format(**places))


def say_many(n: float, section: str, key: str, /, **places: object) -> str:
    """Return the sentence for one or for many of something: two texts of the catalogue."""
    return ended(spoken()[section][key]["one" if n == 1 else "many"].format(**places))


def listing(items: Iterable[str], last: str = "and") -> str:
    """Return ``a, b and c`` in the language spoken; `last` is ``and``, ``or``, or ``and_does``.

    The last one is for what somebody does: other languages join that otherwise than things.
    """
    joins = spoken()["joins"]
    return listed(items, str(joins[last]), str(joins[f"{last}_apart"]))


def in_words(n: int) -> str:
    """Return a small count as a word, larger ones as digits."""
    words = spoken()["numbers"]["words"]
    return str(words[n]) if 0 <= n < len(words) else str(n)


def people(n: int) -> str:
    """Return ``one person`` or ``two people``."""
    return say_many(n, "numbers", "people", n=in_words(n))


def years(n: int) -> str:
    """Return ``a year`` or ``two years``."""
    return say_many(n, "numbers", "years", n=in_words(n))


def first_of(items: Iterable[str], most: int = 4) -> str:
    """Return ``a, b and c``; where there are more than `most`, the rest as a count."""
    words = list(items)
    if len(words) > most:
        words[most - 1 :] = [say("numbers", "more", n=in_words(len(words) - most + 1))]
    return listing(words)


def some_of(k: int, n: int, section: str, key: str, **places: object) -> str:
    """Return a sentence on how many of the n people named do something.

    The catalogue has it for one and for many; nobody takes that for one.
    """
    if n == 1:
        who = "the_one" if k == 1 else "not_the_one"
    elif k == n:
        who = "both" if n == 2 else "all"
    elif k == 0:
        who = "neither" if n == 2 else "nobody"
    elif k == 1:
        who = "one"
    else:
        who = "some"
    text = say("some", who, k=in_words(k), people=people(n))
    return capital(say_many(max(1, k), section, key, who=text, **places))


def purpose_phrase(purpose: Purpose) -> str:
    """Return what contacts of a purpose are there for."""
    return str(spoken()["purposes"][purpose]["phrase"])


def facet(name: str, whom: str = "you") -> str:
    """Return a facet as a phrase; a programme's own as it is written in the form."""
    return facets((name,), whom)


def facets(names: Iterable[str], whom: str = "you") -> str:
    """Return facets as ``a, b and c``, said to or of somebody: ``you``, ``them`` or ``me``."""
    return _facets(spoken(), tuple(names), whom)


@lru_cache(maxsize=4096)
def _facets(words: Catalogue, names: tuple[str, ...], whom: str) -> str:
    known, pronouns = words["facets"], words["pronouns"][whom]
    return listing(
        known[name]["phrase"].format(**pronouns) if name in known else _own(words, name)
        for name in names
    )


def _own(words: Catalogue, name: str) -> str:
    """Return a programme's own option as it is written, in marks: it may be any part of speech."""
    label = words.labels.get(name)
    return str(words["joins"]["quoting"].format(what=label)) if label else facet_label(name)


def slots(codes: Iterable[str]) -> str:
    """Return weekly slots in words, what belongs together once: ``Monday mornings and evenings``.

    Hours that follow one another are one: ``Thursdays from 17:00 to 19:00``.
    """
    return listing(map(_slot, slots_together(codes)))


def some_slots(codes: Iterable[str]) -> str:
    """Return weekly slots as `slots` does, the rest of many as a count."""
    return first_of(map(_slot, slots_together(codes)))


def slots_together(codes: Iterable[str]) -> list[tuple[str, ...]]:
    """Return weekly slots in their order, parts of one day and hours in a row as one each."""
    found: list[tuple[str, ...]] = []
    for code in codes:
        if found and _goes_on(found[-1][-1], code):
            found[-1] += (code,)
        else:
            found.append((code,))
    return found


def _goes_on(before: str, code: str) -> bool:
    (day, _, last), (this_day, _, part) = before.partition("-"), code.partition("-")
    if last.isdigit() and part.isdigit():
        return day == this_day and int(part) == int(last) + 1
    return day == this_day and last in _PARTS and part in _PARTS


def _slot(codes: tuple[str, ...]) -> str:
    name, at, week = codes[0].partition("-")[0], weekday_of(codes[0]), spoken()["week"]
    said = name if at is None else week["days"][at]
    parts = [code.partition("-")[2] for code in codes]
    if parts[0].isdigit():
        hour, end = int(parts[0]), int(parts[-1]) + 1
        key = "from_hour" if end == END_OF_DAY else "between_hours"  # people said no end
        return say("week", "at_hour" if len(parts) == 1 else key, day=said, hour=hour, end=end)
    if parts[0] in _PARTS and not {*_PARTS[:2]} <= {*parts}:  # the whole day is said as that
        return say("week", "in_part", day=said, part=listing(_parts(parts)))
    return say("week", "on_day", day=said)


def _parts(codes: Sequence[str]) -> Iterator[str]:
    """Yield parts of one day: a further one may be said otherwise than the first."""
    for at, code in enumerate(codes):
        part = spoken()["week"]["parts"][code]
        yield say("week", "further_part", part=part) if at else part


def clock(ahead: float) -> str:
    """Return how far a clock is ahead of UTC, as people write it: `UTC`, `UTC+5:30`, `UTC-3`."""
    hours, minutes = divmod(round(abs(ahead) * 60), 60)
    told = f"{'-' if ahead < 0 else '+'}{hours}{f':{minutes:02d}' if minutes else ''}"
    return f"UTC{told if ahead else ''}"


def slot_order(code: str) -> tuple[int, int]:
    """Return where a slot stands in a week, for sorting; what names no day comes last."""
    weekday, part = weekday_of(code), code.partition("-")[2]
    at = _PARTS.index(part) if part in _PARTS else int(part) if part.isdigit() else 0
    return (len(_DAYS) if weekday is None else weekday, at)


def weekday_of(code: str) -> int | None:
    """Return 0 for Monday to 6 for Sunday of a slot, None if it names no day."""
    day = code.partition("-")[0].lower()
    return _DAYS.index(day) if day in _DAYS else None


def day(moment: date, key: str = "date") -> str:
    """Return a date as ``Tuesday 14 July 2026``, in the language spoken whatever the locale."""
    return _day(spoken(), moment, key)


@cache
def _day(words: Catalogue, moment: date, key: str) -> str:
    week = words["week"]
    return str(
        week[key].format(
            weekday=week["days"][moment.weekday()],
            day=moment.day,
            month=week["months"][moment.month - 1],
            year=moment.year,
        )
    )


def kicker(programme: Programme) -> str:
    """Return the programme and the day of its data, as far as they are known."""
    prepared = day(programme.as_of) if programme.as_of else ""
    return ", ".join(filter(None, (programme.name, prepared)))


WORKING_DAYS: frozenset[int | None] = frozenset(range(5))


class Week(NamedTuple):
    """The week from a day on, in which two meet who name no day in common."""

    start: date


def first_day(start: date | None, days: frozenset[int | None] = WORKING_DAYS) -> date | None:
    """Return the first of some weekdays from a day on; None where nobody named that day."""
    if start is None:
        return None
    week = (start + timedelta(days=k) for k in range(7))
    return next(moment for moment in week if moment.weekday() in days)


def span(start: str, end: str) -> str:
    """Return ``, since DAY, until DAY`` as far as the days, as ISO texts, are known."""
    ends = [(key, on) for key, on in (("since", start), ("until", end)) if on]
    return "".join(say("when", key, day=day(date.fromisoformat(on), "bare")) for key, on in ends)


def when(
    moment: date | Week | None, key: str = "on", unknown: str = "within", *, period: int = 1
) -> str:
    """Return a day or a week in words, or ``within two weeks`` where nobody named one.

    Parameters
    ----------
    moment
        The day or week, if it is known.
    key, unknown
        How it is said, and how where it is not known: words of the catalogue under ``when``.
    period
        Of the programme in which it lies: a later one begins who knows when.
    """
    if moment is None and period > 1:
        return say("when", "in_period", n=period)
    if isinstance(moment, Week):
        return say("when", "in_week", day=day(moment.start))
    return say("when", unknown) if moment is None else say("when", key, day=day(moment))


def how_soon(period: int) -> str:
    """Return by when a mentee writes first to somebody with whom they begin in a period."""
    return say("when", "week_before" if period > 1 else "this_week")


def hours_of(known: Sequence[tuple[float, range]]) -> tuple[float, bool]:
    """Return what matches take a month at most, and whether all go on at the same time.

    Each is told by its hours and the periods in which it goes on.
    """
    periods = {period for _, span in known for period in span}
    at_once = [sum(n for n, span in known if period in span) for period in sorted(periods)]
    most = round(max(at_once, default=0.0), 2)
    return most, most == round(sum(n for n, _ in known), 2)


def hours(amount: float) -> str:
    """Return hours a month as ``an hour``, ``1.5 hours``, ``two hours``."""
    if 0 < amount < 1:
        return say("numbers", "minutes", n=round(amount * 60))
    whole = amount == int(amount)
    said = (
        in_words(int(amount)) if whole else f"{amount:g}".replace(".", spoken()["numbers"]["point"])
    )
    return say_many(amount, "numbers", "hours", n=said)
