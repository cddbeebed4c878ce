"""The words of a column: what the config says of them, and what reading one cell may give."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from matcher.config import Config
from matcher.errors import Finding
from matcher.intake.cells.marks import is_no_tick, is_tick, rank_of, repeats_option
from matcher.intake.config_columns import DIRECTIONS, TICKED
from matcher.text import fold, fold_plain


@dataclass(frozen=True)
class Partly:
    """A value beside answers that no option of the form is: what is told of them, and they."""

    value: Any
    finding: Finding
    write_ins: tuple[str, ...] = ()


Parser = Callable[[str], Any]
"""Cell text that is not empty -> value, None where it means no answer, or a finding, which has no
place yet."""


NOT_TICKED = math.inf
"""Mark of an option that does not count."""


@dataclass(frozen=True)
class AnswerWords:
    """What the config says about the words of one column."""

    answers: Mapping[str, str]
    """Folded form's word -> vocabulary's words."""
    numbers: Mapping[str, float | None]
    """Folded word -> number, None for missing."""
    separator: str
    is_ordered: bool
    decimal: str = ""
    """Decimal sign, where one is stated."""
    ticks: frozenset[str] = frozenset()
    """Folded words of a ticked box that the config adds."""
    unticked: frozenset[str] = frozenset()
    """Folded words of a box that is not ticked that the config adds."""
    is_typed: bool = False
    """Whether the source holds numbers as numbers."""
    day_first: bool = False
    """Whether a date in figures starts with its day."""

    def mark(self, text: str, option: str) -> float | None:
        """Return what a cell in the column of an option says of it, None where it is no mark.

        The place in a ranking, the first least, 0 for a tick, or infinity where it does not count.
        """
        key, plain = fold(text), fold_plain(text)
        if key in self.numbers:
            strength = self.numbers[key] or 0.0
            return -strength if strength > 0 else NOT_TICKED
        if self.answers.get(key) == TICKED:
            return 0.0
        if plain in self.unticked or is_no_tick(text):
            return NOT_TICKED
        if plain in self.ticks or is_tick(text) or (option and plain == fold_plain(option)):
            return 0.0
        rank = rank_of(text)
        return 0.0 if rank is None and repeats_option(text, option) else rank


def answer_words_of(name: str, config: Config) -> AnswerWords:
    """Collect the config's words for a canonical column; one-sided names share the plain one's.

    What somebody asks for is ticked on the side of mentees, and what they offer on the other.
    """
    side, _, rest = name.partition(".")
    plain = rest or name
    answers: dict[str, str] = {}
    numbers: dict[str, float | None] = {}
    for key in dict.fromkeys((_pattern(plain), plain, name)):
        for word, meant in config.answers.get(key, {}).items():
            of = DIRECTIONS.get(meant)
            answers[fold(word)] = meant if of is None else TICKED if of == side else "missing"
        for part in (config.scales, config.numbers):
            for word, value in part.get(key, {}).items():
                numbers[fold(word)] = None if value == "missing" else float(value)
    return AnswerWords(
        answers,
        numbers,
        config.input.separator,
        is_ordered=plain in config.input.ordered,
        ticks=frozenset(map(fold_plain, config.input.ticks)),
        unticked=frozenset(map(fold_plain, config.input.unticked)),
    )


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
