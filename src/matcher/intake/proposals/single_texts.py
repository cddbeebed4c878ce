"""What a single answer is: a date, a number, a person, a yes, nothing, or a known meaning."""

import re
from collections.abc import Collection
from datetime import date
from functools import cache, lru_cache

from rapidfuzz import fuzz, process

from matcher.cohort.ids import plain_address
from matcher.cohort.languages import is_language
from matcher.cohort.names import name_parts, without_link
from matcher.intake.cells.dates import named_date
from matcher.intake.cells.form_words import SAFETY_WORDS, names_nobody, refers_above
from matcher.intake.cells.marks import is_no_tick, is_tick
from matcher.intake.cells.numbers import NUMBER_WORDS
from matcher.intake.named_within import MOST_WORDS_OF_WARNING
from matcher.intake.proposals.phrases import heaviest, words_of
from matcher.text import fold, fold_plain, is_no_answer, words_beside

ANSWERS = words_beside(__file__, "answers.toml")
"""What forms' answers mean, by column, then by meaning."""
_NONE = frozenset(ANSWERS["none"]["whole"] + ANSWERS["none"]["whichever"])
_NONE_STARTS = tuple(ANSWERS["none"]["starts"])
_NUMBERS = frozenset(NUMBER_WORDS) | {"none"}
MOST_WORDS_OF_YES = 2
"""Words of an answer that may be a mere yes or no: `not my boss` means somebody."""
_DATE = re.compile(
    r"\d{4}[-/]\d{1,2}([-/]\d{1,2})?|\d{4}\u5e74\d{1,2}\u6708\d{1,2}\u65e5|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|(19|20)\d{2}"
    r"|(\d{1,2}\.? )?[^\W\d]{3,10}\.? (\d{1,2},? )?(19|20)\d{2}"
)
CLOCK = re.compile(
    r"(?: -)?[ tT]\d{1,2}[:.]\d{2}([:.]\d{2})?(\.\d+)?( ?[aApP][mM])?"
    r"( ?(Z|UTC|GMT|[+-]\d{2}:?\d{2}))?"
)
LONGEST_DATE = 60
"""Signs of a date in words, with its weekday and time zone."""
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
_DIGITS = re.compile(r"\d")
_PERSON = re.compile(
    r"(?:(?:dr|prof|mr|mrs|ms|mx|herr|frau|m|mme|sr|sra)\.? )?"
    r"[^\W\d_][\w.'\u2019-]*(?: (?:[a-z]{1,4} ){0,2}[^\W\d_][\w.'\u2019-]*){1,3}",
    re.IGNORECASE | re.UNICODE,
)
_SIGN = r"[\u3040-\u30ff\u3005\u3400-\u9fff\uac00-\ud7af]"
_PERSON_IN_SIGNS = re.compile(rf"{_SIGN}{{1,4}}[ \u3000]?{_SIGN}{{1,5}}")
_CAPITAL = re.compile(r"\b[A-ZÀ-ÞĀ-ŽΑ-ΩА-Я]")


@cache
def meaning_of(answer: str, column: str) -> str | None:
    """Return the first meaning of a column whose phrases stand in the answer, or None."""
    words = words_of(answer)
    parts = ANSWERS[column].items()
    return next((meaning for meaning, phrases in parts if heaviest(phrases, words)), None)


def denies(words: str) -> bool:
    """Whether a `not` of some language stands in a text: words as `phrases.words_of` has them."""
    return bool(heaviest(ANSWERS["negation"]["words"], words))


MOST_WORDS_OF_UNSURE = 12
"""Words up to which a condition is the answer's own, and none of a statement that one ticks."""


def consent_of(answer: str) -> str | None:
    """Return `yes` or `no`; None where it is neither, under a condition or denies itself."""
    is_unsure = bool(heaviest(ANSWERS["unsure"]["consent"], words_of(answer)))
    is_own = is_unsure and len(answer.split()) <= MOST_WORDS_OF_UNSURE
    return None if is_own else meaning_of(answer, "consent")


def is_nothing(text: str) -> bool:
    """Whether an answer says that there is none: `n/a`, `prefer not to say`, `-`."""
    bare = words_of(text).rpartition(";")[2].strip()
    is_none = not bare or bare in _NONE or bare.startswith(_NONE_STARTS)
    is_none |= is_no_answer(text) or refers_above(text)
    return is_none or (not bare.isascii() and names_nobody(text))


