"""What ``words.toml`` says of words that forms use whatever the question asks."""

import tomllib
from importlib import resources
from typing import Any

from matcher.text import fold_plain

FORM_WORDS: dict[str, Any] = tomllib.loads(
    resources.files("matcher.intake").joinpath("words.toml").read_text("utf-8")
)
"""The words by part, as they stand there."""


def meaning_of_each(part: dict[str, list[str]]) -> dict[str, str]:
    """Return what each word of a part of ``words.toml`` means, without accents."""
    return {fold_plain(word): meaning for meaning, words in part.items() for word in words}
