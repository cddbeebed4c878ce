"""Which languages people name, whatever they call them: `Nederlands` and `Dutch` are one."""

import re
from collections.abc import Iterable
from functools import cache

import pandas as pd

from matcher.cohort.cohort import Cohort
from matcher.text import fold, fold_plain, words_beside
from matcher.vocabulary import Mode

LANGUAGE_COLUMN = "languages"
"""Column of the languages in which somebody would meet."""
COMMON_LANGUAGE, USUAL_WEIGHT = "common_language", 0.2
"""Feature that counts a language in common, and what it weighs where both sides were asked."""
_FILE = words_beside(__file__, "languages.toml")
_NAMES = {
    fold_plain(word): fold(name)
    for name, words in _FILE["names"].items()
    for word in (name, *words)
}
_DENIED = frozenset(_FILE["denied"])
_WORD = re.compile(r"[^\W\d_]+")
_BESIDE = re.compile(r"[/+&]")
"""What stands between two languages of one answer: `DE/EN`."""
LONGEST_CODE = 2
"""Letters of a code, which is a word of its own meaning within a sentence."""


def languages_of(items: Iterable[str]) -> tuple[str, ...]:
    """Return the languages that some answers name, each once, and beside them what else they say.

    Nothing where no answer names a language that is known: `whatever suits` may be any.
    """
    parts = (part for item in items for part in _BESIDE.split(item) if part.strip())
    each = [(_named_in(part), fold(part)) for part in parts]
    if not any(named for named, _ in each):
        return ()
    return tuple(dict.fromkeys(name for named, item in each for name in named or (item,) if name))


def is_language(text: str) -> bool:
    """Whether a text is the name of a language, or names of one: `Español (castellano)`."""
    plain = fold_plain(text)
    words = [word for word in _WORD.findall(plain) if len(word) > LONGEST_CODE]
    return plain in _NAMES or (bool(words) and all(word in _NAMES for word in words))


def as_answered(column: str, items: tuple[str, ...]) -> tuple[str, ...]:
    """Return the items of a list column as they are compared.

    Languages by their one name; whom any way of meeting suits (`hybrid`), by all ways.
    """
    if column == "modes" and Mode.HYBRID in items:
        return tuple(map(str, Mode))
    return languages_of(items) if column == LANGUAGE_COLUMN else items


@cache
def _named_in(item: str) -> tuple[str, ...]:
    """Return the languages that an answer names, none where it says which not."""
    plain = fold_plain(item)
    words = [plain] if plain in _NAMES else _WORD.findall(plain)
    if plain not in _NAMES and not all(len(word) <= LONGEST_CODE for word in words):
        if not _DENIED.isdisjoint(words):
            return ()
        words = [word for word in words if len(word) > LONGEST_CODE]
    return tuple(_NAMES[word] for word in words if word in _NAMES)


def are_asked(cohort: Cohort) -> bool:
    """Whether both sides were asked in which languages they would meet."""
    return all(cohort.asks(side, (LANGUAGE_COLUMN,)) for side in ("mentees", "mentors"))


def spoken_by(frame: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return the languages of everybody of one side, ``()`` for who named none: (people,)."""
    cells = frame[LANGUAGE_COLUMN] if LANGUAGE_COLUMN in frame else [()] * len(frame)
    return [languages_of(cell) if isinstance(cell, tuple) else () for cell in cells]
