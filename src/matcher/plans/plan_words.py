"""Words of the plans: facets, approaches and numbers as one says them to a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache, lru_cache

from matcher.vocabulary import Approach, Knowing, NetworkBenefit, Purpose

FACET_PHRASES: dict[str, str] = {
    "purpose.operational": "getting today's work done",
    "purpose.personal": "{your} own growth",
    "purpose.strategic": "seeing where things are heading",
    "benefit.task_information": "information for the work",
    "benefit.task_achievement": "practical support in the work",
    "benefit.career": "{your} next career step",
    "benefit.development": "growing as a person",
    "benefit.mutual_support": "company among people with the same concerns",
    "context.career_development": "career development",
    "context.sector_knowledge": "knowledge of the sector",
    "context.political_environment": "the politics of the organisation",
    "context.skills_development": "building skills",
    "context.confidence": "confidence",
    "context.managing_change": "dealing with change",
    "knowing.why": "what matters most to {you}",
    "knowing.how": "know-how for the work",
    "knowing.whom": "a wider circle of people",
}
"""What each facet is, in the second person or the third."""

FORM_OF_FACET: dict[str, Knowing] = {
    "purpose.operational": Knowing.HOW,
    "purpose.personal": Knowing.WHY,
    "purpose.strategic": Knowing.WHOM,
    "benefit.task_information": Knowing.HOW,
    "benefit.task_achievement": Knowing.HOW,
    "benefit.career": Knowing.WHOM,
    "benefit.development": Knowing.WHY,
    "benefit.mutual_support": Knowing.WHY,
    "context.career_development": Knowing.WHY,
    "context.sector_knowledge": Knowing.HOW,
    "context.political_environment": Knowing.WHOM,
    "context.skills_development": Knowing.HOW,
    "context.confidence": Knowing.WHY,
    "context.managing_change": Knowing.WHY,
    "knowing.why": Knowing.WHY,
    "knowing.how": Knowing.HOW,
    "knowing.whom": Knowing.WHOM,
}
"""The form of knowing under which a facet is told."""

FORM_TITLES = {Knowing.WHY: "Why", Knowing.HOW: "How", Knowing.WHOM: "Whom"}

PURPOSE_PHRASES: dict[Purpose, str] = {
    Purpose.OPERATIONAL: "today's work",
    Purpose.PERSONAL: "your own growth",
    Purpose.STRATEGIC: "the wider picture and what comes next",
}

BENEFIT_PHRASES: dict[NetworkBenefit, str] = {
    NetworkBenefit.KEEP_INFORMED: "keep you informed",
    NetworkBenefit.TEACH: "teach you something new",
    NetworkBenefit.INNOVATE: "bring in other ways of doing things",
    NetworkBenefit.SOUNDING_BOARD: "listen while you try out an idea",
    NetworkBenefit.GET_THINGS_DONE: "help to get things done",
    NetworkBenefit.OPPORTUNITIES: "point you to opportunities",
    NetworkBenefit.NAVIGATE_POLITICS: "help with the politics where you work",
}

APPROACH_PHRASES: dict[str, str] = {
    Approach.DEVELOPMENTAL: "a mentor who thinks things through with you; both of you learn",
    Approach.SPONSORSHIP: "a sponsor who speaks for you and helps you to be seen",
    Approach.REVERSE: "a mentor who is newer or more junior than you and shows you that side",
    Approach.RECIPROCAL: "a partner: you mentor each other",
}

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_DAYS = {
    **{"mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday"},
    **{"sat": "Saturday", "sun": "Sunday"},
}
_PARTS = {"am": "mornings", "pm": "afternoons", "eve": "evenings"}
MODES = {"in_person": "in person", "hybrid": "partly online", "virtual": "online"}


def number(n: int) -> str:
    """Return a small count as a word: ``two``; larger ones as digits."""
    return _NUMBERS[n] if 0 <= n < len(_NUMBERS) else str(n)


def people(n: int) -> str:
    """Return ``one person`` or ``two people``."""
    return f"{number(n)} {'person' if n == 1 else 'people'}"


def capital(text: str) -> str:
    """Return `text` with a capital at its start."""
    return text[:1].upper() + text[1:]


def listed(items: Iterable[str], last: str = "and") -> str:
    """Return ``a, b and c``; with a comma before the last where an item itself holds the word."""
    words = list(items)
    if len(words) < 2:
        return "".join(words)
    # Not over the items one by one: a plan lists some forty times. No item holds a line feed.
    comma = "," if f" {last} " in "\n".join(words) else ""
    return f"{', '.join(words[:-1])}{comma} {last} {words[-1]}"


def first_of(items: Iterable[str], most: int = 4) -> str:
    """Return ``a, b and c``; where there are more than `most`, the rest as a count."""
    words = list(items)
    if len(words) <= most:
        return listed(words)
    rest = len(words) - most + 1
    return f"{', '.join(words[: most - 1])} and {number(rest)} more"


def some_of(k: int, n: int) -> str:
    """Return how many of the n people named: ``All six people you named``, ``One of the ...``."""
    if n == 1:
        return "The one person you named" if k == 1 else "Not even the one person you named"
    if k == n:
        return "Both people you named" if n == 2 else f"All {people(n)} you named"
    if k == 0:
        return f"{'Neither' if n == 2 else 'None'} of the {people(n)} you named"
    return capital(f"{number(k)} of the {people(n)} you named")


def do(k: int, singular: str, plural: str) -> str:
    """Return the form of a verb for k people; nobody takes the singular."""
    return singular if k <= 1 else plural


@cache
def facet(name: str, you: str = "you", your: str = "your") -> str:
    """Return a facet as a phrase; unknown ones by their own words."""
    phrase = FACET_PHRASES.get(name, name.rpartition(".")[2].replace("_", " "))
    return phrase.format(you=you, your=your)


def facets(names: Sequence[str], you: str = "you", your: str = "your") -> str:
    """Return facets as ``a, b and c``."""
    return _facets(tuple(names), you, your)


@lru_cache(maxsize=4096)
def _facets(names: tuple[str, ...], you: str, your: str) -> str:
    return listed(facet(name, you, your) for name in names)


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
    names = list(_DAYS.values())
    months = (
        *("January", "February", "March", "April", "May", "June", "July"),
        *("August", "September", "October", "November", "December"),
    )
    return f"{names[moment.weekday()]} {moment.day} {months[moment.month - 1]} {moment.year}"


def hours(amount: float) -> str:
    """Return hours a month as ``an hour``, ``1.5 hours``, ``two hours``."""
    if amount == 1:
        return "an hour"
    if amount < 1:
        return f"{round(amount * 60)} minutes"
    return f"{number(int(amount)) if amount == int(amount) else f'{amount:g}'} hours"
