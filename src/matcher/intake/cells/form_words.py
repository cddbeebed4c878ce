"""Words that forms and answers use whatever the question asks, and answers that name nobody."""

from typing import Any

from matcher.cohort.names import name_parts
from matcher.text import fold, fold_plain, words_beside

FORM_WORDS: dict[str, Any] = words_beside(__file__, "../words.toml")
"""The words by part, as they stand there."""


def meaning_of_each(part: dict[str, list[str]]) -> dict[str, str]:
    """Return what each word of a part of ``words.toml`` means, without accents."""
    return {fold_plain(word): meaning for meaning, words in part.items() for word in words}


def patterns_in(part: str) -> dict[str, str]:
    """Return by name what any of the patterns of a part of ``words.toml`` finds."""
    return {name: "|".join(several) for name, several in FORM_WORDS[part].items()}


SAFETY_WORDS: dict[str, Any] = words_beside(__file__, "../safety.toml")
"""Words of answers about whom somebody must not meet, as ``safety.toml`` has them."""

_NOTHING, _BESIDE_NOTHING = (frozenset(FORM_WORDS["nothing"][part]) for part in ("says", "beside"))
_NO, _BESIDE_NO, _CONTENT, _EVERYBODY, _BESIDE_CONTENT = (
    frozenset(SAFETY_WORDS[part])
    for part in ("no", "beside_no", "content", "everybody", "beside_content")
)


def names_nobody(text: str) -> bool:
    """Whether an answer says no in any of the languages that are known: `No, nobody, thanks`.

    Or that anybody will do: `happy with anyone`, and so behind a no.
    """
    parts = name_parts(text)
    if "".join(parts) in _NO or not parts:
        return True
    is_no = parts[0] in _NO
    rest = parts[is_no:]
    return (is_no and all(part in _NO or part in _BESIDE_NO for part in rest)) or (
        not (_CONTENT.isdisjoint(rest) or _EVERYBODY.isdisjoint(rest))
        and all(part in _CONTENT or part in _EVERYBODY or part in _BESIDE_CONTENT for part in rest)
    )


_AS_ABOVE = frozenset(FORM_WORDS["as_above"]["words"])


def refers_above(text: str) -> bool:
    """Whether a cell says only that another one holds the answer: `s. o.`, `dito`, a ditto mark."""
    return "".join(fold(text).split()).rstrip(".") in _AS_ABOVE


LONGEST_NOTHING = 60
"""Signs up to which a text may say nothing."""


def says_nothing(text: str) -> bool:
    """Whether a text that was asked for says nothing: `n/a`, `k.A.`, `??`, `idk lol`, `see CV`."""
    if len(text) > LONGEST_NOTHING:
        return False
    parts = name_parts(text)
    if names_nobody(text) or "".join(parts) in _NOTHING:
        return True
    return not _NOTHING.isdisjoint(parts) and _NOTHING.union(_BESIDE_NOTHING).issuperset(parts)
