"""What is wrong, as pages say it: in sentences, without codes, with the way on."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime

from matcher.catalogue.catalogue import LANGUAGES, for_pages, spoken, worded
from matcher.errors import Finding, InputError, MatcherError, WhyNot
from matcher.report.run_data import ShownNames
from matcher.text import capital


class Refused(InputError):
    """What a page cannot do, told in the language spoken."""


def refused(code: str, key: str, **places: object) -> Refused:
    """Return what a page cannot do and the way on, both under `key` in the catalogue."""
    kind = "kind" if key.startswith("kind_") else key
    what, remedy = worded(f"refused.{key}", **places), worded(f"refused.{kind}_do")
    return Refused(Finding(code, what, remedy))


def _is_code(remedy: str) -> bool:
    """Whether a remedy is one for the settings file or a terminal, not for a page."""
    return any(sign in remedy for sign in ("[", " = ", "matcher ", "--"))


def in_sentences(error: MatcherError) -> list[str]:
    """Return what is wrong in sentences: without codes, and what to do.

    What the rest of the program says is English; a sentence before it says so.
    """
    is_ours = isinstance(error, Refused) or spoken().language == LANGUAGES[0]
    lines = []
    for finding in error.findings:
        what = finding.message if finding.message.endswith(".") else f"{finding.message}."
        remedy = "" if _is_code(finding.remedy) else finding.remedy.rstrip(".")
        where = f" (row {finding.row})" if finding.row else ""
        lines.append(
            f"{what[:1].upper()}{what[1:]}{where} {remedy[:1].upper()}{remedy[1:]}.".strip(" .")
        )
    before = [] if is_ours else [worded("frame.in_english")]
    return [*before, *(f"{line}.".replace("?.", "?") for line in dict.fromkeys(lines))]


def why_not(reasons: Iterable[WhyNot], one: str, other: str) -> str:
    """Return why two cannot be a pair, in sentences with their names."""
    called = {"mentee": one, "mentor": other}
    known = for_pages(spoken().language).flat
    told = [
        worded(key, name=called.get(why.about, why.about))
        if (key := f"cannot.{why.code}") in known
        else worded("cannot.else", english=capital(why))
        for why in reasons
    ]
    return " ".join(dict.fromkeys(told))


def cannot_be(fault: Finding, name: Callable[[str], str]) -> str:
    """Return that a pair cannot be made, and why; empty where a fault is about no pair."""
    if fault.pair is None or not fault.reasons:
        return ""
    one, other = map(name, fault.pair)
    why = why_not(fault.reasons, one, other)
    return worded("cannot.pair", one=one, other=other, why=why)


def with_names(fault: Finding, people: ShownNames) -> list[str]:
    """Return why something could not be worked out, in sentences with the names of people."""
    if said := cannot_be(fault, people.name):
        return [said]
    message, remedy = map(people.in_text, (fault.message, fault.remedy))
    return in_sentences(InputError(replace(fault, message=message, remedy=remedy)))


def in_a_sentence(words: str) -> str:
    """Return words as they stand within one: English ones begin small, others as they do."""
    return words[:1].lower() + words[1:] if spoken().language == LANGUAGES[0] else words


def short_day(day: str) -> str:
    """Return an ISO day as the language spoken writes it; what is none stays as it is."""
    try:
        found = date.fromisoformat(day)
    except ValueError:
        return day
    months = for_pages(spoken().language)["dates"]["months"]
    return worded("dates.day", day=found.day, month=months[found.month - 1], year=str(found.year))


def clock_time(moment: datetime) -> str:
    """Return a time as the clock on the wall and the language spoken say it."""
    return moment.astimezone().strftime(worded("dates.moment"))
