"""Names that are words as well (Will, Hope, May, Grund): the word is not taken for the name."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Set

from matcher.catalogue.catalogue import LANGUAGES, for_pages, ours

_WORD = re.compile(r"[^\W\d_]+")
_WITH_NOUNS = frozenset(("de",))
"""Languages that write words with a capital amid a sentence."""
_NEAR = 30
"""Characters around a word that tell whether it stands in a sentence."""


def plain_words(names: Iterable[str], texts: Iterable[str]) -> frozenset[str]:
    """Return which parts of some names are words too, each as it is then written.

    So are those that our own pages hold, single letters, and what people write in lower case more
    often than with a capital; where parts of the names stand side by side they tell nothing.

    Parameters
    ----------
    names
        All that somebody is called.
    texts
        What is written in a cohort, the names among it.
    """
    parts = {part.lower() for name in names for part in _WORD.findall(name)}
    one = "|".join(map(re.escape, sorted(parts)))
    run = rf"(?<![\w.@/-])(?:{one})(?:\W{{1,3}}(?:{one}))*(?![\w@/-]|\.\w)"
    met = re.compile(run, re.IGNORECASE)
    count = Counter(word for text in texts for word in met.findall(text))
    lower = {w for w in parts if len(w) == 1 or count[w] > count[w.capitalize()]}
    return frozenset(lower).union(*(_in_our_words(language, parts) for language in LANGUAGES))


def _in_our_words(language: str, parts: Set[str]) -> Iterator[str]:
    for catalogue in (ours(language), for_pages(language)):
        for text in map(str, catalogue.flat.values()):
            for met in _WORD.finditer(text):
                is_noun = language in _WITH_NOUNS and text[: met.start()].rstrip()[-1:].isalpha()
                if met[0].lower() in parts and (met[0].islower() or is_noun):
                    yield met[0]


def is_another_word(text: str, start: int, end: int, plain: Set[str]) -> bool | None:
    """Return whether what may be a name at a place is a word: None where it may be either.

    In a sentence a word is what stands in lower case, or begins the sentence, or is a part of a
    longer name (`NHS Hope Trust`).

    Parameters
    ----------
    text, start, end
        What is called so, and where.
    plain
        Parts of the name that are words too, as `plain_words` gives them.
    """
    said = text[start:end]
    before, after = text[max(0, start - _NEAR) : start], text[end : end + _NEAR]
    last, following = before.rstrip(" \xa0_-")[-1:], after.lstrip(" \xa0_-")[:1]
    if not (last.isalnum() or following.isalpha()):
        return False
    words = (said.lower() if f"{before}{said}{after}".isupper() else said).split()
    if any(_is_plain(word, plain) for word in words):
        return True if len(words) == 1 and said.islower() else None
    is_part = following.isupper() or not (last.isalnum() or last in tuple(",;"))
    return None if len(words) == 1 and is_part and _is_plain(said.lower(), plain) else False


def _is_plain(word: str, plain: Set[str]) -> bool:
    word = word.strip(".,'\u2019")
    return word in plain or word.removesuffix("s").rstrip("'\u2019") in plain
