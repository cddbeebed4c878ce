"""Words of free text: how a text becomes terms, and how rare each term is in English.

The rarity (idf) is fixed: it comes from a table that ships with matcher, never from the pool, so
that one more biography changes nobody else's score. `tools/make_idf.py` makes the table.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import pairwise
from pathlib import Path

from matcher.text import fold

DATA = Path(__file__).parent / "data"

IDF_FILE = DATA / "idf.txt"

COMMON_IDF = 2.0
"""Idf up to which a word tells nothing of a topic."""

LEAST = 0.1
"""Weight of the most common term, so that a text of common words is not empty."""

STOP_WORDS = frozenset((DATA / "stop_words.txt").read_text(encoding="ascii").split())
"""Words of grammar, which say nothing of a topic."""

_CLITIC = re.compile(r"['\N{RIGHT SINGLE QUOTATION MARK}](?:s|d|m|ll|re|ve)?\b")
"""An apostrophe with the short ending behind it: *mentor's*, *I've*; the t of *don't* stays."""

_WORD = re.compile(r"[^\W\d_][\w+#]*")


def words_of(text: str) -> list[str]:
    """Return the stems of a text's words in order, without stop words and single letters."""
    plain = unicodedata.normalize("NFKD", fold(text))
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    plain = _CLITIC.sub("", plain)
    found = _WORD.findall(plain)
    return [stem(word) for word in found if word not in STOP_WORDS and len(word) > 1]


def terms_of(words: list[str]) -> list[str]:
    """Return the words and the pairs of neighbouring words."""
    return [*words, *(f"{left} {right}" for left, right in pairwise(words))]


def stem(word: str) -> str:
    """Return a word without plural ending and with one spelling of -ise and -our.

    The plural rules are Harman's (1991) S-stemmer; stronger stemming joins words that differ.
    """
    word = _singular(word)
    word = re.sub(r"iz(?=[aei])", "is", word)
    return re.sub(r"our$", "or", word) if len(word) > 5 else word


def idf(word: str) -> float:
    """Return the rarity of a stem; words that the table lacks have the largest."""
    table, largest = _table()
    return table.get(word, largest)


def weight_of(term: str) -> float:
    """Return what a term tells of a topic: its idf past that of common words, at least `LEAST`.

    A pair of words weighs as the mean of the two. Without the deduction the polite sentences that
    everybody writes make all texts alike.
    """
    words = term.split(" ")
    return max(sum(idf(word) - COMMON_IDF for word in words) / len(words), LEAST)


@cache
def _table() -> tuple[dict[str, float], float]:
    table: dict[str, float] = {}
    largest = 0.0
    for line in IDF_FILE.read_text(encoding="ascii").splitlines():
        if line.startswith("#"):
            continue
        value, *words = line.split(" ")
        if words == ["*"]:
            largest = float(value)
        else:
            table.update(dict.fromkeys(words, float(value)))
    return table, largest


def _singular(word: str) -> str:
    if len(word) < 4 or word[-1] != "s":
        return word
    if word.endswith("ies") and word[-4] not in "ae":
        return word[:-3] + "y"
    if word.endswith(("us", "ss", "is")):
        return word
    return word[:-1]