def is_date(text: str) -> bool:
    """Whether a text is a day, a month or a year, with or without a time."""
    if _DATE.fullmatch(CLOCK.sub("", text.strip()).strip()):
        return True
    return len(text) <= LONGEST_DATE and isinstance(
        named_date(fold_plain(text), is_coarse=True), date
    )


def is_number(text: str) -> bool:
    """Whether a text says how many: `3`, `2-5 years`, `three or more`."""
    folded = fold(text)
    if plain_address(text) or len(folded.split()) > 6 or (is_date(text) and "-" in text[3:]):
        return False
    return bool(_DIGITS.search(folded)) or not _NUMBERS.isdisjoint(fold_plain(text).split())


def is_person(text: str, people: Collection[str]) -> bool:
    """Whether a text names somebody: a known name or address, or what is written like a name."""
    text = without_link(text)
    if fold(text) in people or plain_address(text):
        return True
    if _PERSON_IN_SIGNS.fullmatch(text.strip()):
        return True
    last, comma, first = text.partition(", ")
    text = f"{first} {last}" if comma and "," not in first else text
    return (
        _PERSON.fullmatch(text.strip()) is not None
        and len(_CAPITAL.findall(text)) >= 2
        and not _DIGITS.search(text)
    )


def names_somebody(text: str, people: Collection[str]) -> bool:
    """Whether an answer is the name or address of somebody who is known, but for a slip."""
    if fold(text) in people or plain_address(text):
        return True
    if not is_person(text, people) or len(people) > MOST_COMPARED:
        return False
    return process.extractOne(fold(text), people, scorer=fuzz.ratio, score_cutoff=88) is not None


def mentions_somebody(text: str, people: Collection[str]) -> bool:
    """Whether the full name of somebody who is known stands within an answer."""
    return bool(people_mentioned(text, people))


def people_mentioned(text: str, people: Collection[str]) -> list[str]:
    """Return the full names of people who are known that stand within an answer, folded."""
    words = re.findall(r"[^\s,;:.!?()]+", fold(text))
    spans = (
        " ".join(words[start : start + size]) for size in (2, 3, 4) for start in range(len(words))
    )
    return [span for span in dict.fromkeys(spans) if span in people and " " in span]


def warns_of_somebody(text: str) -> bool:
    """Whether an answer says whom not to meet without a name: `not my boss`, `nobody from HR`."""
    parts = set(name_parts(text))
    speaks = not parts.isdisjoint(_OF_WORK) and not parts.isdisjoint(SAFETY_WORDS["no"])
    return speaks and len(parts) <= MOST_WORDS_OF_WARNING


MOST_COMPARED = 5000
"""Names up to which each is compared with an answer, letter by letter."""
_OF_WORK = frozenset(SAFETY_WORDS["manager"]).union(*SAFETY_WORDS["groups"].values())


MOST_OF_YES = 500
"""Letters of an answer up to which it may be a yes or a no."""


def names_language(text: str) -> bool:
    """Whether a text is a language: one whose name is a yes or a no somewhere (`Ja`) is not."""
    return is_language(text) and not is_yes_no(text)


@lru_cache(maxsize=1 << 16)
def is_yes_no(text: str) -> bool:
    """Whether a text is a yes or a no in a few words."""
    if len(text) > MOST_OF_YES:
        return False
    folded = fold(text)
    known = is_no_tick(text) or is_tick(text)
    parts = text.split(",") if len(folded.split()) <= 5 else []
    said = next(filter(None, (meaning_of(part, "consent") for part in parts)), None)
    return known or (said is not None and "-" not in folded)


def is_plain_number(text: str) -> bool:
    """Whether a text is a number in figures, or a place on a map: two of them."""
    return all(_NUMBER.fullmatch(part.strip()) for part in text.split(", "))


def has_clock(text: str) -> bool:
    """Whether a date has a time of day; midnight is what a spreadsheet adds."""
    clock = CLOCK.search(text)
    return clock is not None and bool(re.search("[1-9]", clock[0])) and is_date(text)
