"""Phrases of ``questions.toml`` and ``answers.toml``: how words are found in a title or an answer.

A phrase is words that must all stand in the text, in any order: ``how meet|see !often``. A ``|`` is
a choice, ``_`` binds words side by side, ``*`` stands for letters at a word's start or end, ``!``
is a word that must not stand there. Accents count only where the phrase has them.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from matcher.text import fold, plain_letters

_HUMP = re.compile(
    r"(?<=[a-zà-ý0-9])(?=[A-ZÀ-Ý][a-zà-ý])|(?<=[a-zà-ý])(?=[A-ZÀ-Ý])|(?<=[A-ZÀ-Ý])(?=[A-ZÀ-Ý][a-zà-ý]{2})"
)
_NOT_WORD = re.compile(r"[\W_]+")
_LONGEST = 8
"""Letters of a word past which it says no more: a longer word is not the surer one."""


@cache
def words_of(text: str) -> str:
    """Return the words of a text with a space around each, as they are and without accents.

    ``lineManager`` and ``line_manager`` are two words; ``don't`` is ``don`` and ``t``.
    """
    folded = fold(_HUMP.sub(" ", text))
    plain = unicodedata.normalize("NFC", plain_letters(folded))  # a sign of Hangul is one again
    spaced = [_NOT_WORD.sub(" ", written).strip() for written in (folded, plain)]
    return f" {spaced[0]} " if spaced[0] == spaced[1] else f" {spaced[0]} ; {spaced[1]} "


@dataclass(frozen=True)
class Phrase:
    """Words that must, and words that must not, stand in a text."""

    needed: tuple[re.Pattern[str], ...]
    barred: tuple[re.Pattern[str], ...]

    def weight(self, words: str) -> float:
        """Return how many letters of `words` the phrase explains, 0 where it does not stand."""
        letters = 0
        for pattern in self.needed:
            match = pattern.search(words)
            if match is None:  # nearly every phrase ends here: of a title, there are hundreds
                return 0.0
            letters += sum(min(len(part), _LONGEST) for part in match[0].split())
        return 0.0 if any(pattern.search(words) for pattern in self.barred) else float(letters)

    def without(self, words: str) -> str:
        """Return `words` but those that the phrase needs."""
        for pattern in self.needed:
            words = pattern.sub("", words)
        return words


@cache
def phrase_of(text: str) -> Phrase:
    """Return the phrase that a text of the data files writes."""
    parts = text.split()
    needed = tuple(_pattern(part) for part in parts if not part.startswith("!"))
    barred = tuple(_pattern(part[1:]) for part in parts if part.startswith("!"))
    return Phrase(needed, barred)


def _pattern(choices: str) -> re.Pattern[str]:
    choices = choices.replace("\u03c2", "\u03c3")  # texts are folded: no final sigma
    escaped = [
        re.escape(choice).replace(r"\*", r"\w*").replace("_", " ") for choice in choices.split("|")
    ]
    return re.compile(rf"(?<= )(?:{'|'.join(escaped)})(?= )")


def heaviest(phrases: Iterable[str], words: str) -> float:
    """Return the weight of the phrase that explains most of `words`, 0 where none is found."""
    return max((phrase_of(phrase).weight(words) for phrase in phrases), default=0.0)
