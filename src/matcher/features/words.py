"""Words of free text: how a text becomes terms, and how rare each term is in English.

The rarity (idf) is fixed: it comes from a table that ships with matcher, never from the pool, so
that one more biography changes nobody else's score. `tools/make_idf.py` makes the table.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

IDF_FILE = Path(__file__).parent / "data" / "idf.txt"

COMMON_IDF = 2.0
"""Idf up to which a word tells nothing of a topic."""

LEAST = 0.1
"""Weight of the most common term, so that a text of common words is not empty."""

STOP_WORDS = frozenset(
    """
    a about above across after again against all almost along already also although always am among
    an and another any anyone anything are around as at away be became because become been before
    being below between both but by came can cannot come could did do does doing done down during
    each either else enough etc even ever every everyone everything few for from further get gets
    getting give given go goes going got had has have having he her here hers herself him himself
    his how however i if in into is it its itself just keep least less let lot lots made many may
    maybe me might mine more most much must my myself near need neither never no nobody none nor not
    nothing now of off often on once one only onto or other others our ours ourselves out over own
    per perhaps please put quite rather really said same say see seem seems several shall she should
    since so some someone something sometimes soon still such take than that the their theirs them
    themselves then there these they thing things this those though through thus to together too
    toward towards under until up upon us use used using very via was way we were what whatever when
    where whether which while who whole whom whose why will with within without yes yet you your
    yours yourself
    """.split()
)
"""Words of grammar, which say nothing of a topic."""

_WORD = re.compile(r"[^\W\d_][\w+#]*")


def words_of(text: str) -> list[str]:
    """Return the stems of a text's words in order, without stop words and single letters."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign)).replace("'", "")
    found = _WORD.findall(plain)
    return [stem(word) for word in found if word not in STOP_WORDS and len(word) > 1]


def terms_of(words: list[str]) -> list[str]:
    """Return the words and the pairs of neighbouring words."""
    return words + [f"{left} {right}" for left, right in zip(words, words[1:], strict=False)]


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
