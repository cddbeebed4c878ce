"""Names as they are compared: case, accents, quotes, titles and the order of their parts aside."""

import re
from functools import lru_cache
from itertools import combinations

from matcher.text import STROKES, fold, without_accents, words_beside

NAME_WORDS = words_beside(__file__, "names.toml")
"""What ``names.toml`` says of words around names."""

TITLES, _DEGREES = frozenset(NAME_WORDS["titles"]), frozenset(NAME_WORDS["degrees"])
_BEHIND = _DEGREES | {"jr", "sr", "jun", "sen", "ii", "iii", "iv"}
_INSIDE = re.compile("['`\u00b4\u02b9\u02bc\u2018\u2019]")  # O'Brien is one part
_PART = re.compile(r"[^\W_]+")
_LINK = re.compile(r"\s*\(?\bhttps?://\S+", re.IGNORECASE)
_WITHOUT_SPACES = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\\s]+")


def without_link(text: str) -> str:
    """Return a name without the page that a tool writes behind it: `Ann Lee (https://...)`."""
    return _LINK.sub("", text) if "://" in text else text


@lru_cache(maxsize=1 << 16)
def name_parts(text: str) -> tuple[str, ...]:
    """Return the parts of a name as they are written, folded and without accents: `(ann, lee)`.

    Hyphens part, quotes do not; a name in characters that need no spaces is one part.
    """
    folded = _INSIDE.sub("", fold(without_link(text))).translate(STROKES)
    if not folded.isascii():
        if _WITHOUT_SPACES.fullmatch(folded):
            return tuple(["".join(folded.split())] if folded.strip() else [])
        folded = without_accents(folded)
    return tuple(_PART.findall(folded))


def name_keys(text: str) -> tuple[tuple[str, ...], ...]:
    """Return how a full name may be looked up, the surest first: as it is, then without titles.

    A key is its parts in order of letters, so that `Stone, Bob` is `Bob Stone`.
    """
    parts = name_parts(text)
    keys = [parts]
    while parts and parts[0] in TITLES:
        parts = parts[1:]
        keys.append(parts)
    while parts and parts[-1] in _DEGREES:
        parts = parts[:-1]
        keys.append(parts)
    return tuple(dict.fromkeys(tuple(sorted(key)) for key in keys if key))


def given_first(name: str) -> str:
    """Return a name as it is said: `Dirk Peeters` for `Peeters, Dirk`; `Ann Lee, PhD` stays.

    So does what is no first name behind a name: `she/her`, `Head of IT`, letters of a title.
    """
    last, _, first = map(str.strip, name.partition(","))
    behind = name_parts(first)
    is_title = _BEHIND.issuperset(behind) or "".join(behind) in _BEHIND  # `M.D.` has two parts
    if not last or "," in first or is_title or "/" in first or _says_more(last, first):
        return name
    return f"{first} {last}"


def _says_more(last: str, behind: str) -> bool:
    """Whether what stands behind a comma is written as no first names of who is named before it."""
    is_whole = len({*name_parts(last)} - {*NAME_WORDS["particles"]}) > 1
    if is_whole and len(behind) > 1 and behind.isupper() and not last.isupper():
        return True
    words = behind.split()
    while len(words) > 1 and words[-1] in NAME_WORDS["particles"]:
        words.pop()  # `Silva, Maria da`
    has_small = any(map(str.islower, words)) and not last.islower()
    return has_small and (is_whole or len(words) > 1)


@lru_cache(maxsize=1 << 16)
def bare_name(text: str) -> tuple[str, ...]:
    """Return the parts of a name without titles and degrees, in order of letters.

    Initials alone, and what people write for nothing (`n/a`), are no name.
    """
    keys = [key for key in name_keys(text) if max(map(len, key)) > 1]
    return next((key for key in reversed(keys) if len(key) > 1), keys[0] if keys else ())


def are_compatible(name: str, other: str) -> bool:
    """Whether two names may be one person's: the same, shorter, or with initials; never misspelt.

    `Maria Silva` and `Mario Silva` of one family differ by a letter, so a slip is nobody's to mend.
    """
    shorter, longer = sorted((bare_name(name), bare_name(other)), key=len)
    if not shorter or shorter == longer:
        return bool(shorter)
    is_shared = any(len(part) > 1 and part in longer for part in shorter)
    chosen = combinations(longer, len(shorter))
    return is_shared and any(_each_fits(shorter, parts) for parts in chosen)


def _each_fits(parts: tuple[str, ...], others: tuple[str, ...]) -> bool:
    left = list(others)
    for part in sorted(parts, key=len, reverse=True):
        fitting = next((other for other in left if _is_part(part, other)), None)
        if fitting is None:
            return False
        left.remove(fitting)
    return True


def _is_part(part: str, other: str) -> bool:
    return part == other or (1 in (len(part), len(other)) and part[0] == other[0])
