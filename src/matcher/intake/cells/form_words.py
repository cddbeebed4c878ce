"""What ``words.toml`` says of words that forms use whatever the question asks."""

from typing import Any

from matcher.text import fold_plain, words_beside

FORM_WORDS: dict[str, Any] = words_beside(__file__, "../words.toml")
"""The words by part, as they stand there."""


def meaning_of_each(part: dict[str, list[str]]) -> dict[str, str]:
    """Return what each word of a part of ``words.toml`` means, without accents."""
    return {fold_plain(word): meaning for meaning, words in part.items() for word in words}
