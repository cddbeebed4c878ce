"""Words of the plans: facets, approaches, counts and dates as one says them to a person."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Any

from matcher.catalogue.catalogue import ours
from matcher.config.sections import Programme
from matcher.text import capital, listed, plural, spelt
from matcher.vocabulary import Knowing, NetworkBenefit, Purpose, facet_label

PHRASES: Any = ours("en").words
"""All that plans say of the vocabulary."""
FORM_OF_FACET = {name: Knowing(facet["form"]) for name, facet in PHRASES["facets"].items()}
"""The form of knowing under which a facet is told."""
SENTENCES: dict[str, str] = PHRASES["sentences"]
"""What is claimed of a match, by kind of claim."""
PURPOSE_PHRASES: dict[Purpose, str] = {p: PHRASES["purposes"][p]["phrase"] for p in Purpose}
BENEFIT_PHRASES: dict[NetworkBenefit, str] = {b: PHRASES["benefits"][b] for b in NetworkBenefit}
MODES = {"in_person": "in person", "hybrid": "partly online", "virtual": "online"}

_DAYS = {
    day[:3].lower(): day
    for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_PARTS = {"am": "mornings", "pm": "afternoons", "eve": "evenings"}


def people(n: int) -> str:
    """Return ``one person`` or ``two people``."""
    return f"{spelt(n)} {plural(n, 'person', 'people')}"


def first_of(items: Iterable[str], most: int = 4) -> str:
    """Return ``a, b and c``; where there are more than `most`, the rest as a count."""
    words = list(items)
    if len(words) > most:
        words[most - 1 :] = [f"{spelt(len(words) - most + 1)} more"]
    return listed(words)


def some_of(k: int, n: int, one: str, many: str) -> str:
    """Return how many of the n people named do what a verb says: ``All six people you named are``.

    The verb is given for one and for many; nobody takes that for one.
    """
    if n == 1:
        who = "The one person you named" if k == 1 else "Not even the one person you named"
    elif k == n:
        who = "Both people you named" if n == 2 else f"All {people(n)} you named"
    else:
        nobody = "Neither" if n == 2 else "None"
        who = f"{capital(spelt(k)) if k else nobody} of the {people(n)} you named"
    return f"{who} {one if k <= 1 else many}"


def facet(name: str, you: str = "you", your: str = "your") -> str:
    """Return a facet as a phrase; unknown ones by their own words."""
    return facets((name,), you, your)


def facets(names: Iterable[str], you: str = "you", your: str = "your") -> str:
    """Return facets as ``a, b and c``."""
    return _facets(tuple(names), you, your)


@lru_cache(maxsize=4096)
def _facets(names: tuple[str, ...], you: str, your: str) -> str:
    known = PHRASES["facets"]
    return listed(
        known[name]["phrase"].format(you=you, your=your) if name in known else facet_label(name)
        for name in names
    )


def slot(code: str) -> str:
    """Return a weekly slot such as ``mon-am`` as ``Monday mornings``."""
    day, _, part = code.partition("-")
    name = _DAYS.get(day.lower(), day)
    if part.isdigit():
        return f"{name}s at {int(part)}:00"
    return f"{name} {_PARTS[part]}" if part in _PARTS else f"{name}s"


def slot_order(code: str) -> tuple[int, int]:
    """Return where a slot stands in a week, for sorting; what names no day comes last."""
    weekday, part = weekday_of(code), code.partition("-")[2]
    parts = list(_PARTS)
    at = parts.index(part) if part in parts else int(part) if part.isdigit() else 0
    return (len(_DAYS) if weekday is None else weekday, at)


def weekday_of(code: str) -> int | None:
    """Return 0 for Monday to 6 for Sunday of a slot, None if it names no day."""
    day = code.partition("-")[0].lower()
    return list(_DAYS).index(day) if day in _DAYS else None


@cache
def day(moment: date) -> str:
    """Return a date as ``Tuesday 14 July 2026``, in English whatever the locale."""
    weekday = list(_DAYS.values())[moment.weekday()]
    return f"{weekday} {moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def kicker(programme: Programme) -> str:
    """Return the programme and the day of its data, as far as they are known."""
    prepared = day(programme.as_of) if programme.as_of else ""
    return ", ".join(filter(None, (programme.name, prepared)))


WORKING_DAYS: frozenset[int | None] = frozenset(range(5))


def first_day(start: date | None, days: frozenset[int | None] = WORKING_DAYS) -> date | None:
    """Return the first of some weekdays from a day on; None where nobody named that day."""
    if start is None:
        return None
    week = (start + timedelta(days=k) for k in range(7))
    return next(moment for moment in week if moment.weekday() in days)


def span(start: str, end: str) -> str:
    """Return ``, since DAY, until DAY`` as far as the days, as ISO texts, are known."""
    ends = zip(("since", "until"), (start, end), strict=True)
    return "".join(f", {word} {day(date.fromisoformat(on))}" for word, on in ends if on)


def within(moment: date | None, on: str = "{day}") -> str:
    """Return a day in words as `on` has it, or ``within two weeks`` where nobody named one."""
    return "within two weeks" if moment is None else on.format(day=day(moment))


def by_day(moment: date | None) -> str:
    """Return ``by DAY``, or ``within two weeks`` where nobody named one."""
    return within(moment, "by {day}")


def hours(amount: float) -> str:
    """Return hours a month as ``an hour``, ``1.5 hours``, ``two hours``."""
    if amount == 1:
        return "an hour"
    if amount < 1:
        return f"{round(amount * 60)} minutes"
    return f"{spelt(int(amount)) if amount == int(amount) else f'{amount:g}'} hours"
