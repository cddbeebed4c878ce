"""Words that forms and answers use whatever the question asks, and answers that name nobody."""

from typing import Any

from matcher.cohort.names import name_parts
from matcher.text import fold_plain, words_beside

FORM_WORDS: dict[str, Any] = words_beside(__file__, "../words.toml")
"""The words by part, as they stand there."""


def meaning_of_each(part: dict[str, list[str]]) -> dict[str, str]:
    """Return what each word of a part of ``words.toml`` means, without accents."""
    return {fold_plain(word): meaning for meaning, words in part.items() for word in words}


SAFETY_WORDS: dict[str, Any] = words_beside(__file__, "../safety.toml")
"""Words of answers about whom somebody must not meet, as ``safety.toml`` has them."""

_NO, _BESIDE_NO = (frozenset(SAFETY_WORDS[part]) for part in ("no", "beside_no"))


def names_nobody(text: str) -> bool:
    """Whether an answer says no in any of the languages that are known: `No, nobody, thanks`."""
    parts = name_parts(text)
    if "".join(parts) in _NO or not parts:
        return True
    return parts[0] in _NO and all(part in _NO or part in _BESIDE_NO for part in parts[1:])
