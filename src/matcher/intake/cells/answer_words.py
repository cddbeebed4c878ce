"""The config's words of a column, and what a cell's parser gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matcher.text import fold

if TYPE_CHECKING:
    from matcher.config import Config

PART = "\x1f"
"""Between the cells of several raw columns that make one list."""
LABEL = "\x1e"
"""Between a grid's row label and the cell."""


Parser = Callable[[str], Any]
"""Cell text that is not empty -> value, None where it means no answer, or a finding, which has no
place yet."""


@dataclass(frozen=True)
class AnswerWords:
    """What the config says about the words of one column."""

    answers: Mapping[str, str]
    """Folded form's word -> vocabulary's words."""
    numbers: Mapping[str, float | None]
    """Folded word -> number, None for missing."""
    separator: str
    is_ordered: bool


def answer_words(name: str, config: Config, separator: str) -> AnswerWords:
    """Collect the config's words for a canonical column; one-sided names share the plain one's."""
    plain = name.partition(".")[2] or name
    answers: dict[str, str] = {}
    numbers: dict[str, float | None] = {}
    for key in dict.fromkeys((_pattern(plain), plain, name)):
        answers |= {fold(word): value for word, value in config.answers.get(key, {}).items()}
        for part in (config.scales, config.numbers):
            for word, value in part.get(key, {}).items():
                numbers[fold(word)] = None if value == "missing" else float(value)
    return AnswerWords(answers, numbers, separator, plain in config.input.ordered)


def _pattern(name: str) -> str:
    return name.partition("_")[0] + "_*"


def choice_table(choices: tuple[str, ...]) -> dict[str, Any]:
    """Return folded spellings of each choice: `both roles` and `both-roles` are `both_roles`."""
    table: dict[str, Any] = {}
    for choice in choices:
        plain = str(choice)
        for spelling in (plain, plain.replace("_", " "), plain.replace("_", "-")):
            table[fold(spelling)] = plain
    return table
